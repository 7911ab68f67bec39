"""A compacted Kafka topic as a table: the newest row of each key, a partition for each shard."""

from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from eventlog.kafka import ANSWER_SECONDS, FETCH_BYTES, LARGEST_MESSAGE_BYTES, create_topic
from wire.event_log import LogUnavailable

_CONFIG = {"cleanup.policy": "compact", "max.message.bytes": str(LARGEST_MESSAGE_BYTES)}
_REQUEST_MS = int(ANSWER_SECONDS * 1_000)


class KafkaTable:
    """One shard's rows. Values are bytes: whose they are, and how they are read, is the topic's business."""

    def __init__(self, bootstrap: str, topic: str, shard: int = 0, shards: int = 1) -> None:
        self._bootstrap = bootstrap
        self._shards = shards
        self._partition = TopicPartition(topic, shard)
        self._producer: Any = None

    async def create_topic(self) -> None:
        """Make the topic unless it is there. Raises LogUnavailable."""
        await create_topic(self._bootstrap, self._partition.topic, self._shards, _CONFIG)

    async def put(self, rows: Mapping[str, bytes]) -> None:
        """Store rows in place of those with the same keys. Raises LogUnavailable: then some may be stored."""
        try:
            if self._producer is None:
                self._producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap, acks="all", linger_ms=5, request_timeout_ms=_REQUEST_MS
                )
                await self._producer.start()
            topic, partition = self._partition
            for key, value in rows.items():
                await self._producer.send(topic, value, key.encode(), partition=partition)  # into its buffer
            await self._producer.flush()
        except (KafkaError, OSError) as error:
            await self.close()
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error

    async def load(self) -> dict[str, bytes]:
        """Every row there is. Raises LogUnavailable."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=FETCH_BYTES,
            request_timeout_ms=_REQUEST_MS,
        )
        rows: dict[str, bytes] = {}
        try:
            await consumer.start()
            if self._partition.topic not in await consumer.topics():
                return rows
            consumer.assign([self._partition])
            end = (await consumer.end_offsets([self._partition]))[self._partition]
            await consumer.seek_to_beginning(self._partition)
            while await consumer.position(self._partition) < end:
                for messages in (await consumer.getmany(timeout_ms=500)).values():
                    rows.update((message.key.decode(), message.value) for message in messages)
        except (KafkaError, OSError) as error:
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error
        finally:
            await consumer.stop()
        return rows

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
