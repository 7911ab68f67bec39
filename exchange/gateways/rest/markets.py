"""GET /markets*: markets, order books and trades. Public; candlesticks are in candlesticks.py."""

from collections.abc import Callable, Collection, Iterable
from itertools import islice
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request
from msgspec import Meta
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.history_reader import merged
from exchange.gateways.rest import candlesticks
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.params import Csv, Seconds, micros, read
from exchange.gateways.rest.public_bodies import is_archived, live_market, market_body, public_answer
from exchange.projections.books import Level
from exchange.projections.catalogue import MarketEntry
from exchange.projections.trade_row import TradeKey, TradeRow
from wire.enums import BookSide, MarketStatus, OutcomeSide
from wire.ids import trade_uuid
from wire.rest.common import LAST_PAGE, LIST_KEYS, decode_cursor, encode_cursor, newest_first, timestamp
from wire.rest.markets import (
    GetMarketOrderbookResponse,
    GetMarketOrderbooksResponse,
    GetMarketResponse,
    GetMarketsResponse,
    GetTradesResponse,
    MarketOrderbookFp,
    OrderbookCountFp,
    PriceLevel,
    Trade,
)
from wire.units import PAYOUT, format_count, format_price

_Ordinal = Annotated[int, Meta(ge=0, le=2**62)]
_TRADE_KEYS: msgspec.msgpack.Decoder[TradeKey] = msgspec.msgpack.Decoder(tuple[_Ordinal, _Ordinal])
"""Only what the history store can compare with."""

_DEFAULT_LIMIT = 100
"""A limit of 0 is legal and means no choice (SEMANTICS D2)."""

STATUSES_OF_FILTER: dict[str, frozenset[MarketStatus]] = {
    "unopened": frozenset({MarketStatus.INITIALIZED}),
    "open": frozenset({MarketStatus.ACTIVE}),
    "paused": frozenset({MarketStatus.INACTIVE}),
    "closed": frozenset(
        {MarketStatus.CLOSED, MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED},
    ),
    "settled": frozenset({MarketStatus.FINALIZED}),
}
"""What a `status` filter lets through (SEMANTICS D1)."""

_STATUSES_OF_TIMES = {
    "created": ("", "unopened", "open"),
    "close": ("", "closed"),
    "settled": ("", "settled"),
    "updated": ("",),
}
"""Which status filters each family of timestamp filters may stand with (SEMANTICS D1)."""


class GetMarketsParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=0, le=1000)] = _DEFAULT_LIMIT
    cursor: str = ""
    event_ticker: str = ""
    series_ticker: str = ""
    min_created_ts: Seconds | None = None
    max_created_ts: Seconds | None = None
    min_updated_ts: Seconds | None = None
    max_updated_ts: Seconds | None = None
    max_close_ts: Seconds | None = None
    min_close_ts: Seconds | None = None
    min_settled_ts: Seconds | None = None
    max_settled_ts: Seconds | None = None
    status: Annotated[str, Meta(extra_json_schema={"enum": list(STATUSES_OF_FILTER)})] = ""
    tickers: Csv = ()
    mve_filter: Literal["only", "exclude"] | None = None


class GetTradesParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=0, le=1000)] = _DEFAULT_LIMIT
    cursor: str = ""
    ticker: str = ""
    min_ts: Seconds | None = None
    max_ts: Seconds | None = None
    is_block_trade: bool | None = None


class GetMarketOrderbookParams(msgspec.Struct, frozen=True, kw_only=True):
    depth: Annotated[int, Meta(le=100)] = 0
    """0 or less: everything."""


class GetMarketOrderbooksParams(msgspec.Struct, frozen=True, kw_only=True):
    tickers: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(min_length=1, max_length=100)]


def status_filter(text: str, known: Collection[str]) -> frozenset[MarketStatus] | None:
    """The statuses a `status` parameter lets through, None for all. Raises 400 for a word that is not `known`."""
    if not text:
        return None
    if text not in known:
        raise ApiError(400, "invalid_status_filter")
    return STATUSES_OF_FILTER[text]


def router(context: VenueContext) -> APIRouter:
    routes = APIRouter()
    _add_list(routes, context)
    _add_trades(routes, context)
    candlesticks.add_batch_route(routes, context)
    _add_orderbooks(routes, context)
    _add_market(routes, context)  # after the fixed paths: it takes any word for a ticker
    return routes


