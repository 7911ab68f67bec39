"""`/sandbox/clock`: the venue's time, and how to move it.

Every timer of the venue follows this clock: opens, closes, expirations, settlement, order-group windows, pauses. What
becomes due in a leap has happened, in order and at its own time, when the answer is there. Signatures, token buckets
and connections go by the machine's clock unless told otherwise (GatewaySettings).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exchange.core.commands import AdvanceTime
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, unavailable
from exchange.ports import ClockMode, ClockSetting, OwnedClock, Unavailable

LONGEST_LEAP_MS = 100 * 365 * 86_400 * 1_000


class ClockState(BaseModel):
    """`mode` is real at the machine's pace, scaled at another, frozen at none. `ahead_ms`: of the machine's clock."""

    now_us: int
    now: datetime
    mode: Literal["real", "scaled", "frozen"]
    speed: int
    ahead_ms: int


class MoveClock(BaseModel):
    """freeze and resume need nothing else; advance needs `by_ms`, set `to`, speed `speed`."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["freeze", "resume", "advance", "set", "speed"]
    by_ms: Annotated[int, Field(ge=0, le=LONGEST_LEAP_MS)] | None = None
    to: AwareDatetime | None = None
    speed: int | None = None


def router(context: VenueContext, clock: OwnedClock, keep: Callable[[ClockSetting], None]) -> APIRouter:
    """`keep` makes a setting survive a restart. Raises OSError."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @api.get("/clock", operation_id="SandboxGetClock", summary="The venue's time and its pace")
    async def state() -> ClockState:
        return _state(context, clock)

    @api.post("/clock", operation_id="SandboxMoveClock", summary="Freeze, advance, set, speed up or resume time")
    async def move(wanted: MoveClock) -> ClockState:
        try:
            _move(clock, wanted)
        except ValueError as error:
            raise ApiError(400, "invalid_parameters", details=str(error)) from None
        keep(clock.setting)
        try:
            # Its receipt comes when everything that has become due is done and seen.
            await context.sink.submit(AdvanceTime())
        except Unavailable:
            raise unavailable() from None
        return _state(context, clock)

    return api


def _move(clock: OwnedClock, wanted: MoveClock) -> None:
    """Raises ValueError."""
    match wanted:
        case MoveClock(action="freeze"):
            clock.freeze()
        case MoveClock(action="resume"):
            clock.resume()
        case MoveClock(action="advance", by_ms=int(by_ms)):
            clock.advance(by_ms * 1_000)
        case MoveClock(action="set", to=datetime() as to):
            clock.set_to(int(to.timestamp() * 1_000_000))
        case MoveClock(action="speed", speed=int(speed)):
            clock.run_at(speed)
        case _:
            needs = {"advance": "by_ms", "set": "to", "speed": "speed"}[wanted.action]
            raise ValueError(f"{wanted.action} needs {needs}")


def _state(context: VenueContext, clock: OwnedClock) -> ClockState:
    setting, now_us = clock.setting, clock.now_us()
    mode: Literal["real", "scaled", "frozen"] = "real" if setting.speed == 1 else "scaled"
    return ClockState(
        now_us=now_us,
        now=datetime.fromtimestamp(now_us / 1_000_000, UTC),
        mode="frozen" if setting.mode is ClockMode.FROZEN else mode,
        speed=setting.speed,
        ahead_ms=(now_us - context.wall.now_us()) // 1_000,
    )
