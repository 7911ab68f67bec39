"""The closed vocabularies of the exchange, in Kalshi's spelling (OpenAPI schemas of the same name)."""

from enum import StrEnum


class BookSide(StrEnum):
    """bid = buy YES = outcome yes; ask = sell YES = outcome no (SEMANTICS B1)."""

    BID = "bid"
    ASK = "ask"


class OutcomeSide(StrEnum):
    """The same bit as BookSide, in outcome words."""

    YES = "yes"
    NO = "no"


class TimeInForce(StrEnum):
    GOOD_TILL_CANCELED = "good_till_canceled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"


class SelfTradePrevention(StrEnum):
    """Which order yields when a member would trade with itself (OAS:SelfTradePreventionType)."""

    TAKER_AT_CROSS = "taker_at_cross"
    MAKER = "maker"


class OrderStatus(StrEnum):
    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class MarketStatus(StrEnum):
    """REST statuses; the terminal one is `finalized`, never "settled" (SEMANTICS D1)."""

    INITIALIZED = "initialized"
    ACTIVE = "active"
    INACTIVE = "inactive"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"


class MarketResult(StrEnum):
    YES = "yes"
    NO = "no"
    SCALAR = "scalar"


class FeeType(StrEnum):
    """OAS:FeeType. Rates in exchange/core/fees.py (SEMANTICS A3)."""

    QUADRATIC = "quadratic"
    QUADRATIC_WITH_MAKER_FEES = "quadratic_with_maker_fees"
    QUADRATIC_WITH_COMBO_MAKER_FEES = "quadratic_with_combo_maker_fees"
    FLAT = "flat"


class PauseScope(StrEnum):
    """A trading pause still lets orders be canceled; an exchange pause lets nothing through (SEMANTICS B11)."""

    TRADING = "trading"
    EXCHANGE = "exchange"


class UpdateReason(StrEnum):
    """Why an order last changed: `last_update_reason` of AsyncAPI user_order (SEMANTICS B5)."""

    NONE = ""
    DECREASE = "Decrease"
    AMEND = "Amend"
    MARGIN_CANCEL = "MarginCancel"
    SELF_TRADE_CANCEL = "SelfTradeCancel"
    EXPIRY_CANCEL = "ExpiryCancel"
    CLOSE_CANCEL = "CloseCancel"
    HALT_CANCEL = "HaltCancel"
    TRADE = "Trade"
    POST_ONLY_CROSS_CANCEL = "PostOnlyCrossCancel"
    REDUCE_ONLY_CANCEL = "ReduceOnlyCancel"
    SETTLEMENT_BOUNDS_CANCEL = "SettlementBoundsCancel"


class CancelCause(StrEnum):
    """What ended an order in the engine: finer than UpdateReason, because FIX texts need it (SEMANTICS H5)."""

    MEMBER = "member"
    CANCEL_ALL = "cancel_all"
    DECREASED_TO_ZERO = "decreased_to_zero"
    AMENDED_TO_FILLED = "amended_to_filled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    TAKER_SELF_TRADE = "taker_self_trade"
    MAKER_SELF_TRADE = "maker_self_trade"
    MARGIN = "margin"
    EXPIRY = "expiry"
    CLOSE = "close"
    HALT = "halt"
    REOPEN = "reopen"
    ORDER_GROUP = "order_group"
    POST_ONLY_CROSS = "post_only_cross"
    REDUCE_ONLY = "reduce_only"
    SETTLEMENT_BOUNDS = "settlement_bounds"

    @property
    def update_reason(self) -> UpdateReason:
        """How the private order channel names this cause; a plain cancel shows as Decrease (SEMANTICS B5)."""
        return _UPDATE_REASONS[self]


