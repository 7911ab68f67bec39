"""The board of a server process that does not read the log: from the store's keys, and then told every change.

Knows what a gap is. A message of the channel that is missing, another feeder, or a store that was away make the whole
board be read anew; an update that does not follow makes its market be. While nothing comes the board gets old, and
`age` says so.
"""

import asyncio
import time
from collections.abc import Callable
from itertools import groupby

import msgspec
import structlog

from market_data.board import Board, Missed
from market_data.bodies import restored
from market_data.broadcast import Broadcast
from market_data.keeper import Batch, channel_of
from market_data.store import StateStore, StoreUnavailable
from wire.level_book import BookError

RETRY_SECONDS = 0.25
AT_ONCE = 500

_log = structlog.get_logger("market_data.mirror")
_decoder = msgspec.msgpack.Decoder(Batch)


class Mirror:
    """`run` until canceled. The broadcast's board is this one's from the first reading on."""

    def __init__(self, store: StateStore, namespace: str, broadcast: Broadcast, clock_us: Callable[[], int]) -> None:
        self.unavailable = "nothing was heard of the feeder yet"
        self.resyncs = 0
        self._store = store
        self._namespace = namespace
        self._broadcast = broadcast
        self._clock_us = clock_us
        self._confirmed_at = float("-inf")
        self._owner = ""
        self._number = 0

    @property
    def board(self) -> Board:
        return self._broadcast.board

    def age(self) -> float:
        """Seconds since the log confirmed what the board shows."""
        return time.monotonic() - self._confirmed_at

    async def run(self) -> None:
        while True:
            try:
                await self._follow()
            except StoreUnavailable as error:
                if not self.unavailable:
                    _log.warning("store_unavailable", error=str(error))
                self.unavailable = str(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        """Raises StoreUnavailable."""
        async with self._store.subscribed(channel_of(self._namespace)) as messages:
            self._owner = ""
            async for message in messages:
                batch = _decoder.decode(message)
                if (batch.owner, batch.number) != (self._owner, self._number + 1):
                    await self._read_all()
                    self._owner = batch.owner
                self._number = batch.number
                await self._apply(batch)
                self._confirmed_at = time.monotonic() - batch.age_ms / 1000
                self.unavailable = ""
                self._broadcast.flush()

    async def _apply(self, batch: Batch) -> None:
        missed: dict[str, None] = {}
        for _, group in groupby(batch.updates, key=lambda update: update.seq):
            fresh = []
            for update in group:
                try:
                    if update.ticker not in missed and self.board.apply(update):
                        fresh.append(update)
                except (Missed, BookError):
                    missed[update.ticker] = None
            if fresh:
                self._broadcast.offer(fresh)
        if missed:
            await self._read(list(missed))
            for ticker in missed:
                self._broadcast.resend(ticker)

    async def _read_all(self) -> None:
        """Raises StoreUnavailable."""
        self.resyncs += 1
        prefix = f"market:{self._namespace}:"
        tickers = [key.removeprefix(prefix) for key in await self._store.keys(prefix)]
        self._broadcast.board = Board(self.board.shard, self._clock_us)
        await self._read(tickers)
        self._broadcast.begin(self.board)
        _log.info("board_read", markets=len(self.board.markets), of=len(tickers))

    async def _read(self, tickers: list[str]) -> None:
        """Take markets as the store has them; those of which a part has expired come with their next update."""
        for start in range(0, len(tickers), AT_ONCE):
            some = tickers[start : start + AT_ONCE]
            kinds = [
                await self._store.get([f"{kind}:{self._namespace}:{ticker}" for ticker in some])
                for kind in ("market", "orderbook", "price")
            ]
            for listing, book, ticker in zip(*kinds, strict=True):
                if listing is not None and book is not None and ticker is not None:
                    market = restored(listing, book, ticker)
                    self.board.markets[market.ticker] = market
                    self.board.seq = max(self.board.seq, market.seq)
