"""Order-level books from engine events, and nothing else.

Knows what an event says about a book (wire/engine_events.py) and holds it to that: an event that speaks of an
order or a remainder that is not there breaks the books, loudly. Knows no rule of matching: who trades with whom is
the engine's business, and the rebuilt book is only worth something because it does not ask.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from wire.books_text import BooksImage, image, order_line
from wire.engine_events import (
    EngineEvent,
    MarketCloseChanged,
    MarketCreated,
    MarketStatusChanged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    PriceGridChanged,
    Trade,
)
from wire.enums import BookSide, MarketStatus
from wire.event_log import LogError, LogGap, LogRecord

_BID = BookSide.BID


class BookBroken(LogError):
    """An event does not fit the books: a record is wrong, or was folded wrongly."""


class RestingOrder:
    """One order at its place in the queue. `price` is the YES price."""

    __slots__ = ("account", "order_id", "price", "remaining", "side", "ticker")

    def __init__(self, order_id: int, account: int, ticker: str, side: BookSide, price: int, remaining: int) -> None:
        self.order_id = order_id
        self.account = account
        self.ticker = ticker
        self.side = side
        self.price = price
        self.remaining = remaining


class Level:
    """The orders at one price, oldest first, and what they add up to."""

    __slots__ = ("orders", "total")

    def __init__(self) -> None:
        self.orders: dict[int, RestingOrder] = {}
        self.total = 0


class Change(NamedTuple):
    """A level grew or shrank by `delta` to `total`."""

    ticker: str
    side: BookSide
    price: int
    delta: int
    total: int
    seq: int
    ts_us: int


class OrderBook:
    """One market. `seq` and `ts_us` are of the last change of a level, 0 before the first."""

    __slots__ = ("asks", "bids", "last_count", "last_price", "listed_seq", "listing", "seq", "ticker", "ts_us")

    def __init__(self, listing: MarketCreated, listed_seq: int) -> None:
        self.ticker = listing.ticker
        self.listing = listing
        """How the market was created, with the status, close time and price grid it has now."""
        self.listed_seq = listed_seq
        """When any of that changed last."""
        self.bids: dict[int, Level] = {}
        self.asks: dict[int, Level] = {}
        self.seq = 0
        self.ts_us = 0
        self.last_price = 0
        self.last_count = 0
        """Of the last trade; both 0 before the first."""

    @property
    def status(self) -> MarketStatus:
        return self.listing.status

    def side(self, side: BookSide) -> dict[int, Level]:
        return self.bids if side is _BID else self.asks

    def best(self, side: BookSide) -> tuple[int, Level] | None:
        """The price nearest to the other side, and its level."""
        levels = self.side(side)
        if not levels:
            return None
        price = max(levels) if side is _BID else min(levels)
        return price, levels[price]

    def levels(self, side: BookSide) -> Iterator[tuple[int, Level]]:
        """From the best price to the worst."""
        levels = self.side(side)
        for price in sorted(levels, reverse=side is _BID):
            yield price, levels[price]

    def orders(self) -> Iterator[RestingOrder]:
        """Bids then asks, best price first, oldest first."""
        for side in (BookSide.BID, BookSide.ASK):
            for _, level in self.levels(side):
                yield from level.orders.values()


class _BookImage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    listing: MarketCreated
    listed_seq: int
    seq: int
    ts_us: int
    last_price: int
    last_count: int
    orders: list[tuple[int, int, BookSide, int, int]]


class BooksState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All books of a shard after `seq`, as they are stored."""

    shard: int
    seq: int
    ts_us: int
    books: list[_BookImage]


