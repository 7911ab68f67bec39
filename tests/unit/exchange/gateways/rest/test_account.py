"""Limits, costs and tiers: recordings account__limits and account__endpoint_costs, SEMANTICS F5."""

import json
from pathlib import Path

import pytest

from tests.unit.exchange.private_venue import PrivateVenue

RECORDINGS = Path(__file__).parents[6] / "shared" / "kalshi" / "recordings"


@pytest.fixture
def venue():
    return PrivateVenue()


def recorded(name: str):
    path = RECORDINGS / f"{name}.json"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    return json.loads(path.read_text())


async def test_limits_of_a_new_account_are_prestige(venue):
    assert await venue.get("/account/limits") == {
        "grants": [],
        "read": {"bucket_capacity": 10_000, "refill_rate": 10_000},
        "usage_tier": "prestige",
        "write": {"bucket_capacity": 16_000, "refill_rate": 8_000},
    }


async def test_basic_limits_are_those_recorded_but_for_the_read_capacity(venue):
    """The present text gives Basic two seconds of reading (SEMANTICS K23)."""
    venue.limiter.set_tier(1, "basic")
    expected = recorded("account__limits")
    expected["read"]["bucket_capacity"] = 400
    assert await venue.get("/account/limits") == expected


async def test_endpoint_costs_are_public_and_look_as_recorded(venue):
    answer = await venue.call("GET", "/account/endpoint_costs", headers={})
    assert answer.status_code == 200
    body, old = answer.json(), recorded("account__endpoint_costs")
    assert body["default_cost"] == old["default_cost"]
    assert {tuple(sorted(row)) for row in body["endpoint_costs"]} == {("cost", "method", "path")}
    rows = {(row["method"], row["path"]): row["cost"] for row in body["endpoint_costs"]}
    retired = ("/portfolio/orders", "/lookup", "/cfbenchmarks")
    for row in old["endpoint_costs"]:
        if not any(word in row["path"] for word in retired):
            assert rows[row["method"], row["path"]] == row["cost"]


async def test_upgrade_needs_an_order(venue):
    venue.limiter.set_tier(1, "basic")
    assert (await venue.call("POST", "/account/api_usage_level/upgrade", {})).status_code == 403
    venue.order(1, "bid", "0.40", "1")
    assert (await venue.call("POST", "/account/api_usage_level/upgrade", {})).status_code == 201
    body = await venue.get("/account/limits")
    assert body["usage_tier"] == "advanced"
    assert body["grants"] == [{"exchange_instance": "event_contract", "level": "advanced", "source": "manual"}]


async def test_upgrade_costs_thirty_write_tokens(venue):
    venue.limiter.set_tier(1, "basic")
    answers = [await venue.call("POST", "/account/api_usage_level/upgrade", {}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]


async def test_volume_progress_counts_the_members_fills(venue):
    venue.trade("0.40", "1000")
    (progress,) = (await venue.get("/account/api_usage_level/volume_progress"))["volume_progress"]
    assert progress["trailing_30d_volume_fp"] == "1000.00"
    assert [goal["level"] for goal in progress["goals"]] == ["expert", "premier", "paragon", "prime", "prestige"]
    assert progress["goals"][-1]["earn_volume_goal_fp"] == "20.00"


async def test_restricted_key_is_kept_out(venue):
    assert (await venue.call("GET", "/account/limits", key=venue.add_key(1, subaccount=0))).status_code == 403
