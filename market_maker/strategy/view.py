"""What a strategy may know."""

from typing import Protocol

import msgspec

from market_maker.price_grid import PriceGrid
from market_maker.quotes import Quote


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One market as its maker sees it at one moment.

    `fair` is in dollars (0 to 1), None while nothing is known. `position` is a signed Count, `step` how often the
    maker has quoted here, `left_s` the seconds until the market closes.
    """

    grid: PriceGrid
    fair: float | None
    position: int
    step: int
    left_s: float


class Strategy(Protocol):
    """Wishes best first on each side; what is illegal about them is mended by `quotes.shape`."""

    def quotes(self, view: View) -> list[Quote]: ...
