"""What a member holds, by market and by event (SEMANTICS C2). Positions never leave memory."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.security import caller
from exchange.projections.holdings import PositionRecord
from wire.accounts import account_of
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor, timestamp
from wire.rest.portfolio import EventPosition, EventPositionV1, GetPositionsResponse, MarketPosition, MarketPositionV1
from wire.units import cents, format_count, format_money, whole_contracts

POSITION_CURSORS: msgspec.msgpack.Decoder[tuple[str, str]] = msgspec.msgpack.Decoder(tuple[str, str])
"""(settlement status, the market or event the page before ended with)."""


class GetPositionsParams(msgspec.Struct, frozen=True):
    cursor: str = ""
    limit: params.Limit = 100
    count_filter: params.Csv = ()
    settlement_status: Literal["unsettled", "settled", "all"] = "unsettled"
    ticker: str = ""
    event_ticker: str = ""
    subaccount: params.Subaccount | None = None
    exchange_index: params.ExchangeIndex | None = None


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operation under /portfolio."""

    @routes.get(
        "/positions",
        **operation(
            "GetPositions", GetPositionsResponse, query=GetPositionsParams, errors=READ_ERRORS, tag="portfolio"
        ),
    )
    async def get_positions(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetPositionsParams, request.query_params)
        account = account_of(key.member, subaccount_or_primary(key, query.subaccount))
        return answer(positions_page(context, account, query, is_archived=False))


def positions_page(
    context: VenueContext, account: int, query: GetPositionsParams, *, is_archived: bool
) -> GetPositionsResponse:
    """One page of an account's positions, of archived events or of the others. They never leave memory."""
    cutoff_us = context.cutoff_us()
    archived = {
        event: is_event_archived(context, event, cutoff_us)
        for event in {row.event_ticker for row in context.views.portfolio.positions(account)}
    }
    wanted = [
        row
        for row in context.views.portfolio.positions(account)
        if archived[row.event_ticker] is is_archived and _wants(context, query, row)
    ]
    page, cursor = _positions_page(wanted, query)
    of_event: dict[str, list[PositionRecord]] = {row.event_ticker: [] for row in page}
    for row in wanted:
        if row.event_ticker in of_event:
            of_event[row.event_ticker].append(row)
    return GetPositionsResponse(
        cursor=cursor,
        event_positions=[event_position(context, event, rows) for event, rows in of_event.items()],
        market_positions=[market_position(context, row) for row in page],
    )


def is_event_archived(context: VenueContext, event_ticker: str, cutoff_us: int) -> bool:
    """Positions move by whole events: once every market settled before the cutoff (SEMANTICS D6)."""
    return all(0 < market.settled_us < cutoff_us for market in context.views.catalogue.markets_of_event(event_ticker))


def _wants(context: VenueContext, query: GetPositionsParams, row: PositionRecord) -> bool:
    return (
        query.exchange_index in (None, context.settings.shard)
        and (not query.ticker or row.ticker == query.ticker)
        and (not query.event_ticker or row.event_ticker == query.event_ticker)
        and (
            query.settlement_status == "all"
            or context.views.portfolio.is_settled(row) == (query.settlement_status == "settled")
        )
        and (not query.count_filter or any(_count(name, row) for name in query.count_filter))
    )


def _count(name: str, row: PositionRecord) -> int:
    """A count that count_filter may ask to be other than zero."""
    if name == "position":
        return row.position
    if name == "total_traded":
        return row.volume
    raise ApiError(400, "invalid_parameters", details=f"count_filter: {name!r} is not one of position, total_traded")


def _positions_page(rows: list[PositionRecord], query: GetPositionsParams) -> tuple[list[PositionRecord], str]:
    """One page and the next cursor. Unsettled positions are paged by market; settled and all by event, so
    that an event is never cut in two. A cursor of another settlement status begins anew (SEMANTICS C2).
    """
    by_event = query.settlement_status != "unsettled"
    names = sorted({row.event_ticker if by_event else row.ticker for row in rows})
    status, after = decode_cursor(query.cursor, POSITION_CURSORS) or ("", "")
    if status != query.settlement_status:
        after = ""
    start = bisect_right(names, after) if after else 0
    chosen = names[start : start + query.limit]
    more = start + query.limit < len(names)
    cursor = encode_cursor((query.settlement_status, chosen[-1])) if more else LAST_PAGE
    within = set(chosen)
    page = [row for row in rows if (row.event_ticker if by_event else row.ticker) in within]
    return sorted(page, key=_by_event_and_ticker if by_event else _by_ticker), cursor


def _by_ticker(row: PositionRecord) -> str:
    return row.ticker


def _by_event_and_ticker(row: PositionRecord) -> tuple[str, str]:
    return row.event_ticker, row.ticker


def market_position(context: VenueContext, row: PositionRecord) -> MarketPosition:
    """A record as OAS:MarketPosition; with V1 switched on, with the integer fields of old."""
    body = MarketPosition(
        exchange_index=context.settings.shard,
        fees_paid_dollars=format_money(row.fees),
        last_updated_ts=timestamp(row.updated_us),
        market_exposure_dollars=format_money(row.cost),
        position_fp=format_count(row.position),
        realized_pnl_dollars=format_money(row.realized),
        ticker=row.ticker,
        total_traded_dollars=format_money(row.total_traded),
    )
    if not context.settings.api_v1:
        return body
    return MarketPositionV1(
        **msgspec.structs.asdict(body),
        fees_paid=cents(row.fees),
        market_exposure=cents(row.cost),
        position=whole_contracts(row.position),
        realized_pnl=cents(row.realized),
        resting_orders_count=0,
        total_traded=cents(row.total_traded),
    )


def event_position(context: VenueContext, event_ticker: str, rows: Iterable[PositionRecord]) -> EventPosition:
    """The sum over an event's markets as OAS:EventPosition."""
    rows = list(rows)
    cost, exposure = sum(row.total_traded for row in rows), sum(row.cost for row in rows)
    realized, fees = sum(row.realized for row in rows), sum(row.fees for row in rows)
    shares = sum(row.volume for row in rows)
    body = EventPosition(
        event_exposure_dollars=format_money(exposure),
        event_ticker=event_ticker,
        fees_paid_dollars=format_money(fees),
        realized_pnl_dollars=format_money(realized),
        total_cost_dollars=format_money(cost),
        total_cost_shares_fp=format_count(shares),
    )
    if not context.settings.api_v1:
        return body
    return EventPositionV1(
        **msgspec.structs.asdict(body),
        event_exposure=cents(exposure),
        fees_paid=cents(fees),
        realized_pnl=cents(realized),
        total_cost=cents(cost),
        total_cost_shares=whole_contracts(shares),
    )
