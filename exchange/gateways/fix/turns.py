"""Whose bytes are read when: all FIX sessions share what one turn of the loop may read.

Who sends much waits for who sends little, so that a heartbeat of one session is never behind the burst of another.
What is granted at once is read at once: on a quiet venue nothing waits. Knows neither sockets nor messages.
"""

import asyncio
from collections import deque
from typing import Protocol

TURN_BYTES = 64 * 1024
"""What is read of all sessions together in one turn: some 350 orders, ten to twenty milliseconds of work."""

SLICE_BYTES = 4 * 1024
"""What one session reads at least when it is its turn, and at most when many wait."""


class Waiting(Protocol):
    """A session with bytes that have not been read."""

    def read_some(self, most: int) -> int:
        """Read up to so many bytes; how many it were."""
        ...

    def has_unread(self) -> bool:
        """Whether there is more."""
        ...


class Turns:
    """One for all sessions of a venue."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._left = TURN_BYTES
        self._queue: deque[Waiting] = deque()
        self._next: asyncio.Handle | None = None

    def grant(self, size: int) -> bool:
        """Whether so many bytes may be read at once: they fit into this turn, and nobody is waiting."""
        if self._queue or size > self._left:
            return False
        self._left -= size
        self._come_again()
        return True

    def queue(self, waiting: Waiting) -> None:
        """Have a session's bytes read when it is its turn; it is in the queue once."""
        self._queue.append(waiting)
        self._come_again()

    def _come_again(self) -> None:
        if self._next is None:
            self._next = self._loop.call_soon(self._run)

    def _run(self) -> None:
        self._next = None
        self._left = TURN_BYTES
        while self._queue and self._left > 0:
            share = max(SLICE_BYTES, self._left // len(self._queue))
            waiting = self._queue.popleft()
            self._left -= waiting.read_some(share)
            if waiting.has_unread():
                self._queue.append(waiting)
        if self._queue:
            self._come_again()
