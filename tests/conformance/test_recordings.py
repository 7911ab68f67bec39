"""Every recorded answer of Kalshi's demo exchange: the same request here has the same status and the same form.

The form of a body is its keys, the nesting, and of each value the class: a decimal with so many places, a UUID, a
time with or without a fraction, seconds, milliseconds, an integer, a word. Values are not compared. The recordings
are of June 2026; DIFFERENCES lists what contract 3.34 changed since, and whatever differs besides is a failure.
"""

import asyncio
import json
import re
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import pytest
import websockets

from exchange.adapters.clock import VenueClock, machine_us
from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from exchange.ports import ClockSetting
from tests.live import live, rsa_key, signed_headers
from wire.accounts import account_of
from wire.enums import FeeType
from wire.rest.common import parse_timestamp
from wire.units import CENT, DOLLAR, MICROS

RECORDINGS = Path(__file__).parents[3] / "shared" / "kalshi" / "recordings"
TICKER = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"
UNKNOWN_KEY = "00000000-0000-0000-0000-000000000000"
SOCKET_RECORDING = "ws__orderbook_trade_yes"

GONE = "gone by 3.34 (SEMANTICS A6)"
NEW = "required by OAS:Market 3.34, newer than the recording"
DIFFERENCES = {
    # Only in the recording.
    "error.service": GONE,
    "market.fractional_trading_enabled": GONE,
    "market.response_price_units": GONE,
    "markets[].fractional_trading_enabled": GONE,
    "markets[].response_price_units": GONE,
    # Only here.
    "exchange_index_statuses": "OAS:ExchangeStatus 3.34 tells of each shard",
    "intra_exchange_transfers_active": "OAS:ExchangeStatus 3.34",
    "market.settlement_bounds_type": NEW,
    "market.exchange_index": "OAS:Market 3.34 names the shard",
    "markets[].settlement_bounds_type": NEW,
    "markets[].exchange_index": "OAS:Market 3.34 names the shard",
    "orders[].exchange_index": "OAS:Order 3.34 names the shard",
    "orders[].cancel_order_on_pause": "OAS:Order 3.34",
    "msg.clock": "AsyncAPI: snapshots and deltas carry their clock since 3.34 (SEMANTICS G)",
}
"""Path -> reason: left out of every comparison."""

OPTIONAL = {
    "orders__cancel_v2": {"client_order_id": "in OAS, not in the recording: both are right (SEMANTICS K25)"},
    "portfolio__orders_list": {
        "orders[].self_trade_prevention_type": "the recorded list has an order placed without one, which V2 refuses"
    },
}
"""Recording -> path -> reason: may be there or not."""

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this checkout")


def meta(name):
    return json.loads((RECORDINGS / f"{name}.meta.json").read_text())


def body(name):
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def names():
    return sorted(path.name.removesuffix(".meta.json") for path in RECORDINGS.glob("*.meta.json"))


# --- the venue as it was when it was recorded ---------------------------------------------------------


def recorded_clock():
    """June 11th 2026 at the time of the recordings, and running."""
    return VenueClock(
        ClockSetting(venue_us=meta("auth__balance_ok")["recorded_at_epoch_ms"] * 1000, wall_us=machine_us())
    )


IN_VENUE_TIME = GatewaySettings(signatures_in_venue_time=True)


@cache
def recorded_markets():
    """The traded market first, so that it is the oldest and the five of the page stand before it."""
    return (body("markets__single")["market"], *reversed(body("markets__page1")["markets"]))


def scenario():
    """The caller with the recorded $98.0186, the market maker, and the markets as they describe themselves."""
    yield c.CreateMember(1, "recorded")
    yield c.Deposit(account_of(1), 9801 * CENT + 8600)
    yield c.CreateMember(2, "maker")
    yield c.Deposit(account_of(2), 1000 * DOLLAR)
    yield c.CreateSeries("KXSERIES", FeeType.QUADRATIC, 10_000, b"{}")
    for event in dict.fromkeys(market["event_ticker"] for market in recorded_markets()):
        yield c.CreateEvent(event, "KXSERIES", False, "", b"{}")
    for market in recorded_markets():
        yield c.CreateMarket(
            market["ticker"],
            market["event_ticker"],
            parse_timestamp(market["open_time"]),
            parse_timestamp(market["close_time"]),
            market["settlement_timer_seconds"] * MICROS,
            market["price_level_structure"],
            (),
            json.dumps(market).encode(),
        )


