"""Agents that rest orders: providers, who mean it, and quote stuffers, who do not.

Every order carries an expiry: an agent that dies leaves nothing behind for long.
"""

import random
from typing import Generic, TypeVar

from market_maker.agents.agent import CrowdAgent
from market_maker.agents.mix import ProviderPart, StufferPart
from market_maker.desk import Desk
from market_maker.differ import Cancel
from market_maker.quotes import ASK, BID, OwnOrder, Touch
from market_maker.venue.port import Market, NewOrder
from wire.enums import BookSide
from wire.units import CONTRACT, MICROS

LIFETIME_S = 30
"""In venue time."""


Part = TypeVar("Part", ProviderPart, StufferPart)


class _Rester(CrowdAgent, Generic[Part]):
    """Knows its own orders by their names."""

    def __init__(self, name: str, rng: random.Random, desk: Desk, market: Market, part: Part, start_us: int) -> None:
        super().__init__(name, rng, desk, market, part.every_s, start_us)
        self.part: Part = part
        self.names: set[str] = set()

    def own(self) -> list[OwnOrder]:
        """Its orders that still rest, oldest first."""
        resting = self.desk.account.of_market(self.market.ticker, self.desk.prefix)
        found = [order for order in resting if order.client_order_id in self.names]
        self.names = {order.client_order_id for order in found}
        return found

    async def rest(self, side: BookSide, price: int, count: int, now_us: int) -> None:
        order = NewOrder(
            ticker=self.market.ticker,
            side=side,
            price=price,
            count=count,
            client_order_id=self.desk.next_name(),
            post_only=True,
            expires_us=now_us + LIFETIME_S * MICROS,
        )
        self.names.add(order.client_order_id)
        await self.desk.place(order)

    async def take_back(self, orders: list[OwnOrder]) -> None:
        # It takes no room to take something back.
        await self.desk.carry_out([Cancel(order) for order in orders], self.market.ticker, limit=0)

    def near(self, side: BookSide, touch: Touch, ticks: int) -> int:
        """A price `ticks` behind the best one of its side; 0 is at the best, -1 one tick better if that would rest."""
        grid = self.market.grid
        if side is BID:
            best = touch.bid if touch.bid is not None else grid.moved(touch.ask or grid.prices[-1], -3)
            price = grid.moved(best, -ticks)
            return price if touch.ask is None or price < touch.ask else best
        best = touch.ask if touch.ask is not None else grid.moved(touch.bid or grid.prices[0], 3)
        price = grid.moved(best, ticks)
        return price if touch.bid is None or price > touch.bid else best


class Provider(_Rester[ProviderPart]):
    """Adds an order near the best price; with `orders` of them takes the oldest back instead."""

    async def turn(self, now_us: int) -> None:
        side = BID if self.rng.random() < 0.5 else ASK
        ticks = int(self.rng.expovariate(1 / (self.part.ticks + 1))) - 1
        count = self.size(self.part.count, self.part.deviation)
        seen = await self.look()
        if seen is None:
            return
        own = self.own()
        if len(own) >= self.part.orders:
            await self.take_back(own[:1])
        else:
            await self.rest(side, self.near(side, seen[0], ticks), count, now_us)


class Stuffer(_Rester[StufferPart]):
    """A burst of tiny orders well behind the best price, and at its next turn all of them back."""

    async def turn(self, now_us: int) -> None:
        side = BID if self.rng.random() < 0.5 else ASK
        seen = await self.look()
        own = self.own()
        if own:
            await self.take_back(own)
            return
        if seen is None:
            return
        for number in range(self.part.burst):
            await self.rest(side, self.near(side, seen[0], self.part.ticks + number % 3), CONTRACT, now_us)
        self.due_us = now_us
        self.wait(self.part.hold_s)
