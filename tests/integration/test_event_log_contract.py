"""What a log promises, whatever it is kept in: one suite for the journal's files, memory and a real Kafka."""

import asyncio
import itertools
from contextlib import aclosing

import pytest

from tests.kafka import kafka_bootstrap  # noqa: F401  # a fixture
from tests.log_records import FileKeeper, KafkaKeeper, MemoryKeeper, entries
from wire.event_log import LogGap, LogTooShort

_topics = itertools.count()


@pytest.fixture(params=["files", "memory", "kafka"])
async def keeper(request, tmp_path):
    if request.param == "files":
        made = FileKeeper(tmp_path)
    elif request.param == "memory":
        made = MemoryKeeper()
    else:
        made = KafkaKeeper(request.getfixturevalue("kafka_bootstrap"), f"contract-{tmp_path.name}-{next(_topics)}")
    yield made
    await made.close()


async def everything(source, after_seq=0):
    return [record async for batch in source.read(after_seq, follow=False) for record in batch]


async def test_a_new_log_ends_at_0_and_reads_as_nothing(keeper):
    assert await keeper.source.end() == 0
    assert await everything(keeper.source) == []


async def test_what_was_appended_is_read_back_whole_and_in_order(keeper):
    await keeper.write(entries(1, 3))
    await keeper.write(entries(4, 60))
    assert await everything(keeper.source) == entries(1, 60)
    assert await keeper.source.end() == 60


@pytest.mark.parametrize("after_seq", [1, 29, 59, 60])
async def test_reading_begins_behind_the_seq_that_was_asked_for(keeper, after_seq):
    await keeper.write(entries(1, 60))
    assert await everything(keeper.source, after_seq) == entries(after_seq + 1, 60)


async def test_a_batch_is_never_empty(keeper):
    await keeper.write(entries(1, 60))
    assert all([batch async for batch in keeper.source.read(0, follow=False)])


async def test_a_follower_gets_what_is_appended_while_it_reads(keeper):
    await keeper.write(entries(1, 5))
    seen = []
    async with asyncio.timeout(30), aclosing(keeper.source.read(2)) as batches:
        async for batch in batches:
            seen += batch
            if seen[-1].seq == 30:
                break
            if seen[-1].seq == 5:
                await keeper.write(entries(6, 30))
    assert seen == entries(3, 30)


async def test_a_follower_of_an_empty_log_waits_for_its_first_record(keeper):
    async def first():
        async with aclosing(keeper.source.read(0)) as batches:
            return (await anext(batches))[0]

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0)
    await keeper.write(entries(1, 2))
    async with asyncio.timeout(30):
        assert await waiting == entries(1, 1)[0]


async def test_two_readers_keep_their_own_places(keeper):
    await keeper.write(entries(1, 40))
    seen = []
    async with aclosing(keeper.source.read(0, follow=False)) as one:
        async for batch in one:
            seen += batch
            assert await everything(keeper.source, 10) == entries(11, 40)
    assert seen == entries(1, 40)


async def test_reading_on_from_behind_the_end_says_the_log_is_too_short(keeper):
    await keeper.write(entries(1, 5))
    with pytest.raises(LogTooShort, match="ends at 5"):
        await everything(keeper.source, 6)


async def test_a_follower_from_behind_the_end_says_the_log_is_too_short(keeper):
    await keeper.write(entries(1, 5))
    with pytest.raises(LogTooShort):
        async with asyncio.timeout(30), aclosing(keeper.source.read(6)) as batches:
            await anext(batches)


@pytest.fixture(params=["memory", "kafka"])
async def log(request, tmp_path):
    if request.param == "memory":
        made = MemoryKeeper()
    else:
        made = KafkaKeeper(request.getfixturevalue("kafka_bootstrap"), f"append-{tmp_path.name}-{next(_topics)}")
        await made.source.create_topic()
    yield made.source
    await made.close()


async def test_append_answers_with_the_last_seq(log):
    assert await log.append(entries(1, 12)) == 12
    assert await log.append(entries(13, 13)) == 13


async def test_appending_what_is_there_already_changes_nothing(log):
    await log.append(entries(1, 10))
    assert await log.append(entries(6, 12)) == 12
    assert await everything(log) == entries(1, 12)


async def test_appending_beyond_the_next_seq_is_refused(log):
    await log.append(entries(1, 10))
    with pytest.raises(LogGap, match="expected seq 11, found 12"):
        await log.append(entries(12, 12))
    assert await log.end() == 10


async def test_the_last_record_can_be_looked_at(log):
    assert await log.last() is None
    await log.append(entries(1, 10))
    assert await log.last() == entries(10, 10)[0]
