"""One shard followed live: begin from somewhere, fold the log, and stop dead when something does not fit.

A gap, a record that does not fit the state, or a log that is not the one we know halts the shard: its state is
kept as it was and said to be halted, and it waits for a rewind (`rewind`). A log that nobody answers for is no such
thing: the source waits until somebody does. What the state is, and where it begins, is the reader's business.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import aclosing
from typing import Generic, Literal, Protocol, TypeVar

import structlog

from wire.event_log import LogError, LogRecord, LogSource, LogUnavailable

WATCH_SECONDS = 1.0

_log = structlog.get_logger("eventlog.follower")

Status = Literal["starting", "catching_up", "following", "halted"]


class Folded(Protocol):
    """What records are folded into."""

    seq: int
    """Of the last record in it, 0 before the first."""

    def fold(self, record: LogRecord) -> bool:
        """Take the next record; False for one seen before. Raises LogError."""
        ...


State = TypeVar("State", bound=Folded)


class Follower(ABC, Generic[State]):
    """`run` until canceled. `state` is for reading, between two turns of the loop."""

    def __init__(self, source: LogSource, state: State, shard: int = 0) -> None:
        self.source = source
        self.state = state
        self.shard = shard
        self.status: Status = "starting"
        self.halted_because = ""
        self.end_seq = 0
        """Where the log ended when last asked, a second ago at most while it answers."""
        self.log_unavailable = ""
        self.gaps = 0
        """How often the shard was halted."""
        self.rewinds = 0
        self.records = 0
        """Folded since the start of this process."""
        self.rate = 0.0
        """Records a second over the last watch."""
        self.confirmed_at = float("-inf")
        """When (time.monotonic) the log was last asked for its end and that end is in the state."""
        self._asked_at: float | None = None
        """When `end_seq` was true; None before the first answer."""
        self._rewind_to: int | None = None
        self._rewound = asyncio.Event()

    @property
    def lag(self) -> int:
        """Records in the log that are not in the state yet."""
        return max(0, self.end_seq - self.state.seq)

    async def run(self) -> None:
        """Follow the log for ever."""
        watching = asyncio.create_task(self._watch())
        not_after: int | None = None
        try:
            while True:
                try:
                    await self._follow_until_rewound(not_after)
                except LogError as error:
                    self._halt(error)
                    await self._rewound.wait()
                self._rewound.clear()
                not_after = self._rewind_to
        finally:
            watching.cancel()

    def rewind(self, to_seq: int) -> None:
        """Throw the state away and build it again, from the newest beginning not later than a seq."""
        self.rewinds += 1
        self._rewind_to = to_seq
        self._rewound.set()

    # --- what a reader says -------------------------------------------------------------------------

    @abstractmethod
    async def begin(self, not_after: int | None) -> State:
        """The state to go on from, not later than a seq when one is given."""

    @abstractmethod
    def folded(self, batch: Sequence[LogRecord]) -> None:
        """A batch is in the state."""

    def caught_up(self) -> None:
        """The state has reached the end of the log for the first time since it began."""

    def halted(self) -> None:
        """The shard was halted and waits for a rewind."""

    # --- parts --------------------------------------------------------------------------------------

    async def _follow_until_rewound(self, not_after: int | None) -> None:
        """Raises LogError."""
        self.status, self.halted_because = "starting", ""
        self.state = await self.begin(not_after)
        _log.info("shard_begins", shard=self.shard, seq=self.state.seq)
        following = asyncio.create_task(self._follow())
        rewinding = asyncio.create_task(self._rewound.wait())
        try:
            await asyncio.wait((following, rewinding), return_when=asyncio.FIRST_COMPLETED)
        finally:
            rewinding.cancel()
            stopped = following.cancel()
            await asyncio.wait((following,))
        if not stopped:
            following.result()

    async def _follow(self) -> None:
        """Raises LogError."""
        state = self.state
        fold = state.fold
        self.status = "catching_up"
        self._confirm()
        async with aclosing(self.source.read(state.seq)) as batches:
            async for batch in batches:
                for record in batch:
                    fold(record)
                self.records += len(batch)
                self._confirm()
                self.folded(batch)

    def _confirm(self) -> None:
        """Note that the state is as the log was when it was asked, if it is."""
        if self._asked_at is None or self.state.seq < self.end_seq or self.status in ("starting", "halted"):
            return
        self.end_seq = self.state.seq
        self.confirmed_at = self._asked_at
        if self.status == "catching_up":
            self.status = "following"
            self.caught_up()

    def _halt(self, error: LogError) -> None:
        self.gaps += 1
        self.status, self.halted_because = "halted", str(error)
        _log.error("shard_halted", shard=self.shard, seq=self.state.seq, error=str(error), wants="a rewind")
        self.halted()

    async def _watch(self) -> None:
        """Where the log ends, and how fast we are, once a second."""
        seen, at = self.records, time.monotonic()
        while True:
            asked_at = time.monotonic()
            try:
                self.end_seq = max(await self.source.end(), self.state.seq)
                self._asked_at, self.log_unavailable = asked_at, ""
                self._confirm()
            except (LogUnavailable, LogError) as error:
                self.log_unavailable = str(error)
            now = time.monotonic()
            if now > at:
                self.rate = (self.records - seen) / (now - at)
            seen, at = self.records, now
            await asyncio.sleep(WATCH_SECONDS)
