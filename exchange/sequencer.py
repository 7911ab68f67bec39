"""The single writer: every command of the venue passes here, in one order.

All commands that arrive in one turn of the event loop make a batch. The batch is stamped and applied, stored in
one append, made durable, and only then fanned out and answered. While a batch is being made durable the next
ones may already be applied; they are stored, fanned out and answered in order behind it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast

import structlog

from exchange.core.commands import AdvanceTime, AnyCommand
from exchange.core.engine import Engine
from exchange.ports import (
    Answer,
    Clock,
    EventSink,
    Journal,
    JournalRecord,
    JournalWriteFailed,
    Receipt,
    Unavailable,
)
from wire.engine_events import SCHEMA_VERSION, AnyEvent
from wire.event_log import LogRecord

PROBE_SECONDS = 0.25
"""How often a venue that cannot write tries whether it can again."""

IDLE_TICK_SECONDS = 0.05
"""Timers fire at the latest this long after they are due when nothing else happens."""

_log = structlog.get_logger("sequencer")

TURN_COMMANDS = 512
"""Commands of one turn of the loop: some ten milliseconds, after which whoever else waits has a turn."""

_VERSION: Final = SCHEMA_VERSION
_JOURNALED: Final = JournalRecord
_TOLD: Final = LogRecord
"""For the compiled path: what a module imports is found by its name each time, these are not."""

_Waiting = tuple[AnyCommand, Answer, bool]
"""The last says that it belongs to the one before it."""


class Sequencer:
    """`submit` from any task of the loop. `rebuild` gives a fresh engine at the journal's end."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        clock: Clock,
        rebuild: Callable[[], Engine],
    ) -> None:
        self.engine = engine
        self.degraded: str | None = None
        """Why no commands are taken now, if so."""
        self._journal = journal
        self._clock = clock
        self._sinks: tuple[EventSink, ...] = ()
        self._rebuild = rebuild
        self._loop = asyncio.get_running_loop()
        self._inbox: list[_Waiting] = []
        self._turn: asyncio.Handle | None = None
        self._stored: deque[tuple[list[LogRecord], list[Answer | None]]] = deque()
        self._releasing: asyncio.Task[None] | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._probe: asyncio.TimerHandle | None = None
        self._wait_for_disk = getattr(journal, "durability", "none") == "fsync"
        self._closed = False
        self._arm_tick()

    def attach(self, sinks: Sequence[EventSink]) -> None:
        """Who gets every batch from now on, in this order, behind those attached before."""
        self._sinks += tuple(sinks)

    def detach(self, sink: EventSink) -> None:
        """It hears of nothing any more; nothing happens when it did not hear."""
        self._sinks = tuple(other for other in self._sinks if other is not sink)

    @property
    def has_waiting(self) -> bool:
        """Whether commands were put in line that are not in the journal yet."""
        return bool(self._inbox)

    async def submit(self, command: AnyCommand) -> Receipt:
        (receipt,) = self.enqueue_all((command,))
        return await receipt

    def enqueue_all(self, commands: Sequence[AnyCommand]) -> "list[asyncio.Future[Receipt]]":
        """Put commands in line; each future is a receipt, or Unavailable.

        They share a turn, and so an append: all are stored or none, and the last receipt is there behind the others.
        """
        if self.degraded is not None:
            raise Unavailable(self.degraded)
        receipts: list[asyncio.Future[Receipt]] = []
        for place, command in enumerate(commands):
            receipt: asyncio.Future[Receipt] = self._loop.create_future()
            self._put((command, partial(self._resolve, receipt), place > 0))
            receipts.append(receipt)
        return receipts

    def post(self, command: AnyCommand, answer: Answer) -> None:
        """Put a command in line; `answer` hears what became of it."""
        if self.degraded is not None:
            answer(None)
        else:
            self._put((command, answer, False))

    def _put(self, waiting: _Waiting) -> None:
        self._inbox.append(waiting)
        if self._turn is None:
            self._turn = self._loop.call_soon(self._run_turn)

    def _resolve(self, future: "asyncio.Future[Receipt]", receipt: Receipt | None) -> None:
        if future.done():
            return
        if receipt is None:
            future.set_exception(Unavailable(self.degraded))
        else:
            future.set_result(receipt)

    async def submit_all(self, commands: Sequence[AnyCommand]) -> list[Receipt]:
        return await asyncio.gather(*self.enqueue_all(commands))

    async def suspend(self, why: str) -> None:
        """Take no commands until `begin_again`; what was accepted is answered first."""
        self.degraded = why
        self._probe_no_more()
        await self.drain()
        self.degraded = why  # whatever became of the rest
        self._probe_no_more()

    def begin_again(self, engine: Engine) -> None:
        """Go on with another engine, whose journal has taken the place of this one's. Nobody reads yet."""
        assert not self._inbox, "suspended"
        self.engine = engine
        self._sinks = ()
        self.degraded = None

    def close(self, why: str = "the venue is shutting down") -> None:
        """Take no more commands, for good, and stop the timers. What was accepted before is answered."""
        self._closed = True
        self.degraded = why
        for handle in (self._tick, self._probe):
            if handle is not None:
                handle.cancel()

    async def drain(self) -> None:
        """Wait until everything accepted so far is answered."""
        while self._inbox or self._stored or self._turn is not None:  # noqa: ASYNC110  # a few turns, once
            await asyncio.sleep(0)

    # --- one turn -----------------------------------------------------------------------------------

    def _run_turn(self) -> None:
        self._turn = None
        end = TURN_COMMANDS
        while end < len(self._inbox) and self._inbox[end][2]:
            end += 1
        waiting, self._inbox = self._inbox[:end], self._inbox[end:]
        if self._inbox:
            self._turn = self._loop.call_soon(self._run_turn)
        records: list[JournalRecord] = []
        told: list[LogRecord] = []
        answers: list[Answer | None] = []
        engine = self.engine
        try:
            clock_us = self._clock.now_us
            for command, answer, _ in waiting:
                # An object, made once: everything that comes of the command holds the same.
                now_us: Any = max(clock_us(), engine.state.now_us)
                if engine.next_deadline_us() <= now_us:
                    self._fire_timers(now_us, records, told, answers)
                self._apply(command, now_us, records, told)
                answers.append(answer)
            if not waiting:
                self._fire_timers(clock_us(), records, told, answers)
            if not records:
                return
            self._journal.append(records)
        except JournalWriteFailed as failure:
            self._unhappen(answers, f"the journal cannot be written: {failure}")
            return
        except Exception as bug:  # noqa: BLE001  # an edge: the loop would drop it and leave a gap in the log
            _log.exception("turn_failed", refused=len(waiting))
            self._unhappen([answer for _, answer, _ in waiting], f"a command failed: {bug!r}")
            return
        self._stored.append((told, answers))
        if not self._wait_for_disk:
            self._release_next()
        elif self._releasing is None:
            self._releasing = self._loop.create_task(self._release_synced())

    def _apply(self, command: AnyCommand, now_us: Any, records: list[JournalRecord], told: list[LogRecord]) -> None:
        state = self.engine.state
        seq: Any = state.seq + 1
        events = cast(tuple[AnyEvent, ...], self.engine.apply(command, seq, now_us))
        records.append(_JOURNALED(_VERSION, seq, now_us, command, events))
        told.append(_TOLD(_VERSION, state.shard, seq, now_us, events))

    def _fire_timers(
        self, now_us: int, records: list[JournalRecord], told: list[LogRecord], answers: list[Answer | None]
    ) -> None:
        """What is due by now happens, and at the very time it was due: however late the loop, or far the leap."""
        while (due_us := self.engine.next_deadline_us()) <= now_us:
            self._apply(AdvanceTime(), max(due_us, self.engine.state.now_us), records, told)
            answers.append(None)

    async def _release_synced(self) -> None:
        """Group commit: one sync covers every batch stored before it began."""
        while self._stored:
            covered = len(self._stored)
            try:
                await self._journal.sync()
            except JournalWriteFailed as failure:
                # What the disk holds is unknown: only a restart's recovery can tell. Answer nothing as done.
                pending = [answer for _, answers in self._stored for answer in answers]
                self._stored.clear()
                self._unhappen(pending, f"the journal cannot be synced: {failure}")
                break
            for _ in range(covered):
                self._release_next()
        self._releasing = None

    def _release_next(self) -> None:
        told, answers = self._stored.popleft()
        sinks = self._sinks
        try:
            for sink in sinks:
                sink.fold(told)
            for sink in sinks:
                sink.flush()
        except Exception:  # noqa: BLE001  # an edge: a reader that missed an event must not go on as if it had not
            _log.exception("reader_failed", seq=told[0].seq)
            self._sinks = ()
            self.close("a reader of the log failed; a restart rebuilds it from the journal")
        for record, answer in zip(told, answers, strict=True):
            if answer is not None:
                _tell(answer, record)

    # --- time ---------------------------------------------------------------------------------------

    def _arm_tick(self) -> None:
        self._tick = self._loop.call_later(IDLE_TICK_SECONDS, self._on_tick)

    def _on_tick(self) -> None:
        """Time passes also when nobody sends anything."""
        if self.degraded is None and self._turn is None and self.engine.next_deadline_us() <= self._clock.now_us():
            self._turn = self._loop.call_soon(self._run_turn)
        self._arm_tick()

    # --- failure ------------------------------------------------------------------------------------

    def _unhappen(self, answers: Sequence[Answer | None], why: str) -> None:
        """The batch is not stored, so it did not happen: back to the journal's end, and refuse until writable.

        A rebuild that fails as well leaves the venue refusing commands for good; reads go on.
        """
        _log.error("commands_refused", why=why, refused=len(answers))
        self.degraded = why
        waiting, self._inbox = self._inbox, []
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        for answer in (*answers, *(answer for _, answer, _ in waiting)):
            if answer is not None:
                _tell(answer, None)
        self.engine = self._rebuild()
        self._probe_no_more()
        if not self._closed:
            self._probe = self._loop.call_later(PROBE_SECONDS, self._probe_journal)

    def _probe_no_more(self) -> None:
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None

    def _probe_journal(self) -> None:
        if self._journal.can_write():
            _log.warning("journal_writable_again")
            self.degraded = None
        else:
            self._probe = self._loop.call_later(PROBE_SECONDS, self._probe_journal)


def _tell(answer: Answer, receipt: Receipt | None) -> None:
    """Tell one who asked. An answer that fails is his own: the others are told all the same."""
    try:
        answer(receipt)
    except Exception:  # noqa: BLE001  # an edge: the loop would log it and go on as well
        _log.exception("answer_failed")
