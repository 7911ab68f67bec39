"""The server put together: a board, its readers, the stores, and what keeps each up to date.

    log ──► Feed ──► Board ──► Broadcast ──► WebSocket readers
                       └────► Keeper ──► MemoryStore ──► REST
                       └────► Keeper ──► RedisStore ──► Mirror ──► Board ──► ... of another process

Knows the wiring, and how old what is shown is.
"""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

from eventlog.sources import log_source
from market_data import messages
from market_data.board import Board
from market_data.broadcast import Broadcast
from market_data.feed import Feed
from market_data.keeper import Keeper
from market_data.mirror import Mirror
from market_data.redis_store import RedisStore
from market_data.settings import Settings
from market_data.socket import Door
from market_data.store import MemoryStore, StateStore
from wire.event_log import LogSource

WATCH_SECONDS = 0.25


def now_us() -> int:
    """Unix microseconds."""
    return time.time_ns() // 1_000


class Server:
    """Everything but the socket it listens on. `run` until canceled; `source` is given by tests."""

    def __init__(
        self, settings: Settings, source: LogSource | None = None, clock_us: Callable[[], int] = now_us
    ) -> None:
        self.settings = settings
        self.broadcast = Broadcast(Board(settings.shard, clock_us), clock_us, settings.snapshot_every)
        self.redis = RedisStore(settings.redis_url) if settings.redis_url else None
        self.keepers: list[Keeper] = []
        self.feed: Feed | None = None
        self.mirror: Mirror | None = None
        self.store: StateStore
        if settings.follow_log:
            memory = MemoryStore()
            self.store = memory
            for store in (memory, self.redis):
                if store is not None:
                    self.keepers.append(self._keeper(store))
            source = source or log_source(settings.kafka_bootstrap_servers, settings.journal, settings.shard)
            self.feed = Feed(source, settings.shard, self.broadcast, self.keepers, clock_us)
        else:
            assert self.redis is not None, "checked by the settings"
            self.store = self.redis
            self.mirror = Mirror(self.redis, settings.namespace, self.broadcast, clock_us)
        self.door = Door(
            self.broadcast, settings.origins, settings.reader_buffer_bytes, settings.reader_patience_seconds
        )
        self.door.closed_because = self.stale_because
        self._told_fresh = True

    @property
    def board(self) -> Board:
        """What is shown."""
        return self.broadcast.board

    def age(self) -> float:
        """Seconds since the log confirmed the board."""
        if self.feed is not None:
            return self.feed.age()
        assert self.mirror is not None, "one of the two"
        return self.mirror.age()

    def stale_because(self) -> str:
        """Why prices cannot be shown, empty while they can."""
        if self.age() < self.settings.price_ttl:
            return ""
        if self.feed is not None:
            return self.feed.halted_because or self.feed.log_unavailable or "the log is being read"
        assert self.mirror is not None, "one of the two"
        return self.mirror.unavailable or "the feeder is silent"

    async def run(self) -> None:
        """Until canceled, or until a part fails; raises what it failed with."""
        parts: list[Coroutine[Any, Any, None]] = [one.run() for one in (self.feed, self.mirror) if one is not None]
        parts += [keeper.run() for keeper in self.keepers]
        try:
            async with asyncio.TaskGroup() as group:
                for part in (*parts, self._watch()):
                    group.create_task(part)
        finally:
            if self.feed is not None:
                await self.feed.source.close()
            if self.redis is not None:
                await self.redis.close()

    def _keeper(self, store: StateStore) -> Keeper:
        settings = self.settings
        owner = f"{os.getpid()}-{time.time_ns()}"
        return Keeper(store, settings.namespace, owner, lambda: self.board, self.age, settings.lifetimes)

    async def _watch(self) -> None:
        """Tell readers when what they were sent gets old, and when it is right again."""
        while True:
            because = self.stale_because()
            if (not because) != self._told_fresh:
                self._told_fresh = not because
                self.broadcast.say(messages.status(not because, because))
            await asyncio.sleep(WATCH_SECONDS)
