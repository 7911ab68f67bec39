"""`/sandbox/reset` and `/sandbox/snapshots`: begin anew, keep this moment under a name, go back to it.

Connections are told by hanging up: whoever was subscribed or logged on would otherwise hold a book that never was.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from exchange.gateways.errors import ApiError


class SavedState(BaseModel):
    """`seq` is the last record in it."""

    name: str
    seq: int
    saved_at: datetime
    bytes: int


class SavedStateList(BaseModel):
    snapshots: list[SavedState]


class SaveState(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


class Place(BaseModel):
    """Where the venue is now; `took_ms` is how long it took to get there."""

    seq: int
    took_ms: float


class Kept(Protocol):
    """A saved state as whoever keeps it tells it."""

    @property
    def name(self) -> str: ...

    @property
    def seq(self) -> int: ...

    @property
    def saved_us(self) -> int: ...

    @property
    def size(self) -> int: ...


class StateKeeper(Protocol):
    """The venue, as far as its states go. Raises ApiError where it cannot."""

    async def save_state(self, name: str) -> Kept: ...

    async def load_state(self, name: str) -> None: ...

    def saved_states(self) -> Sequence[Kept]: ...

    def delete_state(self, name: str) -> None: ...


def router(
    keeper: StateKeeper, reset: Callable[[], Awaitable[None]], seq: Callable[[], int], now_s: Callable[[], float]
) -> APIRouter:
    """`reset` begins anew with the scenario; `seq` is where the venue is; `now_s` measures."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    async def timed(work: Awaitable[None]) -> Place:
        begun = now_s()
        await work
        return Place(seq=seq(), took_ms=round((now_s() - begun) * 1_000, 3))

    @api.post("/reset", operation_id="SandboxReset", summary="Forget everything and begin with the scenario")
    async def reset_all() -> Place:
        return await timed(reset())

    @api.get("/snapshots", operation_id="SandboxListSnapshots", summary="Saved states, the oldest first")
    async def saved() -> SavedStateList:
        return SavedStateList(snapshots=[_told(state) for state in keeper.saved_states()])

    @api.post("/snapshots", operation_id="SandboxSaveSnapshot", summary="Save this moment", status_code=201)
    async def save(wanted: SaveState) -> SavedState:
        return _told(await keeper.save_state(wanted.name))

    @api.post("/snapshots/{name}/load", operation_id="SandboxLoadSnapshot", summary="Go back to a saved state")
    async def load(name: str) -> Place:
        return await timed(keeper.load_state(name))

    @api.delete("/snapshots/{name}", operation_id="SandboxDeleteSnapshot", summary="Delete one", status_code=204)
    async def delete(name: str) -> Response:
        keeper.delete_state(name)
        return Response(status_code=204)

    return api


def _told(state: Kept) -> SavedState:
    at = datetime.fromtimestamp(state.saved_us / 1_000_000, UTC)
    return SavedState(name=state.name, seq=state.seq, saved_at=at, bytes=state.size)


def no_such_state(why: str) -> ApiError:
    return ApiError(404, "not_found", details=why)


def cannot_save(why: str) -> ApiError:
    return ApiError(409, "invalid_transition", details=why)
