"""Every market's present state, a fold of the log: levels, ticker, last trades, candlesticks, listing.

Knows levels, not orders (the rebuilder does), and no reader. `fold` is for the process that reads the log;
`apply` for one that is told by it. Both end in the same state, and number a market's book changes alike: change `n`
is the n-th since the market was made, whichever process counts and however often it starts.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from market_data.updates import AnyUpdate, LevelChanged, Listed, Listing, Traded, band
from wire.book_changes import BookChange, book_changes
from wire.candles import Candles
from wire.engine_events import (
    AnyEvent,
    EngineEvent,
    MarketCloseChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    PriceGridChanged,
    Trade,
)
from wire.enums import BookSide
from wire.event_log import LogError, LogGap, LogRecord
from wire.ids import IdKind, format_id
from wire.level_book import BookError, Level, LevelBook
from wire.rest.details import read_details
from wire.rest.markets import MarketDetails
from wire.units import PAYOUT
from wire.ws.public_feed import Stamp, market_header, trade_msg

KEPT_TRADES = 1_000
"""Per market; older ones are the history's business."""

_BID = BookSide.BID


class DoesNotFit(LogError):
    """A record or an update speaks of a market or a level that is not there."""


class Missed(Exception):
    """An update of this market is missing before the one at hand."""


class Market:
    """One market. It is a QuotedBook (wire/ws/public_feed.py). `n` counts the changes of its book."""

    __slots__ = (
        "book", "candles", "dollar_volume", "header", "last_price", "last_trade_count", "listing", "n",
        "open_interest", "seq", "trades", "ts_us", "volume",
    )  # fmt: skip

    def __init__(self, listing: Listing, seq: int = 0, ts_us: int = 0) -> None:
        self.listing = listing
        self.header = market_header(listing.ticker, listing.market_id)
        self.book = LevelBook()
        self.n = 0
        self.seq = seq
        self.ts_us = ts_us
        """Of the last change of the book or trade; before any, when the market was made."""
        self.last_price = 0
        self.last_trade_count = 0
        self.volume = 0
        self.dollar_volume = 0
        self.open_interest = 0
        self.trades: deque[Traded] = deque(maxlen=KEPT_TRADES)
        """Newest last."""
        self.candles = Candles()

    @property
    def ticker(self) -> str:
        return self.listing.ticker

    def best_bid(self) -> Level | None:
        return self.book.best_bid()

    def best_ask(self) -> Level | None:
        return self.book.best_ask()

    def change(self, side: BookSide, price: int, delta: int, seq: int, ts_us: int) -> None:
        """A level grows or shrinks. Raises BookError below zero."""
        if side is _BID:
            self.book.add("yes", price, delta, seq)
        else:
            self.book.add("no", PAYOUT - price, delta, seq)
        self.n += 1
        self.seq, self.ts_us = seq, ts_us
        bid, ask, live = self.book.best_bid(), self.book.best_ask(), self.candles.live
        best_bid, best_ask = bid[0] if bid else 0, ask[0] if ask else PAYOUT
        if live is None or live.bid_close != best_bid or live.ask_close != best_ask:
            self.candles.quote(ts_us, best_bid, best_ask)

    def trade(self, traded: Traded) -> None:
        self.seq, self.ts_us = traded.seq, traded.ts_us
        self.last_price, self.last_trade_count = traded.price, traded.count
        self.volume, self.dollar_volume = traded.volume, traded.dollar_volume
        self.open_interest = traded.open_interest
        self.candles.trade(traded.ts_us, traded.price, traded.count, traded.open_interest)
        self.trades.append(traded)


