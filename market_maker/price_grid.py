"""The legal prices of one market, and how a computed price becomes one of them (SEMANTICS A2).

The only place where a strategy's real numbers turn into Prices. Refuses to know labels: the market's
`price_ranges` are what counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from wire.units import PAYOUT, parse_price


class PriceGrid:
    """Prices strictly between 0 and PAYOUT, ascending. `bands` are (start, end, step) as Prices."""

    __slots__ = ("prices",)

    def __init__(self, bands: Iterable[tuple[int, int, int]]) -> None:
        """Raises ValueError when there is no legal price at all."""
        legal = {price for start, end, step in bands for price in range(start, end + 1, step) if 0 < price < PAYOUT}
        if not legal:
            raise ValueError("a price grid without a price")
        self.prices: Sequence[int] = sorted(legal)

    @classmethod
    def of_dollars(cls, bands: Iterable[tuple[str, str, str]]) -> "PriceGrid":
        """From the wire's `start`, `end`, `step`. Raises UnitError and ValueError."""
        return cls((parse_price(start), parse_price(end), parse_price(step)) for start, end, step in bands)

    def below(self, price: float) -> int | None:
        """The highest legal price that is not above `price`; None when there is none."""
        at = bisect_right(self.prices, price)
        return self.prices[at - 1] if at else None

    def above(self, price: float) -> int | None:
        """The lowest legal price that is not below `price`; None when there is none."""
        at = bisect_left(self.prices, price)
        return self.prices[at] if at < len(self.prices) else None

    def nearest(self, price: float) -> int:
        """The legal price closest to `price`, the lower one of two."""
        low, high = self.below(price), self.above(price)
        if low is None or high is None:
            return self.prices[0] if low is None else self.prices[-1]
        return low if price - low <= high - price else high

    def moved(self, price: int, ticks: int) -> int:
        """`ticks` legal prices up (down when negative) from `price`, stopping at the ends."""
        at = bisect_right(self.prices, price) - 1 if ticks >= 0 else bisect_left(self.prices, price)
        return self.prices[max(0, min(len(self.prices) - 1, at + ticks))]
