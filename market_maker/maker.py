"""A maker in one market: look, estimate, wish, and do the least that leads there.

Everything it decides with is pure and elsewhere; here is only the order of things. It acts once an interval, as an
agent of the scheduler or of the bot.
"""

from collections.abc import Callable

import structlog

from market_maker.desk import Desk
from market_maker.differ import diff
from market_maker.fair_value import fair_value, others, own_levels
from market_maker.quotes import ASK, BID, Quote, room, shape
from market_maker.strategy.view import Strategy, View
from market_maker.venue.port import Market
from wire.units import MICROS

FAIR_WEIGHT = 0.5
"""How much of the estimate is what is seen at this moment."""

_log = structlog.get_logger("maker")

Estimate = Callable[[int], float | None]
"""Somebody else's fair value at a time, in dollars."""


class Maker:
    """`limit` bounds the position, as a Count. `lifetime_us` 0 = the venue itself takes the quotes down with us."""

    def __init__(
        self,
        desk: Desk,
        market: Market,
        strategy: Strategy,
        limit: int,
        interval_us: int,
        lifetime_us: int,
        estimate: Estimate | None = None,
        due_us: int = 0,
    ) -> None:
        self.name = f"maker {market.ticker}"
        self.due_us = due_us
        self.is_done = False
        self.desk = desk
        self.market = market
        self.group = ""
        self.fair: float | None = market.last_price / 10_000 if market.last_price else None
        self.desired: tuple[Quote, ...] = ()
        self.step = 0
        self._strategy = strategy
        self._limit = limit
        self._interval_us = interval_us
        self._lifetime_us = lifetime_us
        self._estimate = estimate

    @property
    def position(self) -> int:
        return self.desk.account.positions.get(self.market.ticker, 0)

    @property
    def is_quoting(self) -> bool:
        """Orders rest on both sides."""
        sides = {order.side for order in self.desk.account.of_market(self.market.ticker, self.desk.prefix)}
        return sides == {BID, ASK}

    async def act(self, now_us: int) -> None:
        """One round. Raises VenueError; whoever runs the maker decides what then."""
        self.due_us = now_us + self._interval_us
        if now_us >= self.market.close_us:
            self.is_done = True
            return
        ticker = self.market.ticker
        book = await self.desk.look(ticker)
        if book is None:
            return
        present = self.desk.account.of_market(ticker, self.desk.prefix)
        touch, seen = others(book, own_levels(self.desk.account.of_market(ticker)))
        if self._estimate is None:
            self.fair = fair_value(seen, self.fair, FAIR_WEIGHT)
        else:
            self.fair = self._estimate(now_us)
        view = View(
            grid=self.market.grid,
            fair=self.fair,
            position=self.position,
            step=self.step,
            left_s=(self.market.close_us - now_us) / MICROS,
        )
        self.desired = shape(self._strategy.quotes(view), self.market.grid, touch, room(self.position, self._limit))
        expires_us = now_us + self._lifetime_us if self._lifetime_us else 0
        renew_before_us = now_us + self._lifetime_us // 2 if self._lifetime_us else 0
        actions = diff(present, self.desired, renew_before_us)
        self.step += 1
        if not await self.desk.carry_out(actions, ticker, self._limit, expires_us, self.group):
            _log.info("market_over", ticker=ticker)
            self.is_done = True
