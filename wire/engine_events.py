"""What the engine says happened: the public facts of the venue, in the order they happened.

Every reader of the venue (its own projections, the WebSocket and FIX gateways, the rebuilder, the
market-data server) is a fold over these. They are immutable, self-contained, and carry only integers
(units.py), strings and enums. A change here is a change of contract: fields are only ever added, at the
end, with a default; anything else raises SCHEMA_VERSION.

Conventions
- `account` is wire.accounts.Account; `ticker` names the market; prices are YES-leg.
- An order is named by `order_id`, the seq of the command that created it; a trade by (seq, place), where
  place is the event's index in its record. wire.ids turns both into the UUIDs of the wire.
- Events of one command share one record of the log, and so one seq and one ts_us.
"""

import msgspec

from wire.enums import (
    BalanceCause,
    BookSide,
    CancelCause,
    FeeType,
    GroupChange,
    MarketResult,
    MarketStatus,
    PauseScope,
    RejectReason,
    SelfTradePrevention,
    TimeInForce,
)

SCHEMA_VERSION = 1


class EngineEvent(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Base of all engine events: encoded as an array headed by the class name."""


class PriceRange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One band of a price grid: start <= price <= end in steps of `step`, all Prices (SEMANTICS A2)."""

    start: int
    end: int
    step: int


# --- orders -----------------------------------------------------------------------------------------


class OrderAccepted(EngineEvent, frozen=True):
    """A new order passed every check. Stands before the Trades it caused in the same record.

    `resting_count` is what was left on the book once matching was over: a book reader adds exactly that
    and takes only the maker's side of the trades that follow, so the book is never seen crossed.
    """

    order_id: int
    account: int
    ticker: str
    client_order_id: str
    side: BookSide
    price: int
    count: int
    resting_count: int
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    post_only: bool
    reduce_only: bool
    cancel_order_on_pause: bool
    expiration_us: int
    """0 = none."""
    order_group: int
    """The group's id, 0 = none."""


class OrderRejected(EngineEvent, frozen=True):
    """A command about an order or group was refused and changed nothing."""

    reason: RejectReason
    account: int
    detail: str = ""


class Trade(EngineEvent, frozen=True):
    """One match of a taker with one resting order, at the resting price, with both ledgers' new state.

    `*_fee` is the net fee of this fill (rounding and rebate included, SEMANTICS A4). `*_position` is the
    account's signed position in this market after the fill, `*_cost` what is still held cost,
    `*_realized` the profit this fill locked in, `*_cash` the account's cash after it. All Money but counts.
    `maker_side` is the resting order's side; the taker stands on the other.
    """

    ticker: str
    price: int
    count: int
    maker_side: BookSide
    maker_order_id: int
    maker_account: int
    maker_remaining: int
    maker_fee: int
    maker_position: int
    maker_cost: int
    maker_realized: int
    maker_cash: int
    taker_order_id: int
    taker_account: int
    taker_remaining: int
    taker_fee: int
    taker_position: int
    taker_cost: int
    taker_realized: int
    taker_cash: int


class OrderCanceled(EngineEvent, frozen=True):
    """An order ended unfilled or partly filled; `canceled_count` did not trade.

    `resting_count` is how much of it leaves the book: equal to canceled_count for a resting order, 0 for
    the leftover of an order that never rested.
    """

    order_id: int
    account: int
    ticker: str
    side: BookSide
    price: int
    canceled_count: int
    resting_count: int
    cause: CancelCause


class OrderDecreased(EngineEvent, frozen=True):
    """A resting order got smaller and kept its queue place; `remaining_count` still rests."""

    order_id: int
    account: int
    ticker: str
    side: BookSide
    price: int
    reduced_by: int
    remaining_count: int


class OrderAmended(EngineEvent, frozen=True):
    """A resting order changed. Like OrderAccepted it stands before the Trades it caused.

    The book loses `old_resting_count` at `old_price` and gains `resting_count` at `price`;
    `kept_queue_place` says whether it stays where it stood (size down or expiry only, SEMANTICS B7) or
    joins the back of its level. `count` is the new total: filled so far plus wanted resting.
    """

    order_id: int
    account: int
    ticker: str
    side: BookSide
    old_price: int
    price: int
    old_resting_count: int
    resting_count: int
    count: int
    kept_queue_place: bool
    client_order_id: str
    expiration_us: int


class OrderGroupChanged(EngineEvent, frozen=True):
    """An order group was created, triggered, reset, deleted, or given another limit."""

    order_group: int
    account: int
    change: GroupChange
    contracts_limit: int
    """A Count; the limit in force after the change."""


# --- money ------------------------------------------------------------------------------------------


class MemberCreated(EngineEvent, frozen=True):
    """A member joined; its primary account exists. `fee_precision` is Money: 100 direct, 10_000 FCM (A4)."""

    member: int
    name: str
    fee_precision: int


class SubaccountCreated(EngineEvent, frozen=True):
    account: int


class NettingChanged(EngineEvent, frozen=True):
    """The per-subaccount netting toggle of mutually exclusive events (SEMANTICS C2)."""

    account: int
    enabled: bool


class BalanceChanged(EngineEvent, frozen=True):
    """Cash moved outside trading. `amount` is signed Money, `cash` the balance after it."""

    account: int
    cause: BalanceCause
    amount: int
    cash: int
    reference: str = ""
    """The member's `client_transfer_id` for a transfer."""
    counter_account: int = 0


class PositionSettled(EngineEvent, frozen=True):
    """One account's position was paid out. `fee` is the sub-cent remainder kept back (SEMANTICS C2)."""

    ticker: str
    account: int
    position: int
    cost: int
    payout: int
    fee: int
    realized: int
    cash: int


# --- catalogue and lifecycle ------------------------------------------------------------------------


class SeriesCreated(EngineEvent, frozen=True):
    series_ticker: str
    fee_type: FeeType
    fee_multiplier: int
    """In 1e-4: 10_000 is 1.0."""
    details: bytes
    """JSON object with the descriptive fields of OAS:Series; the engine carries it, never reads it."""


class EventCreated(EngineEvent, frozen=True):
    event_ticker: str
    series_ticker: str
    mutually_exclusive: bool
    collateral_return_type: str
    details: bytes


class MarketCreated(EngineEvent, frozen=True):
    ticker: str
    event_ticker: str
    series_ticker: str
    status: MarketStatus
    open_us: int
    close_us: int
    settlement_timer_us: int
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    details: bytes
    fee_waiver_us: int = 0
    """No fees before this time; 0 = no waiver."""
    settlement_floor: int = 0
    """The least one YES contract can pay, as a Price; 0 = no floor."""


class MarketStatusChanged(EngineEvent, frozen=True):
    """`scheduled` is True when time alone did it: Kalshi sends no lifecycle message then (SEMANTICS J20)."""

    ticker: str
    old: MarketStatus
    new: MarketStatus
    scheduled: bool


class MarketCloseChanged(EngineEvent, frozen=True):
    ticker: str
    close_us: int


class PriceGridChanged(EngineEvent, frozen=True):
    ticker: str
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]


