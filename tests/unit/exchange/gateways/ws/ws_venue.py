"""A venue small enough for a test: the real engine, projections and hub, and readers that keep every message."""

import json
from typing import Any

from exchange.core.commands import (
    AnyCommand,
    CancelOrder,
    CreateEvent,
    CreateMarket,
    CreateMember,
    CreateOrder,
    CreateSeries,
    Deposit,
)
from exchange.core.engine import Engine
from exchange.gateways.context import GatewaySettings
from exchange.gateways.ws.audiences import Client
from exchange.gateways.ws.hub import Hub
from exchange.projections.views import Projections
from wire.accounts import account_of
from wire.engine_events import AnyEvent, OrderRejected
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.event_log import record
from wire.units import DOLLAR, MICROS

START_US = 1_795_000_000 * MICROS + 123_456
DAY_US = 86_400 * MICROS

ANN, BOB, EVE = 1, 2, 3
TICKER = "KXRAIN-26NOV21-T1"
OTHER = "KXRAIN-26NOV21-T2"
EVENT = "KXRAIN-26NOV21"


class Reader:
    """A connection that takes everything, or with `stuck` nothing."""

    def __init__(self, venue: "WsVenue", member: int, subaccount: int | None = None) -> None:
        self.venue = venue
        self.writes: list[bytes] = []
        self.stuck = False
        self.given_up = False
        self._read = 0
        self._waiting = 0
        self._ids = 0
        self.client: Client = venue.hub.connect(member, subaccount, self)

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        if self.stuck:
            self._waiting += len(data)

    def unsent(self) -> int:
        return self._waiting

    def overflowed(self) -> None:
        self.given_up = True

    def send(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a command; what came back, and whatever came before it and was not read yet."""
        self.venue.hub.receive(self.client, json.dumps(command), 0)
        self.venue.hub.flush_client(self.client)
        return self.read()

    def subscribe(self, *channels: str, **params: Any) -> list[dict[str, Any]]:
        self._ids += 1
        return self.send({"id": self._ids, "cmd": "subscribe", "params": {"channels": list(channels), **params}})

    def read(self) -> list[dict[str, Any]]:
        """Messages not read yet."""
        new, self._read = self.writes[self._read :], len(self.writes)
        return [message for data in new for message in messages_in(data)]

    def read_msgs(self, kind: str) -> list[dict[str, Any]]:
        """The `msg` objects of one type among the messages not read yet."""
        return [message["msg"] for message in self.read() if message["type"] == kind]


class WsVenue:
    """Two active markets of one event, three members with a thousand dollars each."""

    def __init__(self, settings: GatewaySettings | None = None, buffer_limit: int = 1 << 20) -> None:
        self.engine = Engine()
        self.views = Projections()
        self.hub = Hub(self.views, settings or GatewaySettings(), buffer_limit)
        self.now_us = START_US
        self.do(CreateSeries("KXRAIN", FeeType.QUADRATIC, 10_000, b'{"title":"Rain"}'))
        self.do(CreateEvent(EVENT, "KXRAIN", False, "", b'{"title":"Rain today?"}'))
        for ticker in (TICKER, OTHER):
            self.create_market(ticker)
        for member in (ANN, BOB, EVE):
            self.do(CreateMember(member, f"member {member}"))
            self.do(Deposit(account_of(member), 1000 * DOLLAR))

    def create_market(self, ticker: str, details: bytes = b"{}", structure: str = "linear_cent") -> None:
        opens, closes = self.now_us - 1, self.now_us + DAY_US
        self.do(CreateMarket(ticker, EVENT, opens, closes, 60 * MICROS, structure, (), details))

    def do(self, command: AnyCommand) -> tuple[AnyEvent, ...]:
        """Apply one command and fan its record out, as one turn of the loop."""
        events = self.fold(command)
        self.hub.flush()
        return events

    def fold(self, command: AnyCommand) -> tuple[AnyEvent, ...]:
        """The same without the flush that ends the turn."""
        seq = self.engine.state.seq + 1
        events = self.engine.apply(command, seq, self.now_us)
        entry = record(0, seq, self.now_us, events)
        self.views.fold(entry)
        self.hub.fold(entry)
        assert not any(isinstance(event, OrderRejected) for event in events), events
        return events

    @property
    def seq(self) -> int:
        return self.engine.state.seq

    def order(
        self,
        member: int,
        side: str,
        price: int,
        count: int,
        *,
        ticker: str = TICKER,
        subaccount: int = 0,
        client_order_id: str = "",
        time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED,
        **more: Any,
    ) -> int:
        """Place an order in whole cents and whole contracts; its order_id."""
        self.do(
            CreateOrder(
                account_of(member, subaccount),
                ticker,
                BookSide(side),
                price * 100,
                count * 100,
                time_in_force,
                SelfTradePrevention.TAKER_AT_CROSS,
                client_order_id,
                **more,
            )
        )
        return self.seq

    def cancel(self, member: int, order_id: int, subaccount: int = 0) -> None:
        self.do(CancelOrder(account_of(member, subaccount), order_id))


def messages_in(data: bytes) -> list[dict[str, Any]]:
    """The JSON messages in a run of server text frames, each checked to end in a newline."""
    messages = []
    while data:
        assert data[0] == 0x81, "only whole text frames are sent"
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payload, data = data[start : start + size], data[start + size :]
        assert len(payload) == size, "a frame must be written whole"
        assert payload.endswith(b"}\n"), "a message is one JSON object and a newline"
        messages.append(json.loads(payload))
    return messages
