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

_CHANGE = re.compile(rb'"orderbook_delta","ticker":"[^"]*","seq":\d+,"engine_us":\d+,"publish_us":\d+,"n":(\d+),')
_SNAPSHOT = re.compile(rb'"orderbook_snapshot","ticker":[^{}]*"n":(\d+),"skipped":(\d+),')
_EITHER = re.compile(
    rb'"orderbook_(?:delta|snapshot)","ticker":"[^"]*","seq":\d+,"engine_us":\d+,"publish_us":\d+,"n":(\d+),'
    rb'(?:"skipped":(\d+),)?'
)
_SKIPPED = re.compile(rb'"skipped":[1-9]')
_ENGINE_US = b'"engine_us":'
_SEND_US = b'"send_us":'
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
        received = self.socket.recv(1 << 20)
        assert received, "hung up"
        data = self.rest + received
        # A message ends with the brace behind its send time; what follows the last whole one waits.
        end = data.find(b"}", data.rfind(_SEND_US)) + 1 if _SEND_US in data else 0
        whole, self.rest = data[:end], data[end:]
        if self.n < 0:
            first = _SNAPSHOT.search(whole)
            if first is None:
                self.rest = data
                return
            self.n = int(first[1])
            whole = whole[first.end() :]
        numbers = [int(number) for number in _CHANGE.findall(whole)]
        if numbers:
            straight = numbers[0] == self.n + 1 and numbers[-1] - numbers[0] == len(numbers) - 1
            if straight and _SKIPPED.search(whole) is None:
                self.n = numbers[-1]
            else:
                self._check_one_by_one(whole)
            self.changes += len(numbers)
            at = whole.rfind(_ENGINE_US) + len(_ENGINE_US)
            self.ages_us.append(time.time_ns() // 1_000 - int(whole[at : whole.find(b",", at)]))
        elif _SNAPSHOT.search(whole) is not None:
            self._check_one_by_one(whole)

    def _check_one_by_one(self, whole: bytes) -> None:
        """Between the changes there is a snapshot that stands for some: it must say for how many."""
        for number, skipped in _EITHER.findall(whole):
            expected = self.n + (int(skipped) if skipped else 1)
            self.skipped += int(skipped or 0)
            self.lost += int(number) != expected
            self.n = int(number)


def upgraded(port: int, receive_buffer: int = 0) -> socket.socket:
    """A socket that has subscribed to every book."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", port))
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
