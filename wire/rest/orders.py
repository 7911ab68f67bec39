"""Order bodies of the REST API: V2 mutations (OAS 3.34 *OrderV2*) and the Order object the GETs answer.

Knows the shapes. Refuses to know what an order may do: the engine's business.
"""

from wire.enums import BookSide, OrderStatus, OutcomeSide, SelfTradePrevention, TimeInForce
from wire.rest.bodies import Int64, Request, Response, UnixSeconds

MAX_CLIENT_ORDER_ID = 64
"""Longest client_order_id, in characters (SEMANTICS B4)."""


# --- mutations --------------------------------------------------------------------------------------


class CreateOrderV2Request(Request, frozen=True):
    """POST /portfolio/events/orders (SEMANTICS B4). `price` and `count` are decimal strings."""

    ticker: str
    side: BookSide
    count: str
    price: str
    time_in_force: TimeInForce
    self_trade_prevention_type: SelfTradePrevention
    client_order_id: str | None = None
    expiration_time: UnixSeconds | None = None
    """Unix seconds."""
    post_only: bool | None = None
    cancel_order_on_pause: bool | None = None
    reduce_only: bool | None = None
    subaccount: Int64 | None = None
    order_group_id: str | None = None
    exchange_index: Int64 | None = None
    """None or -1: routed by ticker."""


class CreateOrderV2Response(Response, frozen=True, kw_only=True):
    """201. No status field; the averages only when something filled (SEMANTICS B4)."""

    average_fee_paid: str | None = None
    average_fill_price: str | None = None
    client_order_id: str | None = None
    fill_count: str
    order_id: str
    remaining_count: str
    ts_ms: int


class CancelOrderV2Response(Response, frozen=True, kw_only=True):
    """200 of DELETE /portfolio/events/orders/{order_id} (SEMANTICS B7)."""

    client_order_id: str | None = None
    order_id: str
    reduced_by: str
    ts_ms: int


class AmendOrderV2Request(Request, frozen=True):
    """POST /portfolio/events/orders/{order_id}/amend; `count` is the new total fillable (SEMANTICS B7)."""

    ticker: str
    side: BookSide
    price: str
    count: str
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    expiration_time: UnixSeconds | None = None
    """Unix seconds; None keeps, 0 drops."""
    exchange_index: Int64 | None = None


class AmendOrderV2Response(Response, frozen=True, kw_only=True):
    """200; counts only when the amend filled or changed the resting size (SEMANTICS B7)."""

    average_fee_paid: str | None = None
    average_fill_price: str | None = None
    client_order_id: str | None = None
    fill_count: str | None = None
    order_id: str
    remaining_count: str | None = None
    ts_ms: int


class DecreaseOrderV2Request(Request, frozen=True):
    """POST /portfolio/events/orders/{order_id}/decrease; exactly one of the two (SEMANTICS B7)."""

    reduce_by: str | None = None
    reduce_to: str | None = None
    exchange_index: Int64 | None = None
    market_ticker: str | None = None


class DecreaseOrderV2Response(Response, frozen=True, kw_only=True):
    client_order_id: str | None = None
    order_id: str
    remaining_count: str
    ts_ms: int


class BatchCreateOrdersV2Request(Request, frozen=True):
    """POST /portfolio/events/orders/batched."""

    orders: list[CreateOrderV2Request]


class BatchError(Response, frozen=True, kw_only=True):
    """Why one entry of a batch failed: the inner object of the nested error body (SEMANTICS F4)."""

    code: str
    details: str | None = None
    message: str


class BatchCreateEntry(Response, frozen=True, kw_only=True):
    """One created order, or `error` with ids and ts_ms left out (SEMANTICS B8)."""

    average_fee_paid: str | None = None
    average_fill_price: str | None = None
    client_order_id: str | None = None
    error: BatchError | None = None
    fill_count: str | None = None
    order_id: str | None = None
    remaining_count: str | None = None
    ts_ms: int | None = None


class BatchCreateOrdersV2Response(Response, frozen=True, kw_only=True):
    """201, entries in the order of the request."""

    orders: list[BatchCreateEntry]


class CancelEntry(Request, frozen=True):
    """One order of a batch cancel."""

    order_id: str
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None
    market_ticker: str | None = None


class BatchCancelOrdersV2Request(Request, frozen=True):
    """DELETE /portfolio/events/orders/batched, with a body."""

    orders: list[CancelEntry]


class BatchCancelEntry(Response, frozen=True, kw_only=True):
    """`order_id` always; on `error` reduced_by is "0.00" and ts_ms is left out (SEMANTICS B8)."""

    client_order_id: str | None = None
    error: BatchError | None = None
    order_id: str
    reduced_by: str
    ts_ms: int | None = None


class BatchCancelOrdersV2Response(Response, frozen=True, kw_only=True):
    """200, entries in the order of the request."""

    orders: list[BatchCancelEntry]


# --- reading ----------------------------------------------------------------------------------------


class OrderBody(Response, frozen=True, kw_only=True):
    """OAS:Order; `action` and `side` are the deprecated direction: a bid is buy yes, an ask sell yes (B1).

    Prices have 4 decimals, fill costs and fees 6, counts 2 (recording portfolio__orders_list).
    """

    action: str
    book_side: BookSide
    cancel_order_on_pause: bool = False
    client_order_id: str
    created_time: str
    exchange_index: int
    expiration_time: str | None = None
    fill_count_fp: str
    initial_count_fp: str
    last_update_time: str
    maker_fees_dollars: str
    maker_fill_cost_dollars: str
    no_price_dollars: str
    order_group_id: str | None = None
    order_id: str
    outcome_side: OutcomeSide
    remaining_count_fp: str
    self_trade_prevention_type: SelfTradePrevention
    side: str
    status: OrderStatus
    subaccount_number: int
    taker_fees_dollars: str
    taker_fill_cost_dollars: str
    ticker: str
    type: str
    user_id: str
    yes_price_dollars: str


class OrderBodyV1(OrderBody, frozen=True, kw_only=True):
    """An Order with the integer fields that clients of the retired V1 require: cents, whole contracts."""

    fill_count: int
    initial_count: int
    maker_fees: int
    maker_fill_cost: int
    no_price: int
    queue_position: int
    """Always 0: it has had an endpoint of its own for long."""
    remaining_count: int
    taker_fees: int
    taker_fill_cost: int
    yes_price: int


class GetOrdersResponse(Response, frozen=True, kw_only=True):
    cursor: str
    orders: list[OrderBody]


class GetOrderResponse(Response, frozen=True, kw_only=True):
    order: OrderBody


class OrderQueuePosition(Response, frozen=True, kw_only=True):
    """Contracts ahead of one resting order, 0 for the front (SEMANTICS B3)."""

    market_ticker: str
    order_id: str
    queue_position_fp: str


class GetOrderQueuePositionsResponse(Response, frozen=True, kw_only=True):
    queue_positions: list[OrderQueuePosition]


class GetOrderQueuePositionResponse(Response, frozen=True, kw_only=True):
    queue_position_fp: str
