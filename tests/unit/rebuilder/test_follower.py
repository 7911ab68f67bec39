"""A shard's live books: restart, rewind, halt, and a log that is another one."""

import asyncio
import random
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from eventlog.memory import MemoryLog
from exchange.book_lines import books_image
from rebuilder.checkpoint import Checkpoints
from rebuilder.follower import Follower
from rebuilder.order_book import Books
from rebuilder.rebuild import books_at
from tests.random_log import RandomLog
from wire.event_log import LogGap

OPERATIONS = 600


class HoleyLog(MemoryLog):
    """Withholds one record until it is mended."""

    def __init__(self, hole):
        super().__init__()
        self.hole = hole

    async def read(self, after_seq, follow=True):
        async for batch in super().read(after_seq, follow):
            before = [entry for entry in batch if entry.seq < self.hole]
            if self.hole and len(before) < len(batch):
                if before:
                    yield before
                raise LogGap(self.hole, self.hole + 1)
            yield batch


@pytest.fixture(scope="module")
def random_log():
    log = RandomLog(8)
    return log, list(log.records(OPERATIONS))


@pytest.fixture
def records(random_log):
    return random_log[1]


@pytest.fixture
async def source(records):
    log = MemoryLog(batch=37)
    await log.append(records)
    return log


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


@asynccontextmanager
async def running(follower):
    task = asyncio.create_task(follower.run())
    try:
        yield follower
    finally:
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled():
            task.result()


async def test_it_builds_the_venues_books_and_says_it_follows(source, records, random_log, tmp_path):
    follower = Follower(source, Checkpoints(tmp_path))
    async with running(follower):
        await until(lambda: follower.status == "following" and follower.books.seq == len(records))
    assert follower.books.image(detail=True) == books_image(random_log[0].engine.state, detail=True)
    assert follower.lag == 0


async def test_a_restart_goes_on_from_the_checkpoint(source, records, tmp_path):
    first = Follower(source, Checkpoints(tmp_path))
    async with running(first):
        await until(lambda: first.books.seq == len(records))
    assert first.checkpoint()
    assert not first.checkpoint()
    second = Follower(source, Checkpoints(tmp_path))
    async with running(second):
        await until(lambda: second.status == "following")
    assert second.records == 0
    assert second.books.image() == first.books.image()


async def test_checkpoints_are_written_on_the_way(source, records, tmp_path):
    follower = Follower(source, Checkpoints(tmp_path), checkpoint_every=100)
    async with running(follower):
        await until(lambda: follower.books.seq == len(records))
    seqs = [0, *follower.checkpoints.seqs()]
    assert len(seqs) > 4
    assert all(100 <= later - earlier < 200 for earlier, later in pairwise(seqs))


async def test_rewinding_to_200_random_seqs_leaves_the_books_as_they_were(source, records, tmp_path):
    follower = Follower(source, Checkpoints(tmp_path), checkpoint_every=50)
    pick = random.Random(5)
    async with running(follower):
        await until(lambda: follower.books.seq == len(records))
        expected = follower.books.image(detail=True)
        for rewinds in range(1, 201):
            books = follower.books
            follower.rewind(pick.randrange(len(records) + 1))
            await until(lambda books=books: follower.books is not books and follower.books.seq == len(records))
            assert follower.books.image(detail=True) == expected
            assert follower.rewinds == rewinds


async def test_a_gap_halts_the_shard_until_it_is_rewound(records, tmp_path):
    source = HoleyLog(hole=400)
    await source.append(records)
    follower = Follower(source, Checkpoints(tmp_path))
    async with running(follower):
        await until(lambda: follower.status == "halted")
        assert follower.books.seq == 399
        assert follower.gaps == 1
        assert "expected seq 400" in follower.halted_because
        source.hole = 0
        follower.rewind(399)
        await until(lambda: follower.books.seq == len(records))
        assert follower.status == "following"


async def test_checkpoints_of_a_log_that_was_reset_are_forgotten(source, records, tmp_path):
    first = Follower(source, Checkpoints(tmp_path))
    async with running(first):
        await until(lambda: first.books.seq == len(records))
    first.checkpoint()
    other = list(RandomLog(9).records(OPERATIONS))
    another = MemoryLog()
    await another.append(other)
    second = Follower(another, Checkpoints(tmp_path))
    async with running(second):
        await until(lambda: second.books.seq == len(other))
    expected = Books()
    for entry in other:
        expected.fold(entry)
    assert second.books.image() == expected.image()


async def test_a_checkpoint_reaches_over_records_the_log_has_let_go_of(source, records, tmp_path):
    first = Follower(source, Checkpoints(tmp_path))
    async with running(first):
        await until(lambda: first.books.seq == len(records))
    first.checkpoint()
    source.trim(len(records))
    second = Follower(source, Checkpoints(tmp_path))
    async with running(second):
        await until(lambda: second.status == "following")
    assert second.books.image() == first.books.image()


async def test_without_a_checkpoint_a_trimmed_log_halts_the_shard(source, tmp_path):
    source.trim(10)
    follower = Follower(source, Checkpoints(tmp_path))
    async with running(follower):
        await until(lambda: follower.status == "halted")
    assert "begins at 11" in follower.halted_because


@pytest.mark.parametrize("seq", [0, 60, 61, 300, 555])
async def test_the_books_of_any_seq_can_be_had(source, records, tmp_path, seq):
    follower = Follower(source, Checkpoints(tmp_path), checkpoint_every=100)
    async with running(follower):
        await until(lambda: follower.books.seq == len(records))
    expected = Books()
    for entry in records[:seq]:
        expected.fold(entry)
    assert (await books_at(source, follower.checkpoints, 0, seq)).image(detail=True) == expected.image(detail=True)


async def test_the_books_of_a_time_hold_every_record_of_that_time(source, records, tmp_path):
    for index in (70, 200, 500):
        books = await books_at(source, Checkpoints(tmp_path), 0, ts_us=records[index].ts_us)
        assert books.seq == max(entry.seq for entry in records if entry.ts_us <= records[index].ts_us)
