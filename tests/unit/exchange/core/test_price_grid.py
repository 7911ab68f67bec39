"""Price grids (SEMANTICS A2)."""

from itertools import pairwise

import pytest

from exchange.core.price_grid import STRUCTURES, grid_of
from wire.engine_events import PriceRange

EDGE_AND_CENTRE = {
    "linear_cent": (100, 100),
    "deci_cent": (10, 10),
    "tapered_deci_cent": (10, 100),
    "center_whole_edge_half_cent": (50, 100),
    "center_whole_edge_quint_cent": (20, 100),
    "center_half_edge_half_cent": (50, 50),
    "center_half_edge_quint_cent": (20, 50),
    "center_half_edge_deci_cent": (10, 50),
    "center_quint_edge_quint_cent": (20, 20),
    "center_quint_edge_deci_cent": (10, 20),
    "center_centi_edge_centi_cent": (1, 1),
}


def steps(label: str, start: int, end: int) -> int:
    legal = [price for price in range(start, end + 1) if grid_of(label, ()).legal[price]]
    return min(after - before for before, after in pairwise(legal))


def test_every_label_with_published_bands_is_known():
    assert set(STRUCTURES) == {*EDGE_AND_CENTRE, "center_deci_edge_centi_cent"}


@pytest.mark.parametrize("label", EDGE_AND_CENTRE)
def test_the_steps_at_the_edge_and_in_the_centre_are_as_published(label):
    edge, centre = EDGE_AND_CENTRE[label]
    assert (steps(label, 100, 1_000), steps(label, 1_000, 9_000), steps(label, 9_000, 9_900)) == (edge, centre, edge)


def test_the_centi_edge_is_only_the_outer_cent():
    label = "center_deci_edge_centi_cent"
    assert (steps(label, 1, 100), steps(label, 100, 9_900), steps(label, 9_900, 9_999)) == (1, 10, 1)


@pytest.mark.parametrize("label", STRUCTURES)
def test_whole_cents_are_legal_everywhere_and_the_ends_nowhere(label):
    legal = grid_of(label, ()).legal
    assert all(legal[price] for price in range(100, 10_000, 100))
    assert not legal[0]
    assert not legal[10_000]


@pytest.mark.parametrize("label", STRUCTURES)
def test_the_other_leg_of_a_legal_price_is_legal(label):
    legal = grid_of(label, ()).legal
    assert legal == legal[::-1]


@pytest.mark.parametrize(
    "ranges",
    [
        (),
        (PriceRange(0, 10_000, 0),),
        (PriceRange(5_000, 4_000, 10),),
        (PriceRange(0, 20_000, 100),),
        (PriceRange(0, 5_000, 100), PriceRange(5_000, 10_000, 50)),
    ],
)
def test_ranges_that_make_no_grid_are_refused(ranges):
    with pytest.raises(ValueError, match="price"):
        grid_of("banded_centi_cent", ranges)
