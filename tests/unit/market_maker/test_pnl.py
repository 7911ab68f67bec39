"""Worked by hand: 10 contracts are 1,000 Counts, a cent is 100 Prices, Money is their product."""

from market_maker.pnl import total, unrealized
from market_maker.venue.port import Position
from wire.units import DOLLAR


def test_yes_contracts_gain_when_the_price_rises():
    assert unrealized(Position(count=1_000, cost=4 * DOLLAR), 5_000) == DOLLAR


def test_no_contracts_gain_when_the_price_falls():
    # Ten NO at 60 cents; at a YES price of 30 cents they are worth 70.
    assert unrealized(Position(count=-1_000, cost=6 * DOLLAR), 3_000) == DOLLAR


def test_the_total_has_fees_taken_off():
    assert total(Position(realized=3 * DOLLAR, fees=DOLLAR // 2), 5_000) == 5 * DOLLAR // 2
