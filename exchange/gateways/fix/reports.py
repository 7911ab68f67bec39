"""Engine events -> execution reports: first what happened, once; then how each session wants it told.

    record ──► read_reports ──► Report ──► render(report, logon) ──► body of 35=8, or None

Flow rules and logon flags are those of SEMANTICS H4 and H5. `read_reports` must see a record before the
projections do: what they hold then is every order as it was. Knows no session and no socket.
"""

from collections.abc import Callable, Container
from enum import Enum, auto

import msgspec

from exchange.gateways.rejects import FIX_CANCEL_TEXTS
from exchange.projections.orders import OrderRecord
from exchange.projections.views import Projections
from wire.accounts import member_of, subaccount_of
from wire.engine_events import AnyEvent, OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, CancelCause
from wire.event_log import LogRecord
from wire.fix.logon import Logon
from wire.fix.messages.reports import ExecutionReport, FillDetails, average_price, encode_execution_report
from wire.fix.messages.values import PENDING_EXEC_ID, format_exec_id
from wire.fix.tags import ExecType, OrdStatus
from wire.ids import order_uuid, trade_uuid
from wire.units import PAYOUT

EXPIRY_CAUSES = frozenset({CancelCause.EXPIRY, CancelCause.CLOSE})
"""Expiry-style ends: Expired with UseExpiredOrdStatus, else Canceled (FIX/order-entry, Order Status)."""

_NO_ORDER_ID = "NONE"


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
    record: LogRecord, views: Projections, members: Container[int], renames: Callable[[int], str]
) -> list[Report]:
    """What a record did to the orders of these members, in order.

    `renames(order_id)` is the ClOrdID of the cancel request that is on its way for an order, "" for none: the
    ClOrdID of the last message that changed the order is the one reported (FIX/order-entry, tag 11).
    """
    reader = _RecordReader(record, views, members, renames)
    for place, event in enumerate(record.events):
        reader.take(2 * place, event)
    return reader.found


class _RecordReader:
    """One record on its way through `read_reports`."""

    def __init__(
        self, record: LogRecord, views: Projections, members: Container[int], renames: Callable[[int], str]
    ) -> None:
        self.found: list[Report] = []
        self._record = record
        self._views = views
        self._members = members
        self._renames = renames
        self._orders: dict[int, OrderFacts] = {}
        self._cash: dict[int, int] = {}
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
        details = FillDetails(
            price=event.price,
            count=event.count,
            trade_id=trade_uuid(self._record.shard, self._record.seq, number // 2),
            is_aggressor=is_taker,
            position=getattr(event, f"{side}_position"),
            fee=getattr(event, f"{side}_fee"),
            collateral=(("BALANCE", self._cash_change(account, getattr(event, f"{side}_cash"))),),
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
            order = self._views.orders.get(order_id)
            assert order is not None, "an event names an order that is known"
            facts = self._orders[order_id] = OrderFacts.of(order)
        return facts

    def _cash_change(self, account: int, after: int) -> int:
        before = self._cash.get(account)
        if before is None:
            held = self._views.portfolio.account(account)
            before = held.cash if held is not None else 0
        self._cash[account] = after
        return after - before

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


def render(report: Report, shard: int, logon: Logon) -> bytes | None:
    """The body of 35=8 for a session, None when its flags leave this report out."""
    order = report.order
    if report.kind is Kind.NEW:
        if report.is_folded and not logon.always_emit_new_before_trade:
            return None
        exec_type, status = ExecType.NEW, OrdStatus.NEW
    elif report.kind is Kind.TRADE:
        exec_type, status = ExecType.TRADE, status_of(order)
    elif report.kind is Kind.REPLACED:
        exec_type, status = ExecType.REPLACED, status_of(order)
    else:
        if report.cause is CancelCause.IMMEDIATE_OR_CANCEL and order.filled and not logon.enable_ioc_cancel_report:
            return None
        expired = report.cause in EXPIRY_CAUSES and logon.use_expired_ord_status
        exec_type = ExecType.EXPIRED if expired else ExecType.CANCELED
        status = OrdStatus.EXPIRED if expired else OrdStatus.CANCELED
    return encode_execution_report(
        _report(
            order,
            logon,
            exec_id=format_exec_id(report.seq, report.event, shard),
            exec_type=exec_type,
            ord_status=status,
            shard=shard,
            ts_us=report.ts_us,
            original=report.original_client_order_id,
            text=FIX_CANCEL_TEXTS.get(report.cause, "") if report.cause is not None else "",
            fill=report.fill,
        ),
        use_dollars=logon.use_dollars,
    )


def render_pending(
    order: OrderFacts, exec_type: str, client_order_id: str, shard: int, now_us: int, logon: Logon
) -> bytes:
    """PENDING_NEW, PENDING_REPLACE or PENDING_CANCEL: what was asked has come in, nothing has happened yet."""
    is_new = exec_type == ExecType.PENDING_NEW
    original = "" if is_new else order.client_order_id
    return encode_execution_report(
        msgspec.structs.replace(
            _report(
                order,
                logon,
                exec_id=PENDING_EXEC_ID,
                exec_type=exec_type,
                ord_status=exec_type,
                shard=shard,
                ts_us=now_us,
                original=original,
            ),
            client_order_id=client_order_id,
        ),
        use_dollars=logon.use_dollars,
    )


def render_refused(
    order: OrderFacts, text: str, reason: int | None, exec_id: str, shard: int, ts_us: int, logon: Logon
) -> bytes:
    """An order that never was: Rejected with a reason (103), or with none Canceled (FIX/order-entry, Text)."""
    refused = ExecType.CANCELED if reason is None else ExecType.REJECTED
    return encode_execution_report(
        msgspec.structs.replace(
            _report(
                order,
                logon,
                exec_id=exec_id,
                exec_type=refused,
                ord_status=refused,
                shard=shard,
                ts_us=ts_us,
                text=text,
            ),
            leaves_count=0,
            reject_reason=reason,
            order_count=order.initial,
        ),
        use_dollars=logon.use_dollars,
    )


def status_of(order: OrderFacts) -> str:
    """Tag 39 of an order that has not been canceled; after a replace too it is one of these (SEMANTICS H5)."""
    if not order.filled:
        return OrdStatus.NEW
    return OrdStatus.PARTIALLY_FILLED if order.remaining else OrdStatus.FILLED


def _report(
    order: OrderFacts,
    logon: Logon,
    *,
    exec_id: str,
    exec_type: str,
    ord_status: str,
    shard: int,
    ts_us: int,
    original: str = "",
    text: str = "",
    fill: FillDetails | None = None,
) -> ExecutionReport:
    return ExecutionReport(
        order_id=order_uuid(shard, order.order_id) if order.order_id else _NO_ORDER_ID,
        client_order_id=order.client_order_id or _NO_ORDER_ID,
        exec_id=exec_id,
        exec_type=exec_type,
        ord_status=ord_status,
        ticker=order.ticker,
        side=order.side,
        order_count=order.initial if logon.preserve_original_order_qty else order.filled + order.remaining,
        filled_count=order.filled,
        leaves_count=order.remaining,
        average_price=average_price(order.yes_cost, order.filled),
        price=order.price,
        original_client_order_id=original,
        transact_us=ts_us,
        text=text,
        expire_us=order.expiration_us,
        subaccount=subaccount_of(order.account) or None,
        last_market=shard,
        fill=fill,
    )
