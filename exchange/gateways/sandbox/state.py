"""`/sandbox/*`: what only a simulator can answer. This much of it: the state of the venue, and why signatures failed.

Not part of Kalshi's API, outside of its path, and unsigned; the venue listens on loopback unless told otherwise.
"""

from collections.abc import Callable

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from exchange.gateways.context import VenueContext


class VenueState(msgspec.Struct, frozen=True):
    """GET /sandbox/state. `degraded` says why no commands are taken, empty when they are."""

    seq: int
    ts_us: int
    state_hash: str
    invariants_broken: list[str]
    orders_resting: int
    degraded: str


class AuthFailure(msgspec.Struct, frozen=True):
    """One refused signature: what should have been signed, and what seems to be wrong."""

    at_ms: int
    key_id: str | None
    method: str
    path: str
    should_have_signed: str
    explanation: str


def router(context: VenueContext, inspect: Callable[[], VenueState]) -> APIRouter:
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @api.get("/state", summary="Seq, state hash and invariants of the running venue")
    async def state() -> Response:
        return _json(inspect())

    @api.get("/auth-failures", summary="Refused signatures, newest last, each explained")
    async def auth_failures() -> Response:
        return _json(
            [
                AuthFailure(
                    refusal.at_ms,
                    refusal.key_id,
                    refusal.method,
                    refusal.path,
                    refusal.expected_text,
                    refusal.explanation,
                )
                for refusal in context.authenticator.refusals
            ]
        )

    return api


def _json(body: object) -> Response:
    return Response(msgspec.json.encode(body), media_type="application/json")
