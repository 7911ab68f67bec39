"""The narrow doors between the venue's parts. Nothing here does anything.

The core knows none of these. Gateways are handed a CommandSink and projections; adapters implement the
rest; exchange/app.py puts them together.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from exchange.core.commands import AnyCommand
from wire.engine_events import AnyEvent
from wire.event_log import LogRecord

Receipt = LogRecord
"""What became of a command: its place in the log and the events it caused.

A refused command has exactly one event, OrderRejected. When a receipt is handed out, the record is in the journal as
durably as the venue promises, and every projection has folded it.
"""


class Unavailable(Exception):
    """The venue takes no commands now (journal cannot be written, shutting down): HTTP 503.

    The command that raised it was not applied and never will be.
    """


Answer = Callable[[Receipt | None], None]
"""Who wants to know what became of a command; None says that it never happened and never will. Must not raise."""


class CommandSink(Protocol):
    """Where gateways put commands: the sequencer."""

    @property
    def has_waiting(self) -> bool:
        """Whether commands were put in line that are not in the journal yet."""
        ...

    async def submit(self, command: AnyCommand) -> Receipt:
        """Apply one command; returns once it is journaled and folded. Raises Unavailable."""
        ...

    def enqueue_all(self, commands: Sequence[AnyCommand]) -> "list[asyncio.Future[Receipt]]":
        """`submit_all` without waiting: a future for each, of which the last is done last. Raises Unavailable at once.

        All of a gateway's batch are stored or none.
        """
        ...

    def post(self, command: AnyCommand, answer: Answer) -> None:
        """Put one command in line and have `answer` called, in this turn or at once, without a future."""
        ...

    async def submit_all(self, commands: Sequence[AnyCommand]) -> list[Receipt]:
        """Apply commands in order, nothing else in between; not atomic. Raises Unavailable."""
        ...


class EventSink(Protocol):
    """A reader inside the venue's process: FIX sessions, history, snapshots, and those that go in step (in_step.py)."""

    def fold(self, records: Sequence[LogRecord]) -> None:
        """Take the next batch of journaled records, in seq order. Must not raise, must not block.

        One reader has folded all of it before the next one hears of any.
        """
        ...

    def flush(self) -> None:
        """Everybody has folded the batch: send what was held back to be sent together."""
        ...


class JournalRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A command with its stamp and what it caused."""

    version: int
    seq: int
    ts_us: int
    command: AnyCommand
    events: tuple[AnyEvent, ...]


class HistoryUnavailable(Exception):
    """What left memory cannot be read now (its database is away, or behind): HTTP 503 for who asks for it."""


class HistoryRefused(Exception):
    """The history database is not one this venue may write to: of a newer version, or of another venue."""


class JournalDamaged(Exception):
    """Acknowledged records are missing or unreadable; the message says where."""


class JournalWriteFailed(Exception):
    """The batch is not in the journal, and the journal is as it was before."""


class Journal(Protocol):
    """The truth: an append-only list of records."""

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Store a batch in one write. Raises JournalWriteFailed and stores nothing of it on any error."""
        ...

    def can_write(self) -> bool:
        """After a failed write: would one succeed now?"""
        ...

    async def sync(self) -> None:
        """Make everything appended survive what the durability setting promises to survive."""
        ...

    def read(self, after_seq: int) -> Iterator[JournalRecord]:
        """Records with seq > after_seq, in order. Raises JournalDamaged when one in between cannot be read."""
        ...


class Recording(Protocol):
    """What recovery needs: the records, where they begin and end, and the snapshots that shorten the way."""

    last_seq: int

    def first_seq(self) -> int:
        """The seq of the oldest record that is kept, 1 for an empty recording."""
        ...

    def read(self, after_seq: int) -> Iterator[JournalRecord]: ...

    def read_snapshots(self) -> Iterator[tuple[int, bytes]]:
        """(seq, state) of every sound snapshot, newest first."""
        ...


class Clock(Protocol):
    """The venue's time. The core never sees it; the sequencer stamps commands with it."""

    def now_us(self) -> int:
        """Unix microseconds, never going back."""
        ...


class ClockMode(StrEnum):
    RUNNING = "running"
    FROZEN = "frozen"


class ClockSetting(msgspec.Struct, frozen=True):
    """When the machine's clock was at `wall_us` the venue's was at `venue_us`, and ran at `speed` or stood still."""

    mode: ClockMode = ClockMode.RUNNING
    venue_us: int = 0
    wall_us: int = 0
    speed: int = 1


class OwnedClock(Clock, Protocol):
    """A clock that obeys (exchange/adapters/clock.py). Each of these raises ValueError for what time cannot do."""

    setting: ClockSetting

    def freeze(self) -> None: ...

    def resume(self) -> None: ...

    def run_at(self, speed: int) -> None: ...

    def advance(self, by_us: int) -> None: ...

    def set_to(self, at_us: int) -> None: ...

    def not_before(self, at_us: int) -> None: ...

    def begin_again(self, setting: ClockSetting) -> None: ...


class TapeRefused(Exception):
    """What was asked of the tape deck cannot be; the message says why."""

    def __init__(self, kind: Literal["unknown", "bad", "conflict"], why: str) -> None:
        """`unknown`: there is no such tape; `bad`: it cannot be read; `conflict`: not as things are."""
        super().__init__(why)
        self.kind = kind


class ListedTape(msgspec.Struct, frozen=True):
    """A recording that could be loaded; `problem` says why it cannot, `bytes` is its size on disk."""

    name: str
    title: str
    source: Literal["folder", "included"]
    bytes: int
    problem: str = ""


class TapeState(msgspec.Struct, frozen=True):
    """What a tape deck does. `name` is empty when no tape is in it; positions are in recorded milliseconds."""

    name: str = ""
    title: str = ""
    markets: tuple[str, ...] = ()
    position_ms: int = 0
    duration_ms: int = 0
    playing: bool = False
    speed: int = 1
    played: int = 0
    messages: int = 0
    recorded_ms: int = 0
    result: str = ""
    in_step: bool = True
    trouble: str = ""


class TapeDeck(Protocol):
    """Plays recordings into the venue. Each wish raises TapeRefused, and Unavailable when no commands are taken."""

    folder: str
    """Where a person puts recordings."""

    def state(self) -> TapeState: ...

    async def listed(self) -> list[ListedTape]: ...

    async def load(self, name: str, position_ms: int, speed: int, queue: Literal["pessimistic", "optimistic"]) -> None:
        """Put a tape in, standing still at a position."""
        ...

    async def play(self) -> None: ...

    async def pause(self) -> None: ...

    async def run_at(self, speed: int) -> None: ...

    async def seek(self, position_ms: int) -> None:
        """Returns when the tape's part of the book is that of the position."""
        ...

    async def eject(self) -> None:
        """Take the tape's orders out of the book; nothing happens without a tape."""
        ...

    async def forget(self) -> None:
        """The venue begins again: no tape is in it any more, and its orders went with everything else."""
        ...
