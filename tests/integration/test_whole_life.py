"""One market from initialized to finalized, through every status and both pauses, as REST, WebSocket and FIX see it.

Nothing is waited for: the clock stands still and is moved, and who listens is asked afterwards what it heard.
"""

import json
import time
from contextlib import asynccontextmanager

from exchange.core import commands as c
from tests.fix_client import FREE_PORTS, client
from tests.integration.test_own_clock import LATER, move, status
from tests.live import EVENT, live
from wire.enums import MarketResult
from wire.units import MICROS

ACTIVE, HALTED, DETERMINED, SETTLED = "3", "2", "100", "101"
"""SecurityTradingStatus (SEMANTICS H7)."""
NEW, CANCELED, REJECTED, EXPIRED, TRADED = "0", "4", "8", "C", "F"
"""ExecType (SEMANTICS H5)."""


class Life:
    """The venue, who trades in it, and who listens."""

    def __init__(self, venue, ann, bob, md, orders, settlements):
        self.venue, self.ann, self.bob = venue, ann, bob
        self.md, self.orders, self.settlements = md, orders, settlements
        self.statuses = []
        self._names = 0

    async def look(self):
        """The status by REST, noted when it is another."""
        now = await status(self.venue, LATER)
        if self.statuses[-1:] != [now]:
            self.statuses.append(now)
        return now

    async def pause(self, verb, scope):
        answer = await self.venue.public.post(f"{self.venue.url}/sandbox/exchange/{verb}", json={"scope": scope})
        assert answer.status_code == 200, answer.text

    async def refused_everywhere(self, reason):
        """An order is refused by REST and by FIX, for one reason in two languages (SEMANTICS B10)."""
        code, text = reason
        answer = await self.bob.order("bid", "0.1000", "1.00", ticker=LATER)
        assert answer.json()["error"]["code"] == code
        self.orders.order(self._name(), price="10", count="1", _55=LATER)
        assert (await self.orders.expect("8", _150=REJECTED))["58"] == text

    async def rests(self, price, count):
        """An order by FIX that rests; its name."""
        name = self._name()
        self.orders.order(name, price=price, count=count, _55=LATER)
        await self.orders.expect("8", _150=NEW, _11=name)
        return name

    def _name(self):
        self._names += 1
        return f"order-{self._names}"


@asynccontextmanager
async def life(folder):
    """A frozen venue with a market that opens in a minute and closes two later, and everybody connected."""
    async with live(folder, fix=FREE_PORTS) as venue:
        now = (await move(venue, "freeze"))["now_us"]
        minute = 60 * MICROS
        await venue.do(c.CreateMarket(LATER, EVENT, now + minute, now + 3 * minute, minute, "linear_cent", (), b"{}"))
        ann, bob = venue.trader(1), venue.trader(2)
        # Ends by time are told apart from other ends: UseExpiredOrdStatus.
        wanted = ((3, "MD"), (1, "NR", ("21012", "Y")), (1, "PT"))
        listening = [await client(venue, *session) for session in wanted]
        listening[0].send("e", ("263", 1), ("55", LATER))
        await listening[0].quiet()
        async with ann.socket() as socket:
            params = {"channels": ["market_lifecycle_v2", "user_orders"]}
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
            for _ in params["channels"]:
                assert json.loads(await socket.recv())["type"] == "subscribed"
            yield Life(venue, ann, bob, *listening), socket


async def heard(socket):
    """(lifecycle events, last status of each order) up to the settlement."""
    events, orders = [], {}
    async for frame in socket:
        message = json.loads(frame)
        if message["type"] == "user_order":
            orders[message["msg"]["client_order_id"]] = message["msg"]["status"]
        elif message["type"] == "market_lifecycle_v2" and message["msg"]["market_ticker"] == LATER:
            events.append(message["msg"]["event_type"])
            if events[-1] == "settled":
                break
    return events, orders


