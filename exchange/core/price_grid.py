"""Which prices a market accepts (SEMANTICS A2).

Knows the published bands of every price level structure and tests a price against bands. The label is only
a label: whoever gives explicit ranges gets those.
"""

from typing import Final

from wire.engine_events import PriceRange
from wire.units import PAYOUT

_EDGE, _FAR_EDGE = 1_000, 9_000
_CENTI_EDGE, _CENTI_FAR_EDGE = 100, 9_900


def _uniform(step: int) -> tuple[PriceRange, ...]:
    return (PriceRange(0, PAYOUT, step),)


def _banded(edge: int, centre: int, low: int = _EDGE, high: int = _FAR_EDGE) -> tuple[PriceRange, ...]:
    return (PriceRange(0, low, edge), PriceRange(low, high, centre), PriceRange(high, PAYOUT, edge))


STRUCTURES: Final[dict[str, tuple[PriceRange, ...]]] = {
    "linear_cent": _uniform(100),
    "deci_cent": _uniform(10),
    "tapered_deci_cent": _banded(10, 100),
    "center_whole_edge_half_cent": _banded(50, 100),
    "center_whole_edge_quint_cent": _banded(20, 100),
    "center_half_edge_half_cent": _uniform(50),
    "center_half_edge_quint_cent": _banded(20, 50),
    "center_half_edge_deci_cent": _banded(10, 50),
    "center_quint_edge_quint_cent": _uniform(20),
    "center_quint_edge_deci_cent": _banded(10, 20),
    "center_centi_edge_centi_cent": _uniform(1),
    "center_deci_edge_centi_cent": _banded(1, 10, _CENTI_EDGE, _CENTI_FAR_EDGE),
}
"""Every label with published bands; "banded_centi_cent" and "" have none and need explicit ranges."""


class PriceGrid:
    """The set of legal prices, strictly between $0 and $1; `legal[price]` is 1 for those."""

    __slots__ = ("legal", "ranges")

    def __init__(self, ranges: tuple[PriceRange, ...]) -> None:
        """Raises ValueError when a band is empty, leaves [0, 1], or makes p legal but 1 - p not."""
        self.ranges = ranges
        legal = bytearray(PAYOUT + 1)
        for band in ranges:
            if not (0 <= band.start < band.end <= PAYOUT and 0 < band.step <= band.end - band.start):
                raise ValueError(
                    f"price range {band.start}..{band.end} step {band.step} is not a band of [0, {PAYOUT}]"
                )
            for price in range(band.start, band.end + 1, band.step):
                legal[price] = 1
        legal[0] = legal[PAYOUT] = 0
        if legal != legal[::-1]:
            raise ValueError("a price grid must be symmetric: when p is legal, 1 - p must be")
        self.legal = bytes(legal)


_grids: dict[tuple[PriceRange, ...], PriceGrid] = {}


def grid_of(label: str, ranges: tuple[PriceRange, ...]) -> PriceGrid:
    """The grid of explicit ranges, or of the label when there are none. Raises ValueError for neither.

    Grids are immutable and shared: a thousand cent markets hold one.
    """
    ranges = ranges or STRUCTURES.get(label, ())
    if not ranges:
        raise ValueError(f"price level structure {label!r} has no published bands; give price_ranges")
    grid = _grids.get(ranges)
    if grid is None:
        grid = _grids[ranges] = PriceGrid(ranges)
    return grid
