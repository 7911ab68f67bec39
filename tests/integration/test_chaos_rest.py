"""Each fault of REST as a client over a socket meets it, and what the venue did meanwhile."""

import time

import httpx
import pytest

from tests.chaos import hits, order_fault, rules
from tests.live import TICKER, live

CREATE = "CreateOrderV2"


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path) as running:
        yield running


@pytest.fixture
def ann(venue):
    return venue.trader(1)


async def resting(trader):
    return [each["client_order_id"] for each in (await trader.http.get("/portfolio/orders")).json()["orders"]]


async def test_latency_makes_an_answer_late(venue, ann):
    rule = await order_fault(venue, "rest", "latency", operation=CREATE, ms=300)
    begun = time.monotonic()
    assert (await ann.order("bid", "0.4000", "1.00")).status_code == 201
    assert time.monotonic() - begun >= 0.3
    assert await hits(venue, rule) == 1


async def test_rate_limit_answers_429_and_does_nothing(venue, ann):
    await order_fault(venue, "rest", "rate-limit", operation=CREATE, count=1)
    refused = await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    assert (refused.status_code, refused.json()) == (429, {"error": "too many requests"})
    assert await resting(ann) == []
    assert (await ann.order("bid", "0.4000", "1.00", client_order_id="x")).status_code == 201


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_before_acceptance_leaves_nothing_behind(venue, ann, status):
    await order_fault(venue, "rest", "error-before", operation=CREATE, status=status)
    assert (await ann.order("bid", "0.4000", "1.00", client_order_id="x")).status_code == status
    assert await resting(ann) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_after_acceptance_hides_an_order_that_rests(venue, ann, status):
    await order_fault(venue, "rest", "error-after", operation=CREATE, status=status, count=1)
    assert (await ann.order("bid", "0.4000", "1.00", client_order_id="x")).status_code == status
    assert await resting(ann) == ["x"]
    # Who asks again with the same id learns that it is there.
    assert (await ann.order("bid", "0.4000", "1.00", client_order_id="x")).status_code == 409
    assert await resting(ann) == ["x"]


async def test_a_timeout_after_acceptance_holds_the_connection_and_closes_it(venue, ann):
    await order_fault(venue, "rest", "timeout-after", operation=CREATE, ms=200, count=1)
    begun = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    assert time.monotonic() - begun >= 0.2
    assert await resting(ann) == ["x"]


async def test_a_client_may_give_up_before_a_held_connection_is_closed(venue, ann):
    await order_fault(venue, "rest", "timeout-after", operation=CREATE, ms=600_000, count=1)
    ann.http.timeout = httpx.Timeout(0.5)
    with pytest.raises(httpx.ReadTimeout):
        await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    ann.http.timeout = httpx.Timeout(60)
    assert await resting(ann) == ["x"]


