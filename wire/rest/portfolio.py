"""Portfolio bodies of the REST API: balance, positions, fills, settlements, cash, subaccounts (SEMANTICS C).

Knows the shapes and units: `*_dollars` strings, `*_fp` counts, and the integer cents that survived (SEMANTICS
A5). The *V1 structs add what clients of the retired V1 require, in cents and whole contracts.
"""

from wire.enums import BookSide, MarketResult, OutcomeSide
from wire.rest.bodies import Int64, Request, Response

# --- balance ----------------------------------------------------------------------------------------


class IndexedBalance(Response, frozen=True, kw_only=True):
    """Money on one shard, 4 decimals."""

    balance: str
    exchange_index: int


class GetBalanceResponse(Response, frozen=True, kw_only=True):
    """`balance` and `portfolio_value` in whole cents, truncated; the breakdown is left out for a
    subaccount-restricted key (SEMANTICS C1).
    """

    balance: int
    balance_breakdown: list[IndexedBalance] | None = None
    balance_dollars: str
    portfolio_value: int
    updated_ts: int


class GetPortfolioRestingOrderTotalValueResponse(Response, frozen=True, kw_only=True):
    """The total in cents, the breakdown in dollars (SEMANTICS A5)."""

    resting_order_value_breakdown: list[IndexedBalance]
    total_resting_order_value: int


# --- positions --------------------------------------------------------------------------------------


class MarketPosition(Response, frozen=True, kw_only=True):
    """OAS:MarketPosition; all money has 6 decimals (SEMANTICS A1)."""

    exchange_index: int
    fees_paid_dollars: str
    last_updated_ts: str
    market_exposure_dollars: str
    position_fp: str
    realized_pnl_dollars: str
    ticker: str
    total_traded_dollars: str


class MarketPositionV1(MarketPosition, frozen=True, kw_only=True):
    fees_paid: int
    market_exposure: int
    position: int
    realized_pnl: int
    resting_orders_count: int
    total_traded: int


class EventPosition(Response, frozen=True, kw_only=True):
    """OAS:EventPosition: the sum over the event's markets."""

    event_exposure_dollars: str
    event_ticker: str
    fees_paid_dollars: str
    realized_pnl_dollars: str
    total_cost_dollars: str
    total_cost_shares_fp: str


class EventPositionV1(EventPosition, frozen=True, kw_only=True):
    event_exposure: int
    fees_paid: int
    realized_pnl: int
    total_cost: int
    total_cost_shares: int


class GetPositionsResponse(Response, frozen=True, kw_only=True):
    cursor: str
    event_positions: list[EventPosition]
    market_positions: list[MarketPosition]


# --- fills and settlements --------------------------------------------------------------------------


class Fill(Response, frozen=True, kw_only=True):
    """OAS:Fill; `fill_id` is the trade's id, `fee_cost` has 6 decimals (SEMANTICS B3)."""

    action: str
    book_side: BookSide
    count_fp: str
    created_time: str
    exchange_index: int
    fee_cost: str
    fill_id: str
    is_taker: bool
    market_ticker: str
    no_price_dollars: str
    order_id: str
    outcome_side: OutcomeSide
    side: str
    subaccount_number: int
    ticker: str
    trade_id: str
    ts: int
    yes_price_dollars: str


class FillV1(Fill, frozen=True, kw_only=True):
    count: int
    no_price: int
    no_price_fixed: str
    price: float
    """Dollars as a number: the one float the old wire has."""
    yes_price: int
    yes_price_fixed: str


class GetFillsResponse(Response, frozen=True, kw_only=True):
    cursor: str
    fills: list[Fill]


class Settlement(Response, frozen=True, kw_only=True):
    """OAS:Settlement; `revenue` and `value` in cents, `value` is what one YES contract paid (SEMANTICS C2)."""

    event_ticker: str
    exchange_index: int
    fee_cost: str
    market_result: MarketResult
    no_count_fp: str
    no_total_cost_dollars: str
    revenue: int
    settled_time: str
    ticker: str
    value: int
    yes_count_fp: str
    yes_total_cost_dollars: str


class SettlementV1(Settlement, frozen=True, kw_only=True):
    no_count: int
    no_total_cost: int
    yes_count: int
    yes_total_cost: int


class GetSettlementsResponse(Response, frozen=True, kw_only=True):
    cursor: str
    settlements: list[Settlement]


# --- deposits and withdrawals -----------------------------------------------------------------------


class CashMovement(Response, frozen=True, kw_only=True):
    """OAS:Deposit and OAS:Withdrawal, which have the same fields; cents and Unix seconds."""

    amount_cents: int
    created_ts: int
    fee_cents: int
    finalized_ts: int
    id: str
    status: str
    type: str


class GetDepositsResponse(Response, frozen=True, kw_only=True):
    cursor: str
    deposits: list[CashMovement]


class GetWithdrawalsResponse(Response, frozen=True, kw_only=True):
    cursor: str
    withdrawals: list[CashMovement]


# --- subaccounts ------------------------------------------------------------------------------------


class CreateSubaccountRequest(Request, frozen=True):
    exchange_index: Int64 | None = None


class CreateSubaccountResponse(Response, frozen=True, kw_only=True):
    subaccount_number: int


class ApplySubaccountTransferRequest(Request, frozen=True):
    """`client_transfer_id` is a UUID of the client's; a second use is refused with 409 (SEMANTICS C3)."""

    client_transfer_id: str
    from_subaccount: Int64
    to_subaccount: Int64
    amount_cents: Int64
    exchange_index: Int64 | None = None


class SubaccountBalance(Response, frozen=True, kw_only=True):
    balance: str
    exchange_index: int
    subaccount_number: int
    updated_ts: int


class GetSubaccountBalancesResponse(Response, frozen=True, kw_only=True):
    subaccount_balances: list[SubaccountBalance]


class SubaccountTransfer(Response, frozen=True, kw_only=True):
    amount_cents: int
    created_ts: int
    exchange_index: int
    from_subaccount: int
    to_subaccount: int
    transfer_id: str


class GetSubaccountTransfersResponse(Response, frozen=True, kw_only=True):
    cursor: str
    transfers: list[SubaccountTransfer]


class UpdateSubaccountNettingRequest(Request, frozen=True):
    subaccount_number: Int64
    enabled: bool


class SubaccountNettingConfig(Response, frozen=True, kw_only=True):
    enabled: bool
    exchange_index: int
    subaccount_number: int


class GetSubaccountNettingResponse(Response, frozen=True, kw_only=True):
    netting_configs: list[SubaccountNettingConfig]
