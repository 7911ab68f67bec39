"""The board beside the two other folds of the same log: the rebuilder's books and the venue's own projections."""

import pytest

from exchange.projections.views import Projections
from market_data.board import Board, DoesNotFit, Missed
from market_data.bodies import restored, stored_values
from market_data.updates import LevelChanged, Listed, Traded
from rebuilder.order_book import Books
from tests.random_log import RandomLog
from wire.candles import DAY, HOUR, MINUTE
from wire.engine_events import OrderCanceled
from wire.enums import BookSide, CancelCause
from wire.event_log import LogGap, record
from wire.units import PAYOUT

NOW_US = 1_900_000_000_000_000


def board():
    return Board(0, lambda: NOW_US)


def folded(records):
    made = board()
    for one in records:
        made.fold(one)
    return made


def levels(market):
    return {(side, price): count for side in ("yes", "no") for price, count in market.book.levels(side)}


@pytest.fixture(scope="module")
def records():
    return list(RandomLog(21, markets=6).records(3_000))


def test_its_levels_are_those_of_the_rebuilt_books(records):
    books = Books()
    for one in records:
        books.fold(one)
    mine = folded(records)
    assert mine.seq == books.seq
    for book in books:
        expected = {("yes", price): level.total for price, level in book.bids.items()} | {
            ("no", PAYOUT - price): level.total for price, level in book.asks.items()
        }
        assert levels(mine.markets[book.ticker]) == expected
        assert mine.markets[book.ticker].listing.status == book.status


def test_its_figures_and_candlesticks_are_those_of_the_venue(records):
    views = Projections()
    for one in records:
        views.fold(one)
    traded = 0
    for market in folded(records):
        book = views.books.book(market.ticker)
        for name in ("last_price", "last_trade_count", "volume", "dollar_volume", "open_interest"):
            assert getattr(market, name) == getattr(book, name), name
        traded += market.volume
        for period in (MINUTE, HOUR, DAY):
            bars = list(market.candles.between(0, 4_000_000_000, period))
            theirs = list(book.candles.between(0, 4_000_000_000, period))
            assert [bar.end for bar in bars] == [bar.end for bar in theirs]
            for bar, expected in zip(bars, theirs, strict=True):
                for name in ("open", "high", "low", "close", "volume", "turnover", "open_interest", "total_volume"):
                    assert getattr(bar, name) == getattr(expected, name), name
                assert bar == expected
    assert traded > 0


def test_who_is_told_every_update_ends_in_the_same_state(records):
    teller, listener = board(), board()
    teller.listener = lambda updates: [listener.apply(update) for update in updates]
    for one in records:
        teller.fold(one)
    for market in teller:
        told = listener.markets[market.ticker]
        assert (told.n, stored_values(told)) == (market.n, stored_values(market))


def test_who_begins_from_stored_values_goes_on_with_the_updates_behind_them(records):
    half = len(records) // 2
    teller = folded(records[:half])
    begun = board()
    for market in teller:
        values = stored_values(market)
        begun.markets[market.ticker] = restored(values["market"], values["orderbook"], values["price"])
    teller.listener = lambda updates: [begun.apply(update) for update in updates]
    for one in records[half:]:
        teller.fold(one)
    for market in teller:
        assert (begun.markets[market.ticker].n, levels(begun.markets[market.ticker])) == (market.n, levels(market))


def test_changes_of_a_book_are_numbered_without_a_gap(records):
    seen = {}
    teller = board()

    def check(updates):
        for update in updates:
            if isinstance(update, LevelChanged):
                assert update.n == seen.get(update.ticker, 0) + 1
                seen[update.ticker] = update.n

    teller.listener = check
    for one in records:
        teller.fold(one)
    assert seen == {market.ticker: market.n for market in teller if market.n}
    assert sum(seen.values()) == teller.changes


def test_updates_are_public(records):
    """No account and no order's name is in them."""
    kinds = set()
    teller = board()
    teller.listener = lambda updates: kinds.update(type(update) for update in updates)
    for one in records:
        teller.fold(one)
    assert kinds == {Listed, LevelChanged, Traded}
    fields = {field for kind in kinds for field in kind.__struct_fields__}
    assert not fields & {"account", "order_id", "maker_account", "taker_account", "client_order_id"}


def test_an_update_that_came_before_changes_nothing(records):
    updates = []
    teller = board()
    teller.listener = updates.extend
    for one in records[:500]:
        teller.fold(one)
    told = board()
    for update in updates:
        told.apply(update)
    again = [told.apply(update) for update in updates if not isinstance(update, Listed)]
    assert again
    assert not any(again)


def test_a_missing_update_is_missed(records):
    updates = []
    teller = board()
    teller.listener = updates.extend
    for one in records[:500]:
        teller.fold(one)
    first = next(update for update in updates if isinstance(update, LevelChanged))
    told = board()
    listings = [update for update in updates if isinstance(update, Listed)]
    for update in listings:
        told.apply(update)
    second = next(one for one in updates if isinstance(one, LevelChanged) and (one.ticker, one.n) == (first.ticker, 2))
    with pytest.raises(Missed):
        told.apply(second)


def test_a_record_that_came_again_is_dropped_and_a_missing_one_is_a_gap(records):
    mine = folded(records[:10])
    assert mine.fold(records[4]) is False
    assert mine.duplicates == 1
    with pytest.raises(LogGap):
        mine.fold(records[11])


def test_a_level_below_zero_does_not_fit(records):
    mine = folded(records[:60])
    market = next(iter(mine))
    event = OrderCanceled(1, 64, market.ticker, BookSide.BID, 4_321, 100, 100, CancelCause.MEMBER)
    with pytest.raises(DoesNotFit):
        mine.fold(record(0, mine.seq + 1, mine.ts_us, (event,)))
