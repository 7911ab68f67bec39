"""The composition root: every part of the venue, put together in the order a command passes them.

Imported by no part of the venue. `Venue.start` recovers and opens the doors; `Venue.stop` closes them, answers
what was accepted, and leaves a snapshot so that the next start is quick. `replay_journal` looks at what a venue
left, or is still writing, without touching it.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
import uvicorn

from exchange.adapters.clock import SystemClock
from exchange.adapters.fix_store import FileStores
from exchange.adapters.history import HistoryWriter, SqlHistoryReader
from exchange.adapters.journal import Durability, FileJournal, NoJournal
from exchange.adapters.key_store import FileKeyStore
from exchange.adapters.log import log_to_stderr
from exchange.adapters.release_mark import ReleaseMark
from exchange.book_lines import books_image
from exchange.core.checks import check_invariants, state_hash
from exchange.core.commands import AnyCommand
from exchange.core.engine import Engine
from exchange.core.state import EngineSettings
from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.browser import BrowserDoor, Tokens, is_loopback
from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.fix.acceptor import Acceptor
from exchange.gateways.fix.hub import Hub as FixHub
from exchange.gateways.rate_limit import RateLimiter
from exchange.gateways.rest.app import build
from exchange.gateways.sandbox import books as sandbox_books
from exchange.gateways.sandbox import session as sandbox_session
from exchange.gateways.sandbox import state as sandbox_state
from exchange.gateways.ws.hub import Hub
from exchange.gateways.ws.protocol import websocket_protocol
from exchange.ports import Clock, EventSink, JournalDamaged
from exchange.projections.views import Projections
from exchange.recovery import Replay, ReplayDiffers, rebuild_engine, recover, replay, take_snapshot
from exchange.sequencer import Sequencer
from wire.event_log import LogRecord
from wire.fix.profiles import SessionKind
from wire.signing import generate_key, private_pem, public_pem

SHARD = 0

__all__ = [
    "SHARD",
    "GatewaySettings",
    "JournalDamaged",
    "Replay",
    "ReplayDiffers",
    "Snapshotter",
    "Venue",
    "VenueOptions",
    "log_to_stderr",
    "replay_journal",
]

_log = structlog.get_logger("venue")


@dataclass(frozen=True, slots=True)
class VenueOptions:
    """Everything about one venue that can be chosen. `port` 0 picks a free one."""

    state: Path
    host: str = "127.0.0.1"
    port: int = 9090
    durability: Durability = "os"
    window: int = 100_000
    """Terminal orders, fills and trades kept in memory; older ones are read from history."""
    snapshot_every: int = 500_000
    """Records between snapshots."""
    retain: int = 5_000_000
    """Records the journal keeps behind the older snapshot."""
    engine: EngineSettings = field(default_factory=EngineSettings)
    gateways: GatewaySettings = field(default_factory=GatewaySettings)
    fix: Mapping[SessionKind, int] | None = None
    """The port of each FIX session kind that is served, 0 = a free one; None = no FIX."""


class Snapshotter:
    """Writes a snapshot every so many records and lets go of the journal's oldest segments.

    The state is copied between two turns of the loop and written by a thread; a crash in between costs
    nothing but a longer replay.
    """

    def __init__(self, venue: Venue, every: int, retain: int) -> None:
        self._venue = venue
        self._every = every
        self._retain = retain
        self._last = venue.views.seq
        self._writing: asyncio.Task[None] | None = None

    def fold(self, record: LogRecord) -> None:
        pass

    def flush(self) -> None:
        # Only when nothing is in flight do engine and projections stand at the same seq.
        due = self._venue.views.seq - self._last >= self._every
        if due and self._writing is None and self._venue.engine_is_settled():
            self._last = self._venue.views.seq
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def finish(self) -> None:
        """Wait for the snapshot being written, if there is one."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        journal = self._venue.journal
        assert isinstance(journal, FileJournal), "a venue without a journal takes no snapshots"
        if await self._venue.snapshot() and len(snapshots := journal.snapshots()) > 1:
            # The older one is the way back when the newest is unreadable, and needs what came after it.
            oldest, _ = snapshots[-1]
            journal.retain(min(oldest - self._retain, self._venue.history.checkpoint()))
        self._writing = None


