"""What the engine can be told to do. Private to the venue: free to change, unlike the engine events.

A command says who asks and what for, in integers and enums, already parsed and authenticated. It holds no
time: the sequencer stamps `seq` and `now_us` when it is the command's turn.
"""

import msgspec

from wire.engine_events import PriceRange
from wire.enums import (
    BookSide,
    FeeType,
    MarketResult,
    PauseScope,
    SelfTradePrevention,
    TimeInForce,
)


class Command(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=True):
    """Base of all commands: encoded as an array headed by the class name."""


# --- orders -----------------------------------------------------------------------------------------


class CreateOrder(Command, frozen=True):
    """Place an order (SEMANTICS B4). `expiration_us` and `order_group` 0 = none, client_order_id "" = none."""

    account: int
    ticker: str
    side: BookSide
    price: int
    count: int
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    client_order_id: str = ""
    post_only: bool = False
    reduce_only: bool = False
    cancel_order_on_pause: bool = False
    expiration_us: int = 0
    order_group: int = 0


class CancelOrder(Command, frozen=True):
    """`client_order_id` is what the request calls itself (FIX); kept for who reads the journal, no rule asks for it."""

    account: int
    order_id: int
    client_order_id: str = ""


class DecreaseOrder(Command, frozen=True):
    """Exactly one of the two is given; the other is -1 (SEMANTICS B7)."""

    account: int
    order_id: int
    reduce_by: int = -1
    reduce_to: int = -1


class AmendOrder(Command, frozen=True):
    """`count` is the new total fillable. `expiration_us` -1 keeps, 0 drops (SEMANTICS B7).

    `client_order_id` is checked when not empty; `updated_client_order_id` renames when not empty.
    """

    account: int
    order_id: int
    ticker: str
    side: BookSide
    price: int
    count: int
    client_order_id: str = ""
    updated_client_order_id: str = ""
    expiration_us: int = -1


class CancelAllOrders(Command, frozen=True):
    """Cancel every resting order of a member, or of one of its subaccounts (-1 = all of them)."""

    member: int
    subaccount: int = -1


# --- order groups -----------------------------------------------------------------------------------


class CreateOrderGroup(Command, frozen=True):
    account: int
    contracts_limit: int
    """A Count."""


class ResetOrderGroup(Command, frozen=True):
    account: int
    order_group: int


class TriggerOrderGroup(Command, frozen=True):
    account: int
    order_group: int


class UpdateOrderGroupLimit(Command, frozen=True):
    account: int
    order_group: int
    contracts_limit: int


class DeleteOrderGroup(Command, frozen=True):
    account: int
    order_group: int


# --- members and money ------------------------------------------------------------------------------


class CreateMember(Command, frozen=True):
    """`member` is chosen by the caller (1, 2, ...) so that a scenario is a pure list of commands."""

    member: int
    name: str
    direct: bool = True
    """Direct members are rounded to $0.0001, others (FCM) to $0.01 (SEMANTICS A4)."""


class CreateSubaccount(Command, frozen=True):
    """The next free subaccount of the member."""

    member: int


class SetNetting(Command, frozen=True):
    account: int
    enabled: bool


class Deposit(Command, frozen=True):
    account: int
    amount: int


class Withdraw(Command, frozen=True):
    account: int
    amount: int


class TransferBetweenSubaccounts(Command, frozen=True):
    member: int
    from_subaccount: int
    to_subaccount: int
    amount: int
    client_transfer_id: str


# --- catalogue and lifecycle ------------------------------------------------------------------------


class CreateSeries(Command, frozen=True):
    series_ticker: str
    fee_type: FeeType
    fee_multiplier: int
    """In 1e-4: 10_000 is 1.0."""
    details: bytes


class CreateEvent(Command, frozen=True):
    event_ticker: str
    series_ticker: str
    mutually_exclusive: bool
    collateral_return_type: str
    details: bytes


class ScheduledOutcome(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An outcome the venue will announce by itself at `at_us`: demo markets and tapes."""

    at_us: int
    result: MarketResult
    value: int
    """What one YES contract pays, as Money; ignored but for scalar."""
    expiration_value: str = ""


class CreateMarket(Command, frozen=True):
    ticker: str
    event_ticker: str
    open_us: int
    close_us: int
    settlement_timer_us: int
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    """Empty = the published bands of the label (exchange/core/price_grid.py)."""
    details: bytes
    outcome: ScheduledOutcome | None = None
    fee_waiver_us: int = 0
    """No fees before this time (OAS:Market.fee_waiver_expiration_time)."""
    settlement_floor: int = 0
    """The least one YES contract can pay, as a Price (OAS:Market.settlement_floor_dollars)."""


class SetCloseTime(Command, frozen=True):
    """Move close_time: earlier closes early, later reopens a closed market (SEMANTICS D1)."""

    ticker: str
    close_us: int


class HaltMarket(Command, frozen=True):
    """active -> inactive."""

    ticker: str


class ResumeMarket(Command, frozen=True):
    """inactive -> active; wipes every resting order (SEMANTICS J21)."""

    ticker: str


class SetPriceGrid(Command, frozen=True):
    ticker: str
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...] = ()


class DetermineMarket(Command, frozen=True):
    """closed or disputed -> determined or amended; starts the settlement timer."""

    ticker: str
    result: MarketResult
    value: int = 0
    """What one YES contract pays, as Money; read only for scalar."""
    expiration_value: str = ""


class DisputeMarket(Command, frozen=True):
    """determined -> disputed; stops the settlement timer."""

    ticker: str


class SettleMarket(Command, frozen=True):
    """determined or amended -> finalized at once, without waiting for the settlement timer."""

    ticker: str


class ScheduleSeriesFee(Command, frozen=True):
    series_ticker: str
    fee_type: FeeType
    fee_multiplier: int
    at_us: int


class ScheduleEventFee(Command, frozen=True):
    """Both None clear the event's override at `at_us`."""

    event_ticker: str
    fee_type: FeeType | None
    fee_multiplier: int | None
    at_us: int


class Pause(Command, frozen=True):
    scope: PauseScope
    resume_us: int = 0
    """When it ends by itself; 0 = when resumed."""


class Resume(Command, frozen=True):
    scope: PauseScope


class SchedulePause(Command, frozen=True):
    """A pause that will begin and end by itself: the weekly maintenance window (SEMANTICS B11)."""

    scope: PauseScope
    start_us: int
    end_us: int


class AdvanceTime(Command, frozen=True):
    """Let everything that is due by now happen. The sequencer sends it for each instant at which a timer is due."""


AnyCommand = (
    CreateOrder
    | CancelOrder
    | DecreaseOrder
    | AmendOrder
    | CancelAllOrders
    | CreateOrderGroup
    | ResetOrderGroup
    | TriggerOrderGroup
    | UpdateOrderGroupLimit
    | DeleteOrderGroup
    | CreateMember
    | CreateSubaccount
    | SetNetting
    | Deposit
    | Withdraw
    | TransferBetweenSubaccounts
    | CreateSeries
    | CreateEvent
    | CreateMarket
    | SetCloseTime
    | HaltMarket
    | ResumeMarket
    | SetPriceGrid
    | DetermineMarket
    | DisputeMarket
    | SettleMarket
    | ScheduleSeriesFee
    | ScheduleEventFee
    | Pause
    | Resume
    | SchedulePause
    | AdvanceTime
)
