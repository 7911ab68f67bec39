"""What every agent of the crowd has: a name, its own random numbers, a desk, a market, and its next due time."""

import math
import random

from market_maker.desk import Desk
from market_maker.fair_value import others
from market_maker.quotes import Touch
from market_maker.venue.port import Market
from wire.units import CONTRACT, MICROS


class CrowdAgent:
    """Acts at intervals between half and one and a half of `every_s`; the first time within one interval."""

    def __init__(
        self, name: str, rng: random.Random, desk: Desk, market: Market, every_s: float, start_us: int
    ) -> None:
        self.name = name
        self.is_done = False
        self.rng = rng
        self.desk = desk
        self.market = market
        self._every_s = every_s
        self.due_us = start_us
        self.wait(rng.random() * every_s)

    async def act(self, now_us: int) -> None:
        """One turn, unless the market is over."""
        self.due_us = max(self.due_us, now_us)
        self.wait((0.5 + self.rng.random()) * self._every_s)
        if now_us >= self.market.close_us:
            self.is_done = True
            return
        await self.turn(now_us)

    async def turn(self, now_us: int) -> None:
        """What the kind of agent does. May raise VenueError."""
        raise NotImplementedError

    def wait(self, seconds: float) -> None:
        """Due so much later, at least a millisecond, in whole ones."""
        self.due_us += max(1, round(seconds * 1_000)) * (MICROS // 1_000)

    async def look(self) -> tuple[Touch, float | None] | None:
        """(best prices, microprice) of the market, own orders included; None when there is no book."""
        book = await self.desk.look(self.market.ticker)
        return None if book is None else others(book, {})

    def size(self, median: float, deviation: float) -> int:
        """A log-normal size as a Count: at least one contract, and no larger than 20 medians."""
        contracts = median * math.exp(self.rng.gauss(0, deviation))
        return max(1, round(min(contracts, 20 * median))) * CONTRACT

    @property
    def position(self) -> int:
        return self.desk.account.positions.get(self.market.ticker, 0)
