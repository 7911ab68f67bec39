"""Where a market's present state is kept for whoever asks: the door, and the embedded adapter.

    market:{namespace}:{ticker}       the listing                      MARKET_TTL, 300 s
    orderbook:{namespace}:{ticker}    the book                          BOOK_TTL, 10 s
    price:{namespace}:{ticker}        the ticker                       PRICE_TTL, 5 s
    trade:{namespace}:{ticker}        the last trade                   PRICE_TTL, 5 s
    feeder:{namespace}                which process writes all this    LEASE, 2 s
    updates:{namespace}               channel: every update, in order

A value that is older than its time to live is not there: that is the store's promise, and the reason why nobody is
ever served an old price. Everything in a store can be made again from the log, so it may be lost at any time.
redis_store.py is the other adapter; one contract suite holds for both.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Literal, NamedTuple, Protocol

Lease = Literal["gained", "kept", "other"]


class StoreUnavailable(Exception):
    """Nobody answers where the state is kept; nothing is lost, and it is worth trying again."""


class Entry(NamedTuple):
    """`ttl_ms` is positive."""

    key: str
    value: bytes
    ttl_ms: int


class StateStore(Protocol):
    """Every call but `close` raises StoreUnavailable."""

    async def lead(self, key: str, owner: str, ttl_ms: int) -> Lease:
        """Take or renew a lease. "gained" is also said when it had run out, or was lost with everything else."""
        ...

    async def put(self, entries: Sequence[Entry], channel: str = "", message: bytes = b"") -> None:
        """Store the entries and, when there is a message, publish it: whoever sees it finds all of them stored."""
        ...

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        """In the order of the keys; None for what is not there, or no longer."""
        ...

    async def keys(self, prefix: str) -> list[str]: ...

    def subscribed(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The messages published from the moment the block begins."""
        ...

    async def close(self) -> None: ...


class MemoryStore:
    """The embedded store: one process, nothing to install."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._entries: dict[str, tuple[bytes, float]] = {}
        self._subscribers: dict[str, set[asyncio.Queue[bytes]]] = {}

    async def lead(self, key: str, owner: str, ttl_ms: int) -> Lease:
        held = self._value(key)
        if held is not None and held != owner.encode():
            return "other"
        self._entries[key] = (owner.encode(), self._monotonic() + ttl_ms / 1000)
        return "gained" if held is None else "kept"

    async def put(self, entries: Sequence[Entry], channel: str = "", message: bytes = b"") -> None:
        now = self._monotonic()
        for entry in entries:
            self._entries[entry.key] = (entry.value, now + entry.ttl_ms / 1000)
        if message:
            for queue in self._subscribers.get(channel, ()):
                queue.put_nowait(message)

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        return [self._value(key) for key in keys]

    async def keys(self, prefix: str) -> list[str]:
        return [key for key in list(self._entries) if key.startswith(prefix) and self._value(key) is not None]

    @asynccontextmanager
    async def subscribed(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._subscribers.setdefault(channel, set()).add(queue)
        try:
            yield _messages(queue)
        finally:
            self._subscribers[channel].discard(queue)

    async def close(self) -> None:
        return None

    def _value(self, key: str) -> bytes | None:
        found = self._entries.get(key)
        if found is None:
            return None
        if found[1] <= self._monotonic():
            del self._entries[key]
            return None
        return found[0]


async def _messages(queue: asyncio.Queue[bytes]) -> AsyncIterator[bytes]:
    while True:
        yield await queue.get()
