"""What a maker wants to rest and what it has resting. Prices are Prices in YES, counts Counts, times microseconds.

Pure: `shape` makes any wish legal (limits of the inventory, the other side of the book, the grid), the differ
(differ.py) finds the way from what rests to what is wished.
"""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from market_maker.price_grid import PriceGrid
from wire.enums import BookSide

BID, ASK = BookSide.BID, BookSide.ASK


class Quote(msgspec.Struct, frozen=True, gc=False):
    """A wish: `count` in all at this level."""

    side: BookSide
    price: int
    count: int


class OwnOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of our resting orders as last heard of. `expires_us` 0 = never."""

    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price: int
    remaining: int
    filled: int = 0
    expires_us: int = 0
    group: str = ""
    updated_ms: int = 0


class Touch(NamedTuple):
    """The best prices of everybody else, None where there is nobody."""

    bid: int | None
    ask: int | None


class Room(NamedTuple):
    """How many contracts a side may still take before the inventory is at its limit, as Counts."""

    bids: int
    asks: int


def room(position: int, limit: int) -> Room:
    """What fits when every resting order could fill: the position then stays within [-limit, limit].

    A position that is outside already gets no room on the side that would lead it further out.
    """
    return Room(max(0, limit - position), max(0, limit + position))


def shape(wishes: Iterable[Quote], grid: PriceGrid, touch: Touch, space: Room) -> tuple[Quote, ...]:
    """The wishes made legal: on the grid, inside the others' prices, and no more than there is room for.

    Wishes come best first on each side; room is given in that order. A bid is moved down and an ask up until it
    would rest; two wishes that meet at one price become one.
    """
    shaped: dict[tuple[BookSide, int], int] = {}
    left = {BID: space.bids, ASK: space.asks}
    best: dict[BookSide, int] = {}
    for wish in wishes:
        side, price = wish.side, grid.nearest(wish.price)
        if side is BID and touch.ask is not None and price >= touch.ask:
            at = grid.below(touch.ask - 1)
        elif side is ASK and touch.bid is not None and price <= touch.bid:
            at = grid.above(touch.bid + 1)
        else:
            at = price
        other = best.get(ASK if side is BID else BID)
        if at is None or (other is not None and (at >= other if side is BID else at <= other)):
            continue
        count = min(wish.count, left[side])
        if count <= 0:
            continue
        left[side] -= count
        best[side] = at if side not in best else (max if side is BID else min)(at, best[side])
        shaped[side, at] = shaped.get((side, at), 0) + count
    return tuple(Quote(side, price, count) for (side, price), count in shaped.items())
