"""The tape deck: one tape in a running venue, played, paused, and moved to any of its moments.

Knows time and order; what a message or a leap becomes is the driver's rule, and every change goes through the
venue's log as an ordinary command of the replay members. It goes by the venue's clock: a tape stands still while that
is frozen, and plays what lies between when it leaps.

A leap of the tape is the recorded book of that moment as one snapshot, whose difference to what rests is made good:
members' orders stay where they are.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from exchange.core.commands import AnyCommand
from exchange.ports import EventSink, ListedTape, Receipt, TapeRefused, TapeState, Unavailable
from sandbox.tapes.driver import Queue, TapeDriver
from sandbox.tapes.library import Library
from sandbox.tapes.market import REPLAY_MAKER, REPLAY_TAKER, RecordedMarket, replay_members
from sandbox.tapes.player import carry_out, create
from sandbox.tapes.recording import LevelKey, Snapshot, Step, TapeError
from sandbox.tapes.reel import Reel
from wire.accounts import account_of
from wire.enums import BookSide, MarketStatus
from wire.event_log import LogRecord
from wire.units import MICROS, UnitError

TICK_SECONDS = 0.02
"""How late a message may be played."""

TURN_SECONDS = 0.05
"""How long the deck plays on before it listens to its buttons again."""

KEEP_SECONDS = 1.0
"""How old the position may be that a killed venue comes back to."""

OPEN_FOR_US = 30 * 86_400 * MICROS
"""A market on the deck stays open, so that its tape can be wound back; whoever wants it settled settles it."""

_log = structlog.get_logger("tape")


class Hall(Protocol):
    """What the deck needs of a venue."""

    @property
    def busy_with(self) -> str: ...

    def now_us(self) -> int: ...

    async def submit(self, command: AnyCommand) -> Receipt: ...

    def listen(self, reader: EventSink) -> None: ...

    def stop_listening(self, reader: EventSink) -> None: ...

    def status(self, ticker: str) -> MarketStatus | None: ...

    def has_member(self, member: int) -> bool: ...

    def resting(self, account: int, ticker: str) -> Iterable[tuple[int, BookSide, int, int]]:
        """(order_id, side, price, remaining count) in the order of their queue places."""
        ...


class _Kept(msgspec.Struct, frozen=True):
    """What of the deck survives a restart."""

    name: str
    position_ms: int
    speed: int
    queue: Queue


@dataclass(slots=True)
class _Loaded:
    """The tape that is in. It is an EventSink."""

    name: str
    market: RecordedMarket
    reel: Reel
    driver: TapeDriver
    queue: Queue
    speed: int
    position_ms: int = 0
    played: int = 0
    """Messages before the position."""
    playing: bool = False
    since_us: int = 0
    """Venue time at which it was at `since_ms`, while it plays."""
    since_ms: int = 0
    was_in_step: bool = True
    """After the message played last; in the middle of one nobody is."""
    is_torn: bool = False
    """A change was begun and not ended: the driver's book is of no position."""
    trouble: str = ""

    def fold(self, records: Sequence[LogRecord]) -> None:
        for record in records:
            self.driver.fold(record.events)

    def flush(self) -> None:
        """Nothing is held back."""

    def due_ms(self, now_us: int) -> int:
        """Where it should be by now."""
        return min(self.reel.duration_ms, self.since_ms + (now_us - self.since_us) * self.speed // 1_000)

    def count_from(self, now_us: int) -> None:
        """Whatever comes next is counted from the position it is at."""
        self.since_us, self.since_ms = now_us, self.position_ms


class Deck:
    """A TapeDeck (exchange/ports.py) for one venue; what is asked of it is done one after another."""

    def __init__(self, library: Library, hall: Hall, kept: Path) -> None:
        """`kept` is where it notes what is in it."""
        self.folder = str(library.folder)
        self._library = library
        self._hall = hall
        self._kept = kept
        self._loaded: _Loaded | None = None
        self._turn = asyncio.Lock()
        self._playing: asyncio.Task[None] | None = None

    # --- a TapeDeck ---------------------------------------------------------------------------------

    def state(self) -> TapeState:
        loaded = self._loaded
        if loaded is None:
            return TapeState()
        return TapeState(
            name=loaded.name,
            title=loaded.market.title,
            markets=(loaded.name,),
            position_ms=loaded.position_ms,
            duration_ms=loaded.reel.duration_ms,
            playing=loaded.playing,
            speed=loaded.speed,
            played=loaded.played,
            messages=len(loaded.reel.steps),
            recorded_ms=loaded.reel.start_ms,
            result=loaded.market.result,
            in_step=loaded.was_in_step if loaded.playing else loaded.driver.in_step and not loaded.is_torn,
            trouble=loaded.trouble,
        )

    async def listed(self) -> list[ListedTape]:
        return await asyncio.to_thread(self._library.listed)

    async def load(self, name: str, position_ms: int, speed: int, queue: Queue) -> None:
        try:
            tape, market = await asyncio.to_thread(self._library.find, name)
            reel = await asyncio.to_thread(Reel, tape)
            async with self._turn:
                await self._load(_loaded(name, market, reel, queue, speed), position_ms)
        except (TapeError, UnitError) as error:
            raise TapeRefused("bad", str(error)) from None

    async def play(self) -> None:
        async with self._turn:
            loaded = self._one()
            self._check_open(loaded.name)
            if loaded.playing:
                return
            if loaded.position_ms >= loaded.reel.duration_ms:
                await self._wind(loaded, 0)
            elif loaded.is_torn:
                await self._wind(loaded, loaded.position_ms)
            loaded.playing, loaded.trouble = True, ""
            loaded.count_from(self._hall.now_us())
            self._keep()
            if self._playing is None or self._playing.done():
                self._playing = asyncio.get_running_loop().create_task(self._play())

    async def pause(self) -> None:
        async with self._turn:
            self._one().playing = False
            self._keep()

    async def run_at(self, speed: int) -> None:
        async with self._turn:
            loaded = self._one()
            loaded.count_from(self._hall.now_us())
            loaded.speed = speed
            self._keep()

    async def seek(self, position_ms: int) -> None:
        async with self._turn:
            loaded = self._one()
            self._check_open(loaded.name)
            _check_position(loaded.reel, position_ms)
            await self._wind(loaded, position_ms)
            self._keep()

    async def eject(self) -> None:
        async with self._turn:
            if self._loaded is not None:
                await self._eject(self._loaded)

    async def forget(self) -> None:
        async with self._turn:
            if self._loaded is not None:
                self._hall.stop_listening(self._loaded)
                self._loaded = None
            self._kept.unlink(missing_ok=True)

    # --- a start and an end of the venue --------------------------------------------------------------

    async def put_back(self) -> None:
        """The tape that was in when the venue ended, standing still where it was."""
        try:
            kept = msgspec.json.decode(self._kept.read_bytes(), type=_Kept)
        except (FileNotFoundError, msgspec.MsgspecError):
            return
        try:
            await self.load(kept.name, kept.position_ms, kept.speed, kept.queue)
        except (TapeRefused, Unavailable) as error:
            _log.warning("tape_not_put_back", name=kept.name, why=str(error))
            self._kept.unlink(missing_ok=True)

    async def close(self) -> None:
        """Play no more; the tape's orders stay, and so does the note of where it was."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait((self._playing,))
        if self._loaded is not None:
            self._keep()

    # --- with the turn in hand ------------------------------------------------------------------------

    def _one(self) -> _Loaded:
        if self._loaded is None:
            raise TapeRefused("conflict", "no tape is in; load one first")
        return self._loaded

    def _check_open(self, ticker: str) -> None:
        status = self._hall.status(ticker)
        if status not in (None, MarketStatus.ACTIVE, MarketStatus.INACTIVE):
            raise TapeRefused(
                "conflict", f"the market {ticker} is {status}: its tape can be played again after a reset of the venue"
            )

    async def _load(self, loaded: _Loaded, position_ms: int) -> None:
        ticker, hall = loaded.name, self._hall
        if hall.busy_with:
            raise TapeRefused("conflict", f"{hall.busy_with} is being played by `mock-kalshi up --tape`")
        self._check_open(ticker)
        _check_position(loaded.reel, position_ms)
        if self._loaded is not None:
            await self._eject(self._loaded)
        if not hall.has_member(REPLAY_MAKER):
            await create(ticker, replay_members(), hall.submit)
        if hall.status(ticker) is None:
            setup = loaded.market.setup(loaded.reel.start_ms * 1_000, hall.now_us(), open_for_us=OPEN_FOR_US)
            await create(ticker, setup, hall.submit)
        # Orders of an earlier time that nobody moves any more: nothing runs between the two.
        hall.listen(loaded)
        for order_id, side, price, remaining in hall.resting(account_of(REPLAY_MAKER), ticker):
            loaded.driver.adopt(order_id, LevelKey(side, price), remaining)
        try:
            await self._wind(loaded, position_ms)
        except Unavailable:
            hall.stop_listening(loaded)
            raise
        self._loaded = loaded
        self._keep()

    async def _eject(self, loaded: _Loaded) -> None:
        loaded.playing = False
        await self._carry_out(loaded, Step(Snapshot(0, {}), False))
        self._hall.stop_listening(loaded)
        self._loaded = None
        self._kept.unlink(missing_ok=True)

    async def _wind(self, loaded: _Loaded, position_ms: int) -> None:
        """Make the tape's part of the book that of a position."""
        count = loaded.reel.count_until(position_ms)
        whole = Snapshot(position_ms, loaded.reel.book_after(count))
        await self._carry_out(loaded, Step(whole, False))
        loaded.played, loaded.position_ms = count, position_ms
        loaded.count_from(self._hall.now_us())

    async def _carry_out(self, loaded: _Loaded, step: Step) -> None:
        loaded.is_torn = True
        await carry_out(loaded.driver.play(step), self._hall.submit)
        loaded.is_torn = False
        loaded.was_in_step = loaded.driver.in_step

    def _keep(self) -> None:
        loaded = self._one()
        fresh = self._kept.with_suffix(".new")
        kept = _Kept(loaded.name, loaded.position_ms, loaded.speed, loaded.queue)
        try:
            fresh.write_bytes(msgspec.json.encode(kept))
            fresh.replace(self._kept)
        except OSError as error:
            _log.warning("tape_position_not_kept", error=str(error))

    # --- playing --------------------------------------------------------------------------------------

    async def _play(self) -> None:
        kept_at = time.monotonic()
        behind = False
        while True:
            await asyncio.sleep(0 if behind else TICK_SECONDS)
            async with self._turn:
                loaded = self._loaded
                if loaded is None or not loaded.playing:
                    return
                try:
                    self._check_open(loaded.name)
                    behind = await self._catch_up(loaded)
                except (TapeRefused, Unavailable) as error:
                    loaded.playing, loaded.trouble = False, str(error)
                if not loaded.playing or time.monotonic() - kept_at > KEEP_SECONDS:
                    kept_at = time.monotonic()
                    self._keep()

    async def _catch_up(self, loaded: _Loaded) -> bool:
        """Play what is due, for one turn at most; whether there is more."""
        until = time.monotonic() + TURN_SECONDS
        due_ms = loaded.due_ms(self._hall.now_us())
        due = loaded.reel.count_until(due_ms)
        while loaded.played < due:
            await self._carry_out(loaded, loaded.reel.steps[loaded.played])
            loaded.position_ms = loaded.reel.times[loaded.played]
            loaded.played += 1
            # A position is a whole millisecond: what came in one is played in one turn.
            more = loaded.played < due and loaded.reel.times[loaded.played] > loaded.position_ms
            if more and time.monotonic() > until:
                return True
        loaded.position_ms = max(loaded.position_ms, due_ms)
        loaded.playing = loaded.position_ms < loaded.reel.duration_ms
        return False


def _loaded(name: str, market: RecordedMarket, reel: Reel, queue: Queue, speed: int) -> _Loaded:
    driver = TapeDriver(name, account_of(REPLAY_MAKER), account_of(REPLAY_TAKER), queue)
    return _Loaded(name, market, reel, driver, queue, speed)


def _check_position(reel: Reel, position_ms: int) -> None:
    if position_ms > reel.duration_ms:
        raise TapeRefused("bad", f"{position_ms} ms is beyond the end of the tape, {reel.duration_ms} ms")
