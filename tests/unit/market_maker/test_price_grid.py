import pytest

from market_maker.price_grid import PriceGrid

TAPERED = PriceGrid.of_dollars([("0", "0.10", "0.001"), ("0.10", "0.90", "0.01"), ("0.90", "1", "0.001")])
CENTS = PriceGrid.of_dollars([("0.0000", "1.0000", "0.0100")])


def test_zero_and_a_dollar_are_no_prices():
    assert CENTS.prices[0] == 100
    assert CENTS.prices[-1] == 9_900


@pytest.mark.parametrize(
    ("price", "below", "above"),
    [(5_050.5, 5_000, 5_100), (999, 990, 1_000), (1_000, 1_000, 1_000), (1_001, 1_000, 1_100), (9_001, 9_000, 9_010)],
)
def test_a_real_number_is_rounded_to_the_grid_of_its_band(price, below, above):
    assert TAPERED.below(price) == below
    assert TAPERED.above(price) == above


def test_beyond_the_ends_there_is_no_price():
    assert CENTS.below(99.9) is None
    assert CENTS.above(9_900.1) is None
    assert CENTS.nearest(1) == 100
    assert CENTS.nearest(9_999) == 9_900


def test_moving_counts_legal_prices_and_stops_at_the_ends():
    assert TAPERED.moved(990, 2) == 1_100
    assert TAPERED.moved(1_100, -2) == 990
    assert CENTS.moved(200, -5) == 100


def test_a_grid_without_prices_is_an_error():
    with pytest.raises(ValueError, match="without a price"):
        PriceGrid([])
