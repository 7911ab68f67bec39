"""The published log under hardship, on a real broker of the test's own: killed in mid-stream, read from anywhere."""

import asyncio
import random
import time
from contextlib import AsyncExitStack, aclosing

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from eventlog.connection import Consumer
from eventlog.kafka import KafkaLog
from eventlog.memory import MemoryLog
from exchange.publisher import Publisher
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from tests.kafka import skip_or_fail
from tests.log_records import entries
from wire.event_log import TOPIC, LogUnavailable

RECORDS = 100_000
REWINDS = 40


@pytest.fixture
def broker(tmp_path):
    broker = KafkaBroker(tmp_path)
    try:
        broker.start()
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    yield broker
    broker.stop()


async def until(condition, seconds=120):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def journal_of(count):
    journal = MemoryLog(batch=500)
    await journal.append(entries(1, count))
    return journal


class Reader:
    """Follows the log and remembers the seqs, in the order it was given them."""

    def __init__(self, log, after_seq=0):
        self.seqs = []
        self.task = asyncio.create_task(self._follow(log, after_seq))

    async def _follow(self, log, after_seq):
        async with aclosing(log.read(after_seq)) as batches:
            async for batch in batches:
                self.seqs += [shared.seq for shared in batch]


async def stop(*tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_broker_killed_in_mid_stream_costs_no_record_and_repeats_none(broker):
    journal = await journal_of(RECORDS)
    target = KafkaLog(broker.bootstrap)
    publisher = Publisher(journal, target, target.create_topic)
    reader = Reader(KafkaLog(broker.bootstrap))
    begun = time.perf_counter()
    publishing = asyncio.create_task(publisher.run())
    await until(lambda: publisher.published_seq > RECORDS // 3)
    await asyncio.to_thread(broker.kill)
    killed_at = publisher.published_seq
    assert killed_at < RECORDS
    await asyncio.to_thread(broker.start)
    back = time.perf_counter()
    await until(lambda: publisher.published_seq == RECORDS)
    drained = time.perf_counter()
    await until(lambda: len(reader.seqs) >= RECORDS)
    caught_up = time.perf_counter()
    await stop(publishing, reader.task)
    assert reader.seqs == list(range(1, RECORDS + 1))
    print(
        f"killed at seq {killed_at}; {RECORDS - killed_at} records of lag gone {drained - back:.1f} s after the broker "
        f"was back, readers level {caught_up - back:.1f} s after; {drained - begun:.1f} s in all"
    )


async def test_readers_outlive_a_broker_that_dies_while_they_find_their_place(broker):
    """Their connections are ended while a fetch of theirs waits to be tried again."""
    log = KafkaLog(broker.bootstrap)
    await log.create_topic()
    await log.append(entries(1, 100))
    await log.close()
    partition = TopicPartition(TOPIC, 0)
    async with AsyncExitStack() as open_ones:
        consumers = [await open_ones.enter_async_context(Consumer(broker.bootstrap, partition)) for _ in range(5)]
        for consumer in consumers:
            consumer.seek(100)
            await consumer.poll()
        await asyncio.to_thread(broker.kill)
        await asyncio.gather(*(consumer.poll() for consumer in consumers), return_exceptions=True)
    assert asyncio.current_task().cancelling() == 0
    readers = [Reader(KafkaLog(broker.bootstrap)) for _ in range(3)]
    await asyncio.to_thread(broker.start)
    await until(lambda: all(len(reader.seqs) == 100 for reader in readers))
    await stop(*(reader.task for reader in readers))


async def test_a_reader_whose_fetching_has_stopped_connects_anew(broker):
    log = KafkaLog(broker.bootstrap)
    await log.create_topic()
    await log.append(entries(1, 100))
    made = []

    class Remembered(AIOKafkaConsumer):
        def __init__(self, **options):
            super().__init__(**options)
            made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventlog.connection.AIOKafkaConsumer", Remembered)
        reader = Reader(KafkaLog(broker.bootstrap))
        await until(lambda: len(reader.seqs) == 100)
        made[-1]._fetcher._fetch_task.cancel()
        await log.append(entries(101, 200))
        await until(lambda: len(reader.seqs) == 200)
    assert reader.seqs == list(range(1, 201))
    await stop(reader.task)
    await log.close()


async def test_a_reader_sent_back_to_random_seqs_always_reads_the_rest_once_and_in_order(broker):
    log = KafkaLog(broker.bootstrap)
    await log.create_topic()
    records = entries(1, RECORDS)
    begun = time.perf_counter()
    for start in range(0, RECORDS, 5_000):
        await log.append(records[start : start + 5_000])
    appended = time.perf_counter()
    count = 0
    async for batch in log.read(0, follow=False):
        assert batch == records[count : count + len(batch)]
        count += len(batch)
    read = time.perf_counter()
    assert count == RECORDS
    print(f"append {RECORDS / (appended - begun):,.0f} records/s, read {RECORDS / (read - appended):,.0f} records/s")
    pick = random.Random(7)
    for _ in range(REWINDS):
        after_seq = pick.randrange(RECORDS)
        async with aclosing(log.read(after_seq)) as batches:
            batch = await anext(batches)
            assert batch == records[after_seq : after_seq + len(batch)]
    await log.close()


async def test_records_that_stand_twice_in_the_topic_are_read_once(broker):
    """Two writers that both believed the topic was empty, as after an answer that was lost."""
    one, two = KafkaLog(broker.bootstrap), KafkaLog(broker.bootstrap)
    await one.create_topic()
    await one.append([])
    await two.append([])
    await one.append(entries(1, 30))
    await two.append(entries(1, 30))
    await two.append(entries(31, 50))
    assert [shared async for batch in one.read(0, follow=False) for shared in batch] == entries(1, 50)
    assert [shared async for batch in one.read(37, follow=False) for shared in batch] == entries(38, 50)
    await one.close()
    await two.close()


async def test_a_broker_that_is_away_is_said_to_be_unavailable(broker):
    log = KafkaLog(broker.bootstrap)
    await asyncio.to_thread(broker.stop)
    with pytest.raises(LogUnavailable):
        await log.end()
    with pytest.raises(LogUnavailable):
        await log.append(entries(1, 1))
    await log.close()
