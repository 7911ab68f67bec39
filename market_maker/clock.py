"""The venue's time, as seen from outside.

A simulator's clock can be frozen, stepped or sped up and says so at `GET /sandbox/clock`; a venue without that
address has this machine's time. `LiveClock` follows it; a `Stepper` moves it.
"""

import asyncio
import time
from typing import Protocol

import httpx
import msgspec
import structlog

from wire.units import MICROS

CLOCK = "/sandbox/clock"
SYNC_SECONDS = 0.5
"""How often the venue's clock is looked at: somebody may have moved it."""
LONGEST_SLEEP = 0.25

_log = structlog.get_logger("clock")


class Stepper(Protocol):
    """A venue clock that stands still until it is moved."""

    def now_us(self) -> int: ...

    async def advance_to(self, us: int) -> None:
        """Returns once everything that was due until then has happened."""
        ...


class _ClockBody(msgspec.Struct):
    now_us: int
    mode: str
    speed: float = 1.0


class LiveClock:
    """Reads the venue's clock; between two looks its time is extrapolated. `run` it as a task."""

    def __init__(self, root: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=root.rstrip("/"), timeout=5, trust_env=False, transport=transport)
        self._at_us = time.time_ns() // 1_000
        self._at_s = time.monotonic()
        self._speed = 1.0

    def now_us(self) -> int:
        return self._at_us + int((time.monotonic() - self._at_s) * MICROS * self._speed)

    async def sync(self) -> bool:
        """Look once; False when the venue has no clock of its own, and this machine's time is right."""
        try:
            answer = await self._http.get(CLOCK)
            if answer.status_code != httpx.codes.OK:
                self._set(time.time_ns() // 1_000, 1.0)
                return False
            body = msgspec.json.decode(answer.content, type=_ClockBody)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            _log.debug("clock_not_read", error=repr(error))
            return True
        speed = {"real": 1.0, "frozen": 0.0}.get(body.mode, body.speed)
        # Extrapolation is kept while it is right to a few milliseconds: time must not jitter.
        if speed != self._speed or abs(body.now_us - self.now_us()) > 5_000 * max(1.0, speed):
            self._set(body.now_us, speed)
        return True

    async def run(self) -> None:
        """Until canceled, or at once when the venue has this machine's time."""
        while await self.sync():  # noqa: ASYNC110  # a clock is looked at, it does not call
            await asyncio.sleep(SYNC_SECONDS)

    async def sleep_until(self, us: int) -> None:
        """Until the venue's time has come there, whatever is done to it meanwhile."""
        while (left_us := us - self.now_us()) > 0:
            left_s = left_us / MICROS / self._speed if self._speed else LONGEST_SLEEP
            await asyncio.sleep(min(LONGEST_SLEEP, left_s))

    async def close(self) -> None:
        await self._http.aclose()

    def _set(self, us: int, speed: float) -> None:
        self._at_us, self._at_s, self._speed = us, time.monotonic(), speed


class SandboxStepper:
    """Freezes a simulator's clock and moves it by `POST /sandbox/clock`, in whole milliseconds."""

    def __init__(self, root: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=root.rstrip("/"), timeout=60, trust_env=False, transport=transport)
        self._now_us = 0

    async def freeze(self) -> None:
        """Raises httpx.HTTPError when the venue has no such clock."""
        await self._post({"action": "freeze"})

    def now_us(self) -> int:
        return self._now_us

    async def advance_to(self, us: int) -> None:
        by_ms = -((self._now_us - us) // 1_000)
        if by_ms > 0:
            await self._post({"action": "advance", "by_ms": by_ms})

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, body: dict[str, object]) -> None:
        (await self._http.post(CLOCK, json=body)).raise_for_status()
        answer = (await self._http.get(CLOCK)).raise_for_status()
        self._now_us = msgspec.json.decode(answer.content, type=_ClockBody).now_us
