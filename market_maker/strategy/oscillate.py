"""`oscillate`: a bid and an ask that walk up and down between two prices, whatever the market thinks.

For a screen or a feed that must have something to show. It takes no view and so no part in price discovery.
"""

import msgspec

from market_maker.quotes import ASK, BID, Quote
from market_maker.strategy.view import View

WALK_STEP = 100
"""A cent each time, as a Price."""


class Oscillate(msgspec.Struct, frozen=True, kw_only=True):
    """Prices as Prices, `count` a Count. Both quotes stay within [price_min, price_max]."""

    price_min: int
    price_max: int
    spread: int
    count: int

    def quotes(self, view: View) -> list[Quote]:
        """The bid climbs from price_min until the ask is at price_max, and comes down again."""
        travel = max(0, self.price_max - self.price_min - self.spread) // WALK_STEP
        at = view.step % (2 * travel) if travel else 0
        bid = self.price_min + WALK_STEP * min(at, 2 * travel - at)
        return [Quote(BID, bid, self.count), Quote(ASK, bid + self.spread, self.count)]
