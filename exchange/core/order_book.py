"""One market's book: price-time priority, and nothing about money.

Kept the way Kalshi shows it, as bids only: a ladder of YES bids and a ladder of NO bids, each in its own leg's
price (an ask at p is a bid for NO at 1 - p). Both ladders therefore look for their highest price, the top bit
of one big integer, and two orders cross when their legs add up to a dollar or more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.core.order import Order
from wire.enums import BookSide

_BID: Final = BookSide.BID


class Level:
    """All resting orders at one price, oldest first, as a linked list with its total."""

    __slots__ = ("head", "ladder", "leg", "tail", "total")

    def __init__(self, ladder: Ladder, leg: int) -> None:
        self.ladder = ladder
        self.leg = leg
        self.total = 0
        self.head: Order | None = None
        self.tail: Order | None = None

    def __iter__(self) -> Iterator[Order]:
        order = self.head
        while order is not None:
            following = order.next
            yield order
            order = following


class Ladder:
    """The bids of one outcome. `occupied` has the bit of every price with a level."""

    __slots__ = ("levels", "occupied")

    def __init__(self) -> None:
        self.levels: dict[int, Level] = {}
        self.occupied = 0

    def best(self) -> int:
        """The highest own-leg price, -1 when empty."""
        return self.occupied.bit_length() - 1

    def descending(self) -> Iterator[Level]:
        """Levels from best to worst."""
        occupied = self.occupied
        while occupied:
            leg = occupied.bit_length() - 1
            yield self.levels[leg]
            occupied ^= 1 << leg

    def volume_down_to(self, leg: int, enough: int) -> int:
        """Resting count at `leg` or better; stops counting once it has seen `enough`."""
        volume = 0
        for level in self.descending():
            if level.leg < leg:
                break
            volume += level.total
            if volume >= enough:
                break
        return volume


class OrderBook:
    """The two ladders of a market."""

    __slots__ = ("no", "yes")

    def __init__(self) -> None:
        self.yes = Ladder()
        self.no = Ladder()

    def ladder(self, side: BookSide) -> Ladder:
        """Where orders of this side rest."""
        return self.yes if side is _BID else self.no

    def opposite(self, side: BookSide) -> Ladder:
        """Where an order of this side looks for its counterparties."""
        return self.no if side is _BID else self.yes

    def add(self, order: Order) -> None:
        """Put an order at the back of its level."""
        ladder = self.yes if order.side is _BID else self.no
        leg = order.leg
        level = ladder.levels.get(leg)
        if level is None:
            level = ladder.levels[leg] = Level(ladder, leg)
            ladder.occupied |= 1 << leg
        tail = level.tail
        if tail is None:
            level.head = order
        else:
            tail.next = order
            order.previous = tail
        level.tail = order
        level.total += order.remaining
        order.level = level

    def remove(self, order: Order) -> None:
        """Take a resting order out. Its links are cleared so that no reference cycle keeps it alive."""
        level = order.level
        assert level is not None, "only a resting order can be removed"
        level.total -= order.remaining
        before, after = order.previous, order.next
        if before is None:
            level.head = after
        else:
            before.next = after
        if after is None:
            level.tail = before
        else:
            after.previous = before
        order.level = order.previous = order.next = None
        if level.head is None:
            ladder = level.ladder
            del ladder.levels[level.leg]
            ladder.occupied ^= 1 << level.leg

    def orders(self) -> Iterator[Order]:
        """Every resting order: YES ladder then NO ladder, best price first, oldest first."""
        for ladder in (self.yes, self.no):
            for level in ladder.descending():
                yield from level
