"""One shard's live books: start from a checkpoint, follow the log, and stop dead when something does not fit.

A gap, a broken book or a log that is not the one we know halts the shard: its books are kept as they were and said
to be halted, and it waits for a rewind (`rewind`, POST /rewind). A log that nobody answers for is no such thing:
the source waits until somebody does.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Literal, Protocol

import structlog

from rebuilder.checkpoint import Checkpoints, fingerprint
from rebuilder.order_book import Books, Change
from wire.event_log import LogError, LogRecord, LogSource, LogTrimmed, LogUnavailable

CHECKPOINT_EVERY = 100_000
WATCH_SECONDS = 1.0

_log = structlog.get_logger("rebuilder")

Status = Literal["starting", "catching_up", "following", "halted"]


class Listener(Protocol):
    """Whoever wants every change of a level."""

    def changed(self, books: Books, changes: Sequence[Change]) -> None:
        """The changes of one batch of records, in order; the books are as the batch left them."""
        ...

    def restarted(self) -> None:
        """A shard's books were thrown away: what comes next does not follow from what came before."""
        ...


class Follower:
    """`run` until canceled. `books` is for reading, between two turns of the loop."""

    def __init__(
        self,
        source: LogSource,
        checkpoints: Checkpoints,
        shard: int = 0,
        listener: Listener | None = None,
        checkpoint_every: int = CHECKPOINT_EVERY,
    ) -> None:
        self.source = source
        self.checkpoints = checkpoints
        self.shard = shard
        self.books = Books(shard)
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
        self._listener = listener
        self._checkpoint_every = checkpoint_every
        self._last: LogRecord | None = None
        self._last_checkpoint = 0
        self._rewind_to: int | None = None
        self._rewound = asyncio.Event()

    @property
    def lag(self) -> int:
        """Records in the log that are not in the books yet."""
        return max(0, self.end_seq - self.books.seq)

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
        """Throw the books away and build them again, from the newest checkpoint not later than a seq."""
        self.rewinds += 1
        self._rewind_to = to_seq
        self._rewound.set()

    def checkpoint(self) -> bool:
        """Store the books as they are; False when there is nothing new, or the disk does not take it."""
        if self._last is None or self.books.seq == self._last_checkpoint:
            return False
        try:
            self.checkpoints.write(self.books.dump(), self._last)
        except OSError as error:
            _log.error("checkpoint_failed", shard=self.shard, seq=self.books.seq, error=str(error))
            return False
        self._last_checkpoint = self.books.seq
        return True

    # --- parts --------------------------------------------------------------------------------------

    async def _follow_until_rewound(self, not_after: int | None) -> None:
        """Raises LogError."""
        await self._restore(not_after)
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

    async def _restore(self, not_after: int | None) -> None:
        """Load the newest checkpoint that is of this log, or begin with nothing."""
        self.status, self.halted_because = "starting", ""
        found = self.checkpoints.newest(not_after)
        if found is not None and not await self._is_of_this_log(found.state.seq, found.fingerprint):
            _log.warning("checkpoints_of_another_log", shard=self.shard, seq=found.state.seq)
            self.checkpoints.clear()
            found = None
        self.books = Books(self.shard) if found is None else Books.load(found.state)
        self._last, self._last_checkpoint = None, self.books.seq
        if self._listener is not None:
            self._listener.restarted()
        _log.info("books_start", shard=self.shard, seq=self.books.seq)

    async def _is_of_this_log(self, seq: int, expected: int) -> bool:
        """Whether the record a checkpoint was taken behind is the one in the log."""
        while True:
            try:
                if await self.source.end() < seq:
                    return False
                async with aclosing(self.source.read(seq - 1, follow=False)) as batches:
                    return fingerprint((await anext(batches))[0]) == expected
            except LogTrimmed as trimmed:
                return trimmed.first_seq == seq + 1  # let go of, but nothing in between is missing
            except LogUnavailable as error:
                self.log_unavailable = str(error)
                await asyncio.sleep(WATCH_SECONDS)

    async def _follow(self) -> None:
        """Raises LogError."""
        books = self.books
        changes: list[Change] | None = [] if self._listener is not None else None
        books.changes = changes
        self.status = "catching_up"
        async with aclosing(self.source.read(books.seq)) as batches:
            async for batch in batches:
                for record in batch:
                    if books.fold(record):
                        self._last = record
                self.records += len(batch)
                if books.seq >= self.end_seq:
                    self.end_seq = books.seq
                    self.status = "following"
                if changes and self._listener is not None:
                    self._listener.changed(books, changes)
                    changes.clear()
                if books.seq - self._last_checkpoint >= self._checkpoint_every:
                    self.checkpoint()

    def _halt(self, error: LogError) -> None:
        self.gaps += 1
        self.status, self.halted_because = "halted", str(error)
        _log.error("shard_halted", shard=self.shard, seq=self.books.seq, error=str(error), wants="a rewind")

    async def _watch(self) -> None:
        """Where the log ends, and how fast we are, once a second."""
        seen, at = self.records, time.monotonic()
        while True:
            try:
                self.end_seq = max(await self.source.end(), self.books.seq)
                self.log_unavailable = ""
            except (LogUnavailable, LogError) as error:
                self.log_unavailable = str(error)
            if self.status == "catching_up" and self.books.seq >= self.end_seq:
                self.status = "following"
            now = time.monotonic()
            if now > at:
                self.rate = (self.records - seen) / (now - at)
            seen, at = self.records, now
            await asyncio.sleep(WATCH_SECONDS)
