"""The retired V1 order mutations, for clients that never moved on (SEMANTICS A6); mounted with the V1 API on.

Each is translated into its V2 sibling and answered with the whole order. Knows legacy prices, counts and market
orders. Refuses to know anything about orders that V2 does not.
"""

from collections.abc import Sequence

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.core.commands import AnyCommand, CancelOrder, CreateOrder
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rate_limit import WRITE, cost_of
from exchange.gateways.rejects import api_error
from exchange.gateways.rest import order_requests as requests
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.orders import order_body, own_order
from exchange.gateways.rest.security import caller, draw, read_body
from exchange.gateways.submit import attempt, receipt_of, submit, submit_each
from exchange.ports import Receipt
from exchange.projections.order_record import OrderRecord
from wire.engine_events import OrderAccepted, OrderCanceled, PriceRange
from wire.enums import BookSide, RejectReason, SelfTradePrevention, TimeInForce
from wire.rest.bodies import Int64
from wire.rest.orders import AmendOrderV2Request, BatchError, CreateOrderV2Request, DecreaseOrderV2Request, OrderBody
from wire.rest.v1_orders import (
    AmendOrderRequest,
    AmendOrderResponse,
    BatchCancelOrdersIndividualResponse,
    BatchCancelOrdersRequest,
    BatchCancelOrdersRequestOrder,
    BatchCancelOrdersResponse,
    BatchCreateOrdersIndividualResponse,
    BatchCreateOrdersRequest,
    BatchCreateOrdersResponse,
    CancelOrderResponse,
    CreateOrderRequest,
    DecreaseOrderRequest,
    LimitPrice,
    OrderResponse,
    book_side,
)
from wire.units import CONTRACT, PAYOUT, format_count, format_price

SCOPE = "write::trade"
PATH = "/trade-api/v2/portfolio/orders"
CREATE_COST = cost_of("POST", PATH)
CANCEL_COST = cost_of("DELETE", f"{PATH}/:order_id")
AMEND_COST = cost_of("POST", f"{PATH}/:order_id/amend")
DECREASE_COST = cost_of("POST", f"{PATH}/:order_id/decrease")

CENT_PRICE = 100
"""One cent as a Price."""


class CancelOrderParams(msgspec.Struct, frozen=True):
    subaccount: Int64 | None = None
    exchange_index: Int64 | None = None


