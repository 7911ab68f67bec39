"""What FIX orders a second can be at most: loops that read an order, believe it, and write a report of it.

`ByHand` is the loop as one writes it in Python for speed: split at SOH into a dict, the checksum by adler32, the reply
from a template. It knows nothing of ours. `OurCodec` is our framer, parser and encoder instead, compiled where we are;
it notices what is garbled, and is as far as a venue of ours could go if it did nothing else. Neither has a session, a
book or a journal. `OurHouse` has the last two, and the projections: what an order costs before anybody asks who sent
it, in which order, whether he may, and who else is to hear of it.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import adler32

from exchange.core.commands import CreateOrder
from loadtest.fix_house import House
from wire.accounts import account_of
from wire.engine_events import AnyEvent, Trade
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.fix.codec import Framer, encode_message
from wire.fix.message import Message, parse
from wire.fix.messages.fills import FillDetails
from wire.fix.messages.report_encoders import encode_execution_report
from wire.fix.messages.values import PRICES_IN_CENT
from wire.fix.profiles import SessionKind
from wire.fix.timestamps import format_timestamp
from wire.ids import order_uuid, trade_uuid
from wire.units import CONTRACT

SENDER = SessionKind.NR.value

_LOGON = b"98=0\x01108=30\x01141=Y\x011137=9\x01"

ORDER_ID = "00000000-0001-4000-8000-000000000001"


class ByHand(asyncio.Protocol):
    """Every message ends in `10=ddd` and SOH; one reply each, all that came together in one write."""

    _HEAD = b"8=FIXT.1.1\x019=%d\x01"
    _LOGON = b"35=A\x0149=%b\x0156=%b\x0134=%d\x0152=%b\x0198=0\x01108=30\x01141=Y\x011137=9\x01"
    _REPORT = (
        b"35=8\x0149=%b\x0156=%b\x0134=%d\x0152=%b\x0137=00000000-0001-4000-8000-000000000001\x0111=%b\x0117=%d;0\x01"
        b"150=0\x0139=0\x0154=%b\x0155=%b\x01151=%b.00\x0114=0.00\x016=0\x0138=%b.00\x0144=%b\x0160=%b\x0130=0\x01"
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._rest = b""
        self._number = 0

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3].encode()
        answers = []
        at = 0
        while 0 <= (end := data.find(b"\x0110=", at)) <= len(data) - 8:
            message, at = data[at : end + 8], end + 8
            fields = {}
            for item in message.split(b"\x01"):
                tag, _, value = item.partition(b"=")
                fields[tag] = value
            if ((adler32(message[:-7]) & 0xFFFF) - 1) & 0xFF != int(fields[b"10"]):
                raise AssertionError("the client sends no garbage")
            self._number += 1
            if fields[b"35"] == b"A":
                body = self._LOGON % (SENDER.encode(), fields[b"49"], self._number, now)
            else:
                size, name = fields[b"38"], fields[b"11"]
                body = self._REPORT % (
                    SENDER.encode(),
                    fields[b"49"],
                    self._number,
                    now,
                    name,
                    self._number,
                    fields[b"54"],
                    fields[b"55"],
                    size,
                    size,
                    fields[b"44"],
                    now,
                )
            whole = self._HEAD % len(body) + body
            answers.append(whole + b"10=%03d\x01" % (((adler32(whole) & 0xFFFF) - 1) & 0xFF))
        self._rest = data[at:]
        self._transport.write(b"".join(answers))


class OurCodec(asyncio.Protocol):
    """The same with wire.fix."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._framer = Framer()
        self._number = 0

    def data_received(self, data: bytes) -> None:
        # Step by step, as our session does it.
        messages = _messages(self._framer, data)
        first, self._number = self._number + 1, self._number + len(messages)
        bodies = [_LOGON if m.msg_type == "A" else _report(m, number) for number, m in enumerate(messages, first)]
        now = format_timestamp(time.time_ns() // 1_000)
        answers = [
            encode_message("A" if body is _LOGON else "8", SENDER, message["49"], number, now, body)
            for number, (message, body) in enumerate(zip(messages, bodies, strict=True), first)
        ]
        self._transport.write(b"".join(answers))


class OurHouse(asyncio.Protocol):
    """The same with our house behind it; what comes together is one append."""

    def __init__(self, house: House, members: Mapping[str, int]) -> None:
        self._house = house
        self._members = members

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._framer = Framer()
        self._number = 0

    def data_received(self, data: bytes) -> None:
        messages = _messages(self._framer, data)
        if messages and messages[0].msg_type == "A":
            self._client = messages.pop(0)["49"]
            self._account = account_of(self._members[self._client])
            self._transport.write(self._message("A", _LOGON))
        orders = [_order(message, self._account) for message in messages]
        done = self._house.carry_out(orders)
        bodies = [_told(order, *what) for order, what in zip(orders, done, strict=True)]
        self._transport.write(b"".join([self._message("8", body) for body in bodies]))

    def _message(self, msg_type: str, body: bytes) -> bytes:
        self._number += 1
        now = format_timestamp(time.time_ns() // 1_000)
        return encode_message(msg_type, SENDER, self._client, self._number, now, body)


def _messages(framer: Framer, data: bytes) -> list[Message]:
    items = framer.feed(data)
    assert all(isinstance(item, bytes) for item in items), "the client sends no garbage"
    return [parse(item) for item in items if isinstance(item, bytes)]


def _order(message: Message, account: int) -> CreateOrder:
    return CreateOrder(
        account,
        message["55"],
        BookSide.BID,
        int(message["44"]) * PRICES_IN_CENT,
        int(message["38"]) * CONTRACT,
        TimeInForce.IMMEDIATE_OR_CANCEL if message["59"] == "3" else TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS,
        message["11"],
    )


def _told(order: CreateOrder, seq: int, events: tuple[AnyEvent, ...]) -> bytes:
    filled, fill = 0, None
    for place, event in enumerate(events):
        if isinstance(event, Trade):
            filled += event.count
            fill = FillDetails(
                price=event.price,
                count=event.count,
                trade_id=trade_uuid(0, seq, place),
                is_aggressor=True,
                position=event.taker_position,
                fee=event.taker_fee,
                collateral=(("BALANCE", -event.price * event.count - event.taker_fee),),
                single_market_return=0,
            )
    return encode_execution_report(
        order_id=order_uuid(0, seq),
        client_order_id=order.client_order_id,
        exec_id=f"{seq};0",
        exec_type="F" if filled else "0",
        ord_status="2" if filled == order.count else "0",
        ticker=order.ticker,
        side=order.side,
        order_count=order.count,
        filled_count=filled,
        leaves_count=order.count - filled,
        average_price=order.price if filled else 0,
        use_dollars=False,
        price=order.price,
        transact_us=time.time_ns() // 1_000,
        last_market=0,
        fill=fill,
    )


def _report(message: Message, number: int) -> bytes:
    count = int(message["38"]) * CONTRACT
    return encode_execution_report(
        order_id=ORDER_ID,
        client_order_id=message["11"],
        exec_id=f"{number};0",
        exec_type="0",
        ord_status="0",
        ticker=message["55"],
        side=BookSide.BID,
        order_count=count,
        filled_count=0,
        leaves_count=count,
        average_price=0,
        use_dollars=False,
        price=int(message["44"]) * PRICES_IN_CENT,
        transact_us=time.time_ns() // 1_000,
        last_market=0,
    )
