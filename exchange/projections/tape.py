"""The public trades of the last while, newest last, whole and per market.

Knows a window: older trades leave memory once the history store has them, and are read from there. Bars are
kept with the books (wire/candles.py), which see the quotes too.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from exchange.projections.handlers import Handlers
from exchange.projections.opened import OpenTrade
from exchange.projections.trade_row import TradeKey, TradeRow
from wire.engine_events import Trade
from wire.enums import BookSide

_ROW: Final = TradeRow
_BID: Final = BookSide.BID
_ASK: Final = BookSide.ASK
"""For the compiled path: what a module imports is found by its name each time, these are not."""


class Tape:
    """The last `window` trades, and those before them that are in no history store yet."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._trades: list[TradeRow] = []
        self._by_market: dict[str, list[TradeRow]] = {}
        self.is_complete = True
        """No trade ever left memory: nothing to ask the history store for."""

    def newest_first(
        self,
        ticker: str | None = None,
        min_ts_us: int | None = None,
        max_ts_us: int | None = None,
        before: TradeKey | None = None,
    ) -> Iterator[TradeRow]:
        """Trades of one market or all, min_ts_us <= time <= max_ts_us, strictly older than `before`."""
        rows = self._trades if ticker is None else self._by_market.get(ticker, [])
        first = 0 if min_ts_us is None else bisect_left(rows, min_ts_us, key=_ts_us)
        last = len(rows) if max_ts_us is None else bisect_right(rows, max_ts_us, key=_ts_us)
        if before is not None:
            last = min(last, bisect_left(rows, before, key=_key))
        return (rows[index] for index in range(last - 1, first - 1, -1))

    def evict(self, history_seq: int) -> None:
        """Let go of the trades beyond the window that history has stored: those up to this seq."""
        rows = self._trades
        excess = min(len(rows) - self._window, bisect_right(rows, history_seq, key=_seq))
        if excess <= 0:
            return
        for ticker, leaving in Counter(row.ticker for row in rows[:excess]).items():
            of_market = self._by_market[ticker]
            del of_market[:leaving]
            if not of_market:
                del self._by_market[ticker]
        del rows[:excess]
        self.is_complete = False

    def handlers(self) -> Handlers:
        return {Trade: self._traded}

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.is_complete, self._trades))

    def load(self, data: bytes) -> None:
        self.is_complete, self._trades = msgspec.msgpack.decode(data, type=tuple[bool, list[TradeRow]])
        self._by_market = {}
        for row in self._trades:
            self._by_market.setdefault(row.ticker, []).append(row)

    def _traded(self, seq: Any, ts_us: Any, place: Any, trade: OpenTrade) -> None:
        ticker = trade.ticker
        taker_side = _ASK if trade.maker_side is _BID else _BID
        row = _ROW(seq, place, ts_us, ticker, trade.price, trade.count, taker_side)
        self._trades.append(row)
        of_market = self._by_market.get(ticker)
        if of_market is None:
            self._by_market[ticker] = [row]
        else:
            of_market.append(row)


def _seq(row: TradeRow) -> int:
    return row.seq


def _ts_us(row: TradeRow) -> int:
    return row.ts_us


def _key(row: TradeRow) -> TradeKey:
    return row.seq, row.place
