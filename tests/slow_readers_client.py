"""The readers of the slow-readers drill, in a process of their own: `python -m tests.slow_readers_client PORT N LAST`.

N plain sockets read everything and check that every change of the book comes, in order, up to number LAST. They are
read with as little work as possible: a hundred of them at 5,000 deltas a second are half a million messages.
Prints one line when all are subscribed, and one of JSON at the end.
"""

import json
import re
import selectors
import socket
import sys
import time

_CHANGE = re.compile(
    rb'"orderbook_delta","ticker":"[^"]*","seq":\d+,"engine_us":\d+,"publish_us":\d+,"n":(\d+),'
)
_SENT = re.compile(rb'"engine_us":(\d+),"publish_us":\d+,"n":\d+,"msg":\{[^{}]*\},"send_us":\d+\}$')
_SNAPSHOT = re.compile(rb'"orderbook_snapshot".*?"n":(\d+),"skipped":(\d+)')
END_SECONDS = 120


class Quick:
    """One socket and what it has seen. `n` is the number of the book's newest change."""

    def __init__(self, port: int) -> None:
        self.socket = upgraded(port)
        self.n = -1
        self.changes = 0
        self.skipped = 0
        self.lost = 0
        self.rest = b""
        self.ages_us: list[int] = []

    def read(self) -> None:
        data = self.rest + self.socket.recv(1 << 20)
        # Whole frames end with the send time; what is behind the last of them waits.
        end = data.rfind(b'}', 0, len(data)) + 1
        while end and not _SEND_END.search(data, max(0, end - 40), end):
            end = data.rfind(b"}", 0, end - 1) + 1
        whole, self.rest = data[:end], data[end:]
        if not whole:
            return
        if self.n < 0:
            first = _SNAPSHOT.search(whole)
            assert first is not None, whole[:300]
            self.n = int(first[1])
            whole = whole[first.end() :]
        numbers = [int(number) for number in _CHANGE.findall(whole)]
        if numbers:
            if numbers[0] != self.n + 1 or numbers[-1] - numbers[0] != len(numbers) - 1:
                self.lost += numbers[-1] - self.n - len(numbers)
            self.changes += len(numbers)
            self.n = numbers[-1]
        for _, skipped in _SNAPSHOT.findall(whole):
            self.skipped += int(skipped)
        if (last := _SENT.search(whole)) is not None:
            self.ages_us.append(time.time_ns() // 1_000 - int(last[1]))


_SEND_END = re.compile(rb'"send_us":\d+\}$')


def upgraded(port: int) -> socket.socket:
    """A socket that has subscribed to every book."""
    connection = socket.create_connection(("127.0.0.1", port), 60)
    connection.sendall(
        b"GET /ws?channels=book HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(1)
    assert b" 101 " in answer, answer
    return connection


def main() -> None:
    port, count, last = (int(argument) for argument in sys.argv[1:4])
    readers = [Quick(port) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for reader in readers:
        selector.register(reader.socket, selectors.EVENT_READ, reader)
    waiting = set(readers)
    while any(reader.n < 0 for reader in readers):
        for key, _ in selector.select(60):
            key.data.read()
    print("subscribed", flush=True)
    deadline = time.monotonic() + END_SECONDS
    while waiting and time.monotonic() < deadline:
        for key, _ in selector.select(1):
            key.data.read()
            if key.data.n >= last:
                waiting.discard(key.data)
    ages = sorted(age for reader in readers for age in reader.ages_us)
    print(
        json.dumps(
            {
                "unfinished": len(waiting),
                "lost": sum(reader.lost for reader in readers),
                "skipped": sum(reader.skipped for reader in readers),
                "changes": [reader.changes for reader in readers],
                "p50_us": ages[len(ages) // 2],
                "p99_us": ages[len(ages) * 99 // 100],
                "max_us": ages[-1],
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main()
