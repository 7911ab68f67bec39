"""A member's deposits and withdrawals (SEMANTICS C5)."""

from collections.abc import Callable, Sequence
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
from exchange.projections.portfolio_records import CashRecord
from wire.ids import IdKind, format_id
from wire.rest.portfolio import CashMovement, GetDepositsResponse, GetWithdrawalsResponse
from wire.units import MICROS, cents


class _CashParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    cursor: str = ""


class GetDepositsParams(_CashParams, frozen=True):
    pass


class GetWithdrawalsParams(_CashParams, frozen=True):
    pass


def add_routes(context: VenueContext, routes: APIRouter) -> None:
    """The operations under /portfolio."""

    def page(
        request: Request, query_type: type[_CashParams], kind: IdKind, rows_of: Callable[[int], Sequence[CashRecord]]
    ) -> tuple[list[CashMovement], str]:
        key = caller(context, request)
        refuse_restricted(key)
        query = params.read(query_type, request.query_params)
        rows, cursor = newest_page(rows_of(key.member), query.limit, query.cursor)
        return [_movement(context, kind, row) for row in rows], cursor

    @routes.get(
        "/deposits",
        **operation("GetDeposits", GetDepositsResponse, query=GetDepositsParams, errors=READ_ERRORS, tag="portfolio"),
    )
    async def get_deposits(request: Request) -> Response:
        rows, cursor = page(request, GetDepositsParams, IdKind.DEPOSIT, context.views.portfolio.deposits)
        return answer(GetDepositsResponse(cursor=cursor, deposits=rows))

    @routes.get(
        "/withdrawals",
        **operation(
            "GetWithdrawals", GetWithdrawalsResponse, query=GetWithdrawalsParams, errors=READ_ERRORS, tag="portfolio"
        ),
    )
    async def get_withdrawals(request: Request) -> Response:
        rows, cursor = page(request, GetWithdrawalsParams, IdKind.WITHDRAWAL, context.views.portfolio.withdrawals)
        return answer(GetWithdrawalsResponse(cursor=cursor, withdrawals=rows))


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
