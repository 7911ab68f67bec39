"""The log in memory: for tests, and as the plainest reading of what a log promises."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from wire.event_log import LogGap, LogRecord, LogTooShort, LogTrimmed


class MemoryLog:
    """An EventLog of one shard. `trim` lets go of old records as a journal does."""

    def __init__(self, batch: int = 1_000) -> None:
        self._records: list[LogRecord] = []
        self._trimmed = 0
        self._batch = batch
        self._more = asyncio.Event()

    async def append(self, batch: Sequence[LogRecord]) -> int:
        for entry in batch:
            last = self._last()
            if entry.seq > last + 1:
                raise LogGap(last + 1, entry.seq)
            if entry.seq == last + 1:
                self._records.append(entry)
        self._more.set()
        self._more = asyncio.Event()
        return self._last()

    async def read(self, after_seq: int, follow: bool = True) -> AsyncGenerator[Sequence[LogRecord], None]:
        end = self._last()
        if after_seq > end:
            raise LogTooShort(after_seq, end)
        while follow or after_seq < end:
            if after_seq < self._trimmed:
                raise LogTrimmed(after_seq + 1, self._trimmed + 1)
            last = self._last() if follow else end
            start = after_seq - self._trimmed
            batch = self._records[start : min(start + self._batch, last - self._trimmed)]
            if batch:
                after_seq = batch[-1].seq
                yield batch
            else:
                await self._more.wait()

    async def end(self) -> int:
        return self._last()

    async def last(self) -> LogRecord | None:
        """The newest record, None when there is none."""
        return self._records[-1] if self._records else None

    async def close(self) -> None:
        return None

    def trim(self, through_seq: int) -> None:
        """Forget everything up to and including a seq."""
        del self._records[: through_seq - self._trimmed]
        self._trimmed = through_seq

    def _last(self) -> int:
        return self._trimmed + len(self._records)
