"""Engine events -> what happened to orders, once and for every session alike (SEMANTICS H4, H5).

    record ──► read_reports ──► Report ──► rendering.render(report, client) ──► body of 35=8, or None

A record is read together with the orders as they were before it. Knows no session, no flag and no socket.
"""

from collections.abc import Callable, Container
from typing import Final, cast

from msgspec.structs import astuple

from exchange.gateways.fix.facts import CANCELED, NEW, REPLACED, TRADE, Kind, OrderFacts, Report
from wire.accounts import member_of
from wire.engine_events import (
    AnyEvent,
    MarketSettled,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    Trade,
)
from wire.enums import BookSide, CancelCause
from wire.event_log import LogRecord
from wire.fix.messages.fills import FillDetails
from wire.ids import trade_uuid
from wire.units import PAYOUT

_BID: Final = BookSide.BID
_MEMBER: Final = CancelCause.MEMBER

_fields_of: Final = astuple
_ACCEPTED: Final = OrderAccepted
_TRADE: Final = Trade
"""For the compiled path: what a module imports is found by its name each time, these are not."""


def read_reports(
    record: LogRecord,
    members: Container[int],
    find: Callable[[int], OrderFacts],
    renames: Callable[[int], str],
    orders: dict[int, OrderFacts] | None = None,
) -> list[Report]:
    """What a record did to the orders of these members, in order; see RecordReader.

    `orders` is where the orders of the record are kept: who reads one record behind the other hands in the same dict.
    """
    reader = RecordReader(members, find, renames)
    if orders is not None:
        reader.orders = orders
    reader.read(record)
    return reader.take()


