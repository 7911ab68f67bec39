"""The fan-out: each record's updates, in order, to every reader that asked for them.

    offer(updates)   encode each message once for everybody who listens to it
    flush()          frame it once, and one joined write per reader: at the end of a batch, or of TURN_BYTES

Behind every (snapshot_every - 1)-th change of a book its snapshot is sent too: of so many consecutive messages
about a book one is a snapshot, so that a reader that joined in the middle of a recording, or lost its place,
finds it again without asking. What slow readers miss is in reader.py.
"""

from collections.abc import Callable, Iterable

from market_data import messages
from market_data.board import Board, Market
from market_data.latency import Latency
from market_data.reader import CHANNELS, Channel, Reader
from market_data.updates import AnyUpdate, LevelChanged, Listed, Traded
from wire.ws.public_feed import Stamp, TopOfBook, top_of

FACTS_AT_ONCE = 200
"""Written to a reader that catches up before we look whether it takes them."""

TURN_BYTES = 65_536
"""Of messages are a turn of their own: it is what a reader may hold beyond its buffer limit."""

TOO_SLOW = "too slow: come again for a fresh snapshot"


class _Waiting:
    """The messages of one channel about one market in this turn: bodies, and when each happened and was folded."""

    __slots__ = ("bodies", "deltas", "snapshots", "times")

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.times: list[tuple[int, int]] = []
        self.deltas = 0
        self.snapshots = 0


class Figures:
    """What was sent since the start, counted per reader that it was sent to."""

    def __init__(self) -> None:
        self.deltas = 0
        self.snapshots = 0
        self.messages = 0
        self.skipped = 0
        """Changes that slow readers were sent a snapshot in place of."""
        self.too_slow = 0
        """Readers that were cut off."""
        self.engine_to_publish = Latency()
        self.publish_to_send = Latency()
        self.engine_to_send = Latency()

    @property
    def delta_ratio(self) -> float:
        """Deltas among deltas and snapshots; 0 before the first."""
        books = self.deltas + self.snapshots
        return self.deltas / books if books else 0.0


