"""How a projection says which engine events it folds.

A projection is a class with `handlers()`, `dump()` and `load()`. It never calls another projection: what it
needs of one it is given at construction and only reads.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Handler = Callable[[int, int, int, Any], None]
"""(seq, ts_us, place, event): place is the event's index in its record; a Trade is an OpenTrade (opened.py)."""

Handlers = Mapping[type, Handler]


class Projection(Protocol):
    """A fold of engine events that can be stored in a snapshot and read by the gateways."""

    def handlers(self) -> Handlers:
        """Which event types it folds, and how."""
        ...

    def dump(self) -> bytes:
        """Its whole state."""
        ...

    def load(self, data: bytes) -> None:
        """Replace its state by a dumped one."""
        ...