def _add_list(routes: APIRouter, context: VenueContext) -> None:
    catalogue = context.views.catalogue

    @routes.get(
        "/markets", **operation("GetMarkets", GetMarketsResponse, query=GetMarketsParams, errors=(400,), tag="market")
    )
    async def get_markets(request: Request) -> Response:
        query = read(GetMarketsParams, request.query_params)
        wanted = _MarketFilter(query)
        among: Iterable[MarketEntry] | None = None
        if query.mve_filter == "only":
            among = ()
        elif query.tickers:
            among = [catalogue.markets[ticker] for ticker in set(query.tickers) if ticker in catalogue.markets]
        elif query.event_ticker:
            among = catalogue.markets_of_event(query.event_ticker)
        elif query.series_ticker:
            among = catalogue.markets_of_series(query.series_ticker)
        cutoff_us = context.cutoff_us()
        page = markets_page(
            context,
            among,
            query.cursor,
            query.limit,
            lambda market: not is_archived(market, cutoff_us) and wanted.passes(market),
        )
        return public_answer(context, page)


def markets_page(
    context: VenueContext,
    among: Iterable[MarketEntry] | None,
    cursor: str,
    limit: int,
    wanted: Callable[[MarketEntry], bool],
) -> GetMarketsResponse:
    """One page of the markets that are wanted, newest first, out of all or of these."""
    catalogue = context.views.catalogue
    # A cursor that is not ours starts again at the first page, with 200 (recording markets__garbage_cursor).
    tickers, cursor = newest_first(
        catalogue.market_keys(among),
        decode_cursor(cursor, LIST_KEYS),
        limit or _DEFAULT_LIMIT,
        lambda ticker: wanted(catalogue.markets[ticker]),
    )
    bodies = [market_body(context, catalogue.markets[ticker]) for ticker in tickers]
    return GetMarketsResponse(markets=bodies, cursor=cursor)


def _add_trades(routes: APIRouter, context: VenueContext) -> None:
    @routes.get(
        "/markets/trades",
        **operation("GetTrades", GetTradesResponse, query=GetTradesParams, errors=(400,), tag="market"),
    )
    async def get_trades(request: Request) -> Response:
        query = read(GetTradesParams, request.query_params)
        min_us = max(micros(query.min_ts) or 0, context.cutoff_us())
        return public_answer(context, await trades_page(context, query, min_us, micros(query.max_ts)))


async def trades_page(
    context: VenueContext, query: GetTradesParams, min_us: int | None, max_us: int | None
) -> GetTradesResponse:
    """One page of trades, from memory and history; the times are given, the rest is the query's.

    Raises HistoryUnavailable.
    """
    if query.is_block_trade:
        return GetTradesResponse(trades=[], cursor=LAST_PAGE)
    tape, ticker = context.views.tape, query.ticker or None
    before = decode_cursor(query.cursor, _TRADE_KEYS)
    limit = query.limit or _DEFAULT_LIMIT
    rows = list(islice(tape.newest_first(ticker, min_us, max_us, before), limit + 1))
    if len(rows) <= limit and not tape.is_complete:
        past = await context.history.trades(ticker, min_us, max_us, before, limit + 1)
        rows = merged(rows, past, _trade_key, limit + 1)
    cursor = encode_cursor(rows[limit - 1].key) if len(rows) > limit else LAST_PAGE
    return GetTradesResponse(trades=[_trade(row, context.settings.shard) for row in rows[:limit]], cursor=cursor)


def _add_orderbooks(routes: APIRouter, context: VenueContext) -> None:
    books = context.views.books

    def body(ticker: str, depth: int) -> OrderbookCountFp:
        book = books.book(ticker)
        return OrderbookCountFp(
            yes_dollars=_levels(book.levels(OutcomeSide.YES), depth),
            no_dollars=_levels(book.levels(OutcomeSide.NO), depth),
        )

    @routes.get(
        "/markets/orderbooks",
        **operation(
            "GetMarketOrderbooks",
            GetMarketOrderbooksResponse,
            query=GetMarketOrderbooksParams,
            errors=(400,),
            tag="market",
        ),
    )
    async def get_market_orderbooks(request: Request) -> Response:
        query = read(GetMarketOrderbooksParams, request.query_params)
        # One for each ticker asked for; the contract has no 404 here, so an unknown one shows an empty book.
        found = [MarketOrderbookFp(ticker=ticker, orderbook_fp=body(ticker, 0)) for ticker in query.tickers]
        return public_answer(context, GetMarketOrderbooksResponse(found))

    @routes.get(
        "/markets/{ticker}/orderbook",
        **operation(
            "GetMarketOrderbook",
            GetMarketOrderbookResponse,
            query=GetMarketOrderbookParams,
            errors=(400, 404),
            tag="market",
        ),
    )
    async def get_market_orderbook(ticker: str, request: Request) -> Response:
        query = read(GetMarketOrderbookParams, request.query_params)
        if ticker not in context.views.catalogue.markets:
            raise not_found()
        return public_answer(context, GetMarketOrderbookResponse(body(ticker, query.depth)))


