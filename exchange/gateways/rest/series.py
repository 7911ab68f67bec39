"""GET /series*: the templates of events, and their fees. Public; candlesticks are in candlesticks.py."""

import msgspec
from fastapi import APIRouter, Request
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import not_found
from exchange.gateways.rest import candlesticks
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.params import Csv, Seconds, micros, read
from exchange.gateways.rest.public_bodies import public_answer
from exchange.projections.catalogue import SeriesEntry
from wire.rest.common import timestamp
from wire.rest.series import (
    GetSeriesFeeChangesResponse,
    GetSeriesListResponse,
    GetSeriesResponse,
    Series,
    SeriesFeeChange,
    multiplier,
)
from wire.units import format_count


class GetSeriesListParams(msgspec.Struct, frozen=True, kw_only=True):
    category: str = ""
    tags: Csv = ()
    include_product_metadata: bool = False
    include_volume: bool = False
    min_updated_ts: Seconds | None = None


class GetSeriesParams(msgspec.Struct, frozen=True, kw_only=True):
    include_volume: bool = False


class GetSeriesFeeChangesParams(msgspec.Struct, frozen=True, kw_only=True):
    series_ticker: str = ""
    show_historical: bool = False


def router(context: VenueContext) -> APIRouter:
    routes = APIRouter()
    catalogue = context.views.catalogue

    @routes.get(
        "/series",
        **operation("GetSeriesList", GetSeriesListResponse, query=GetSeriesListParams, errors=(400,), tag="market"),
    )
    async def get_series_list(request: Request) -> Response:
        query = read(GetSeriesListParams, request.query_params)
        updated_after = micros(query.min_updated_ts)
        found = [
            _body(context, series, with_volume=query.include_volume, with_metadata=query.include_product_metadata)
            for series in catalogue.series.values()
            if (not query.category or query.category in series.categories)
            and (not query.tags or not set(query.tags).isdisjoint(series.details.tags or ()))
            and (updated_after is None or series.updated_us > updated_after)
        ]
        return public_answer(context, GetSeriesListResponse(found))

    @routes.get(
        "/series/fee_changes",
        **operation(
            "GetSeriesFeeChanges",
            GetSeriesFeeChangesResponse,
            query=GetSeriesFeeChangesParams,
            errors=(400,),
            tag="exchange",
        ),
    )
    async def get_series_fee_changes(request: Request) -> Response:
        query = read(GetSeriesFeeChangesParams, request.query_params)
        found = [
            SeriesFeeChange(
                id=change.id,
                series_ticker=change.ticker,
                fee_type=change.fee_type,
                fee_multiplier=multiplier(change.fee_multiplier),
                scheduled_ts=timestamp(change.scheduled_us),
            )
            for change in catalogue.series_fee_changes
            if change.fee_type is not None
            and change.fee_multiplier is not None
            and (not query.series_ticker or query.series_ticker == change.ticker)
            and (query.show_historical or not change.effective)
        ]
        return public_answer(context, GetSeriesFeeChangesResponse(found))

    @routes.get(
        "/series/{series_ticker}",
        **operation("GetSeries", GetSeriesResponse, query=GetSeriesParams, errors=(400, 404), tag="market"),
    )
    async def get_series(series_ticker: str, request: Request) -> Response:
        query = read(GetSeriesParams, request.query_params)
        series = catalogue.series.get(series_ticker)
        if series is None:
            raise not_found()
        body = _body(context, series, with_volume=query.include_volume, with_metadata=True)
        return public_answer(context, GetSeriesResponse(body))

    candlesticks.add_routes(routes, context)
    return routes


def _body(context: VenueContext, series: SeriesEntry, *, with_volume: bool, with_metadata: bool) -> Series:
    details = series.details
    volume: str | UnsetType = UNSET
    if with_volume:
        markets = context.views.catalogue.markets_of_series(series.ticker)
        volume = format_count(sum(context.views.books.book(market.ticker).volume for market in markets))
    return Series(
        additional_prohibitions=details.additional_prohibitions or (),
        categories=series.categories,
        category=details.category,
        contract_terms_url=details.contract_terms_url,
        contract_url=details.contract_url,
        exchange_index=context.settings.shard,
        fee_multiplier=multiplier(series.fee_multiplier),
        fee_type=series.fee_type,
        frequency=details.frequency,
        last_updated_ts=timestamp(series.updated_us),
        product_metadata=details.product_metadata if with_metadata and details.product_metadata is not None else UNSET,
        settlement_sources=details.settlement_sources or (),
        tags=details.tags or (),
        ticker=series.ticker,
        title=details.title,
        volume_fp=volume,
    )
