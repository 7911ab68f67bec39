"""All projections of one shard: the state every GET reads."""

from typing import Any

import msgspec

from exchange.projections.books import Books
from exchange.projections.catalogue import Catalogue
from exchange.projections.handlers import Handler, Projection
from exchange.projections.opened import opened
from exchange.projections.order_groups import OrderGroups
from exchange.projections.orders import Orders
from exchange.projections.portfolio import Portfolio
from exchange.projections.tape import Tape
from wire.event_log import LogRecord


class Projections:
    """Folds each record into every projection, event by event, in order.

    `window` is how many terminal orders, fills and trades stay in memory; older ones leave once the history
    store has them (`history_seq`, set by the history sink).
    """

    def __init__(self, window: int = 100_000) -> None:
        self.seq = 0
        self.ts_us = 0
        self.catalogue = Catalogue()
        self.books = Books()
        self.tape = Tape(window)
        self.orders = Orders(window)
        self.portfolio = Portfolio(window)
        self.order_groups = OrderGroups()
        self._parts: dict[str, Projection] = {
            "catalogue": self.catalogue,
            "books": self.books,
            "tape": self.tape,
            "orders": self.orders,
            "portfolio": self.portfolio,
            "order_groups": self.order_groups,
        }
        self._handlers: dict[type, tuple[Handler, ...]] = {}
        for part in self._parts.values():
            for kind, handler in part.handlers().items():
                self._handlers[kind] = (*self._handlers.get(kind, ()), handler)

    @property
    def is_idle(self) -> bool:
        """Never: whatever happens, some GET may ask for it."""
        return False

    def fold(self, record: LogRecord) -> None:
        """Take the next record."""
        # Any: compiled, an int would be taken apart here, and put together anew for every handler.
        seq: Any = record.seq
        ts_us: Any = record.ts_us
        handlers = self._handlers
        for place, event in enumerate(record.events):
            told = opened(event)
            for handler in handlers.get(type(event), ()):
                handler(seq, ts_us, place, told)
        self.seq = seq
        self.ts_us = ts_us

    def flush(self) -> None:
        """Nothing is held back."""

    def evict(self, history_seq: int) -> None:
        """Let go of what is beyond the window and stored in history up to this seq."""
        self.orders.evict(history_seq)
        self.portfolio.evict(history_seq)
        self.tape.evict(history_seq)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.seq, self.ts_us, {name: part.dump() for name, part in self._parts.items()}))

    def load(self, data: bytes) -> None:
        self.seq, self.ts_us, parts = msgspec.msgpack.decode(data, type=tuple[int, int, dict[str, bytes]])
        for name, part in self._parts.items():
            part.load(parts[name])
