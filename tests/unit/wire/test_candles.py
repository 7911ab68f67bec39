"""Bars of best prices and trades: what a period holds and how bars merge (SEMANTICS D2)."""

import pytest

from wire.candles import DAY, HOUR, KEPT_MINUTES, MINUTE, NO_PRICE, Candles
from wire.units import MICROS, PAYOUT

T0 = 1_780_012_800
"""A whole hour."""


@pytest.fixture
def candles() -> Candles:
    return Candles()


def at(seconds: float) -> int:
    return int((T0 + seconds) * MICROS)


def test_period_includes_its_end_and_not_its_beginning(candles):
    candles.trade(at(60), 5000, 100, 100)
    candles.trade(at(60.000001), 6000, 100, 200)
    first, second = candles.between(T0, T0 + 600, MINUTE)
    assert (first.end - T0, first.close) == (60, 5000)
    assert (second.end - T0, second.open) == (120, 6000)


def test_trades_of_a_minute_make_open_high_low_close(candles):
    for second, price in enumerate((5000, 5300, 4900, 5100), 1):
        candles.trade(at(second), price, 100, 0)
    (bar,) = candles.between(T0, T0 + 60, MINUTE)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (5000, 5300, 4900, 5100, 400)


def test_a_bar_opens_with_the_quotes_that_stood(candles):
    candles.quote(at(1), 4700, 5200)
    candles.quote(at(61), 4800, 5200)
    _, second = candles.between(T0, T0 + 120, MINUTE)
    assert (second.bid_open, second.bid_low, second.bid_high, second.bid_close) == (4700, 4700, 4800, 4800)
    assert (second.ask_open, second.ask_close) == (5200, 5200)


def test_the_first_bar_opens_with_an_empty_book(candles):
    candles.quote(at(1), 4700, 5200)
    (bar,) = candles.between(T0, T0 + 60, MINUTE)
    assert (bar.bid_open, bar.ask_open, bar.open) == (0, PAYOUT, NO_PRICE)


def test_previous_is_the_last_trade_before_the_period(candles):
    candles.trade(at(1), 5000, 100, 0)
    candles.quote(at(61), 4800, 5200)
    candles.trade(at(121), 5500, 100, 0)
    assert [bar.previous for bar in candles.between(T0, T0 + 600, MINUTE)] == [NO_PRICE, 5000, 5000]


def test_quiet_periods_have_no_bar(candles):
    candles.trade(at(1), 5000, 100, 0)
    candles.trade(at(301), 5000, 100, 0)
    assert [bar.end - T0 for bar in candles.between(T0, T0 + 3600, MINUTE)] == [60, 360]


def test_range_includes_both_its_ends(candles):
    for second in (1, 61, 121, 181):
        candles.trade(at(second), 5000, 100, 0)
    assert [bar.end - T0 for bar in candles.between(T0 + 120, T0 + 180, MINUTE)] == [120, 180]


@pytest.mark.parametrize("period", [HOUR, DAY, 5 * MINUTE, 2 * HOUR])
def test_longer_bars_merge_minutes(candles, period):
    candles.quote(at(1), 4700, 5200)
    candles.trade(at(2), 5200, 100, 100)
    candles.trade(at(121), 4700, 300, 50)
    candles.quote(at(122), 4600, 5100)
    (bar,) = candles.between(T0, T0 + 2 * DAY, period)
    assert bar.end == -(-(T0 + 1) // period) * period
    assert (bar.open, bar.high, bar.low, bar.close) == (5200, 5200, 4700, 4700)
    assert (bar.bid_open, bar.bid_high, bar.bid_low, bar.bid_close) == (0, 4700, 0, 4600)
    assert (bar.volume, bar.open_interest, bar.turnover) == (400, 50, 5200 * 100 + 4700 * 300)


def test_reading_changes_nothing(candles):
    candles.trade(at(1), 5000, 100, 0)
    candles.trade(at(61), 5100, 100, 0)
    once = list(candles.between(T0, T0 + HOUR, HOUR))
    assert list(candles.between(T0, T0 + HOUR, HOUR)) == once


def test_hours_outlive_their_minutes(candles):
    for minute in range(KEPT_MINUTES * 2):
        candles.trade(at(minute * 60 + 1), 5000, 100, 0)
    assert len(candles.minutes) <= KEPT_MINUTES * 1.1
    assert sum(bar.volume for bar in candles.between(T0, T0 + 10 * 365 * DAY, HOUR)) == KEPT_MINUTES * 2 * 100


def test_what_stood_at_a_moment_is_the_last_bar_that_had_ended(candles):
    candles.trade(at(1), 5000, 100, 0)
    candles.trade(at(61), 5100, 100, 0)
    stood = candles.at(T0 + 119)
    assert stood is not None
    assert (stood.last_price, stood.total_volume) == (5000, 100)


def test_nothing_stood_before_the_first_bar(candles):
    candles.trade(at(1), 5000, 100, 0)
    assert candles.at(T0 + 59) is None
