"""`ladder`: several levels on each side of the fair value, leaning against the inventory.

The classic of quiet markets: the first levels earn the spread, the outer ones catch what runs through them.
"""

import msgspec

from market_maker.quotes import ASK, BID, Quote
from market_maker.strategy.view import View
from wire.units import PAYOUT


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """`spread` is the Price between the two best quotes, `levels` are `ticks` legal prices apart on each side.

    `lean` says how far the centre moves when the stock is one quote size, as a Price; `growth` by how many percent
    each level is larger than the one before.
    """

    count: int
    spread: int
    levels: int
    ticks: int
    lean: int
    growth: int

    def quotes(self, view: View) -> list[Quote]:
        if view.fair is None:
            return []
        centre = view.fair * PAYOUT - self.lean * view.position / self.count
        low, high = view.grid.below(centre - self.spread / 2), view.grid.above(centre + self.spread / 2)
        wishes: list[Quote] = []
        count = self.count
        for level in range(self.levels):
            if low is not None:
                wishes.append(Quote(BID, view.grid.moved(low, -level * self.ticks), count))
            if high is not None:
                wishes.append(Quote(ASK, view.grid.moved(high, level * self.ticks), count))
            count += count * self.growth // 100
        return wishes
