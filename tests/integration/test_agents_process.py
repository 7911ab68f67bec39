"""`python -m market_maker agents` against a live venue: every market moves, new ones too, and nothing is left."""

import asyncio
import contextlib
import json
import os
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from exchange.core import commands as c
from exchange.gateways.auth import ApiKey
from tests.live import EVENT, TICKER, basic_scenario, live
from wire import signing
from wire.units import MICROS

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
NAMES = ("agent-maker", "agent-provider", "agent-taker-1", "agent-taker-2")


def market(ticker):
    now_us = time.time_ns() // 1_000
    return c.CreateMarket(
        ticker, EVENT, now_us - MICROS, now_us + 86_400 * MICROS, 60 * MICROS, "tapered_deci_cent", (), b"{}"
    )


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path / "venue", [*basic_scenario(4), market("KXTEST-26-B")]) as running:
        keys = []
        for member, name in enumerate(NAMES, 1):
            key = signing.generate_key("ed25519")
            pem = tmp_path / f"{name}.pem"
            pem.write_text(signing.private_pem(key))
            running.venue.keys.add(
                ApiKey(name, member, name, key_type="ed25519", public_key_pem=signing.public_pem(key))
            )
            keys.append({"account": name, "key_id": name, "private_key_path": str(pem)})
        running.keys = tmp_path / "keys.json"
        running.keys.write_text(json.dumps(keys))
        yield running


@asynccontextmanager
async def crowd(here, *arguments):
    """The process and a client of its health port. Killed at the end if it still lives."""
    values = {
        "MARKET_MAKER_VENUE_URL": here.url,
        "MARKET_MAKER_KEYS": str(here.keys),
        "MARKET_MAKER_HEALTH_PORT": "0",
        "PYTHONPATH": str(ROOT),
    }
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market_maker", "agents", *arguments),
        cwd=ROOT,
        env={**os.environ, **values},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            port = json.loads(await child.stdout.readline())["health_port"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield child, client
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


def image(venue, ticker):
    """The levels of a market's book."""
    book = venue.venue.sequencer.engine.state.markets[ticker].book
    return [sorted((leg, level.total) for leg, level in side.levels.items()) for side in (book.yes, book.no)]


async def changes(venue, ticker, times):
    """The book of a market changes so many times."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        seen = image(venue, ticker)
        while times:
            await asyncio.sleep(0.02)
            now = image(venue, ticker)
            times -= now != seen
            seen = now


async def test_every_open_market_moves_and_so_does_one_that_opens_later(venue):
    async with crowd(venue, "--mix", "quiet", "--seed", "7") as (child, client):
        for ticker in (TICKER, "KXTEST-26-B"):
            await changes(venue, ticker, 5)
        await venue.do(market("KXTEST-26-C"))
        await changes(venue, "KXTEST-26-C", 5)
        status = (await client.get("/status")).json()
        assert (status["mix"], status["seed"], status["agents"]["maker"]) == ("quiet", 7, 3)
        assert (await client.get("/health/ready")).status_code == 200
        assert "market_maker_agents" in (await client.get("/metrics")).text
        child.terminate()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await child.wait() == 0
        assert venue.venue.sequencer.engine.state.orders == {}


async def test_every_order_that_rests_has_an_end_of_its_own(venue):
    """A crowd that is killed leaves nothing for long."""
    async with crowd(venue, "--mix", "game-night") as (child, _):
        await changes(venue, TICKER, 20)
        child.kill()
        await child.wait()
        now_us = time.time_ns() // 1_000
        ends = [order.expiration_us for order in venue.venue.sequencer.engine.state.orders.values()]
        assert ends
        assert all(0 < end_us < now_us + 31 * MICROS for end_us in ends)


async def test_an_unknown_mix_ends_with_a_clear_error(venue):
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market_maker", "agents", "--keys", str(venue.keys), "--mix", "loud"),
        cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        _, errors = await child.communicate()
    assert child.returncode == 1
    assert b"there is no mix 'loud'; there are game-night" in errors
