"""GET /historical/*: what ended before the cutoff (SEMANTICS D6).

Each list is the live one's other half: same bodies, same cursors, the other side of `VenueContext.cutoff_us`.
Orders, fills, trades and minutes come from memory and the history store as one; markets and positions, and hours and
days of candlesticks, never leave memory.
"""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta
from starlette.responses import Response

from exchange.gateways.auth import subaccount_filter, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.rest import params
from exchange.gateways.rest.candlesticks import Interval, candles_of, check_range
from exchange.gateways.rest.fills import FILL_CURSORS, fills_page
from exchange.gateways.rest.markets import GetTradesParams, markets_page, trades_page
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.orders import CURSORS, orders_page
from exchange.gateways.rest.positions import GetPositionsParams, positions_page
from exchange.gateways.rest.public_bodies import is_archived, market_body, public_answer
from exchange.gateways.rest.security import caller
from exchange.projections.catalogue import MarketEntry
from exchange.projections.order_filter import OrderFilter
from exchange.projections.portfolio_records import FillFilter
from wire.accounts import account_of
from wire.candles import MINUTE
from wire.candlesticks import GetMarketCandlesticksHistoricalResponse, candlestick_historical
from wire.rest.common import decode_cursor, timestamp
from wire.rest.historical import GetHistoricalCutoffResponse
from wire.rest.markets import GetMarketResponse, GetMarketsResponse, GetTradesResponse
from wire.rest.orders import GetOrdersResponse
from wire.rest.portfolio import GetFillsResponse, GetPositionsResponse


class GetMarketCandlesticksHistoricalParams(msgspec.Struct, frozen=True, kw_only=True):
    start_ts: params.Seconds
    end_ts: params.Seconds
    period_interval: Interval


class GetFillsHistoricalParams(msgspec.Struct, frozen=True):
    ticker: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    limit: params.Limit = 100
    cursor: str = ""
    subaccount: params.Subaccount | None = None


class GetHistoricalOrdersParams(msgspec.Struct, frozen=True):
    ticker: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    limit: params.Limit = 100
    cursor: str = ""
    subaccount: params.Subaccount | None = None


class GetHistoricalPositionsParams(msgspec.Struct, frozen=True):
    ticker: str = ""
    event_ticker: str = ""
    subaccount: params.Subaccount | None = None
    limit: params.Limit = 100
    cursor: str = ""


class GetTradesHistoricalParams(GetTradesParams, frozen=True, kw_only=True):
    """The same as of the live list."""


class GetHistoricalMarketsParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=0, le=1000)] = 100
    cursor: str = ""
    tickers: params.Csv = ()
    event_ticker: str = ""
    series_ticker: str = ""
    mve_filter: Literal["exclude"] | None = None


def router(context: VenueContext) -> APIRouter:
    routes = APIRouter(prefix="/historical")
    _add_cutoff(context, routes)
    _add_markets(context, routes)
    _add_trades(context, routes)
    _add_own(context, routes)
    return routes


def _add_cutoff(context: VenueContext, routes: APIRouter) -> None:
    @routes.get("/cutoff", **operation("GetHistoricalCutoff", GetHistoricalCutoffResponse, tag="historical"))
    async def get_historical_cutoff() -> Response:
        cutoff = timestamp(context.cutoff_us())
        return answer(
            GetHistoricalCutoffResponse(
                market_positions_last_updated_ts=cutoff,
                market_settled_ts=cutoff,
                orders_updated_ts=cutoff,
                trades_created_ts=cutoff,
            )
        )


# --- public -----------------------------------------------------------------------------------------


