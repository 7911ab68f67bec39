"""The venue's clock from outside, against a clock endpoint written by hand."""

import asyncio
import time

import httpx
import msgspec
import pytest

from market_maker.clock import LiveClock, SandboxStepper
from wire.units import MICROS

START_US = 1_800_000_000 * MICROS


class ClockEndpoint(httpx.AsyncBaseTransport):
    """GET and POST /sandbox/clock of a venue whose clock stands still but for `advance`."""

    def __init__(self, mode="frozen", speed=1.0, status=200):
        self.now_us, self.mode, self.speed, self.status = START_US, mode, speed, status
        self.actions = []

    async def handle_async_request(self, request):
        if request.method == "POST":
            action = msgspec.json.decode(await request.aread())
            self.actions.append(action)
            self.now_us += action.get("by_ms", 0) * 1_000
        body = {"now_us": self.now_us, "mode": self.mode, "speed": self.speed}
        return httpx.Response(self.status, content=msgspec.json.encode(body), request=request)


async def test_a_frozen_clock_stands_still():
    clock = LiveClock("http://venue", ClockEndpoint())
    assert await clock.sync()
    assert clock.now_us() == START_US
    await clock.close()


async def test_a_fast_clock_is_extrapolated_at_its_speed():
    clock = LiveClock("http://venue", ClockEndpoint("scaled", 1_000.0))
    await clock.sync()
    # 20 venue seconds are 20 ms.
    async with asyncio.timeout(60):
        await clock.sleep_until(START_US + 20 * MICROS)
    assert clock.now_us() >= START_US + 20 * MICROS
    await clock.close()


async def test_a_sleep_follows_a_clock_that_is_moved():
    endpoint = ClockEndpoint()
    clock = LiveClock("http://venue", endpoint)
    await clock.sync()
    sleeping = asyncio.create_task(clock.sleep_until(START_US + 3_600 * MICROS))
    endpoint.now_us += 3_600 * MICROS
    await clock.sync()
    async with asyncio.timeout(60):
        await sleeping
    await clock.close()


async def test_a_venue_without_a_clock_has_this_machines_time():
    clock = LiveClock("http://venue", ClockEndpoint(status=404))
    assert not await clock.sync()
    assert clock.now_us() == pytest.approx(time.time_ns() // 1_000, abs=60 * MICROS)
    await clock.close()


async def test_the_stepper_freezes_and_advances_to_the_millisecond():
    endpoint = ClockEndpoint()
    stepper = SandboxStepper("http://venue", endpoint)
    await stepper.freeze()
    assert stepper.now_us() == START_US
    await stepper.advance_to(START_US + 1_500_000)
    await stepper.advance_to(START_US)
    assert stepper.now_us() == START_US + 1_500_000
    assert endpoint.actions == [{"action": "freeze"}, {"action": "advance", "by_ms": 1_500}]
    await stepper.close()
