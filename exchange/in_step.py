"""Readers of which one looks at what another has folded: each hears of a record before any hears of the next.

All other readers take a batch one behind the other (sequencer.py), which is quicker: what a reader does stays in the
processor's caches while it does it.
"""

from collections.abc import Sequence

from exchange.ports import EventSink
from wire.event_log import LogRecord


class InStep:
    """An EventSink that is several, in their order."""

    def __init__(self, sinks: Sequence[EventSink]) -> None:
        self._sinks = tuple(sinks)
        self._folds = [sink.fold for sink in sinks]

    def fold(self, record: LogRecord) -> None:
        for fold in self._folds:
            fold(record)

    def flush(self) -> None:
        for sink in self._sinks:
            sink.flush()
