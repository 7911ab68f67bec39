"""Lockstep against a venue written by hand."""

from market_maker.agents.crowd import lockstep
from market_maker.agents.mix import load_mix
from market_maker.scheduler import run_lockstep
from market_maker.venue.port import Uncertain
from tests.unit.market_maker.fake_venue import START_US, FakeStepper, FakeVenue, market
from wire.units import MICROS


class Note:
    """Notes down when it acts."""

    def __init__(self, name, first_s, every_s, log, stepper):
        self.name, self.is_done = name, False
        self.due_us = START_US + first_s * MICROS
        self.every_us = every_s * MICROS
        self.log, self.stepper = log, stepper

    async def act(self, now_us):
        assert now_us == self.stepper.us == self.due_us
        self.log.append((self.name, (now_us - START_US) // MICROS))
        self.due_us = now_us + self.every_us


async def test_agents_act_in_the_order_of_their_due_times_and_equals_in_their_own_order():
    log, stepper = [], FakeStepper()
    agents = [Note("b", 1, 2, log, stepper), Note("a", 1, 1, log, stepper)]
    assert await run_lockstep(agents, stepper, START_US + 3 * MICROS) == 5
    assert log == [("b", 1), ("a", 1), ("a", 2), ("b", 3), ("a", 3)]


async def test_the_clock_ends_at_the_end():
    stepper = FakeStepper()
    await run_lockstep([], stepper, START_US + 5 * MICROS)
    assert stepper.us == START_US + 5 * MICROS


async def test_an_agent_can_bring_others_along():
    log, stepper = [], FakeStepper()
    agents = []

    class Bringer(Note):
        async def act(self, now_us):
            await super().act(now_us)
            agents.append(Note("new", 2, 9, log, stepper))

    agents.append(Bringer("old", 1, 9, log, stepper))
    await run_lockstep(agents, stepper, START_US + 4 * MICROS)
    assert log == [("old", 1), ("new", 2)]


async def test_an_agent_that_fails_waits_in_venue_time_and_the_others_go_on():
    log, stepper = [], FakeStepper()

    class Unlucky(Note):
        async def act(self, now_us):
            await super().act(now_us)
            if len(log) < 3:
                raise Uncertain("no answer")

    agents = [Unlucky("unlucky", 1, 1, log, stepper), Note("other", 1, 1, log, stepper)]
    await run_lockstep(agents, stepper, START_US + 4 * MICROS)
    # Two seconds after the failure, not one as it meant to.
    assert log == [
        ("unlucky", 1),
        ("other", 1),
        ("other", 2),
        ("unlucky", 3),
        ("other", 3),
        ("unlucky", 4),
        ("other", 4),
    ]


async def commands(seed, mix="game-night"):
    venues = {name: FakeVenue(("A", "B")) for name in ("agent-maker", "agent-provider", "agent-taker-1")}
    await lockstep(venues, load_mix(mix), seed, FakeStepper(), 30)
    return [call for venue in venues.values() for call in venue.calls]


async def test_the_same_seed_gives_the_same_commands_and_another_seed_others():
    first, second, other = await commands(7), await commands(7), await commands(8)
    assert len(first) > 100
    assert first == second
    assert first != other


async def test_a_market_more_does_not_change_what_the_agents_of_another_draw():
    one, two = {}, {}
    for tickers, found in ((("A",), one), (("A", "B"), two)):
        venues = {name: FakeVenue(tickers) for name in ("agent-maker", "agent-taker-1")}
        await lockstep(venues, load_mix("quiet"), 3, FakeStepper(), 60)
        calls = [call for venue in venues.values() for call in venue.calls if call[:2] == ("create", "A")]
        # Names count up over all markets of an account.
        found["A"] = [call[:-1] for call in calls if "agt" in call[-1]]
    assert one == two
    assert one["A"]


async def test_agents_of_a_market_that_is_over_act_no_more():
    venue = FakeVenue()
    venue.known = [market(close_us=START_US + 5 * MICROS)]
    stepper = FakeStepper()
    times = []
    create = venue.create

    async def timed(order):
        times.append(stepper.us)
        return await create(order)

    venue.create = timed
    await lockstep({"agent-maker": venue, "agent-taker-1": FakeVenue()}, load_mix("quiet"), 1, stepper, 20)
    assert times
    assert max(times) < START_US + 5 * MICROS
