"""A member's fills, from memory and history as one list (SEMANTICS C5)."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.history_reader import merged
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.security import caller
from exchange.projections.portfolio_records import FillFilter, FillRecord
from wire.accounts import subaccount_of
from wire.enums import BookSide, OutcomeSide
from wire.ids import IdKind, order_uuid, parse_id, trade_uuid
from wire.rest.bodies import Int64
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor, timestamp
from wire.rest.portfolio import Fill, FillV1, GetFillsResponse
from wire.units import MICROS, PAYOUT, format_count, format_money, format_price, whole_contracts

FILL_CURSORS: msgspec.msgpack.Decoder[tuple[Int64, Int64, Int64]] = msgspec.msgpack.Decoder(tuple[Int64, Int64, Int64])
"""The key of the fill that the page before ended with."""


class GetFillsParams(msgspec.Struct, frozen=True):
    ticker: Annotated[params.Csv, msgspec.Meta(max_length=100)] = ()
    order_id: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    limit: params.Limit = 100
    cursor: str = ""
    subaccount: params.Subaccount | None = None
    exchange_index: params.ExchangeIndex | None = None


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operation under /portfolio."""

    @routes.get(
        "/fills",
        **operation("GetFills", GetFillsResponse, query=GetFillsParams, errors=READ_ERRORS, tag="portfolio"),
    )
    async def get_fills(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetFillsParams, request.query_params)
        order_id = parse_id(IdKind.ORDER, query.order_id) if query.order_id else None
        is_nowhere = query.exchange_index not in (None, context.settings.shard) or (query.order_id and not order_id)
        wanted = FillFilter(
            key.member,
            subaccount_filter(key, query.subaccount),
            frozenset() if is_nowhere else frozenset(query.ticker) or None,
            order_id[1] if order_id else None,
            max(params.micros(query.min_ts) or 0, context.cutoff_us()),
            params.micros(query.max_ts),
            decode_cursor(query.cursor, FILL_CURSORS),
        )
        return answer(await fills_page(context, wanted, query.limit))


async def fills_page(context: VenueContext, wanted: FillFilter, limit: int) -> GetFillsResponse:
    """The newest `limit` fills that pass the filter, from memory and history. Raises HistoryUnavailable."""
    rows = context.views.portfolio.select_fills(wanted, limit + 1)
    if len(rows) <= limit and context.views.portfolio.fills.evicted:
        rows = merged(rows, await context.history.fills(wanted, limit + 1), _key_of_fill, limit + 1)
    page = rows[:limit]
    cursor = encode_cursor(page[-1].key) if len(rows) > limit else LAST_PAGE
    return GetFillsResponse(cursor=cursor, fills=[fill_body(context, row) for row in page])


def _key_of_fill(fill: FillRecord) -> tuple[int, int, int]:
    return fill.key


def fill_body(context: VenueContext, fill: FillRecord) -> Fill:
    """A record as OAS:Fill; the deprecated direction is that of the order (SEMANTICS B1)."""
    shard = context.settings.shard
    is_bid = fill.side is BookSide.BID
    trade_id = trade_uuid(shard, fill.seq, fill.place)
    body = Fill(
        action="buy" if is_bid else "sell",
        book_side=fill.side,
        count_fp=format_count(fill.count),
        created_time=timestamp(fill.ts_us),
        exchange_index=shard,
        fee_cost=format_money(fill.fee),
        fill_id=trade_id,
        is_taker=fill.is_taker,
        market_ticker=fill.ticker,
        no_price_dollars=format_price(PAYOUT - fill.price),
        order_id=order_uuid(shard, fill.order_id),
        outcome_side=OutcomeSide.YES if is_bid else OutcomeSide.NO,
        side="yes",
        subaccount_number=subaccount_of(fill.account),
        ticker=fill.ticker,
        trade_id=trade_id,
        ts=fill.ts_us // MICROS,
        yes_price_dollars=format_price(fill.price),
    )
    if not context.settings.api_v1:
        return body
    return FillV1(
        **msgspec.structs.asdict(body),
        count=whole_contracts(fill.count),
        no_price=(PAYOUT - fill.price) // 100,
        no_price_fixed=body.no_price_dollars,
        price=fill.price / PAYOUT,
        yes_price=fill.price // 100,
        yes_price_fixed=body.yes_price_dollars,
    )
