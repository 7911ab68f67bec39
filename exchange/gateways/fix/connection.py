"""One connection of a FIX client: the socket loop around wire.fix.session.

    bytes ──► Session.receive ──► events ──► the handler of the kind       (turns.py says when)
                   └── data_to_send, written once at the end of a turn of the loop

Knows sockets, timers and which key is connected. What messages mean is for orders.py, drop_copy.py and
market_data.py. A client that does not read is told and cut off: what was kept for it waits in its store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import structlog

from exchange.gateways.auth import ApiKey
from exchange.gateways.chaos.fix import send_badly
from exchange.gateways.chaos.pipe import Pipe
from exchange.gateways.context import VenueContext
from exchange.gateways.fix.drop_copy import DropCopy
from exchange.gateways.fix.hub import ORDER_KINDS, Box, Hub
from exchange.gateways.fix.market_data import Reader
from exchange.gateways.fix.orders import OrderEntry
from exchange.gateways.fix.past import Past
from exchange.gateways.fix.turns import Turns
from exchange.gateways.rate_limit import DEFAULT_COST, READ
from wire.fix.logon import Logon
from wire.fix.message import Message
from wire.fix.profiles import PROFILES, SessionKind
from wire.fix.session import STORE_UNAVAILABLE, Session
from wire.fix.session_events import Closed, LoggedOn, SessionEvent
from wire.fix.store import MemoryStore, MessageStore
from wire.fix.tags import BusinessRejectReason, MsgType

HIGH_WATER = 1024 * 1024
"""Unsent bytes beyond which we stop reading."""

READ_AHEAD = 256 * 1024
"""Bytes taken from the socket and not read beyond which we take no more: what TLS has not been asked for when its end
comes is lost.
"""

BUFFER_LIMIT = 16 * 1024 * 1024
"""Unsent bytes beyond which a client is given up."""

CLOSE_PATIENCE_SECONDS = 5.0
"""How long a client may take to read the rest before the connection is cut."""

SHORTEST_WAIT_SECONDS = 0.05
"""A deadline is looked at no more often than this while the venue's clock stands still."""

OPEN_TO_RESTRICTED = frozenset({SessionKind.NR, SessionKind.RFQ, SessionKind.MD})
RESTRICTED = "this API key is restricted to a single sub-account and cannot open this session"

