"""The composition root: every part of the venue, put together in the order a command passes them.

Imported by no part of the venue. `Venue.start` recovers and opens the doors; `Venue.stop` closes them, answers
what was accepted, and leaves a snapshot so that the next start is quick. `replay_journal` looks at what a venue
left, or is still writing, without touching it.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import structlog
import uvicorn
from fastapi import APIRouter

from eventlog.files import JournalTail
from exchange.adapters.clock import VenueClock
from exchange.adapters.clock_file import ClockFile
from exchange.adapters.history import Again, BadDatabase, Database, HistoryWriter, Lives, SqlHistoryReader
from exchange.adapters.journal import FileJournal, NoJournal
from exchange.adapters.listening import listen
from exchange.adapters.record_file import write as write_record
from exchange.adapters.release_mark import ReleaseMark
from exchange.adapters.tls import TlsFiles
from exchange.adapters.whole_file import WholeFile
from exchange.book_lines import books_image
from exchange.core.checks import check_invariants, state_hash
from exchange.core.commands import AnyCommand
from exchange.core.engine import Engine
from exchange.fix_door import FixDoor
from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.browser import BrowserDoor, Tokens, is_loopback
from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.race import Race
from exchange.gateways.chaos.rest import ChaosDoor
from exchange.gateways.chaos.stale import StaleReads
from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.health import Health, HistoryHealth
from exchange.gateways.health import router as health_router
from exchange.gateways.rate_limit import RateLimiter
from exchange.gateways.rest.app import build
from exchange.gateways.rest.http_protocol import http_protocol
from exchange.gateways.sandbox import accounts as sandbox_accounts
from exchange.gateways.sandbox import agents as sandbox_agents
from exchange.gateways.sandbox import books as sandbox_books
from exchange.gateways.sandbox import chaos as sandbox_chaos
from exchange.gateways.sandbox import clock as sandbox_clock
from exchange.gateways.sandbox import closed as sandbox_closed
from exchange.gateways.sandbox import exchange as sandbox_exchange
from exchange.gateways.sandbox import markets as sandbox_markets
from exchange.gateways.sandbox import record as sandbox_record
from exchange.gateways.sandbox import saved as sandbox_saved
from exchange.gateways.sandbox import session as sandbox_session
from exchange.gateways.sandbox import state as sandbox_state
from exchange.gateways.sandbox import tape as sandbox_tape
from exchange.gateways.sandbox.agents import Agents, NoAgents
from exchange.gateways.sandbox.saved import cannot_save
from exchange.gateways.ws.hub import Hub
from exchange.gateways.ws.protocol import WebSocketConnection, websocket_protocol
from exchange.keeper import Keeper
from exchange.options import SHARD, VenueOptions
from exchange.ports import (
    ClockSetting,
    EventSink,
    HistoryRefused,
    JournalDamaged,
    JournalRecord,
    OwnedClock,
    TapeDeck,
)
from exchange.projections.views import Projections
from exchange.publishing import Publishing
from exchange.recovery import Replay, ReplayDiffers, rebuild_engine, recover, take_snapshot, views_at
from exchange.replays import read_recording, replay_file, replay_journal
from exchange.sequencer import Sequencer
from exchange.snapshotter import Snapshotter
from runtime.log import log_to_stderr
from wire.candles import DAY
from wire.fix.profiles import SessionKind
from wire.signing import generate_key, key_type_of, parse_public_key, private_pem, public_pem
from wire.units import MICROS

IDLE_SECONDS = 75
"""An idle HTTP connection is kept longer than clients keep theirs (httpx: 5 s): who closes first must not be us, or a
request that is on its way meets a closed door."""

__all__ = [
    "SHARD",
    "Agents",
    "BadDatabase",
    "GatewaySettings",
    "HistoryRefused",
    "JournalDamaged",
    "Replay",
    "ReplayDiffers",
    "Snapshotter",
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
        self.tapes: TapeDeck = sandbox_tape.NoDeck()
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
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None

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
        await self._let_read()
        # 3. A market to trade.
        if self.is_new:
            await self.sequencer.submit_all(self._scenario)
        self.publishing.begin()
        # 4. The doors.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        self._socket = listen(options.host, options.port)
        self.port = self._socket.getsockname()[1]
        await self._listen_for_fix(options.fix or {})
        stale = self._stale_reads()
        app = build(self.context, (health_router(self.health), *self._powers(tokens, stale)))
        door = ChaosDoor(self.context, app, app.operations.of, stale, Race(self.views, self.members))
        self._server = uvicorn.Server(
            uvicorn.Config(
                BrowserDoor(door, options.gateways.ui_origins),
                http=http_protocol(app.mutations),
                ws=websocket_protocol(self.context, self._hub),
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=2,
            )
        )

    async def serve(self) -> None:
        """Answer until told to stop (SIGINT, SIGTERM, or `stop` from another task)."""
        assert self._server is not None, "started"
        assert self._socket is not None, "started"
        await self._server.serve(sockets=[self._socket])

    async def stop(self) -> None:
        """Close the doors, answer what was accepted, store a snapshot."""
        if self._server is not None:
            self._server.should_exit = True
        self.sequencer.close()
        await self.sequencer.drain()
        if self._fix is not None:
            await self._fix.close()
        await self.publishing.stop()
        await self.history.stop()
        await self._past.close()
        if isinstance(self.journal, FileJournal):
            await self.snapshotter.finish()
            if self.engine_is_settled():
                await self.snapshot()
            self._mark.close()
            self.journal.close()

    async def snapshot(self) -> bool:
        """Store the state as it is now; False when the disk does not take it, which only costs a longer replay."""
        assert isinstance(self.journal, FileJournal), "a venue without a journal has no snapshots"
        seq, state = self.views.seq, take_snapshot(self.sequencer.engine, self.views)
        needed = self.history.checkpoint()
        try:
            await asyncio.to_thread(self.journal.write_snapshot, seq, state, needed)
        except OSError as error:
            _log.error("snapshot_failed", seq=seq, error=str(error))
            return False
        return True

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
                await self._fix.close()
                shutil.rmtree(self.options.state / "fix", ignore_errors=True)
            self._hang_up()
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

    async def issue_key(self, member: int, name: str, public_key_pem: str = "") -> tuple[str, str]:
        """A key with every scope for a member: (key id, private PEM), the latter empty when the public half is given.

        Raises OSError, and KeyFormatError when what is given is no public key.
        """
        private = ""
        if public_key_pem:
            key_type = key_type_of(parse_public_key(public_key_pem))
        else:
            key = await asyncio.to_thread(generate_key)
            key_type, public_key_pem, private = "rsa", public_pem(key), private_pem(key)
        created = ApiKey(
            self.keys.new_id(),
            member,
            name,
            key_type=key_type,
            public_key_pem=public_key_pem,
            created_us=self.clock.now_us(),
        )
        self.keys.add(created)
        return created.key_id, private

    def record(self) -> Iterator[bytes]:
        """Everything so far as a file (exchange/adapters/record_file.py), in pieces. Raises ApiError."""
        if self.views.seq and self.journal.first_seq() > 1:
            raise cannot_save(f"the records before seq {self.journal.first_seq()} are gone")
        return write_record(self._records(self.views.seq))

    def _records(self, last_seq: int) -> Iterator[JournalRecord]:
        for entry in self.journal.read(0):
            if entry.seq > last_seq:
                return
            yield entry

    async def verify(self) -> sandbox_record.Verified:
        """The journal replayed on an engine of its own, beside this one. Raises ApiError."""
        if not isinstance(self.journal, FileJournal):
            raise cannot_save("a venue with --durability none keeps no journal to replay")
        await self.sequencer.drain()
        seq, live = self.views.seq, state_hash(self.sequencer.engine.state)
        broken = check_invariants(self.sequencer.engine.state)
        problem, done = "", Replay(0, 0, 0, "", (), (), ())
        try:
            done = await asyncio.to_thread(replay_journal, self.options, seq)
        except (JournalDamaged, ReplayDiffers) as error:
            problem = str(error)
        except OSError as error:
            raise cannot_save(f"the journal changed while it was read, or cannot be read: {error}") from error
        broken = broken or list(done.invariants_broken)
        return sandbox_record.Verified(
            ok=done.state_hash == live and not done.snapshots_different and not broken,
            seq=seq,
            records=done.records,
            state_hash=done.state_hash,
            live_state_hash=live,
            snapshots_different=list(done.snapshots_different),
            invariants_broken=broken,
            problem=problem,
        )

    @property
    def answered(self) -> int:
        """HTTP requests answered since the start."""
        return 0 if self._server is None else self._server.server_state.total_requests

    def engine_is_settled(self) -> bool:
        """Nothing applied that has not been folded yet."""
        return self.sequencer.engine.state.seq == self.views.seq

    def members(self) -> dict[str, int]:
        """The numbers of all members by name, as they joined."""
        return {member.name: member.member for member in self.sequencer.engine.state.members.values()}

    def inspect(self) -> sandbox_state.VenueState:
        """What GET /sandbox/state answers."""
        state = self.sequencer.engine.state
        return sandbox_state.VenueState(
            state.seq,
            state.now_us,
            state_hash(state),
            check_invariants(state),
            len(state.orders),
            self.sequencer.degraded or "",
        )

    def health(self) -> Health:
        """What GET /health and /metrics answer."""
        refusing = self.sequencer.degraded or ""
        return Health(
            "unavailable" if refusing else "ok",
            refusing,
            self.views.seq,
            len(self.sequencer.engine.state.orders),
            len(self.views.catalogue.markets),
            len(self._hub),
            self.publishing.health(self.views.seq),
            self._history_health(),
        )

    # --- parts --------------------------------------------------------------------------------------

    async def _apply_scenario(self, is_empty: bool) -> None:
        if is_empty:
            await self.sequencer.submit_all(self._scenario)

    def _hang_up(self) -> None:
        """The WebSockets: what their readers know is no longer so."""
        self._hub.begin_again()
        for connection in list(self._server.server_state.connections) if self._server is not None else ():
            if isinstance(connection, WebSocketConnection):
                connection.shutdown()

    async def _let_read(self) -> None:
        """Everybody who reads from the one writer, in the order they fold; FIX sessions hear what they missed."""
        sinks: list[EventSink] = [self.views, self._hub, self.history]
        orphans: list[AnyCommand] = []
        if self.options.fix is not None:
            self._fix = FixDoor(self.context, self.options.state / "fix", self.journal)
            orphans = self._fix.orphans()
            sinks = [*self._fix.readers(), *sinks]
        if isinstance(self.journal, FileJournal):
            every, retain = self.options.snapshot_every, self.options.retain
            self.snapshotter = Snapshotter(self, self.journal, every, retain)
            self._mark = ReleaseMark(self.journal.folder, self.views.seq)
            sinks += [self.snapshotter, self._mark]
        self.sequencer.attach(sinks)
        await self.sequencer.submit_all(orphans)
        if self._fix is not None:
            self._fix.orphans_are_gone()

    async def _listen_for_fix(self, ports: Mapping[SessionKind, int]) -> None:
        if self._fix is None:
            return
        sockets = {kind: listen(self.options.host, port) for kind, port in ports.items()}
        self.fix_ports = {kind: listening.getsockname()[1] for kind, listening in sockets.items()}
        await self._fix.listen(sockets, self.options.fix_tls)

    def _powers(self, tokens: Tokens, stale: StaleReads) -> list[APIRouter]:
        """What only a simulator can do, where nobody else can reach it, or where it was asked for."""
        asked = self.options.sandbox
        if not (is_loopback(self.options.host) if asked is None else asked):
            return [sandbox_closed.router()]
        return [
            sandbox_state.router(self.context, self.inspect),
            sandbox_clock.router(self.context, self.clock, self._clock_file.save),
            sandbox_markets.router(self.context),
            sandbox_exchange.router(self.context),
            sandbox_agents.router(lambda: self.agents),
            sandbox_tape.router(lambda: self.tapes),
            sandbox_accounts.router(self.context, self.members, self.issue_key),
            sandbox_saved.router(self.keeper, self.begin_again, lambda: self.views.seq, time.monotonic),
            sandbox_record.router(self.record, self.verify),
            sandbox_books.router(lambda detail: books_image(self.sequencer.engine.state, detail)),
            sandbox_session.router(self.members, tokens),
            sandbox_chaos.router(self.chaos, self.members, stale.open),
        ]

    def _history_health(self) -> HistoryHealth:
        history = self.history
        stored_seq = history.checkpoint()
        lag = max(0, self.views.seq - stored_seq)
        return HistoryHealth(
            history.database, stored_seq, lag, history.is_behind, history.outages, history.stopped, history.trouble
        )

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
