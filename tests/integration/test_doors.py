"""One book behind every door: what is done at one is seen at each other one at once, a test for each pair.

Acts: REST, KalshiNR, KalshiRT. Sees: REST, WebSocket, KalshiNR, KalshiRT, KalshiDC, KalshiMD. The order is a bid of
10 at 0.40 that is acknowledged where it was placed, and then taken back there.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.fix_client import FREE_PORTS, client
from tests.live import TICKER, LiveVenue, live

MEMBER = 1
NAME = "the-order"


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


# --- where orders are placed and taken back; both return when the door has acknowledged it -----------


class RestHand:
    async def open(self, venue, stack):
        self.http = venue.trader(MEMBER).http

    async def place(self):
        placed = await self.http.post(
            "/portfolio/events/orders",
            json={
                "ticker": TICKER,
                "client_order_id": NAME,
                "side": "bid",
                "price": "0.40",
                "count": "10",
                "time_in_force": "good_till_canceled",
                "self_trade_prevention_type": "taker_at_cross",
            },
        )
        assert placed.status_code == 201
        self.order_id = placed.json()["order_id"]

    async def cancel(self):
        assert (await self.http.delete(f"/portfolio/events/orders/{self.order_id}")).status_code == 200


class FixHand:
    def __init__(self, kind):
        self.kind = kind

    async def open(self, venue, stack):
        self.fix = await client(venue, MEMBER, self.kind)

    async def place(self):
        self.fix.order(NAME)
        self.order_id = (await self.fix.expect("8", _150="0"))["37"]

    async def cancel(self):
        self.fix.send("F", ("11", "c"), ("41", NAME), ("54", 1), ("55", TICKER))
        await self.fix.expect("8", _150="4")


# --- where it is seen -------------------------------------------------------------------------------


class RestEye:
    async def open(self, venue, stack):
        self.http = venue.trader(MEMBER).http

    async def sees_placed(self, order_id):
        order = (await self.http.get(f"/portfolio/orders/{order_id}")).json()["order"]
        assert (order["client_order_id"], order["status"]) == (NAME, "resting")
        assert await self.bids() == [["0.4000", "10.00"]]

    async def sees_canceled(self, order_id):
        order = (await self.http.get(f"/portfolio/orders/{order_id}")).json()["order"]
        assert order["status"] == "canceled"
        assert await self.bids() == []

    async def bids(self):
        return (await self.http.get(f"/markets/{TICKER}/orderbook")).json()["orderbook_fp"]["yes_dollars"]


class SocketEye:
    async def open(self, venue, stack):
        self.socket = await stack.enter_async_context(venue.trader(MEMBER).socket())
        channels = {"channels": ["orderbook_delta", "user_orders"], "market_tickers": [TICKER]}
        await self.socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": channels}))
        kinds = sorted([(await self.message())["type"] for _ in range(3)])
        assert kinds == ["orderbook_snapshot", "subscribed", "subscribed"]

    async def message(self):
        async with asyncio.timeout(60):
            return json.loads(await self.socket.recv())

    async def sees(self, order_id, delta, status):
        messages = {message["type"]: message["msg"] for message in [await self.message(), await self.message()]}
        assert messages["orderbook_delta"]["delta_fp"] == delta
        assert (messages["user_order"]["order_id"], messages["user_order"]["status"]) == (order_id, status)

    async def sees_placed(self, order_id):
        await self.sees(order_id, "10.00", "resting")

    async def sees_canceled(self, order_id):
        await self.sees(order_id, "-10.00", "canceled")


class FixEye:
    """A session of the same member that has not asked for anything."""

    def __init__(self, kind):
        self.kind = kind

    async def open(self, venue, stack):
        self.fix = await client(venue, MEMBER, self.kind)

    async def sees_placed(self, order_id):
        await self.fix.expect("8", _150="0", _11=NAME, _37=order_id, _151="10.00")

    async def sees_canceled(self, order_id):
        await self.fix.expect("8", _150="4", _37=order_id, _151="0.00")


class DropCopyEye:
    async def open(self, venue, stack):
        self.begin = f"{venue.venue.views.seq};0"
        self.fix = await client(venue, MEMBER, "DC")

    async def sees_placed(self, order_id):
        await self.sees(order_id, ["0"])

    async def sees_canceled(self, order_id):
        await self.sees(order_id, ["0", "4"])

    async def sees(self, order_id, types):
        self.fix.send("U1", ("21001", self.begin))
        for exec_type in types:
            await self.fix.expect("8", _150=exec_type, _37=order_id)
        await self.fix.expect("U2", _21003=str(len(types)))


class MarketDataEye:
    async def open(self, venue, stack):
        self.fix = await client(venue, MEMBER, "MD")
        self.fix.send("V", ("263", 1), ("146", 1), ("55", TICKER))
        await self.fix.expect("W", _268="0")

    async def sees_placed(self, order_id):
        await self.fix.expect("X", _268="1", _279="0", _269="0", _270="0.4000", _271="10.00")

    async def sees_canceled(self, order_id):
        await self.fix.expect("X", _268="1", _279="2", _269="0", _270="0.4000")


HANDS = {"REST": RestHand, "NR": lambda: FixHand("NR"), "RT": lambda: FixHand("RT")}
EYES = {
    "REST": RestEye,
    "WS": SocketEye,
    "NR": lambda: FixEye("NR"),
    "RT": lambda: FixEye("RT"),
    "DC": DropCopyEye,
    "MD": MarketDataEye,
}


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("hand", HANDS)
async def test_what_is_done_at_one_door_is_seen_at_the_other_at_once(venue, hand, eye):
    acting, seeing = HANDS[hand](), EYES[eye]()
    async with AsyncExitStack() as stack:
        await seeing.open(venue, stack)
        await acting.open(venue, stack)
        await acting.place()
        await seeing.sees_placed(acting.order_id)
        await acting.cancel()
        await seeing.sees_canceled(acting.order_id)
