"""Engine events -> what happened to orders, once and for every session alike (SEMANTICS H4, H5).

    record ──► read_reports ──► Report ──► rendering.render(report, logon) ──► body of 35=8, or None

A record is read together with the orders as they were before it. Knows no session, no flag and no socket.
"""

from collections.abc import Callable, Container
from enum import Enum, auto

import msgspec

from exchange.projections.orders import OrderRecord
from wire.accounts import member_of
from wire.engine_events import AnyEvent, OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, CancelCause
from wire.event_log import LogRecord
from wire.fix.messages.reports import FillDetails
from wire.ids import trade_uuid
from wire.units import PAYOUT


class Kind(Enum):
    NEW = auto()
    TRADE = auto()
    REPLACED = auto()
    CANCELED = auto()


class OrderFacts(msgspec.Struct, gc=False):
    """An order between two events of a record. `yes_cost` is what its fills cost at YES-leg prices, Money."""

    order_id: int
    account: int
    ticker: str
    side: BookSide
    client_order_id: str
    price: int
    initial: int
    filled: int
    remaining: int
    yes_cost: int
    expiration_us: int

    @classmethod
    def of(cls, order: OrderRecord) -> "OrderFacts":
        own = order.taker_fill_cost + order.maker_fill_cost
        yes_cost = own if order.side is BookSide.BID else PAYOUT * order.fill_count - own
        return cls(
            order.order_id,
            order.account,
            order.ticker,
            order.side,
            order.client_order_id,
            order.price,
            order.initial_count,
            order.fill_count,
            order.remaining_count,
            yes_cost,
            order.expiration_us,
        )


class Report(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened to one order; `seq` and `event` make its ExecID."""

    kind: Kind
    seq: int
    event: int
    ts_us: int
    order: OrderFacts
    original_client_order_id: str = ""
    cause: CancelCause | None = None
    fill: FillDetails | None = None
    is_folded: bool = False
    """A New that the first Trade stands for, unless AlwaysEmitNewBeforeTrade."""

    @property
    def account(self) -> int:
        return self.order.account


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

    def take(self, number: int, event: AnyEvent) -> None:
        """`number` is the event's in its ExecID, and even: a trade's second report has the next one."""
        if isinstance(event, Trade):
            self._take_fill(number, event, is_taker=False)
            self._take_fill(number + 1, event, is_taker=True)
        elif (
            isinstance(event, OrderAccepted | OrderCanceled | OrderDecreased | OrderAmended)
            and member_of(event.account) in self._members
        ):
            self._take_change(number, event)

    def _take_change(self, number: int, event: OrderAccepted | OrderCanceled | OrderDecreased | OrderAmended) -> None:
        if isinstance(event, OrderAccepted):
            self._take_accepted(number, event)
        elif isinstance(event, OrderCanceled):
            self._take_canceled(number, event)
        elif isinstance(event, OrderDecreased):
            facts = self._known(event.order_id)
            facts.remaining = event.remaining_count
            self._add(Kind.REPLACED, number, facts, original=facts.client_order_id)
        else:
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
        crosses = any(isinstance(other, Trade) for other in self._record.events)
        self._add(Kind.NEW, number, facts, is_folded=crosses)

    def _take_fill(self, number: int, event: Trade, *, is_taker: bool) -> None:
        side = "taker" if is_taker else "maker"
        account: int = getattr(event, f"{side}_account")
        if member_of(account) not in self._members:
            return
        facts = self._known(getattr(event, f"{side}_order_id"))
        facts.filled += event.count
        facts.remaining = getattr(event, f"{side}_remaining")
        facts.yes_cost += event.price * event.count
        position, fee = getattr(event, f"{side}_position"), getattr(event, f"{side}_fee")
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
        copy = msgspec.structs.replace(facts)
        record = self._record
        self.found.append(Report(kind, record.seq, number, record.ts_us, copy, original, cause, fill, is_folded))


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
