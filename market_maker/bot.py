"""The maker as a process: begin, quote, take everything down on doubt, begin again.

    starting ──► quoting ──► down ──► starting ...
                    │          ▲
                    └── doubt ─┘      (stale feed, gap, disconnect, refusals, unanswered request, tripped group)

What happens to the quotes when this process dies without a word:
- over FIX the venue cancels them when the connection ends (CancelOrdersOnDisconnect);
- over REST nothing tells the venue, so every quote carries an expiry and is renewed in place, keeping its queue
  place, at half of its life; the order group bounds what can fill until then.
"""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

from market_maker.account import Account
from market_maker.clock import LiveClock
from market_maker.desk import Desk
from market_maker.kill_switch import KillSwitch
from market_maker.maker import Maker
from market_maker.quotes import OwnOrder
from market_maker.reconcile import reconcile
from market_maker.safety import Doubt, RejectBurst, Uptime
from market_maker.settings import MakerSettings
from market_maker.venue.feed import Feed
from market_maker.venue.port import Position, RateLimited, Venue, VenueError
from wire.level_book import LevelBook
from wire.units import CONTRACT

REJECT_WINDOW_S = 10.0
LOOK_FOR_MARKETS_S = 5.0
POSITIONS_EVERY_S = 5.0
LONGEST_WAIT_US = 250_000
DOWN_AGAIN_S = 0.5
"""Between two attempts to take the quotes down."""
LAST_WORDS_S = 8.0
"""How long an orderly end tries to take the quotes down; then their expiry, or the disconnect, has to."""

_log = structlog.get_logger("bot")


