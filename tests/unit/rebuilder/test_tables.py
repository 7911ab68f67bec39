"""Which rows a newcomer finds, and what it can do with them."""

import msgspec
import pytest

from eventlog.memory import MemoryLog
from rebuilder.checkpoint import Checkpoints
from rebuilder.follower import Follower
from rebuilder.order_book import Books
from rebuilder.tables import TableWriter
from tests.random_log import RandomLog
from wire.enums import BookSide
from wire.event_log import LogUnavailable
from wire.tables import BookRow, MarketRow


class MemoryTable:
    def __init__(self):
        self.rows = {}
        self.puts = []
        self.away = False

    async def create_topic(self):
        pass

    async def put(self, rows):
        if self.away:
            raise LogUnavailable("away")
        self.rows |= rows
        self.puts.append(dict(rows))


class Scene:
    def __init__(self, folder):
        self.follower = Follower(MemoryLog(), Checkpoints(folder))
        self.follower.status = "following"
        self.books, self.registry = MemoryTable(), MemoryTable()
        self.writer = TableWriter(self.follower, self.books, self.registry)
        self.log = RandomLog(12, markets=5, accounts=8)

    def fold(self, operations):
        for entry in self.log.records(operations):
            self.follower.books.fold(entry)


@pytest.fixture
def scene(tmp_path):
    made = Scene(tmp_path)
    made.fold(300)
    return made


async def test_the_first_round_writes_every_market(scene):
    await scene.writer.write()
    tickers = {book.ticker for book in scene.follower.books}
    assert set(scene.books.rows) == set(scene.registry.rows) == tickers


async def test_a_row_holds_the_levels_behind_its_seq(scene):
    await scene.writer.write()
    for book in scene.follower.books:
        row = msgspec.msgpack.decode(scene.books.rows[book.ticker], type=BookRow)
        assert row.as_of_seq == scene.follower.books.seq
        assert dict(row.bids) == {price: level.total for price, level in book.levels(BookSide.BID)}
        assert [price for price, _ in row.asks] == sorted(price for price, _ in row.asks)


async def test_a_listing_has_the_status_and_close_time_of_now(scene):
    scene.fold(2_000)
    await scene.writer.write()
    for ticker, market in scene.log.engine.state.markets.items():
        listed = msgspec.msgpack.decode(scene.registry.rows[ticker], type=MarketRow).market
        assert (listed.status, listed.close_us) == (market.status, market.close_us)


async def test_later_rounds_write_only_what_changed(scene):
    await scene.writer.write()
    assert await scene.writer.write() == 0
    before = scene.follower.books.seq
    scene.fold(1)
    await scene.writer.write()
    changed = {book.ticker for book in scene.follower.books if book.seq > before}
    assert len(changed) <= 2
    assert (set(scene.books.puts[1]) if changed else set()) == changed


async def test_rows_that_could_not_be_written_are_written_later(scene):
    scene.books.away = True
    with pytest.raises(LogUnavailable):
        await scene.writer.write()
    scene.books.away = False
    await scene.writer.write()
    assert len(scene.books.rows) == len(scene.follower.books)


async def test_nothing_is_written_while_the_books_are_not_level_with_the_log(scene):
    scene.follower.status = "catching_up"
    assert await scene.writer.write() == 0
    assert scene.books.puts == []


async def test_books_built_from_another_log_replace_every_row(scene):
    await scene.writer.write()
    scene.follower.state = Books()
    for entry in RandomLog(13, markets=5, accounts=8).records(10):
        scene.follower.books.fold(entry)
    await scene.writer.write()
    assert set(scene.books.puts[-1]) == {book.ticker for book in scene.follower.books}
