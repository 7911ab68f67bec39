"""Reading orders: one, a list, and their places in the queue (SEMANTICS B3, B5, C2).

A list is what the projection keeps in memory and what history has, as one; a malformed id names nothing.
"""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import ApiKey, subaccount_filter, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.history_reader import merged
from exchange.gateways.rate_limit import cost_of
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.security import caller
from exchange.projections.order_filter import OrderFilter
from exchange.projections.order_record import OrderRecord
from wire.accounts import user_uuid
from wire.enums import BookSide, OrderStatus, OutcomeSide
from wire.ids import IdKind, format_id, order_uuid, parse_id
from wire.rest.bodies import Int64
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor, timestamp
from wire.rest.orders import (
    GetOrderQueuePositionResponse,
    GetOrderQueuePositionsResponse,
    GetOrderResponse,
    GetOrdersResponse,
    OrderBody,
    OrderBodyV1,
    OrderQueuePosition,
)
from wire.units import CONTRACT, PAYOUT, cents, format_count, format_money, format_price

GET_ORDER_COST = cost_of("GET", "/trade-api/v2/portfolio/orders/:order_id")

CURSORS: msgspec.msgpack.Decoder[Int64] = msgspec.msgpack.Decoder(Int64)
"""The order_id that the page before ended with."""


class GetOrdersParams(msgspec.Struct, frozen=True):
    ticker: str = ""
    event_ticker: Annotated[params.Csv, msgspec.Meta(max_length=100)] = ()
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    status: Literal["resting", "canceled", "executed"] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    cursor: str = ""
    subaccount: Annotated[int, msgspec.Meta(ge=0)] | None = None
    exchange_index: Annotated[int, msgspec.Meta(ge=0)] | None = None


class GetOrderQueuePositionsParams(msgspec.Struct, frozen=True):
    market_tickers: params.Csv = ()
    event_ticker: str = ""
    subaccount: Annotated[int, msgspec.Meta(ge=0)] | None = None


def router(context: VenueContext) -> APIRouter:
    """The four GETs of /portfolio/orders."""
    routes = APIRouter(prefix="/portfolio/orders")

    @routes.get(
        "",
        **operation("GetOrders", GetOrdersResponse, query=GetOrdersParams, errors=(400, 401, 403, 429), tag="orders"),
    )
    async def get_orders(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetOrdersParams, request.query_params)
        wanted = OrderFilter(
            key.member,
            subaccount_filter(key, query.subaccount),
            _tickers(context, query),
            OrderStatus(query.status) if query.status else None,
            params.micros(query.min_ts),
            params.micros(query.max_ts),
            decode_cursor(query.cursor, CURSORS),
            context.cutoff_us(),
        )
        return answer(await orders_page(context, wanted, query.limit))

    @routes.get(
        "/queue_positions",
        **operation(
            "GetOrderQueuePositions",
            GetOrderQueuePositionsResponse,
            query=GetOrderQueuePositionsParams,
            errors=(400, 401, 403, 429),
            tag="orders",
        ),
    )
    async def get_order_queue_positions(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetOrderQueuePositionsParams, request.query_params)
        if not query.market_tickers and not query.event_ticker:
            raise ApiError(400, "invalid_parameters", details="market_tickers or event_ticker is required")
        subaccount = subaccount_or_primary(key, query.subaccount)
        tickers = set(query.market_tickers)
        if query.event_ticker:
            tickers.update(_markets_of(context, query.event_ticker))
        orders = context.views.orders
        asked = [
            order for order in orders.resting(key.member) if order.subaccount == subaccount and order.ticker in tickers
        ]
        return answer(
            GetOrderQueuePositionsResponse(
                queue_positions=[
                    OrderQueuePosition(
                        market_ticker=order.ticker,
                        order_id=order_uuid(context.settings.shard, order.order_id),
                        queue_position_fp=format_count(ahead),
                    )
                    for order, ahead in orders.queue_positions(asked)
                ]
            )
        )

    @routes.get("/{order_id}", **operation("GetOrder", GetOrderResponse, errors=(401, 404, 429), tag="orders"))
    async def get_order(request: Request, order_id: str) -> Response:
        key = caller(context, request, cost=GET_ORDER_COST)
        return answer(GetOrderResponse(order=order_body(context, await own_order(context, key, order_id))))

    @routes.get(
        "/{order_id}/queue_position",
        **operation("GetOrderQueuePosition", GetOrderQueuePositionResponse, errors=(401, 404, 429), tag="orders"),
    )
    async def get_order_queue_position(request: Request, order_id: str) -> Response:
        key = caller(context, request)
        order = await own_order(context, key, order_id)
        if order.status is not OrderStatus.RESTING:
            raise not_found()
        ahead = context.views.orders.queue_position(order)
        return answer(GetOrderQueuePositionResponse(queue_position_fp=format_count(ahead)))

    return routes