def router(context: VenueContext) -> APIRouter:
    """The six mutations below /portfolio/orders; `batched` stands before the order ids."""
    routes = APIRouter(prefix="/portfolio/orders")
    shard = context.settings.shard
    errors, tag = (400, 401, 403, 404, 409, 429, 503), "retired V1"

    @routes.post(
        "/batched",
        **operation(
            "BatchCreateOrders",
            BatchCreateOrdersResponse,
            body=BatchCreateOrdersRequest,
            status=201,
            errors=errors,
            tag=tag,
        ),
    )
    async def batch_create_orders(request: Request) -> Response:
        key = caller(context, request, SCOPE, 0, WRITE)
        body = await read_body(context, request, BatchCreateOrdersRequest)
        draw(context, key, WRITE, CREATE_COST * len(body.orders))
        accounts = [requests.account(key, entry.subaccount) for entry in body.orders]
        commands = [
            attempt(create_command, context, entry, account)
            for entry, account in zip(body.orders, accounts, strict=True)
        ]
        outcomes = await submit_each(context, commands)
        entries = [
            await _created_entry(context, entry, outcome) for entry, outcome in zip(body.orders, outcomes, strict=True)
        ]
        return answer(BatchCreateOrdersResponse(orders=entries), 201)

    @routes.delete(
        "/batched",
        **operation(
            "BatchCancelOrders", BatchCancelOrdersResponse, body=BatchCancelOrdersRequest, errors=errors, tag=tag
        ),
    )
    async def batch_cancel_orders(request: Request) -> Response:
        key = caller(context, request, SCOPE, 0, WRITE)
        body = await read_body(context, request, BatchCancelOrdersRequest)
        entries = [*(BatchCancelOrdersRequestOrder(each) for each in body.ids or ()), *(body.orders or ())]
        draw(context, key, WRITE, CANCEL_COST * len(entries))
        commands = [
            attempt(_cancel_command, shard, key, each.order_id, each.subaccount, each.exchange_index)
            for each in entries
        ]
        outcomes = await submit_each(context, commands)
        canceled = [
            await _canceled_entry(context, entry.order_id, outcome)
            for entry, outcome in zip(entries, outcomes, strict=True)
        ]
        return answer(BatchCancelOrdersResponse(orders=canceled))

    @routes.post(
        "",
        **operation("CreateOrder", OrderResponse, body=CreateOrderRequest, status=201, errors=errors, tag=tag),
    )
    async def create_order(request: Request) -> Response:
        key = caller(context, request, SCOPE, CREATE_COST, WRITE)
        body = await read_body(context, request, CreateOrderRequest)
        command = create_command(context, body, requests.account(key, body.subaccount))
        return answer(OrderResponse(await _created(context, await submit(context, command))), 201)

    @routes.delete(
        "/{order_id}",
        **operation("CancelOrder", CancelOrderResponse, query=CancelOrderParams, errors=errors, tag=tag),
    )
    async def cancel_order(request: Request, order_id: str) -> Response:
        key = caller(context, request, SCOPE, CANCEL_COST, WRITE)
        query = params.read(CancelOrderParams, request.query_params)
        command = _cancel_command(shard, key, order_id, query.subaccount, query.exchange_index)
        order, count = await _canceled(context, await submit(context, command))
        return answer(CancelOrderResponse(order, count // CONTRACT, format_count(count)))

    @routes.post(
        "/{order_id}/amend",
        **operation("AmendOrder", AmendOrderResponse, body=AmendOrderRequest, errors=errors, tag=tag),
    )
    async def amend_order(request: Request, order_id: str) -> Response:
        key = caller(context, request, SCOPE, AMEND_COST, WRITE)
        body = await read_body(context, request, AmendOrderRequest)
        account = requests.account(key, body.subaccount)
        order = await own_order(context, key, order_id)
        old = order_body(context, order)
        translated = _amend_v2(body, order)
        await submit(context, requests.amend_command(translated, account, order.order_id, shard))
        return answer(AmendOrderResponse(old, await _order(context, order.order_id)))

    @routes.post(
        "/{order_id}/decrease",
        **operation("DecreaseOrder", OrderResponse, body=DecreaseOrderRequest, errors=errors, tag=tag),
    )
    async def decrease_order(request: Request, order_id: str) -> Response:
        key = caller(context, request, SCOPE, DECREASE_COST, WRITE)
        body = await read_body(context, request, DecreaseOrderRequest)
        account = requests.account(key, body.subaccount)
        named = requests.own_order_id(order_id, shard)
        translated = DecreaseOrderV2Request(
            reduce_by=_count("reduce_by", body.reduce_by, body.reduce_by_fp),
            reduce_to=_count("reduce_to", body.reduce_to, body.reduce_to_fp),
            exchange_index=body.exchange_index,
        )
        await submit(context, requests.decrease_command(translated, account, named, shard))
        return answer(OrderResponse(await _order(context, named)))

    return routes


# --- requests into V2's -----------------------------------------------------------------------------


def create_command(context: VenueContext, body: CreateOrderRequest, account: int) -> CreateOrder:
    """A V1 order as the V2 order it is. Raises ApiError for what the engine could not even be asked."""
    count = _count("count", body.count, body.count_fp)
    if count is None:
        raise _invalid("count or count_fp is required")
    if body.sell_position_floor not in (None, 0):
        raise _invalid("sell_position_floor can only be 0")
    side = book_side(body.action, body.side)
    translated = CreateOrderV2Request(
        ticker=body.ticker,
        side=side,
        count=count,
        price=_limit(context, body, side, requests.read_count("count", count)),
        time_in_force=_time_in_force(body),
        self_trade_prevention_type=body.self_trade_prevention_type or SelfTradePrevention.TAKER_AT_CROSS,
        client_order_id=body.client_order_id,
        expiration_time=body.expiration_ts,
        post_only=body.post_only,
        reduce_only=body.reduce_only or body.sell_position_floor == 0,
        cancel_order_on_pause=body.cancel_order_on_pause,
        order_group_id=body.order_group_id,
        exchange_index=body.exchange_index,
    )
    return requests.create_command(translated, account, context.settings.shard)


def _time_in_force(body: CreateOrderRequest) -> TimeInForce:
    """A market order never rests; a maximum cost is for all or nothing (OAS:CreateOrderRequest.buy_max_cost)."""
    if body.buy_max_cost is not None:
        return TimeInForce.FILL_OR_KILL
    asked = body.time_in_force or TimeInForce.GOOD_TILL_CANCELED
    rests = asked is TimeInForce.GOOD_TILL_CANCELED
    return TimeInForce.IMMEDIATE_OR_CANCEL if body.type == "market" and rests else asked


def _limit(context: VenueContext, body: CreateOrderRequest, side: BookSide, count: int) -> str:
    """The YES price an order may go to: its limit, else the worst legal price, and within buy_max_cost.

    A maximum cost bounds the price of each contract, so that no order in the same turn can make it cost more.
    """
    given = _yes_price(body)
    if body.buy_max_cost is None and body.type != "market":
        if given is None:
            raise _invalid("exactly one of yes_price, no_price, yes_price_dollars and no_price_dollars is required")
        return given
    market = context.views.catalogue.markets.get(body.ticker)
    if market is None:
        raise api_error(RejectReason.MARKET_NOT_FOUND)
    leg = PAYOUT - 1
    if given is not None:
        price = requests.read_price(given)
        leg = price if side is BookSide.BID else PAYOUT - price
    if body.buy_max_cost is not None:
        if body.action != "buy" or body.buy_max_cost <= 0:
            raise _invalid("buy_max_cost must be a positive amount of cents and is only for buying")
        leg = min(leg, body.buy_max_cost * CENT_PRICE * CONTRACT // count if count else leg)
    price = _highest(market.price_ranges, leg) if side is BookSide.BID else _lowest(market.price_ranges, PAYOUT - leg)
    if not 0 < price < PAYOUT:
        raise api_error(RejectReason.FILL_OR_KILL_UNFILLABLE)
    return format_price(price)


def _highest(bands: Sequence[PriceRange], bound: int) -> int:
    """The highest price of the grid that is at most `bound`, 0 when there is none (SEMANTICS A2)."""
    return max(
        (
            band.start + (min(bound, band.end) - band.start) // band.step * band.step
            for band in bands
            if band.start <= bound
        ),
        default=0,
    )


def _lowest(bands: Sequence[PriceRange], bound: int) -> int:
    """The lowest price of the grid that is at least `bound`, PAYOUT when there is none."""
    return min(
        (
            band.end - (band.end - max(bound, band.start)) // band.step * band.step
            for band in bands
            if bound <= band.end
        ),
        default=PAYOUT,
    )


def _yes_price(body: LimitPrice) -> str | None:
    """The one price that is given, as the dollars of the YES leg; None when there is none."""
    cents = (body.yes_price, body.no_price)
    dollars = (body.yes_price_dollars or None, body.no_price_dollars or None)
    if sum(each is not None for each in (*cents, *dollars)) > 1:
        raise _invalid("at most one of yes_price, no_price, yes_price_dollars and no_price_dollars may be given")
    if body.yes_price is not None:
        return format_price(body.yes_price * CENT_PRICE)
    if body.no_price is not None:
        return format_price(PAYOUT - body.no_price * CENT_PRICE)
    if not body.no_price_dollars:
        return body.yes_price_dollars or None
    no_price = requests.read_price(body.no_price_dollars)
    if not 0 < no_price < PAYOUT:
        raise api_error(RejectReason.INVALID_PRICE)
    return format_price(PAYOUT - no_price)


def _count(name: str, contracts: int | None, text: str | None) -> str | None:
    """The count a pair of fields gives; both have to say the same (SEMANTICS A1)."""
    if not text:
        return None if contracts is None else str(contracts)
    if contracts is not None and requests.read_count(f"{name}_fp", text) != contracts * CONTRACT:
        raise _invalid(f"{name} and {name}_fp must be equal")
    return text


def _amend_v2(body: AmendOrderRequest, order: OrderRecord) -> AmendOrderV2Request:
    price = _yes_price(body)
    if price is None:
        raise _invalid("exactly one of yes_price, no_price, yes_price_dollars and no_price_dollars is required")
    return AmendOrderV2Request(
        ticker=body.ticker,
        side=book_side(body.action, body.side),
        price=price,
        count=_count("count", body.count, body.count_fp) or format_count(order.fill_count + order.remaining_count),
        client_order_id=body.client_order_id,
        updated_client_order_id=body.updated_client_order_id,
        exchange_index=body.exchange_index,
    )


def _cancel_command(
    shard: int, key: ApiKey, order_id: str, subaccount: int | None, exchange_index: int | None
) -> AnyCommand:
    account = requests.account(key, subaccount)
    requests.check_shard_of_order(exchange_index, shard)
    return CancelOrder(account, requests.own_order_id(order_id, shard))


def _invalid(details: str) -> ApiError:
    return ApiError(400, "invalid_parameters", details=details)


# --- receipts into orders ---------------------------------------------------------------------------


async def _order(context: VenueContext, order_id: int) -> OrderBody:
    """The order as it is after the command that touched it."""
    order = context.views.orders.get(order_id) or await context.history.order(order_id)
    assert order is not None, "an order the engine answered for is in memory or in history"
    return order_body(context, order)


async def _created(context: VenueContext, receipt: Receipt) -> OrderBody:
    requests.check_done(receipt)
    accepted = receipt.events[0]
    assert isinstance(accepted, OrderAccepted), "a created order was accepted"
    return await _order(context, accepted.order_id)


async def _canceled(context: VenueContext, receipt: Receipt) -> tuple[OrderBody, int]:
    """(order, Count taken off the book)."""
    requests.check_done(receipt)
    event = receipt.events[0]
    assert isinstance(event, OrderCanceled), "a canceled order was canceled"
    return await _order(context, event.order_id), event.canceled_count


async def _created_entry(
    context: VenueContext, entry: CreateOrderRequest, outcome: Receipt | ApiError
) -> BatchCreateOrdersIndividualResponse:
    try:
        order = await _created(context, receipt_of(outcome))
    except ApiError as error:
        return BatchCreateOrdersIndividualResponse(
            client_order_id=entry.client_order_id, error=BatchError(**error.inner())
        )
    return BatchCreateOrdersIndividualResponse(client_order_id=entry.client_order_id, order=order)


async def _canceled_entry(
    context: VenueContext, order_id: str, outcome: Receipt | ApiError
) -> BatchCancelOrdersIndividualResponse:
    try:
        order, count = await _canceled(context, receipt_of(outcome))
    except ApiError as error:
        return BatchCancelOrdersIndividualResponse(
            order_id=order_id, reduced_by=0, reduced_by_fp="0.00", error=BatchError(**error.inner())
        )
    return BatchCancelOrdersIndividualResponse(
        order_id=order.order_id, order=order, reduced_by=count // CONTRACT, reduced_by_fp=format_count(count)
    )