class Venue:
    """One running exchange in this process."""

    def __init__(self, options: VenueOptions, clock: Clock | None = None) -> None:
        self.options = options
        self.clock = clock or SystemClock()
        self.journal: FileJournal | NoJournal = (
            NoJournal() if options.durability == "none" else FileJournal(options.state / "journal", options.durability)
        )
        self.views = Projections(options.window)
        self.history = HistoryWriter(options.state / "history.sqlite", self.views)
        self.is_new = True
        """No command has ever been applied here."""
        self.replayed = 0
        self.port = 0
        self.fix_ports: dict[SessionKind, int] = {}
        self._fix: Acceptor | None = None
        self._fix_stores = FileStores(options.state / "fix")
        self._snapshotter: Snapshotter
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, scenario: Iterable[AnyCommand] = ()) -> None:
        """Recover; on a new venue apply the scenario; then listen. Raises OSError when the port is taken."""
        options = self.options
        # 1. What was.
        engine = self._recover()
        await self.history.start()
        self._past = SqlHistoryReader(options.state / "history.sqlite")
        # 2. One writer, and everybody who reads from it, in the order they fold.
        self.sequencer = Sequencer(engine, self.journal, self.clock, self._rebuild)
        self.keys = KeyRing(FileKeyStore(options.state / "api_keys.json"))
        tokens = Tokens(time.monotonic)
        self.context = VenueContext(
            self.sequencer,
            self.views,
            self.keys,
            Authenticator(self.keys, lambda: self.clock.now_us() // 1000, options.gateways.skew_ms, tokens.holder),
            RateLimiter(options.gateways.default_tier),
            self._past,
            self.clock,
            options.gateways,
        )
        hub = Hub(self.views, options.gateways)
        sinks: list[EventSink] = [self.views, hub, self.history]
        if options.fix is not None:
            if options.durability == "none":
                self._fix_stores.clear()
            self._fix = Acceptor(self.context, FixHub(self.context, self._fix_stores))
            # Before the projections: execution reports are read from what an order was and what happened to it.
            sinks.insert(0, self._fix.hub)
        if isinstance(self.journal, FileJournal):
            self._snapshotter = Snapshotter(self, options.snapshot_every, options.retain)
            self._mark = ReleaseMark(self.journal.folder, engine.state.seq)
            sinks += [self._snapshotter, self._mark]
        self.sequencer.attach(sinks)
        # 3. A market to trade.
        if self.is_new:
            await self.sequencer.submit_all(list(scenario))
        # 4. The doors.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        self._socket = _listen(options.host, options.port)
        self.port = self._socket.getsockname()[1]
        if self._fix is not None:
            sockets = {kind: _listen(options.host, port) for kind, port in (options.fix or {}).items()}
            self.fix_ports = {kind: listening.getsockname()[1] for kind, listening in sockets.items()}
            await self._fix.listen(sockets)
        app = build(
            self.context,
            (
                sandbox_state.router(self.context, self.inspect),
                sandbox_books.router(lambda detail: books_image(self.sequencer.engine.state, detail)),
                sandbox_session.router(self.members, tokens if self._hands_out_tokens() else None),
            ),
        )
        self._server = uvicorn.Server(
            uvicorn.Config(
                BrowserDoor(app, options.gateways.ui_origins),
                http="httptools",
                ws=websocket_protocol(self.context, hub),
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
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
            self._fix_stores.close()
        await self.history.stop()
        await self._past.close()
        if isinstance(self.journal, FileJournal):
            await self._snapshotter.finish()
            if self.engine_is_settled():
                await self.snapshot()
            self._mark.close()
            self.journal.close()

    async def snapshot(self) -> bool:
        """Store the state as it is now; False when the disk does not take it, which only costs a longer replay."""
        assert isinstance(self.journal, FileJournal), "a venue without a journal has no snapshots"
        seq, state = self.views.seq, take_snapshot(self.sequencer.engine, self.views)
        try:
            await asyncio.to_thread(self.journal.write_snapshot, seq, state)
        except OSError as error:
            _log.error("snapshot_failed", seq=seq, error=str(error))
            return False
        return True

    async def issue_key(self, member: int, name: str) -> tuple[str, str]:
        """A new RSA key with every scope for a member: (key id, private PEM). Raises OSError."""
        key = await asyncio.to_thread(generate_key)
        created = ApiKey(
            self.keys.new_id(), member, name, public_key_pem=public_pem(key), created_us=self.clock.now_us()
        )
        self.keys.add(created)
        return created.key_id, private_pem(key)

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

    # --- parts --------------------------------------------------------------------------------------

    def _hands_out_tokens(self) -> bool:
        asked = self.options.gateways.browser_tokens
        return is_loopback(self.options.host) if asked is None else asked

    def _recover(self) -> Engine:
        engine = Engine(SHARD, self.options.engine)
        if isinstance(self.journal, FileJournal):
            self.journal.open()
            self.replayed = recover(self.journal, engine, self.views, self.history.fold, self.history.checkpoint())
            self.is_new = engine.state.seq == 0
            if self.replayed:
                _log.info("recovered", seq=engine.state.seq, replayed=self.replayed, cut_bytes=self.journal.cut_bytes)
        return engine

    def _rebuild(self) -> Engine:
        assert isinstance(self.journal, FileJournal), "without a journal there is nothing to go back to"
        return rebuild_engine(self.journal, self.options.engine, SHARD)


def replay_journal(options: VenueOptions, until_seq: int | None = None) -> Replay:
    """Apply the journal of a venue again, running or not; see `recovery.replay`."""
    return replay(FileJournal(options.state / "journal"), options.engine, SHARD, until_seq)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that port 0 is known before anybody is told the address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because the event loop turns off Nagle's delay only where it is: with it on, every
    # answer that leaves in two pieces waits 40 ms for the peer's acknowledgement.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(2048)
    return listening
