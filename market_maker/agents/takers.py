"""Agents that take: noise, momentum, informed, sweeper. Each says which way; how is the same for all.

A taker of one account shares its position with the others of the account, and stays within its limit by it.
"""

import random
from collections.abc import Callable

from market_maker.agents.agent import CrowdAgent
from market_maker.agents.mix import TakerPart
from market_maker.desk import Desk
from market_maker.fair_value import bounded
from market_maker.quotes import ASK, BID, Touch
from market_maker.strategy.avellaneda_stoikov import log_odds, probability
from market_maker.venue.port import Market, NewOrder
from wire.enums import BookSide, TimeInForce
from wire.units import CONTRACT, PAYOUT

QUICK, SLOW = 0.5, 0.1
"""Weights of the two averages that momentum compares."""


class Taker(CrowdAgent):
    """Chooses a side and sends an immediate_or_cancel order up to `reach` ticks beyond the best price."""

    def __init__(
        self, name: str, rng: random.Random, desk: Desk, market: Market, part: TakerPart, start_us: int
    ) -> None:
        super().__init__(name, rng, desk, market, part.every_s, start_us)
        self.part = part

    def side(self, touch: Touch, price: float, now_us: int) -> BookSide | None:
        """Which way, or not at all; `price` is the microprice in dollars."""
        raise NotImplementedError

    async def turn(self, now_us: int) -> None:
        # Drawn before anything is looked at: the draws of a turn do not depend on the market.
        count = self.size(self.part.count, self.part.deviation)
        seen = await self.look()
        if seen is None:
            return
        touch, price = seen
        if price is None or touch.bid is None or touch.ask is None:
            return
        side = self.side(touch, price, now_us)
        if side is None:
            return
        limit = self.part.limit * CONTRACT
        room = limit - self.position if side is BID else limit + self.position
        count = min(count, room)
        if count <= 0:
            return
        best, way = (touch.ask, 1) if side is BID else (touch.bid, -1)
        order = NewOrder(
            ticker=self.market.ticker,
            side=side,
            price=self.market.grid.moved(best, way * self.part.reach),
            count=count,
            client_order_id=self.desk.next_name(),
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
        )
        await self.desk.place(order)

    def ticks(self, price: float, count: float) -> float:
        """So many ticks around a price, in dollars."""
        near = self.market.grid.nearest(price * PAYOUT)
        return count * (self.market.grid.moved(near, 1) - self.market.grid.moved(near, -1)) / 2 / PAYOUT


class Noise(Taker):
    """Takes either side for reasons of its own; more often the one that brings its position back."""

    def side(self, touch: Touch, price: float, now_us: int) -> BookSide | None:
        lean = self.position / (self.part.limit * CONTRACT) / 2
        return BID if self.rng.random() < 0.5 - lean else ASK


class Sweeper(Noise):
    """The same with large orders that reach through several levels."""


class Momentum(Taker):
    """Buys what has risen and sells what has fallen: two averages of the price, a quick and a slow one."""

    def __init__(
        self, name: str, rng: random.Random, desk: Desk, market: Market, part: TakerPart, start_us: int
    ) -> None:
        super().__init__(name, rng, desk, market, part, start_us)
        self._quick = self._slow = -1.0

    def side(self, touch: Touch, price: float, now_us: int) -> BookSide | None:
        if self._slow < 0:
            self._quick = self._slow = price
        self._quick += QUICK * (price - self._quick)
        self._slow += SLOW * (price - self._slow)
        edge = self.ticks(price, self.part.edge_ticks)
        if abs(self._quick - self._slow) < edge:
            return None
        return BID if self._quick > self._slow else ASK


class Informed(Taker):
    """Sees the hidden value with noise, and takes whoever quotes too far from it."""

    def __init__(
        self,
        name: str,
        rng: random.Random,
        desk: Desk,
        market: Market,
        part: TakerPart,
        start_us: int,
        truth: Callable[[int], float],
    ) -> None:
        super().__init__(name, rng, desk, market, part, start_us)
        self._truth = truth

    def side(self, touch: Touch, price: float, now_us: int) -> BookSide | None:
        belief = probability(log_odds(bounded(self._truth(now_us))) + self.rng.gauss(0, self.part.noise)) * PAYOUT
        edge = self.ticks(price, self.part.edge_ticks) * PAYOUT
        assert touch.bid is not None, "looked at before"
        assert touch.ask is not None, "looked at before"
        if belief > touch.ask + edge:
            return BID
        return ASK if belief < touch.bid - edge else None
