"""A client that costs next to nothing: requests are bytes made beforehand, answers are only counted.

Refuses any target but loopback: it is for servers on this machine.
"""

import asyncio
import time
from typing import NamedTuple, cast


class Outcome(NamedTuple):
    rate: float
    p50_ms: float
    p99_ms: float
    failed: int
    answered: int


class _Connection(asyncio.Protocol):
    """One request in flight at a time; the next one goes out when the answer is in."""

    def __init__(self, run: "_Run") -> None:
        self.run = run
        self.buffer = b""
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        request = self.run.next_request()
        if request is None:
            self.transport.close()
            return
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self.buffer.lower().find(b"content-length:", 0, head)
        end = self.buffer.find(b"\r\n", at)
        whole = head + 4 + int(self.buffer[at + 15 : end])
        if len(self.buffer) < whole:
            return
        self.run.answered(self.buffer[9:12] == b"201", time.perf_counter() - self.sent_at)
        self.buffer = self.buffer[whole:]
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        self.run.closed()


class _Run:
    def __init__(self, requests: list[bytes], connections: int, seconds: float) -> None:
        self.requests = iter(requests)
        self.until = time.perf_counter() + seconds
        self.latencies: list[float] = []
        self.failed = 0
        self.open = connections
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_request(self) -> bytes | None:
        return next(self.requests, None) if time.perf_counter() < self.until else None

    def answered(self, created: bool, seconds: float) -> None:
        self.latencies.append(seconds)
        self.failed += not created

    def closed(self) -> None:
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)


async def drive(port: int, requests: list[bytes], connections: int, seconds: float) -> Outcome:
    """Send for `seconds`, or until the requests are used up."""
    loop = asyncio.get_running_loop()
    run = _Run(requests, connections, seconds)
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    await run.done
    elapsed = time.perf_counter() - started
    ordered = sorted(run.latencies)
    return Outcome(
        len(ordered) / elapsed,
        ordered[len(ordered) // 2] * 1_000,
        ordered[int(len(ordered) * 0.99)] * 1_000,
        run.failed,
        len(ordered),
    )
