from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_maker.price_grid import PriceGrid
from market_maker.quotes import ASK, BID
from market_maker.strategy.avellaneda_stoikov import AvellanedaStoikov, log_odds, probability
from market_maker.strategy.ladder import Ladder
from market_maker.strategy.oscillate import Oscillate
from market_maker.strategy.view import View

CENTS = PriceGrid.of_dollars([("0", "1", "0.01")])
FINE = PriceGrid.of_dollars([("0", "1", "0.0001")])
OF_OLD = Oscillate(price_min=3_300, price_max=6_700, spread=1_000, count=10_000)
STOIKOV = AvellanedaStoikov(count=10_000, gamma=0.1, kappa=20, sigma=0.01, horizon_s=600, max_spread=1_000)
LADDER = Ladder(count=10_000, spread=400, levels=3, ticks=2, lean=100, growth=50)


def view(**changes):
    return View(**({"grid": CENTS, "fair": 0.5, "position": 0, "step": 0, "left_s": 3_600.0} | changes))


def prices(strategy, **changes):
    quotes = strategy.quotes(view(**changes))
    bids = [quote.price for quote in quotes if quote.side is BID]
    asks = [quote.price for quote in quotes if quote.side is ASK]
    return bids, asks


def test_oscillate_walks_between_33_and_67_cents_and_back():
    bids = [OF_OLD.quotes(view(step=step))[0].price for step in range(49)]
    assert bids[0] == 3_300
    assert bids[24] == 5_700
    assert bids[48] == 3_300
    assert {abs(one - other) for one, other in pairwise(bids)} == {100}


@given(st.integers(0, 1_000))
def test_oscillate_keeps_its_spread_and_its_bounds(step):
    bid, ask = OF_OLD.quotes(view(step=step))
    assert bid.price >= 3_300
    assert ask.price <= 6_700
    assert ask.price - bid.price == 1_000


def test_oscillate_without_room_stands_still():
    still = Oscillate(price_min=4_500, price_max=5_500, spread=1_000, count=1)
    assert {still.quotes(view(step=step))[0].price for step in range(5)} == {4_500}


@pytest.mark.parametrize("strategy", [STOIKOV, LADDER])
def test_without_a_fair_value_nothing_is_wished(strategy):
    assert strategy.quotes(view(fair=None)) == []


def test_log_odds_have_an_inverse():
    for value in (0.001, 0.3, 0.5, 0.9, 0.999):
        assert probability(log_odds(value)) == pytest.approx(value)
    assert probability(1_000) == 1
    assert probability(-1_000) == 0


def test_stoikov_quotes_around_the_fair_value():
    (bid,), (ask,) = prices(STOIKOV, grid=FINE)
    assert bid < 5_000 < ask
    assert 5_000 - bid == pytest.approx(ask - 5_000, abs=2)


def test_stoikov_leans_against_its_stock():
    (bid, ask), (long_bid, long_ask) = (
        [side[0] for side in prices(STOIKOV, grid=FINE, position=position)] for position in (0, 50_000)
    )
    assert long_bid < bid
    assert long_ask < ask


def test_stoikov_is_narrower_where_a_price_moves_less():
    (centre_bid,), (centre_ask,) = prices(STOIKOV, grid=FINE)
    (edge_bid,), (edge_ask,) = prices(STOIKOV, grid=FINE, fair=0.03)
    assert edge_ask - edge_bid < centre_ask - centre_bid


@given(st.floats(0.001, 0.999), st.integers(-500_000, 500_000), st.floats(0, 10**6))
def test_stoikov_never_leaves_the_price_grid_or_crosses_itself(fair, position, left_s):
    bids, asks = prices(STOIKOV, fair=fair, position=position, left_s=left_s)
    assert all(price in CENTS.prices for price in (*bids, *asks))
    assert not bids or not asks or bids[0] < asks[0]


def test_ladder_has_its_levels_on_both_sides_growing_outwards():
    quotes = LADDER.quotes(view())
    assert [(quote.price, quote.count) for quote in quotes if quote.side is BID] == [
        (4_800, 10_000),
        (4_600, 15_000),
        (4_400, 22_500),
    ]
    assert [quote.price for quote in quotes if quote.side is ASK] == [5_200, 5_400, 5_600]


def test_ladder_leans_a_cent_for_each_quote_size_in_stock():
    bids, asks = prices(LADDER, position=20_000)
    assert bids[0] == 4_600
    assert asks[0] == 5_000
