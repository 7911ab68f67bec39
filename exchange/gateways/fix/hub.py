"""Who hears of what on FIX: every record, in order, to the sessions of the members it concerns.

A Box is one session as the venue sees it, connected or not: on RT and PT what happens while the client is away
goes into the session's store, to be sent again. A Desk is what a member's sessions share: which order a ClOrdID
names, and which cancels are on their way.

An EventSink that stands before the projections, which therefore hold every order as it was before the batch. It goes
through a batch three times: what happened to whose order is read, then written for each session, then sent. That way
the code of each step stays in the processor's cache; all three together would not fit.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec
import structlog

from exchange.gateways.auth import ApiKey, KeyRing
from exchange.gateways.context import VenueContext
from exchange.gateways.fix.client import Client
from exchange.gateways.fix.facts import CANCELED, NEW, REPLACED, OrderFacts, Report, facts_of
from exchange.gateways.fix.market_data import MarketDataFeed
from exchange.gateways.fix.past import Past, TooOld, read_past
from exchange.gateways.fix.rendering import render
from exchange.gateways.fix.reports import RecordReader
from exchange.gateways.fix.settlement import settlement_pages
from exchange.ports import Clock
from exchange.projections.views import Projections
from wire.accounts import member_of, subaccount_of
from wire.engine_events import OrderAccepted
from wire.enums import OrderStatus
from wire.event_log import LogRecord
from wire.fix.logon import Logon
from wire.fix.profiles import PROFILES, SessionKind
from wire.fix.session import EXPIRE_EVERY, STORE_UNAVAILABLE, Session
from wire.fix.store import MessageStore
from wire.fix.tags import MsgType

_log = structlog.get_logger("fix")

ORDER_KINDS: Final = frozenset({SessionKind.NR, SessionKind.RT})
SETTLEMENT_KINDS: Final = frozenset({SessionKind.PT, SessionKind.RT})

_EXECUTION_REPORT: Final = MsgType.EXECUTION_REPORT

MAX_ENDED: Final = 200_000
"""Orders of a member that have ended whose ClOrdID is still known."""


class Stores(Protocol):
    """Where the sessions that resend keep their numbers and messages."""

    def open(self, key_id: str, kind: SessionKind) -> MessageStore:
        """The store of a session, the same one as long as the venue runs. Raises OSError."""
        ...

    def flush(self) -> None:
        """Everything counted so far survives the end of the process."""
        ...

    def telling(self, seq: int) -> None:
        """What is kept from now on tells of this record of the journal; 0 = of none."""
        ...

    def remember(self, logon: Logon) -> None:
        """What the session asked for, so that it is served while it is away, and after a restart."""
        ...

    def remembered(self) -> list[Logon]:
        """The last logon of every session with a store."""
        ...


class Owners(Protocol):
    """Which API key placed which order by FIX (mass cancel, cancel on disconnect); survives a restart."""

    owner: dict[int, str]
    """API key by order: of those that rest, and of some that no longer do."""
    armed: set[str]
    """Keys whose resting orders go with their connection."""

    def expect(self, member: int, client_order_id: str, key_id: str) -> None:
        """A key is about to place an order."""
        ...

    def place(self, member: int, client_order_id: str, order_id: int) -> None:
        """An order was accepted; it belongs to who expected it, to nobody if nobody did."""
        ...

    def refuse(self, member: int, client_order_id: str) -> None:
        """The order that was expected will not come."""
        ...

    def end(self, order_id: int) -> None:
        """The order no longer rests."""
        ...

    def own(self, order_id: int, key_id: str) -> None:
        """The order is this key's, whoever expected one of that name."""
        ...

    def disown(self, order_id: int, key_id: str) -> None:
        """The order is not this key's, which only expected one of that name."""
        ...

    def arm(self, key_id: str) -> None: ...

    def disarm(self, key_id: str) -> None: ...

    def settle(self, rests: Callable[[int], bool]) -> None:
        """After a restart has caught up: no order is on its way, and only those that rest have an owner."""
        ...

    def flush(self) -> None:
        """Everything noted so far survives the end of the process."""
        ...