def _add_market(routes: APIRouter, context: VenueContext) -> None:
    @routes.get("/markets/{ticker}", **operation("GetMarket", GetMarketResponse, errors=(404,), tag="market"))
    async def get_market(ticker: str) -> Response:
        return public_answer(context, GetMarketResponse(market_body(context, live_market(context, ticker))))


def _levels(levels: list[Level], depth: int) -> list[PriceLevel]:
    """The best `depth` levels, worst first and best last also then (SEMANTICS K8)."""
    return [(format_price(price), format_count(count)) for price, count in (levels[-depth:] if depth > 0 else levels)]


def _trade(row: TradeRow, shard: int) -> Trade:
    taker = OutcomeSide.YES if row.taker_side is BookSide.BID else OutcomeSide.NO
    return Trade(
        count_fp=format_count(row.count),
        created_time=timestamp(row.ts_us),
        is_block_trade=False,
        no_price_dollars=format_price(PAYOUT - row.price),
        taker_book_side=row.taker_side,
        taker_outcome_side=taker,
        taker_side=taker,
        ticker=row.ticker,
        trade_id=trade_uuid(shard, row.seq, row.place),
        yes_price_dollars=format_price(row.price),
    )


def _trade_key(row: TradeRow) -> TradeKey:
    return row.key


def _check_time_filters(query: GetMarketsParams) -> None:
    """Timestamp families exclude one another and most statuses; `updated` nearly everything (SEMANTICS D1)."""
    families = [
        family
        for family in _STATUSES_OF_TIMES
        if getattr(query, f"min_{family}_ts") is not None or getattr(query, f"max_{family}_ts") is not None
    ]
    if len(families) > 1:
        raise _incompatible(f"{families[0]} and {families[1]} timestamps are mutually exclusive")
    for family in families:
        if query.status not in _STATUSES_OF_TIMES[family]:
            raise _incompatible(f"{family} timestamps are incompatible with status={query.status}")
    if families == ["updated"]:
        if query.event_ticker or query.tickers or query.mve_filter == "only":
            raise _incompatible("updated timestamps are incompatible with other filters besides mve_filter=exclude")
        if query.series_ticker and query.mve_filter is None:
            raise _incompatible("updated timestamps with series_ticker require mve_filter=exclude")


def _incompatible(details: str) -> ApiError:
    return ApiError(400, "invalid_parameters", details=details)


class _MarketFilter:
    """The filters of GetMarkets. Times: `updated` is min < t <= max, the others min <= t <= max.

    Raises the 400 of a status it does not know or of filters that do not go together.
    """

    __slots__ = ("_bounds", "_event", "_series", "_statuses")

    def __init__(self, query: GetMarketsParams) -> None:
        self._statuses = status_filter(query.status, STATUSES_OF_FILTER)
        _check_time_filters(query)
        self._event, self._series = query.event_ticker, query.series_ticker
        bounds = (
            ("created_us", micros(query.min_created_ts), micros(query.max_created_ts)),
            ("close_us", micros(query.min_close_ts), micros(query.max_close_ts)),
            ("settled_us", micros(query.min_settled_ts), micros(query.max_settled_ts)),
            ("updated_us", _just_after(micros(query.min_updated_ts)), micros(query.max_updated_ts)),
        )
        self._bounds = [bound for bound in bounds if bound[1] is not None or bound[2] is not None]

    def passes(self, market: MarketEntry) -> bool:
        """Whether the list shows it; a market that has not settled has no settlement time to pass with."""
        for name, least, most in self._bounds:
            at: int = getattr(market, name)
            if not at or (least is not None and at < least) or (most is not None and at > most):
                return False
        return (
            (self._statuses is None or market.status in self._statuses)
            and (not self._event or market.event_ticker == self._event)
            and (not self._series or market.series_ticker == self._series)
        )


def _just_after(us: int | None) -> int | None:
    return None if us is None else us + 1
