"""From the orders that rest to the quotes that are wished, in the fewest creates, amends and cancels.

A level is right when the orders at it add up to what is wished there: a level that has to grow gets a second
order, because growing an order sends it to the back of the queue (SEMANTICS B7). What keeps its queue place is
kept where that costs no further action: an order whose size shrinks or whose expiry is put off stays where it is.

1. A level with too much gives up as few orders as possible: one that is exactly the surplus, else one that can
   absorb it, else the largest. Of equals the youngest, which has the worst queue place.
2. Orders nobody needs where they are become the levels that are missing: a move is one action, not two.
3. What is left over is canceled, what is still missing is created.
4. Orders that stay and would expire before long have their expiry put off.

The actions are in an order in which no own order meets another, and room is made before it is taken: cancels and
smaller sizes, moves away from the market, moves towards it and larger sizes, creates.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from market_maker.quotes import ASK, BID, OwnOrder, Quote
from wire.enums import BookSide

ORDERS_A_LEVEL = 2
"""A level of ours grows by a new order up to here, then by its youngest order: fills must not splinter it."""


class Create(msgspec.Struct, frozen=True):
    """A new order that rests."""

    quote: Quote


class Amend(msgspec.Struct, frozen=True):
    """`count` is what should rest afterwards; the filled part is added where the wire wants the total.

    To make an order smaller this is right too, and safer than a decrease: said as a total, what fills on the way is
    never on top of what was meant.
    """

    order: OwnOrder
    price: int
    count: int


class Cancel(msgspec.Struct, frozen=True):
    order: OwnOrder


Action = Create | Amend | Cancel

_Level = tuple[BookSide, int]


def diff(present: Iterable[OwnOrder], desired: Iterable[Quote], renew_before_us: int = 0) -> list[Action]:
    """The actions. `present` are one market's, oldest first; what expires before `renew_before_us` is renewed."""
    wanted: dict[_Level, int] = defaultdict(int)
    for quote in desired:
        wanted[quote.side, quote.price] += quote.count
    levels: dict[_Level, list[OwnOrder]] = defaultdict(list)
    for order in present:
        levels[order.side, order.price].append(order)
    actions: list[Action] = []
    for side in (BID, ASK):
        actions += _side(side, levels, wanted, renew_before_us)
    return sorted(actions, key=_turn)


def _side(
    side: BookSide, levels: dict[_Level, list[OwnOrder]], wanted: dict[_Level, int], renew_before_us: int
) -> list[Action]:
    actions: list[Action] = []
    free: list[OwnOrder] = []
    missing: list[Quote] = []
    kept: list[OwnOrder] = []
    for price in sorted({price for where, price in (*levels, *wanted) if where is side}):
        orders, count = levels.get((side, price), []), wanted.get((side, price), 0)
        total = sum(order.remaining for order in orders)
        if total > count:
            stays, shrunk, freed = _shrink(orders, total - count)
            kept += stays
            free += freed
            if shrunk is not None:
                actions.append(shrunk)
        else:
            kept += orders
            if total < count:
                missing.append(Quote(side, price, count - total))
    # The nearest moves first: which order goes where costs the same, and a short move is easier to follow.
    pairs = list(zip(free, missing, strict=False))
    actions += [Amend(order, quote.price, quote.count) for order, quote in pairs]
    actions += [Cancel(order) for order in free[len(pairs) :]]
    for quote in missing[len(pairs) :]:
        there = [order for order in kept if order.price == quote.price]
        if len(there) < ORDERS_A_LEVEL:
            actions.append(Create(quote))
        else:
            kept.remove(there[-1])
            actions.append(Amend(there[-1], quote.price, there[-1].remaining + quote.count))
    return actions + [
        Amend(order, order.price, order.remaining) for order in kept if 0 < order.expires_us < renew_before_us
    ]


def _shrink(orders: Sequence[OwnOrder], surplus: int) -> tuple[list[OwnOrder], Amend | None, list[OwnOrder]]:
    """(orders that stay as they are, the one that gets smaller, those that leave) so that `surplus` is gone."""
    stays, freed = list(orders), list[OwnOrder]()
    while surplus:
        exact = [order for order in stays if order.remaining == surplus]
        larger = [order for order in stays if order.remaining > surplus]
        if exact:
            gone = exact[-1]
        elif larger:
            smaller = larger[-1]
            stays.remove(smaller)
            return stays, Amend(smaller, smaller.price, smaller.remaining - surplus), freed
        else:
            # Youngest of the largest.
            gone = max(reversed(stays), key=lambda order: order.remaining)
        stays.remove(gone)
        freed.append(gone)
        surplus -= gone.remaining
    return stays, None, freed


def _turn(action: Action) -> int:
    match action:
        case Cancel():
            return 0
        case Amend(order, price, count) if price == order.price:
            return 0 if count <= order.remaining else 2
        case Amend(order, price, _):
            return 1 if (price < order.price) == (order.side is BID) else 2
        case Create():
            return 3
