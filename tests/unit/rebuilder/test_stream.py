"""What a reader of the books is sent, and what a slow one misses."""

import json

import pytest

from rebuilder.order_book import Books
from rebuilder.stream import QUEUE_LIMIT, TOO_SLOW, Reader, Stream
from tests.random_log import RandomLog
from wire.enums import BookSide


class Scene:
    """Books, a stream of their changes, and the records still to come."""

    def __init__(self):
        self.books = Books()
        self.books.changes = []
        self.stream = Stream()
        self._records = iter(RandomLog(4, markets=3, accounts=8).records(100_000))

    def fold(self, count):
        for _ in range(count):
            self.books.fold(next(self._records))
            self.stream.changed(self.books, self.books.changes)
            self.books.changes.clear()

    def join(self, mode, tickers=(), prefix=""):
        reader = Reader(mode, frozenset(tickers), prefix)
        self.stream.join(reader, [self.books])
        return reader


@pytest.fixture
def scene():
    made = Scene()
    made.fold(300)
    return made


async def received(reader):
    return [json.loads(message) for message in await reader.next()]


def levels(book):
    """(ticker, side, price) -> count of a book's body."""
    return {
        (book["ticker"], side, row["price"]): row["count"]
        for side, rows in (("bid", book["bids"]), ("ask", book["asks"]))
        for row in rows
    }


async def test_all_begins_with_a_snapshot_of_every_book(scene):
    messages = await received(scene.join("all"))
    assert [message["type"] for message in messages] == ["snapshot"] * len(scene.books)
    assert {message["book"]["as_of_seq"] for message in messages} == {scene.books.seq}


async def test_a_snapshot_and_every_change_behind_it_add_up_to_the_book(scene):
    reader = scene.join("all")
    scene.fold(400)
    held = {}
    for message in await received(reader):
        if message["type"] == "snapshot":
            held |= levels(message["book"])
        else:
            held[message["ticker"], message["side"], message["price"]] = message["count"]
    expected = {}
    for message in await received(scene.join("all")):
        expected |= levels(message["book"])
    assert {key: count for key, count in held.items() if count != "0.00"} == expected


async def test_top_sends_the_newest_best_prices_once_a_book_however_many_changes_there_were(scene):
    reader = scene.join("top")
    await received(reader)
    scene.fold(400)
    messages = await received(reader)
    tickers = [message["ticker"] for message in messages]
    assert len(tickers) == len(set(tickers))
    for message in messages:
        book = scene.books.book(message["ticker"])
        assert message["seq"] == book.seq
        best = book.best(BookSide.BID)
        assert (message["bid"] is None) == (best is None)


async def test_only_the_markets_asked_for_are_sent(scene):
    ticker = next(iter(scene.books)).ticker
    assert {message["book"]["ticker"] for message in await received(scene.join("all", [ticker]))} == {ticker}
    assert len(await received(scene.join("all", prefix=ticker))) == 1


async def test_a_reader_that_reads_nothing_is_dropped_and_takes_no_more_room(scene):
    slow, quick = scene.join("all"), scene.join("top")
    for _ in range(40):
        scene.fold(QUEUE_LIMIT // 20)
        await quick.next()
    assert slow.ended == TOO_SLOW
    assert await slow.next() is None
    scene.stream.leave(slow)
    assert (scene.stream.dropped, len(scene.stream)) == (1, 1)


async def test_readers_are_sent_away_when_the_books_are_built_again(scene):
    reader = scene.join("all")
    scene.stream.restarted()
    assert await reader.next() is None
    assert "built again" in reader.ended
