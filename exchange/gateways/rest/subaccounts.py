"""Subaccounts: create, move money, balances, transfers, netting (SEMANTICS C3).

A key locked to one subaccount may read its own balance here and nothing else (SEMANTICS F2).
"""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.core.commands import CreateSubaccount, SetNetting, TransferBetweenSubaccounts
from exchange.gateways.auth import ApiKey, refuse_restricted
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, undecodable
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.pages import newest_page
from exchange.gateways.rest.security import caller, check_shard, read_body
from exchange.gateways.submit import submit
from wire.accounts import MAX_SUBACCOUNT, account_of, subaccount_of
from wire.engine_events import SubaccountCreated
from wire.ids import IdKind, format_id
from wire.rest.bodies import EmptyResponse
from wire.rest.portfolio import (
    ApplySubaccountTransferRequest,
    CreateSubaccountRequest,
    CreateSubaccountResponse,
    GetSubaccountBalancesResponse,
    GetSubaccountNettingResponse,
    GetSubaccountTransfersResponse,
    SubaccountBalance,
    SubaccountNettingConfig,
    SubaccountTransfer,
    UpdateSubaccountNettingRequest,
)
from wire.units import CENT, MICROS, cents, format_money4

MAX_TRANSFER_CENTS = 10**14
"""A trillion dollars: keeps the amount far inside 64 bits as Money."""

WRITE_ERRORS = (400, 401, 403, 409, 429, 503)


class GetSubaccountTransfersParams(msgspec.Struct, frozen=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    cursor: str = ""


def router(context: VenueContext) -> APIRouter:
    """The six operations of /portfolio/subaccounts, to be included under /portfolio."""
    routes = APIRouter(prefix="/portfolio/subaccounts")
    shard = context.settings.shard
    portfolio = context.views.portfolio
    tag = "portfolio"

    @routes.post(
        "",
        **operation(
            "CreateSubaccount",
            CreateSubaccountResponse,
            body=CreateSubaccountRequest,
            status=201,
            errors=WRITE_ERRORS,
            tag=tag,
        ),
    )
    async def create_subaccount(request: Request) -> Response:
        key = _unrestricted(context, request, "write")
        body = await read_body(context, request, CreateSubaccountRequest, optional=True)
        check_shard(context, key.member, body.exchange_index)
        if context.limiter.tier(key.member) == "basic":
            raise ApiError(403, "forbidden", details="subaccounts need the Advanced API usage level or higher")
        receipt = await submit(context, CreateSubaccount(key.member))
        (created,) = (event for event in receipt.events if isinstance(event, SubaccountCreated))
        return answer(CreateSubaccountResponse(subaccount_number=subaccount_of(created.account)), 201)

    @routes.post(
        "/transfer",
        **operation(
            "ApplySubaccountTransfer",
            EmptyResponse,
            body=ApplySubaccountTransferRequest,
            errors=WRITE_ERRORS,
            tag=tag,
        ),
    )
    async def apply_subaccount_transfer(request: Request) -> Response:
        key = _unrestricted(context, request, "write::transfer")
        body = await read_body(context, request, ApplySubaccountTransferRequest)
        check_shard(context, key.member, body.exchange_index)
        if not 0 < body.amount_cents <= MAX_TRANSFER_CENTS:
            raise ApiError(400, "invalid_parameters", details="amount_cents must be positive")
        command = TransferBetweenSubaccounts(
            key.member,
            _subaccount("from_subaccount", body.from_subaccount),
            _subaccount("to_subaccount", body.to_subaccount),
            body.amount_cents * CENT,
            _uuid(body.client_transfer_id),
        )
        await submit(context, command)
        return answer(EmptyResponse())

    @routes.get(
        "/balances",
        **operation("GetSubaccountBalances", GetSubaccountBalancesResponse, errors=(401, 403, 429), tag=tag),
    )
    async def get_subaccount_balances(request: Request) -> Response:
        key = caller(context, request)
        balances = [
            SubaccountBalance(
                balance=format_money4(money.cash),
                exchange_index=shard,
                subaccount_number=subaccount_of(money.account),
                updated_ts=money.updated_us // MICROS,
            )
            for money in portfolio.accounts(key.member)
            if key.subaccount in (None, subaccount_of(money.account))
        ]
        return answer(GetSubaccountBalancesResponse(subaccount_balances=balances))

    @routes.get(
        "/transfers",
        **operation(
            "GetSubaccountTransfers",
            GetSubaccountTransfersResponse,
            query=GetSubaccountTransfersParams,
            errors=(400, 401, 403, 429),
            tag=tag,
        ),
    )
    async def get_subaccount_transfers(request: Request) -> Response:
        key = _unrestricted(context, request, "read")
        query = params.read(GetSubaccountTransfersParams, request.query_params)
        rows, cursor = newest_page(portfolio.transfers(key.member), query.limit, query.cursor)
        transfers = [
            SubaccountTransfer(
                amount_cents=cents(row.amount),
                created_ts=row.ts_us // MICROS,
                exchange_index=shard,
                from_subaccount=subaccount_of(row.from_account),
                to_subaccount=subaccount_of(row.to_account),
                transfer_id=format_id(IdKind.TRANSFER, shard, row.seq, row.place),
            )
            for row in rows
        ]
        return answer(GetSubaccountTransfersResponse(cursor=cursor, transfers=transfers))

    @routes.put(
        "/netting",
        **operation(
            "UpdateSubaccountNetting",
            EmptyResponse,
            body=UpdateSubaccountNettingRequest,
            errors=WRITE_ERRORS,
            tag=tag,
        ),
    )
    async def update_subaccount_netting(request: Request) -> Response:
        key = _unrestricted(context, request, "write")
        body = await read_body(context, request, UpdateSubaccountNettingRequest)
        account = account_of(key.member, _subaccount("subaccount_number", body.subaccount_number))
        await submit(context, SetNetting(account, body.enabled))
        return answer(EmptyResponse())

    @routes.get(
        "/netting",
        **operation("GetSubaccountNetting", GetSubaccountNettingResponse, errors=(401, 403, 429), tag=tag),
    )
    async def get_subaccount_netting(request: Request) -> Response:
        key = _unrestricted(context, request, "read")
        configs = [
            SubaccountNettingConfig(
                enabled=money.netting, exchange_index=shard, subaccount_number=subaccount_of(money.account)
            )
            for money in portfolio.accounts(key.member)
        ]
        return answer(GetSubaccountNettingResponse(netting_configs=configs))

    return routes


def _unrestricted(context: VenueContext, request: Request, scope: str) -> ApiKey:
    key = caller(context, request, scope)
    refuse_restricted(key)
    return key


def _subaccount(field: str, number: int) -> int:
    if not 0 <= number <= MAX_SUBACCOUNT:
        raise ApiError(400, "invalid_parameters", details=f"{field} must be between 0 and {MAX_SUBACCOUNT}")
    return number


def _uuid(text: str) -> str:
    """The client's id, which the contract wants to be a UUID."""
    try:
        UUID(text)
    except ValueError:
        raise undecodable(f"client_transfer_id: invalid UUID {text!r}") from None
    return text