class Recorder:
    """Sends recorded requests as their meta file says."""

    def __init__(self, venue, clock):
        self.venue = venue
        self.clock = clock
        self.caller, self.maker = venue.trader(1), venue.trader(2)

    async def send(self, request, trader=None, **changes):
        request = request | changes
        auth, key_id = request["auth"], (trader or self.caller).key_id
        path = request["path"].partition("?")[0]
        at_ms = self.clock.now_us() // 1000 - (30_000 if auth == "signed-skewed" else 0)
        if auth == "unknown-key-id":
            key_id = UNKNOWN_KEY
        signed = path + "/something-else" if auth == "bad-signature" else path
        headers = signed_headers(key_id, rsa_key(), request["method"], signed, at_ms)
        if auth == "missing-signature-header":
            del headers["KALSHI-ACCESS-SIGNATURE"]
        content = None
        if request["request_body"] is not None:
            content = json.dumps(request["request_body"]).encode()
            headers["Content-Type"] = "application/json"
        return await self.venue.public.request(
            request["method"], self.venue.url + request["path"], content=content, headers=headers
        )

    async def make(self, side, price, count):
        """Put the maker's order into the book; its id."""
        request = meta("orders__create_v2_maker")
        order = request["request_body"] | {"side": side, "price": price, "count": count}
        del order["client_order_id"]
        answer = await self.send(request, self.maker, request_body=order)
        assert answer.status_code == 201, answer.text
        return answer.json()["order_id"]

    async def cancel(self, order_id, trader=None):
        path = meta("orders__cancel_v2")["path"].rpartition("/")[0]
        return await self.send(meta("orders__cancel_v2"), trader, path=f"{path}/{order_id}")


@asynccontextmanager
async def recorder(state):
    clock = recorded_clock()
    async with live(state, list(scenario()), clock, gateways=IN_VENUE_TIME) as venue:
        running = Recorder(venue, clock)
        await running.make("bid", "0.4700", "3.00")
        await running.make("ask", "0.5200", "3.00")
        yield running


async def before(running, name):
    """What had happened before a recorded request; the recorded request, with the ids it has here."""
    request = meta(name)
    if name in ("orders__duplicate_client_order_id", "orders__cancel_v2", "portfolio__orders_list"):
        order_id = (await running.send(meta("orders__create_v2_maker"))).json()["order_id"]
        if name == "orders__cancel_v2":
            request["path"] = f"{request['path'].rpartition('/')[0]}/{order_id}"
        if name == "portfolio__orders_list":
            await running.cancel(order_id)
            await running.send(meta("orders__create_v2_taker_ioc"))
    if name.startswith("markets__"):
        # Both traded contracts of the recorded market, at the recorded last price's market.
        await running.send(meta("orders__create_v2_taker_ioc"))
    return request


# --- forms --------------------------------------------------------------------------------------------

