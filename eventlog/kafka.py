"""The log in Kafka: topic `exchange.events.v1`, a partition for each shard, a message for each record.

Knows one partition. A seq is the truth and an offset only where to look for it: each seq stands in the topic at
least once and in order, so the record that follows seq s is never before offset `beginning + s + 1 - first seq`.
A record can stand there twice when a publisher died between sending and hearing; readers drop what they have seen.
No transactions and no consumer groups: one writer, and readers that keep their own place.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import structlog
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from eventlog.connection import ANSWER_SECONDS, Consumer, bounded
from wire.event_log import (
    TOPIC,
    LogError,
    LogGap,
    LogRecord,
    LogTooShort,
    LogTrimmed,
    LogUnavailable,
    decode,
    encode,
    ticker_of,
)

BATCH_BYTES = 512 * 1024
LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024
"""As large as a journal record may be: settling a market is one record, whatever number of positions it pays."""

RETRY_SECONDS = 0.5

_TOPIC_CONFIG = {
    "cleanup.policy": "delete",
    "retention.ms": "-1",  # the log is the truth for its readers: nothing in it grows too old
    "max.message.bytes": str(LARGEST_MESSAGE_BYTES),
}

_log = structlog.get_logger("eventlog.kafka")


class KafkaLog:
    """An EventLog of one shard. `bootstrap` is host:port, several separated by commas."""

    def __init__(self, bootstrap: str, shard: int = 0, topic: str = TOPIC) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._partition = TopicPartition(topic, shard)
        self._producer: Any = None
        self._sent: list[asyncio.Future[Any]] = []
        """Batches on their way."""
        self._last = 0
        """The last seq in the topic, as far as this writer knows; right while it has a producer."""

    async def create_topic(self, shards: int = 1, replication: int = 1) -> None:
        """Make the topic unless it is there. Raises LogUnavailable."""
        await create_topic(self._bootstrap, self._topic, shards, _TOPIC_CONFIG, replication)

    async def append(self, batch: Sequence[LogRecord]) -> int:
        try:
            if self._producer is None:
                await self._start_producer()
            fresh = [entry for entry in batch if entry.seq > self._last]
            if fresh and fresh[0].seq != self._last + 1 and self._last:
                raise LogGap(self._last + 1, fresh[0].seq)
            await self._send(fresh)
        except (KafkaError, OSError, TimeoutError) as error:
            await self._drop_producer()
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error
        return self._last

    async def read(self, after_seq: int, follow: bool = True) -> AsyncGenerator[Sequence[LogRecord], None]:
        last, end = after_seq, 0 if follow else await self.end()
        if not follow and after_seq > end:
            raise LogTooShort(after_seq, end)
        away = False
        while follow or last < end:
            try:
                async with aclosing(self._read_connected(last)) as batches:
                    async for batch in batches:
                        if away:
                            _log.warning("log_available", bootstrap=self._bootstrap, after_seq=last)
                            away = False
                        fresh = batch if follow else [entry for entry in batch if entry.seq <= end]
                        last = batch[-1].seq
                        if fresh:
                            yield fresh
                        if not follow and last >= end:
                            return
            except (KafkaError, OSError, TimeoutError) as error:
                if not follow:
                    raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error
                if not away:
                    _log.warning("log_unavailable", bootstrap=self._bootstrap, after_seq=last, error=repr(error))
                away = True
                await asyncio.sleep(RETRY_SECONDS)

    async def end(self) -> int:
        last = await self.last()
        return 0 if last is None else last.seq

    async def last(self) -> LogRecord | None:
        """The newest record in the topic, None when there is none or no topic. Raises LogUnavailable."""
        try:
            async with Consumer(self._bootstrap, self._partition) as consumer:
                beginning, end = await consumer.bounds()
                return None if beginning == end else await _record_at(consumer, end - 1)
        except UnknownTopicOrPartitionError:
            return None
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error

    async def close(self) -> None:
        """Give up what was not confirmed and disconnect; does not wait for a broker that is away."""
        await self._drop_producer()

    # --- writing ------------------------------------------------------------------------------------

    async def _start_producer(self) -> None:
        self._last = await self.end()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST_MESSAGE_BYTES,
            request_timeout_ms=int(ANSWER_SECONDS * 1_000),
        )
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._producer.start()

    async def _send(self, entries: Sequence[LogRecord]) -> None:
        """All of it on its way, then wait for all of it: the sender keeps one request after the other in order."""
        builder = self._producer.create_batch()
        for entry in entries:
            message = {
                "timestamp": entry.ts_us // 1_000,
                "key": ticker_of(entry).encode() or None,
                "value": encode(entry),
            }
            if builder.append(**message) is None:
                await self._submit(builder)
                builder = self._producer.create_batch()
                builder.append(**message)
        if builder.record_count():
            await self._submit(builder)
        if not self._sent:
            return
        # An idempotent producer tries for ever; we do not, because a broker that comes back may have lost the topic.
        _, pending = await asyncio.wait(self._sent, timeout=ANSWER_SECONDS)
        if pending:
            raise TimeoutError(f"no answer for {ANSWER_SECONDS:.0f} s")
        sent, self._sent = self._sent, []
        for confirmed in sent:
            confirmed.result()
        self._last = entries[-1].seq

    async def _submit(self, builder: Any) -> None:
        builder.close()
        async with asyncio.timeout(ANSWER_SECONDS):  # it waits until the batch before it has gone
            confirmed = await self._producer.send_batch(builder, self._topic, partition=self._partition.partition)
        self._sent.append(confirmed)

    async def _drop_producer(self) -> None:
        """Disconnect and give up what is pending: whether it arrived, the topic's end will tell."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        # Its `stop` would wait until the broker has taken everything; this is the rest of what `stop` does.
        self._sent = []
        await bounded(producer.client.close())
        await bounded(producer._sender.close())  # noqa: SLF001
        producer._closed = True  # noqa: SLF001  # or it complains when it is collected

    # --- reading ------------------------------------------------------------------------------------

    async def _read_connected(self, after_seq: int) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Follow until the connection fails. Raises KafkaError, OSError, TimeoutError."""
        async with Consumer(self._bootstrap, self._partition) as consumer:
            await _seek_behind(consumer, after_seq)
            last = after_seq
            while True:
                arrived = [decode(message.value) for message in await consumer.poll()]
                batch = [entry for entry in arrived if entry.seq > last]
                if not batch:
                    continue
                batch = _without_repeats(batch, last)
                last = batch[-1].seq
                yield batch


async def _seek_behind(consumer: Consumer, seq: int) -> None:
    """Go to where the record after `seq` stands, or a little before. Raises LogTrimmed, LogTooShort."""
    beginning, end = await consumer.bounds()
    if beginning == end:
        if seq or beginning:
            raise LogTooShort(seq, 0) if not beginning else LogError("the topic holds no record any more")
        consumer.seek(0)
        return
    first = await _record_at(consumer, beginning)
    if seq + 1 < first.seq:
        raise LogTrimmed(seq + 1, first.seq)
    last = await _record_at(consumer, end - 1)
    if seq > last.seq:
        raise LogTooShort(seq, last.seq)
    consumer.seek(min(beginning + seq + 1 - first.seq, end))


async def _record_at(consumer: Consumer, offset: int) -> LogRecord:
    return decode((await consumer.message_at(offset)).value)


async def create_topic(
    bootstrap: str, topic: str, partitions: int, config: dict[str, str], replication: int = 1
) -> None:
    """Make a topic unless it is there. Raises LogUnavailable."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(ANSWER_SECONDS * 1_000))
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await admin.start()
            answer = await admin.create_topics(
                [NewTopic(topic, partitions, replication, topic_configs=config)], timeout_ms=5_000
            )
        for _, code, *_ in answer.topic_errors:
            if code and (kind := for_code(code)) is not TopicAlreadyExistsError:
                raise kind(f"{topic} cannot be made")
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailable(f"{bootstrap}: {error!r}") from error
    finally:
        await bounded(admin._client.close())  # noqa: SLF001  # its own `close` does nothing when it did not start


def _without_repeats(batch: Sequence[LogRecord], last: int) -> list[LogRecord]:
    """Each seq once. Raises LogGap."""
    if batch[0].seq == last + 1 and batch[-1].seq == last + len(batch):
        return list(batch)  # in the common case nothing is there twice
    kept = []
    for entry in batch:
        if entry.seq <= last:
            continue
        if entry.seq != last + 1:
            raise LogGap(last + 1, entry.seq)
        kept.append(entry)
        last = entry.seq
    return kept
