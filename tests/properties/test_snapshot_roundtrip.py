"""Any commands, a snapshot anywhere among them: what was restored, and what was replayed, go on like the original."""

import os

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.core import commands as c
from exchange.core.checks import check_invariants, state_hash
from exchange.core.engine import Engine
from exchange.core.snapshot import EngineImage, dump, restore
from exchange.core.state import EngineSettings
from exchange.ports import JournalRecord
from exchange.projections.views import Projections
from tests.live import EVENT, SERIES, TICKER, basic_scenario
from wire.accounts import account_of
from wire.engine_events import SCHEMA_VERSION
from wire.enums import BookSide, FeeType, MarketResult, PauseScope, SelfTradePrevention, TimeInForce
from wire.event_log import record
from wire.units import DOLLAR, MICROS

EXAMPLES = 1_000 if os.environ.get("CI") else 120
START_US = 1_780_000_000 * MICROS
SETUP = basic_scenario(2, START_US, FeeType.QUADRATIC_WITH_MAKER_FEES)

accounts = st.sampled_from([account_of(1), account_of(2), account_of(1, 1)])
sides = st.sampled_from(list(BookSide))
prices = st.integers(40, 60).map(lambda cents: cents * 100)
counts = st.integers(1, 900)
names = st.sampled_from(["", "a", "b", "c", "d"])
order_ids = st.integers(len(SETUP), len(SETUP) + 40)
soon = st.integers(1, 3_000_000).map(lambda later: START_US + later)
anything = st.one_of(
    st.builds(
        c.CreateOrder,
        accounts,
        st.just(TICKER),
        sides,
        prices,
        counts,
        st.sampled_from(list(TimeInForce)),
        st.sampled_from(list(SelfTradePrevention)),
        names,
        st.booleans(),
        st.booleans(),
        st.booleans(),
        st.one_of(st.just(0), soon),
        st.one_of(st.just(0), order_ids),
    ),
    st.builds(
        c.CreateOrder,
        accounts,
        st.just(TICKER),
        sides,
        prices,
        counts,
        st.just(TimeInForce.GOOD_TILL_CANCELED),
        st.sampled_from(list(SelfTradePrevention)),
    ),
    st.builds(c.CancelOrder, accounts, order_ids),
    st.builds(c.DecreaseOrder, accounts, order_ids, st.integers(-1, 300), st.integers(-1, 300)),
    st.builds(c.AmendOrder, accounts, order_ids, st.just(TICKER), sides, prices, counts, names, names),
    st.builds(c.CancelAllOrders, st.integers(1, 2), st.integers(-1, 1)),
    st.builds(c.CreateOrderGroup, accounts, counts),
    st.builds(c.ResetOrderGroup, accounts, order_ids),
    st.builds(c.TriggerOrderGroup, accounts, order_ids),
    st.builds(c.DeleteOrderGroup, accounts, order_ids),
    st.builds(c.CreateSubaccount, st.integers(1, 2)),
    st.builds(
        c.TransferBetweenSubaccounts, st.just(1), st.integers(0, 1), st.integers(0, 1), st.integers(1, DOLLAR), names
    ),
    st.builds(c.Withdraw, accounts, st.integers(1, 900 * DOLLAR)),
    st.builds(c.HaltMarket, st.just(TICKER)),
    st.builds(c.ResumeMarket, st.just(TICKER)),
    st.builds(c.SetPriceGrid, st.just(TICKER), st.sampled_from(["linear_cent", "deci_cent"])),
    st.builds(c.SetCloseTime, st.just(TICKER), soon),
    st.builds(c.DetermineMarket, st.just(TICKER), st.sampled_from(list(MarketResult)), st.integers(0, DOLLAR)),
    st.builds(c.SettleMarket, st.just(TICKER)),
    st.builds(c.Pause, st.sampled_from(list(PauseScope)), st.one_of(st.just(0), soon)),
    st.builds(c.Resume, st.sampled_from(list(PauseScope))),
    st.builds(c.SchedulePause, st.sampled_from(list(PauseScope)), soon, soon),
    st.builds(c.ScheduleSeriesFee, st.just(SERIES), st.sampled_from(list(FeeType)[:2]), st.integers(0, 20_000), soon),
    st.builds(c.ScheduleEventFee, st.just(EVENT), st.just(FeeType.QUADRATIC), st.integers(0, 20_000), soon),
    st.just(c.AdvanceTime()),
)
steps = st.lists(st.tuples(anything, st.integers(0, 400_000)), min_size=1, max_size=40)


class Life:
    """An engine and its projections, stepping through commands as the sequencer would."""

    def __init__(self) -> None:
        self.engine, self.views = Engine(), Projections()
        self.now_us = START_US
        self.log: list[JournalRecord] = []
        for command in SETUP:
            self.apply(command)

    def apply(self, command) -> None:
        seq = self.engine.state.seq + 1
        events = self.engine.apply(command, seq, self.now_us)
        self.views.fold(record(0, seq, self.now_us, events))
        self.log.append(JournalRecord(SCHEMA_VERSION, seq, self.now_us, command, events))

    def step(self, command, later_us: int) -> None:
        self.now_us += later_us
        if self.engine.next_deadline_us() <= self.now_us:
            self.apply(c.AdvanceTime())
        self.apply(command)

    def reborn(self) -> "Life":
        """What a snapshot of this one gives back, through its bytes."""
        other = Life.__new__(Life)
        other.engine, other.views = Engine(), Projections()
        image = msgspec.msgpack.decode(msgspec.msgpack.encode(dump(self.engine.state)), type=EngineImage)
        other.engine.state = restore(image, EngineSettings())
        other.views.load(self.views.dump())
        other.now_us, other.log = self.now_us, []
        return other


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps, st.integers(0, 40))
def test_a_restored_state_goes_on_exactly_like_the_original(commands, cut):
    life = Life()
    for command, later_us in commands[:cut]:
        life.step(command, later_us)
    other, so_far = life.reborn(), len(life.log)
    assert state_hash(other.engine.state) == state_hash(life.engine.state)
    assert other.views.dump() == life.views.dump()
    # A restored engine has no timers that would do nothing, so it may have less to wait for, never more.
    assert other.engine.next_deadline_us() >= life.engine.next_deadline_us()
    for command, later_us in commands[cut:]:
        life.step(command, later_us)
    for entry in life.log[so_far:]:
        other.now_us = entry.ts_us
        other.apply(entry.command)
    assert other.log == life.log[so_far:]
    assert state_hash(other.engine.state) == state_hash(life.engine.state)
    assert other.views.dump() == life.views.dump()
    assert check_invariants(life.engine.state) == []


@settings(max_examples=EXAMPLES, deadline=None)
@given(steps)
def test_a_replay_of_the_records_bytes_is_the_life_that_was_recorded(commands):
    life = Life()
    for command, later_us in commands:
        life.step(command, later_us)
    data = [msgspec.msgpack.encode(entry) for entry in life.log]
    engine, views = Engine(), Projections()
    for each in data:
        entry = msgspec.msgpack.decode(each, type=JournalRecord)
        assert engine.apply(entry.command, entry.seq, entry.ts_us) == entry.events
        views.fold(record(0, entry.seq, entry.ts_us, entry.events))
    assert state_hash(engine.state) == state_hash(life.engine.state)
    assert views.dump() == life.views.dump()
