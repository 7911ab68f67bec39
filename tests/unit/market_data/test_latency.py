"""Percentiles out of buckets."""

import random

from market_data.latency import Latency


def test_percentiles_are_right_to_a_tenth():
    pick = random.Random(1)
    values = sorted(pick.randrange(20, 2_000_000) for _ in range(10_000))
    latency = Latency()
    for value in values:
        latency.add(value)
    for percent in (50, 90, 99):
        exact = values[len(values) * percent // 100]
        assert exact * 0.95 <= latency.percentile(percent) <= exact * 1.15


def test_before_the_first_everything_is_zero():
    assert Latency().figures() == {"count": 0, "p50_us": 0, "p90_us": 0, "p99_us": 0}


def test_clocks_that_disagree_do_no_harm():
    latency = Latency()
    latency.add(-5_000)
    assert latency.count == 1
    assert latency.percentile(99) <= 10