class Books:
    """Every market of one shard. `fold` each record in turn."""

    def __init__(self, shard: int = 0) -> None:
        self.shard = shard
        self.seq = 0
        self.ts_us = 0
        self.duplicates = 0
        """Records that came again and were dropped."""
        self.changes: list[Change] | None = None
        """Give it a list to have every change of a level noted there."""
        self._books: dict[str, OrderBook] = {}
        self._orders: dict[int, RestingOrder] = {}
        self._handlers: dict[type[EngineEvent], Callable[[Any], None]] = {
            MarketCreated: self._market_created,
            MarketStatusChanged: self._status_changed,
            MarketCloseChanged: self._close_changed,
            PriceGridChanged: self._grid_changed,
            OrderAccepted: self._accepted,
            OrderAmended: self._amended,
            OrderCanceled: self._canceled,
            OrderDecreased: self._decreased,
            Trade: self._traded,
        }

    def fold(self, record: LogRecord) -> bool:
        """Take the next record; False for one seen before. Raises LogGap, BookBroken."""
        seq = record.seq
        if seq != self.seq + 1:
            if seq <= self.seq:
                self.duplicates += 1
                return False
            raise LogGap(self.seq + 1, seq)
        self.seq = seq
        self.ts_us = record.ts_us
        handlers = self._handlers
        for event in record.events:
            if (handler := handlers.get(type(event))) is not None:
                handler(event)
        return True

    def book(self, ticker: str) -> OrderBook | None:
        return self._books.get(ticker)

    def __iter__(self) -> Iterator[OrderBook]:
        """Every book, by ticker."""
        return (self._books[ticker] for ticker in sorted(self._books))

    def __len__(self) -> int:
        return len(self._books)

    @property
    def orders_resting(self) -> int:
        return len(self._orders)

    def image(self, detail: bool = False) -> BooksImage:
        """The canonical text of all books by its hash, and with `detail` by its lines."""
        return image(self.shard, self.seq, self.ts_us, self._lines(), detail)

    def dump(self) -> BooksState:
        return BooksState(
            self.shard,
            self.seq,
            self.ts_us,
            [
                _BookImage(
                    book.listing,
                    book.listed_seq,
                    book.seq,
                    book.ts_us,
                    book.last_price,
                    book.last_count,
                    [
                        (order.order_id, order.account, order.side, order.price, order.remaining)
                        for order in book.orders()
                    ],
                )
                for book in self
            ],
        )

    @classmethod
    def load(cls, state: BooksState) -> "Books":
        books = cls(state.shard)
        for stored in state.books:
            ticker = stored.listing.ticker
            book = books._books[ticker] = OrderBook(stored.listing, stored.listed_seq)
            for order_id, account, side, price, remaining in stored.orders:
                books._join(book, RestingOrder(order_id, account, ticker, side, price, remaining))
            book.seq, book.ts_us = stored.seq, stored.ts_us
            book.last_price, book.last_count = stored.last_price, stored.last_count
        books.seq, books.ts_us = state.seq, state.ts_us
        return books

    def _lines(self) -> Iterator[str]:
        for book in self:
            for order in book.orders():
                yield order_line(book.ticker, order.side, order.price, order.order_id, order.account, order.remaining)

    # --- events -------------------------------------------------------------------------------------

    def _market_created(self, event: MarketCreated) -> None:
        self._books[event.ticker] = OrderBook(event, self.seq)

    def _status_changed(self, event: MarketStatusChanged) -> None:
        self._relist(event.ticker, status=event.new)

    def _close_changed(self, event: MarketCloseChanged) -> None:
        self._relist(event.ticker, close_us=event.close_us)

    def _grid_changed(self, event: PriceGridChanged) -> None:
        self._relist(event.ticker, price_level_structure=event.price_level_structure, price_ranges=event.price_ranges)

    def _accepted(self, event: OrderAccepted) -> None:
        if event.resting_count:
            if event.order_id in self._orders:
                raise BookBroken(f"seq {self.seq}: order {event.order_id} is accepted twice")
            order = RestingOrder(
                event.order_id, event.account, event.ticker, event.side, event.price, event.resting_count
            )
            self._join(self._market(event.ticker), order)

    def _amended(self, event: OrderAmended) -> None:
        order = self._order(event.order_id, event.old_resting_count)
        book = self._books[order.ticker]
        if event.kept_queue_place:
            if order.price != event.price:
                raise BookBroken(f"seq {self.seq}: order {order.order_id} changes its price and keeps its place")
            self._shrink(book, order, order.remaining - event.resting_count)
            return
        self._shrink(book, order, order.remaining)
        if event.resting_count:
            order.price = event.price
            order.remaining = event.resting_count
            self._join(book, order)

    def _canceled(self, event: OrderCanceled) -> None:
        if event.resting_count:
            order = self._order(event.order_id, event.resting_count)
            self._shrink(self._books[order.ticker], order, order.remaining)

    def _decreased(self, event: OrderDecreased) -> None:
        order = self._order(event.order_id, event.reduced_by + event.remaining_count)
        self._shrink(self._books[order.ticker], order, event.reduced_by)

    def _traded(self, event: Trade) -> None:
        order = self._order(event.maker_order_id, event.maker_remaining + event.count)
        book = self._books[order.ticker]
        if next(iter(book.side(order.side)[order.price].orders)) != order.order_id:
            raise BookBroken(f"seq {self.seq}: order {order.order_id} trades before an older one at its price")
        self._shrink(book, order, event.count)
        book.last_price, book.last_count = event.price, event.count

    # --- parts --------------------------------------------------------------------------------------

    def _market(self, ticker: str) -> OrderBook:
        if (book := self._books.get(ticker)) is None:
            raise BookBroken(f"seq {self.seq}: nobody created the market {ticker}")
        return book

    def _relist(self, ticker: str, **changed: Any) -> None:
        book = self._market(ticker)
        book.listing = msgspec.structs.replace(book.listing, **changed)
        book.listed_seq = self.seq

    def _order(self, order_id: int, remaining: int) -> RestingOrder:
        """The order an event is about, which must have just that much left."""
        order = self._orders.get(order_id)
        if order is None:
            raise BookBroken(f"seq {self.seq}: order {order_id} does not rest")
        if order.remaining != remaining:
            raise BookBroken(f"seq {self.seq}: order {order_id} has {order.remaining} left, the event says {remaining}")
        return order

    def _join(self, book: OrderBook, order: RestingOrder) -> None:
        """To the back of its level."""
        levels = book.bids if order.side is _BID else book.asks
        level = levels.get(order.price)
        if level is None:
            level = levels[order.price] = Level()
        level.orders[order.order_id] = order
        level.total += order.remaining
        self._orders[order.order_id] = order
        self._changed(book, order, order.remaining, level.total)

    def _shrink(self, book: OrderBook, order: RestingOrder, count: int) -> None:
        """Take some of an order away; one with nothing left is gone, and a level with none."""
        if not count:
            return
        levels = book.bids if order.side is _BID else book.asks
        level = levels[order.price]
        order.remaining -= count
        level.total -= count
        if not order.remaining:
            del level.orders[order.order_id]
            del self._orders[order.order_id]
            if not level.orders:
                del levels[order.price]
        self._changed(book, order, -count, level.total)

    def _changed(self, book: OrderBook, order: RestingOrder, delta: int, total: int) -> None:
        book.seq = self.seq
        book.ts_us = self.ts_us
        if self.changes is not None:
            self.changes.append(Change(book.ticker, order.side, order.price, delta, total, self.seq, self.ts_us))
