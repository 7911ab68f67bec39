"""A mix in lockstep against a real venue whose clock is moved by hand: the same seed writes the same journal."""

import time
from contextlib import asynccontextmanager

from exchange.adapters.clock import VenueClock
from exchange.core import commands as c
from exchange.core.checks import check_invariants
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import GatewaySettings
from exchange.ports import ClockMode, ClockSetting
from market_maker.account import Account
from market_maker.agents.crowd import lockstep
from market_maker.agents.mix import load_mix
from market_maker.desk import Desk, polled
from market_maker.maker import Maker
from market_maker.scheduler import run_lockstep
from market_maker.strategy.ladder import Ladder
from market_maker.venue.credentials import Credentials
from market_maker.venue.rest import RestVenue
from sandbox.scenario import DEMO, commands, load
from tests.live import EVENT, TICKER, basic_scenario, live
from wire import signing
from wire.accounts import account_of
from wire.enums import MarketStatus
from wire.units import CONTRACT, DOLLAR, MICROS

START_US = 1_790_000_000 * MICROS
NAMES = ("agent-maker", "agent-provider", "agent-taker-1", "agent-taker-2")


class InProcessStepper:
    """Moves a venue's clock in its own process, and lets what is due happen."""

    def __init__(self, venue, clock):
        self.venue = venue
        self.clock = clock
        # The venue's own tick looks at the clock by real time; here only we say when time passes.
        venue.sequencer._tick.cancel()

    def now_us(self):
        return self.clock.now_us()

    async def advance_to(self, us):
        self.clock.advance(max(0, us - self.clock.now_us()))
        if self.venue.sequencer.engine.next_deadline_us() <= self.clock.now_us():
            await self.venue.sequencer.submit(c.AdvanceTime())


def scenario():
    """Four agents' accounts with money, the usual market and one on a finer grid that closes after two minutes."""
    second = c.CreateMarket(
        "KXTEST-26-B", EVENT, START_US - MICROS, START_US + 120 * MICROS, 60 * MICROS, "tapered_deci_cent", (), b"{}"
    )
    money = [c.Deposit(account_of(member), 100_000 * DOLLAR) for member in range(1, 5)]
    return [*basic_scenario(4, START_US), *money, second]


@asynccontextmanager
async def stepped(folder, beginning=None, first_member=1):
    """(live venue, stepper, the agents' venues by account name, whose members count up from `first_member`)."""
    clock = VenueClock(ClockSetting(ClockMode.FROZEN, START_US))
    # Signatures carry the machine's time or the venue's, whichever the venue judges by: both pass.
    gateways = GatewaySettings(skew_ms=10**13)
    async with live(folder, beginning or scenario(), clock, gateways=gateways) as running:
        venues = {}
        for member, name in enumerate(NAMES, first_member):
            key = signing.generate_key("ed25519")
            added = ApiKey(f"key-{member}", member, name, key_type="ed25519", public_key_pem=signing.public_pem(key))
            running.venue.keys.add(added)
            venues[name] = RestVenue(running.url, Credentials(added.key_id, key))
        try:
            yield running, InProcessStepper(running.venue, clock), venues
        finally:
            for venue in venues.values():
                await venue.close()


def journal(folder):
    return b"".join(path.read_bytes() for path in sorted((folder / "journal").glob("*.log")))


async def run(folder, mix, seed, seconds):
    async with stepped(folder) as (running, stepper, venues):
        floor = await lockstep(venues, load_mix(mix), seed, stepper, seconds)
        assert check_invariants(running.venue.sequencer.engine.state) == []
        volume = running.venue.views.books.book(TICKER).volume
        return floor, volume


async def test_the_same_seed_writes_the_same_journal_byte_for_byte(tmp_path):
    for name in ("first", "second"):
        _, volume = await run(tmp_path / name, "game-night", 7, 10)
        assert volume > 0
    assert journal(tmp_path / "first") == journal(tmp_path / "second")
    assert len(journal(tmp_path / "first")) > 10_000


async def test_another_seed_writes_another_journal(tmp_path):
    for seed in (1, 2):
        await run(tmp_path / str(seed), "quiet", seed, 5)
    assert journal(tmp_path / "1") != journal(tmp_path / "2")


def levels(venue):
    """Ticker -> the levels of every open market's book."""
    markets = venue.venue.sequencer.engine.state.markets.values()
    return {
        market.ticker: [
            sorted((leg, level.total) for leg, level in side.levels.items())
            for side in (market.book.yes, market.book.no)
        ]
        for market in markets
        if market.status is MarketStatus.ACTIVE
    }


async def test_every_market_of_the_demo_moves_within_three_seconds_of_a_quiet_mix(tmp_path):
    demo = load(DEMO)
    names = {account.name: account.member for account in demo.accounts}
    assert [names[name] for name in NAMES] == [4, 5, 6, 7]
    async with stepped(tmp_path, list(commands(demo, START_US)), 4) as (running, stepper, venues):
        before = levels(running)
        await lockstep(venues, load_mix("quiet"), 7, stepper, 3)
        after = levels(running)
    assert len(before) >= 12
    assert [ticker for ticker in before if before[ticker] == after[ticker]] == []


async def test_agents_go_home_when_their_market_closes(tmp_path):
    async with stepped(tmp_path) as (running, stepper, venues):
        floor = await lockstep(venues, load_mix("quiet"), 3, stepper, 130)
        assert running.venue.views.books.book("KXTEST-26-B").volume > 0
        assert all(desk.refused["market_closed"] == 0 for desk in floor.desks()), floor.makers.refused


async def test_a_makers_inventory_stays_within_its_limit_over_thirty_venue_minutes(tmp_path):
    limit = 50 * CONTRACT
    began = time.perf_counter()
    async with stepped(tmp_path) as (running, stepper, venues):
        maker_venue = venues["agent-maker"]
        floor = await lockstep({name: venues[name] for name in NAMES[1:]}, load_mix("quiet"), 11, stepper, 0)
        account = Account()
        desk = Desk(maker_venue, account, "mm-", "t", polled(maker_venue, account))
        (market, *_) = [market for market in await maker_venue.markets() if market.ticker == TICKER]
        ladder = Ladder(count=20 * CONTRACT, spread=200, levels=3, ticks=1, lean=50, growth=0)
        maker = Maker(desk, market, ladder, limit, 3 * MICROS, 20 * MICROS, lambda now_us: 0.5, START_US)
        positions = []

        class Witness:
            """Reads the true position every second, between the acts of everybody else."""

            name, due_us, is_done = "witness", START_US, False

            async def act(self, now_us):
                self.due_us = now_us + MICROS
                position = running.venue.sequencer.engine.state.accounts[account_of(1)].positions.get(TICKER)
                positions.append(position.count if position is not None else 0)

        takers = await floor.populate(load_mix("game-night"), 5, market, START_US)
        agents = [maker, Witness(), *(agent for agent in takers if agent.name.startswith(("noise", "sweeper")))]
        acts = await run_lockstep(agents, stepper, START_US + 1_800 * MICROS)
    print(f"{acts} acts, {time.perf_counter() - began:.1f} s, positions {min(positions)} to {max(positions)}")
    assert len(positions) > 1_700
    assert max(map(abs, positions)) <= limit
    # The limit was felt: otherwise the test says nothing.
    assert max(map(abs, positions)) == limit
    assert maker.step > 500
