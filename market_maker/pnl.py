"""Profit and loss of a position, as Money: pure arithmetic on what the venue says a position cost (SEMANTICS C2)."""

from market_maker.venue.port import Position
from wire.units import PAYOUT


def unrealized(position: Position, mark: int) -> int:
    """What closing at `mark` (a YES Price) would bring over what the position cost."""
    leg = mark if position.count >= 0 else PAYOUT - mark
    return abs(position.count) * leg - position.cost


def total(position: Position, mark: int) -> int:
    """Realized and unrealized, fees taken off."""
    return position.realized + unrealized(position, mark) - position.fees
