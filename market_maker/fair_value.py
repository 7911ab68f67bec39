"""What one YES contract is worth, from what can be seen: a pure function of the book and of what was thought before.

Real numbers between 0 and 1 (dollars): estimates are not money. They become Prices at a market's grid only.
"""

from collections.abc import Mapping

from market_maker.quotes import ASK, BID, OwnOrder, Touch
from wire.enums import BookSide
from wire.level_book import LevelBook
from wire.units import PAYOUT

EDGE = 0.0005
"""No estimate comes nearer to 0 or 1: log-odds have no end there."""


def bounded(value: float) -> float:
    return min(1 - EDGE, max(EDGE, value))


def others(book: LevelBook, own: Mapping[tuple[BookSide, int], int]) -> tuple[Touch, float | None]:
    """(the best prices of everybody else, the microprice between them or None).

    The microprice leans to the side with less behind it: that side will give way first.
    """
    bid = _best([(price, count - own.get((BID, price), 0)) for price, count in book.levels("yes")])
    ask = _best([(price, count - own.get((ASK, PAYOUT - price), 0)) for price, count in book.levels("no")])
    touch = Touch(bid[0] if bid else None, PAYOUT - ask[0] if ask else None)
    if touch.bid is None or touch.ask is None or bid is None or ask is None:
        return touch, None
    micro = (touch.bid * ask[1] + touch.ask * bid[1]) / (bid[1] + ask[1])
    return touch, micro / PAYOUT


def own_levels(orders: "list[OwnOrder]") -> dict[tuple[BookSide, int], int]:
    """What of each level is ours."""
    levels: dict[tuple[BookSide, int], int] = {}
    for order in orders:
        levels[order.side, order.price] = levels.get((order.side, order.price), 0) + order.remaining
    return levels


def fair_value(seen: float | None, last: float | None, weight: float) -> float | None:
    """An average that forgets: what is seen now makes up `weight` of it. None when nothing was ever seen."""
    if seen is None or last is None:
        return seen if last is None else last
    return bounded(last + weight * (seen - last))


def _best(levels: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The last level with anything left; levels ascend."""
    return next((level for level in reversed(levels) if level[1] > 0), None)