async def test_a_dropped_connection_is_dropped_before_anything_is_done(venue, ann):
    await order_fault(venue, "rest", "disconnect", operation=CREATE, count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    assert await resting(ann) == []
    assert (await ann.order("bid", "0.4000", "1.00", client_order_id="x")).status_code == 201


async def test_a_stale_read_shows_the_venue_as_it_was(venue, ann):
    await ann.order("bid", "0.4000", "1.00", client_order_id="old")
    rule = await order_fault(venue, "rest", "stale-read", ms=600_000)
    placed = await ann.order("bid", "0.4100", "1.00", client_order_id="new")
    assert placed.status_code == 201
    assert await resting(ann) == ["old"]
    assert (await ann.http.get(f"/portfolio/orders/{placed.json()['order_id']}")).status_code == 404
    await venue.public.delete(f"{venue.url}/sandbox/chaos/{rule}")
    assert sorted(await resting(ann)) == ["new", "old"]


async def test_a_stale_read_catches_up_with_its_lag(venue, ann):
    await order_fault(venue, "rest", "stale-read", ms=200, operation="GetOrders")
    await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    deadline = time.monotonic() + 60
    while await resting(ann) != ["x"]:
        assert time.monotonic() < deadline


async def test_a_stale_read_lags_by_the_venues_clock(venue, ann):
    clock = f"{venue.url}/sandbox/clock"
    await venue.public.post(clock, json={"action": "freeze"})
    await order_fault(venue, "rest", "stale-read", ms=60_000, operation="GetOrders")
    await ann.order("bid", "0.4000", "1.00", client_order_id="x")
    assert await resting(ann) == []
    await venue.public.post(clock, json={"action": "advance", "by_ms": 59_999})
    assert await resting(ann) == []
    await venue.public.post(clock, json={"action": "advance", "by_ms": 1})
    assert await resting(ann) == ["x"]


async def test_a_stale_view_goes_with_its_rule(venue, ann):
    sinks = venue.venue.sequencer._sinks
    await order_fault(venue, "rest", "stale-read", ms=1, nth=1)
    assert len(venue.venue.sequencer._sinks) == len(sinks) + 1
    await resting(ann)
    await rules(venue)
    assert venue.venue.sequencer._sinks == sinks


async def test_a_cancel_can_lose_the_race_against_a_fill(venue, ann):
    bob = venue.trader(2)
    # Somebody before it at a better price and in its own queue: the race takes those first, and no more.
    await bob.order("bid", "0.4200", "2.00")
    await bob.order("bid", "0.4000", "3.00")
    placed = (await ann.order("bid", "0.4000", "5.00")).json()["order_id"]
    await bob.order("bid", "0.4000", "7.00", client_order_id="behind")
    rule = await order_fault(venue, "rest", "fill-before-cancel", operation="CancelOrderV2")
    assert (await ann.http.delete(f"/portfolio/events/orders/{placed}")).status_code == 404
    order = (await ann.http.get(f"/portfolio/orders/{placed}")).json()["order"]
    assert (order["status"], order["fill_count_fp"]) == ("executed", "5.00")
    behind = (await bob.http.get("/portfolio/orders", params={"status": "resting"})).json()["orders"]
    assert [(each["client_order_id"], each["remaining_count_fp"]) for each in behind] == [("behind", "7.00")]
    assert await hits(venue, rule) == 1
    assert venue.venue.inspection.state().invariants_broken == []


async def test_nobody_elses_order_is_raced(venue, ann):
    placed = (await ann.order("bid", "0.4000", "5.00")).json()["order_id"]
    rule = await order_fault(venue, "rest", "fill-before-cancel")
    assert (await venue.trader(2).http.delete(f"/portfolio/events/orders/{placed}")).status_code == 404
    assert await hits(venue, rule) == 0
    assert len(await resting(ann)) == 1


# --- which, and when --------------------------------------------------------------------------------


async def test_a_rule_hits_its_account_only(venue, ann):
    await order_fault(venue, "rest", "rate-limit", account="member 2")
    assert (await ann.http.get("/portfolio/balance")).status_code == 200
    assert (await venue.trader(2).http.get("/portfolio/balance")).status_code == 429


async def test_a_rule_hits_its_market_only_in_path_query_body_and_order_id(venue, ann):
    placed = (await ann.order("bid", "0.4000", "1.00")).json()["order_id"]
    await order_fault(venue, "rest", "rate-limit", ticker="KXTEST-*")
    assert (await ann.http.get(f"/markets/{TICKER}")).status_code == 429
    assert (await ann.http.get("/portfolio/orders", params={"ticker": TICKER})).status_code == 429
    assert (await ann.order("bid", "0.4000", "1.00")).status_code == 429
    assert (await ann.http.delete(f"/portfolio/events/orders/{placed}")).status_code == 429
    batch = {"orders": [{"ticker": TICKER}]}
    assert (await ann.http.post("/portfolio/events/orders/batched", json=batch)).status_code == 429
    assert (await ann.http.get("/portfolio/balance")).status_code == 200


async def test_only_the_nth_is_hit_and_the_rule_is_over(venue, ann):
    rule = await order_fault(venue, "rest", "rate-limit", operation="GetBalance", nth=2)
    statuses = [(await ann.http.get("/portfolio/balance")).status_code for _ in range(4)]
    assert statuses == [200, 429, 200, 200]
    found = (await rules(venue))[rule]
    assert (found["matched"], found["hits"], found["over"]) == (2, 1, True)
    assert venue.venue.chaos.rest == ()


async def test_a_rule_ends_after_its_count(venue, ann):
    await order_fault(venue, "rest", "rate-limit", operation="GetBalance", count=2)
    assert [(await ann.http.get("/portfolio/balance")).status_code for _ in range(4)] == [429, 429, 200, 200]


async def test_a_rule_ends_after_its_duration(venue, ann):
    await order_fault(venue, "rest", "rate-limit", duration_ms=100)
    deadline = time.monotonic() + 60
    while (await ann.http.get("/portfolio/balance")).status_code == 429:
        assert time.monotonic() < deadline


async def test_the_same_seed_hits_the_same_requests(tmp_path):
    seen = []
    for run in range(2):
        async with live(tmp_path / str(run)) as venue:
            ann = venue.trader(1)
            await order_fault(venue, "rest", "error-before", probability=0.5)
            # Not the statuses: a 429 of the venue's own token buckets depends on how fast we ask.
            seen.append([(await ann.http.get("/portfolio/balance")).status_code == 503 for _ in range(40)])
    assert seen[0] == seen[1]
    assert set(seen[0]) == {True, False}
