"""How a session wants a report told: Report and Client -> the body of 35=8, or None (SEMANTICS H4, H5).

Logon flags decide what is told and in which units. Knows no session and no socket.
"""

from typing import Final

from exchange.gateways.fix.client import Client
from exchange.gateways.fix.facts import NEW, REPLACED, TRADE, OrderFacts, Report
from exchange.gateways.rejects import FIX_CANCEL_TEXTS
from wire.accounts import subaccount_of
from wire.enums import CancelCause
from wire.fix.messages.fills import FillDetails
from wire.fix.messages.report_encoders import average_price, encode_execution_report
from wire.fix.messages.reports import NO_ORDER_ID
from wire.fix.messages.values import PENDING_EXEC_ID, format_exec_id
from wire.fix.tags import ExecType, OrdStatus
from wire.ids import order_uuid

EXPIRY_CAUSES: Final = frozenset({CancelCause.EXPIRY, CancelCause.CLOSE})
"""Expiry-style ends: Expired with UseExpiredOrdStatus, else Canceled (FIX/order-entry, Order Status)."""

_EXEC_TRADE: Final = ExecType.TRADE
_STATUS_NEW: Final = OrdStatus.NEW
_STATUS_PARTIAL: Final = OrdStatus.PARTIALLY_FILLED
_STATUS_FILLED: Final = OrdStatus.FILLED
_IOC: Final = CancelCause.IMMEDIATE_OR_CANCEL


def render(report: Report, shard: int, client: Client) -> bytes | None:
    """The body of 35=8 for a session, None when its flags leave this report out."""
    order, kind, cause = report.order, report.kind, report.cause
    fill = report.fill
    text = ""
    if kind is NEW:
        if report.is_folded and not client.always_emit_new_before_trade:
            return None
        exec_type = status = _STATUS_NEW
    elif kind is TRADE:
        exec_type, status = _EXEC_TRADE, status_of(order)
        if fill is not None and fill.single_market_return and not client.split_collateral_return:
            # A part of the balance change that is not told (FIX/order-entry).
            fill = fill.without_single_market_return()
    elif kind is REPLACED:
        exec_type, status = ExecType.REPLACED, status_of(order)
    else:
        assert cause is not None, "a cancel has a cause"
        if cause is _IOC and order.filled and not client.enable_ioc_cancel_report:
            return None
        expired = cause in EXPIRY_CAUSES and client.use_expired_ord_status
        exec_type = ExecType.EXPIRED if expired else ExecType.CANCELED
        status = OrdStatus.EXPIRED if expired else OrdStatus.CANCELED
        text = FIX_CANCEL_TEXTS.get(cause, "")
    return _encode(
        order,
        client,
        format_exec_id(report.seq, report.event, shard),
        exec_type,
        status,
        shard,
        report.ts_us,
        original=report.original_client_order_id,
        text=text,
        fill=fill,
    )


def render_pending(
    order: OrderFacts, exec_type: str, client_order_id: str, shard: int, now_us: int, client: Client
) -> bytes:
    """PENDING_NEW, PENDING_REPLACE or PENDING_CANCEL: what was asked has come in, nothing has happened yet."""
    is_new = exec_type == ExecType.PENDING_NEW
    shown = order.copy()
    shown.client_order_id = client_order_id
    original = "" if is_new else order.client_order_id
    return _encode(shown, client, PENDING_EXEC_ID, exec_type, exec_type, shard, now_us, original=original)


def render_refused(
    order: OrderFacts, text: str, reason: int | None, exec_id: str, shard: int, ts_us: int, client: Client
) -> bytes:
    """An order that never was: Rejected with a reason (103), or with none Canceled (FIX/order-entry, Text)."""
    refused = ExecType.CANCELED if reason is None else ExecType.REJECTED
    shown = order.copy()
    shown.remaining = 0
    return _encode(
        shown, client, exec_id, refused, refused, shard, ts_us, text=text, reject_reason=reason, count=order.initial
    )


def status_of(order: OrderFacts) -> str:
    """Tag 39 of an order that has not been canceled; after a replace too it is one of these (SEMANTICS H5)."""
    if not order.filled:
        return _STATUS_NEW
    return _STATUS_PARTIAL if order.remaining else _STATUS_FILLED


def _encode(
    order: OrderFacts,
    client: Client,
    exec_id: str,
    exec_type: str,
    ord_status: str,
    shard: int,
    ts_us: int,
    *,
    original: str = "",
    text: str = "",
    reject_reason: int | None = None,
    count: int = 0,
    fill: FillDetails | None = None,
) -> bytes:
    """`count` is the OrderQty of an order that never was, else it is worked out."""
    if not count:
        count = order.initial if client.preserve_original_order_qty else order.filled + order.remaining
    filled = order.filled
    return encode_execution_report(
        order_id=order_uuid(shard, order.order_id) if order.order_id else NO_ORDER_ID,
        client_order_id=order.client_order_id or NO_ORDER_ID,
        exec_id=exec_id,
        exec_type=exec_type,
        ord_status=ord_status,
        ticker=order.ticker,
        side=order.side,
        order_count=count,
        filled_count=filled,
        leaves_count=order.remaining,
        average_price=average_price(order.yes_cost, filled) if filled else 0,
        use_dollars=client.use_dollars,
        price=order.price,
        original_client_order_id=original,
        transact_us=ts_us,
        text=text,
        reject_reason=reject_reason,
        expire_us=order.expiration_us,
        subaccount=subaccount_of(order.account) or None,
        # Of reports that the exchange generates (changelog, LastMkt); a pending one is the gateway's.
        last_market=None if exec_id == PENDING_EXEC_ID else shard,
        fill=fill,
    )
