"""GET /events*: Kalshi's events with their markets, metadata and fee overrides. Public."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from msgspec import UNSET, Meta
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.rest.markets import STATUSES_OF_FILTER, status_filter
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.params import Csv, Seconds, micros, read
from exchange.gateways.rest.public_bodies import live_markets_of, market_body, public_answer
from exchange.projections.catalogue import Catalogue, EventEntry
from wire.rest.common import LAST_PAGE, LIST_KEYS, decode_cursor, encode_cursor, newest_first, timestamp
from wire.rest.events import (
    EventData,
    EventFeeChange,
    GetEventFeeChangesResponse,
    GetEventMetadataResponse,
    GetEventResponse,
    GetEventsResponse,
    GetMultivariateEventsResponse,
    MarketMetadata,
)
from wire.rest.series import SettlementSource, multiplier

_FEE_CHANGE_KEYS: msgspec.msgpack.Decoder[tuple[int, int]] = msgspec.msgpack.Decoder(tuple[int, int])

_EVENT_STATUSES = frozenset(STATUSES_OF_FILTER) - {"paused"}
"""GetEvents knows no `paused`."""


class GetEventsParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 200
    cursor: str = ""
    with_nested_markets: bool = False
    with_milestones: bool = False
    status: Annotated[str, Meta(extra_json_schema={"enum": sorted(_EVENT_STATUSES)})] = ""
    series_ticker: str = ""
    tickers: Csv = ()
    min_close_ts: Seconds | None = None
    min_updated_ts: Seconds | None = None


class GetMultivariateEventsParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    cursor: str = ""
    series_ticker: str = ""
    collection_ticker: str = ""
    tickers: Csv = ()
    with_nested_markets: bool = False


class GetEventFeeChangesParams(msgspec.Struct, frozen=True, kw_only=True):
    event_ticker: str = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    cursor: str = ""


class GetEventParams(msgspec.Struct, frozen=True, kw_only=True):
    exclude_markets: bool = False
    with_nested_markets: bool = False


def router(context: VenueContext) -> APIRouter:
    routes = APIRouter()
    _add_lists(routes, context)
    _add_fee_changes(routes, context)
    _add_event(routes, context)  # after the fixed paths: it takes any word for a ticker
    return routes


def _add_lists(routes: APIRouter, context: VenueContext) -> None:
    catalogue = context.views.catalogue

    @routes.get(
        "/events", **operation("GetEvents", GetEventsResponse, query=GetEventsParams, errors=(400,), tag="events")
    )
    async def get_events(request: Request) -> Response:
        query = read(GetEventsParams, request.query_params)
        wanted = _EventFilter(query, catalogue)
        among = None
        if query.tickers:
            among = [catalogue.events[ticker] for ticker in set(query.tickers) if ticker in catalogue.events]
        elif query.series_ticker:
            series = catalogue.series.get(query.series_ticker)
            among = [catalogue.events[ticker] for ticker in series.events] if series else []

        tickers, cursor = newest_first(
            catalogue.event_keys(among),
            decode_cursor(query.cursor, LIST_KEYS),
            query.limit,
            lambda ticker: wanted.passes(catalogue.events[ticker]),
        )
        bodies = [
            _body(context, catalogue.events[ticker], with_markets=query.with_nested_markets) for ticker in tickers
        ]
        milestones = () if query.with_milestones else UNSET
        return public_answer(context, GetEventsResponse(events=bodies, cursor=cursor, milestones=milestones))

    @routes.get(
        "/events/multivariate",
        **operation(
            "GetMultivariateEvents",
            GetMultivariateEventsResponse,
            query=GetMultivariateEventsParams,
            errors=(400,),
            tag="events",
        ),
    )
    async def get_multivariate_events(request: Request) -> Response:
        query = read(GetMultivariateEventsParams, request.query_params)
        if query.series_ticker and query.collection_ticker:
            details = "series_ticker cannot be combined with collection_ticker"
            raise ApiError(400, "invalid_parameters", details=details)
        # The venue has no combos, so there are none to list.
        return public_answer(context, GetMultivariateEventsResponse(events=[], cursor=LAST_PAGE))


def _add_fee_changes(routes: APIRouter, context: VenueContext) -> None:
    catalogue = context.views.catalogue

    @routes.get(
        "/events/fee_changes",
        **operation(
            "GetEventFeeChanges",
            GetEventFeeChangesResponse,
            query=GetEventFeeChangesParams,
            errors=(400,),
            tag="exchange",
        ),
    )
    async def get_event_fee_changes(request: Request) -> Response:
        query = read(GetEventFeeChangesParams, request.query_params)
        before = decode_cursor(query.cursor, _FEE_CHANGE_KEYS)
        changes = [
            change
            for change in reversed(catalogue.event_fee_changes)
            if (not query.event_ticker or change.ticker == query.event_ticker)
            and (before is None or (change.seq, change.place) < before)
        ]
        page = changes[: query.limit]
        cursor = encode_cursor((page[-1].seq, page[-1].place)) if len(changes) > len(page) else LAST_PAGE
        bodies = [
            EventFeeChange(
                id=change.id,
                event_ticker=change.ticker,
                series_ticker=catalogue.events[change.ticker].series_ticker,
                fee_type_override=change.fee_type,
                fee_multiplier_override=None if change.fee_multiplier is None else multiplier(change.fee_multiplier),
                scheduled_ts=timestamp(change.scheduled_us),
            )
            for change in page
        ]
        return public_answer(context, GetEventFeeChangesResponse(event_fee_changes=bodies, cursor=cursor))


def _add_event(routes: APIRouter, context: VenueContext) -> None:
    catalogue = context.views.catalogue

    def found(event_ticker: str) -> EventEntry:
        event = catalogue.events.get(event_ticker)
        if event is None:
            raise not_found()
        return event

    @routes.get(
        "/events/{event_ticker}",
        **operation("GetEvent", GetEventResponse, query=GetEventParams, errors=(400, 404), tag="events"),
    )
    async def get_event(event_ticker: str, request: Request) -> Response:
        query = read(GetEventParams, request.query_params)
        if query.exclude_markets and query.with_nested_markets:
            details = "exclude_markets cannot be combined with with_nested_markets"
            raise ApiError(400, "invalid_parameters", details=details)
        event = found(event_ticker)
        body = _body(context, event, with_markets=query.with_nested_markets)
        if query.exclude_markets:
            markets = []
        elif body.markets is not UNSET:
            # The top-level list is deprecated in favour of the nested one and says the same (OAS:GetEventResponse).
            markets = body.markets
        else:
            markets = [market_body(context, market) for market in live_markets_of(context, event_ticker)]
        return public_answer(context, GetEventResponse(event=body, markets=markets))

    @routes.get(
        "/events/{event_ticker}/metadata",
        **operation("GetEventMetadata", GetEventMetadataResponse, errors=(404,), tag="events"),
    )
    async def get_event_metadata(event_ticker: str) -> Response:
        event = found(event_ticker)
        details = event.details
        body = GetEventMetadataResponse(
            image_url=details.image_url,
            featured_image_url=UNSET if details.featured_image_url is None else details.featured_image_url,
            competition=UNSET if details.competition is None else details.competition,
            competition_scope=UNSET if details.competition_scope is None else details.competition_scope,
            settlement_sources=_settlement_sources(context, event),
            market_details=[
                MarketMetadata(
                    market_ticker=market.ticker,
                    image_url=market.details.image_url,
                    color_code=market.details.color_code,
                )
                for market in catalogue.markets_of_event(event_ticker)
            ],
        )
        return public_answer(context, body)


class _EventFilter:
    """The filters of GetEvents: an event has no status or close of its own, so any market of it may pass for it."""

    __slots__ = ("_catalogue", "_closes_from", "_series", "_statuses", "_updated_after")

    def __init__(self, query: GetEventsParams, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._statuses = status_filter(query.status, _EVENT_STATUSES)
        self._series = query.series_ticker
        self._closes_from, self._updated_after = micros(query.min_close_ts), micros(query.min_updated_ts)

    def passes(self, event: EventEntry) -> bool:
        """Whether the list shows it."""
        if self._series and event.series_ticker != self._series:
            return False
        if self._updated_after is not None and event.updated_us <= self._updated_after:
            return False
        if self._statuses is None and self._closes_from is None:
            return True
        return any(
            (self._statuses is None or market.status in self._statuses)
            and (self._closes_from is None or market.close_us >= self._closes_from)
            for market in self._catalogue.markets_of_event(event.ticker)
        )


def _body(context: VenueContext, event: EventEntry, *, with_markets: bool) -> EventData:
    catalogue, details = context.views.catalogue, event.details
    series = catalogue.series[event.series_ticker]
    markets = live_markets_of(context, event.ticker) if with_markets else ()
    return EventData(
        category=series.details.category if details.category is None else details.category,
        collateral_return_type=event.collateral_return_type,
        event_ticker=event.ticker,
        exchange_index=context.settings.shard,
        fee_multiplier_override=UNSET if event.fee_multiplier is None else multiplier(event.fee_multiplier),
        fee_type_override=UNSET if event.fee_type is None else event.fee_type,
        last_updated_ts=timestamp(event.updated_us),
        markets=[market_body(context, market) for market in markets] if with_markets else UNSET,
        mutually_exclusive=event.mutually_exclusive,
        product_metadata=UNSET if details.product_metadata is None else details.product_metadata,
        series_ticker=event.series_ticker,
        settlement_sources=_settlement_sources(context, event),
        strike_date=UNSET if details.strike_date is None else details.strike_date,
        strike_period=UNSET if details.strike_period is None else details.strike_period,
        sub_title=details.sub_title,
        title=details.title,
    )


def _settlement_sources(context: VenueContext, event: EventEntry) -> tuple[SettlementSource, ...]:
    """The event's own sources, or those of its series."""
    if event.details.settlement_sources is not None:
        return event.details.settlement_sources
    return context.views.catalogue.series[event.series_ticker].details.settlement_sources or ()