class RecordReader:
    """Says what records did to the orders of these members, in order, as it reads them.

    `find(order_id)` is an order as it was before the record. `renames(order_id)` is the ClOrdID of the cancel request
    that is on its way for an order, "" for none: the ClOrdID of the last message that changed the order is the one
    reported (FIX/order-entry, tag 11).
    """

    def __init__(
        self,
        members: Container[int],
        find: Callable[[int], OrderFacts],
        renames: Callable[[int], str],
    ) -> None:
        self.orders: dict[int, OrderFacts] = {}
        """The orders of the records as the last of them left them. A report has them too: they do not change."""
        self._members = members
        self._find = find
        self._renames = renames
        self._found: list[Report] = []
        self._old_ids: dict[int, str] = {}
        self._shard = self._seq = self._ts_us = 0
        self._crosses = False

    def begin(self) -> None:
        """What comes is not read behind what was: its orders are to be found again."""
        if self.orders:
            self.orders.clear()

    def take(self) -> list[Report]:
        """What the records did that were read since the last call."""
        found, self._found = self._found, []
        return found

    def read(self, record: LogRecord) -> bool:
        """Read what a record did; whether it settles a market."""
        events: tuple[AnyEvent, ...]
        # All fields at once: one by one, those of a Struct cost machine code several times as much.
        _, self._shard, self._seq, self._ts_us, events = _fields_of(record)
        if self._old_ids:
            self._old_ids.clear()
        self._crosses = False
        if len(events) > 1:
            for event in events:
                if type(event) is _TRADE:
                    self._crosses = True
        number = 0
        settles = False
        for event in events:
            settles = self._take(number, event) or settles
            number += 2
        return settles

    def _take(self, number: int, event: AnyEvent) -> bool:
        """`number` is the event's in its ExecID, and even: a trade's second report has the next one."""
        kind = type(event)
        if kind is _ACCEPTED:
            self._take_accepted(number, cast(OrderAccepted, event))
        elif kind is _TRADE:
            trade = cast(Trade, event)
            if self._hears(trade.maker_account):
                self._take_fill(number, trade, is_taker=False)
            if self._hears(trade.taker_account):
                self._take_fill(number + 1, trade, is_taker=True)
        elif kind is OrderCanceled:
            canceled = cast(OrderCanceled, event)
            if self._hears(canceled.account):
                self._take_canceled(number, canceled)
        elif kind is OrderDecreased:
            decreased = cast(OrderDecreased, event)
            if self._hears(decreased.account):
                self._take_decreased(number, decreased)
        elif kind is OrderAmended:
            amended = cast(OrderAmended, event)
            if self._hears(amended.account):
                self._take_amended(number, amended)
        return kind is MarketSettled

    def _hears(self, account: int) -> bool:
        return member_of(account) in self._members

    def _take_accepted(self, number: int, event: OrderAccepted) -> None:
        order_id, account, ticker, client_order_id, side, price, count, _, _, _, _, _, _, expiration_us, _ = _fields_of(
            event
        )
        if self._hears(account):
            facts = OrderFacts(
                order_id, account, ticker, side, client_order_id, price, count, 0, count, 0, expiration_us
            )
            self.orders[order_id] = facts
            self._add(NEW, number, facts, is_folded=self._crosses)

    def _take_fill(self, number: int, event: Trade, *, is_taker: bool) -> None:
        if is_taker:
            order_id, remaining = event.taker_order_id, event.taker_remaining
            position, fee = event.taker_position, event.taker_fee
        else:
            order_id, remaining = event.maker_order_id, event.maker_remaining
            position, fee = event.maker_position, event.maker_fee
        price, count = event.price, event.count
        facts = self._changing(order_id)
        facts.filled += count
        facts.remaining = remaining
        facts.yes_cost += price * count
        paid, returned = _leg_and_return(facts.side, price, count, position)
        details = FillDetails(
            price=price,
            count=count,
            trade_id=trade_uuid(self._shard, self._seq, number // 2),
            is_aggressor=is_taker,
            position=position,
            fee=fee,
            collateral=(("BALANCE", returned - paid - fee),),
            single_market_return=returned,
        )
        self._add(TRADE, number, facts, fill=details)

    def _take_canceled(self, number: int, event: OrderCanceled) -> None:
        facts = self._changing(event.order_id)
        facts.remaining = 0
        original = self._old_ids.get(event.order_id) or facts.client_order_id
        if event.cause is _MEMBER:
            facts.client_order_id = self._renames(event.order_id) or facts.client_order_id
        self._add(CANCELED, number, facts, original=original, cause=event.cause)

    def _take_decreased(self, number: int, event: OrderDecreased) -> None:
        facts = self._changing(event.order_id)
        facts.remaining = event.remaining_count
        self._add(REPLACED, number, facts, original=facts.client_order_id)

    def _take_amended(self, number: int, event: OrderAmended) -> None:
        facts = self._changing(event.order_id)
        old_id = self._old_ids[event.order_id] = facts.client_order_id
        facts.client_order_id, facts.price, facts.initial = event.client_order_id, event.price, event.count
        facts.expiration_us, facts.remaining = event.expiration_us, event.count - facts.filled
        # A replace down to what is filled is a cancel, and reported as one (SEMANTICS B7).
        if facts.remaining:
            self._add(REPLACED, number, facts, original=old_id)

    def _changing(self, order_id: int) -> OrderFacts:
        """The order, to be changed: what a report was made of stays as it is."""
        before = self.orders.get(order_id)
        facts = self.orders[order_id] = self._find(order_id) if before is None else before.copy()
        return facts

    def _add(
        self,
        kind: Kind,
        number: int,
        facts: OrderFacts,
        *,
        original: str = "",
        cause: CancelCause | None = None,
        fill: FillDetails | None = None,
        is_folded: bool = False,
    ) -> None:
        self._found.append(Report(kind, self._seq, number, self._ts_us, facts, original, cause, fill, is_folded))


def _leg_and_return(side: BookSide, price: int, count: int, position: int) -> tuple[int, int]:
    """(what the opening part of a fill costs, what its closing part gives back), both Money without the fee.

    `position` is the account's after the fill. A fill closes first: a pair pays a dollar, so that closing pays
    what the other leg is worth (SEMANTICS C2).
    """
    own = position if side is _BID else -position
    # Before the fill the position on this order's side was smaller by the count; below zero it was on the other.
    closed = min(max(count - own, 0), count)
    leg = price if side is _BID else PAYOUT - price
    return leg * (count - closed), (PAYOUT - leg) * closed
