"""Engine events -> what happened to orders, once and for every session alike (SEMANTICS H4, H5).

    record ──► read_reports ──► Report ──► rendering.render(report, logon) ──► body of 35=8, or None

A record is read together with the orders as they were before it. Knows no session, no flag and no socket.
"""

from collections.abc import Callable, Container

from exchange.gateways.fix.facts import Kind, OrderFacts, Report
from wire.engine_events import AnyEvent, OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, CancelCause
from wire.event_log import LogRecord
from wire.fix.messages.reports import FillDetails
from wire.ids import trade_uuid
from wire.units import PAYOUT


def read_reports(
    record: LogRecord,
    members: Container[int],
    find: Callable[[int], OrderFacts],
    renames: Callable[[int], str],
    orders: dict[int, OrderFacts] | None = None,
) -> list[Report]:
    """What a record did to the orders of these members, in order.

    `find(order_id)` is an order as it was before the record, for this reader to change. `renames(order_id)` is the
    ClOrdID of the cancel request that is on its way for an order, "" for none: the ClOrdID of the last message that
    changed the order is the one reported (FIX/order-entry, tag 11). `orders` is where the orders of the record are
    kept: who reads one record behind the other hands in the same dict.
    """
    reader = _RecordReader(record, members, find, renames, {} if orders is None else orders)
    for place, event in enumerate(record.events):
        reader.take(2 * place, event)
    return reader.found


class _RecordReader:
    """One record on its way through `read_reports`."""

    def __init__(
        self,
        record: LogRecord,
        members: Container[int],
        find: Callable[[int], OrderFacts],
        renames: Callable[[int], str],
        orders: dict[int, OrderFacts],
    ) -> None:
        self.found: list[Report] = []
        self._record = record
        self._members = members
        self._find = find
        self._renames = renames
        self._orders = orders
        self._old_ids: dict[int, str] = {}
        self._crosses = False
        for event in record.events:
            if isinstance(event, Trade):
                self._crosses = True

    def take(self, number: int, event: AnyEvent) -> None:
        """`number` is the event's in its ExecID, and even: a trade's second report has the next one."""
        if isinstance(event, Trade):
            if event.maker_account >> 6 in self._members:
                order, remaining = event.maker_order_id, event.maker_remaining
                self._take_fill(number, event, order, remaining, event.maker_position, event.maker_fee, is_taker=False)
            if event.taker_account >> 6 in self._members:
                order, remaining = event.taker_order_id, event.taker_remaining
                self._take_fill(
                    number + 1, event, order, remaining, event.taker_position, event.taker_fee, is_taker=True
                )
        elif isinstance(event, OrderAccepted):
            if event.account >> 6 in self._members:
                self._take_accepted(number, event)
        elif isinstance(event, OrderCanceled):
            if event.account >> 6 in self._members:
                self._take_canceled(number, event)
        elif isinstance(event, OrderDecreased):
            if event.account >> 6 in self._members:
                facts = self._known(event.order_id)
                facts.remaining = event.remaining_count
                self._add(Kind.REPLACED, number, facts, original=facts.client_order_id)
        elif isinstance(event, OrderAmended) and event.account >> 6 in self._members:
            self._take_amended(number, event)

    def _take_accepted(self, number: int, event: OrderAccepted) -> None:
        facts = self._orders[event.order_id] = OrderFacts(
            event.order_id,
            event.account,
            event.ticker,
            event.side,
            event.client_order_id,
            event.price,
            event.count,
            0,
            event.count,
            0,
            event.expiration_us,
        )
        self._add(Kind.NEW, number, facts, is_folded=self._crosses)

    def _take_fill(
        self, number: int, event: Trade, order_id: int, remaining: int, position: int, fee: int, *, is_taker: bool
    ) -> None:
        facts = self._known(order_id)
        facts.filled += event.count
        facts.remaining = remaining
        facts.yes_cost += event.price * event.count
        paid, returned = _leg_and_return(facts.side, event.price, event.count, position)
        details = FillDetails(
            price=event.price,
            count=event.count,
            trade_id=trade_uuid(self._record.shard, self._record.seq, number // 2),
            is_aggressor=is_taker,
            position=position,
            fee=fee,
            collateral=(("BALANCE", returned - paid - fee),),
            single_market_return=returned,
        )
        self._add(Kind.TRADE, number, facts, fill=details)

    def _take_canceled(self, number: int, event: OrderCanceled) -> None:
        facts = self._known(event.order_id)
        facts.remaining = 0
        original = self._old_ids.get(event.order_id) or facts.client_order_id
        if event.cause is CancelCause.MEMBER:
            facts.client_order_id = self._renames(event.order_id) or facts.client_order_id
        self._add(Kind.CANCELED, number, facts, original=original, cause=event.cause)

    def _take_amended(self, number: int, event: OrderAmended) -> None:
        facts = self._known(event.order_id)
        old_id = self._old_ids[event.order_id] = facts.client_order_id
        facts.client_order_id, facts.price, facts.initial = event.client_order_id, event.price, event.count
        facts.expiration_us, facts.remaining = event.expiration_us, event.count - facts.filled
        # A replace down to what is filled is a cancel, and reported as one (SEMANTICS B7).
        if facts.remaining:
            self._add(Kind.REPLACED, number, facts, original=old_id)

    def _known(self, order_id: int) -> OrderFacts:
        facts = self._orders.get(order_id)
        if facts is None:
            facts = self._orders[order_id] = self._find(order_id)
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
        record = self._record
        self.found.append(
            Report(kind, record.seq, number, record.ts_us, facts.copy(), original, cause, fill, is_folded)
        )


def _leg_and_return(side: BookSide, price: int, count: int, position: int) -> tuple[int, int]:
    """(what the opening part of a fill costs, what its closing part gives back), both Money without the fee.

    `position` is the account's after the fill. A fill closes first: a pair pays a dollar, so that closing pays
    what the other leg is worth (SEMANTICS C2).
    """
    own = position if side is BookSide.BID else -position
    # Before the fill the position on this order's side was smaller by the count; below zero it was on the other.
    closed = min(max(count - own, 0), count)
    leg = price if side is BookSide.BID else PAYOUT - price
    return leg * (count - closed), (PAYOUT - leg) * closed