async def test_a_market_lives_through_every_status_and_both_pauses_seen_by_all_three(tmp_path):
    async with life(tmp_path) as (all_of, socket):
        venue, fix, md = all_of.venue, all_of.orders, all_of.md
        begun = time.perf_counter()

        assert await all_of.look() == "initialized"
        await all_of.refused_everywhere(("market_inactive", "MARKET_INACTIVE"))

        await move(venue, "advance", by_ms=60_000)
        assert await all_of.look() == "active"
        traded = await all_of.rests("60", "10")
        assert (await all_of.bob.order("ask", "0.6000", "4.00", ticker=LATER)).status_code == 201
        await fix.expect("8", _150=TRADED, _11=traded, _32="4.00")

        for scope, exchange in (("trading", True), ("exchange", False)):
            await all_of.pause("pause", scope)
            said = (await venue.public.get("/exchange/status")).json()
            assert (said["trading_active"], said["exchange_active"]) == (False, exchange)
            await all_of.refused_everywhere((f"{scope}_is_paused", f"{scope.upper()}_PAUSED"))
            assert await all_of.look() == "active", "a pause is not a status of the market"
            await all_of.pause("resume", scope)

        await venue.do(c.HaltMarket(LATER))
        assert await all_of.look() == "inactive"
        await md.expect("f", _55=LATER, _326=HALTED)
        await all_of.refused_everywhere(("market_inactive", "MARKET_INACTIVE"))
        await venue.do(c.ResumeMarket(LATER))
        assert await all_of.look() == "active"
        await md.expect("f", _55=LATER, _326=ACTIVE)
        await fix.expect("8", _150=CANCELED, _11=traded)

        first = await all_of.rests("55", "5")
        await move(venue, "advance", by_ms=120_000)
        assert await all_of.look() == "closed"
        await all_of.refused_everywhere(("market_closed", "MARKET_ALREADY_CLOSED"))
        later_us = (await move(venue, "advance", by_ms=0))["now_us"] + 60 * MICROS
        await venue.do(c.SetCloseTime(LATER, later_us))
        assert await all_of.look() == "active"
        await md.expect("f", _55=LATER, _326=ACTIVE)
        # What rested at the close goes, swept already or not.
        await fix.expect("8", _150=EXPIRED, _11=first)

        swept = await all_of.rests("54", "5")
        # Over the close and the sweep.
        await move(venue, "advance", by_ms=61_000)
        assert await all_of.look() == "closed"
        await fix.expect("8", _150=EXPIRED, _11=swept)

        await venue.do(c.DetermineMarket(LATER, MarketResult.YES))
        assert await all_of.look() == "determined"
        await venue.do(c.DisputeMarket(LATER))
        assert await all_of.look() == "disputed"
        await venue.do(c.DetermineMarket(LATER, MarketResult.NO))
        assert await all_of.look() == "amended"
        await md.expect("f", _55=LATER, _326=DETERMINED)
        await md.expect("f", _55=LATER, _326=DETERMINED)

        await move(venue, "advance", by_ms=60_000)
        assert await all_of.look() == "finalized"
        await md.expect("f", _55=LATER, _326=SETTLED)
        await all_of.settlements.expect("UMS", _55=LATER, _20107="no")
        events, orders = await heard(socket)
        took_ms = (time.perf_counter() - begun) * 1_000
        # Nothing more than this was said, on any line.
        await fix.quiet()
        await md.quiet()
        settled = (await all_of.ann.http.get("/portfolio/settlements")).json()["settlements"]
    print(f"from initialized to finalized in {took_ms:.0f} ms of real time")
    assert all_of.statuses == [
        *("initialized", "active", "inactive", "active", "closed", "active", "closed"),
        *("determined", "disputed", "amended", "finalized"),
    ]
    # Opening and closing on time, and a dispute, send nothing (SEMANTICS D1).
    assert events == [
        *("deactivated", "activated", "close_date_updated", "activated"),
        *("determined", "determined", "settled"),
    ]
    assert orders == dict.fromkeys((traded, first, swept), "canceled")
    # Four contracts at 60 cents, of which nothing came back.
    assert [(each["market_result"], each["yes_count_fp"], each["revenue"]) for each in settled] == [("no", "4.00", 0)]
