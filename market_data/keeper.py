"""Keeps a store as the board is: what changed at once, what is quiet before it expires.

Knows keys, times to live and the lease. A value lives as long as its TTL less its age: a board that cannot be
confirmed by the log is not written, so in the store its prices run out by themselves. A store that was emptied or
away is written anew as a whole, because the lease was lost with the rest.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec
import structlog

from market_data.board import Board, Market
from market_data.bodies import stored_values
from market_data.store import Entry, StateStore, StoreUnavailable
from market_data.updates import AnyUpdate

LEASE_MS = 2_000
RENEW_SECONDS = 0.5
ROUND_SECONDS = 0.02
AWAY_SECONDS = 0.25
AT_ONCE = 200
"""Markets written in one call: a few milliseconds of work."""

MOST_UPDATES = 20_000
"""Held back for a store that is slow; beyond that a part is dropped, and listeners see the gap."""

_log = structlog.get_logger("market_data.keeper")


class Lifetimes(NamedTuple):
    """Seconds that a value of each kind may be served for."""

    market: float = 300.0
    book: float = 10.0
    price: float = 5.0

    def of(self, kind: str) -> float:
        return {"market": self.market, "orderbook": self.book}.get(kind, self.price)


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """A message of the channel. `number` counts an owner's messages; `age_ms` is how old its board is by the log."""

    owner: str
    number: int
    age_ms: int
    updates: list[AnyUpdate]


_encoder = msgspec.msgpack.Encoder()


def feeder_key(namespace: str) -> str:
    return f"feeder:{namespace}"


def channel_of(namespace: str) -> str:
    return f"updates:{namespace}"


class Keeper:
    """`run` until canceled. `board` and `age` (seconds) say what is true and how long it has been."""

    def __init__(
        self,
        store: StateStore,
        namespace: str,
        owner: str,
        board: Callable[[], Board],
        age: Callable[[], float],
        lifetimes: Lifetimes,
    ) -> None:
        self.unavailable = ""
        self.leading = False
        self.healed = 0
        """How often everything was written."""
        self.writes = 0
        self._store = store
        self._namespace = namespace
        self._owner = owner
        self._board = board
        self._age = age
        self._lifetimes = lifetimes
        self._updates: list[AnyUpdate] = []
        self._number = 0
        self._values: dict[str, dict[str, bytes]] = {}
        """What was last written of each market."""
        self._due: dict[str, float] = {}
        """When each market is to be written again though it is quiet (time.monotonic)."""
        self._dirty: dict[str, None] = {}
        self._renew_at = 0.0
        self._incomplete = False
        """A write failed: what it was about is not known to be there."""

    def note(self, updates: Iterable[AnyUpdate]) -> None:
        """What changed in the board."""
        for update in updates:
            self._dirty[update.ticker] = None
            self._updates.append(update)
        if len(self._updates) > MOST_UPDATES:
            self._updates.clear()
            self._number += 1

    def rewrite(self) -> None:
        """Everything is to be written: the store lost it, or the board is another one."""
        self.healed += 1
        self._values.clear()
        self._due = dict.fromkeys(self._board().markets, 0.0)

    async def run(self) -> None:
        while True:
            try:
                await self.round()
                self.unavailable = ""
            except StoreUnavailable as error:
                if not self.unavailable:
                    _log.warning("store_unavailable", error=str(error))
                self.unavailable, self.leading, self._renew_at = str(error), False, 0.0
                self._incomplete = True
                self._drop_updates()
                await asyncio.sleep(AWAY_SECONDS)
            await asyncio.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Renew the lease when it is time, write what is due. Raises StoreUnavailable."""
        now = time.monotonic()
        renewing = now >= self._renew_at
        if renewing:
            lease = await self._store.lead(feeder_key(self._namespace), self._owner, LEASE_MS)
            self._renew_at = now + RENEW_SECONDS
            if lease == "gained" or self._incomplete:
                self._incomplete = False
                self.rewrite()
            self.leading = lease != "other"
        age = self._age()
        if not self.leading or age >= self._lifetimes.price:
            self._drop_updates()
            return
        board = self._board()
        due = dict.fromkeys(ticker for ticker, at in self._due.items() if at <= now)
        for ticker in self._dirty:
            self._values.pop(ticker, None)
        tickers = [*self._dirty, *(ticker for ticker in due if ticker not in self._dirty)]
        updates, self._updates = self._updates, []
        self._dirty.clear()
        for start in range(0, len(tickers), AT_ONCE):
            await self._write(board, tickers[start : start + AT_ONCE], age, now)
        if updates or renewing:
            # Behind the values they lead to: who hears them finds those.
            self._number += 1
            message = _encoder.encode(Batch(self._owner, self._number, round(age * 1000), updates))
            await self._store.put((), channel_of(self._namespace), message)

    def _drop_updates(self) -> None:
        if self._updates:
            self._updates.clear()
            self._number += 1

    async def _write(self, board: Board, tickers: Sequence[str], age: float, now: float) -> None:
        entries: list[Entry] = []
        for ticker in tickers:
            if (market := board.markets.get(ticker)) is not None:
                entries += self._entries(market, age)
                self._due[ticker] = now + (self._lifetimes.price - age) / 3
        self.writes += len(entries)
        await self._store.put(entries)

    def _entries(self, market: Market, age: float) -> list[Entry]:
        values = self._values.get(market.ticker)
        if values is None:
            values = self._values[market.ticker] = stored_values(market)
        return [
            Entry(
                f"{kind}:{self._namespace}:{market.ticker}",
                value,
                max(1, round((self._lifetimes.of(kind) - age) * 1000)),
            )
            for kind, value in values.items()
        ]
