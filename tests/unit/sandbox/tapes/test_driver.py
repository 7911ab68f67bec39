"""The rule of whose order a recorded message touches, on hand-written tapes and the real engine."""

import pytest

from exchange.core.commands import (
    CreateEvent,
    CreateMarket,
    CreateMember,
    CreateOrder,
    CreateSeries,
    Deposit,
    HaltMarket,
    ResumeMarket,
)
from exchange.core.engine import Engine
from sandbox.tapes.driver import TapeDriver
from sandbox.tapes.recording import Delta, LevelKey, Print, Snapshot, paired
from wire.accounts import account_of
from wire.engine_events import OrderRejected, Trade
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce

TICKER = "KXTAPE-1"
MAKER, TAKER, MEMBER = account_of(101), account_of(102), account_of(1)
BID, ASK = BookSide.BID, BookSide.ASK
NOW_US = 1_800_000_000_000_000


class Replay:
    """An engine, a driver, and a member who stands in the same queues."""

    def __init__(self, queue="pessimistic"):
        self.engine = Engine()
        self.seq = 0
        self.driver = TapeDriver(TICKER, MAKER, TAKER, queue)
        for member in (1, 101, 102):
            self.apply(CreateMember(member, f"m{member}"))
            self.apply(Deposit(account_of(member), 10**12))
        self.apply(CreateSeries("KXTAPE", FeeType.QUADRATIC, 10_000, b"{}"))
        self.apply(CreateEvent("KXTAPE-E", "KXTAPE", False, "", b"{}"))
        self.apply(CreateMarket(TICKER, "KXTAPE-E", NOW_US, NOW_US + 10**12, 0, "linear_cent", (), b"{}"))

    def apply(self, command):
        self.seq += 1
        events = self.engine.apply(command, self.seq, NOW_US)
        self.driver.fold(events)
        return events

    def play(self, *messages):
        """Play messages; the trades they caused as (maker, count)."""
        trades = []
        for step in paired(messages):
            commands = self.driver.play(step)
            events = None
            while True:
                try:
                    command = commands.send(events)
                except StopIteration:
                    break
                events = self.apply(command)
                trades += [(event.maker_account, event.count) for event in events if isinstance(event, Trade)]
        return trades

    def order(self, side, price, count, time_in_force=TimeInForce.GOOD_TILL_CANCELED):
        command = CreateOrder(
            MEMBER, TICKER, side, price, count, time_in_force, SelfTradePrevention.TAKER_AT_CROSS
        )  # fmt: skip
        events = self.apply(command)
        assert not isinstance(events[0], OrderRejected)
        return events

    def queue(self, side, price):
        """(account, remaining) of the level, front first."""
        ladder = self.engine.state.markets[TICKER].book.ladder(side)
        level = ladder.levels.get(price if side is BID else 10_000 - price)
        return [] if level is None else [(order.position.account.account, order.remaining) for order in level]


def bid(price, count, ts_ms=1):
    return Delta(ts_ms, LevelKey(BID, price), count)


def ask(price, count, ts_ms=1):
    return Delta(ts_ms, LevelKey(ASK, price), count)


def print_on_bid(price, count, ts_ms=1):
    return Print(ts_ms, LevelKey(BID, price), count)


@pytest.fixture
def replay():
    return Replay()


def test_recorded_increase_is_an_order_at_the_back(replay):
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 700))
    assert replay.queue(BID, 5000) == [(MEMBER, 300), (MAKER, 700)]


def test_recorded_trade_fills_whoever_stands_first(replay):
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 700))
    assert replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2)) == [(MEMBER, 300), (MAKER, 200)]


def test_tape_part_equals_the_recording_after_a_member_was_filled(replay):
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 700))
    replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2))
    assert replay.queue(BID, 5000) == [(MAKER, 200)]


def test_recorded_trade_does_not_reach_a_member_behind_enough_of_the_tape(replay):
    replay.play(bid(5000, 700))
    replay.order(BID, 5000, 300)
    assert replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2)) == [(MAKER, 500)]