_UPDATE_REASONS = {
    CancelCause.MEMBER: UpdateReason.DECREASE,
    CancelCause.CANCEL_ALL: UpdateReason.DECREASE,
    CancelCause.DECREASED_TO_ZERO: UpdateReason.DECREASE,
    CancelCause.AMENDED_TO_FILLED: UpdateReason.AMEND,
    CancelCause.IMMEDIATE_OR_CANCEL: UpdateReason.DECREASE,
    CancelCause.TAKER_SELF_TRADE: UpdateReason.SELF_TRADE_CANCEL,
    CancelCause.MAKER_SELF_TRADE: UpdateReason.SELF_TRADE_CANCEL,
    CancelCause.MARGIN: UpdateReason.MARGIN_CANCEL,
    CancelCause.EXPIRY: UpdateReason.EXPIRY_CANCEL,
    CancelCause.CLOSE: UpdateReason.CLOSE_CANCEL,
    CancelCause.HALT: UpdateReason.HALT_CANCEL,
    CancelCause.REOPEN: UpdateReason.HALT_CANCEL,
    CancelCause.ORDER_GROUP: UpdateReason.DECREASE,
    CancelCause.POST_ONLY_CROSS: UpdateReason.POST_ONLY_CROSS_CANCEL,
    CancelCause.REDUCE_ONLY: UpdateReason.REDUCE_ONLY_CANCEL,
    CancelCause.SETTLEMENT_BOUNDS: UpdateReason.SETTLEMENT_BOUNDS_CANCEL,
}


class GroupChange(StrEnum):
    """`event_type` of the order_group_updates channel (AsyncAPI)."""

    CREATED = "created"
    TRIGGERED = "triggered"
    RESET = "reset"
    DELETED = "deleted"
    LIMIT_UPDATED = "limit_updated"


class BalanceCause(StrEnum):
    """Why cash moved outside a trade or settlement."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"


class RejectReason(StrEnum):
    """Why the engine refused a command, in order of precedence: of two faults the earlier one answers.

    The venue first asks whether it is open at all, then which market, then whether the request makes
    sense, then whether it repeats something, then what it would touch, and only at the end money and
    the book. Statuses, bodies and FIX texts are in exchange/gateways/rejects.py (SEMANTICS B10).
    """

    EXCHANGE_PAUSED = "exchange_is_paused"
    TRADING_PAUSED = "trading_is_paused"
    ALREADY_EXISTS = "already_exists"
    MARKET_NOT_FOUND = "market_not_found"
    EVENT_NOT_FOUND = "event_not_found"
    SERIES_NOT_FOUND = "series_not_found"
    ACCOUNT_NOT_FOUND = "user_not_found"
    SUBACCOUNT_LIMIT = "subaccount_limit_reached"
    NOT_FOUND = "not_found"
    ORDER_TICKER_MISMATCH = "order_ticker_mismatch"
    ORDER_SIDE_MISMATCH = "order_side_mismatch"
    ORDER_ID_MISMATCH = "order_id_and_client_order_id_mismatch"
    MARKET_CLOSED = "market_closed"
    MARKET_INACTIVE = "market_inactive"
    INVALID_TRANSITION = "invalid_transition"
    INVALID_PARAMETERS = "invalid_parameters"
    IOC_WITH_EXPIRATION = "ioc_with_expiration"
    EXPIRATION_IN_PAST = "expiration_in_past"
    REDUCE_ONLY_NOT_IOC = "reduce_only_not_ioc"
    POST_ONLY_NOT_RESTING = "post_only_not_resting"
    INVALID_PRICE = "invalid_price"
    INVALID_ORDER_SIZE = "invalid_order_size"
    INVALID_AMEND_COUNT = "invalid_amend_count"
    ORDER_ALREADY_EXISTS = "order_already_exists"
    TRANSFER_ALREADY_APPLIED = "transfer_already_applied"
    ORDER_GROUP_NOT_FOUND = "order_group_not_found"
    ORDER_GROUP_TRIGGERED = "exceeded_order_group_risk_limit"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    POST_ONLY_CROSS = "post_only_cross"
    FILL_OR_KILL_UNFILLABLE = "fill_or_kill_insufficient_resting_volume"
    SELF_CROSS = "self_cross_attempt"
