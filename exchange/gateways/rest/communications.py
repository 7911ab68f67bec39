"""GET /communications/*: who one is to the others, and requests for quotes as long as there is nobody to make any.

There is no RFQ engine: what would make a request, a quote or a block trade says so (absent.py). So the lists are
empty and no id names anything, which is what a client finds at Kalshi that has asked for nothing (SEMANTICS E).
"""

from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.auth import refuse_restricted, subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.params import Seconds, Subaccount, read
from exchange.gateways.rest.security import caller
from wire.accounts import user_uuid
from wire.rest.common import LAST_PAGE
from wire.rest.communications import (
    GetBlockTradeProposalsResponse,
    GetCommunicationsIDResponse,
    GetQuoteResponse,
    GetQuotesResponse,
    GetRFQBatchesResponse,
    GetRFQBatchResponse,
    GetRFQResponse,
    GetRFQsResponse,
)

Mine = Literal["self"]


class GetRFQsParams(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str = ""
    event_ticker: str = ""
    market_ticker: str = ""
    subaccount: Subaccount | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    status: str = ""
    creator_user_id: str = ""
    user_filter: Mine | None = None


class GetRFQBatchesParams(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str = ""
    subaccount: Subaccount | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 20
    status: Literal["open", "accepted", "closed"] | None = None
    user_filter: Mine | None = None


class GetQuotesParams(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str = ""
    min_ts: Seconds | None = None
    max_ts: Seconds | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 500
    status: str = ""
    quote_creator_user_id: str = ""
    user_filter: Mine | None = None
    rfq_user_filter: Mine | None = None
    rfq_creator_user_id: str = ""
    rfq_creator_subtrader_id: str = ""
    rfq_id: str = ""


class GetBlockTradeProposalsParams(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str = ""
    market_ticker: str = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    status: str = ""


def router(context: VenueContext) -> APIRouter:
    """Nine operations."""
    routes = APIRouter(prefix="/communications")
    _add_lists(routes, context)
    _add_named(routes, context)

    @routes.get("/id", **_operation("GetCommunicationsID", GetCommunicationsIDResponse, errors=(401, 403, 429)))
    async def get_communications_id(request: Request) -> Response:
        key = caller(context, request)
        return answer(GetCommunicationsIDResponse(communications_id=communications_id(key.member)))

    return routes


def communications_id(member: int) -> str:
    """What the others know a member by: 64 hex digits that say nothing of who it is (SEMANTICS E1)."""
    return sha256(user_uuid(member).encode()).hexdigest()


def _add_lists(routes: APIRouter, context: VenueContext) -> None:
    @routes.get("/rfqs", **_operation("GetRFQs", GetRFQsResponse, GetRFQsParams))
    async def get_rfqs(request: Request) -> Response:
        key = caller(context, request)
        query = read(GetRFQsParams, request.query_params)
        subaccount_filter(key, query.subaccount)
        _check_cursor(query.cursor)
        return answer(GetRFQsResponse(rfqs=(), cursor=LAST_PAGE))

    @routes.get("/quotes", **_operation("GetQuotes", GetQuotesResponse, GetQuotesParams))
    async def get_quotes(request: Request) -> Response:
        caller(context, request)
        query = read(GetQuotesParams, request.query_params)
        if not (query.quote_creator_user_id or query.rfq_creator_user_id or query.user_filter or query.rfq_user_filter):
            details = "Either creator_user_id or rfq_creator_user_id must be filled"
            raise ApiError(400, "invalid_parameters", details=details)
        if query.rfq_id:
            _check_id(query.rfq_id)
        _check_cursor(query.cursor)
        return answer(GetQuotesResponse(quotes=(), cursor=LAST_PAGE))

    @routes.get("/rfq_batches", **_operation("GetRFQBatches", GetRFQBatchesResponse, GetRFQBatchesParams))
    async def get_rfq_batches(request: Request) -> Response:
        key = caller(context, request)
        query = read(GetRFQBatchesParams, request.query_params)
        subaccount_filter(key, query.subaccount)
        _check_cursor(query.cursor)
        return answer(GetRFQBatchesResponse(rfq_batches=(), cursor=LAST_PAGE))

    @routes.get(
        "/block-trade-proposals",
        **_operation("GetBlockTradeProposals", GetBlockTradeProposalsResponse, GetBlockTradeProposalsParams),
    )
    async def get_block_trade_proposals(request: Request) -> Response:
        refuse_restricted(caller(context, request))
        read(GetBlockTradeProposalsParams, request.query_params)
        return answer(GetBlockTradeProposalsResponse(block_trade_proposals=(), cursor=LAST_PAGE))


def _add_named(routes: APIRouter, context: VenueContext) -> None:
    for path, operation_id, response in (
        ("/rfqs/{rfq_id}", "GetRFQ", GetRFQResponse),
        ("/rfqs/{rfq_id}/quotes/{quote_id}", "GetRFQQuote", GetQuoteResponse),
        ("/quotes/{quote_id}", "GetQuote", GetQuoteResponse),
        ("/rfq_batches/{rfq_batch_id}", "GetRFQBatch", GetRFQBatchResponse),
    ):

        @routes.get(path, **_operation(operation_id, response, errors=(400, 401, 403, 404, 429), path=path))
        async def get_nothing(request: Request) -> Response:
            caller(context, request)
            for given in request.path_params.values():
                _check_id(given)
            raise not_found()


def _operation(
    operation_id: str,
    response: type[msgspec.Struct],
    query: type[msgspec.Struct] | None = None,
    errors: tuple[int, ...] = READ_ERRORS,
    path: str = "",
) -> dict[str, Any]:
    return operation(operation_id, response, query=query, errors=errors, tag="communications", path=path)


def _check_cursor(cursor: str) -> None:
    """400 for one that no page ended with, as these lists have it (SEMANTICS D2); here no page ever ended with any."""
    if cursor:
        raise ApiError(400, "invalid_parameters", details="invalid cursor")


def _check_id(given: str) -> None:
    """400 for what is no UUID (OAS: malformed IDs)."""
    try:
        UUID(given)
    except ValueError:
        raise ApiError(400, "invalid_parameters", details="malformed id") from None
