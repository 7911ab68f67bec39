"""The price levels, last trade, volume and open interest of every market.

A fold of what orders add to and take from the book. Knows totals per price, not whose orders they are, and
nothing of a market's status: a market nobody ever touched has an empty book. The best prices and the trades
also go into the market's bars (wire/candles.py).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from exchange.projections.handlers import Handlers
from exchange.projections.opened import OpenTrade
from wire.candles import Candles
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, OutcomeSide
from wire.units import PAYOUT

Level = tuple[int, int]
"""(price, count)."""

_BID: Final = BookSide.BID

_PLAIN = ("clock", "last_price", "last_trade_count", "volume", "dollar_volume", "open_interest", "candles")
_Dumped = tuple[dict[int, int], dict[int, int], int, int, int, int, int, int, Candles]
"""A Book in a snapshot: its two ladders, then the fields of _PLAIN."""


class Ladder:
    """The bids for one outcome: totals by the price of that outcome's leg.

    `occupied` has bit p set when there is a level at p, so the best price is its top bit.
    """

    __slots__ = ("levels", "occupied")

    def __init__(self, levels: dict[int, int] | None = None) -> None:
        self.levels = levels or {}
        self.occupied = sum(1 << price for price in self.levels)

    @property
    def best(self) -> int:
        """The highest price, -1 when empty."""
        return self.occupied.bit_length() - 1

    def change(self, price: int, delta: int) -> None:
        """Add to (or, negative, take from) the level; a level of nothing is gone."""
        levels = self.levels
        total = levels.get(price)
        if total is None:
            assert delta > 0, "nothing can be taken from a level that is not there"
            levels[price] = delta
            self.occupied |= 1 << price
        elif total + delta:
            levels[price] = total + delta
        else:
            del levels[price]
            self.occupied ^= 1 << price


class Book:
    """One market. Prices are YES-leg Prices but for the keys of `no`; sizes are Counts.

    `last_price` and `last_trade_count` are 0 before the first trade. `dollar_volume` is Money, the sum of
    price * count. `clock` is the seq of the last change of a level, 0 if there was none (SEMANTICS G4).
    """

    __slots__ = (
        "candles",
        "clock",
        "dollar_volume",
        "last_price",
        "last_trade_count",
        "no",
        "open_interest",
        "volume",
        "yes",
    )

    def __init__(self) -> None:
        self.yes = Ladder()
        self.no = Ladder()
        self.clock = 0
        self.last_price = 0
        self.last_trade_count = 0
        self.volume = 0
        self.dollar_volume = 0
        self.open_interest = 0
        self.candles = Candles()

    def levels(self, side: OutcomeSide | str) -> list[Level]:
        """All levels of an outcome's bids in its own leg's prices, ascending: the best is last."""
        return sorted((self.yes if side == "yes" else self.no).levels.items())

    def best_bid(self) -> Level | None:
        """The highest YES bid."""
        price = self.yes.best
        return None if price < 0 else (price, self.yes.levels[price])

    def best_ask(self) -> Level | None:
        """The lowest YES ask: a dollar less the highest NO bid."""
        price = self.no.best
        return None if price < 0 else (PAYOUT - price, self.no.levels[price])

    @property
    def bid_price(self) -> int:
        """The best YES bid, 0 when there is none (SEMANTICS B2)."""
        return max(self.yes.best, 0)

    @property
    def ask_price(self) -> int:
        """The best YES ask, PAYOUT when there is none (SEMANTICS B2)."""
        return PAYOUT - max(self.no.best, 0)

    def change(self, seq: int, ts_us: int, side: BookSide, price: int, delta: int) -> None:
        """An order joined, shrank or left: `price` is its YES-leg price."""
        self.clock = seq
        ladder, key = (self.yes, price) if side is _BID else (self.no, PAYOUT - price)
        best = ladder.occupied.bit_length() - 1
        ladder.change(key, delta)
        if ladder.occupied.bit_length() - 1 != best:
            self.candles.quote(ts_us, self.bid_price, self.ask_price)


_NEVER_TOUCHED = Book()
"""What a market without a book of its own is shown as; never changed."""


class Books:
    """The book of every market that was ever quoted."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}

    def book(self, ticker: str) -> Book:
        """A market's book, an empty one if nobody ever touched it. To be read only."""
        return self._books.get(ticker, _NEVER_TOUCHED)

    def __iter__(self) -> Iterator[tuple[str, Book]]:
        return iter(self._books.items())

    def handlers(self) -> Handlers:
        return {
            OrderAccepted: self._accepted,
            Trade: self._traded,
            OrderCanceled: self._canceled,
            OrderDecreased: self._decreased,
            OrderAmended: self._amended,
        }

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            {
                ticker: (book.yes.levels, book.no.levels, *(getattr(book, name) for name in _PLAIN))
                for ticker, book in self._books.items()
            }
        )

    def load(self, data: bytes) -> None:
        self._books = {}
        for ticker, (yes, no, *plain) in msgspec.msgpack.decode(data, type=dict[str, _Dumped]).items():
            self._books[ticker] = book = Book()
            book.yes, book.no = Ladder(yes), Ladder(no)
            for name, value in zip(_PLAIN, plain, strict=True):
                setattr(book, name, value)

    def _touched(self, ticker: str) -> Book:
        book = self._books.get(ticker)
        if book is None:
            book = self._books[ticker] = Book()
        return book

    def _accepted(self, seq: int, ts_us: int, place: int, event: OrderAccepted) -> None:
        if event.resting_count:
            self._touched(event.ticker).change(seq, ts_us, event.side, event.price, event.resting_count)

    def _canceled(self, seq: int, ts_us: int, place: int, event: OrderCanceled) -> None:
        if event.resting_count:
            self._touched(event.ticker).change(seq, ts_us, event.side, event.price, -event.resting_count)

    def _decreased(self, seq: int, ts_us: int, place: int, event: OrderDecreased) -> None:
        self._touched(event.ticker).change(seq, ts_us, event.side, event.price, -event.reduced_by)

    def _amended(self, seq: int, ts_us: int, place: int, event: OrderAmended) -> None:
        book = self._touched(event.ticker)
        if event.old_price == event.price:
            if event.resting_count != event.old_resting_count:
                book.change(seq, ts_us, event.side, event.price, event.resting_count - event.old_resting_count)
            return
        if event.old_resting_count:
            book.change(seq, ts_us, event.side, event.old_price, -event.old_resting_count)
        if event.resting_count:
            book.change(seq, ts_us, event.side, event.price, event.resting_count)

    def _traded(self, seq: int, ts_us: int, place: int, trade: OpenTrade) -> None:
        book = self._touched(trade.ticker)
        price: int = trade.price
        count: int = trade.count
        maker, taker = trade.maker_position, trade.taker_position
        if trade.maker_side is _BID:
            maker_before, taker_before = maker - count, taker + count
        else:
            maker_before, taker_before = maker + count, taker - count
        # Open interest is the sum of all long YES positions, and a trade moves only these two accounts.
        if maker > 0:
            book.open_interest += maker
        if maker_before > 0:
            book.open_interest -= maker_before
        if taker > 0:
            book.open_interest += taker
        if taker_before > 0:
            book.open_interest -= taker_before
        book.last_price = price
        book.last_trade_count = count
        book.volume += count
        book.dollar_volume += price * count
        book.candles.trade(ts_us, price, count, book.open_interest)
        book.change(seq, ts_us, trade.maker_side, price, -count)