CLASSES = (
    (r"-?\d+\.(\d+)", lambda found: f"decimal with {len(found[1])} places"),
    (r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", lambda found: "UUID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lambda found: "time"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", lambda found: "time with a fraction"),
)


def form(value, path="", ignored=()):
    """A value with every leaf replaced by its class, what is ignored left out, and of a list the distinct forms."""
    if isinstance(value, dict):
        members = {name: (f"{path}.{name}".removeprefix("."), item) for name, item in value.items()}
        return {name: form(item, at, ignored) for name, (at, item) in sorted(members.items()) if at not in ignored}
    if isinstance(value, list):
        if path.endswith(("_dollars", "_fp")):
            return [form(item, f"{path}[]", ignored) for item in value[:1]]
        forms = {json.dumps(form(item, f"{path}[]", ignored)) for item in value}
        return [json.loads(each) for each in sorted(forms)]
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return type(value).__name__
    if isinstance(value, int):
        return {10: "seconds", 13: "milliseconds"}.get(len(str(value)), "integer")
    return next((name(found) for rule, name in CLASSES if (found := re.fullmatch(rule, value))), "text")


def test_the_forms_of_two_spellings_differ():
    assert form({"price": "0.5000"}) != form({"price": "0.50"})
    assert form({"at": "2026-06-11T06:29:20Z"}) != form({"at": "2026-06-11T06:29:20.866753Z"})
    assert form({"orders": [{"a": 1}]}) != form({"orders": [{"a": 1}, {"b": 1}]})


# --- the recordings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in names() if name != SOCKET_RECORDING])
async def test_the_recorded_request_is_answered_in_the_recorded_form(tmp_path, name):
    async with recorder(tmp_path) as running:
        request = await before(running, name)
        answer = await running.send(request)
    assert answer.status_code == request["status"], answer.text
    assert answer.headers["content-type"].startswith("application/json")
    ignored = DIFFERENCES.keys() | OPTIONAL.get(name, {}).keys()
    assert form(answer.json(), ignored=ignored) == form(body(name), ignored=ignored)


async def test_recorded_errors_have_the_recorded_words(tmp_path):
    """Errors are not values: their codes and messages are the contract."""
    errors = [name for name in names() if name != SOCKET_RECORDING and meta(name)["status"] >= 400]
    here = {}
    async with recorder(tmp_path) as running:
        for name in errors:
            here[name] = (await running.send(await before(running, name))).json()
    recorded = {name: body(name) for name in errors}
    for refusal in recorded.values():
        if isinstance(refusal.get("error"), dict):
            refusal["error"].pop("service", None)
    assert here == recorded


async def test_the_recorded_order_book_is_the_same_to_the_digit(tmp_path):
    async with recorder(tmp_path) as running:
        answer = await running.send(meta("orderbook__base"))
    assert answer.json() == body("orderbook__base")


async def test_the_recorded_taker_pays_the_recorded_price_and_fee(tmp_path):
    async with recorder(tmp_path) as running:
        answer = await running.send(meta("orders__create_v2_taker_ioc"))
    own = {"order_id": "", "ts_ms": 0}
    assert answer.json() | own == body("orders__create_v2_taker_ioc") | own


async def test_the_recorded_frames_come_in_the_recorded_form_and_order(tmp_path):
    request = meta(SOCKET_RECORDING)
    lines = (RECORDINGS / f"{SOCKET_RECORDING}.jsonl").read_text().split("\n")
    recorded = [json.loads(line) for line in lines if line.strip()]
    clock = recorded_clock()
    async with live(tmp_path, list(scenario()), clock, gateways=IN_VENUE_TIME) as venue:
        running = Recorder(venue, clock)
        await running.make("bid", "0.4700", "3.00")
        resting = await running.make("ask", "0.5200", "1.00")
        headers = signed_headers(running.caller.key_id, rsa_key(), "GET", request["path"], clock.now_us() // 1000)
        url = f"ws://127.0.0.1:{venue.venue.port}{request['path']}"
        async with websockets.connect(url, additional_headers=headers) as socket:
            await socket.send(json.dumps(request["subscribe_cmd"]))
            frames = [json.loads(await socket.recv()) for _ in recorded[:3]]
            await running.cancel(resting, running.maker)
            await running.make("ask", "0.5200", "2.00")
            async with asyncio.timeout(10):
                frames += [json.loads(await socket.recv()) for _ in recorded[3:]]
    assert [form(frame, ignored=DIFFERENCES) for frame in frames] == [form(each) for each in recorded]
    assert [bare(frame) for frame in frames] == [bare(each) for each in recorded]
    assert all(isinstance(frame["msg"]["clock"], int) for frame in frames[2:])


def bare(frame):
    """A frame without what names this venue or this moment."""
    return frame | {"msg": {k: v for k, v in frame["msg"].items() if k not in ("market_id", "clock", "ts", "ts_ms")}}


def test_every_listed_difference_is_one():
    """Nothing stays in the table for longer than it is needed."""
    recorded = set()
    for name in names():
        if name != SOCKET_RECORDING:
            recorded |= paths(body(name))
    only_there = {path for path, why in DIFFERENCES.items() if why == GONE}
    assert only_there <= recorded
    assert recorded.isdisjoint(DIFFERENCES.keys() - only_there)


def paths(value, path=""):
    if isinstance(value, dict):
        below = (paths(item, f"{path}.{name}".removeprefix(".")) for name, item in value.items())
        return {f"{path}.{name}".removeprefix(".") for name in value}.union(*below)
    if isinstance(value, list):
        return set().union(*(paths(item, f"{path}[]") for item in value))
    return set()
