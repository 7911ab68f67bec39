"""Whose bytes are read when: all FIX sessions share what one turn of the loop may read.

Who sends much waits for who sends little, so that a heartbeat of one session is never behind the burst of another.
What came in one turn goes through a step for all sessions before the next step begins: what was sent is read, then
done, then what was noted on the way is kept. That way the code of a step stays in the processor's cache, however many
sessions there are. Knows neither sockets nor messages.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

TURN_BYTES = 32 * 1024
"""What is read of all sessions together in one turn: some 200 orders, a few milliseconds of work."""

SLICE_BYTES = 4 * 1024
"""What one session reads at least when it is its turn, and at most when many wait."""

_log = structlog.get_logger("fix")


class Waiting(Protocol):
    """A session with bytes that have not been read."""

    def read_some(self, most: int) -> int:
        """Read up to so many bytes; how many it were."""
        ...

    def has_unread(self) -> bool:
        """Whether there is more."""
        ...

    def obey(self) -> None:
        """Do what was asked in what was read."""
        ...

    def give_up(self) -> None:
        """End it: one of the above failed."""
        ...


class Turns:
    """One for all sessions of a venue. `keep` is called when everybody has done what was asked in a turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop, keep: Callable[[], None]) -> None:
        self._loop = loop
        self._keep = keep
        self._queue: deque[Waiting] = deque()
        self._next: asyncio.Handle | None = None

    def queue(self, waiting: Waiting) -> None:
        """Have a session's bytes read when it is its turn; it is in the queue once."""
        self._queue.append(waiting)
        self._come_again()

    def _come_again(self) -> None:
        if self._next is None:
            self._next = self._loop.call_soon(self._run)

    def _run(self) -> None:
        self._next = None
        for waiting in self._read():
            try:
                waiting.obey()
            except Exception:  # noqa: BLE001  # an edge: what one session sends must not stop the others
                _fail(waiting)
        self._keep()
        if self._queue:
            self._come_again()

    def _read(self) -> dict[Waiting, None]:
        """Read as much as a turn may; who has read, in order."""
        left = TURN_BYTES
        have_read: dict[Waiting, None] = {}
        while self._queue and left > 0:
            share = max(SLICE_BYTES, left // len(self._queue))
            waiting = self._queue.popleft()
            try:
                size = waiting.read_some(share)
            except Exception:  # noqa: BLE001  # as above
                _fail(waiting)
                continue
            if size:
                left -= size
                have_read[waiting] = None
            if waiting.has_unread():
                self._queue.append(waiting)
        return have_read


def _fail(waiting: Waiting) -> None:
    _log.exception("session_failed")
    waiting.give_up()
