"""Books, trades and trading status on KalshiMD: V and e answered, W X Y f sent (SEMANTICS H7).

A body is written once and sent to every reader of its market. Folded before the projections, so that a level's
new size is what the book holds plus what the record did to it.
"""

from collections.abc import Callable, Iterable

from exchange.projections.views import Projections
from wire.book_changes import book_changes
from wire.engine_events import MarketDetermined, MarketSettled, MarketStatusChanged, Trade
from wire.enums import BookSide, MarketStatus
from wire.event_log import LogRecord
from wire.fix.message import Message
from wire.fix.messages.market_data import (
    LevelChange,
    RequestRejectReason,
    TradePrint,
    TradingStatus,
    encode_increments,
    encode_request_reject,
    encode_security_status,
    encode_snapshot,
    read_market_data_request,
    read_security_status_request,
)
from wire.fix.tags import MsgType
from wire.units import PAYOUT

MAX_SYMBOLS = 10_000
"""Markets one session may read, and one request may name: our choice, no limit is published."""

Deliver = Callable[[str, bytes], None]

_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"

_STATUSES = {MarketStatus.ACTIVE: TradingStatus.RESUME, MarketStatus.INACTIVE: TradingStatus.HALT}


class Reader:
    """One session's subscriptions."""

    def __init__(self, deliver: Deliver) -> None:
        self.deliver = deliver
        self.books: set[str] = set()
        self.statuses: set[str] = set()


class MarketDataFeed:
    """Every session's subscriptions, and the messages for them."""

    def __init__(self, views: Projections) -> None:
        self._views = views
        self._books: dict[str, dict[Reader, None]] = {}
        self._statuses: dict[str, dict[Reader, None]] = {}

    # --- requests -----------------------------------------------------------------------------------

    def request(self, reader: Reader, message: Message, now_us: int) -> None:
        """V: snapshots, and updates from then on or no more."""
        wanted = read_market_data_request(message)
        if wanted.subscription == _UNSUBSCRIBE:
            for ticker in wanted.tickers or tuple(reader.books):
                _drop(self._books, ticker, reader)
                reader.books.discard(ticker)
            return
        if wanted.subscription not in (_SNAPSHOT, _SUBSCRIBE):
            text = f"Unsupported SubscriptionRequestType {wanted.subscription}"
            body = encode_request_reject(RequestRejectReason.UNSUPPORTED_SUBSCRIPTION_TYPE, text)
            reader.deliver(MsgType.MARKET_DATA_REQUEST_REJECT, body)
            return
        updates = wanted.subscription == _SUBSCRIBE
        if len(reader.books.union(wanted.tickers) if updates else wanted.tickers) > MAX_SYMBOLS:
            text = f"No more than {MAX_SYMBOLS} symbols"
            body = encode_request_reject(RequestRejectReason.INSUFFICIENT_BANDWIDTH, text)
            reader.deliver(MsgType.MARKET_DATA_REQUEST_REJECT, body)
            return
        for ticker in dict.fromkeys(wanted.tickers):
            reader.deliver(MsgType.MARKET_DATA_SNAPSHOT_FULL_REFRESH, self._snapshot(ticker, now_us))
            if updates:
                reader.books.add(ticker)
                self._books.setdefault(ticker, {})[reader] = None

    def request_status(self, reader: Reader, message: Message) -> None:
        """e: changes from now on, or no more; nothing is sent at once."""
        wanted = read_security_status_request(message)
        if wanted.subscription == _SUBSCRIBE:
            reader.statuses.add(wanted.ticker)
            self._statuses.setdefault(wanted.ticker, {})[reader] = None
        elif wanted.subscription == _UNSUBSCRIBE:
            reader.statuses.discard(wanted.ticker)
            _drop(self._statuses, wanted.ticker, reader)
        else:
            text = f"Unsupported SubscriptionRequestType {wanted.subscription}"
            body = encode_request_reject(RequestRejectReason.UNSUPPORTED_SUBSCRIPTION_TYPE, text)
            reader.deliver(MsgType.MARKET_DATA_REQUEST_REJECT, body)

    def leave(self, reader: Reader) -> None:
        """The session is over."""
        for ticker in reader.books:
            _drop(self._books, ticker, reader)
        for ticker in reader.statuses:
            _drop(self._statuses, ticker, reader)

    def _snapshot(self, ticker: str, now_us: int) -> bytes:
        """Best levels first, both sides in YES prices."""
        book = self._views.books.book(ticker)
        bids = reversed(book.levels("yes"))
        offers = [(PAYOUT - price, count) for price, count in reversed(book.levels("no"))]
        return encode_snapshot(ticker, bids, offers, now_us)

    # --- events -------------------------------------------------------------------------------------

    @property
    def is_idle(self) -> bool:
        """Whether nobody has subscribed to anything."""
        return not (self._books or self._statuses)

    def fold(self, record: LogRecord) -> None:
        if self._books:
            self._send_increments(record)
        if self._statuses:
            self._send_statuses(record)

    def _send_increments(self, record: LogRecord) -> None:
        changes: dict[str, list[LevelChange | TradePrint]] = {}
        for event in record.events:
            if isinstance(event, Trade) and event.ticker in self._books:
                taker = BookSide.ASK if event.maker_side is BookSide.BID else BookSide.BID
                changes.setdefault(event.ticker, []).append(TradePrint(event.price, event.count, taker))
        deltas: dict[tuple[str, BookSide, int], int] = {}
        for change in book_changes(record.events):
            if change.ticker in self._books:
                level = (change.ticker, change.side, change.price)
                deltas[level] = deltas.get(level, 0) + change.delta
        for (ticker, side, price), delta in deltas.items():
            book = self._views.books.book(ticker)
            ladder, key = (book.yes, price) if side is BookSide.BID else (book.no, PAYOUT - price)
            before = ladder.levels.get(key, 0)
            if delta:
                changes.setdefault(ticker, []).append(LevelChange(side, price, before + delta, is_new=not before))
        for ticker, entries in changes.items():
            body = encode_increments(ticker, entries, record.ts_us)
            _send(self._books[ticker], MsgType.MARKET_DATA_INCREMENTAL_REFRESH, body)

    def flush(self) -> None:
        """Connections write by themselves."""

    def _send_statuses(self, record: LogRecord) -> None:
        for event in record.events:
            status: TradingStatus | None = None
            if isinstance(event, MarketStatusChanged) and not event.scheduled:
                status = _STATUSES.get(event.new)
            elif isinstance(event, MarketDetermined):
                status = TradingStatus.DETERMINED
            elif isinstance(event, MarketSettled):
                status = TradingStatus.SETTLED
            if status is None or not isinstance(event, MarketStatusChanged | MarketDetermined | MarketSettled):
                continue
            readers = self._statuses.get(event.ticker)
            if readers is None:
                continue
            _send(readers, MsgType.SECURITY_STATUS, encode_security_status(event.ticker, status))
            if status is TradingStatus.SETTLED:
                for reader in self._statuses.pop(event.ticker):
                    reader.statuses.discard(event.ticker)


def _send(readers: Iterable[Reader], msg_type: str, body: bytes) -> None:
    for reader in readers:
        reader.deliver(msg_type, body)


def _drop(audience: dict[str, dict[Reader, None]], ticker: str, reader: Reader) -> None:
    readers = audience.get(ticker)
    if readers is not None:
        readers.pop(reader, None)
        if not readers:
            del audience[ticker]
