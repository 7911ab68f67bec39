"""One shard's live books: start from a checkpoint, follow the log, leave checkpoints behind.

How a log is followed, and when a shard halts, is eventlog/follower.py; what is special here are the checkpoints, and
that every change of a level is handed on.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Protocol

import structlog

from eventlog.follower import WATCH_SECONDS
from eventlog.follower import Follower as LogFollower
from rebuilder.checkpoint import Checkpoints, fingerprint
from rebuilder.order_book import Books, Change
from wire.event_log import LogRecord, LogSource, LogTrimmed, LogUnavailable

CHECKPOINT_EVERY = 100_000

_log = structlog.get_logger("rebuilder")


class Listener(Protocol):
    """Whoever wants every change of a level."""

    def changed(self, books: Books, changes: Sequence[Change]) -> None:
        """The changes of one batch of records, in order; the books are as the batch left them."""
        ...

    def restarted(self) -> None:
        """A shard's books were thrown away: what comes next does not follow from what came before."""
        ...


class Follower(LogFollower[Books]):
    """`run` until canceled. `books` is for reading, between two turns of the loop."""

    def __init__(
        self,
        source: LogSource,
        checkpoints: Checkpoints,
        shard: int = 0,
        listener: Listener | None = None,
        checkpoint_every: int = CHECKPOINT_EVERY,
    ) -> None:
        super().__init__(source, Books(shard), shard)
        self.checkpoints = checkpoints
        self._listener = listener
        self._checkpoint_every = checkpoint_every
        self._last: LogRecord | None = None
        self._last_checkpoint = 0

    @property
    def books(self) -> Books:
        return self.state

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

    async def begin(self, not_after: int | None) -> Books:
        """Load the newest checkpoint that is of this log, or begin with nothing."""
        found = self.checkpoints.newest(not_after)
        if found is not None and not await self._is_of_this_log(found.state.seq, found.fingerprint):
            _log.warning("checkpoints_of_another_log", shard=self.shard, seq=found.state.seq)
            self.checkpoints.clear()
            found = None
        books = Books(self.shard) if found is None else Books.load(found.state)
        self._last, self._last_checkpoint = None, books.seq
        if self._listener is not None:
            books.changes = []
            self._listener.restarted()
        return books

    def folded(self, batch: Sequence[LogRecord]) -> None:
        books = self.books
        if batch[-1].seq == books.seq:  # not so when all of the batch came again
            self._last = batch[-1]
        if books.changes and self._listener is not None:
            self._listener.changed(books, books.changes)
            books.changes.clear()
        if books.seq - self._last_checkpoint >= self._checkpoint_every:
            self.checkpoint()

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
