"""What a member has and had: balance, positions, fills, settlements, deposits, withdrawals (SEMANTICS C).

Subaccounts are in subaccounts.py. A list that grows for ever is what the projection keeps in memory and what
history has, as one.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import refuse_restricted, subaccount_filter, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.history_reader import merged
from exchange.gateways.rate_limit import BALANCE
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.pages import PLACES, newest_page
from exchange.gateways.rest.security import caller
from exchange.projections.portfolio import (
    CashRecord,
    FillFilter,
    FillRecord,
    PositionRecord,
    SettlementFilter,
    SettlementRecord,
)
from wire.accounts import account_of, subaccount_of
from wire.enums import BookSide, OutcomeSide
from wire.ids import IdKind, format_id, order_uuid, parse_id, trade_uuid
from wire.rest.bodies import Int64
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor, timestamp
from wire.rest.portfolio import (
    CashMovement,
    EventPosition,
    EventPositionV1,
    Fill,
    FillV1,
    GetBalanceResponse,
    GetDepositsResponse,
    GetFillsResponse,
    GetPortfolioRestingOrderTotalValueResponse,
    GetPositionsResponse,
    GetSettlementsResponse,
    GetWithdrawalsResponse,
    IndexedBalance,
    MarketPosition,
    MarketPositionV1,
    Settlement,
    SettlementV1,
)
from wire.units import (
    CONTRACT,
    MICROS,
    PAYOUT,
    cents,
    format_count,
    format_money,
    format_money4,
    format_price,
)

Subaccount = Annotated[int, msgspec.Meta(ge=0)]
ExchangeIndex = Annotated[int, msgspec.Meta(ge=0)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]

READ_ERRORS = (400, 401, 403, 429)

POSITION_CURSORS: msgspec.msgpack.Decoder[tuple[str, str]] = msgspec.msgpack.Decoder(tuple[str, str])
"""(settlement status, the market or event the page before ended with)."""

FILL_CURSORS: msgspec.msgpack.Decoder[tuple[Int64, Int64, Int64]] = msgspec.msgpack.Decoder(tuple[Int64, Int64, Int64])
"""The key of the fill that the page before ended with."""


class GetBalanceParams(msgspec.Struct, frozen=True):
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class GetPositionsParams(msgspec.Struct, frozen=True):
    cursor: str = ""
    limit: Limit = 100
    count_filter: params.Csv = ()
    settlement_status: Literal["unsettled", "settled", "all"] = "unsettled"
    ticker: str = ""
    event_ticker: str = ""
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class GetFillsParams(msgspec.Struct, frozen=True):
    ticker: Annotated[params.Csv, msgspec.Meta(max_length=100)] = ()
    order_id: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    limit: Limit = 100
    cursor: str = ""
    subaccount: Subaccount | None = None
    exchange_index: ExchangeIndex | None = None


class GetSettlementsParams(msgspec.Struct, frozen=True):
    limit: Limit = 100
    cursor: str = ""
    ticker: str = ""
    event_ticker: str = ""
    min_ts: params.Seconds | None = None
    max_ts: params.Seconds | None = None
    subaccount: Subaccount | None = None


class GetDepositsParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str = ""


class GetWithdrawalsParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str = ""


def router(context: VenueContext) -> APIRouter:
    """/portfolio but for orders, order groups and subaccounts."""
    routes = APIRouter(prefix="/portfolio")
    _add_money(context, routes)
    _add_positions(context, routes)
    _add_trading(context, routes)
    _add_cash(context, routes)
    return routes


# --- money ------------------------------------------------------------------------------------------


def _add_money(context: VenueContext, routes: APIRouter) -> None:
    @routes.get(
        "/balance",
        **operation("GetBalance", GetBalanceResponse, query=GetBalanceParams, errors=READ_ERRORS, tag="portfolio"),
    )
    async def get_balance(request: Request) -> Response:
        key = caller(context, request, "read::portfolio_balance", 1, BALANCE)
        query = params.read(GetBalanceParams, request.query_params)
        account = account_of(key.member, subaccount_or_primary(key, query.subaccount))
        money = context.views.portfolio.account(account)
        here = context.settings.shard
        is_here = money is not None and query.exchange_index in (None, here)
        cash = money.cash if money is not None and is_here else 0
        value = sum(_value(context, row) for row in context.views.portfolio.positions(account)) if is_here else 0
        whole = IndexedBalance(balance=format_money4(money.cash if money else 0), exchange_index=here)
        return answer(
            GetBalanceResponse(
                balance=cents(cash),
                balance_breakdown=[whole] if key.subaccount is None else None,
                balance_dollars=format_money4(cash),
                portfolio_value=cents(value),
                updated_ts=money.updated_us // MICROS if money else 0,
            )
        )

    @routes.get(
        "/summary/total_resting_order_value",
        **operation(
            "GetPortfolioRestingOrderTotalValue",
            GetPortfolioRestingOrderTotalValueResponse,
            errors=(401, 403, 429),
            tag="portfolio",
        ),
    )
    async def get_total_resting_order_value(request: Request) -> Response:
        key = caller(context, request)
        refuse_restricted(key)
        total = sum(order.resting_value for order in context.views.orders.resting(key.member))
        here = IndexedBalance(balance=format_money4(total), exchange_index=context.settings.shard)
        return answer(
            GetPortfolioRestingOrderTotalValueResponse(
                resting_order_value_breakdown=[here], total_resting_order_value=cents(total)
            )
        )


def _value(context: VenueContext, position: PositionRecord) -> int:
    """What a position would bring at the market's last trade: Money (SEMANTICS K5)."""
    if not position.position:
        return 0
    last = context.views.books.book(position.ticker).last_price
    return position.position * last if position.position > 0 else -position.position * (PAYOUT - last)