_log = structlog.get_logger("fix")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the connections of one venue share."""

    context: VenueContext
    hub: Hub
    journal: Past
    turns: Turns
    live: dict[str, Connection]
    """The one connection of each API key."""
    connections: set[Connection]


class Connection(asyncio.Protocol):
    """One connection, from the first byte to the last. Also the session's LogonPort."""

    def __init__(self, shared: Shared, kind: SessionKind) -> None:
        self._shared = shared
        self._context = shared.context
        self._hub = shared.hub
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._session = Session({kind.value: PROFILES[kind]}, self, self._context.wall.now_us())
        self._kind = kind
        self._resends = PROFILES[kind].resends
        self._key: ApiKey | None = None
        self._store: MessageStore = MemoryStore(keeps=False)
        self._box: Box | None = None
        self._entry: OrderEntry | None = None
        self._reader: Reader | None = None
        self._drop_copy: DropCopy | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._unread = b""
        self._asked: list[SessionEvent] = []
        """What came of the bytes that were read in this turn, and is to be done."""
        self._is_reading = True
        self._is_lost = False
        self._has_left = False
        self._turn: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_us = 0
        self._end_timer: asyncio.TimerHandle | None = None
        self._bad_line: Pipe | None = None

    # --- asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._shared.connections.add(self)
        self._arm()

    def data_received(self, data: bytes) -> None:
        if not self._unread:
            self._shared.turns.queue(self)
        self._unread += data
        if len(self._unread) >= READ_AHEAD:
            self._regulate()

    # --- Waiting ------------------------------------------------------------------------------------

    def has_unread(self) -> bool:
        return bool(self._unread)

    def read_some(self, most: int) -> int:
        data, self._unread = self._unread[:most], self._unread[most:]
        now_us = self._context.wall.now_us()
        if self._key is not None and self._context.keys.get(self._key.key_id) is not self._key:
            # Deleted, or given other scopes: what was let in with it is out with it, as in REST.
            self._asked += self._session.terminate("API key is no longer valid", now_us)
        self._asked += self._session.receive(data, now_us)
        if not self._is_reading:
            self._regulate()
        return len(data)

    def obey(self) -> None:
        asked, self._asked = self._asked, []
        if self._entry is not None:
            self._entry.begin()
        self._take(asked)
        self.wake()
        if self._is_lost and not self._unread:
            self._lose()

    def give_up(self) -> None:
        self._unread = b""
        self._transport.abort()
        if self._is_lost:
            self._lose()

    def _regulate(self) -> None:
        """Take bytes from the socket only while few of those before are unread, and what is written is taken."""
        may_read = len(self._unread) < READ_AHEAD and self._may_write.is_set()
        if may_read != self._is_reading and not self._transport.is_closing():
            self._is_reading = may_read
            if may_read:
                self._transport.resume_reading()
            else:
                self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_lost = True
        if not self._unread:
            self._lose()

    def _lose(self) -> None:
        """The connection is gone, and everything that came of it before is read and obeyed."""
        self._take(self._session.lost())
        self._shared.connections.discard(self)
        for timer in (self._timer, self._end_timer, self._turn):
            if timer is not None:
                timer.cancel()
        self._timer = self._end_timer = self._turn = None
        if self._bad_line is not None:
            self._bad_line.close()
        self._leave()

    def _leave(self) -> None:
        """The session is over, whatever its socket still does: its key is free, and what goes with it goes; once."""
        if self._has_left:
            return
        self._has_left = True
        if self._key is not None and self._shared.live.get(self._key.key_id) is self:
            del self._shared.live[self._key.key_id]
        if self._reader is not None:
            self._hub.market_data.leave(self._reader)
        if self._drop_copy is not None:
            self._drop_copy.lost()
        if self._box is not None:
            self._hub.leave(self._box)
        if self._entry is not None:
            self._entry.lost()
        if self._resends:
            self._hub.stores.flush()

    def pause_writing(self) -> None:
        self._may_write.clear()
        self._regulate()

    def resume_writing(self) -> None:
        self._may_write.set()
        self._regulate()
        if self._session.has_more_to_send:
            self.wake()

    # --- LogonPort ----------------------------------------------------------------------------------

    def authenticate(self, key_id: str, signature: str, text: str) -> str:
        """Signature, scope, tokens: a Logon costs as much as any call (SEMANTICS H3)."""
        key = self._context.authenticator.signed_by(key_id, signature, text)
        if key is None:
            return "invalid API key or signature"
        if not (key.allows("read") or key.allows("write::trade")):
            return "insufficient scope"
        if not self._context.limiter.take(key.member, READ, DEFAULT_COST, self._context.limits_us()):
            return "rate limit exceeded"
        self._key = key
        return ""

    def claim(self, logon: Logon) -> MessageStore | str:
        """One live connection per API key, whatever the session kind (SEMANTICS H1).

        A key that is locked to one subaccount may enter orders, quote and read the market (changelog July 2 and 23).
        """
        is_restricted = self._key is not None and self._key.subaccount is not None
        if is_restricted and (logon.listener_session or logon.kind not in OPEN_TO_RESTRICTED):
            return RESTRICTED
        if logon.key_id in self._shared.live:
            return "already exists"
        if PROFILES[logon.kind].resends:
            try:
                self._store = self._hub.stores.open(logon.key_id, logon.kind)
            except OSError as error:
                _log.error("store_unavailable", key_id=logon.key_id, error=str(error))
                return STORE_UNAVAILABLE
        self._shared.live[logon.key_id] = self
        return self._store

    # --- events -------------------------------------------------------------------------------------

    def _take(self, events: Sequence[SessionEvent]) -> None:
        at = 0
        while at < len(events):
            if self._entry is not None:
                at = self._entry.receive_all(events, at)
                if at == len(events):
                    return
            event = events[at]
            at += 1
            if isinstance(event, Message):
                self._handle(event)
            elif isinstance(event, LoggedOn):
                self._enter(event.logon)
            elif isinstance(event, Closed):
                _log.info("session_closed", kind=self._kind.value, reason=event.reason)

    def _enter(self, logon: Logon) -> None:
        assert self._key is not None, "who logs on has been authenticated"
        self._box = Box(self._key, logon, self._store, self._context.wall, self._session, self.wake)
        self._hub.enter(self._box)
        if logon.kind in ORDER_KINDS:
            arm = self._hub.owners.arm if logon.cancel_orders_on_disconnect else self._hub.owners.disarm
            arm(logon.key_id)
        if self._entry is not None:
            self._entry.serve(self._box)
        if logon.kind in ORDER_KINDS and not logon.listener_session:
            if self._entry is None:
                self._entry = OrderEntry(self._context, self._hub, self._box, self._session)
            self._entry.begin()
        elif logon.kind is SessionKind.MD and self._reader is None:
            self._reader = Reader(self._box.deliver)
        elif logon.kind is SessionKind.DC:
            if self._drop_copy is None:
                journal = self._shared.journal
                self._drop_copy = DropCopy(self._context, journal, self._box, self._session, self._drained)
            else:
                self._drop_copy.box = self._box

    def _handle(self, message: Message) -> None:
        """A business message on a session that takes no orders."""
        assert self._box is not None, "business comes behind the Logon"
        if self._reader is not None:
            self._read_market_data(self._reader, message)
        elif self._drop_copy is not None:
            self._drop_copy.receive(message)
        else:
            # Quoting: there is no RFQ engine at this venue.
            unavailable = BusinessRejectReason.APPLICATION_NOT_AVAILABLE
            self._session.business_reject(message, unavailable, "RFQ is not available", self._context.wall.now_us())

    def _read_market_data(self, reader: Reader, message: Message) -> None:
        assert self._key is not None
        if not self._context.limiter.take(self._key.member, READ, DEFAULT_COST, self._context.limits_us()):
            reason = BusinessRejectReason.RATE_LIMIT_EXCEEDED
            self._session.business_reject(message, reason, "Rate limit exceeded", self._context.wall.now_us())
        elif message.msg_type == MsgType.MARKET_DATA_REQUEST:
            self._hub.market_data.request(reader, message, self._context.clock.now_us())
        else:
            self._hub.market_data.request_status(reader, message)

    # --- writing and time ---------------------------------------------------------------------------

    def wake(self) -> None:
        """Have everything that is to be sent written at the end of this turn, in one piece."""
        if self._turn is None:
            self._turn = self._loop.call_soon(self._write)

    def _write(self) -> None:
        self._turn = None
        if not self._session.has_more_to_send:
            data = self._session.data_to_send()
        elif self._may_write.is_set():
            data = self._session.data_to_send(self._context.wall.now_us())
        else:
            # The next piece of a resend goes when the client has read those before it, whatever is new meanwhile.
            data = b""
        if self._resends:
            # What the client may have seen must be known again after a crash.
            self._hub.stores.flush()
        if data and not self._transport.is_closing():
            if self._context.chaos.fix or self._bad_line is not None:
                self._write_badly(data)
            else:
                self._transport.write(data)
        unsent = self._transport.get_write_buffer_size() + self._session.waiting_size
        if unsent > BUFFER_LIMIT and not self._session.is_closed and not self._transport.is_closing():
            self._take(self._session.terminate("slow consumer", self._context.wall.now_us()))
            self._transport.write(self._session.data_to_send())
        if self._session.is_closed:
            self._finish()
            return
        self._arm()
        if self._session.has_more_to_send and self._may_write.is_set():
            self.wake()

    def _write_badly(self, data: bytes) -> None:
        """With the faults that were ordered; once there was one, everything stays behind it."""
        if self._bad_line is None:
            self._bad_line = Pipe(self._write_now, self._transport.close)
        if not self._context.chaos.fix:
            self._bad_line.push(data)
            return
        member = 0 if self._key is None else self._key.member
        before = self._session.state
        send_badly(self._context.chaos, member, data, self._session, self._bad_line, self._context.wall.now_us())
        if self._session.state is not before:
            self.wake()  # there is a Logout to write

    def _write_now(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    async def _drained(self) -> None:
        """Have what was sent written, and wait until the client has read most of it."""
        await asyncio.sleep(0)
        await self._may_write.wait()

    def _arm(self) -> None:
        """A timer at the session's deadline; one that is set and early enough looks again when it goes off."""
        deadline = self._session.next_deadline_us
        if deadline is None or (self._timer is not None and self._timer_us <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        wait = (deadline - self._context.wall.now_us()) / 1_000_000
        self._timer_us = deadline
        self._timer = self._loop.call_later(max(wait, SHORTEST_WAIT_SECONDS), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._take(self._session.on_deadline(self._context.wall.now_us()))
        self._write()

    def shut_down(self) -> None:
        """The venue is going down."""
        self._take(self._session.terminate("the venue is shutting down", self._context.wall.now_us()))
        self._write()

    def _finish(self) -> None:
        """Close once everything is written; by force if the client does not take it, or not the end of TLS."""
        self._leave()
        if self._bad_line is None:
            self._transport.close()
        else:
            self._bad_line.hang_up()
        if self._end_timer is None:
            self._end_timer = self._loop.call_later(CLOSE_PATIENCE_SECONDS, self._transport.abort)
