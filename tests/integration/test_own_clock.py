"""The clock of a running venue through its HTTP door: every timer follows it."""

import json

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from tests.live import EVENT, live
from wire.rest.common import parse_timestamp
from wire.units import MICROS

LATER = "KXTEST-26-LATER"


async def move(venue, action, **more):
    answer = await venue.public.post(f"{venue.url}/sandbox/clock", json={"action": action} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def status(venue, ticker):
    return (await venue.public.get(f"/markets/{ticker}")).json()["market"]["status"]


async def lifecycle(socket, wanted):
    """Lifecycle messages of the market until this one."""
    seen = []
    async for frame in socket:
        message = json.loads(frame)
        if message["type"] == "market_lifecycle_v2":
            seen.append(message["msg"])
            if message["msg"]["event_type"] == wanted:
                return seen
    return seen


async def test_a_market_goes_from_initialized_to_finalized_in_leaps(tmp_path):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        now = (await move(venue, "freeze"))["now_us"]
        minute = 60 * MICROS
        outcome = c.ScheduledOutcome(now + 4 * minute, c.MarketResult.YES, 0)
        await venue.do(
            c.CreateMarket(LATER, EVENT, now + minute, now + 3 * minute, 60 * MICROS, "linear_cent", (), b"{}", outcome)
        )
        async with ann.socket() as socket:
            await socket.send(
                json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["market_lifecycle_v2"]}})
            )
            assert await status(venue, LATER) == "initialized"
            assert (await ann.order("bid", "0.6000", "10.00", ticker=LATER)).status_code == 409
            await move(venue, "advance", by_ms=60_000)
            assert await status(venue, LATER) == "active"
            assert (await ann.order("bid", "0.6000", "10.00", ticker=LATER)).status_code == 201
            assert (await bob.order("ask", "0.6000", "4.00", ticker=LATER)).status_code == 201
            short = {"expiration_time": (now + 2 * minute) // MICROS + 30}
            assert (await ann.order("bid", "0.1000", "1.00", ticker=LATER, **short)).status_code == 201
            # One leap over the order's expiration, the close, the sweep and the outcome.
            state = await move(venue, "advance", by_ms=200_000)
            assert state["now_us"] == now + 260 * MICROS
            assert await status(venue, LATER) == "determined"
            await move(venue, "advance", by_ms=60_000)
            assert await status(venue, LATER) == "finalized"
            seen = await lifecycle(socket, "settled")
        # Opening and closing on time send nothing (SEMANTICS D1).
        events = [message["event_type"] for message in seen if message["market_ticker"] == LATER]
        assert events == ["determined", "settled"]
        fills = (await ann.http.get("/portfolio/settlements")).json()["settlements"]
        assert [(each["ticker"], each["yes_count_fp"], each["revenue"]) for each in fills] == [(LATER, "4.00", 400)]


async def test_what_is_due_in_a_leap_happens_at_its_own_time(tmp_path):
    """A record carries the time at which it was due, not the time somebody got round to it."""
    async with live(tmp_path) as venue:
        ann = venue.trader(1)
        now = (await move(venue, "freeze"))["now_us"]
        first, second = now // MICROS + 100, now // MICROS + 200
        for at in (second, first):
            assert (await ann.order("bid", "0.1000", "1.00", expiration_time=at)).status_code == 201
        await move(venue, "advance", by_ms=500_000)
        orders = (await ann.http.get("/portfolio/orders", params={"status": "canceled"})).json()["orders"]
        ended = sorted(each["last_update_time"] for each in orders)
        stamps = [parse_timestamp(each) // MICROS for each in ended]
        assert stamps == [first, second]


async def test_a_frozen_venue_goes_on_answering_and_knows_its_time_after_a_restart(tmp_path):
    async with live(tmp_path) as venue:
        ann = venue.trader(1)
        now = (await move(venue, "freeze"))["now_us"]
        for _ in range(30):
            assert (await ann.order("bid", "0.1000", "1.00")).status_code == 201
        assert (await ann.http.get("/portfolio/balance")).status_code == 200
        await move(venue, "advance", by_ms=3_600_000)
    async with live(tmp_path) as again:
        state = (await again.public.get(f"{again.url}/sandbox/clock")).json()
        assert (state["mode"], state["now_us"]) == ("frozen", now + 3_600 * MICROS)


async def test_what_a_clock_cannot_do_is_refused_in_words(tmp_path):
    async with live(tmp_path) as venue:
        for body, says in (
            ({"action": "advance"}, "needs by_ms"),
            ({"action": "advance", "by_ms": -1}, "by_ms"),
            ({"action": "set", "to": "2001-01-01T00:00:00Z"}, "never goes back"),
            ({"action": "set", "to": "2001-01-01T00:00:00"}, "timezone"),
            ({"action": "speed", "speed": 0}, "between 1"),
            ({"action": "sleep"}, "action"),
            ({"action": "freeze", "bogus": 1}, "bogus"),
        ):
            answer = await venue.public.post(f"{venue.url}/sandbox/clock", json=body)
            assert answer.status_code == 400, body
            assert says in answer.json()["error"]["details"]


async def test_a_faster_clock_is_faster_for_every_timer(tmp_path):
    async with live(tmp_path) as venue:
        ann = venue.trader(1)
        await move(venue, "speed", speed=10_000)
        at = (await venue.public.get(f"{venue.url}/sandbox/clock")).json()["now_us"] // MICROS + 3_000
        assert (await ann.order("bid", "0.1000", "1.00", expiration_time=at)).status_code == 201
        async with ann.socket() as socket:
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["user_orders"]}}))
            async for frame in socket:
                message = json.loads(frame)
                if message["type"] == "user_order" and message["msg"]["status"] == "canceled":
                    break


async def test_what_goes_by_the_venues_clock_is_a_choice(tmp_path):
    """Frozen, a bucket that lives by the venue's clock never fills again; leapt ahead, a signature must follow."""
    settings = GatewaySettings(signatures_in_venue_time=True, limits_in_venue_time=True, default_tier="basic")
    async with live(tmp_path, gateways=settings) as venue:
        ann = venue.trader(1)
        await move(venue, "freeze")
        statuses = [(await ann.order("bid", "0.1000", "1.00")).status_code for _ in range(12)]
        assert statuses == [201] * 10 + [429] * 2
        await move(venue, "advance", by_ms=10_000)
        assert (await ann.order("bid", "0.1000", "1.00")).status_code == 201
        await move(venue, "advance", by_ms=60_000)
        assert (await ann.http.get("/portfolio/balance")).json()["error"]["code"] == "header_timestamp_expired"