# --- positions --------------------------------------------------------------------------------------


def _add_positions(context: VenueContext, routes: APIRouter) -> None:
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
        position=_whole(row.position),
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
        total_cost_shares=_whole(shares),
    )


def _whole(count: int) -> int:
    """Whole contracts, truncated."""
    return count // CONTRACT if count >= 0 else -(-count // CONTRACT)


# --- fills and settlements --------------------------------------------------------------------------


def _add_trading(context: VenueContext, routes: APIRouter) -> None:
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
        limit = query.limit + 1
        rows = context.views.portfolio.select_settlements(wanted, limit)
        if context.views.portfolio.settlements.evicted:
            rows = merged(rows, await context.history.settlements(wanted, limit), _key_of_settlement, limit)
        page = rows[: query.limit]
        cursor = encode_cursor(page[-1].key) if len(rows) > query.limit else LAST_PAGE
        return answer(
            GetSettlementsResponse(cursor=cursor, settlements=[settlement_body(context, row) for row in page])
        )


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


def _key_of_settlement(settlement: SettlementRecord) -> tuple[int, int]:
    return settlement.key


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
        count=_whole(fill.count),
        no_price=(PAYOUT - fill.price) // 100,
        no_price_fixed=body.no_price_dollars,
        price=fill.price / PAYOUT,
        yes_price=fill.price // 100,
        yes_price_fixed=body.yes_price_dollars,
    )


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
        no_count=_whole(no),
        no_total_cost=cents(no_cost),
        yes_count=_whole(yes),
        yes_total_cost=cents(yes_cost),
    )


# --- deposits and withdrawals -----------------------------------------------------------------------


def _add_cash(context: VenueContext, routes: APIRouter) -> None:
    @routes.get(
        "/deposits",
        **operation("GetDeposits", GetDepositsResponse, query=GetDepositsParams, errors=READ_ERRORS, tag="portfolio"),
    )
    async def get_deposits(request: Request) -> Response:
        key = caller(context, request)
        refuse_restricted(key)
        query = params.read(GetDepositsParams, request.query_params)
        rows, cursor = newest_page(context.views.portfolio.deposits(key.member), query.limit, query.cursor)
        deposits = [_movement(context, IdKind.DEPOSIT, row) for row in rows]
        return answer(GetDepositsResponse(cursor=cursor, deposits=deposits))

    @routes.get(
        "/withdrawals",
        **operation(
            "GetWithdrawals", GetWithdrawalsResponse, query=GetWithdrawalsParams, errors=READ_ERRORS, tag="portfolio"
        ),
    )
    async def get_withdrawals(request: Request) -> Response:
        key = caller(context, request)
        refuse_restricted(key)
        query = params.read(GetWithdrawalsParams, request.query_params)
        rows, cursor = newest_page(context.views.portfolio.withdrawals(key.member), query.limit, query.cursor)
        withdrawals = [_movement(context, IdKind.WITHDRAWAL, row) for row in rows]
        return answer(GetWithdrawalsResponse(cursor=cursor, withdrawals=withdrawals))


def _movement(context: VenueContext, kind: IdKind, row: CashRecord) -> CashMovement:
    """Ours are wired, free of charge, and applied at once (SEMANTICS C5)."""
    moment = row.ts_us // MICROS
    return CashMovement(
        amount_cents=cents(row.amount),
        created_ts=moment,
        fee_cents=0,
        finalized_ts=moment,
        id=format_id(kind, context.settings.shard, row.seq, row.place),
        status="applied",
        type="wire",
    )
