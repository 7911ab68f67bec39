"""`/sandbox/record` and `/sandbox/verify`: everything that happened as one file, and whether it can happen again.

Unsigned, like all of `/sandbox`. The file is what `mock-kalshi replay` takes.
"""

from collections.abc import Awaitable, Callable, Iterator

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import StreamingResponse

MEDIA_TYPE = "application/gzip"


class Verified(BaseModel):
    """The replay of the journal up to `seq`, beside the running venue at that very seq. `ok`: nothing differs."""

    ok: bool
    seq: int
    records: int
    state_hash: str
    live_state_hash: str
    snapshots_different: list[int]
    invariants_broken: list[str]
    problem: str = ""
    """Why it could not be replayed to the end, in words."""


def router(record: Callable[[], Iterator[bytes]], verify: Callable[[], Awaitable[Verified]]) -> APIRouter:
    """`record` and `verify` raise ApiError where there is nothing to replay."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @api.get(
        "/record",
        operation_id="SandboxRecord",
        summary="Every command so far and what it caused, as one file",
        response_class=StreamingResponse,
        responses={200: {"content": {MEDIA_TYPE: {}}}},
    )
    async def everything() -> StreamingResponse:
        name = 'attachment; filename="venue.ndjson.gz"'
        return StreamingResponse(record(), media_type=MEDIA_TYPE, headers={"Content-Disposition": name})

    @api.get("/verify", operation_id="SandboxVerify", summary="Replay the journal and compare it with the venue")
    async def replayed() -> Verified:
        return await verify()

    return api
