"""What each event does to a book, and which events do not fit one."""

import msgspec
import pytest

from rebuilder.order_book import BookBroken, Books
from wire.engine_events import (
    MarketCreated,
    MarketStatusChanged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    Trade,
)
from wire.enums import BookSide, CancelCause, MarketStatus, SelfTradePrevention, TimeInForce
from wire.event_log import LogGap, record

TICKER = "KXTEST-26-A"
BID, ASK = BookSide.BID, BookSide.ASK


def created(ticker=TICKER):
    return MarketCreated(ticker, "E", "S", MarketStatus.ACTIVE, 0, 0, 0, "linear_cent", (), b"{}")


def accepted(order_id, side=BID, price=5_000, count=1_000, resting=None):
    return OrderAccepted(
        order_id,
        64,
        TICKER,
        "",
        side,
        price,
        count,
        count if resting is None else resting,
        TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS,
        False,
        False,
        False,
        0,
        0,
    )


def trade(maker, remaining, count=100, price=5_000, side=BID):
    return Trade(TICKER, price, count, side, maker, 64, remaining, *[0] * 5, 99, 65, *[0] * 6)


def amended(order_id, old_price, price, old, new, kept=False, side=BID):
    return OrderAmended(order_id, 64, TICKER, side, old_price, price, old, new, new, kept, "", 0)


def canceled(order_id, count, side=BID, price=5_000):
    return OrderCanceled(order_id, 64, TICKER, side, price, count, count, CancelCause.MEMBER)


def folded(*events):
    """Books after a market was created and each event came in a record of its own."""
    books = Books()
    for seq, event in enumerate((created(), *events), start=1):
        books.fold(record(0, seq, 1_000 * seq, (event,)))
    return books


def rows(books, side=BID):
    return [
        (price, [(order.order_id, order.remaining) for order in level.orders.values()])
        for price, level in books.book(TICKER).levels(side)
    ]


def test_an_accepted_order_rests_with_what_is_left_of_it():
    assert rows(folded(accepted(2), accepted(3, resting=300))) == [(5_000, [(2, 1_000), (3, 300)])]


def test_an_order_that_filled_at_once_never_rests():
    assert rows(folded(accepted(2, resting=0))) == []


def test_bids_stand_highest_first_and_asks_lowest_first():
    books = folded(accepted(2, price=4_900), accepted(3, price=5_100), accepted(4, ASK, 5_300), accepted(5, ASK, 5_200))
    assert [price for price, _ in rows(books)] == [5_100, 4_900]
    assert [price for price, _ in rows(books, ASK)] == [5_200, 5_300]
    assert books.book(TICKER).best(BID)[0] == 5_100
    assert books.book(TICKER).best(ASK)[0] == 5_200


def test_a_trade_takes_from_the_maker_and_is_remembered():
    books = folded(accepted(2), accepted(3), trade(2, 900))
    assert rows(books) == [(5_000, [(2, 900), (3, 1_000)])]
    assert (books.book(TICKER).last_price, books.book(TICKER).last_count) == (5_000, 100)


def test_a_maker_with_nothing_left_is_gone():
    assert rows(folded(accepted(2, count=100), trade(2, 0))) == []


def test_a_decreased_order_keeps_its_place():
    books = folded(accepted(2), accepted(3), OrderDecreased(2, 64, TICKER, BID, 5_000, 400, 600))
    assert rows(books) == [(5_000, [(2, 600), (3, 1_000)])]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (amended(2, 5_000, 5_000, 1_000, 600, kept=True), [(5_000, [(2, 600), (3, 1_000)])]),
        (amended(2, 5_000, 5_000, 1_000, 1_200), [(5_000, [(3, 1_000), (2, 1_200)])]),
        (amended(2, 5_000, 5_100, 1_000, 1_000), [(5_100, [(2, 1_000)]), (5_000, [(3, 1_000)])]),
        (amended(2, 5_000, 5_100, 1_000, 0), [(5_000, [(3, 1_000)])]),
    ],
)
def test_an_amended_order_keeps_its_place_or_joins_the_back(event, expected):
    assert rows(folded(accepted(2), accepted(3), event)) == expected


def test_a_canceled_order_is_gone():
    assert rows(folded(accepted(2), accepted(3), canceled(2, 1_000))) == [(5_000, [(3, 1_000)])]


def test_the_leftover_of_an_order_that_never_rested_changes_nothing():
    leftover = OrderCanceled(9, 64, TICKER, BID, 5_000, 500, 0, CancelCause.IMMEDIATE_OR_CANCEL)
    assert rows(folded(accepted(2), leftover)) == [(5_000, [(2, 1_000)])]


def test_a_market_knows_its_status():
    change = MarketStatusChanged(TICKER, MarketStatus.ACTIVE, MarketStatus.CLOSED, True)
    assert folded(change).book(TICKER).status is MarketStatus.CLOSED


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ((accepted(2), accepted(2)), "seq 3: order 2 is accepted twice"),
        ((trade(7, 0),), "seq 2: order 7 does not rest"),
        ((accepted(2), trade(2, 500)), "has 1000 left, the event says 600"),
        ((accepted(2), accepted(3), trade(3, 900)), "order 3 trades before an older one"),
        ((accepted(2), canceled(2, 900)), "has 1000 left, the event says 900"),
        ((accepted(2), amended(2, 5_000, 5_100, 1_000, 900, kept=True)), "changes its price and keeps its place"),
        ((msgspec.structs.replace(accepted(2), ticker="KXNO"),), "nobody created the market KXNO"),
    ],
)
def test_an_event_that_does_not_fit_breaks_the_books(events, message):
    with pytest.raises(BookBroken, match=message):
        folded(*events)


def test_a_record_that_comes_again_is_dropped_and_counted():
    books = folded(accepted(2))
    assert not books.fold(record(0, 2, 1, (accepted(2),)))
    assert (books.duplicates, books.seq, books.orders_resting) == (1, 2, 1)


def test_a_missing_record_is_a_gap():
    with pytest.raises(LogGap, match="expected seq 3, found 4"):
        folded(accepted(2)).fold(record(0, 4, 1, ()))
