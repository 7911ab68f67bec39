"""A mix at work: finds the open markets, gives each its agents, and lets them act, live or in lockstep.

Live, each agent is a task on the venue's running clock and books come from the feed. In lockstep the venue's clock
is frozen and moved, agents act one by one, and everything is asked for: the same seed gives the same commands.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from market_maker.account import Account
from market_maker.agents.mix import Mix, MixError, load_mix
from market_maker.agents.population import population
from market_maker.clock import LiveClock, SandboxStepper, Stepper
from market_maker.desk import Desk, Look, asked, polled
from market_maker.fair_value import others
from market_maker.kill_switch import KillSwitch
from market_maker.scheduler import Agent, run_live, run_lockstep
from market_maker.settings import MixSettings
from market_maker.venue.credentials import Credentials
from market_maker.venue.feed import Feed
from market_maker.venue.port import Market, Venue, VenueError
from market_maker.venue.rest import RestVenue
from wire.level_book import LevelBook
from wire.units import MICROS, PAYOUT

ACCOUNTS = "agent-"
"""Accounts of a key file whose name begins so are ours to trade with."""

LOOK_FOR_MARKETS_S = 2.0
LAST_WORDS_S = 8.0
PREFIXES = ("agm-", "agp-", "agt-")
"""Of the orders of makers, of providers and stuffers, of takers."""

_log = structlog.get_logger("crowd")


class KeyOfAccount(msgspec.Struct, frozen=True):
    """One line of the key file."""

    account: str
    key_id: str
    private_key_path: str


def load_keys(path: Path) -> list[KeyOfAccount]:
    """One key of each agents' account. Raises MixError."""
    try:
        known = msgspec.json.decode(path.read_bytes(), type=list[KeyOfAccount])
    except (OSError, msgspec.DecodeError) as error:
        raise MixError(f"MARKET_MAKER_KEYS: {path}: {error}") from None
    mine = {key.account: key for key in reversed(known) if key.account.startswith(ACCOUNTS)}
    if len(mine) < 2:
        raise MixError(
            f"MARKET_MAKER_KEYS: {path} has {len(mine)} accounts that begin with {ACCOUNTS}; there must be two, "
            "because a member does not trade with itself"
        )
    return sorted(mine.values(), key=lambda key: key.account)


class Seats:
    """Who trades in which role: accounts with `maker` and `provider` in their names, the others take."""

    def __init__(self, accounts: list[str]) -> None:
        self.maker = next((name for name in accounts if "maker" in name), accounts[0])
        left = [name for name in accounts if name != self.maker]
        self.provider = next((name for name in left if "provider" in name), self.maker)
        self.takers = [name for name in left if name != self.provider] or [left[0]]


