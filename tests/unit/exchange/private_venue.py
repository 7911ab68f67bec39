"""A small venue for private routes: the real engine, projections and routers, a clock held by hand, no sockets."""

import json
from collections.abc import Sequence
from typing import Any

import httpx

from exchange.core import commands as c
from exchange.core.engine import Engine
from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.history_reader import HistoryReader
from exchange.gateways.rate_limit import RateLimiter
from exchange.gateways.rest.app import build
from exchange.ports import Receipt
from exchange.projections.views import Projections
from tests.unit.exchange.no_history import NoHistory
from wire.accounts import account_of
from wire.engine_events import AnyEvent, OrderAccepted, OrderRejected
from wire.enums import BookSide, FeeType, MarketResult, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord, record
from wire.ids import order_uuid
from wire.signing import generate_key, public_pem, request_text, sign
from wire.units import CONTRACT, DOLLAR, MICROS, parse_count, parse_price

START_US = 1_780_000_000 * MICROS
TICKER = "KXTEST-26-A"
OTHER = "KXTEST-26-B"
EVENT = "KXTEST-26"
API = "/trade-api/v2"


class ManualClock:
    def __init__(self) -> None:
        self.us = START_US

    def now_us(self) -> int:
        return self.us


class DirectSink:
    """A CommandSink that applies at once and keeps the records."""

    def __init__(self, clock: ManualClock, views: Projections) -> None:
        self.engine = Engine()
        self.clock = clock
        self.views = views
        self.records: list[LogRecord] = []

    async def submit(self, command: c.AnyCommand) -> Receipt:
        return self.apply(command)

    async def submit_all(self, commands: Sequence[c.AnyCommand]) -> list[Receipt]:
        return [self.apply(command) for command in commands]

    def apply(self, command: c.AnyCommand) -> Receipt:
        seq = self.engine.state.seq + 1
        events: tuple[AnyEvent, ...] = tuple(self.engine.apply(command, seq, self.clock.us))  # type: ignore[arg-type]
        entry = record(0, seq, self.clock.us, events)
        self.records.append(entry)
        self.views.fold(entry)
        return record(0, seq, self.clock.us, events)


class PrivateVenue:
    """Members 1 and 2 with $1,000 each and a key each, one event of two markets, fee-free unless asked."""

    def __init__(
        self,
        *,
        fees: bool = False,
        window: int = 100_000,
        history: HistoryReader | None = None,
        **settings: Any,
    ) -> None:
        self.clock = ManualClock()
        self.views = Projections(window)
        self.sink = DirectSink(self.clock, self.views)
        self.keys = KeyRing()
        self.authenticator = Authenticator(self.keys, lambda: self.clock.us // 1000)
        self.limiter = RateLimiter()
        self.context = VenueContext(
            self.sink,
            self.views,
            self.keys,
            self.authenticator,
            self.limiter,
            history or NoHistory(),
            self.clock,
            self.clock,
            GatewaySettings(**settings),
        )
        self.app = build(self.context)
        self.private_keys = {}
        self.do(c.CreateMember(1, "first"), c.CreateMember(2, "second"))
        self.do(c.Deposit(account_of(1), 1_000 * DOLLAR), c.Deposit(account_of(2), 1_000 * DOLLAR))
        self.do(
            c.CreateSeries("KXTEST", FeeType.QUADRATIC, 10_000 if fees else 0, b"{}"),
            c.CreateEvent(EVENT, "KXTEST", False, "", b"{}"),
            *(
                c.CreateMarket(ticker, EVENT, START_US, START_US + 86_400 * MICROS, 0, "linear_cent", (), b"{}")
                for ticker in (TICKER, OTHER)
            ),
            c.AdvanceTime(),
        )
        self.first = self.add_key(1)
        self.second = self.add_key(2)

    def do(self, *commands: c.AnyCommand) -> Receipt:
        """Apply commands a microsecond apart; the last receipt. None may be refused."""
        for command in commands:
            self.clock.us += 1
            receipt = self.sink.apply(command)
            refused = [event for event in receipt.events if isinstance(event, OrderRejected)]
            assert not refused, refused
        return receipt

    def order(
        self, member: int, side: str, price: str, count: str, ticker: str = TICKER, subaccount: int = 0, **more: Any
    ) -> int:
        """Place an order; its id."""
        command = c.CreateOrder(
            account_of(member, subaccount),
            ticker,
            BookSide(side),
            parse_price(price),
            parse_count(count),
            more.pop("time_in_force", TimeInForce.GOOD_TILL_CANCELED),
            SelfTradePrevention.TAKER_AT_CROSS,
            **more,
        )
        (accepted,) = (event for event in self.do(command).events if isinstance(event, OrderAccepted))
        return accepted.order_id

    def trade(self, price: str, count: str, ticker: str = TICKER) -> None:
        """Member 2 sells to member 1 at the price: 2 makes, 1 takes."""
        self.order(2, "ask", price, count, ticker)
        self.order(1, "bid", price, count, ticker)

    def settle(self, result: MarketResult, value: int = 0, ticker: str = TICKER) -> None:
        self.do(
            c.SetCloseTime(ticker, self.clock.us + 2),
            c.AdvanceTime(),
        )
        self.clock.us += 120 * MICROS
        self.do(c.AdvanceTime(), c.DetermineMarket(ticker, result, value), c.SettleMarket(ticker))

    def add_key(self, member: int, **more: Any) -> str:
        """A new Ed25519 key of a member; its id."""
        private = generate_key("ed25519")
        key_id = self.keys.new_id()
        self.keys.add(ApiKey(key_id, member, "test", key_type="ed25519", public_key_pem=public_pem(private), **more))
        self.private_keys[key_id] = private
        return key_id

    def headers(self, key_id: str, method: str, path: str) -> dict[str, str]:
        timestamp = str(self.clock.us // 1000)
        text = request_text(timestamp, method, path.partition("?")[0])
        return {
            "KALSHI-ACCESS-KEY": key_id,
            "KALSHI-ACCESS-SIGNATURE": sign(self.private_keys[key_id], text),
            "KALSHI-ACCESS-TIMESTAMP": timestamp,
        }

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """One signed request of member 1 (or of `key`); `body` goes as JSON."""
        sent = self.headers(key or self.first, method, API + path) if headers is None else headers
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} | sent
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
            return await client.request(method, API + path, content=content, headers=sent)

    async def get(self, path: str, *, key: str = "") -> Any:
        """The JSON body of a GET that succeeds."""
        answer = await self.call("GET", path, key=key)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def pages(self, path: str, name: str, *, key: str = "") -> list[list[Any]]:
        """Every page of a list, following its cursors."""
        found, cursor = [], ""
        while True:
            page = await self.get(f"{path}&cursor={cursor}", key=key)
            found.append(page[name])
            cursor = page["cursor"]
            if not cursor:
                return found


def uuid(order_id: int) -> str:
    return order_uuid(0, order_id)


def whole(contracts: int) -> int:
    return contracts * CONTRACT
