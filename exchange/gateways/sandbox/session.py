"""`/sandbox/accounts` and `/sandbox/session`: who can trade here, and a browser token for one of them.

Unsigned, which is why a venue that others can reach is closed here unless told otherwise.
"""

from collections.abc import Callable, Mapping

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.browser import LIFE_SECONDS, Tokens
from exchange.gateways.errors import ApiError, undecodable, wrong_content_type

MAX_BODY = 10_000


class AccountEntry(msgspec.Struct, frozen=True):
    """One member: its name in the scenario, and its number."""

    name: str
    member: int


class AccountList(msgspec.Struct, frozen=True):
    accounts: list[AccountEntry]


class SessionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    account: str


class SessionGrant(msgspec.Struct, frozen=True):
    """`token` goes into `Authorization: Bearer` and into `?token=` of the WebSocket."""

    token: str
    account: str
    member: int
    expires_in_s: int


def router(members: Callable[[], Mapping[str, int]], tokens: Tokens) -> APIRouter:
    """`members` names the accounts as they are now."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @api.get("/accounts", summary="The accounts of this venue by name")
    async def accounts() -> Response:
        return _json(AccountList([AccountEntry(name, member) for name, member in members().items()]))

    @api.post("/session", summary="A token that speaks for one account in a browser, for an hour")
    async def session(request: Request) -> Response:
        if (request.headers.get("content-type") or "").partition(";")[0].strip() != "application/json":
            raise wrong_content_type()
        body = await request.body()
        try:
            wanted = msgspec.json.decode(body[:MAX_BODY], type=SessionRequest)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            raise undecodable(str(fault)) from None
        member = members().get(wanted.account)
        if member is None:
            raise ApiError(404, "not_found", details=f"no account is called {wanted.account!r}")
        token = tokens.issue(member, wanted.account)
        return _json(SessionGrant(token, wanted.account, member, LIFE_SECONDS), 201)

    return api


def _json(body: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