async def orders_page(context: VenueContext, wanted: OrderFilter, limit: int) -> GetOrdersResponse:
    """The newest `limit` orders that pass the filter, from memory and history. Raises HistoryUnavailable."""
    rows = context.views.orders.select(wanted, limit + 1)
    if context.views.orders.evicted and wanted.status is not OrderStatus.RESTING:
        rows = merged(rows, await context.history.orders(wanted, limit + 1), _order_id, limit + 1)
    page = rows[:limit]
    cursor = encode_cursor(page[-1].order_id) if len(rows) > limit else LAST_PAGE
    return GetOrdersResponse(cursor=cursor, orders=[order_body(context, row) for row in page])


def _order_id(order: OrderRecord) -> int:
    return order.order_id


async def own_order(context: VenueContext, key: ApiKey, order_id: str) -> OrderRecord:
    """The caller's order of that id; 404 for a foreign, malformed or unknown one alike (SEMANTICS B7, K27)."""
    parsed = parse_id(IdKind.ORDER, order_id)
    if parsed is None or parsed[0] != context.settings.shard:
        raise not_found()
    order = context.views.orders.get(parsed[1])
    if order is None and context.views.orders.evicted:
        order = await context.history.order(parsed[1])
    if order is None or order.member != key.member or key.subaccount not in (None, order.subaccount):
        raise not_found()
    return order


def _tickers(context: VenueContext, query: GetOrdersParams) -> frozenset[str] | None:
    """The markets a list is about: all, or none at all for another shard or an event without markets."""
    if query.exchange_index not in (None, context.settings.shard):
        return frozenset()
    if not query.event_ticker:
        return frozenset((query.ticker,)) if query.ticker else None
    tickers = {ticker for event in query.event_ticker for ticker in _markets_of(context, event)}
    return frozenset(tickers & {query.ticker} if query.ticker else tickers)


def _markets_of(context: VenueContext, event_ticker: str) -> list[str]:
    return [market.ticker for market in context.views.catalogue.markets_of_event(event_ticker)]


def order_body(context: VenueContext, order: OrderRecord) -> OrderBody:
    """A record as OAS:Order; with V1 switched on, with the integer fields of old."""
    shard = context.settings.shard
    is_bid = order.side is BookSide.BID
    body = OrderBody(
        action="buy" if is_bid else "sell",
        book_side=order.side,
        cancel_order_on_pause=order.cancel_order_on_pause,
        client_order_id=order.client_order_id,
        created_time=timestamp(order.created_us),
        exchange_index=shard,
        expiration_time=timestamp(order.expiration_us) if order.expiration_us else None,
        fill_count_fp=format_count(order.fill_count),
        initial_count_fp=format_count(order.initial_count),
        last_update_time=timestamp(order.updated_us),
        maker_fees_dollars=format_money(order.maker_fees),
        maker_fill_cost_dollars=format_money(order.maker_fill_cost),
        no_price_dollars=format_price(PAYOUT - order.price),
        order_group_id=format_id(IdKind.ORDER_GROUP, shard, order.order_group) if order.order_group else None,
        order_id=order_uuid(shard, order.order_id),
        outcome_side=OutcomeSide.YES if is_bid else OutcomeSide.NO,
        remaining_count_fp=format_count(order.remaining_count),
        self_trade_prevention_type=order.self_trade_prevention,
        side="yes",
        status=order.status,
        subaccount_number=order.subaccount,
        taker_fees_dollars=format_money(order.taker_fees),
        taker_fill_cost_dollars=format_money(order.taker_fill_cost),
        ticker=order.ticker,
        type="limit",
        user_id=user_uuid(order.member),
        yes_price_dollars=format_price(order.price),
    )
    if not context.settings.api_v1:
        return body
    return OrderBodyV1(
        **msgspec.structs.asdict(body),
        fill_count=order.fill_count // CONTRACT,
        initial_count=order.initial_count // CONTRACT,
        maker_fees=cents(order.maker_fees),
        maker_fill_cost=cents(order.maker_fill_cost),
        no_price=(PAYOUT - order.price) // 100,
        queue_position=0,
        remaining_count=order.remaining_count // CONTRACT,
        taker_fees=cents(order.taker_fees),
        taker_fill_cost=cents(order.taker_fill_cost),
        yes_price=order.price // 100,
    )
