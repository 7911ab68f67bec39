"""One account's resting orders on one side of one market, in the order they joined the queue.

A list through the orders themselves, as a level of the book is: to take one up or let one go touches its neighbours
and no table. Knows nothing of money.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.core.order import Order


class OwnOrders:
    """`older` and `newer` of an order are its neighbours here."""

    __slots__ = ("_newest", "_oldest")

    def __init__(self) -> None:
        self._oldest: Order | None = None
        self._newest: Order | None = None

    def __iter__(self) -> Iterator[Order]:
        """From the oldest on; the one that was given out may be let go meanwhile."""
        order = self._oldest
        while order is not None:
            following = order.newer
            yield order
            order = following

    def add(self, order: Order) -> None:
        """Take up an order that rests from now on."""
        last = self._newest
        order.older = last
        if last is None:
            self._oldest = order
        else:
            last.newer = order
        self._newest = order

    def remove(self, order: Order) -> None:
        """Let go of one that no longer does."""
        older, newer = order.older, order.newer
        if older is None:
            self._oldest = newer
        else:
            older.newer = newer
        if newer is None:
            self._newest = older
        else:
            newer.older = older
        order.older = order.newer = None