def _add_markets(context: VenueContext, routes: APIRouter) -> None:
    catalogue = context.views.catalogue

    @routes.get(
        "/markets",
        **operation(
            "GetHistoricalMarkets",
            GetMarketsResponse,
            query=GetHistoricalMarketsParams,
            errors=(400,),
            tag="historical",
        ),
    )
    async def get_historical_markets(request: Request) -> Response:
        query = params.read(GetHistoricalMarketsParams, request.query_params)
        given = [name for name in ("tickers", "event_ticker", "series_ticker") if getattr(query, name)]
        if len(given) > 1:
            raise ApiError(400, "invalid_parameters", details=f"{' and '.join(given)} are mutually exclusive")
        among: Iterable[MarketEntry] | None = None
        if query.tickers:
            among = [catalogue.markets[ticker] for ticker in set(query.tickers) if ticker in catalogue.markets]
        elif query.event_ticker:
            among = catalogue.markets_of_event(query.event_ticker)
        elif query.series_ticker:
            among = catalogue.markets_of_series(query.series_ticker)
        cutoff_us = context.cutoff_us()
        page = markets_page(context, among, query.cursor, query.limit, lambda market: is_archived(market, cutoff_us))
        return public_answer(context, page)

    @routes.get(
        "/markets/{ticker}", **operation("GetHistoricalMarket", GetMarketResponse, errors=(404,), tag="historical")
    )
    async def get_historical_market(ticker: str) -> Response:
        return public_answer(context, GetMarketResponse(market_body(context, _archived(context, ticker))))

    @routes.get(
        "/markets/{ticker}/candlesticks",
        **operation(
            "GetMarketCandlesticksHistorical",
            GetMarketCandlesticksHistoricalResponse,
            query=GetMarketCandlesticksHistoricalParams,
            errors=(400, 404),
            tag="historical",
        ),
    )
    async def get_market_candlesticks_historical(ticker: str, request: Request) -> Response:
        query = params.read(GetMarketCandlesticksHistoricalParams, request.query_params)
        check_range(query.start_ts, query.end_ts)
        market, period = _archived(context, ticker), query.period_interval * MINUTE
        candles = await candles_of(context, market.ticker, query.start_ts, period)
        bars = candles.between(query.start_ts, query.end_ts, period)
        body = GetMarketCandlesticksHistoricalResponse(
            ticker=ticker, candlesticks=[candlestick_historical(bar) for bar in bars]
        )
        return answer(body)


def _archived(context: VenueContext, ticker: str) -> MarketEntry:
    """404 for a market that is unknown, or still among the live ones."""
    market = context.views.catalogue.markets.get(ticker)
    if market is None or not is_archived(market, context.cutoff_us()):
        raise not_found()
    return market


def _add_trades(context: VenueContext, routes: APIRouter) -> None:
    @routes.get(
        "/trades",
        **operation(
            "GetTradesHistorical",
            GetTradesResponse,
            query=GetTradesHistoricalParams,
            errors=(400, 404),
            tag="historical",
        ),
    )
    async def get_trades_historical(request: Request) -> Response:
        query = params.read(GetTradesHistoricalParams, request.query_params)
        page = await trades_page(context, query, params.micros(query.min_ts), _before(context, query.max_ts))
        return public_answer(context, page)


# --- a member's own ---------------------------------------------------------------------------------


def _add_own(context: VenueContext, routes: APIRouter) -> None:
    @routes.get(
        "/fills",
        **operation(
            "GetFillsHistorical",
            GetFillsResponse,
            query=GetFillsHistoricalParams,
            errors=(400, 401, 403, 404, 429),
            tag="historical",
        ),
    )
    async def get_fills_historical(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetFillsHistoricalParams, request.query_params)
        wanted = FillFilter(
            key.member,
            subaccount_filter(key, query.subaccount),
            frozenset((query.ticker,)) if query.ticker else None,
            None,
            params.micros(query.min_ts),
            _before(context, query.max_ts),
            decode_cursor(query.cursor, FILL_CURSORS),
        )
        return answer(await fills_page(context, wanted, query.limit))

    @routes.get(
        "/orders",
        **operation(
            "GetHistoricalOrders",
            GetOrdersResponse,
            query=GetHistoricalOrdersParams,
            errors=(400, 401, 403, 429),
            tag="historical",
        ),
    )
    async def get_historical_orders(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetHistoricalOrdersParams, request.query_params)
        wanted = OrderFilter(
            key.member,
            subaccount_filter(key, query.subaccount),
            frozenset((query.ticker,)) if query.ticker else None,
            None,
            params.micros(query.min_ts),
            params.micros(query.max_ts),
            decode_cursor(query.cursor, CURSORS),
            context.cutoff_us(),
            is_archived=True,
        )
        return answer(await orders_page(context, wanted, query.limit))

    @routes.get(
        "/positions",
        **operation(
            "GetHistoricalPositions",
            GetPositionsResponse,
            query=GetHistoricalPositionsParams,
            errors=(400, 401, 403, 429),
            tag="historical",
        ),
    )
    async def get_historical_positions(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetHistoricalPositionsParams, request.query_params)
        account = account_of(key.member, subaccount_or_primary(key, query.subaccount))
        settled = GetPositionsParams(
            query.cursor, query.limit, (), "settled", query.ticker, query.event_ticker, query.subaccount
        )
        return answer(positions_page(context, account, settled, is_archived=True))


def _before(context: VenueContext, max_ts: int | None) -> int:
    """The last microsecond that is both wanted and archived."""
    last = context.cutoff_us() - 1
    return last if max_ts is None else min(params.micros(max_ts) or 0, last)
