"""When a snapshot is taken, and which of the journal's oldest segments may go for it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from exchange.adapters.history import HistoryWriter
from exchange.adapters.journal import KEPT_SNAPSHOTS, FileJournal
from exchange.projections.views import Projections
from wire.event_log import LogRecord


class Snapshots(Protocol):
    """The venue, as far as a snapshot is of it."""

    views: Projections
    history: HistoryWriter

    async def snapshot(self) -> bool:
        """Store the state as it is now; False when the disk does not take it."""
        ...

    def engine_is_settled(self) -> bool:
        """Nothing applied that has not been folded yet."""
        ...


class Snapshotter:
    """Writes a snapshot every so many records and lets go of the journal's oldest segments.

    The state is copied between two turns of the loop and written by a thread; a crash in between costs
    nothing but a longer replay.
    """

    def __init__(self, venue: Snapshots, journal: FileJournal, every: int, retain: int) -> None:
        self._venue = venue
        self._journal = journal
        self._every = every
        self._retain = retain
        self._last = venue.views.seq
        self._writing: asyncio.Task[None] | None = None

    def fold(self, record: LogRecord) -> None:
        pass

    def flush(self) -> None:
        # Only when nothing is in flight do engine and projections stand at the same seq.
        due = self._venue.views.seq - self._last >= self._every
        if due and self._writing is None and self._venue.engine_is_settled():
            self._last = self._venue.views.seq
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def finish(self) -> None:
        """Wait for the snapshot being written, if there is one."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        if await self._venue.snapshot() and len(snapshots := self._journal.snapshots()) > 1:
            # The older one is the way back when the newest is unreadable, and needs what came after it.
            # What history has not stored stays, with the snapshot from which it can be read again.
            oldest, _ = snapshots[:KEPT_SNAPSHOTS][-1]
            stored = self._venue.history.checkpoint()
            self._journal.retain(min(oldest - self._retain, stored, self._journal.base_of(stored)))
        self._writing = None
