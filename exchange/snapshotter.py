"""When a snapshot is taken, and which of the journal's oldest segments may go for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from exchange.adapters.history import HistoryWriter
from exchange.adapters.journal import KEPT_SNAPSHOTS, FileJournal
from exchange.projections.views import Projections
from exchange.recovery import take_snapshot
from exchange.sequencer import Sequencer
from wire.event_log import LogRecord

_log = structlog.get_logger("venue")


class Snapshotter:
    """Writes a snapshot every so many records and lets go of the journal's oldest segments.

    The state is copied between two turns of the loop and written by a thread; a crash in between costs
    nothing but a longer replay.
    """

    def __init__(
        self,
        sequencer: Sequencer,
        views: Projections,
        history: HistoryWriter,
        journal: FileJournal,
        every: int,
        retain: int,
    ) -> None:
        """`every` so many records; `retain` of them are kept behind the older snapshot."""
        self._sequencer = sequencer
        self._views = views
        self._history = history
        self._journal = journal
        self._every = every
        self._retain = retain
        self._last = views.seq
        self._writing: asyncio.Task[None] | None = None

    def fold(self, records: Sequence[LogRecord]) -> None:
        """What they say is in the projections."""

    def flush(self) -> None:
        due = self._views.seq - self._last >= self._every
        if due and self._writing is None and self._is_settled():
            self._last = self._views.seq
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def take(self) -> bool:
        """Store the state as it is now; False when the disk does not take it, which only costs a longer replay."""
        seq, state = self._views.seq, take_snapshot(self._sequencer.engine, self._views)
        needed = self._history.checkpoint()
        try:
            await asyncio.to_thread(self._journal.write_snapshot, seq, state, needed)
        except OSError as error:
            _log.error("snapshot_failed", seq=seq, error=str(error))
            return False
        return True

    async def finish(self) -> None:
        """Wait for the snapshot being written, if there is one."""
        if self._writing is not None:
            await self._writing

    async def close(self) -> None:
        """The venue stops: leave a snapshot, so that the next start is quick."""
        await self.finish()
        if self._is_settled():
            await self.take()

    def _is_settled(self) -> bool:
        """Nothing applied that has not been folded yet: only then do engine and projections stand at the same seq."""
        return self._sequencer.engine.state.seq == self._views.seq

    async def _write(self) -> None:
        if await self.take() and len(snapshots := self._journal.snapshots()) > 1:
            # The older one is the way back when the newest is unreadable, and needs what came after it.
            # What history has not stored stays, with the snapshot from which it can be read again.
            oldest, _ = snapshots[:KEPT_SNAPSHOTS][-1]
            stored = self._history.checkpoint()
            self._journal.retain(min(oldest - self._retain, stored, self._journal.base_of(stored)))
        self._writing = None