class MarketDetermined(EngineEvent, frozen=True):
    """The outcome is known. `value` is what one YES contract pays, as Money for exact scalars."""

    ticker: str
    result: MarketResult
    value: int
    settle_us: int
    """When it will be paid out unless disputed."""
    expiration_value: str = ""


class MarketSettled(EngineEvent, frozen=True):
    """Every position of the market was paid (the PositionSettled events before this one)."""

    ticker: str
    result: MarketResult
    value: int


class SeriesFeeChanged(EngineEvent, frozen=True):
    """Scheduled (`scheduled_us` later than now) or in force (`effective`) fee change of a series."""

    series_ticker: str
    fee_type: FeeType
    fee_multiplier: int
    scheduled_us: int
    effective: bool


class EventFeeChanged(EngineEvent, frozen=True):
    """Scheduled or effective fee override of an event; both None clear the override (SEMANTICS A3)."""

    event_ticker: str
    fee_type: FeeType | None
    fee_multiplier: int | None
    scheduled_us: int
    effective: bool


class PauseChanged(EngineEvent, frozen=True):
    """A trading or exchange pause began or ended; `resume_us` is when it is expected to end, 0 = unknown."""

    scope: PauseScope
    active: bool
    resume_us: int = 0


class PauseScheduled(EngineEvent, frozen=True):
    """A pause will begin and end by itself: a maintenance window."""

    scope: PauseScope
    start_us: int
    end_us: int


AnyEvent = (
    OrderAccepted
    | OrderRejected
    | Trade
    | OrderCanceled
    | OrderDecreased
    | OrderAmended
    | OrderGroupChanged
    | MemberCreated
    | SubaccountCreated
    | NettingChanged
    | BalanceChanged
    | PositionSettled
    | SeriesCreated
    | EventCreated
    | MarketCreated
    | MarketStatusChanged
    | MarketCloseChanged
    | PriceGridChanged
    | MarketDetermined
    | MarketSettled
    | SeriesFeeChanged
    | EventFeeChanged
    | PauseChanged
    | PauseScheduled
)
