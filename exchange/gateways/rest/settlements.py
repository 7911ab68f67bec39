"""What settled markets paid a member, from memory and history as one list (SEMANTICS C2)."""

from dataclasses import replace

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.history_reader import merged
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.pages import PLACES
from exchange.gateways.rest.positions import is_event_archived
from exchange.gateways.rest.security import caller
from exchange.projections.portfolio_records import SettlementFilter, SettlementRecord
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor, timestamp
from wire.rest.portfolio import GetSettlementsResponse, Settlement, SettlementV1
from wire.units import cents, format_count, format_money, whole_contracts

_NEXT_BATCH = 1_000
"""How many are looked through at once where archived ones stand between."""


class GetSettlementsParams(msgspec.Struct, frozen=True):
    limit: params.Limit = 100
    cursor: str = ""
    ticker: str = ""
    event_ticker: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    subaccount: params.Subaccount | None = None


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operation under /portfolio."""

    @routes.get(
        "/settlements",
        **operation(
            "GetSettlements", GetSettlementsResponse, query=GetSettlementsParams, errors=READ_ERRORS, tag="portfolio"
        ),
    )
    async def get_settlements(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetSettlementsParams, request.query_params)
        wanted = SettlementFilter(
            key.member,
            subaccount_filter(key, query.subaccount),
            query.ticker or None,
            query.event_ticker or None,
            params.micros(query.min_ts),
            params.micros(query.max_ts),
            decode_cursor(query.cursor, PLACES),
        )
        rows = await _live(context, wanted, query.limit + 1)
        page = rows[: query.limit]
        cursor = encode_cursor(page[-1].key) if len(rows) > query.limit else LAST_PAGE
        return answer(
            GetSettlementsResponse(cursor=cursor, settlements=[settlement_body(context, row) for row in page])
        )


async def _live(context: VenueContext, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]:
    """The newest settlements that pass the filter, but those of archived events: what became of these is told by
    their positions in /historical (OAS:GetSettlements, SEMANTICS D6). Raises HistoryUnavailable.
    """
    cutoff_us = context.cutoff_us()
    live: list[SettlementRecord] = []
    batch = limit
    while True:
        rows = context.views.portfolio.select_settlements(wanted, batch)
        if context.views.portfolio.settlements.evicted:
            rows = merged(rows, await context.history.settlements(wanted, batch), _key_of_settlement, batch)
        live += [row for row in rows if not is_event_archived(context, row.event_ticker, cutoff_us)]
        if len(rows) < batch or len(live) >= limit:
            return live[:limit]
        wanted, batch = replace(wanted, before=rows[-1].key), _NEXT_BATCH


def _key_of_settlement(settlement: SettlementRecord) -> tuple[int, int]:
    return settlement.key


def settlement_body(context: VenueContext, row: SettlementRecord) -> Settlement:
    """A record as OAS:Settlement. A member holds one side of a market: the other counts zero."""
    yes, no = max(row.position, 0), max(-row.position, 0)
    yes_cost, no_cost = (row.cost, 0) if row.position > 0 else (0, row.cost)
    body = Settlement(
        event_ticker=row.event_ticker,
        exchange_index=context.settings.shard,
        fee_cost=format_money(row.fee),
        market_result=row.result,
        no_count_fp=format_count(no),
        no_total_cost_dollars=format_money(no_cost),
        revenue=cents(row.payout),
        settled_time=timestamp(row.ts_us),
        ticker=row.ticker,
        value=cents(row.value),
        yes_count_fp=format_count(yes),
        yes_total_cost_dollars=format_money(yes_cost),
    )
    if not context.settings.api_v1:
        return body
    return SettlementV1(
        **msgspec.structs.asdict(body),
        no_count=whole_contracts(no),
        no_total_cost=cents(no_cost),
        yes_count=whole_contracts(yes),
        yes_total_cost=cents(yes_cost),
    )
