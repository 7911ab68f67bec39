"""A mix in lockstep against a real venue whose clock is moved by hand: the same seed writes the same journal, also
under faults of every channel.
"""

import time
from contextlib import asynccontextmanager

from exchange.adapters.clock import VenueClock
from exchange.adapters.journal import FileJournal
from exchange.core import commands as c
from exchange.core.checks import check_invariants
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import GatewaySettings
from exchange.ports import ClockMode, ClockSetting
from market_maker.account import Account
from market_maker.agents.crowd import Discovery, Floor, lockstep
from market_maker.agents.mix import load_mix
from market_maker.desk import Desk, polled
from market_maker.maker import Maker
from market_maker.scheduler import run_lockstep
from market_maker.strategy.ladder import Ladder
from market_maker.venue.credentials import Credentials
from market_maker.venue.rest import RestVenue
from sandbox.scenario import DEMO, commands, load
from tests.chaos import order_fault, rules
from tests.fix_client import FREE_PORTS, client
from tests.live import EVENT, TICKER, basic_scenario, live
from tests.resilient import BookKeeper
from tests.resilient import running as reading
from wire import signing
from wire.accounts import account_of
from wire.engine_events import OrderCanceled
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
        # Always, as the HTTP door does: whether a tick was quicker than we must not show in the journal.
        await self.venue.sequencer.submit(c.AdvanceTime())


def scenario(members=4):
    """Agents' accounts with money, the usual market and one on a finer grid that closes after two minutes."""
    second = c.CreateMarket(
        "KXTEST-26-B", EVENT, START_US - MICROS, START_US + 120 * MICROS, 60 * MICROS, "tapered_deci_cent", (), b"{}"
    )
    money = [c.Deposit(account_of(member), 100_000 * DOLLAR) for member in range(1, 5)]
    return [*basic_scenario(members, START_US), *money, second]


@asynccontextmanager
async def stepped(folder, beginning=None, first_member=1, chaos_seed=0, **options):
    """(live venue, stepper, the agents' venues by account name, whose members count up from `first_member`)."""
    clock = VenueClock(ClockSetting(ClockMode.FROZEN, START_US))
    # Signatures carry the machine's time or the venue's, whichever the venue judges by: both pass.
    gateways = GatewaySettings(skew_ms=10**13, chaos_seed=chaos_seed)
    async with live(folder, beginning or scenario(), clock, gateways=gateways, **options) as running:
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


ORDERS = {"operation": "*OrderV2"}
FAULTS = [
    ("rest", "latency", {"probability": 0.05, "ms": 2, "sigma": 0.5}),
    ("rest", "rate-limit", {"probability": 0.02}),
    ("rest", "error-before", {"probability": 0.02}),
    ("rest", "error-after", {"probability": 0.05, **ORDERS}),
    ("rest", "timeout-after", {"probability": 0.05, "ms": 5, **ORDERS}),
    ("rest", "disconnect", {"probability": 0.02}),
    ("rest", "stale-read", {"probability": 0.2, "ms": 1_500}),
    ("rest", "fill-before-cancel", {"probability": 0.5}),
    ("ws", "drop", {"nth": 5}),
    ("ws", "gap", {"nth": 10, "size": 2}),
    ("ws", "disconnect", {"nth": 20}),
    ("fix", "disconnect", {"nth": 4}),
    ("fix", "logout", {"nth": 8}),
    ("fix", "drop", {"probability": 0.2}),
    ("fix", "gap", {"probability": 0.2, "size": 2}),
]


class FixHand:
    """Rests an order by FIX every now and then, on a line that takes its orders with it when it breaks."""

    name, is_done = "fix hand", False

    def __init__(self, running, due_us):
        self.due_us = due_us
        self.cut = self.placed = 0
        self._running = running
        self._fix = None

    async def act(self, now_us):
        self.due_us = now_us + MICROS // 2
        if self._fix is None:
            self._fix = await client(self._running, 5, "NR", ("8013", "Y"))
        self.placed += 1
        # Deep in the book: only a sweep reaches it, the rest is there to be taken along.
        self._fix.order(f"fix-{self.placed}", price=str(1 + self.placed % 3), count="3")
        try:
            # What is said of the order may be lost; what is asked behind it is answered when it is done.
            self._fix.send("1", ("112", "done"))
            while (message := await self._fix.next_of_any()).get("112") != "done":
                if message.msg_type == "5":
                    self._fix.send("5")
        except ConnectionError:
            self._fix, self.cut = None, self.cut + 1
            await self._running.venue.sequencer.drain()


async def run_badly(folder, chaos_seed):
    """Ten seconds of everything at once; hits by fault, orders taken along with a line, how often one was cut."""
    async with stepped(folder, scenario(5), chaos_seed=chaos_seed, fix=FREE_PORTS) as (venue, stepper, venues):
        floor = Floor(venues, "t", None)
        await floor.begin()
        for channel, fault, fields in FAULTS:
            await order_fault(venue, channel, fault, **fields)
        agents, hand, keeper = [], FixHand(venue, START_US + MICROS), BookKeeper(venue.trader(5))
        agents += [Discovery(floor, load_mix("game-night"), 7, agents, START_US), hand]
        async with reading(keeper):
            await run_lockstep(agents, stepper, START_US + 10 * MICROS)
        assert check_invariants(venue.venue.sequencer.engine.state) == []
        hits = {
            f"{rule['rule']['channel']} {rule['rule']['fault']}": rule["hits"] for rule in (await rules(venue)).values()
        }
    records = FileJournal(folder / "journal").read(0)
    canceled = [event for record in records for event in record.events if isinstance(event, OrderCanceled)]
    # This hand cancels nothing itself.
    gone = sum(event.account == account_of(5) for event in canceled)
    print(f"{hits}, cut {hand.cut}, {gone} of {hand.placed} gone with the line")
    return hits, gone, hand.cut


async def test_the_same_seeds_write_the_same_journal_under_faults_of_every_channel(tmp_path):
    hits, gone, cut = await run_badly(tmp_path / "first", 3)
    await run_badly(tmp_path / "second", 3)
    await run_badly(tmp_path / "other", 4)
    assert journal(tmp_path / "first") == journal(tmp_path / "second")
    assert len(journal(tmp_path / "first")) > 10_000
    assert journal(tmp_path / "first") != journal(tmp_path / "other"), "the faults are felt"
    assert all(hits.values()), "every fault has hit"
    assert cut >= 2
    assert gone, "the faults of FIX reach the journal"


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