class Broadcast:
    """Readers of one board. All of it runs between two turns of the loop."""

    def __init__(self, board: Board, clock_us: Callable[[], int], snapshot_every: int) -> None:
        """`snapshot_every` 0 is never, else at least 2."""
        self.board = board
        self.figures = Figures()
        self._clock_us = clock_us
        self._period = snapshot_every - 1
        self._readers: set[Reader] = set()
        self._everything: dict[Channel, dict[Reader, None]] = {channel: {} for channel in CHANNELS}
        self._of: dict[tuple[Channel, str], dict[Reader, None]] = {}
        self._waiting: dict[tuple[Channel, str], _Waiting] = {}
        self._waiting_bytes = 0
        self._touched: dict[str, tuple[int, int]] = {}
        """Markets whose ticker may have changed in this turn, with the times of the last update."""
        self._tops: dict[str, TopOfBook] = {}
        """What was last said of each market on `top`."""

    def __len__(self) -> int:
        return len(self._readers)

    @property
    def behind(self) -> int:
        """Readers that are not keeping up at this moment."""
        return sum(reader.behind for reader in self._readers)

    @property
    def unsent_bytes(self) -> int:
        """In all sockets' buffers."""
        return sum(reader.outlet.unsent() for reader in self._readers)

    # --- readers ------------------------------------------------------------------------------------

    def join(self, reader: Reader) -> None:
        self._readers.add(reader)

    def leave(self, reader: Reader) -> None:
        self._readers.discard(reader)
        self.unsubscribe(reader, CHANNELS, None)
        reader.forget()

    def subscribe(self, reader: Reader, channels: Iterable[Channel], tickers: Iterable[str] | None) -> None:
        """From now on, and from a snapshot of what is: nothing is missing in between. None is every market."""
        for channel in channels:
            wanted = reader.wants.setdefault(channel, set())
            if tickers is None or wanted is None:
                self._drop(reader, channel)
                reader.wants[channel] = None
                self._everything[channel][reader] = None
                fresh: Iterable[str] = self.board.markets
            else:
                fresh = [ticker for ticker in tickers if ticker not in wanted]
                wanted.update(fresh)
                for ticker in fresh:
                    self._of.setdefault((channel, ticker), {})[reader] = None
            if channel in ("book", "top"):
                for ticker in fresh:
                    reader.stale.setdefault((channel, ticker), 0)
        self._catch_up(reader)

    def unsubscribe(self, reader: Reader, channels: Iterable[Channel], tickers: Iterable[str] | None) -> None:
        """None ends the channels whole. A reader of every market cannot leave single ones."""
        for channel in channels:
            wanted = reader.wants.get(channel, set())
            if tickers is None:
                self._drop(reader, channel)
                reader.wants.pop(channel, None)
                continue
            if wanted is not None:
                for ticker in tickers:
                    wanted.discard(ticker)
                    self._drop_one(reader, channel, ticker)

    def drained(self, reader: Reader) -> None:
        """Its socket has taken what it held: send what it missed."""
        reader.behind = False
        self._catch_up(reader)

    def begin(self, board: Board) -> None:
        """The state was built anew: everybody gets it from the beginning."""
        self.board = board
        self._waiting.clear()
        self._waiting_bytes = 0
        self._touched.clear()
        self._tops.clear()
        for reader in list(self._readers):
            for channel in ("book", "top"):
                wanted: Iterable[str] = reader.wants.get(channel, set()) or ()
                if reader.wants.get(channel, set()) is None:
                    wanted = board.markets
                for ticker in wanted:
                    reader.stale.setdefault((channel, ticker), 0)
            self._catch_up(reader)

    def resend(self, ticker: str) -> None:
        """A market's state was read anew: its readers get it whole."""
        for channel in ("book", "top"):
            for reader in self._audience(channel, ticker):
                reader.stale.setdefault((channel, ticker), 0)
                self._catch_up(reader)

    def say(self, body: bytes) -> None:
        """To everybody, whatever they asked for; those who are behind get it when they have drained."""
        now = self._clock_us()
        for reader in self._readers:
            if reader.behind:
                reader.facts.append(body)
            else:
                reader.outlet.write(messages.framed(body, now))

    # --- the feed -----------------------------------------------------------------------------------

    def offer(self, updates: Iterable[AnyUpdate]) -> None:
        """The updates of one record, already in the board."""
        stamp: Stamp | None = None
        books: dict[str, int] = {}
        for update in updates:
            ticker = update.ticker
            market = self.board.markets[ticker]
            if isinstance(update, LevelChanged):
                if self._heard("book", ticker):
                    stamp = stamp or Stamp(update.seq, update.ts_us)
                    body = messages.delta(market, update, stamp)
                    self._add("book", ticker, body, update.ts_us, update.publish_us).deltas += 1
                    books.setdefault(ticker, update.n - 1)
                self._touched[ticker] = (update.ts_us, update.publish_us)
            elif isinstance(update, Traded):
                if self._heard("trade", ticker):
                    self._add("trade", ticker, messages.trade(update), update.ts_us, update.publish_us)
                self._touched[ticker] = (update.ts_us, update.publish_us)
            else:
                self._listed(market, update)
        if self._period > 0:
            for ticker, before in books.items():
                market = self.board.markets[ticker]
                if market.n // self._period != before // self._period:
                    self._snapshot(market, self._clock_us())
        if self._waiting_bytes > TURN_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send each reader this turn's messages as one write."""
        now = self._clock_us()
        self._add_tops()
        if not self._waiting:
            return
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        dirty: dict[Reader, None] = {}
        for (channel, ticker), one in waiting.items():
            self._time(one, now)
            chunk = b"".join([messages.framed(body, now) for body in one.bodies])
            sent = 0
            for reader in self._audience(channel, ticker):
                if not reader.behind:
                    reader.pending.append(chunk)
                    dirty[reader] = None
                    sent += 1
                elif not reader.skip(channel, ticker, one.bodies, one.deltas):
                    self._give_up(reader)
            self.figures.deltas += one.deltas * sent
            self.figures.snapshots += one.snapshots * sent
            self.figures.messages += len(one.bodies) * sent
        for reader in dirty:
            reader.outlet.write(b"".join(reader.pending))
            reader.pending.clear()

    # --- parts --------------------------------------------------------------------------------------

    def _listed(self, market: Market, update: Listed) -> None:
        ticker = update.ticker
        if self._heard("market", ticker):
            self._add("market", ticker, messages.listed(update), update.ts_us, update.publish_us)
        if not market.n and self._heard("book", ticker):
            self._snapshot(market, update.publish_us)  # a reader of every market meets a new one

    def _snapshot(self, market: Market, publish_us: int) -> None:
        body = messages.snapshot(market, publish_us)
        self._add("book", market.ticker, body, market.ts_us, publish_us).snapshots += 1

    def _add_tops(self) -> None:
        touched, self._touched = self._touched, {}
        for ticker, (engine_us, publish_us) in touched.items():
            if self._heard("top", ticker):
                market = self.board.markets[ticker]
                top = top_of(market)
                if self._tops.get(ticker) != top:
                    self._tops[ticker] = top
                    self._add("top", ticker, messages.top(market, publish_us), engine_us, publish_us)

    def _time(self, one: _Waiting, now: int) -> None:
        figures = self.figures
        for engine_us, publish_us in one.times:
            figures.engine_to_publish.add(publish_us - engine_us)
            figures.publish_to_send.add(now - publish_us)
            figures.engine_to_send.add(now - engine_us)

    def _catch_up(self, reader: Reader) -> None:
        """Facts in their order, then whatever is stale as it is now; stops when the socket is full again."""
        while reader.facts and not reader.behind:
            now = self._clock_us()
            some = [reader.facts.popleft() for _ in range(min(FACTS_AT_ONCE, len(reader.facts)))]
            self.figures.messages += len(some)
            reader.outlet.write(b"".join([messages.framed(body, now) for body in some]))
        while reader.stale and not reader.behind:
            name = next(iter(reader.stale))
            skipped = reader.stale.pop(name)
            market = self.board.markets.get(name[1])
            if market is None or not self._wants(reader, *name):
                continue
            now = self._clock_us()
            if name[0] == "book":
                body = messages.snapshot(market, now, skipped)
                self.figures.snapshots += 1
                self.figures.skipped += skipped
            else:
                body = messages.top(market, now)
            self.figures.messages += 1
            reader.outlet.write(messages.framed(body, now))

    def _give_up(self, reader: Reader) -> None:
        self.figures.too_slow += 1
        reader.outlet.give_up(TOO_SLOW)

    def _wants(self, reader: Reader, channel: Channel, ticker: str) -> bool:
        wanted = reader.wants.get(channel, set())
        return wanted is None or ticker in wanted

    def _heard(self, channel: Channel, ticker: str) -> bool:
        return bool(self._everything[channel]) or (channel, ticker) in self._of

    def _audience(self, channel: Channel, ticker: str) -> list[Reader]:
        return [*self._everything[channel], *self._of.get((channel, ticker), ())]

    def _add(self, channel: Channel, ticker: str, body: bytes, engine_us: int, publish_us: int) -> _Waiting:
        name = (channel, ticker)
        if (waiting := self._waiting.get(name)) is None:
            waiting = self._waiting[name] = _Waiting()
        waiting.bodies.append(body)
        waiting.times.append((engine_us, publish_us))
        self._waiting_bytes += len(body)
        return waiting

    def _drop(self, reader: Reader, channel: Channel) -> None:
        self._everything[channel].pop(reader, None)
        for ticker in reader.wants.get(channel) or ():
            self._drop_one(reader, channel, ticker)

    def _drop_one(self, reader: Reader, channel: Channel, ticker: str) -> None:
        readers = self._of.get((channel, ticker))
        if readers is not None:
            readers.pop(reader, None)
            if not readers:
                del self._of[channel, ticker]
