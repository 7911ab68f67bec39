"""Connections to a Kafka broker that end when they are told to, and say so when nobody is at the other end.

Knows aiokafka 0.14 and two habits of it. `AIOKafkaConsumer.stop` passes on the cancellation of its own fetch when
that fetch was waiting to try again, as it is while the broker is away: awaited directly it would end the task that
called it, with the connections left open. And a fetch that fails is tried again for ever without a word to whoever
waits for records. So everything is ended in a task of its own, and a consumer that hears nothing asks.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Self

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError, UnknownTopicOrPartitionError

FETCH_BYTES = 4 * 1024 * 1024
POLL_RECORDS = 4_000
POLL_MS = 500
ANSWER_SECONDS = 10.0
"""Without an answer for this long the connection is given up and made anew."""
QUIET_SECONDS = 3.0
"""When nothing has come for this long the broker is asked whether there is anything."""
CLOSE_SECONDS = 5.0

_log = structlog.get_logger("eventlog.connection")


async def bounded(ending: Coroutine[Any, Any, object]) -> None:
    """Run what ends a connection: apart from the caller, not for ever, and whatever comes of it."""
    task = asyncio.get_running_loop().create_task(ending)
    await asyncio.wait((task,), timeout=CLOSE_SECONDS)
    if not task.done():
        task.cancel()
    elif not task.cancelled() and (error := task.exception()) is not None:
        _log.info("disconnect_failed", error=repr(error))


class Consumer:
    """A reader's connection to one partition."""

    def __init__(self, bootstrap: str, partition: TopicPartition) -> None:
        self._partition = partition
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=FETCH_BYTES,
            request_timeout_ms=int(ANSWER_SECONDS * 1_000),
        )
        self._heard = 0.0
        """When something came, or was asked for, on the loop's clock."""
        self._owed = 0
        """The offset the partition reached when it was last asked for, 0 when nothing is missing."""

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._consumer.start()
        except BaseException:
            await bounded(self._disconnect())
            raise
        self._consumer.assign([self._partition])
        self._heard = asyncio.get_running_loop().time()
        return self

    async def __aexit__(self, *_: object) -> None:
        await bounded(self._disconnect())

    async def bounds(self) -> tuple[int, int]:
        """(offset of the first message, offset behind the last).

        Raises UnknownTopicOrPartitionError, other KafkaErrors, OSError, TimeoutError.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            # Asking for the offsets of a topic that is not there would wait for it for ever.
            if self._partition.topic not in await self._consumer.topics():
                raise UnknownTopicOrPartitionError(f"{self._partition.topic} does not exist")
            beginning = await self._consumer.beginning_offsets([self._partition])
            end = await self._consumer.end_offsets([self._partition])
            return beginning[self._partition], end[self._partition]

    async def message_at(self, offset: int) -> ConsumerRecord:
        """Raises KafkaError, OSError, TimeoutError."""
        async with asyncio.timeout(ANSWER_SECONDS):
            self._consumer.seek(self._partition, offset)
            return await self._consumer.getone(self._partition)

    def seek(self, offset: int) -> None:
        self._consumer.seek(self._partition, offset)

    async def position(self) -> int:
        """The offset of the next message. Raises KafkaError, TimeoutError."""
        async with asyncio.timeout(ANSWER_SECONDS):
            return int(await self._consumer.position(self._partition))

    async def poll(self) -> list[ConsumerRecord]:
        """What has arrived, after waiting a moment for it.

        Raises KafkaError, OSError, TimeoutError; the last also when messages are there and do not arrive.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            arrived = await self._consumer.getmany(self._partition, timeout_ms=POLL_MS, max_records=POLL_RECORDS)
        now = asyncio.get_running_loop().time()
        if arrived:
            self._heard, self._owed = now, 0
        elif now - self._heard > QUIET_SECONDS:
            await self._ask()
            self._heard = asyncio.get_running_loop().time()
        return [message for messages in arrived.values() for message in messages]

    async def _ask(self) -> None:
        """Nothing has come for a while: is there nothing, or does the fetching not go on?"""
        position = await self.position()
        async with asyncio.timeout(ANSWER_SECONDS):
            end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        if self._owed > position:
            raise KafkaTimeoutError(f"the partition goes to offset {end}, and nothing comes behind {position}")
        self._owed = end if end > position else 0

    async def _disconnect(self) -> None:
        try:
            await self._consumer.stop()
        finally:
            await self._consumer._client.close()  # noqa: SLF001  # what `stop` may not have got to
