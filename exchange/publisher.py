"""The outbox: what the journal has and the published log has not, carried over in order.

Reads the journal, never memory: whatever stopped the last publisher, this one asks the log where it ends and goes
on from there. While the log cannot be reached nothing is lost and nobody waits; the lag grows, and is shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Protocol

import structlog

from wire.event_log import EventLog, LogError, LogRecord, LogSource, LogUnavailable

RETRY_SECONDS = 0.25
LONGEST_RETRY_SECONDS = 2.0

_log = structlog.get_logger("publisher")


class PublishedLog(EventLog, Protocol):
    """An EventLog that can show its newest record."""

    async def last(self) -> LogRecord | None: ...


class LogsDiffer(LogError):
    """The published log is not of this journal: another venue wrote it, or this one was reset."""

    def __init__(self, how: str) -> None:
        super().__init__(
            f"{how}: it is the log of another venue, or of this one before a reset; delete the topic, or name another "
            "Kafka, and start the venue again"
        )


class Publisher:
    """`run` until canceled. `prepare` is called before each attempt: make the topic."""

    def __init__(
        self, journal: LogSource, target: PublishedLog, prepare: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.published_seq = 0
        """The last seq that is certainly in the published log."""
        self.outages = 0
        """How often the published log could not be reached, or was lost."""
        self.trouble = ""
        """Why nothing is published at the moment, empty when all is well."""
        self.stopped = False
        """The two logs do not belong together: `run` has ended, and would end again."""
        self._journal = journal
        self._target = target
        self._prepare = prepare

    async def lag(self) -> int:
        """How many records the journal has that are not published yet."""
        return max(0, await self._journal.end() - self.published_seq)

    async def run(self) -> None:
        """Publish for ever. Raises LogError when the two logs do not belong together or the journal is damaged."""
        wait = RETRY_SECONDS
        try:
            while True:
                try:
                    if self._prepare is not None:
                        await self._prepare()
                    await self._resume()
                    if self.trouble:
                        _log.warning("publishing_again", after_seq=self.published_seq, lag=await self.lag())
                    self.trouble, wait = "", RETRY_SECONDS
                    await self._follow()
                except LogUnavailable as error:
                    if not self.trouble:
                        self.outages += 1
                        _log.warning("log_unavailable", error=str(error), published_seq=self.published_seq)
                    self.trouble = str(error)
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, LONGEST_RETRY_SECONDS)
        except LogError as error:
            self.trouble, self.stopped = str(error), True
            _log.error("publishing_stopped", error=str(error), published_seq=self.published_seq)
            raise
        finally:
            await self._target.close()

    async def _resume(self) -> None:
        """Find where the published log ends, and that what it ends with is ours."""
        last = await self._target.last()
        self.published_seq = 0 if last is None else last.seq
        if last is None:
            return
        if last.seq > (end := await self._journal.end()):
            raise LogsDiffer(f"the published log ends at seq {last.seq}, the journal at {end}")
        async with aclosing(self._journal.read(last.seq - 1)) as batches:
            ours = (await anext(batches))[0]
        if ours != last:
            raise LogsDiffer(f"seq {last.seq} is one thing in the published log and another in the journal")

    async def _follow(self) -> None:
        async with aclosing(self._journal.read(self.published_seq)) as batches:
            async for batch in batches:
                await self._append(batch)

    async def _append(self, batch: Sequence[LogRecord]) -> None:
        self.published_seq = await self._target.append(batch)
