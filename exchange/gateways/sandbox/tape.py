"""`/sandbox/tape`: a recorded order book in the venue, played, paused, and moved to any of its moments (docs/tapes.md).

The venue knows the tape as orders of a member only; whoever plays it says how.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from exchange.gateways.errors import ApiError, unavailable
from exchange.ports import ListedTape, TapeDeck, TapeRefused, TapeState, Unavailable

FASTEST = 1_000
LONGEST_MS = 366 * 86_400_000

Speed = Annotated[int, Field(ge=1, le=FASTEST)]
Position = Annotated[int, Field(ge=0, le=LONGEST_MS)]

_CODES: dict[str, tuple[int, str]] = {
    "unknown": (404, "not_found"),
    "bad": (400, "invalid_parameters"),
    "conflict": (409, "invalid_transition"),
}


class Tape(BaseModel):
    """The tape that is in, `loaded` false when none is.

    `position_ms` of `duration_ms`, both as recorded. `played` of `messages`. `recorded_ms`: when the recording began,
    in Unix milliseconds. `result`: how its market came out, empty when the recording does not say. `in_step`: the
    tape's part of the book is the recorded book of the position. `trouble` says why it stopped by itself.
    """

    loaded: bool
    name: str
    title: str
    markets: list[str]
    position_ms: int
    duration_ms: int
    playing: bool
    speed: int
    played: int
    messages: int
    recorded_ms: int
    result: str
    in_step: bool
    trouble: str


class TapeEntry(BaseModel):
    """A tape that can be loaded, or `problem`: why it cannot. `source`: the folder, or it comes with the program."""

    name: str
    title: str
    source: Literal["folder", "included"]
    bytes: int
    problem: str


class TapeList(BaseModel):
    """`folder` is where recordings are looked for."""

    folder: str
    tapes: list[TapeEntry]


class LoadTape(BaseModel):
    """`name` as listed. `queue`: which of the tape's orders a recorded cancel takes, those behind yours or before."""

    model_config = ConfigDict(extra="forbid")

    name: str
    position_ms: Position = 0
    speed: Speed = 1
    queue: Literal["pessimistic", "optimistic"] = "pessimistic"


class SeekTape(BaseModel):
    """`position_ms`: from the start of the tape."""

    model_config = ConfigDict(extra="forbid")

    position_ms: Position


class TapeSpeed(BaseModel):
    """So many recorded seconds in one second of the venue."""

    model_config = ConfigDict(extra="forbid")

    speed: Speed


class NoDeck:
    """A venue that nobody gave a tape deck."""

    folder = ""

    def state(self) -> TapeState:
        return TapeState()

    async def listed(self) -> list[ListedTape]:
        return []

    async def load(self, name: str, position_ms: int, speed: int, queue: Literal["pessimistic", "optimistic"]) -> None:
        raise TapeRefused("unknown", f"there is no tape {name!r}: this venue has no tapes")

    async def play(self) -> None:
        raise _empty()

    async def pause(self) -> None:
        raise _empty()

    async def run_at(self, speed: int) -> None:
        raise _empty()

    async def seek(self, position_ms: int) -> None:
        raise _empty()

    async def eject(self) -> None:
        pass

    async def forget(self) -> None:
        pass


def router(found: Callable[[], TapeDeck]) -> APIRouter:
    """`found` is asked at each request: the deck is there after the venue."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    async def done(wish: Awaitable[None]) -> Tape:
        try:
            await wish
        except TapeRefused as refused:
            status, code = _CODES[refused.kind]
            raise ApiError(status, code, details=str(refused)) from None
        except Unavailable:
            raise unavailable() from None
        return _told(found().state())

    @api.get("/tapes", operation_id="SandboxListTapes", summary="The tapes that can be loaded")
    async def listed() -> TapeList:
        tapes = [
            TapeEntry(name=one.name, title=one.title, source=one.source, bytes=one.bytes, problem=one.problem)
            for one in await found().listed()
        ]
        return TapeList(folder=found().folder, tapes=tapes)

    @api.get("/tape", operation_id="SandboxGetTape", summary="The tape that is in, where it is and whether it plays")
    async def state() -> Tape:
        return _told(found().state())

    @api.post("/tape/load", operation_id="SandboxLoadTape", summary="Put a tape in, in place of another")
    async def load(wanted: LoadTape) -> Tape:
        return await done(found().load(wanted.name, wanted.position_ms, wanted.speed, wanted.queue))

    @api.post("/tape/play", operation_id="SandboxPlayTape", summary="Play on; from the start when it is at its end")
    async def play() -> Tape:
        return await done(found().play())

    @api.post("/tape/pause", operation_id="SandboxPauseTape", summary="Stand still where it is")
    async def pause() -> Tape:
        return await done(found().pause())

    @api.post("/tape/speed", operation_id="SandboxSpeedTape", summary="How fast it plays")
    async def speed(wanted: TapeSpeed) -> Tape:
        return await done(found().run_at(wanted.speed))

    @api.post("/tape/seek", operation_id="SandboxSeekTape", summary="Make the book that of another moment of the tape")
    async def seek(wanted: SeekTape) -> Tape:
        return await done(found().seek(wanted.position_ms))

    @api.delete("/tape", operation_id="SandboxEjectTape", summary="Take the tape out, and its orders off the book")
    async def eject() -> Tape:
        return await done(found().eject())

    return api


def _empty() -> TapeRefused:
    return TapeRefused("conflict", "no tape is in; load one first")


def _told(state: TapeState) -> Tape:
    return Tape(
        loaded=bool(state.name),
        name=state.name,
        title=state.title,
        markets=list(state.markets),
        position_ms=state.position_ms,
        duration_ms=state.duration_ms,
        playing=state.playing,
        speed=state.speed,
        played=state.played,
        messages=state.messages,
        recorded_ms=state.recorded_ms,
        result=state.result,
        in_step=state.in_step,
        trouble=state.trouble,
    )