class Box:
    """One session: who, with which flags, and how to reach it. `session` is None after a restart."""

    def __init__(
        self,
        key: ApiKey,
        logon: Logon,
        store: MessageStore,
        clock: Clock,
        session: Session | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self.key = key
        self.logon = logon
        self.client = Client(key, logon)
        self.session = session
        self.hears_orders = logon.kind in ORDER_KINDS
        self.resends = PROFILES[logon.kind].resends
        self._store = store
        self._clock = clock
        self._wake = wake

    def sees(self, account: int) -> bool:
        """Whether the session's key may know of an account's doings."""
        client = self.client
        return member_of(account) == client.member and (
            client.subaccount is None or client.subaccount == subaccount_of(account)
        )

    @property
    def is_away(self) -> bool:
        return self.session is None or self.session.is_closed

    def deliver(self, msg_type: str, body: bytes) -> None:
        """Send it, or keep it for the next connection. Never raises, since a reader of the log must not."""
        self.put(msg_type, body, self._clock.now_us())
        self._wake()

    def put(self, msg_type: str, body: bytes, now_us: int) -> None:
        """The same for who knows the time already, and wakes the connection.

        A store that cannot be written ends the session: what is sent must be there to be sent again.
        """
        try:
            if self.session is not None:
                self.session.send(msg_type, body, now_us)
            elif self._store.append(msg_type, body, now_us) % EXPIRE_EVERY == 0:
                self._store.expire(now_us - self.logon.retention_us)
        except OSError as error:
            _log.error("fix_message_lost", key_id=self.key.key_id, msg_type=msg_type, error=str(error))
            if self.session is not None:
                self.session.terminate(STORE_UNAVAILABLE, self._clock.now_us())

    def wake(self) -> None:
        """Something was sent past `deliver`: have it written in this turn."""
        self._wake()


Letter = tuple[Box, str, bytes, int]
"""To whom, MsgType, body, and which record of the log it tells of."""


class Desk:
    """One member's side of the gateway."""

    def __init__(self, member: int, views: Projections) -> None:
        self.boxes: dict[tuple[str, SessionKind], Box] = {}
        self.cancels: dict[int, str] = {}
        """ClOrdID of the cancel request on its way, by order."""
        self._ids: dict[str, int] = {
            order.client_order_id: order.order_id
            for order in sorted(views.orders.resting(member), key=lambda order: order.order_id)
            if order.client_order_id
        }
        self._ended: deque[str] = deque()

    def order_named(self, client_order_id: str) -> int | None:
        """The order whose ClOrdID this is, resting or ended lately."""
        return self._ids.get(client_order_id)

    def note(self, report: Report) -> None:
        """Keep what later requests refer to."""
        order, old = report.order, report.original_client_order_id
        kind = report.kind
        if kind is NEW or (kind is REPLACED and old != order.client_order_id):
            if old:
                self._ids.pop(old, None)
            if order.client_order_id:
                self._ids[order.client_order_id] = order.order_id
        if not order.remaining:
            name = old if kind is CANCELED else order.client_order_id
            self._ended.append(name)
            if len(self._ended) > MAX_ENDED:
                self._ids.pop(self._ended.popleft(), None)


class Hub:
    """An EventSink; see above."""

    def __init__(self, context: VenueContext, stores: Stores, owners: Owners) -> None:
        self.market_data = MarketDataFeed(context.views)
        self.stores = stores
        self.owners = owners
        self._place, self._end = owners.place, owners.end
        self.is_over = False
        """The doors are closed: nothing is asked of this venue any more."""
        self.waiting = 0
        """How many requests wait for the answer to another one before they are put in line."""
        self._views = context.views
        self._clock = context.wall
        self._news: list[Report | LogRecord] = []
        """What is to be told at the end of the batch: reports, and records that settle markets."""
        self._shard = context.settings.shard
        self._desks: dict[int, Desk] = {}
        self._reader = RecordReader(self._desks, self._order_before, self._cancel_id)
        self._expect_back(context.keys)

    def _expect_back(self, keys: KeyRing) -> None:
        """After a restart: sessions that resend are served before they log on again."""
        for logon in self.stores.remembered():
            key = keys.get(logon.key_id)
            if key is not None:
                store = self.stores.open(logon.key_id, logon.kind)
                self.desk(key.member).boxes[logon.key_id, logon.kind] = Box(key, logon, store, self._clock)

    def desk(self, member: int) -> Desk:
        """The member's desk; from its first logon on it hears of every order."""
        desk = self._desks.get(member)
        if desk is None:
            desk = self._desks[member] = Desk(member, self._views)
        return desk

    def enter(self, box: Box) -> None:
        """A session has logged on, or again with other flags."""
        self.desk(box.key.member).boxes[box.key.key_id, box.logon.kind] = box
        if box.resends:
            self.stores.remember(msgspec.structs.replace(box.logon, signature="", signed_text=""))

    def leave(self, box: Box) -> None:
        """Its connection is gone. Sessions that resend go on being served."""
        if not box.resends:
            boxes = self.desk(box.key.member).boxes
            place = (box.key.key_id, box.logon.kind)
            if boxes.get(place) is box:
                del boxes[place]

    def is_away(self, key: ApiKey) -> bool:
        """Whether the key has no connection."""
        return all(box.is_away for box in self.desk(key.member).boxes.values() if box.key.key_id == key.key_id)

    def rests(self, order_id: int) -> bool:
        """Whether an order stands in the book by now."""
        order = self._views.orders.get(order_id)
        return order is not None and order.status is OrderStatus.RESTING

    def resting_of(self, key: ApiKey) -> list[tuple[int, int]]:
        """(account, order id) of the key's own orders that rest, oldest first."""
        owner = self.owners.owner
        resting = (order for order in self._views.orders.resting(key.member) if owner.get(order.order_id) == key.key_id)
        return sorted((order.account, order.order_id) for order in resting)

    # --- a start --------------------------------------------------------------------------------------

    def catch_up(self, journal: Past, told: int) -> list[tuple[int, int]]:
        """Tell the sessions that resend what the venue did not come to tell before it ended, and learn whose is what.

        `told` is the seq up to which everybody was told. Returns (account, order id) of the orders that go because
        their session was cut off with the venue. Raises what the journal raises.
        """
        first = max(told + 1, journal.first_seq())
        try:
            for record, reports in read_past(journal, self._shard, self._desks, first, self._views.seq):
                if record is not None:
                    self._tell_again(record, reports)
        except TooOld:
            first = self._views.seq
        if first > told + 1:
            _log.error("fix_reports_lost", after=told, before=first)
        self.stores.flush()
        orders = self._views.orders
        self.owners.settle(self.rests)
        owner, armed = self.owners.owner, self.owners.armed
        found = [orders.get(order_id) for order_id, key_id in owner.items() if key_id in armed]
        return sorted((order.account, order.order_id) for order in found if order is not None)

    def _tell_again(self, record: LogRecord, reports: list[Report]) -> None:
        for event in record.events:
            if isinstance(event, OrderAccepted):
                self.owners.place(member_of(event.account), event.client_order_id, event.order_id)
        self._send(self._write([*reports, record]))

    # --- EventSink ----------------------------------------------------------------------------------

    def fold(self, records: Sequence[LogRecord]) -> None:
        """Read what they did; everybody concerned is told at the end of the batch."""
        if not self._desks:
            return
        reader = self._reader
        for record in records:
            if reader.read(record):
                # It settles a market, behind what it did to orders.
                self._note(reader.take())
                self._news.append(record)
        self._note(reader.take())

    def flush(self) -> None:
        """Tell. What is kept for sessions that are away is on its way to the disk; connections write by themselves."""
        if self._news:
            news, self._news = self._news, []
            self._send(self._write(news))
        # What comes next finds its orders in the projections, which hold them by now.
        self._reader.begin()
        self.stores.flush()
        self.owners.flush()

    def _note(self, reports: list[Report]) -> None:
        """Keep what later requests refer to, and the reports."""
        for report in reports:
            order, kind = report.order, report.kind
            member = member_of(order.account)
            self._desks[member].note(report)
            if kind is NEW:
                self._place(member, order.client_order_id, order.order_id)
            elif not order.remaining:
                self._end(order.order_id)
        self._news += reports

    def _write(self, news: Sequence[Report | LogRecord]) -> list[Letter]:
        """What there is to tell, to everybody who may know of it."""
        letters: list[Letter] = []
        for told in news:
            if isinstance(told, Report):
                account = told.account
                for box in self._desks[member_of(account)].boxes.values():
                    if box.hears_orders and box.sees(account):
                        body = render(told, self._shard, box.client)
                        if body is not None:
                            letters.append((box, _EXECUTION_REPORT, body, told.seq))
            else:
                letters += self._settlements(told)
        return letters

    def _settlements(self, record: LogRecord) -> list[Letter]:
        pages = settlement_pages(record)
        if pages is None:
            return []
        return [
            (box, MsgType.MARKET_SETTLEMENT_REPORT, body, record.seq)
            for desk in self._desks.values()
            for box in desk.boxes.values()
            if box.logon.kind in SETTLEMENT_KINDS and box.logon.receive_settlement_reports
            for body in pages(box.sees)
        ]

    def _send(self, letters: Sequence[Letter]) -> None:
        """In the order of the log, and all at one time: it leaves together."""
        now_us = self._clock.now_us()
        record = 0
        last: Box | None = None
        for box, msg_type, body, seq in letters:
            if box.resends and seq != record:
                self.stores.telling(seq)
                record = seq
            if box is not last:
                box.wake()
                last = box
            box.put(msg_type, body, now_us)
        if record:
            self.stores.telling(0)

    def _order_before(self, order_id: int) -> OrderFacts:
        order = self._views.orders.get(order_id)
        assert order is not None, "an event names an order that is known"
        return facts_of(order)

    def _cancel_id(self, order_id: int) -> str:
        for desk in self._desks.values():
            name = desk.cancels.get(order_id)
            if name is not None:
                return name
        return ""