class Board:
    """All markets of a shard. `listener` hears each record's updates when they are in the state."""

    def __init__(self, shard: int, clock_us: Callable[[], int]) -> None:
        self.shard = shard
        self.seq = 0
        self.ts_us = 0
        self.duplicates = 0
        """Records that came again and were dropped."""
        self.trades = 0
        self.changes = 0
        self.markets: dict[str, Market] = {}
        self.listener: Callable[[list[AnyUpdate]], None] | None = None
        self._clock_us = clock_us
        self._handlers: dict[type[EngineEvent], Callable[[Any], None]] = {
            MarketCreated: self._created,
            MarketStatusChanged: lambda event: self._relist(event.ticker, status=event.new),
            MarketCloseChanged: lambda event: self._relist(event.ticker, close_us=event.close_us),
            PriceGridChanged: lambda event: self._relist(
                event.ticker,
                price_level_structure=event.price_level_structure,
                price_ranges=tuple(band(r.start, r.end, r.step) for r in event.price_ranges),
            ),
            MarketDetermined: lambda event: self._relist(
                event.ticker, result=event.result.value, settlement_value=event.value
            ),
            MarketSettled: lambda event: self._relist(
                event.ticker, result=event.result.value, settlement_value=event.value
            ),
            Trade: self._traded,
        }
        self._updates: list[AnyUpdate] = []
        self._place = 0
        self._publish_us = 0
        self._stamp = Stamp(0, 0)

    def __iter__(self) -> Iterator[Market]:
        """Every market, by ticker."""
        return (self.markets[ticker] for ticker in sorted(self.markets))

    def fold(self, record: LogRecord) -> bool:
        """Take the next record; False for one seen before. Raises LogGap, DoesNotFit."""
        if record.seq != self.seq + 1:
            if record.seq <= self.seq:
                self.duplicates += 1
                return False
            raise LogGap(self.seq + 1, record.seq)
        self.seq, self.ts_us = record.seq, record.ts_us
        self._publish_us = self._clock_us()
        self._stamp = Stamp(record.seq, record.ts_us)
        handlers = self._handlers
        for place, event in enumerate(record.events):
            if (handler := handlers.get(type(event))) is not None:
                self._place = place
                handler(event)
        self._change_books(record.events)
        updates = self._updates
        if updates:
            self._updates = []
            if self.listener is not None:
                self.listener(updates)
        return True

    def apply(self, update: AnyUpdate) -> bool:
        """Take an update made by another process; False for one that is in the state. Raises Missed, BookError."""
        self.seq, self.ts_us = max(self.seq, update.seq), max(self.ts_us, update.ts_us)
        if isinstance(update, Listed):
            self._list(update.listing, update.seq, update.ts_us)
            return True
        market = self.markets.get(update.ticker)
        if market is None:
            raise Missed(update.ticker)
        if isinstance(update, Traded):
            if update.volume <= market.volume:
                return False
            market.trade(update)
            self.trades += 1
            return True
        if update.n <= market.n:
            return False
        if update.n != market.n + 1:
            raise Missed(update.ticker)
        market.change(update.side, update.price, update.delta, update.seq, update.ts_us)
        self.changes += 1
        return True

    # --- events -------------------------------------------------------------------------------------

    def _created(self, event: MarketCreated) -> None:
        details = read_details(event.details, MarketDetails)
        self._tell(
            Listing(
                ticker=event.ticker,
                event_ticker=event.event_ticker,
                series_ticker=event.series_ticker,
                market_id=format_id(IdKind.MARKET, self.shard, self.seq, self._place),
                title=details.title,
                yes_sub_title=details.yes_sub_title,
                no_sub_title=details.no_name,
                status=event.status,
                open_us=event.open_us,
                close_us=event.close_us,
                price_level_structure=event.price_level_structure,
                price_ranges=tuple(band(r.start, r.end, r.step) for r in event.price_ranges),
            )
        )

    def _relist(self, ticker: str, **changed: Any) -> None:
        self._tell(msgspec.structs.replace(self._market(ticker).listing, **changed))

    def _tell(self, listing: Listing) -> None:
        self._list(listing, self.seq, self.ts_us)
        self._updates.append(Listed(listing, self.seq, self.ts_us, self._publish_us))

    def _list(self, listing: Listing, seq: int, ts_us: int) -> None:
        market = self.markets.get(listing.ticker)
        if market is None:
            self.markets[listing.ticker] = Market(listing, seq, ts_us)
        else:
            market.listing = listing

    def _traded(self, event: Trade) -> None:
        market = self._market(event.ticker)
        self.trades += 1
        update = Traded(
            event.ticker,
            event.price,
            event.count,
            market.volume + event.count,
            market.dollar_volume + event.price * event.count,
            market.open_interest + _interest_change(event),
            trade_msg(event, self.shard, self._place, self._stamp),
            self.seq,
            self.ts_us,
            self._publish_us,
        )
        market.trade(update)
        self._updates.append(update)

    def _change_books(self, events: tuple[AnyEvent, ...]) -> None:
        for change in book_changes(events):
            market = self._market(change.ticker)
            try:
                market.change(change.side, change.price, change.delta, self.seq, self.ts_us)
            except BookError as error:
                raise DoesNotFit(f"seq {self.seq}: {change.ticker}: {error}") from None
            self.changes += 1
            self._updates.append(self._level_changed(change, market.n))

    def _level_changed(self, change: BookChange, n: int) -> LevelChanged:
        return LevelChanged(
            change.ticker, n, change.side, change.price, change.delta, self.seq, self.ts_us, self._publish_us
        )

    def _market(self, ticker: str) -> Market:
        if (market := self.markets.get(ticker)) is None:
            raise DoesNotFit(f"seq {self.seq}: nobody created the market {ticker}")
        return market


def _interest_change(event: Trade) -> int:
    """Open interest is the sum of all long YES positions, and a trade moves only these two accounts."""
    maker, taker, count = event.maker_position, event.taker_position, event.count
    signed = count if event.maker_side is _BID else -count
    before = max(maker - signed, 0) + max(taker + signed, 0)
    return max(maker, 0) + max(taker, 0) - before
