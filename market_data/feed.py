"""The board of a server process that reads the log: followed live, told on, built anew when it must be.

Knows when the board is right. A log that cannot be read on as it is (a gap, another venue's, one that was reset)
is read again from its beginning after a moment, loudly; until then the old board is shown for as long as its prices
may be. A start, too, reads the whole log: a board holds volumes and candlesticks, which no checkpoint of books has.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from eventlog.follower import Follower
from market_data.board import Board
from market_data.broadcast import Broadcast
from market_data.keeper import Keeper
from market_data.updates import AnyUpdate
from wire.event_log import LogRecord, LogSource

AGAIN_SECONDS = 1.0


class Feed(Follower[Board]):
    """`run` until canceled. What is shown is the broadcast's board; `state` may be one that is being built."""

    def __init__(
        self,
        source: LogSource,
        shard: int,
        broadcast: Broadcast,
        keepers: Sequence[Keeper],
        clock_us: Callable[[], int],
    ) -> None:
        super().__init__(source, Board(shard, clock_us), shard)
        self._broadcast = broadcast
        self._keepers = keepers
        self._clock_us = clock_us

    def age(self) -> float:
        """Seconds since the log confirmed what is shown."""
        return time.monotonic() - self.confirmed_at

    async def begin(self, not_after: int | None) -> Board:
        return Board(self.shard, self._clock_us)

    def folded(self, batch: Sequence[LogRecord]) -> None:
        if self.status == "following":
            self._broadcast.flush()

    def caught_up(self) -> None:
        """The new board takes the place of the one before."""
        self.state.listener = self._changed
        self._broadcast.begin(self.state)
        for keeper in self._keepers:
            keeper.rewrite()

    def halted(self) -> None:
        self.state.listener = None
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.rewind, 0)

    def _changed(self, updates: list[AnyUpdate]) -> None:
        self._broadcast.offer(updates)
        for keeper in self._keepers:
            keeper.note(updates)
