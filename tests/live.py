"""A whole venue in the test's own process: real sockets, real signatures, a real journal in a temporary folder."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import websockets

from exchange.app import Venue, VenueOptions
from exchange.core import commands as c
from exchange.gateways.auth import ApiKey
from exchange.ports import OwnedClock
from wire import signing
from wire.accounts import account_of
from wire.enums import FeeType
from wire.units import DOLLAR, MICROS

API = "/trade-api/v2"
SOCKET = "/trade-api/ws/v2"
TICKER = "KXTEST-26-A"
EVENT = "KXTEST-26"
SERIES = "KXTEST"
FULL = frozenset(("read", "write"))


@cache
def rsa_key() -> signing.PrivateKey:
    """One RSA key for the whole run: making one costs a tenth of a second."""
    return signing.generate_key("rsa")


def signed_headers(
    key_id: str, key: signing.PrivateKey, method: str, path: str, at_ms: int | None = None
) -> dict[str, str]:
    """The three headers of a signed request."""
    stamp = str(time.time_ns() // 1_000_000 if at_ms is None else at_ms)
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-SIGNATURE": signing.sign(key, signing.request_text(stamp, method, path)),
        "KALSHI-ACCESS-TIMESTAMP": stamp,
    }


class Signed(httpx.Auth):
    """Signs each request as a client library would."""

    def __init__(self, key_id: str, key: signing.PrivateKey) -> None:
        self.key_id = key_id
        self.key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        path = request.url.raw_path.decode().partition("?")[0]
        request.headers.update(signed_headers(self.key_id, self.key, request.method, path))
        yield request


class Trader:
    """A member with a key: `http` is signed, `socket()` connects."""

    def __init__(self, live: "LiveVenue", member: int, key_id: str, key: signing.PrivateKey) -> None:
        self.live = live
        self.member = member
        self.key_id = key_id
        self.key = key
        self.http = httpx.AsyncClient(base_url=live.url + API, auth=Signed(key_id, key), timeout=30)

    async def order(self, side: str, price: str, count: str, **fields: Any) -> httpx.Response:
        """Place an order with the usual defaults."""
        body = {
            "ticker": TICKER,
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        } | fields
        return await self.http.post("/portfolio/events/orders", json=body)

    def socket(self) -> Any:
        headers = signed_headers(self.key_id, self.key, "GET", SOCKET)
        return websockets.connect(f"ws://127.0.0.1:{self.live.venue.port}{SOCKET}", additional_headers=headers)


class LiveVenue:
    """A started venue and its traders."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.url = f"http://127.0.0.1:{venue.port}"
        self.traders: list[Trader] = []
        self.writers: list[asyncio.StreamWriter] = []
        """Plain connections of tests, hung up at the end."""
        self.public = httpx.AsyncClient(base_url=self.url + API, timeout=30)

    def trader(self, member: int, scopes: frozenset[str] = FULL, subaccount: int | None = None) -> Trader:
        """A key for a member that exists."""
        key = rsa_key()
        key_id = self.venue.keys.new_id()
        self.venue.keys.add(
            ApiKey(key_id, member, f"key of {member}", scopes, subaccount, "rsa", signing.public_pem(key), 0)
        )
        trader = Trader(self, member, key_id, key)
        self.traders.append(trader)
        return trader

    async def do(self, *commands: c.AnyCommand) -> None:
        """Operator commands, straight to the sequencer."""
        await self.venue.sequencer.submit_all(commands)

    async def close(self) -> None:
        for writer in self.writers:
            writer.close()
        for client in (self.public, *(trader.http for trader in self.traders)):
            await client.aclose()


def basic_scenario(
    members: int = 3, now_us: int | None = None, fee_type: FeeType = FeeType.QUADRATIC
) -> list[c.AnyCommand]:
    """Members 1.. with $1,000 each, one series, one event, one open cent market."""
    now_us = time.time_ns() // 1_000 if now_us is None else now_us
    setup: list[c.AnyCommand] = []
    for member in range(1, members + 1):
        setup += [c.CreateMember(member, f"member {member}"), c.Deposit(account_of(member), 1_000 * DOLLAR)]
    return [
        *setup,
        c.CreateSeries(SERIES, fee_type, 10_000, json.dumps({"title": "Test series"}).encode()),
        c.CreateEvent(EVENT, SERIES, False, "", json.dumps({"title": "Test event"}).encode()),
        c.CreateMarket(
            TICKER,
            EVENT,
            now_us - MICROS,
            now_us + 86_400 * MICROS,
            60 * MICROS,
            "linear_cent",
            (),
            json.dumps({"title": "Test market", "yes_sub_title": "Yes", "no_sub_title": "No"}).encode(),
        ),
    ]


@asynccontextmanager
async def live(
    state: Path, scenario: Sequence[c.AnyCommand] | None = None, clock: OwnedClock | None = None, **options: Any
) -> AsyncIterator[LiveVenue]:
    """A venue that listens on a free port until the block ends."""
    venue = Venue(VenueOptions(state, port=0, **options), clock)
    await venue.start(basic_scenario() if scenario is None else scenario)
    serving = asyncio.create_task(venue.serve())
    running = LiveVenue(venue)
    try:
        yield running
    finally:
        await running.close()
        await venue.stop()
        await serving
