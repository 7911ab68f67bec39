"""GET candlesticks: of a market, of a batch of markets, of an event. Public.

A candle belongs to a range when its end does, both ends included; periods in which nothing happened have no
candle (SEMANTICS D2).
"""

from itertools import islice
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.params import Csv, Seconds, read
from exchange.gateways.rest.public_bodies import is_archived, live_market, live_markets_of, public_answer
from wire.candles import DAY, MINUTE, Bar, Candles
from wire.candlesticks import (
    BatchGetMarketCandlesticksResponse,
    GetEventCandlesticksResponse,
    GetMarketCandlesticksResponse,
    MarketCandlestick,
    MarketCandlesticksResponse,
    candlestick,
)

MAX_BATCH_MARKETS = 100
MAX_BATCH_CANDLES = 10_000
MAX_EVENT_CANDLES = 5_000

Interval = Literal[1, 60, 1440]
"""Minutes."""


class GetMarketCandlesticksParams(msgspec.Struct, frozen=True, kw_only=True):
    start_ts: Seconds
    end_ts: Seconds
    period_interval: Interval
    include_latest_before_start: bool = False


class BatchGetMarketCandlesticksParams(msgspec.Struct, frozen=True, kw_only=True):
    market_tickers: Annotated[Csv, Meta(min_length=1, max_length=MAX_BATCH_MARKETS)]
    start_ts: Seconds
    end_ts: Seconds
    period_interval: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    include_latest_before_start: bool = False


class GetMarketCandlesticksByEventParams(msgspec.Struct, frozen=True, kw_only=True):
    start_ts: Seconds
    end_ts: Seconds
    period_interval: Interval


def add_routes(routes: APIRouter, context: VenueContext) -> None:
    """The two operations below /series."""
    catalogue = context.views.catalogue

    @routes.get(
        "/series/{series_ticker}/markets/{ticker}/candlesticks",
        **operation(
            "GetMarketCandlesticks",
            GetMarketCandlesticksResponse,
            query=GetMarketCandlesticksParams,
            errors=(400, 404),
            tag="market",
        ),
    )
    async def get_market_candlesticks(series_ticker: str, ticker: str, request: Request) -> Response:
        """The series in the path is not looked at: published clients that read Kalshi's bars, pmxt and
        kalshi-trade-rs, name the event there.
        """
        query = read(GetMarketCandlesticksParams, request.query_params)
        check_range(query.start_ts, query.end_ts)
        live_market(context, ticker)
        period = query.period_interval * MINUTE
        candles = await candles_of(context, ticker, query.start_ts, period)
        bars = list(candles.between(query.start_ts, query.end_ts, period))
        found = [candlestick(bar) for bar in bars]
        if query.include_latest_before_start:
            found = _latest_before(candles, query.start_ts, query.end_ts, period, bars) + found
        return public_answer(context, GetMarketCandlesticksResponse(ticker=ticker, candlesticks=found))

    @routes.get(
        "/series/{series_ticker}/events/{ticker}/candlesticks",
        **operation(
            "GetMarketCandlesticksByEvent",
            GetEventCandlesticksResponse,
            query=GetMarketCandlesticksByEventParams,
            errors=(400, 404),
            tag="events",
        ),
    )
    async def get_event_candlesticks(series_ticker: str, ticker: str, request: Request) -> Response:
        query = read(GetMarketCandlesticksByEventParams, request.query_params)
        check_range(query.start_ts, query.end_ts)
        event = catalogue.events.get(ticker)
        if event is None or event.series_ticker != series_ticker:
            raise not_found()
        period = query.period_interval * MINUTE
        tickers = [market.ticker for market in live_markets_of(context, ticker)]
        of_markets = []
        for name in tickers:
            candles = await candles_of(context, name, query.start_ts, period)
            of_markets.append(
                list(islice(candles.between(query.start_ts, query.end_ts, period), MAX_EVENT_CANDLES + 1))
            )
        end = _adjusted_end(of_markets, query.end_ts)
        body = GetEventCandlesticksResponse(
            market_tickers=tickers,
            market_candlesticks=[[candlestick(bar) for bar in bars if bar.end <= end] for bars in of_markets],
            adjusted_end_ts=end,
        )
        return public_answer(context, body)


def add_batch_route(routes: APIRouter, context: VenueContext) -> None:
    """The operation below /markets."""
    catalogue = context.views.catalogue

    @routes.get(
        "/markets/candlesticks",
        **operation(
            "BatchGetMarketCandlesticks",
            BatchGetMarketCandlesticksResponse,
            query=BatchGetMarketCandlesticksParams,
            errors=(400,),
            tag="market",
        ),
    )
    async def batch_get_market_candlesticks(request: Request) -> Response:
        query = read(BatchGetMarketCandlesticksParams, request.query_params)
        check_range(query.start_ts, query.end_ts)
        period = query.period_interval * MINUTE
        room = MAX_BATCH_CANDLES
        cutoff_us = context.cutoff_us()
        markets = []
        for ticker in query.market_tickers:
            market = catalogue.markets.get(ticker)
            # The contract has no 404 here: a market that is unknown or archived has no candles.
            is_live = market is not None and not is_archived(market, cutoff_us)
            candles = await candles_of(context, ticker, query.start_ts, period) if is_live else Candles()
            bars = list(islice(candles.between(query.start_ts, query.end_ts, period), room))
            found = [candlestick(bar) for bar in bars]
            if query.include_latest_before_start:
                found = (_latest_before(candles, query.start_ts, query.end_ts, period, bars) + found)[:room]
            room -= len(found)
            markets.append(MarketCandlesticksResponse(market_ticker=ticker, candlesticks=found))
        return public_answer(context, BatchGetMarketCandlesticksResponse(markets))


async def candles_of(context: VenueContext, ticker: str, start: int, period: int) -> Candles:
    """A market's candles, with the minutes of history that memory keeps no longer where bars from `start` on, or what
    stood before it, need them. Raises HistoryUnavailable.
    """
    candles = context.views.books.book(ticker).candles
    if not candles.lacks(start, period):
        return candles
    return candles.with_minutes(await context.history.minutes(ticker, max(0, start - DAY), candles.minutes[0].end))


def check_range(start: int, end: int) -> None:
    """400 for a range that ends before it starts."""
    if start > end:
        raise ApiError(400, "invalid_parameters", details="start_ts must not be after end_ts")


def _latest_before(candles: Candles, start: int, end: int, period: int, bars: list[Bar]) -> list[MarketCandlestick]:
    """The last candle before the range, projected onto the first boundary after its start (SEMANTICS D2).

    Prices are null but `previous`; quotes and open interest are what stood. None where there was no such
    candle, where the boundary lies outside the range, or where a real candle already stands there.
    """
    boundary = (start // period + 1) * period
    last = candles.last_before(start, period)
    if last is None or boundary > end or (bars and bars[0].end <= boundary):
        return []
    bid, ask = last.bid_close, last.ask_close
    synthetic = Bar(boundary, bid, bid, bid, bid, ask, ask, ask, ask, last.last_price, open_interest=last.open_interest)
    return [candlestick(synthetic)]


def _adjusted_end(of_markets: list[list[Bar]], end: int) -> int:
    """Where an event's answer must stop to hold no more than its maximum, whole periods only.

    The client goes on from there. One period is always answered, however many markets it has.
    """
    ends = sorted(bar.end for bars in of_markets for bar in bars)
    if len(ends) <= MAX_EVENT_CANDLES:
        return end
    beyond = ends[MAX_EVENT_CANDLES]
    return max((each for each in ends[:MAX_EVENT_CANDLES] if each < beyond), default=beyond)
