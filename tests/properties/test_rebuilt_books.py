"""Two books that never met: the engine's, and the one rebuilt from its events alone, equal after every record."""

import pytest

from exchange.book_lines import books_image
from rebuilder.order_book import Books
from tests.random_log import RandomLog
from wire.enums import BookSide

EACH_RECORD = 3_000
SEEDS = 6


@pytest.mark.parametrize("seed", range(SEEDS))
def test_rebuilt_books_equal_the_engines_after_every_record(seed):
    log, books = RandomLog(seed), Books()
    for entry in log.records(EACH_RECORD):
        books.fold(entry)
        rebuilt, engine = books.image(detail=True), books_image(log.engine.state, detail=True)
        assert rebuilt == engine, f"seed {seed}, seq {entry.seq}"
    assert books.orders_resting, "the stream leaves something to compare"


@pytest.mark.parametrize("seed", [11, 12])
def test_levels_add_up_to_their_orders_and_changes_to_the_levels(seed):
    log, books = RandomLog(seed), Books()
    books.changes = changes = []
    totals = {}
    for entry in log.records(2_000):
        books.fold(entry)
        for change in changes:
            key = (change.ticker, change.side, change.price)
            totals[key] = totals.get(key, 0) + change.delta
            assert totals[key] == change.total
        changes.clear()
    rebuilt = {
        (book.ticker, side, price): level.total
        for book in books
        for side in BookSide
        for price, level in book.levels(side)
    }
    assert rebuilt == {key: total for key, total in totals.items() if total}
    for book in books:
        for side in BookSide:
            for _, level in book.levels(side):
                assert level.total == sum(order.remaining for order in level.orders.values())


@pytest.mark.parametrize("seed", [21, 22])
def test_books_that_were_stored_and_loaded_go_on_as_if_nothing_had_been(seed):
    log, books = RandomLog(seed), Books()
    for number, entry in enumerate(log.records(2_000)):
        books.fold(entry)
        if number % 250 == 0:
            books = Books.load(books.dump())
    assert books.image(detail=True) == books_image(log.engine.state, detail=True)
