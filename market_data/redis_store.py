"""The state in Redis: for several server processes, and for anybody else who wants the keys.

Knows Redis only as the StateStore of store.py. A Redis that is away makes every call raise at once, nothing is
queued for it; connections are made anew by the next call.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from redis.asyncio import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from market_data.store import Entry, Lease, StoreUnavailable

ANSWER_SECONDS = 2.0
IDLE_SECONDS = 5.0
"""A subscriber that hears nothing for so long asks whether Redis is still there."""

SCAN_AT_ONCE = 1_000


class RedisStore:
    """`url` is redis://host:port/db."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis: Any = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a connection that was idle while Redis came back is tried once more
        )

    async def lead(self, key: str, owner: str, ttl_ms: int) -> Lease:
        with self._answering():
            if await self._redis.set(key, owner, nx=True, px=ttl_ms):
                return "gained"
            if await self._redis.get(key) != owner.encode():
                return "other"
            return "kept" if await self._redis.pexpire(key, ttl_ms) else "other"

    async def put(self, entries: Sequence[Entry], channel: str = "", message: bytes = b"") -> None:
        with self._answering():
            async with self._redis.pipeline(transaction=True) as pipeline:
                for entry in entries:
                    pipeline.set(entry.key, entry.value, px=entry.ttl_ms)
                if message:
                    pipeline.publish(channel, message)
                await pipeline.execute()

    async def get(self, keys: Sequence[str]) -> list[bytes | None]:
        if not keys:
            return []
        with self._answering():
            found: list[bytes | None] = await self._redis.mget(keys)
            return found

    async def keys(self, prefix: str) -> list[str]:
        with self._answering():
            pattern = prefix + "*"
            return [key.decode() async for key in self._redis.scan_iter(match=pattern, count=SCAN_AT_ONCE)]

    @asynccontextmanager
    async def subscribed(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=False)
        try:
            with self._answering():
                await pubsub.subscribe(channel)
                while (await pubsub.get_message(timeout=ANSWER_SECONDS) or {}).get("type") != "subscribe":
                    pass
            yield self._messages(pubsub)
        finally:
            await pubsub.aclose()

    async def close(self) -> None:
        await self._redis.aclose()

    async def _messages(self, pubsub: Any) -> AsyncIterator[bytes]:
        """Raises StoreUnavailable; a connection that was lost in between has lost messages too."""
        while True:
            with self._answering():
                message = await pubsub.get_message(timeout=IDLE_SECONDS)
                if message is None:
                    await pubsub.ping()
                    continue
                if message["type"] == "subscribe":  # it connected anew by itself
                    raise StoreUnavailable(f"{self._url}: the connection was lost")
            if message["type"] == "message":
                yield message["data"]

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError, TimeoutError) as error:
            raise StoreUnavailable(f"{self._url}: {error!r}") from error
