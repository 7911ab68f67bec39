"""A fast market: quotes that come and go at a steady rate, and what a page says of how it keeps up."""

import asyncio
import random
import time

from exchange.core import commands as c
from tests.live import TICKER, LiveVenue
from wire.accounts import account_of
from wire.engine_events import OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import CONTRACT

DELTAS_A_SECOND = 1_000
TICKS_A_SECOND = 40

COUNT_FRAMES = """() => { const mine = window.counting = {}; window.frames = 0; window.began = performance.now();
  const count = () => { if (window.counting !== mine) return; window.frames += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count); }"""
FRAMES_A_SECOND = "() => window.frames / ((performance.now() - window.began) / 1000)"
HEAP_MB = "() => performance.memory.usedJSHeapSize / 1e6"


class Flow:
    """Quotes that come and go in one market at a steady rate: every command changes one level of the book."""

    def __init__(self, venue: LiveVenue, seed: int) -> None:
        self.commands = 0
        self._venue = venue
        self._random = random.Random(seed)
        self._resting: list[int] = []
        self._running = asyncio.Event()

    async def run(self) -> None:
        began, sent = time.monotonic(), 0
        while True:
            if not self._running.is_set():
                await self._running.wait()
                began, sent = time.monotonic(), 0
            due = int((time.monotonic() - began) * DELTAS_A_SECOND)
            receipts = await self._venue.venue.sequencer.submit_all([self._next() for _ in range(due - sent)])
            self.commands += due - sent
            sent = due
            self._resting += [
                event.order_id for receipt in receipts for event in receipt.events if type(event) is OrderAccepted
            ]
            await asyncio.sleep(1 / TICKS_A_SECOND)

    def go(self) -> None:
        self._running.set()

    def stop(self) -> None:
        self._running.clear()

    def _next(self) -> c.AnyCommand:
        if len(self._resting) > 300 or (len(self._resting) > 60 and self._random.random() < 0.5):
            return c.CancelOrder(account_of(2), self._resting.pop(self._random.randrange(len(self._resting))))
        is_bid = self._random.random() < 0.5
        price = (self._random.randint(5, 48) if is_bid else self._random.randint(52, 95)) * 100
        side = BookSide.BID if is_bid else BookSide.ASK
        count = self._random.randint(1, 9) * CONTRACT
        gtc, stp = TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.TAKER_AT_CROSS
        return c.CreateOrder(account_of(2), TICKER, side, price, count, gtc, stp)
