"""Readers of which one looks at what another has folded: each hears of a record before any hears of the next.

All other readers take a batch one behind the other (sequencer.py), which is quicker: what a reader does stays in the
processor's caches while it does it.
"""

from collections.abc import Sequence
from typing import Protocol

from wire.event_log import LogRecord


class Reader(Protocol):
    """One of them: the projections, and who tells what they hold."""

    @property
    def is_idle(self) -> bool:
        """Whether the next batch is nothing to it."""
        ...

    def fold(self, record: LogRecord) -> None:
        """Take the next journaled record. Must not raise, must not block."""
        ...

    def flush(self) -> None:
        """Everybody has folded the batch."""
        ...


class InStep:
    """An EventSink that is several readers, in their order."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = tuple(readers)

    def fold(self, records: Sequence[LogRecord]) -> None:
        folds = [reader.fold for reader in self._readers if not reader.is_idle]
        for record in records:
            for fold in folds:
                fold(record)

    def flush(self) -> None:
        for reader in self._readers:
            reader.flush()
