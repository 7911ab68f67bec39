"""RejectReason -> what each door answers: the one table (SEMANTICS B10)."""

from typing import NamedTuple

from exchange.gateways.errors import ApiError
from wire.enums import CancelCause, RejectReason


class Answer(NamedTuple):
    """How a refusal looks through each door.

    `status`, `code`, `details` make the REST body; `fix_text` is tag 58, `ord_rej_reason` tag 103 of a
    refused new order, `cxl_rej_reason` tag 102 of a refused cancel or replace.
    """

    status: int
    code: str
    details: str | None
    fix_text: str
    ord_rej_reason: int
    cxl_rej_reason: int


def _answer(
    status: int, code: str, ord_rej_reason: int, cxl_rej_reason: int = 99, *, text: str = "", details: str | None = None
) -> Answer:
    return Answer(status, code, details, text or code.upper(), ord_rej_reason, cxl_rej_reason)


R = RejectReason
ANSWERS: dict[RejectReason, Answer] = {
    R.EXCHANGE_PAUSED: _answer(409, "exchange_is_paused", 2, text="EXCHANGE_PAUSED"),
    R.TRADING_PAUSED: _answer(409, "trading_is_paused", 2, text="TRADING_PAUSED"),
    R.ALREADY_EXISTS: _answer(409, "already_exists", 99),
    R.MARKET_NOT_FOUND: _answer(404, "market_not_found", 1),
    R.EVENT_NOT_FOUND: _answer(404, "event_not_found", 1),
    R.SERIES_NOT_FOUND: _answer(404, "series_not_found", 1),
    R.ACCOUNT_NOT_FOUND: _answer(400, "user_not_found", 15, text="CUSTOMER_ACCOUNT_NOT_FOUND"),
    R.SUBACCOUNT_LIMIT: _answer(400, "invalid_parameters", 15, details="maximum number of subaccounts reached"),
    R.NOT_FOUND: _answer(404, "not_found", 99, 1, text="ORDER_NOT_FOUND"),
    R.ORDER_TICKER_MISMATCH: _answer(400, "order_ticker_mismatch", 99, 1),
    R.ORDER_SIDE_MISMATCH: _answer(400, "order_side_mismatch", 99, 1),
    R.ORDER_ID_MISMATCH: _answer(400, "order_id_and_client_order_id_mismatch", 99, 1),
    R.MARKET_CLOSED: _answer(409, "market_closed", 2, 0, text="MARKET_ALREADY_CLOSED"),
    R.MARKET_INACTIVE: _answer(409, "market_inactive", 2, 0),
    R.INVALID_TRANSITION: _answer(409, "invalid_transition", 99),
    R.INVALID_PARAMETERS: _answer(400, "invalid_parameters", 99),
    R.IOC_WITH_EXPIRATION: _answer(
        400, "invalid_order", 11, details="Cannot specify both immediate_or_cancel and expiration_ts"
    ),
    R.EXPIRATION_IN_PAST: _answer(400, "invalid_order", 11, details="Expiration timestamp must be in the future"),
    R.REDUCE_ONLY_NOT_IOC: _answer(
        400, "invalid_order", 11, details="reduce_only can only be used with immediate_or_cancel orders"
    ),
    R.POST_ONLY_NOT_RESTING: _answer(
        400, "invalid_order", 11, details="post_only can only be used with good_till_canceled orders"
    ),
    R.INVALID_PRICE: _answer(400, "invalid_price", 99),
    R.INVALID_ORDER_SIZE: _answer(400, "invalid_order_size", 13, 2),
    R.INVALID_AMEND_COUNT: _answer(400, "invalid_order_size", 13, 2, text="INVALID_AMEND_QTY_FOR_ORDER"),
    R.ORDER_ALREADY_EXISTS: _answer(409, "order_already_exists", 6, 6),
    R.TRANSFER_ALREADY_APPLIED: _answer(409, "transfer_already_applied", 99),
    R.ORDER_GROUP_NOT_FOUND: _answer(404, "order_group_not_found", 11),
    R.ORDER_GROUP_TRIGGERED: _answer(400, "exceeded_order_group_risk_limit", 3),
    R.INSUFFICIENT_BALANCE: _answer(400, "insufficient_balance", 3),
    R.POST_ONLY_CROSS: _answer(400, "invalid_order", 99, details="post only cross", text="POST_ONLY_CROSS"),
    R.FILL_OR_KILL_UNFILLABLE: _answer(
        409, "fill_or_kill_insufficient_resting_volume", 99, text="FOK_INSUFFICIENT_VOLUME"
    ),
    R.SELF_CROSS: _answer(400, "invalid_order", 99, 18, details="self cross attempt", text="SELF_CROSS_ATTEMPT"),
}

FIX_CANCELS = frozenset({R.FILL_OR_KILL_UNFILLABLE, R.POST_ONLY_CROSS})
"""Refusals of a new order that FIX reports as Canceled and not as Rejected (FIX/order-entry, Text)."""

FIX_CANCEL_TEXTS: dict[CancelCause, str] = {
    CancelCause.IMMEDIATE_OR_CANCEL: "IMMEDIATE_OR_CANCELLED",
    CancelCause.TAKER_SELF_TRADE: "TAKER_CANCEL_FOR_SELF_TRADE_PREVENTION",
    CancelCause.MAKER_SELF_TRADE: "MAKER_CANCEL_FOR_SELF_TRADE_PREVENTION",
    CancelCause.MARGIN: "INSUFFICIENT_BALANCE",
    CancelCause.ORDER_GROUP: "ORDER_GROUP_CANCEL",
    CancelCause.POST_ONLY_CROSS: "POST_ONLY_CROSS",
}
"""Tag 58 of a Canceled report; causes that are not listed have none (SEMANTICS H5)."""


def api_error(reason: RejectReason, detail: str = "") -> ApiError:
    """The REST answer to a refusal; the engine's own detail wins over the table's."""
    answer = ANSWERS[reason]
    return ApiError(answer.status, answer.code, details=detail or answer.details)
