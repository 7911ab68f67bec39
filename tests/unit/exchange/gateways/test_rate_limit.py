"""Token buckets of SEMANTICS F5 and C1."""

import pytest

from exchange.gateways.rate_limit import (
    BALANCE,
    ENDPOINT_COSTS,
    READ,
    TIERS,
    WRITE,
    Grant,
    RateLimiter,
    cost_of,
    write_bucket,
)

NOW = 1_780_000_000_000_000
SECOND = 1_000_000


def spend(limiter: RateLimiter, bucket: str, cost: int, now_us: int, member: int = 1) -> int:
    """How many calls pass at one moment."""
    calls = 0
    while limiter.take(member, bucket, cost, now_us):
        calls += 1
    return calls


def test_full_bucket_holds_its_capacity():
    assert spend(RateLimiter("premier"), WRITE, 10, NOW) == 200


def test_premier_example_of_the_guide():
    limiter = RateLimiter("premier")
    assert spend(limiter, WRITE, 10, NOW) == 200
    assert spend(limiter, WRITE, 10, NOW + SECOND) == 100


def test_refill_is_continuous():
    limiter = RateLimiter("basic")
    spend(limiter, WRITE, 1, NOW)
    assert not limiter.take(1, WRITE, 1, NOW + 9_999)
    assert limiter.take(1, WRITE, 1, NOW + 10_000)


def test_idle_time_banks_no_more_than_the_capacity():
    limiter = RateLimiter("expert")
    spend(limiter, READ, 10, NOW)
    assert spend(limiter, READ, 10, NOW + 3_600 * SECOND) == 60


def test_refused_call_costs_nothing():
    limiter = RateLimiter("basic")
    assert not limiter.take(1, WRITE, 101, NOW)
    assert limiter.take(1, WRITE, 100, NOW)


def test_read_and_write_are_independent():
    limiter = RateLimiter("basic")
    spend(limiter, WRITE, 10, NOW)
    assert limiter.take(1, READ, 10, NOW)


def test_members_do_not_share():
    limiter = RateLimiter("basic")
    spend(limiter, READ, 10, NOW)
    assert limiter.take(2, READ, 10, NOW)


@pytest.mark.parametrize(("tier", "calls"), [("basic", 1), ("advanced", 1), ("expert", 5), ("prestige", 5)])
def test_balance_has_a_bucket_of_its_own_without_burst(tier, calls):
    limiter = RateLimiter(tier)
    assert spend(limiter, BALANCE, 1, NOW) == calls
    assert spend(limiter, BALANCE, 1, NOW + 10 * SECOND) == calls


@pytest.mark.parametrize(
    ("index", "bucket"),
    [(None, "write"), (-1, "write"), (0, "write"), (1, "write:1"), (100, "write"), (2**63 - 1, "write")],
)
def test_only_a_pinned_shard_has_a_write_bucket_of_its_own(index, bucket):
    assert write_bucket(index) == bucket


def test_shard_bucket_carries_the_full_write_budget():
    limiter = RateLimiter("basic")
    spend(limiter, WRITE, 10, NOW)
    assert spend(limiter, write_bucket(2), 10, NOW) == 10


def test_clock_that_goes_back_refills_nothing():
    limiter = RateLimiter("basic")
    spend(limiter, WRITE, 10, NOW)
    assert not limiter.take(1, WRITE, 10, NOW - SECOND)
    assert not limiter.take(1, WRITE, 10, NOW)


def test_best_of_default_and_grants_is_the_tier():
    limiter = RateLimiter("basic")
    limiter.grant(1, Grant("premier", "volume"))
    limiter.grant(1, Grant("advanced", "manual"))
    assert limiter.tier(1) == "premier"
    assert limiter.tier(2) == "basic"


def test_grant_takes_effect_on_a_bucket_in_use():
    limiter = RateLimiter("basic")
    spend(limiter, WRITE, 10, NOW)
    limiter.grant(1, Grant("advanced", "manual"))
    assert spend(limiter, WRITE, 10, NOW + SECOND) == 30


def test_set_tier_overrides_the_default():
    limiter = RateLimiter("prestige")
    limiter.set_tier(1, "basic")
    assert limiter.limits(1) == TIERS["basic"]


def test_unknown_tier_is_an_error():
    with pytest.raises(KeyError):
        RateLimiter().set_tier(1, "gold")


def test_unlisted_endpoint_costs_ten():
    assert cost_of("GET", "/trade-api/v2/portfolio/orders") == 10


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id", 2),
        ("GET", "/trade-api/v2/portfolio/orders/:order_id", 2),
        ("POST", "/trade-api/v2/account/api_usage_level/upgrade", 30),
    ],
)
def test_listed_endpoint_costs_what_the_list_says(method, path, cost):
    assert ENDPOINT_COSTS[method, path] == cost == cost_of(method, path)
