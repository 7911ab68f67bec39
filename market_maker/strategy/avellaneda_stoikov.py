"""`avellaneda-stoikov` on the probability scale: Avellaneda and Stoikov (2008) with log-odds in place of the price.

A YES price is a probability, so it lives in (0, 1) and moves less near the ends. Its log-odds x = ln(p / (1 - p))
know no ends, and there the paper's two formulas are used as they stand, q being the inventory in quote sizes:

    reservation  r = x - q * gamma * sigma^2 * T
    half spread  d = gamma * sigma^2 * T / 2 + ln(1 + gamma / kappa) / gamma

Quotes are the probabilities of r - d and r + d: never outside (0, 1), narrower near the ends, and shifted down
when there is too much YES in stock. T is the time to the close but no more than `horizon_s`, because what the
inventory can still cost is bounded by when it can be turned over.
"""

import math

import msgspec

from market_maker.fair_value import bounded
from market_maker.quotes import ASK, BID, Quote
from market_maker.strategy.view import View
from wire.units import PAYOUT


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def probability(odds: float) -> float:
    """The inverse of log_odds, for any size of number."""
    return 1 / (1 + math.exp(-odds)) if odds >= 0 else 1 - 1 / (1 + math.exp(odds))


class AvellanedaStoikov(msgspec.Struct, frozen=True, kw_only=True):
    """`sigma` is the deviation of the log-odds over one second, `kappa` how fast fills grow rare with distance."""

    count: int
    gamma: float
    kappa: float
    sigma: float
    horizon_s: float
    max_spread: int
    """As a Price: in the centre an uncertain market would be quoted wider than anybody trades."""

    def quotes(self, view: View) -> list[Quote]:
        if view.fair is None:
            return []
        variance = self.sigma**2 * max(1.0, min(view.left_s, self.horizon_s))
        stock = view.position / self.count
        reservation = log_odds(bounded(view.fair)) - stock * self.gamma * variance
        half = self.gamma * variance / 2 + math.log(1 + self.gamma / self.kappa) / self.gamma
        bid, ask = probability(reservation - half) * PAYOUT, probability(reservation + half) * PAYOUT
        if ask - bid > self.max_spread:
            centre = probability(reservation) * PAYOUT
            bid, ask = centre - self.max_spread / 2, centre + self.max_spread / 2
        # Outwards to the grid: rounding must not give away the half spread.
        low, high = view.grid.below(bid), view.grid.above(ask)
        wishes = [] if low is None else [Quote(BID, low, self.count)]
        return wishes if high is None else [*wishes, Quote(ASK, high, self.count)]
