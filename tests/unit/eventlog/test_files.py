"""The journal's files as a log: the mark, segments that come and go, damage."""

import struct
from contextlib import aclosing

import msgspec
import pytest

from eventlog.files import JournalTail
from exchange.adapters.release_mark import ReleaseMark
from tests.log_records import FileKeeper, entries
from wire.event_log import LogError, LogTooShort, LogTrimmed, UnknownVersion
from wire.journal_format import MARK_FILE, pack_mark, unpack_mark


@pytest.fixture
def keeper(tmp_path):
    return FileKeeper(tmp_path)


async def everything(source, after_seq=0):
    return [record async for batch in source.read(after_seq, follow=False) for record in batch]


async def test_what_the_venue_has_not_released_is_not_read(keeper):
    await keeper.write(entries(1, 5))
    keeper.append(entries(6, 8))
    assert await keeper.source.end() == 5
    assert await everything(keeper.source) == entries(1, 5)


async def test_a_follower_stops_before_what_may_still_be_taken_back(keeper):
    await keeper.write(entries(1, 5))
    keeper.append(entries(6, 8))
    seen = []
    async with aclosing(keeper.source.read(0)) as batches:
        async for batch in batches:
            seen += batch
            if seen[-1].seq == 5:
                keeper.mark.fold(entries(7, 7))
                keeper.mark.flush()
            if seen[-1].seq == 7:
                break
    assert seen == entries(1, 7)


async def test_a_journal_without_a_mark_is_read_to_its_last_whole_record(keeper, tmp_path):
    await keeper.write(entries(1, 40))
    (tmp_path / MARK_FILE).unlink()
    last = max(tmp_path.glob("*.log"))
    last.write_bytes(last.read_bytes()[:-1])
    assert await keeper.source.end() == 39
    assert await everything(keeper.source) == entries(1, 39)


async def test_a_restarted_venue_stands_by_everything_recovery_found(keeper, tmp_path):
    keeper.append(entries(1, 9))
    ReleaseMark(tmp_path, 9).close()
    assert await everything(JournalTail(tmp_path)) == entries(1, 9)


async def test_a_reader_of_segments_that_were_let_go_of_is_told_where_the_log_begins(keeper):
    await keeper.write(entries(1, 60))
    keeper.journal.retain(30)
    first = keeper.journal.first_seq()
    assert first > 1
    with pytest.raises(LogTrimmed, match=f"begins at {first}") as trimmed:
        await everything(keeper.source)
    assert trimmed.value.first_seq == first
    assert await everything(keeper.source, first - 1) == entries(first, 60)


async def test_damage_that_the_mark_covers_is_never_passed_over(keeper, tmp_path):
    await keeper.write(entries(1, 60))
    first = min(tmp_path.glob("*.log"))
    data = bytearray(first.read_bytes())
    data[-3] ^= 1
    first.write_bytes(data)
    with pytest.raises(LogError, match="cannot be read behind seq"):
        await everything(keeper.source)


async def test_a_follower_of_a_journal_that_was_replaced_is_told(keeper, tmp_path):
    await keeper.write(entries(1, 5))
    async with aclosing(keeper.source.read(0)) as batches:
        seen = await anext(batches)
        while seen[-1].seq < 5:
            seen = await anext(batches)
        for path in tmp_path.iterdir():
            path.unlink()
        await FileKeeper(tmp_path).write(entries(1, 7))
        with pytest.raises(LogTooShort):
            await anext(batches)


async def test_a_follower_of_a_journal_that_lost_its_tail_is_told(keeper, tmp_path):
    await keeper.write(entries(1, 5))
    async with aclosing(keeper.source.read(4)) as batches:
        await anext(batches)
        ReleaseMark(tmp_path, 3).close()
        with pytest.raises(LogTooShort, match="ends at 3"):
            await anext(batches)


async def test_a_record_larger_than_a_chunk_is_read(tmp_path):
    keeper = FileKeeper(tmp_path, segment_bytes=1_000_000)
    keeper.source = JournalTail(tmp_path, chunk_bytes=10)
    await keeper.write(entries(1, 20))
    assert await everything(keeper.source) == entries(1, 20)


async def test_a_record_of_a_later_schema_is_named(tmp_path):
    keeper = FileKeeper(tmp_path)
    await keeper.write([msgspec.structs.replace(shared, version=99) for shared in entries(1, 1)])
    with pytest.raises(UnknownVersion, match="version 99"):
        await everything(keeper.source)


def test_half_a_mark_is_not_taken_for_a_seq():
    assert unpack_mark(pack_mark(7)) == 7
    assert unpack_mark(struct.pack("<Q", 8) + pack_mark(7)[8:]) is None
