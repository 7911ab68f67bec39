"""A FIX client for tests against a live venue: our own codec, blocking on what is expected."""

import asyncio
import ssl
import time
from collections import deque
from typing import Any

from tests.live import LiveVenue, Trader
from wire import signing
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.garbled import Garbled
from wire.fix.message import Message, parse
from wire.fix.profiles import SessionKind
from wire.fix.timestamps import format_timestamp

PATIENCE_SECONDS = 60.0


class FixClient:
    """One connection. Answers nothing by itself; `expect` skips heartbeats only."""

    def __init__(self, trader: Trader, kind: str, seq_num: int = 1, tls: ssl.SSLContext | None = None) -> None:
        self.trader = trader
        self.tls = tls
        self.kind = f"Kalshi{kind}"
        self.seq_num = seq_num
        self.ahead_us = 0
        """How far the venue's clock was moved."""
        self.received: list[Message] = []
        self._inbox: deque[Message] = deque()
        self._framer = Framer()

    async def connect(self) -> None:
        port = self.trader.live.venue.fix_ports[SessionKind(self.kind)]
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, ssl=self.tls)
        self.trader.live.writers.append(self._writer)

    def send(self, msg_type: str, *fields: tuple[str, Any], seq_num: int | None = None) -> None:
        """Send a message, sealed with header and trailer."""
        self._writer.write(self.sealed(msg_type, *fields, seq_num=seq_num))

    def sealed(
        self, msg_type: str, *fields: tuple[str, Any], seq_num: int | None = None, now: str | None = None
    ) -> bytes:
        """A message with header and trailer: under the next number and with the time, if none are given."""
        number = self.seq_num if seq_num is None else seq_num
        if seq_num is None:
            self.seq_num += 1
        body = encode_fields([(tag, str(value)) for tag, value in fields])
        return encode_message(msg_type, self.trader.key_id, self.kind, number, now or self._now(), body)

    def signed_logon(self, *flags: tuple[str, Any], reset: bool = True) -> bytes:
        """A Logon under the next number."""
        now = self._now()
        text = signing.fix_logon_text(now, self.seq_num, self.trader.key_id, self.kind)
        signature = signing.sign(self.trader.key, text)
        fields = [("98", "0"), ("108", "30"), ("95", str(len(signature))), ("96", signature)]
        fields += [("141", "Y")] if reset else []
        return self.sealed("A", *fields, ("1137", "9"), *flags, now=now)

    def _now(self) -> str:
        return format_timestamp(time.time_ns() // 1_000 + self.ahead_us)

    async def log_on(self, *flags: tuple[str, Any], reset: bool = True, answer: str = "A") -> Message:
        """Connect, send a signed Logon and wait for its answer."""
        await self.connect()
        self._writer.write(self.signed_logon(*flags, reset=reset))
        return await self.expect(answer)

    async def next(self) -> Message:
        """The next message, heartbeats left out."""
        while (message := await self.next_of_any()).msg_type == "0":
            pass
        self.received.append(message)
        return message

    async def next_of_any(self) -> Message:
        """The next message, whatever it is."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._inbox:
                data = await self._reader.read(65536)
                if not data:
                    raise ConnectionResetError("the venue closed the connection")
                for item in self._framer.feed(data):
                    assert not isinstance(item, Garbled), item
                    self._inbox.append(parse(item))
        return self._inbox.popleft()

    async def expect(self, msg_type: str, **fields: str) -> Message:
        """The next message must be this one; `_150="F"` names a field's value."""
        message = await self.next()
        assert message.msg_type == msg_type, message
        for tag, value in fields.items():
            assert message.get(tag[1:]) == value, f"{tag[1:]} is not {value}: {message}"
        return message

    async def quiet(self) -> None:
        """Nothing is on its way: a TestRequest is answered first."""
        self.send("1", ("112", "quiet"))
        while (message := await self.next_of_any()).get("112") != "quiet":
            assert message.msg_type == "0", message

    async def quiet_after(self, exec_type: str) -> None:
        """Execution reports of one type only, then nothing."""
        self.send("1", ("112", "quiet"))
        while (message := await self.next_of_any()).get("112") != "quiet":
            assert message.get("150") == exec_type, message

    async def ended(self) -> None:
        """The venue closes the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await self._reader.read(65536) == b""

    async def close(self) -> None:
        """Hang up without a word."""
        self._writer.close()
        await self._writer.wait_closed()

    def order(self, name: str, side: str = "1", price: str = "40", count: str = "10", **more: str) -> None:
        """A NewOrderSingle, good till canceled unless `_59` says otherwise."""
        fields = {"11": name, "38": count, "40": "2", "44": price, "54": side, "55": "KXTEST-26-A", "59": "1"}
        fields |= {tag[1:]: value for tag, value in more.items()}
        self.send("D", *fields.items())


FREE_PORTS = dict.fromkeys(SessionKind, 0)


async def client(live: LiveVenue, member: int, kind: str, *flags: tuple[str, Any], **options: Any) -> FixClient:
    """A new key of a member, logged on. Pending reports are skipped unless `pending`."""
    pending = options.pop("pending", False)
    fix = FixClient(live.trader(member), kind)
    await fix.log_on(*flags, *(() if pending or kind not in ("NR", "RT") else [("21011", "Y")]), **options)
    return fix
