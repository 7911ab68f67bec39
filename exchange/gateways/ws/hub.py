"""The fan-out: every journaled record, in order, to every connection that asked for it.

    fold(record)   encode each message's shared tail once; put it behind each subscriber's own prefix
    flush()        one joined write per connection and loop turn

A tail is `,"msg":{...}}\\n`; a subscriber's prefix is `{"type":...,"sid":S,"seq":N`. Subscribers that stand at
the same sid and seq next to one another even share the frame.

Snapshots and deltas are one cut: commands are carried out synchronously, between records, from books that
have folded everything the hub has folded or more; a delta that the snapshot already holds is not sent again.

A connection that does not read is cut off, never waited for: when its transport still holds more than
`buffer_limit` bytes of earlier turns, its subscriptions end with code 25 (SEMANTICS G3, G7).
"""

from collections.abc import Iterable

from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.ws import send_badly
from exchange.gateways.context import GatewaySettings
from exchange.gateways.ws.audiences import Audience, BookAudience, Client, Outlet, Stream
from exchange.gateways.ws.channels import KINDS, PRIVATE_CHANNELS, private_messages
from exchange.gateways.ws.directory import Directory
from exchange.projections.views import Projections
from wire.accounts import member_of, subaccount_of
from wire.book_changes import BookChange, book_changes
from wire.engine_events import Trade
from wire.event_log import LogRecord
from wire.ws.channels import Subscription
from wire.ws.effects import Effect, Join, Leave, Send, SendSnapshot, SendTicker
from wire.ws.frames import text_frame
from wire.ws.lifecycle import lifecycle_msg
from wire.ws.messages import sequenced_head, tail
from wire.ws.public_feed import (
    Stamp,
    TopOfBook,
    delta_msg,
    own_delta_msg,
    snapshot_msg,
    ticker_msg,
    top_of,
    trade_msg,
)
from wire.ws.subscriptions import Session

BUFFER_LIMIT = 16 * 1024 * 1024
"""About 80,000 deltas: seconds of a very busy feed. 500 connections that stopped reading hold 8 GB at worst,
for as long as the connection's own patience lasts (protocol.py)."""