class MarketMaker:
    """`run` until `stop`. Everything /status says is in attributes."""

    def __init__(self, settings: MakerSettings, venue: Venue, feed: Feed, clock: LiveClock) -> None:
        self.settings = settings
        self.state = "starting"
        self.doubts: dict[str, int] = {}
        self.last_error = ""
        self.makers: dict[str, Maker] = {}
        self.positions: dict[str, Position] = {}
        self.uptime: dict[str, Uptime] = {ticker: Uptime() for ticker in settings.tickers}
        self.began_s = time.monotonic()
        self.account = Account()
        self.feed = feed
        prefix = f"{settings.name}-"
        run = format(time.time_ns() // 1_000_000, "x")
        self.desk = Desk(venue, self.account, prefix, run, self._look)
        self.switch = KillSwitch(venue, settings.group_limit, prefix)
        self._venue = venue
        self._clock = clock
        self._stop = asyncio.Event()
        self._stopping: asyncio.Future[Any]
        self._doubt: asyncio.Future[tuple[Doubt, str]] | None = None
        self._burst = RejectBurst(settings.reject_limit, REJECT_WINDOW_S)
        self.desk.on_refusal = self._refused
        feed.on_doubt = self.doubt
        feed.on_order = self._heard
        feed.on_group_tripped = self._tripped

    @property
    def is_ready(self) -> bool:
        """Quoting, in every market that is open."""
        return self.state == "quoting" and all(maker.is_quoting for maker in self.makers.values())

    def stop(self) -> None:
        """Take everything down and end."""
        self._stop.set()

    def doubt(self, doubt: Doubt, detail: str) -> None:
        """Something is wrong; while quoting, this ends it."""
        self.last_error = f"{doubt.value}: {detail}"
        if self._doubt is not None and not self._doubt.done():
            self._doubt.set_result((doubt, detail))

    async def run(self) -> None:
        """Quote until stopped. A bug in the feed ends it too: nobody may quote without one."""
        self._stopping = asyncio.ensure_future(self._stop.wait())
        feeding, timing = asyncio.create_task(self.feed.run()), asyncio.create_task(self._clock.run())
        feeding.add_done_callback(lambda _: self.stop())
        try:
            while not self._stop.is_set():
                await self._one_life()
        finally:
            self._stopping.cancel()
            await self._last_words()
            feeding.cancel()
            timing.cancel()
            await asyncio.wait((feeding, timing))
        if not feeding.cancelled():
            feeding.result()

    # --- one life -------------------------------------------------------------------------------------

    async def _one_life(self) -> None:
        """From the first look until a doubt or the end."""
        self.state = "starting"
        self._doubt = asyncio.get_running_loop().create_future()
        try:
            if await self._or_stopped(self._begin()):
                return
            self.state = "quoting"
            _log.info("quoting", markets=sorted(self.makers))
            await self._quote_until_doubt()
        except VenueError as error:
            self.doubt(Doubt.UNCERTAIN, str(error))
        self.state = "down"
        self._note_uptime()
        if self._doubt.done():
            doubt, detail = self._doubt.result()
            self.doubts[doubt.name] = self.doubts.get(doubt.name, 0) + 1
            _log.warning("doubt", doubt=doubt.name, detail=detail)
        await self._or_stopped(self._take_down())
        await self._or_stopped(asyncio.sleep(self.settings.pause_s))

    async def _begin(self) -> None:
        """Connect, see what an earlier run left, have a group, and know which markets are open."""
        await self._venue.open()
        await self._clock.sync()
        await self.feed.watch(self.settings.tickers)
        while not self.feed.is_connected:  # noqa: ASYNC110  # it is so between two messages, not at one
            await asyncio.sleep(0.05)
        # What was wrong until now is why we begin.
        self._doubt = asyncio.get_running_loop().create_future()
        left = await self.switch.ours()
        adopted = await self.switch.arm(left if self.settings.old_orders == "adopt" else [])
        kept = {order.order_id for order in adopted if order.ticker in self.settings.tickers}
        await self.switch.cancel([order for order in left if order.order_id not in kept])
        if kept:
            _log.info("adopted", orders=len(kept))
        self.positions = await reconcile(self._venue, self.account, self._clock.now_us() // 1_000)
        await self._find_markets()

    async def _find_markets(self) -> None:
        """A maker for each market of ours that is open."""
        open_now = {market.ticker: market for market in await self._venue.markets()}
        for ticker in self.settings.tickers:
            if ticker in open_now and ticker not in self.makers:
                self.makers[ticker] = Maker(
                    self.desk,
                    open_now[ticker],
                    self.settings.build_strategy(),
                    self.settings.position_limit * CONTRACT,
                    self.settings.interval_us,
                    0 if self._venue.cancels_on_disconnect else self.settings.lifetime_us,
                )
        self.makers = {ticker: maker for ticker, maker in self.makers.items() if ticker in open_now}
        for ticker, maker in self.makers.items():
            # Its close, or its price grid, may have been changed.
            maker.market = open_now[ticker]
            maker.group = self.switch.group
            maker.is_done = False

    async def _quote_until_doubt(self) -> None:
        assert self._doubt is not None, "a life begins with one"
        looked_s = asked_s = time.monotonic()
        while not self._stop.is_set() and not self._doubt.done():
            now_us, now_s = self._clock.now_us(), time.monotonic()
            if now_s - looked_s > LOOK_FOR_MARKETS_S:
                looked_s = now_s
                await self._interruptible(self._find_markets())
            if now_s - asked_s > POSITIONS_EVERY_S:
                asked_s = now_s
                await self._interruptible(self._ask_positions())
            for maker in [maker for maker in self.makers.values() if maker.due_us <= now_us and not maker.is_done]:
                await self._interruptible(self._act(maker, now_us))
                if self._doubt.done():
                    break
            self._note_uptime()
            due_us = [maker.due_us for maker in self.makers.values() if not maker.is_done]
            await self._interruptible(self._clock.sleep_until(min((*due_us, now_us + LONGEST_WAIT_US))))

    async def _act(self, maker: Maker, now_us: int) -> None:
        try:
            await maker.act(now_us)
        except RateLimited as refusal:
            # Nothing happened, and what rests is right for the moment before: asking less is enough.
            self.last_error = str(refusal)
            self._refused(refusal.code)

    async def _ask_positions(self) -> None:
        self.positions = await self._venue.positions()

    async def _take_down(self) -> None:
        while True:
            try:
                await self.switch.pull()
            except VenueError as error:
                self.last_error = f"quotes are not down yet: {error}"
                _log.error("not_down", error=str(error))
                await asyncio.sleep(DOWN_AGAIN_S)
                with suppress(VenueError):
                    await self._venue.open()
            else:
                return

    async def _last_words(self) -> None:
        self.state = "down"
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._take_down()
                await self.switch.disarm()
        except (TimeoutError, VenueError) as error:
            _log.error("ended_without_an_answer", error=repr(error))
        await self._venue.close()

    # --- what comes by itself -------------------------------------------------------------------------

    async def _look(self, ticker: str) -> LevelBook | None:
        return self.feed.book(ticker)

    def _heard(self, order: OwnOrder, is_resting: bool, created_ms: int) -> None:
        self.account.heard(order, is_resting, created_ms)

    def _tripped(self, group: str) -> None:
        if group == self.switch.group and self.state == "quoting":
            self.doubt(Doubt.GROUP_TRIPPED, group)

    def _refused(self, code: str) -> None:
        self.last_error = code
        if self._burst.refused(time.monotonic()):
            self.doubt(Doubt.REJECTS, f"{self.settings.reject_limit} in {REJECT_WINDOW_S:.0f} s, the last: {code}")

    def _note_uptime(self) -> None:
        now_s = time.monotonic()
        for ticker, uptime in self.uptime.items():
            maker = self.makers.get(ticker)
            uptime.note(now_s, self.state == "quoting" and maker is not None and maker.is_quoting)

    # --- parts ----------------------------------------------------------------------------------------

    async def _interruptible(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, but drop it when a doubt or the end comes: an unanswered request must not hold up the switch."""
        assert self._doubt is not None, "a life begins with one"
        await _first(work, self._doubt, self._stopping)

    async def _or_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do it unless the end comes first; whether it came."""
        await _first(work, self._stopping)
        return self._stop.is_set()


async def _first(work: Coroutine[Any, Any, None], *others: "asyncio.Future[Any]") -> None:
    """Do `work`, but no longer than until one of the others is done. Raises what it raises."""
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    if not task.cancelled():
        task.result()
