"""GET /communications/*: who one is to the others, and requests for quotes as long as there is nobody to make any.

There is no RFQ engine: what would make a request, a quote or a block trade says so (absent.py). So the lists are
empty and no id names anything, which is what a client finds at Kalshi that has asked for nothing (SEMANTICS E).
"""

from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.auth import ApiKey, refuse_restricted, subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rest.empty import Check, add_list, add_named
from exchange.gateways.rest.openapi import READ_ERRORS, answer, operation
from exchange.gateways.rest.params import Seconds, Subaccount, read
from exchange.gateways.rest.security import caller
from wire.accounts import user_uuid
from wire.rest.communications import GetCommunicationsIDResponse

_TAG = "communications"

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

    @routes.get(
        "/id", **operation("GetCommunicationsID", GetCommunicationsIDResponse, errors=(401, 403, 429), tag=_TAG)
    )
    async def get_communications_id(request: Request) -> Response:
        key = caller(context, request)
        return answer(GetCommunicationsIDResponse(communications_id=communications_id(key.member)))

    return routes


def communications_id(member: int) -> str:
    """What the others know a member by: 64 hex digits that say nothing of who it is (SEMANTICS E1)."""
    return sha256(user_uuid(member).encode()).hexdigest()


def _add_lists(routes: APIRouter, context: VenueContext) -> None:
    def check_rfqs(asked: Request) -> None:
        key = caller(context, asked)
        query = read(GetRFQsParams, asked.query_params)
        _check_page(key, query.subaccount, query.cursor)

    def check_batches(asked: Request) -> None:
        key = caller(context, asked)
        query = read(GetRFQBatchesParams, asked.query_params)
        _check_page(key, query.subaccount, query.cursor)

    def check_quotes(asked: Request) -> None:
        caller(context, asked)
        query = read(GetQuotesParams, asked.query_params)
        if not (query.quote_creator_user_id or query.rfq_creator_user_id or query.user_filter or query.rfq_user_filter):
            details = "Either creator_user_id or rfq_creator_user_id must be filled"
            raise ApiError(400, "invalid_parameters", details=details)
        if query.rfq_id:
            _check_id(query.rfq_id)
        _check_cursor(query.cursor)

    def check_proposals(asked: Request) -> None:
        refuse_restricted(caller(context, asked))
        read(GetBlockTradeProposalsParams, asked.query_params)

    lists: tuple[tuple[str, str, type[msgspec.Struct], str, Check], ...] = (
        ("/rfqs", "GetRFQs", GetRFQsParams, "rfqs", check_rfqs),
        ("/quotes", "GetQuotes", GetQuotesParams, "quotes", check_quotes),
        ("/rfq_batches", "GetRFQBatches", GetRFQBatchesParams, "rfq_batches", check_batches),
        (
            "/block-trade-proposals",
            "GetBlockTradeProposals",
            GetBlockTradeProposalsParams,
            "block_trade_proposals",
            check_proposals,
        ),
    )
    for path, operation_id, query, field, check in lists:
        add_list(routes, path, operation_id, query, field, _TAG, check, READ_ERRORS)


def _add_named(routes: APIRouter, context: VenueContext) -> None:
    def check(asked: Request) -> None:
        caller(context, asked)
        for given in asked.path_params.values():
            _check_id(given)

    for path, operation_id, field in (
        ("/rfqs/{rfq_id}", "GetRFQ", "rfq"),
        ("/rfqs/{rfq_id}/quotes/{quote_id}", "GetRFQQuote", "quote"),
        ("/quotes/{quote_id}", "GetQuote", "quote"),
        ("/rfq_batches/{rfq_batch_id}", "GetRFQBatch", "rfq_batch"),
    ):
        add_named(routes, path, operation_id, field, _TAG, check=check, errors=(*READ_ERRORS, 404))


def _check_page(key: ApiKey, subaccount: int | None, cursor: str) -> None:
    subaccount_filter(key, subaccount)
    _check_cursor(cursor)


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