class Hub:
    """A reader in step with the projections and behind them: what it tells of a record is what they hold then."""

    def __init__(
        self,
        views: Projections,
        settings: GatewaySettings,
        buffer_limit: int = BUFFER_LIMIT,
        chaos: Chaos | None = None,
    ) -> None:
        self._views = views
        self._chaos = chaos or Chaos()
        self._settings = settings
        self._directory = Directory(views, settings.shard)
        self.buffer_limit = buffer_limit
        self._clients: set[Client] = set()
        self._dirty: list[Client] = []
        self._books: dict[str, BookAudience] = {}
        self._tickers = Audience()
        self._trades = Audience()
        self._lifecycle = Audience()
        self._private: dict[int, dict[str, Audience]] = {}
        self._tops: dict[str, TopOfBook] = {}
        """What the ticker channel last said of each market."""

    def __len__(self) -> int:
        """How many connections there are."""
        return len(self._clients)

    # --- connections --------------------------------------------------------------------------------

    def connect(self, member: int, subaccount: int | None, outlet: Outlet) -> Client:
        """A connection that has been authenticated."""
        client = Client(member, subaccount, Session(self._directory), outlet)
        self._clients.add(client)
        return client

    def receive(self, client: Client, text: str | bytes, now_us: int) -> None:
        """Take one command and carry out all of it at once; the answers go out with the next flush_client."""
        self._carry_out(client, client.session.receive(text, now_us))

    def flush_client(self, client: Client) -> None:
        """Send what a connection's own commands brought up."""
        if client.pending:
            self._dirty = [other for other in self._dirty if other is not client]
            self._write(client)

    def begin_again(self) -> None:
        """Forget every connection: what they were told is no longer so. Whoever holds them hangs them up."""
        for client in list(self._clients):
            self.disconnect(client)
        self._tops.clear()
        # A market of the same name may have another id now.
        self._directory = Directory(self._views, self._settings.shard)

    def disconnect(self, client: Client) -> None:
        """The connection is gone."""
        self._clients.discard(client)
        self._carry_out(client, client.session.close())
        client.pending.clear()

    # --- Reader, in step with the projections -------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether nobody is connected."""
        return not self._clients

    def fold(self, record: LogRecord) -> None:
        """Put a record's messages into the pending frames of everybody concerned."""
        stamp = Stamp(record.seq, record.ts_us)
        if self._books or self._tickers:
            changes = book_changes(record.events)
            for change in changes:
                audience = self._books.get(change.ticker)
                if audience is not None:
                    self._send_delta(audience, change, stamp)
            if self._tickers:
                for ticker in dict.fromkeys(change.ticker for change in changes):
                    self._send_ticker(ticker, stamp)
        if self._trades:
            for place, event in enumerate(record.events):
                if type(event) is Trade and (streams := self._trades.of(event.ticker)):
                    self._deliver(streams, tail(trade_msg(event, record.shard, place, stamp)))
        if self._lifecycle:
            for event in record.events:
                message = lifecycle_msg(event, record.shard, stamp)
                if message is not None:
                    self._send_lifecycle(message.kind, tail(message.msg))
        if self._private:
            self._send_private(record, stamp)

    def flush(self) -> None:
        """Write each connection's frames of this turn as one."""
        dirty, self._dirty = self._dirty, []
        for client in dirty:
            if client.pending:
                self._write(client)

    def _write(self, client: Client) -> None:
        outlet = client.outlet
        slow = outlet.unsent() > self.buffer_limit and bool(client.session.subscriptions)
        if slow:
            # What is pending still goes out, so that every stream is whole up to its end.
            self._carry_out(client, client.session.overflow())
        if self._chaos.ws:
            send_badly(self._chaos, client.member, client.pending, outlet.bad_line())
        else:
            outlet.write(b"".join(client.pending))
        client.pending.clear()
        if slow:
            outlet.overflowed()

    # --- effects of commands ------------------------------------------------------------------------

    def _carry_out(self, client: Client, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(text):
                    self._append(client, text)
                case Join(subscription, tickers):
                    self._join(client, subscription, tickers)
                case Leave(subscription, tickers):
                    self._leave(client, subscription, tickers)
                case SendSnapshot():
                    self._append(client, self._snapshot(effect))
                case SendTicker(subscription, ticker):
                    stream = client.streams[subscription.sid]
                    stamp = Stamp(self._views.seq, self._views.ts_us)
                    for name in self._existing(None if ticker is None else (ticker,)):
                        top = top_of(self._views.books.book(name))
                        msg = ticker_msg(self._directory.header(name), top, stamp)
                        self._append(client, stream.head + tail(msg))

    def _append(self, client: Client, text: bytes) -> None:
        if not client.pending:
            self._dirty.append(client)
        client.pending.append(text_frame(text))

    def _snapshot(self, wanted: SendSnapshot) -> bytes:
        subscription = wanted.subscription
        book = self._views.books.book(wanted.ticker)
        msg = snapshot_msg(
            self._directory.header(wanted.ticker),
            book.clock,
            book.levels("yes"),
            book.levels("no"),
            yes_price=subscription.use_yes_price,
            empty_sides=self._settings.empty_side_in_snapshot,
        )
        command = b'"id":%d,' % wanted.command_id if wanted.command_id else b""
        prefix = b'{"type":"orderbook_snapshot",%b"sid":%d,"seq":%d' % (command, subscription.sid, wanted.seq)
        return prefix + tail(msg)

    def _join(self, client: Client, subscription: Subscription, tickers: tuple[str, ...] | None) -> None:
        name = subscription.channel.name
        stream = client.streams.get(subscription.sid)
        if stream is None:
            stream = client.streams[subscription.sid] = Stream(client, subscription, KINDS.get(name, name))
        if name == "orderbook_delta":
            for ticker in tickers or ():
                self._books.setdefault(ticker, BookAudience()).join(stream, self._views.seq)
        elif (audience := self._audience(client, name)) is not None:
            audience.join(stream, tickers)
            if name == "ticker":
                self._note_tops(tickers)

    def _leave(self, client: Client, subscription: Subscription, tickers: tuple[str, ...] | None) -> None:
        name = subscription.channel.name
        stream = client.streams.get(subscription.sid)
        if stream is None:
            return
        if name == "orderbook_delta":
            for ticker in subscription.markets or () if tickers is None else tickers:
                audience = self._books.get(ticker)
                if audience is not None:
                    audience.leave(stream)
                    if not audience:
                        del self._books[ticker]
        elif (others := self._audience(client, name)) is not None:
            others.leave(stream, tickers)
        if tickers is None:
            del client.streams[subscription.sid]
            if not any(self._private.get(client.member, {}).values()):
                self._private.pop(client.member, None)

    def _audience(self, client: Client, channel: str) -> Audience | None:
        """None for the channels on which this venue has nothing to say."""
        if channel in PRIVATE_CHANNELS:
            mine = self._private.setdefault(client.member, {name: Audience() for name in PRIVATE_CHANNELS})
            return mine[channel]
        public = {"ticker": self._tickers, "trade": self._trades, "market_lifecycle_v2": self._lifecycle}
        return public.get(channel)

    def _note_tops(self, tickers: tuple[str, ...] | None) -> None:
        """A ticker is due at the next change, not for what was there when the first listener came."""
        if tickers is None:
            self._tops = {ticker: top_of(book) for ticker, book in self._views.books}
        else:
            self._tops.update({name: top_of(self._views.books.book(name)) for name in self._existing(tickers)})

    def _existing(self, tickers: tuple[str, ...] | None) -> Iterable[str]:
        """Those of the markets somebody asked for that there are; None = all."""
        markets = self._views.catalogue.markets
        return markets if tickers is None else [ticker for ticker in tickers if ticker in markets]

    # --- messages to their audiences ----------------------------------------------------------------

    def _send_delta(self, audience: BookAudience, change: BookChange, stamp: Stamp) -> None:
        header = self._directory.header(change.ticker)
        fresh = stamp.clock > audience.since
        has_own = member_of(change.cause_account) in audience.members
        for streams, yes_price in ((audience.no_priced, False), (audience.yes_priced, True)):
            if streams:
                msg = delta_msg(header, change, stamp, yes_price=yes_price)
                readers = streams if fresh else [stream for stream, since in streams.items() if stamp.clock > since]
                if has_own:
                    self._deliver_own(readers, change, msg)
                else:
                    self._deliver(readers, tail(msg))

    def _deliver_own(self, streams: Iterable[Stream], change: BookChange, msg: bytes) -> None:
        """A change that some of the readers caused: those see their own order's id (SEMANTICS G4)."""
        order = self._views.orders.get(change.cause_order)
        account = change.cause_account
        own = own_delta_msg(msg, order.client_order_id if order is not None else "", subaccount_of(account))
        streams = list(streams)
        self._deliver([stream for stream in streams if stream.client.may_see(account)], tail(own))
        self._deliver([stream for stream in streams if not stream.client.may_see(account)], tail(msg))

    def _send_ticker(self, ticker: str, stamp: Stamp) -> None:
        """One message per record and market, if anything the ticker shows has changed."""
        streams = self._tickers.of(ticker)
        if not streams:
            return
        top = top_of(self._views.books.book(ticker))
        if self._tops.get(ticker) != top:
            self._tops[ticker] = top
            self._deliver_unsequenced(streams, tail(ticker_msg(self._directory.header(ticker), top, stamp)))

    def _send_lifecycle(self, kind: str, shared: bytes) -> None:
        for stream in self._lifecycle.of(None):
            subscription = stream.subscription
            prefix = sequenced_head(kind, subscription.sid)
            self._append(stream.client, b"%b%d%b" % (prefix, subscription.next_seq(), shared))

    def _send_private(self, record: LogRecord, stamp: Stamp) -> None:
        for message in private_messages(record, stamp, self._views, self._private):
            audience = self._private[member_of(message.account)][message.channel]
            streams = [stream for stream in audience.of(message.ticker) if stream.client.may_see(message.account)]
            if message.channel == "order_group_updates":
                self._deliver(streams, tail(message.msg))
            else:
                self._deliver_unsequenced(streams, tail(message.msg))

    def _deliver(self, streams: Iterable[Stream], shared: bytes) -> None:
        """The hot loop: one pass over the readers of a sequenced message."""
        dirty = self._dirty
        last_head, last_seq, frame = b"", 0, b""
        for stream in streams:
            subscription = stream.subscription
            subscription.seq = seq = subscription.seq + 1
            prefix = stream.head
            if seq != last_seq or prefix != last_head:
                frame = text_frame(b"%b%d%b" % (prefix, seq, shared))
                last_head, last_seq = prefix, seq
            pending = stream.pending
            if not pending:
                dirty.append(stream.client)
            pending.append(frame)

    def _deliver_unsequenced(self, streams: Iterable[Stream], shared: bytes) -> None:
        for stream in streams:
            self._append(stream.client, stream.head + shared)
