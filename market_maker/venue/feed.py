"""The WebSocket feed: the books of some markets, and one account's own orders (SEMANTICS G).

Knows how a feed is subscribed to, checked and begun anew. Any doubt about it (a gap, an error, silence, the
connection gone) empties every book at once and is told to `on_doubt`; then it connects again by itself. A book that
is here is right.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import msgspec
import structlog
import websockets
from websockets.asyncio.client import ClientConnection, connect

from market_maker.quotes import OwnOrder
from market_maker.safety import Doubt
from market_maker.venue.credentials import Credentials
from wire.enums import BookSide
from wire.level_book import BookError, BookReader, LevelBook
from wire.units import UnitError, parse_count, parse_price

SOCKET = "/trade-api/ws/v2"
PING_SECONDS = 2.0
"""How often the connection is asked for a sign of life."""
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)

_log = structlog.get_logger("feed")

OnOrder = Callable[[OwnOrder, bool, int], None]
"""(order, whether it rests, when it was created in ms)."""


class Feed:
    """`run` it as a task. Callbacks come from that task. `private` asks for the account's own orders as well."""

    def __init__(self, root: str, credentials: Credentials, stale_after_s: float, private: bool) -> None:
        self._url = root.rstrip("/").replace("http", "ws", 1) + SOCKET
        self._credentials = credentials
        self._stale_after_s = stale_after_s
        self._private = private
        self._tickers: dict[str, None] = {}
        self._reader: BookReader | None = None
        self._socket: ClientConnection | None = None
        self._sid = 0
        self._hears_orders = False
        self._command_id = 0
        self._heard_s = 0.0
        self.connects = 0
        self.on_order: OnOrder = lambda order, is_resting, created_ms: None
        self.on_resumed: Callable[[], None] = lambda: None
        """From here on own orders are heard of again; what happened meanwhile was missed."""
        self.on_doubt: Callable[[Doubt, str], None] = lambda doubt, detail: None
        self.on_group_tripped: Callable[[str], None] = lambda group: None

    @property
    def is_connected(self) -> bool:
        """Connected, subscribed and heard of lately."""
        return (
            self._socket is not None
            and (self._hears_orders or not self._private)
            and self._silent_s() < self._stale_after_s
        )

    def book(self, ticker: str) -> LevelBook | None:
        """The book, if it can be believed now."""
        if self._reader is None or self._silent_s() >= self._stale_after_s:
            return None
        return self._reader.books.get(ticker)

    async def watch(self, tickers: Iterable[str]) -> None:
        """Have the books of these markets too."""
        added = [ticker for ticker in tickers if ticker not in self._tickers]
        self._tickers.update((ticker, None) for ticker in added)
        if added and self._socket is not None:
            with suppress(websockets.ConnectionClosed):
                await self._subscribe_books(self._socket, added)

    async def run(self) -> None:
        """Until canceled."""
        attempt = 0
        while True:
            began = self.connects
            try:
                await self._follow()
            except (OSError, websockets.WebSocketException, TimeoutError) as error:
                self._doubt(Doubt.DISCONNECTED, repr(error))
            except (BookError, msgspec.MsgspecError, UnitError, KeyError) as error:
                self._doubt(Doubt.GAP, repr(error))
            except _Silent:
                self._doubt(Doubt.STALE, f"nothing heard for {self._stale_after_s} s")
            attempt = 0 if self.connects > began else min(attempt + 1, len(RETRY_SECONDS) - 1)
            await asyncio.sleep(RETRY_SECONDS[attempt])

    # --- one connection -------------------------------------------------------------------------------

    async def _follow(self) -> None:
        headers = self._credentials.headers("GET", SOCKET)
        connecting = connect(
            self._url,
            additional_headers=headers,
            proxy=None,
            max_size=None,
            ping_interval=None,
            open_timeout=self._stale_after_s + 5,
            close_timeout=1,
        )
        async with connecting as socket:
            self._reader, self._sid, self._hears_orders = None, 0, False
            self._heard_s = time.monotonic()
            # From here on `watch` subscribes by itself; a market asked for twice is no harm (SEMANTICS G2).
            self._socket = socket
            self.connects += 1
            watchdog = asyncio.create_task(self._watch_silence(socket))
            try:
                if self._private:
                    await self._send(socket, "subscribe", {"channels": ["user_orders", "order_group_updates"]})
                await self._subscribe_books(socket, list(self._tickers))
                async for message in socket:
                    self._heard_s = time.monotonic()
                    self._take(msgspec.json.decode(message))
                self._doubt(Doubt.DISCONNECTED, f"closed by the venue: {socket.close_code}")
            except websockets.ConnectionClosed as error:
                if self._silent_s() >= self._stale_after_s:
                    raise _Silent from error
                raise
            finally:
                self._socket = self._reader = None
                watchdog.cancel()
                await asyncio.gather(watchdog, return_exceptions=True)

    async def _watch_silence(self, socket: ClientConnection) -> None:
        """Ask for signs of life; end the connection when none comes. A pong counts as heard."""
        asked_s = time.monotonic() - PING_SECONDS
        pong: asyncio.Future[float] | None = None
        while self._silent_s() < self._stale_after_s:
            if pong is not None and pong.done():
                pong, self._heard_s = None, time.monotonic()
            if pong is None and time.monotonic() - asked_s >= PING_SECONDS:
                asked_s = time.monotonic()
                try:
                    pong = asyncio.ensure_future(await socket.ping())
                except websockets.ConnectionClosed:
                    return
            await asyncio.sleep(PING_SECONDS / 10)
        # Not `close`: a peer that is silent would not answer that either.
        socket.transport.abort()

    def _silent_s(self) -> float:
        return time.monotonic() - self._heard_s

    async def _subscribe_books(self, socket: ClientConnection, tickers: list[str]) -> None:
        """The first markets are subscribed to, later ones join them: one sid, one sequence."""
        if not tickers:
            return
        if self._sid:
            params = {"sids": [self._sid], "market_tickers": tickers, "action": "add_markets"}
            await self._send(socket, "update_subscription", params)
        else:
            await self._send(socket, "subscribe", {"channels": ["orderbook_delta"], "market_tickers": tickers})

    async def _send(self, socket: ClientConnection, cmd: str, params: dict[str, Any]) -> None:
        self._command_id += 1
        await socket.send(msgspec.json.encode({"id": self._command_id, "cmd": cmd, "params": params}).decode())

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "user_order":
            self._take_order(message["msg"])
            return
        if kind == "order_group_updates":
            if message["msg"]["event_type"] == "triggered":
                self.on_group_tripped(message["msg"]["order_group_id"])
        elif kind == "subscribed" and message["msg"]["channel"] == "orderbook_delta":
            self._sid = message["msg"]["sid"]
            self._reader = self._reader or BookReader(self._sid)
        elif kind == "subscribed" and message["msg"]["channel"] == "user_orders":
            self._hears_orders = True
            if self.connects > 1:
                self.on_resumed()
        elif kind == "error":
            raise BookError(f"the venue answered {message['msg']}")
        if self._reader is not None:
            self._reader.receive(message)

    def _take_order(self, row: dict[str, Any]) -> None:
        order = OwnOrder(
            order_id=row["order_id"],
            client_order_id=row["client_order_id"],
            ticker=row["ticker"],
            side=BookSide(row["book_side"]),
            price=parse_price(row["yes_price_dollars"]),
            remaining=parse_count(row["remaining_count_fp"]),
            filled=parse_count(row["fill_count_fp"]),
            expires_us=row.get("expiration_ts_ms", 0) * 1_000,
            group=row.get("order_group_id", ""),
            updated_ms=row.get("last_updated_ts_ms", row["created_ts_ms"]),
        )
        self.on_order(order, row["status"] == "resting", row["created_ts_ms"])

    def _doubt(self, doubt: Doubt, detail: str) -> None:
        self._socket = self._reader = None
        _log.warning("feed_lost", doubt=doubt.name, detail=detail)
        self.on_doubt(doubt, detail)


class _Silent(Exception):
    """Nothing was heard for too long."""
