"""The composition root: what a venue is made of, how it starts, how it stops, how it begins again.

Puts the parts together in the order a command passes them; what a part does is in the part. Imported by no part of the
venue; what those who run a venue need of it is named here.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

import structlog

from eventlog.files import JournalTail
from exchange.adapters.clock import VenueClock
from exchange.adapters.clock_file import ClockFile
from exchange.adapters.history import Again, BadDatabase, Database, HistoryWriter, Lives, SqlHistoryReader
from exchange.adapters.journal import FileJournal, NoJournal
from exchange.adapters.release_mark import ReleaseMark
from exchange.adapters.tls import TlsFiles
from exchange.adapters.whole_file import WholeFile
from exchange.core.commands import AnyCommand
from exchange.core.engine import Engine
from exchange.fix_door import FixDoor
from exchange.gateways.auth import Authenticator, KeyRing
from exchange.gateways.browser import Tokens
from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.stale import StaleReads
from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.health import router as health_router
from exchange.gateways.rate_limit import RateLimiter
from exchange.gateways.rest.app import build
from exchange.gateways.sandbox.agents import Agents, NoAgents
from exchange.gateways.sandbox.saved import cannot_save
from exchange.gateways.sandbox.tape import NoDeck
from exchange.gateways.ws.hub import Hub
from exchange.http_door import HttpDoor
from exchange.in_step import InStep, Reader
from exchange.inspection import Inspection
from exchange.keeper import Keeper
from exchange.options import SHARD, VenueOptions
from exchange.ports import ClockSetting, EventSink, HistoryRefused, JournalDamaged, OwnedClock, TapeDeck
from exchange.powers import powers
from exchange.projections.views import Projections
from exchange.publishing import Publishing
from exchange.recovery import Replay, ReplayDiffers, rebuild_engine, recover, views_at
from exchange.replays import read_recording, replay_file, replay_journal
from exchange.sequencer import Sequencer
from exchange.snapshotter import Snapshotter
from runtime.log import log_to_stderr
from wire.candles import DAY
from wire.fix.profiles import SessionKind
from wire.units import MICROS

__all__ = [
    "SHARD",
    "Agents",
    "BadDatabase",
    "GatewaySettings",
    "HistoryRefused",
    "JournalDamaged",
    "Replay",
    "ReplayDiffers",
    "TlsFiles",
    "Venue",
    "VenueOptions",
    "log_to_stderr",
    "read_recording",
    "replay_file",
    "replay_journal",
]

_log = structlog.get_logger("venue")


class Venue:
    """One running exchange in this process."""

    def __init__(self, options: VenueOptions, clock: OwnedClock | None = None) -> None:
        self.options = options
        self.reborn: Callable[[bool], Awaitable[None]] = self._apply_scenario
        """Called when the venue has begun again; True: empty. Whoever made the scenario may do it its way."""
        self.agents: Agents = NoAgents()
        """Who trades here and runs beside the venue."""
        self.tapes: TapeDeck = NoDeck()
        self._beginning_again = asyncio.Lock()
        self.busy_with = ""
        """What a new beginning would break, empty when nothing."""
        self._scenario: list[AnyCommand] = []
        self.keeper = Keeper(self, options.state / "snapshots")
        self._clock_file = ClockFile(options.state / "clock.json")
        self.clock: OwnedClock = clock or VenueClock(self._clock_file.load())
        self._wall = VenueClock()
        self.journal: FileJournal | NoJournal = (
            NoJournal() if options.durability == "none" else FileJournal(options.state / "journal", options.durability)
        )
        self.views = Projections(options.window)
        self._database = Database(options.history or options.state / "history.sqlite")
        self.history = HistoryWriter(
            self._database,
            self.views,
            self._again(),
            Lives(WholeFile(options.state / "lives.json") if options.history else None),
            options.history_limit,
            options.retention_days * DAY * MICROS,
        )
        self.chaos = Chaos(options.gateways.chaos_seed)
        self.is_new = True
        """No command has ever been applied here."""
        self.replayed = 0
        self.port = 0
        self.fix_ports: dict[SessionKind, int] = {}
        self._fix: FixDoor | None = None
        self.publishing = Publishing(options.kafka, self.journal)
        self.snapshotter: Snapshotter

    async def start(self, scenario: Iterable[AnyCommand] = ()) -> None:
        """Recover; on a new venue apply the scenario; then listen. Raises OSError when the port is taken."""
        options = self.options
        self._scenario = list(scenario)
        # 1. What was.
        await self.history.open()
        engine = self._recover()
        self.clock.not_before(engine.state.now_us)
        await self.history.start()
        self._past = SqlHistoryReader(self._database, lambda: self.history.is_behind)
        # 2. One writer, and everybody who reads from it, in the order they fold.
        self.sequencer = Sequencer(engine, self.journal, self.clock, self._rebuild)
        self.keys = KeyRing(WholeFile(options.state / "api_keys.json"))
        signed_by = self.clock if options.gateways.signatures_in_venue_time else self._wall
        tokens = Tokens(time.monotonic)
        self.context = VenueContext(
            self.sequencer,
            self.views,
            self.keys,
            Authenticator(self.keys, lambda: signed_by.now_us() // 1000, options.gateways.skew_ms, tokens.holder),
            RateLimiter(options.gateways.default_tier),
            self._past,
            self.clock,
            self.clock if options.gateways.connections_in_venue_time else self._wall,
            options.gateways,
            self.chaos,
        )
        self._hub = Hub(self.views, options.gateways, chaos=self.chaos)
        self.inspection = Inspection(
            options, self.sequencer, self.views, self.journal, self._hub, self.publishing, self.history
        )
        await self._let_read()
        # 3. A market to trade.
        if self.is_new:
            await self.sequencer.submit_all(self._scenario)
        self.publishing.begin()
        # 4. The doors.
        stale = self._stale_reads()
        outside = [health_router(self.inspection.health), *powers(self, self._clock_file.save, tokens, stale)]
        self.http = HttpDoor(self.context, self._hub, stale, self.inspection.members, outside)
        # What is here now stays as long as the venue: it is not looked through again at every collection.
        gc.collect()
        gc.freeze()
        # What is new stands in the book, most of it, and is looked through in vain: while it still is in the caches.
        gc.set_threshold(10_000, 100, 100)
        self.port = self.http.listen(options.host, options.port)
        await self._listen_for_fix(options.fix or {})

    async def serve(self) -> None:
        """Answer until told to stop (SIGINT, SIGTERM, or `stop` from another task)."""
        await self.http.serve()

    async def stop(self) -> None:
        """Close the doors, answer what was accepted, store a snapshot."""
        self.http.close()
        self.sequencer.close()
        await self.sequencer.drain()
        if self._fix is not None:
            await self._fix.close()
        await self.publishing.stop()
        await self.history.stop()
        await self._past.close()
        if isinstance(self.journal, FileJournal):
            await self.snapshotter.close()
            self._mark.close()
            self.journal.close()

    async def begin_again(self, name: str = "") -> None:
        """Forget everything that happened; with the name of a saved state, be where it was saved.

        Keys stay. Every connection that was told of the past is hung up. Raises ApiError, OSError.
        """
        if self.busy_with:
            raise cannot_save(f"{self.busy_with} is being played")
        async with self._beginning_again:
            incoming = self.options.state / "incoming"
            saved = self.keeper.fetch(name, incoming) if name else None
            setting = None if saved is None else ClockFile(saved / "clock.json").load()
            await self.sequencer.suspend("the venue begins again")
            await self.tapes.forget()
            self.chaos.begin_again()
            await self.publishing.stop()
            if self._fix is not None:
                await self._fix.forget()
            self._hub.begin_again()
            self.http.hang_up()
            await self.history.forget()
            if isinstance(self.journal, FileJournal):
                await self.snapshotter.finish()
                self._mark.close()
                self.journal.begin_again(None if saved is None else incoming)
            self.views.load(Projections(self.options.window).dump())
            self.clock.begin_again(setting or ClockSetting())
            engine = self._recover()
            await self.history.start()
            self.clock.not_before(engine.state.now_us)
            self._clock_file.save(self.clock.setting)
            self.context.limiter.begin_again()
            self.sequencer.begin_again(engine)
            await self._let_read()
            await self._listen_for_fix(self.fix_ports)
            self.publishing.begin()
            await self.reborn(saved is None)

    # --- parts --------------------------------------------------------------------------------------

    async def _apply_scenario(self, is_empty: bool) -> None:
        if is_empty:
            await self.sequencer.submit_all(self._scenario)

    async def _let_read(self) -> None:
        """Everybody who reads from the one writer, in the order they fold; FIX sessions hear what they missed."""
        in_step: list[Reader] = [self.views, self._hub]
        sinks: list[EventSink] = []
        if self.options.fix is not None:
            self._fix = FixDoor(self.context, self.options.state / "fix", self.journal)
            self._fix.catch_up()
            sinks += self._fix.readers()
            in_step.insert(0, self._fix.market_data)
        sinks += [InStep(in_step), self.history]
        if isinstance(self.journal, FileJournal):
            self.snapshotter = Snapshotter(
                self.sequencer,
                self.views,
                self.history,
                self.journal,
                self.options.snapshot_every,
                self.options.retain,
            )
            self._mark = ReleaseMark(self.journal.folder, self.views.seq)
            sinks += [self.snapshotter, self._mark]
        self.sequencer.attach(sinks)
        if self._fix is not None:
            await self._fix.take_orphans_down()

    async def _listen_for_fix(self, ports: Mapping[SessionKind, int]) -> None:
        if self._fix is not None:
            self.fix_ports = await self._fix.listen(self.options.host, ports, self.options.fix_tls)

    def _again(self) -> Again | None:
        """How history reads again what it had not stored."""
        journal, window = self.journal, self.options.window
        if not isinstance(journal, FileJournal):
            return None
        return Again(lambda seq: views_at(journal, seq, window), lambda: JournalTail(journal.folder, SHARD))

    def _stale_reads(self) -> StaleReads:
        """What rules of stale reads answer from, while there are any."""
        stale = StaleReads(
            self.views,
            lambda views: build(replace(self.context, views=views)),
            lambda sink: self.sequencer.attach((sink,)),
            self.sequencer.detach,
            self.clock,
            self.options.window,
            self.history.checkpoint,
        )
        self.chaos.ended = stale.close
        return stale

    def _recover(self) -> Engine:
        engine = Engine(SHARD, self.options.engine)
        if isinstance(self.journal, FileJournal):
            self.journal.open()
            self.replayed = recover(self.journal, engine, self.views, self.history.fold_recovered)
            self.is_new = engine.state.seq == 0
            if self.replayed:
                _log.info("recovered", seq=engine.state.seq, replayed=self.replayed, cut_bytes=self.journal.cut_bytes)
        return engine

    def _rebuild(self) -> Engine:
        assert isinstance(self.journal, FileJournal), "without a journal there is nothing to go back to"
        return rebuild_engine(self.journal, self.options.engine, SHARD)
