"""The projector: gathers rows from the log and writes them in batches, each with the checkpoint it leads to.

Trading never waits for it. What happens when the database is away, slow, or other than expected:

| | |
|---|---|
| a write fails | its rows stay, are tried again after a while, and are not written twice: the checkpoint says whether a
  commit whose answer was lost took place |
| too much is gathered | all of it is dropped; once the database answers, the journal is read again from the checkpoint
  on (catch_up.py), with projections of its own, until it is where the venue is |
| it cannot be reached at the start | the venue starts, says so, and history catches up when it can |
| it is ahead of the journal | a power loss took the journal's tail: what never happened is taken back |
| it is of another venue, or of a newer version | nothing is written; a start refuses, later it is told in /health |
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import structlog

from exchange.adapters.history.catch_up import Again, catch_up
from exchange.adapters.history.database import Database
from exchange.adapters.history.gathering import Gathered
from exchange.adapters.history.life import Lives
from exchange.adapters.history.stored import Stored
from exchange.ports import HistoryRefused
from exchange.projections.views import Projections
from wire.event_log import LogError, LogRecord

BATCH_SECONDS = 0.25
"""How long rows gather before they are written together."""

BURST_SECONDS = 5.0
BUSY_SHARE = 0.75
"""While the process has the processor for more than such a share of the time, rows gather up to so many seconds, as
long as there is room for twice as many: in a burst trading goes first, and what it leaves behind is written when it is
over. Under a load that lasts history takes what it needs.
"""

RETRY_SECONDS = 1.0
"""How long to wait after a write that failed."""

START_SECONDS = 5.0
"""How long a start waits for a database before it goes on without."""

STOP_SECONDS = 10.0
"""How long a stop waits for the last rows; the journal has them."""

FORGET_SECONDS = 1.0
"""How long a new beginning waits for a write of what is no longer true."""

GATHERED_LIMIT = 200_000
"""Rows in memory beyond which they are read from the journal again."""

RETIRE_EVERY_US = 3_600_000_000
"""How often rows past the retention are looked for, in venue time."""

NEVER = 2**63

_log = structlog.get_logger("history")


class HistoryWriter:
    """An EventSink. `open`, let recovery give `fold_recovered` what it replays, `start`; then it is fed the log.

    `again` None: there is no journal, and what is not stored is kept however much it becomes.
    """

    def __init__(
        self,
        database: Database,
        views: Projections,
        again: Again | None = None,
        lives: Lives | None = None,
        limit: int = GATHERED_LIMIT,
        retention_us: int = 0,
    ) -> None:
        self.database = database.shown
        self.trouble = ""
        """Why nothing is written at the moment, empty when all is well."""
        self.stopped = False
        """Nothing will be written until the next start: the database is not ours."""
        self.outages = 0
        self._stored = Stored(database, lives or Lives())
        self._views = views
        self._again = again
        self._limit = limit
        self._retention_us = retention_us
        self._retired_us = 0
        self._gathered = Gathered(views, 0)
        self._pending: Gathered | None = None
        """The batch before `_gathered`, being written."""
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._abandoned = False
        self._writing: asyncio.Task[None] | None = None

    @property
    def is_behind(self) -> bool:
        """Records are missing in memory that are not in the database either."""
        return self._gathered.after_seq == NEVER

    def checkpoint(self) -> int:
        """The seq up to which history is certainly whole; 0 while that is not known."""
        return self._stored.seq

    # --- being fed ----------------------------------------------------------------------------------

    def fold(self, records: Sequence[LogRecord]) -> None:
        """Gather the rows of the next records."""
        self._gathered.fold(records)

    def flush(self) -> None:
        self._news.set()
        if self._gathered.size > self._limit and self._again is not None:
            self._fall_behind()

    def fold_recovered(self, record: LogRecord) -> None:
        """Take a record that recovery replays; a gap before it is left to be read again later."""
        if self._gathered.seq < record.seq - 1:
            self._fall_behind()
        self.fold((record,))

    def _fall_behind(self) -> None:
        """Drop what is gathered: the journal has it."""
        assert self._again is not None, "only what can be read again is dropped"
        if not self.is_behind:
            _log.warning("history_falls_behind", stored_seq=self.checkpoint(), seq=self._views.seq)
        self._pending = None
        self._gathered = Gathered(self._views, NEVER)

    # --- beginning and ending -----------------------------------------------------------------------

    async def open(self) -> None:
        """Find out what the database has, if it answers in time. Raises HistoryRefused when it is not ours."""
        try:
            async with asyncio.timeout(START_SECONDS if self._stored.is_shared else None):
                await self._stored.connect()
        except self._stored.troubles as error:
            self._in_trouble(error)
            if self._again is not None:
                self._fall_behind()
        if self._stored.checkpoint is not None:
            self._gathered = Gathered(self._views, self._stored.seq)

    async def start(self) -> None:
        """Begin to write in the background; recovery is over."""
        if self._stored.checkpoint is not None and not self.is_behind:
            if self._stored.seq > self._views.seq:
                await self._cut_back(self._views.seq)
                self._gathered = Gathered(self._views, self._views.seq)
            elif self._gathered.seq < self._views.seq and self._again is not None:
                self._fall_behind()  # the snapshot is past the checkpoint, and nothing was replayed
        self._stopping.clear()
        self._abandoned = False
        self._news.set()
        self._writing = asyncio.get_running_loop().create_task(self._write_on())

    async def stop(self) -> None:
        """Write what is left, within reason, and close."""
        await self._end()
        await self._stored.close()

    async def forget(self) -> None:
        """The venue begins again: nothing of what was is true. `start` again once it has recovered."""
        self._abandoned = True
        await self._end()
        self._stored.begin_again()
        self._pending, self._gathered = None, Gathered(self._views, 0)
        self.stopped, self.trouble, self._retired_us = False, "", 0
        await self.open()

    async def _end(self) -> None:
        self._stopping.set()
        self._news.set()
        if self._writing is not None:
            patience = FORGET_SECONDS if self._abandoned else STOP_SECONDS
            done, _ = await asyncio.wait((self._writing,), timeout=patience)
            if not done:
                _log.warning("history_left_behind", stored_seq=self.checkpoint(), seq=self._views.seq)
                self._writing.cancel()
                await asyncio.wait((self._writing,))
            self._writing = None

    # --- writing ------------------------------------------------------------------------------------

    async def _write_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._work()
            except self._stored.troubles as error:
                # The rows stay, or the journal has them: nothing is lost but room.
                self._in_trouble(error)
                if self._stopping.is_set():
                    return
                self._news.set()
                await self._pause(RETRY_SECONDS)
                continue
            except (HistoryRefused, LogError) as error:
                _log.error("history_stopped", database=self.database, error=str(error))
                self._stop_for_good(str(error))
            except Exception as error:  # noqa: BLE001  # a process edge: a bug out here must not be one of the venue
                _log.error("history_stopped", database=self.database, exc_info=error)
                self._stop_for_good(repr(error))
            if self._stopping.is_set() and (self.stopped or self._abandoned or self._is_whole()):
                return
            if self._stopping.is_set():
                self._news.set()
            await self._rest()

    def _stop_for_good(self, why: str) -> None:
        """Nothing is written from here on; what is left to do is to let memory go of what the journal has."""
        self.stopped, self.trouble = True, why
        if self._again is not None:
            self._fall_behind()

    async def _work(self) -> None:
        """One round: connect if need be, and write everything gathered so far."""
        if self.is_behind:
            self._views.evict(self._views.seq)  # the journal has it, and memory must stay what it is
        if self._abandoned or self.stopped:
            return
        if not self._stored.is_connected:
            await self._stored.connect()
            await self._take_up()
        if self.trouble:
            _log.warning("history_written_again", database=self.database, stored_seq=self.checkpoint())
            self.trouble = ""
        if self.is_behind and not self._stopping.is_set():
            await self._catch_up()
        elif self.is_behind:
            self._abandoned = True  # the next start goes on with it
            return
        if self._pending is None and self._gathered.seq > self._gathered.after_seq:
            self._pending, self._gathered = self._gathered, Gathered(self._views, self._gathered.seq)
        if (batch := self._pending) is not None:
            await self._store(batch)
            self._pending = None
        await self._retire()

    async def _store(self, batch: Gathered) -> None:
        await self._stored.write(batch)
        batch.views.evict(self._stored.seq)
        if batch.views is not self._views and not self.is_behind:
            self._views.evict(self._stored.seq)

    async def _take_up(self) -> None:
        """After an outage: what of ours does the database have?"""
        seq = self._stored.seq
        if self._pending is not None and self._pending.seq == seq:
            self._pending = None  # that commit took place, only its answer was lost
        waiting = self._pending or self._gathered
        if self.is_behind or waiting.after_seq == seq:
            return
        if self._again is not None:
            self._fall_behind()
        elif waiting.after_seq == 0:
            await self._cut_back(0)  # of an earlier start
        else:
            raise HistoryRefused(f"the database is at seq {seq}, and there is no journal to begin again from")

    async def _cut_back(self, seq: int) -> None:
        old_seq = self._stored.seq
        try:
            await self._stored.cut_back(seq, self._views.ts_us)
        except self._stored.troubles as error:
            self._in_trouble(error)
            return
        _log.warning("history_cut_back", checkpoint=old_seq, seq=seq)

    async def _retire(self) -> None:
        now_us = self._views.ts_us
        if not self._retention_us or now_us - self._retired_us < RETIRE_EVERY_US:
            return
        await self._stored.retire(now_us - self._retention_us)
        self._retired_us = now_us

    def _is_whole(self) -> bool:
        return self._pending is None and self._gathered.seq == self._gathered.after_seq

    def _in_trouble(self, error: Exception) -> None:
        if not self.trouble:
            self.outages += 1
            _log.error("history_unavailable", database=self.database, stored_seq=self.checkpoint(), error=repr(error))
        self.trouble = str(error) or repr(error)
        self._stored.lost()

    async def _rest(self) -> None:
        """Let rows gather, and trading have the time."""
        began = at = time.monotonic()
        used = time.process_time()
        is_busy = True
        while is_busy and not self._stopping.is_set():
            await self._pause(BATCH_SECONDS)
            before, at = at, time.monotonic()
            had, used = used, time.process_time()
            is_busy = (
                used - had > BUSY_SHARE * (at - before)
                and at - began < BURST_SECONDS
                and self._gathered.size < self._limit // 2
            )

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _catch_up(self) -> None:
        """Read the journal from the checkpoint on, until this is where the venue is, then be fed by it again."""
        assert self._again is not None, "only who has a journal falls behind"
        if self._stored.seq > self._views.seq:
            # The journal lost its tail, and nobody knew while the database was away.
            await self._cut_back(self._views.seq)
        _log.info("history_catches_up", stored_seq=self._stored.seq, seq=self._views.seq)
        batch = await catch_up(self._stored, self._again, self._views, self._stopping)
        if batch is None:
            return
        self._pending = batch if batch.seq > batch.after_seq else None
        self._gathered = Gathered(self._views, self._views.seq)
        _log.info("history_caught_up", seq=self._views.seq)
