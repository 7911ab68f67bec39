"""A member's deposits and withdrawals (SEMANTICS C5)."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import refuse_restricted
from exchange.gateways.context import VenueContext
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.pages import newest_page
from exchange.gateways.rest.security import caller
from exchange.projections.portfolio import CashRecord
from wire.ids import IdKind, format_id
from wire.rest.portfolio import CashMovement, GetDepositsResponse, GetWithdrawalsResponse
from wire.units import MICROS, cents


class GetDepositsParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str = ""


class GetWithdrawalsParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str = ""


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operations under /portfolio."""

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
