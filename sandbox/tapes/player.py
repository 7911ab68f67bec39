"""Plays a tape into a running venue, at its own pace, a multiple of it, or as fast as it goes.

Knows the clock and the order of things: market, messages, ending. The rule of what a message becomes is the
driver's. A tape's members are shared by all tapes of a venue.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from exchange.core.commands import AnyCommand, CreateMarket
from exchange.ports import Receipt
from sandbox.tapes.driver import Commands, Queue, TapeDriver
from sandbox.tapes.market import REPLAY_MAKER, REPLAY_TAKER, RecordedMarket, replay_members
from sandbox.tapes.recording import Tape, TapeError
from wire.accounts import account_of
from wire.engine_events import AnyEvent, OrderRejected
from wire.enums import RejectReason
from wire.event_log import LogRecord

PROGRESS_SECONDS = 1.0
"""Time between two reports of progress."""

Submit = Callable[[AnyCommand], Awaitable[Receipt]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a tape is. `speed` None is as fast as it goes; `ended` says whether its market has ended."""

    ticker: str
    played: int
    total: int
    seconds: float
    speed: int | None
    duration_s: float
    """How long the recording is, at the speed it was recorded."""
    ended: bool = False

    @property
    def per_second(self) -> int:
        return round(self.played / self.seconds) if self.seconds else 0

    @property
    def left_s(self) -> float:
        """How long it will still take, more or less."""
        if self.speed is not None:
            return max(0.0, self.duration_s / self.speed - self.seconds)
        return (self.total - self.played) * self.seconds / self.played if self.played else 0.0


async def carry_out(commands: Commands, submit: Submit) -> None:
    """Submit what a driver yields, one after the other. Raises what `submit` raises."""
    events: Iterable[AnyEvent] | None = None
    while True:
        try:
            command = commands.send(events) if events is not None else next(commands)
        except StopIteration:
            return
        events = (await submit(command)).events


async def create(ticker: str, commands: Iterable[AnyCommand], submit: Submit) -> None:
    """Members, series and event may be there from another tape; the market must not. Raises TapeError."""
    for command in commands:
        receipt = await submit(command)
        for event in receipt.events:
            if not isinstance(event, OrderRejected):
                continue
            if isinstance(command, CreateMarket) and event.reason is RejectReason.ALREADY_EXISTS:
                raise TapeError(
                    f"{ticker} already exists in this venue; a tape is played into a fresh one "
                    "(`mock-kalshi reset`, or another --state)"
                )
            if event.reason is not RejectReason.ALREADY_EXISTS:
                raise TapeError(f"{ticker}: {type(command).__name__}: {event.reason} {event.detail}")


class TapePlayer:
    """One tape in one venue. It is an EventSink: the venue must let it `fold` every record."""

    def __init__(
        self,
        tape: Tape,
        market: RecordedMarket,
        submit: Submit,
        now_us: Callable[[], int],
        speed: int | None = 1,
        queue: Queue = "pessimistic",
    ) -> None:
        """`speed` None is as fast as it goes."""
        self.driver = TapeDriver(tape.ticker, account_of(REPLAY_MAKER), account_of(REPLAY_TAKER), queue)
        self._tape = tape
        self._market = market
        self._submit = submit
        self._now_us = now_us
        self._speed = speed

    def fold(self, records: Sequence[LogRecord]) -> None:
        for record in records:
            self.driver.fold(record.events)

    def flush(self) -> None:
        """Nothing is held back."""

    async def run(self, report: Callable[[Progress], None]) -> None:
        """Create the market, play every message, end the market. Raises TapeError when it exists already."""
        total, end_ms = await asyncio.to_thread(self._tape.extent)
        ticker, start_ms = self._tape.ticker, self._tape.start_ms()
        await create(ticker, replay_members(), self._submit)
        await create(ticker, self._market.setup(start_ms * 1000, self._now_us(), self._speed or 1), self._submit)
        began = told = time.monotonic()
        played = 0

        def progress(now: float, ended: bool = False) -> Progress:
            duration_s = (end_ms - start_ms) / 1000
            return Progress(ticker, played, total, now - began, self._speed, duration_s, ended)

        report(progress(began))
        for step in self._tape.steps():
            if self._speed is not None:
                due = began + (step.message.ts_ms - start_ms) / 1000 / self._speed
                if (wait := due - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
            await carry_out(self.driver.play(step), self._submit)
            played += 1
            if (now := time.monotonic()) - told >= PROGRESS_SECONDS:
                told = now
                report(progress(now))
        finished = time.monotonic()
        for ending in self._market.ending(self._now_us()):
            await self._submit(ending)
        report(progress(finished, ended=True))
