"""A compacted Kafka topic as a table: the newest row of each key, a partition for each shard."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from eventlog.connection import ANSWER_SECONDS, Consumer, bounded
from eventlog.kafka import LARGEST_MESSAGE_BYTES, create_topic
from wire.event_log import LogUnavailable

_CONFIG = {"cleanup.policy": "compact", "max.message.bytes": str(LARGEST_MESSAGE_BYTES)}
_REQUEST_MS = int(ANSWER_SECONDS * 1_000)
WHOLE_SECONDS = 6 * ANSWER_SECONDS
"""How long storing many rows may take in all."""


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
            async with asyncio.timeout(WHOLE_SECONDS):
                if self._producer is None:
                    self._producer = AIOKafkaProducer(
                        bootstrap_servers=self._bootstrap, acks="all", linger_ms=5, request_timeout_ms=_REQUEST_MS
                    )
                    await self._producer.start()
                topic, partition = self._partition
                for key, value in rows.items():
                    await self._producer.send(topic, value, key.encode(), partition=partition)  # into its buffer
                await self._producer.flush()
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error

    async def load(self) -> dict[str, bytes]:
        """Every row there is. Raises LogUnavailable."""
        rows: dict[str, bytes] = {}
        try:
            async with Consumer(self._bootstrap, self._partition) as consumer:
                reached, end = await consumer.bounds()
                consumer.seek(reached)
                while reached < end:
                    for message in await consumer.poll():
                        rows[message.key.decode()] = message.value
                    reached = await consumer.position()
        except UnknownTopicOrPartitionError:
            return rows
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"{self._bootstrap}: {error!r}") from error
        return rows

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # `stop` would wait for a broker that is away; whoever put rows was told whether they were stored.
            await bounded(producer.client.close())
            await bounded(producer.stop())