def test_recorded_trade_moves_a_member_behind_the_tape_forward(replay):
    replay.play(bid(5000, 700))
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2))
    assert replay.queue(BID, 5000) == [(MAKER, 200), (MEMBER, 300)]


def test_recorded_trade_reaches_a_member_at_a_better_price_first(replay):
    replay.play(bid(5000, 700))
    replay.order(BID, 5100, 300)
    assert replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2)) == [(MEMBER, 300), (MAKER, 200)]


def test_trade_message_before_its_delta_is_still_a_trade(replay):
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 700))
    assert replay.play(print_on_bid(5000, 300, 2), bid(5000, -300, 2)) == [(MEMBER, 300)]


def test_decrease_of_another_instant_than_the_trade_is_a_cancel(replay):
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 700))
    assert replay.play(print_on_bid(5000, 300, 2), bid(5000, -300, 3)) == []


def test_recorded_cancel_takes_the_newest_of_the_tape(replay):
    replay.play(bid(5000, 400))
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 500), bid(5000, -600))
    assert replay.queue(BID, 5000) == [(MAKER, 300), (MEMBER, 300)]


def test_recorded_cancel_takes_the_oldest_when_optimistic():
    replay = Replay("optimistic")
    replay.play(bid(5000, 400))
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, 500), bid(5000, -600))
    assert replay.queue(BID, 5000) == [(MEMBER, 300), (MAKER, 300)]


def test_recorded_cancel_never_touches_a_members_order(replay):
    replay.play(bid(5000, 400))
    replay.order(BID, 5000, 300)
    replay.play(bid(5000, -400))
    assert replay.queue(BID, 5000) == [(MEMBER, 300)]


def test_recorded_trade_behind_a_better_recorded_level_is_taken_off_without_trading(replay):
    replay.play(bid(5100, 100), bid(5000, 700))
    assert replay.play(bid(5000, -500, 2), print_on_bid(5000, 500, 2)) == []
    assert replay.driver.resting == {LevelKey(BID, 5100): 100, LevelKey(BID, 5000): 200}


def test_what_a_member_took_is_put_back_at_the_next_message(replay):
    replay.play(ask(5200, 900))
    replay.order(BID, 5200, 400, TimeInForce.IMMEDIATE_OR_CANCEL)
    assert replay.queue(ASK, 5200) == [(MAKER, 500)]
    replay.play(bid(1000, 100))
    assert replay.queue(ASK, 5200) == [(MAKER, 500), (MAKER, 400)]


def test_recorded_increase_fills_a_members_order_in_its_way_and_is_topped_up(replay):
    replay.order(BID, 5300, 250)
    assert replay.play(ask(5200, 900)) == [(MEMBER, 250)]
    assert replay.driver.resting == {LevelKey(ASK, 5200): 900}


def test_snapshot_replaces_the_whole_book(replay):
    replay.play(bid(5000, 700), ask(5200, 900))
    replay.play(Snapshot(5, {LevelKey(BID, 5200): 100, LevelKey(ASK, 5300): 200}))
    assert replay.driver.resting == {LevelKey(BID, 5200): 100, LevelKey(ASK, 5300): 200}


def test_empty_snapshot_leaves_only_members_orders(replay):
    replay.play(bid(5000, 700))
    replay.order(BID, 5000, 300)
    replay.play(Snapshot(5, {}))
    assert replay.queue(BID, 5000) == [(MEMBER, 300)]


def test_refused_commands_are_made_up_for_at_the_next_message(replay):
    replay.apply(HaltMarket(TICKER))
    replay.play(bid(5000, 700))
    assert replay.driver.refused == 1
    replay.apply(ResumeMarket(TICKER))
    replay.play(bid(1000, 100))
    assert replay.driver.resting == replay.driver.target


def test_orders_wiped_by_a_resume_come_back(replay):
    replay.play(bid(5000, 700))
    replay.apply(HaltMarket(TICKER))
    replay.apply(ResumeMarket(TICKER))
    assert replay.driver.resting == {}
    replay.play(bid(1000, 100))
    assert replay.driver.resting == replay.driver.target
