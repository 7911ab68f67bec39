"""A FIX client that costs next to nothing: orders are bytes made beforehand, reports are only counted.

Refuses any target but loopback: it is for servers on this machine.
"""

import asyncio
import time
from collections import deque
from typing import NamedTuple, cast

from loadtest.markets import TICKER
from wire import signing
from wire.fix.codec import encode_fields, encode_message
from wire.fix.timestamps import format_timestamp

REPORT = b"\x0135=8\x01"
REFUSED = b"\x01150=8\x01"
ORDERS_A_SECOND = 110_000
"""As many are made as a venue can need; a loop that only replies comes to their end sooner. Their SendingTime is when
they were made: a venue takes them for half a minute.
"""


class FixOutcome(NamedTuple):
    rate: float
    p50_us: float
    p99_us: float
    failed: int
    answered: int


class _Session(asyncio.Protocol):
    """Keeps so many orders in flight; reports come in the order of the orders."""

    def __init__(self, run: "_Run", key_id: str, orders: list[bytes]) -> None:
        self.run = run
        self.key_id = key_id
        self.orders = orders
        self.sent = 0
        self.in_flight: deque[float] = deque()
        self.tail = b""
        self.logged_on: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        now = format_timestamp(time.time_ns() // 1_000)
        signature = signing.sign(self.run.key, signing.fix_logon_text(now, 1, self.key_id, self.run.target))
        fields = [("98", "0"), ("108", "30"), ("95", str(len(signature))), ("96", signature), ("141", "Y")]
        body = encode_fields([*fields, ("1137", "9"), ("21011", "Y")])
        self.transport.write(encode_message("A", self.key_id, self.run.target, 1, now, body))

    def send(self, count: int) -> None:
        now = time.perf_counter()
        if now < self.run.until:
            batch = self.orders[self.sent : self.sent + count]
            self.sent += len(batch)
            self.in_flight.extend([now] * len(batch))
            self.transport.write(b"".join(batch))
        if not self.in_flight:
            self.run.finished()

    def data_received(self, data: bytes) -> None:
        if not self.logged_on.done():
            assert b"\x0135=A\x01" in data, data
            self.logged_on.set_result(None)
            return
        text = self.tail + data
        count = text.count(REPORT)
        # A mark cut in two is counted with the next piece, and a whole one only once.
        self.tail = text[-(len(REPORT) - 1) :]
        self.run.failed += data.count(REFUSED)
        if count:
            now = time.perf_counter()
            self.run.latencies += [now - self.in_flight.popleft() for _ in range(count)]
            self.send(count)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.run.done.done():
            self.run.done.set_exception(error or ConnectionResetError("the acceptor hung up"))


class _Run:
    def __init__(self, key: signing.PrivateKey, sessions: int, target: str) -> None:
        self.key = key
        self.target = target
        self.until = 0.0
        self.latencies: list[float] = []
        self.failed = 0
        self.open = sessions
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def finished(self) -> None:
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)


async def drive(
    port: int, key: signing.PrivateKey, key_ids: list[str], in_flight: int, seconds: float, target: str
) -> FixOutcome:
    """Log every key on, then send for `seconds`, or until the orders are used up. `target` is the session kind."""
    loop = asyncio.get_running_loop()
    run = _Run(key, len(key_ids), target)
    sessions = []
    for key_id in key_ids:
        made = orders(key_id, int(ORDERS_A_SECOND * seconds) // len(key_ids), target)
        _, session = await loop.create_connection(lambda k=key_id, o=made: _Session(run, k, o), "127.0.0.1", port)
        sessions.append(session)
    for session in sessions:
        await session.logged_on
    started = time.perf_counter()
    run.until = started + seconds
    for session in sessions:
        session.send(in_flight)
    await run.done
    elapsed = time.perf_counter() - started
    for session in sessions:
        session.transport.close()
    ordered = sorted(run.latencies)
    p50, p99 = (ordered[int(len(ordered) * share)] * 1e6 for share in (0.5, 0.99))
    return FixOutcome(len(ordered) / elapsed, p50, p99, run.failed, len(ordered))


def orders(key_id: str, count: int, target: str) -> list[bytes]:
    """Two of three rest below the standing asks at 50, the third buys from them at once."""
    now = format_timestamp(time.time_ns() // 1_000)
    made = []
    for number in range(count):
        crosses = number % 3 == 2
        fields = [
            ("11", f"{key_id[-4:]}-{number}"),
            ("38", str(1 + number % 20)),
            ("40", "2"),
            ("44", "50" if crosses else str(1 + number % 49)),
            ("54", "1"),
            ("55", f"{TICKER}{number % 10}"),
            ("59", "3" if crosses else "1"),
        ]
        made.append(encode_message("D", key_id, target, number + 2, now, encode_fields(fields)))
    return made
