"""API keys: list, register, generate, delete (SEMANTICS F2). A key locked to one subaccount manages none."""

import asyncio

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import FULL_ACCESS, ApiKey, refuse_restricted
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found, unavailable
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.security import caller, read_body
from wire.accounts import account_of
from wire.rest.api_keys import (
    ApiKeyBody,
    CreateApiKeyRequest,
    CreateApiKeyResponse,
    GenerateApiKeyRequest,
    GenerateApiKeyResponse,
    GetApiKeysResponse,
)
from wire.signing import KeyFormatError, generate_key, key_type_of, parse_public_key, private_pem, public_pem

OWN_KEY_TIERS = frozenset({"premier", "paragon", "prime", "prestige"})
"""Who may register a public key of their own (OAS:CreateApiKey)."""

MAX_NAME = 256


class GetApiKeysParams(msgspec.Struct, frozen=True):
    fcm_subtrader_id: str = ""


def router(context: VenueContext) -> APIRouter:
    """The four operations of /api_keys."""
    routes = APIRouter(prefix="/api_keys")
    tag = "api-keys"

    @routes.get(
        "",
        **operation("GetApiKeys", GetApiKeysResponse, query=GetApiKeysParams, errors=(401, 403, 429), tag=tag),
    )
    async def get_api_keys(request: Request) -> Response:
        key = _unrestricted(context, request, "read")
        query = params.read(GetApiKeysParams, request.query_params)
        # No key of ours is bound to an FCM subtrader.
        keys = [] if query.fcm_subtrader_id else context.keys.of_member(key.member)
        return answer(GetApiKeysResponse(api_keys=[_body(each) for each in keys]))

    @routes.post(
        "",
        **operation(
            "CreateApiKey",
            CreateApiKeyResponse,
            body=CreateApiKeyRequest,
            status=201,
            errors=(400, 401, 403, 429, 503),
            tag=tag,
        ),
    )
    async def create_api_key(request: Request) -> Response:
        key = _unrestricted(context, request, "write")
        body = await read_body(context, request, CreateApiKeyRequest)
        if context.limiter.tier(key.member) not in OWN_KEY_TIERS:
            raise ApiError(403, "forbidden", details="an own public key needs the Premier API usage level or higher")
        _check(context, key, body)
        try:
            kind = key_type_of(parse_public_key(body.public_key))
        except KeyFormatError as fault:
            raise ApiError(400, "invalid_parameters", details=f"public_key: {fault}") from None
        added = _add(context, key, body, kind, body.public_key)
        return answer(CreateApiKeyResponse(api_key_id=added.key_id), 201)

    @routes.post(
        "/generate",
        **operation(
            "GenerateApiKey",
            GenerateApiKeyResponse,
            body=GenerateApiKeyRequest,
            status=201,
            errors=(400, 401, 403, 429, 503),
            tag=tag,
        ),
    )
    async def generate_api_key(request: Request) -> Response:
        key = _unrestricted(context, request, "write")
        body = await read_body(context, request, GenerateApiKeyRequest)
        _check(context, key, body)
        kind = body.key_type or "rsa"
        private = await asyncio.to_thread(generate_key, kind)
        added = _add(context, key, body, kind, public_pem(private))
        return answer(
            GenerateApiKeyResponse(api_key_id=added.key_id, key_type=kind, private_key=private_pem(private)), 201
        )

    @routes.delete("/{api_key}", **operation("DeleteApiKey", status=204, errors=(401, 403, 404, 429, 503), tag=tag))
    async def delete_api_key(request: Request, api_key: str) -> Response:
        key = _unrestricted(context, request, "write")
        doomed = context.keys.get(api_key)
        if doomed is None or doomed.member != key.member:
            raise not_found()
        try:
            context.keys.remove(api_key)
        except OSError:
            raise unavailable() from None
        return Response(status_code=204)

    return routes


def _unrestricted(context: VenueContext, request: Request, scope: str) -> ApiKey:
    key = caller(context, request, scope)
    refuse_restricted(key)
    return key


def _check(context: VenueContext, key: ApiKey, body: CreateApiKeyRequest | GenerateApiKeyRequest) -> None:
    """The rules that both ways of making a key share."""
    if body.fcm_subtrader_id is not None:
        raise ApiError(403, "forbidden", details="fcm_subtrader_id requires an FCM member")
    if not 0 < len(body.name) <= MAX_NAME:
        raise ApiError(400, "invalid_parameters", details=f"name must have 1 to {MAX_NAME} characters")
    if body.scopes and "write" in body.scopes and "read" not in body.scopes:
        raise ApiError(400, "invalid_parameters", details="the write scope requires the read scope")
    if body.subaccount is not None and (
        not 0 <= body.subaccount <= 63
        or context.views.portfolio.account(account_of(key.member, body.subaccount)) is None
    ):
        raise ApiError(400, "invalid_parameters", details=f"there is no subaccount {body.subaccount}")


def _add(
    context: VenueContext,
    owner: ApiKey,
    body: CreateApiKeyRequest | GenerateApiKeyRequest,
    kind: str,
    public_key_pem: str,
) -> ApiKey:
    scopes = frozenset(body.scopes) if body.scopes else FULL_ACCESS
    added = ApiKey(
        context.keys.new_id(),
        owner.member,
        body.name,
        scopes,
        body.subaccount,
        kind,
        public_key_pem,
        context.clock.now_us(),
    )
    try:
        context.keys.add(added)
    except OSError:
        raise unavailable() from None
    return added


def _body(key: ApiKey) -> ApiKeyBody:
    return ApiKeyBody(api_key_id=key.key_id, name=key.name, scopes=sorted(key.scopes), subaccount=key.subaccount)
