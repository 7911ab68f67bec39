"""The fast book against a slow obvious one: a list of orders, sorted at every match."""

import os
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exchange.core import commands as c
from exchange.core.checks import check_invariants
from exchange.core.engine import Engine
from wire.accounts import account_of
from wire.engine_events import OrderAccepted, OrderAmended, OrderRejected, Trade
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.units import DOLLAR, MICROS

START_US = 1_780_000_000 * MICROS
MEMBERS = (1, 2, 3)
SIDES = st.sampled_from(BookSide)
PRICES = st.integers(45, 55).map(lambda cents: cents * 100)
COUNTS = st.integers(1, 30).map(lambda tenths: tenths * 10)


@dataclass
class Resting:
    order_id: int
    member: int
    side: BookSide
    price: int
    remaining: int
    filled: int
    place: int
    prevention: SelfTradePrevention


class ReferenceBook:
    """Knows nothing but price and time."""

    def __init__(self) -> None:
        self.resting: list[Resting] = []

    def match(self, taker: Resting) -> tuple[list[tuple[int, int, int]], bool]:
        """([(maker, price, count)], stopped at an own order)."""
        trades = []
        while taker.remaining:
            sign = 1 if taker.side is BookSide.BID else -1
            makers = [each for each in self.resting if each.side is not taker.side]
            makers = [each for each in makers if sign * each.price <= sign * taker.price]
            if not makers:
                break
            maker = min(makers, key=lambda each: (sign * each.price, each.place))
            if maker.member == taker.member:
                if taker.prevention is SelfTradePrevention.TAKER_AT_CROSS:
                    return trades, True
                self.resting.remove(maker)
                continue
            count = min(taker.remaining, maker.remaining)
            trades.append((maker.order_id, maker.price, count))
            for each in (taker, maker):
                each.remaining -= count
                each.filled += count
            if not maker.remaining:
                self.resting.remove(maker)
        return trades, False

    def volume(self, taker: Resting) -> int:
        sign = 1 if taker.side is BookSide.BID else -1
        return sum(
            each.remaining
            for each in self.resting
            if each.side is not taker.side and sign * each.price <= sign * taker.price
        )

    def levels(self, side: BookSide) -> dict[int, list[int]]:
        """price -> remaining counts, oldest first."""
        found: dict[int, list[int]] = {}
        for each in sorted(self.resting, key=lambda each: each.place):
            if each.side is side:
                found.setdefault(each.price, []).append(each.remaining)
        return found


class TwoBooks(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.engine, self.reference, self.seq = Engine(), ReferenceBook(), 0
        for member in MEMBERS:
            self.apply(c.CreateMember(member, f"member {member}"))
            self.apply(c.Deposit(account_of(member), 10**6 * DOLLAR))
        self.apply(c.CreateSeries("S", FeeType.QUADRATIC_WITH_MAKER_FEES, 10_000, b"{}"))
        self.apply(c.CreateEvent("E", "S", False, "", b"{}"))
        self.apply(c.CreateMarket("M", "E", 0, START_US * 2, 0, "linear_cent", (), b"{}"))

    def apply(self, command: c.Command) -> tuple:
        self.seq += 1
        return self.engine.apply(command, self.seq, START_US)

    @rule(
        member=st.sampled_from(MEMBERS),
        side=SIDES,
        price=PRICES,
        count=COUNTS,
        time_in_force=st.sampled_from(TimeInForce),
        prevention=st.sampled_from(SelfTradePrevention),
    )
    def place(self, member, side, price, count, time_in_force, prevention) -> None:
        taker = Resting(self.seq + 1, member, side, price, count, 0, self.seq + 1, prevention)
        events = self.apply(c.CreateOrder(account_of(member), "M", side, price, count, time_in_force, prevention))
        if time_in_force is TimeInForce.FILL_OR_KILL and self.reference.volume(taker) < count:
            assert isinstance(events[0], OrderRejected)
            return
        trades, stopped = self.reference.match(taker)
        assert self.told(events) == trades
        rests = 0 if stopped or time_in_force is not TimeInForce.GOOD_TILL_CANCELED else taker.remaining
        accepted = events[0]
        assert isinstance(accepted, OrderAccepted)
        assert accepted.resting_count == rests
        if rests:
            self.reference.resting.append(taker)

    @rule(data=st.data())
    def cancel(self, data) -> None:
        if self.reference.resting:
            order = data.draw(st.sampled_from(self.reference.resting))
            self.apply(c.CancelOrder(account_of(order.member), order.order_id))
            self.reference.resting.remove(order)

    @rule(data=st.data(), price=PRICES, count=COUNTS)
    def amend(self, data, price, count) -> None:
        if not self.reference.resting:
            return
        order = data.draw(st.sampled_from(self.reference.resting))
        keeps = price == order.price and count <= order.remaining
        events = self.apply(
            c.AmendOrder(account_of(order.member), order.order_id, "M", order.side, price, count + order.filled)
        )
        if isinstance(events[0], OrderRejected):
            return  # its next counterparty is its own order
        amended = events[0]
        assert isinstance(amended, OrderAmended)
        assert amended.kept_queue_place is keeps
        if keeps:
            order.remaining = count
            return
        self.reference.resting.remove(order)
        order.price, order.remaining, order.place = price, count, self.seq
        trades, stopped = self.reference.match(order)
        assert self.told(events) == trades
        if order.remaining and not stopped:
            self.reference.resting.append(order)

    @invariant()
    def both_books_are_the_same(self) -> None:
        if not hasattr(self, "engine"):
            return
        book = self.engine.state.markets["M"].book
        for side, ladder, flip in ((BookSide.BID, book.yes, False), (BookSide.ASK, book.no, True)):
            levels = {
                (10_000 - level.leg if flip else level.leg): [order.remaining for order in level]
                for level in ladder.descending()
            }
            assert levels == self.reference.levels(side)
        assert check_invariants(self.engine.state) == []

    @staticmethod
    def told(events: tuple) -> list[tuple[int, int, int]]:
        return [(event.maker_order_id, event.price, event.count) for event in events if isinstance(event, Trade)]


TestTwoBooks = TwoBooks.TestCase
TestTwoBooks.settings = settings(
    max_examples=500 if os.environ.get("CI") else 60, stateful_step_count=100, deadline=None
)
