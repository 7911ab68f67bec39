"""Clients that handle faults right: what is asked again, what is thrown away, what is asked for anew.

They believe nothing but what the venue told them; none of them looks into the venue.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed

from tests.fix_client import FixClient
from tests.live import TICKER, LiveVenue, Trader
from wire.fix.message import Message
from wire.level_book import BookError, BookReader, LevelBook, SequenceGapError
from wire.units import parse_count

QUIET_SECONDS = 0.3
"""Silence after which a reader asks whether it missed something."""


class Hand:
    """Orders by REST, each placed and cancelled exactly once however often that has to be said."""

    def __init__(self, trader: Trader) -> None:
        self.trader = trader
        self.asked_again = 0

    async def place(self, name: str, side: str, price: str, count: str) -> str:
        """The order's id."""
        answer = await self._insist(
            "POST",
            "/portfolio/events/orders",
            {
                "ticker": TICKER,
                "client_order_id": name,
                "side": side,
                "price": price,
                "count": count,
                "time_in_force": "good_till_canceled",
                "self_trade_prevention_type": "taker_at_cross",
            },
        )
        if answer.status_code == 201:
            found: str = answer.json()["order_id"]
            return found
        assert answer.status_code == 409, answer.text
        while True:  # it is there; a read may lag behind
            listed = await self._insist("GET", "/portfolio/orders")
            for order in listed.json()["orders"]:
                if order["client_order_id"] == name:
                    return str(order["order_id"])

    async def cancel(self, order_id: str) -> None:
        """404: it was cancelled, or filled, before."""
        answer = await self._insist("DELETE", f"/portfolio/events/orders/{order_id}")
        assert answer.status_code in (200, 404), answer.text

    async def _insist(self, method: str, path: str, body: object = None) -> httpx.Response:
        while True:
            with suppress(httpx.TransportError):
                answer = await self.trader.http.request(method, path, json=body)
                if answer.status_code != 429 and answer.status_code < 500:
                    return answer
            self.asked_again += 1


@asynccontextmanager
async def running(*readers: Any) -> AsyncIterator[None]:
    """Have readers run beside the block."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reader.run()) for reader in readers]
        yield
        for task in tasks:
            task.cancel()


class BookKeeper:
    """The book by WebSocket: subscribes anew at every doubt."""

    def __init__(self, trader: Trader) -> None:
        self.trader = trader
        self.doubts = 0
        self.reconnects = 0
        self._ids = itertools.count(1)
        self._reader: BookReader | None = None
        self._past: set[int] = set()

    @property
    def book(self) -> LevelBook:
        return LevelBook() if self._reader is None else self._reader.books.get(TICKER, LevelBook())

    @property
    def is_following(self) -> bool:
        return TICKER in (() if self._reader is None else self._reader.books)

    async def run(self) -> None:
        while True:
            with suppress(ConnectionClosed):
                async with self.trader.socket() as socket:
                    await self._follow(socket)
            self.reconnects += 1

    async def _follow(self, socket: Any) -> None:
        self._reader, self._past = None, set()
        await self._subscribe(socket)
        while True:
            try:
                async with asyncio.timeout(QUIET_SECONDS):
                    text = await socket.recv()
            except TimeoutError:
                await self._ask(socket)
                continue
            message = json.loads(text)
            sid = message.get("sid")
            if sid is None or sid in self._past or "seq" not in message:
                continue
            if self._reader is None:
                self._reader = BookReader(sid)
            try:
                self._reader.receive(message)
            except SequenceGapError as gap:
                if gap.received >= gap.expected:
                    await self._begin_again(socket, sid)
            except BookError:
                await self._begin_again(socket, sid)

    async def _begin_again(self, socket: Any, sid: int) -> None:
        self.doubts += 1
        self._past.add(sid)
        self._reader = None
        await self._send(socket, "unsubscribe", sids=[sid])
        await self._subscribe(socket)

    async def _ask(self, socket: Any) -> None:
        """A snapshot takes the next number, so it also shows whether one is missing."""
        if self._reader is None:
            await socket.close()
        else:
            await self._send(
                socket, "update_subscription", sids=[self._reader.sid], market_tickers=[TICKER], action="get_snapshot"
            )

    async def _subscribe(self, socket: Any) -> None:
        await self._send(socket, "subscribe", channels=["orderbook_delta"], market_ticker=TICKER)

    async def _send(self, socket: Any, command: str, **params: Any) -> None:
        await socket.send(json.dumps({"id": next(self._ids), "cmd": command, "params": params}))


class OrderKeeper:
    """A member's orders by FIX (KalshiRT): asks for what is missing, logs on again where it left off."""

    def __init__(self, venue: LiveVenue, member: int) -> None:
        self.orders: dict[str, tuple[int, int]] = {}
        """(filled, left) as Counts, by OrderID."""
        self.resends = 0
        self.logons = 0
        self._trader = venue.trader(member)
        self._fix = FixClient(self._trader, "RT")
        self._expected = 1
        self._asked_at = 0

    async def run(self) -> None:
        while True:
            with suppress(ConnectionError):
                await self._log_on()
                while True:
                    await self._take(await self._next())
            await asyncio.sleep(0)

    async def _log_on(self) -> None:
        self._fix = FixClient(self._trader, "RT", seq_num=self._fix.seq_num)
        self.logons += 1
        self._asked_at = 0
        try:
            answer = await self._fix.log_on(reset=self.logons == 1)
        except AssertionError:
            # The connection before is not gone yet: a Logout instead of a Logon.
            raise ConnectionResetError from None
        await self._take(answer)

    async def _next(self) -> Message:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS):
                    return await self._fix.next_of_any()
            self._asked_at = 0
            self._fix.send("1", ("112", "are you there"))

    async def _take(self, message: Message) -> None:
        number = int(message["34"])
        if message.msg_type == "2":
            begin = int(message["7"])
            self._fix.send("4", ("123", "Y"), ("36", self._fix.seq_num), seq_num=begin)
        elif message.msg_type == "5":
            self._fix.send("5")
        if number > self._expected:
            if self._asked_at != self._expected:
                self._asked_at = self._expected
                self.resends += 1
                self._fix.send("2", ("7", self._expected), ("16", 0))
            return
        if number < self._expected:
            return
        self._expected = int(message["36"]) if message.msg_type == "4" else number + 1
        if message.msg_type == "8" and message.get("150") != "8":
            self.orders[message["37"]] = parse_count(message["14"]), parse_count(message["151"])
