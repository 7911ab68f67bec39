"""Levels, best prices, last trade, volume and open interest from the events (SEMANTICS B2, G4)."""

import pytest

from exchange.projections.books import Book, Books
from exchange.projections.opened import opened
from tests.unit.exchange.public_venue import ASK, BID, accepted, traded
from wire.engine_events import EngineEvent, OrderAmended, OrderCanceled, OrderDecreased
from wire.enums import CancelCause
from wire.units import CONTRACT

T = "KXRAIN-26-A"


def fold(books: Books, *events: EngineEvent, seq: int = 1, ts_us: int = 60_000_000) -> Book:
    for place, event in enumerate(events):
        books.handlers()[type(event)](seq, ts_us, place, opened(event))
    return books.book(T)


@pytest.fixture
def books() -> Books:
    return Books()


def test_untouched_book_is_empty_with_clock_zero(books):
    book = books.book(T)
    assert (book.levels("yes"), book.levels("no"), book.best_bid(), book.best_ask()) == ([], [], None, None)
    assert book.clock == 0


def test_orders_at_one_price_add_up(books):
    book = fold(books, accepted(T, BID, 4700, 300), accepted(T, BID, 4700, 50))
    assert book.best_bid() == (4700, 350)


def test_levels_ascend_with_the_best_last(books):
    book = fold(books, accepted(T, BID, 4700, 300), accepted(T, BID, 4500, 100), accepted(T, BID, 4600, 200))
    assert book.levels("yes") == [(4500, 100), (4600, 200), (4700, 300)]


def test_ask_shows_as_a_no_bid_at_the_rest_of_a_dollar(books):
    book = fold(books, accepted(T, ASK, 5200, 300), accepted(T, ASK, 5500, 100))
    assert book.levels("no") == [(4500, 100), (4800, 300)]
    assert book.best_ask() == (5200, 300)


def test_order_that_never_rested_leaves_the_book_alone(books):
    book = fold(books, accepted(T, BID, 4700, 300, resting=0))
    assert (book.levels("yes"), book.clock) == ([], 0)


def test_trade_takes_from_the_makers_level(books):
    fold(books, accepted(T, ASK, 5200, 300))
    book = fold(books, accepted(T, BID, 9900, 100, resting=0), traded(T, ASK, 5200, 100), seq=2)
    assert book.best_ask() == (5200, 200)
    assert book.best_bid() is None


def test_level_that_is_traded_away_is_gone(books):
    fold(books, accepted(T, ASK, 5200, 300), accepted(T, ASK, 5300, 100))
    book = fold(books, traded(T, ASK, 5200, 300), seq=2)
    assert book.best_ask() == (5300, 100)


def test_canceled_order_leaves_its_level(books):
    canceled = OrderCanceled(1, 64, T, BID, 4700, 300, 300, CancelCause.MEMBER)
    assert fold(books, accepted(T, BID, 4700, 300), canceled).best_bid() is None


def test_leftover_that_never_rested_takes_nothing_from_the_book(books):
    canceled = OrderCanceled(2, 64, T, BID, 4700, 100, 0, CancelCause.IMMEDIATE_OR_CANCEL)
    assert fold(books, accepted(T, BID, 4700, 300), canceled).best_bid() == (4700, 300)


def test_decrease_shrinks_the_level(books):
    decreased = OrderDecreased(1, 64, T, BID, 4700, 100, 200)
    assert fold(books, accepted(T, BID, 4700, 300), decreased).best_bid() == (4700, 200)


def test_amend_moves_the_order_to_its_new_price(books):
    amended = OrderAmended(1, 64, T, BID, 4700, 4800, 300, 250, 250, False, "", 0)
    assert fold(books, accepted(T, BID, 4700, 300), amended).levels("yes") == [(4800, 250)]


def test_amend_of_size_alone_changes_the_level_by_the_difference(books):
    amended = OrderAmended(1, 64, T, BID, 4700, 4700, 300, 250, 250, True, "", 0)
    assert fold(books, accepted(T, BID, 4700, 300), amended).levels("yes") == [(4700, 250)]


def test_amend_of_expiration_alone_does_not_move_the_clock(books):
    fold(books, accepted(T, BID, 4700, 300), seq=5)
    amended = OrderAmended(1, 64, T, BID, 4700, 4700, 300, 300, 300, True, "", 99)
    assert fold(books, amended, seq=6).clock == 5


def test_clock_is_the_seq_of_the_last_change(books):
    fold(books, accepted(T, BID, 4700, 300), seq=5)
    assert fold(books, accepted(T, BID, 4600, 300), seq=9).clock == 9


def test_trade_sets_last_price_and_adds_to_volume(books):
    fold(books, accepted(T, ASK, 5200, 300), accepted(T, ASK, 5300, 300))
    book = fold(books, traded(T, ASK, 5200, 300), traded(T, ASK, 5300, 100), seq=2)
    assert (book.last_price, book.last_trade_count, book.volume) == (5300, 100, 400)
    assert book.dollar_volume == 5200 * 300 + 5300 * 100


def test_opening_on_both_sides_adds_open_interest(books):
    fold(books, accepted(T, ASK, 5200, CONTRACT))
    book = fold(books, traded(T, ASK, 5200, CONTRACT, maker_position=-CONTRACT, taker_position=CONTRACT), seq=2)
    assert book.open_interest == CONTRACT


def test_a_long_that_sells_to_a_new_long_keeps_open_interest(books):
    fold(books, accepted(T, ASK, 5200, 200))
    fold(books, traded(T, ASK, 5200, 100, maker_position=-100, taker_position=100), seq=2)
    fold(books, accepted(T, BID, 5000, 100), seq=3)
    # The long of before sells what it has to a member that had nothing.
    book = fold(books, traded(T, BID, 5000, 100, maker_position=100, taker_position=0), seq=4)
    assert book.open_interest == 100


def test_two_that_close_take_open_interest_away(books):
    fold(books, accepted(T, ASK, 5200, 100))
    fold(books, traded(T, ASK, 5200, 100, maker_position=-100, taker_position=100), seq=2)
    fold(books, accepted(T, BID, 5000, 100), seq=3)
    book = fold(books, traded(T, BID, 5000, 100, maker_position=0, taker_position=0), seq=4)
    assert book.open_interest == 0


def test_a_loaded_dump_is_the_same_books(books):
    fold(books, accepted(T, ASK, 5200, 300), accepted(T, BID, 4700, 100))
    fold(books, traded(T, ASK, 5200, 100, -100, 100), seq=2)
    loaded = Books()
    loaded.load(books.dump())
    assert loaded.dump() == books.dump()
    assert loaded.book(T).best_ask() == (5200, 200)
    assert loaded.book(T).open_interest == 100