class Floor:
    """The desks of a mix. `venues` are by account; `fed` says whether the feed is looked at or the venue is asked."""

    def __init__(self, venues: dict[str, Venue], run: str, books: Feed | None) -> None:
        self.seats = Seats(sorted(venues))
        self.venues = venues
        self.accounts = {name: Account() for name in venues}
        self.books = books
        self.makers = self._desk(self.seats.maker, PREFIXES[0], run)
        self.providers = self._desk(self.seats.provider, PREFIXES[1], run)
        self.takers = [self._desk(name, PREFIXES[2], f"{run}{number}") for number, name in enumerate(self.seats.takers)]

    def desks(self) -> list[Desk]:
        return [self.makers, self.providers, *self.takers]

    async def begin(self) -> None:
        """Know what the accounts hold, and take down what an earlier run has left. Raises VenueError."""
        for name, venue in self.venues.items():
            await self._take_down(venue)
            positions = await venue.positions()
            self.accounts[name].replace([], {ticker: position.count for ticker, position in positions.items()})

    async def end(self) -> None:
        """Take everything down. Raises VenueError."""
        for venue in self.venues.values():
            await self._take_down(venue)

    async def populate(self, mix: Mix, seed: int, market: Market, now_us: int) -> list[Agent]:
        """The agents of a market. Raises VenueError."""
        touch, micro = others(await self.venues[self.seats.maker].book(market.ticker), {})
        known = [price for price in (touch.bid, touch.ask, market.last_price) if price]
        start = micro if micro is not None else (known[0] if known else PAYOUT // 2) / PAYOUT
        return population(mix, seed, market, start, now_us, self.makers, self.providers, self.takers)

    def _desk(self, name: str, prefix: str, run: str) -> Desk:
        venue, account = self.venues[name], self.accounts[name]
        look: Look = self._fed
        if self.books is None:
            look = asked(venue) if name in self.seats.takers else polled(venue, account)
        return Desk(venue, account, prefix, run, look)

    async def _fed(self, ticker: str) -> LevelBook | None:
        assert self.books is not None, "only a floor with a feed looks so"
        return self.books.book(ticker)

    @staticmethod
    async def _take_down(venue: Venue) -> None:
        for prefix in PREFIXES:
            switch = KillSwitch(venue, 1, prefix)
            await switch.cancel(await switch.ours())


class Discovery:
    """An agent that looks for markets and gives new ones their agents, by adding to `agents`."""

    def __init__(self, floor: Floor, mix: Mix, seed: int, agents: list[Agent], start_us: int) -> None:
        self.name = "discovery"
        self.due_us = start_us
        self.is_done = False
        self.markets: dict[str, int] = {}
        """Ticker -> when it closes, of every market that was populated."""
        self._floor = floor
        self._mix = mix
        self._seed = seed
        self._agents = agents

    async def act(self, now_us: int) -> None:
        self.due_us = now_us + int(LOOK_FOR_MARKETS_S * MICROS)
        new = [market for market in await self._floor.venues[self._floor.seats.maker].markets() if self._is_new(market)]
        if new and self._floor.books is not None:
            await self._floor.books.watch(market.ticker for market in new)
        for market in new:
            self._agents += await self._floor.populate(self._mix, self._seed, market, now_us)
            self.markets[market.ticker] = market.close_us
            _log.info("market_populated", ticker=market.ticker)

    def _is_new(self, market: Market) -> bool:
        """Never seen, or given more time after its agents had gone home."""
        known_us = self.markets.get(market.ticker)
        return known_us is None or (market.close_us > known_us and self._all_done(market.ticker))

    def _all_done(self, ticker: str) -> bool:
        return all(agent.is_done for agent in self._agents if agent.name.endswith(f" {ticker}"))


async def lockstep(
    venues: dict[str, Venue], mix: Mix, seed: int, stepper: Stepper, seconds: float, run: str = ""
) -> Floor:
    """Let a mix act in lockstep for so many seconds of venue time. Raises VenueError."""
    start_us = stepper.now_us()
    floor = Floor(venues, run or format(start_us // 1_000, "x"), None)
    await floor.begin()
    agents: list[Agent] = []
    agents.append(Discovery(floor, mix, seed, agents, start_us))
    await run_lockstep(agents, stepper, start_us + int(seconds * MICROS))
    return floor


class Crowd:
    """A mix as a process. Raises MixError, OSError and KeyFormatError when it cannot begin."""

    def __init__(self, settings: MixSettings) -> None:
        self.settings = settings
        self.mix = load_mix(settings.mix)
        self.state = "starting"
        self.last_error = ""
        self.agents: list[Agent] = []
        self.floor: Floor | None = None
        self.feeds: list[Feed] = []
        self.began_s = time.monotonic()
        self._credentials = {
            key.account: Credentials.load(key.key_id, Path(key.private_key_path)) for key in load_keys(settings.keys)
        }

    async def run(self) -> None:
        """Act until canceled, or to the end of a lockstep run; then take everything down."""
        venues = {name: RestVenue(self.settings.venue_url, own) for name, own in self._credentials.items()}
        try:
            if self.settings.lockstep_s:
                await self._step(dict(venues))
            else:
                await self._live(dict(venues))
        finally:
            self.state = "down"
            for venue in venues.values():
                await venue.close()

    async def _step(self, venues: dict[str, Venue]) -> None:
        stepper = SandboxStepper(self.settings.venue_url)
        try:
            await stepper.freeze()
            self.state = "acting"
            self.floor = await lockstep(venues, self.mix, self.settings.seed, stepper, self.settings.lockstep_s)
        finally:
            await stepper.close()

    async def _live(self, venues: dict[str, Venue]) -> None:
        clock = LiveClock(self.settings.venue_url)
        seats = Seats(sorted(venues))
        books = self._feed(seats.maker)
        self.feeds = [books] if seats.provider == seats.maker else [books, self._feed(seats.provider)]
        floor = self.floor = Floor(venues, format(time.time_ns() // 1_000_000, "x"), books)
        for feed, name in zip(self.feeds, dict.fromkeys((seats.maker, seats.provider)), strict=True):
            account = floor.accounts[name]
            feed.on_order = account.heard
            feed.on_resumed = partial(setattr, account, "is_stale", True)
        tasks = [asyncio.create_task(feed.run()) for feed in self.feeds]
        tasks.append(asyncio.create_task(clock.run()))
        try:
            await self._until_there(clock, floor)
            discovery = Discovery(floor, self.mix, self.settings.seed, self.agents, clock.now_us())
            self.agents.append(discovery)
            await self._run_agents(clock)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._last_words(floor)
            await clock.close()

    async def _until_there(self, clock: LiveClock, floor: Floor) -> None:
        """The venue answers, and nothing of an earlier run rests."""
        while True:
            try:
                await clock.sync()
                await floor.begin()
            except VenueError as error:
                self.last_error = str(error)
                await asyncio.sleep(0.2)
            else:
                return

    async def _run_agents(self, clock: LiveClock) -> None:
        """A task for each agent, also for those that come later. An agent that fails with a bug ends all."""
        self.state = "acting"
        acting: dict[Agent, asyncio.Task[None]] = {}
        try:
            while True:
                for agent in self.agents:
                    if agent not in acting:
                        acting[agent] = asyncio.create_task(run_live(agent, clock))
                done, _ = await asyncio.wait(acting.values(), timeout=0.25, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
                if done:
                    acting = {agent: task for agent, task in acting.items() if task not in done}
                    # In place: the discovery adds to this very list.
                    self.agents[:] = [agent for agent in self.agents if not agent.is_done]
        finally:
            for task in acting.values():
                task.cancel()
            await asyncio.gather(*acting.values(), return_exceptions=True)

    async def _last_words(self, floor: Floor) -> None:
        """What cannot be taken down expires by itself."""
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await floor.end()
        except (TimeoutError, VenueError) as error:
            _log.error("ended_without_an_answer", error=repr(error))

    def _feed(self, name: str) -> Feed:
        feed = Feed(self.settings.feed_url, self._credentials[name], self.settings.stale_after_s, private=True)
        feed.on_doubt = lambda doubt, detail: setattr(self, "last_error", f"{doubt.value}: {detail}")
        return feed


class CrowdReporter:
    """What a mix says of itself."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def is_ready(self) -> bool:
        crowd = self._crowd
        return crowd.state == "acting" and all(feed.is_connected for feed in crowd.feeds)

    def status(self) -> dict[str, Any]:
        crowd = self._crowd
        desks = crowd.floor.desks() if crowd.floor is not None else []
        return {
            "state": crowd.state,
            "venue": crowd.settings.venue_url,
            "mix": crowd.settings.mix,
            "description": crowd.mix.description,
            "seed": crowd.settings.seed,
            "uptime_s": round(time.monotonic() - crowd.began_s, 1),
            "agents": dict(Counter(self._kind(agent) for agent in crowd.agents)),
            "sent": sum(desk.sent for desk in desks),
            "refused": dict(sum((desk.refused for desk in desks), Counter())),
            "last_error": crowd.last_error,
        }

    def metrics(self) -> Iterator[Metric]:
        said = self.status()
        agents = GaugeMetricFamily("market_maker_agents", "Agents at work", labels=["kind"])
        for kind, count in said["agents"].items():
            agents.add_metric([kind], count)
        yield agents
        yield CounterMetricFamily("market_maker_sent", "Requests sent about orders", value=said["sent"])
        refused = CounterMetricFamily("market_maker_refused", "Requests refused", labels=["code"])
        for code, count in said["refused"].items():
            refused.add_metric([code], count)
        yield refused

    @staticmethod
    def _kind(agent: Agent) -> str:
        return agent.name.partition(" ")[0].partition("-")[0]
