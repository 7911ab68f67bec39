"""Bodies of the retired V1 order mutations: legacy action and side, integer cents, whole contracts.

Their schemas still stand in the contract although its paths are gone (OAS:CreateOrderRequest and its siblings).
A price comes as cents or as dollars, of the YES or of the NO leg; a count as an integer or as a string. Knows
the shapes and how an action and a side become a side of the book (SEMANTICS B1); the rest is V2's.
"""

from typing import Annotated, Literal

import msgspec

from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.rest.bodies import Int64, Request, Response, UnixSeconds
from wire.rest.orders import BatchError, OrderBody

Action = Literal["buy", "sell"]
Side = Literal["yes", "no"]
Cents = Annotated[int, msgspec.Meta(ge=1, le=99)]
Contracts = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


def book_side(action: Action, side: Side) -> BookSide:
    """Buying YES and selling NO are bids, the other two asks (SEMANTICS B1)."""
    return BookSide.BID if (action == "buy") == (side == "yes") else BookSide.ASK


class LimitPrice(Request, frozen=True, kw_only=True):
    """At most one of the four is given."""

    yes_price: Cents | None = None
    no_price: Cents | None = None
    yes_price_dollars: str | None = None
    no_price_dollars: str | None = None


class CreateOrderRequest(LimitPrice, frozen=True, kw_only=True):
    """POST /portfolio/orders."""

    ticker: str
    side: Side
    action: Action
    type: Literal["limit", "market"] | None = None
    """Gone from the contract; clients of old still send it. None is a limit order."""
    count: Contracts | None = None
    count_fp: str | None = None
    client_order_id: str | None = None
    expiration_ts: UnixSeconds | None = None
    """Unix seconds."""
    time_in_force: TimeInForce | None = None
    """None is good_till_canceled."""
    buy_max_cost: Int64 | None = None
    """The most the whole order may cost, in cents; makes it fill-or-kill."""
    post_only: bool | None = None
    reduce_only: bool | None = None
    sell_position_floor: Int64 | None = None
    """The older reduce_only: only 0 is taken."""
    self_trade_prevention_type: SelfTradePrevention | None = None
    """None is taker_at_cross."""
    order_group_id: str | None = None
    cancel_order_on_pause: bool | None = None
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None


class AmendOrderRequest(LimitPrice, frozen=True, kw_only=True):
    """POST /portfolio/orders/{order_id}/amend; a count is the new total fillable, none keeps it."""

    ticker: str
    side: Side
    action: Action
    count: Contracts | None = None
    count_fp: str | None = None
    client_order_id: str | None = None
    updated_client_order_id: str | None = None
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None


class DecreaseOrderRequest(Request, frozen=True, kw_only=True):
    """POST /portfolio/orders/{order_id}/decrease; exactly one of by and to."""

    reduce_by: Contracts | None = None
    reduce_by_fp: str | None = None
    reduce_to: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] | None = None
    reduce_to_fp: str | None = None
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None


class BatchCreateOrdersRequest(Request, frozen=True):
    """POST /portfolio/orders/batched."""

    orders: list[CreateOrderRequest]


class BatchCancelOrdersRequestOrder(Request, frozen=True):
    order_id: str
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None


class BatchCancelOrdersRequest(Request, frozen=True):
    """DELETE /portfolio/orders/batched: `ids` of the primary subaccount, `orders` of any."""

    ids: list[str] | None = None
    orders: list[BatchCancelOrdersRequestOrder] | None = None


class OrderResponse(Response, frozen=True):
    """What create (201) and decrease (200) answer."""

    order: OrderBody


class AmendOrderResponse(Response, frozen=True):
    old_order: OrderBody
    order: OrderBody


class CancelOrderResponse(Response, frozen=True):
    order: OrderBody
    reduced_by: int
    reduced_by_fp: str


class BatchCreateOrdersIndividualResponse(Response, frozen=True, kw_only=True):
    """The order, or why there is none."""

    client_order_id: str | None = None
    error: BatchError | None = None
    order: OrderBody | None = None


class BatchCreateOrdersResponse(Response, frozen=True):
    """201, entries in the order of the request."""

    orders: list[BatchCreateOrdersIndividualResponse]


class BatchCancelOrdersIndividualResponse(Response, frozen=True, kw_only=True):
    """`reduced_by` is 0 beside an `error`."""

    error: BatchError | None = None
    order: OrderBody | None = None
    order_id: str
    reduced_by: int
    reduced_by_fp: str


class BatchCancelOrdersResponse(Response, frozen=True):
    """200, entries in the order of the request."""

    orders: list[BatchCancelOrdersIndividualResponse]
