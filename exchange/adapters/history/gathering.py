"""Rows to be written: what a run of consecutive records adds to history.

A fold on the venue's hot path, so it notes the least that finds the row again; what a row needs beside its event is
asked of the projections when it is written. They have folded the record by then, an order that ended does not change
any more, and they forget only what is stored.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, starmap
from typing import Any, Final

import msgspec
from sqlalchemy import Table

from exchange.adapters.history import tables
from exchange.adapters.history.database import Values
from exchange.projections.catalogue import EventEntry, MarketEntry, SeriesEntry
from exchange.projections.portfolio_records import settlement_of
from exchange.projections.views import Projections
from wire.accounts import member_of
from wire.candles import MINUTE, Bar
from wire.engine_events import (
    BalanceChanged,
    EventCreated,
    EventFeeChanged,
    MarketCloseChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    OrderCanceled,
    PositionSettled,
    PriceGridChanged,
    SeriesCreated,
    SeriesFeeChanged,
    Trade,
)
from wire.enums import BookSide
from wire.event_log import LogRecord
from wire.units import MICROS

_OF_MARKETS = (
    MarketCreated,
    MarketStatusChanged,
    MarketCloseChanged,
    PriceGridChanged,
    MarketDetermined,
    MarketSettled,
)


class Gathered:
    """What happened behind `after_seq`, up to `seq` at `ts_us`. `views` have folded, or are about to, what it folds."""

    def __init__(self, views: Projections, after_seq: int) -> None:
        self.views = views
        self.after_seq = self.seq = after_seq
        self.ts_us = 0
        self._orders: list[tuple[int, int]] = []
        """(seq, order id) of orders that ended."""
        self._trades: list[tuple[int, int, int, Trade]] = []
        self._settlements: list[tuple[int, int, int, PositionSettled]] = []
        self._ledger: list[tuple[int, int, int, BalanceChanged]] = []
        self._series: set[str] = set()
        self._events: set[str] = set()
        self._markets: set[str] = set()

    @property
    def size(self) -> int:
        """How many rows, roughly."""
        return len(self._orders) + len(self._trades) + len(self._settlements) + len(self._ledger)

    def fold(self, records: Sequence[LogRecord]) -> None:
        """Take the next records; one that is already stored is skipped."""
        for record in records:
            seq, ts_us = record.seq, record.ts_us
            if seq <= self.seq:
                continue
            self.seq, self.ts_us = seq, ts_us
            for place, happened in enumerate(record.events):
                handler = _HANDLERS.get(type(happened))
                if handler is not None:
                    handler(self, seq, ts_us, place, happened)

    def _on_trade(self, seq: int, ts_us: int, place: int, event: Trade) -> None:
        self._trades.append((seq, ts_us, place, event))
        if not event.maker_remaining:
            self._orders.append((seq, event.maker_order_id))
        if not event.taker_remaining:
            self._orders.append((seq, event.taker_order_id))

    def _on_canceled(self, seq: int, ts_us: int, place: int, event: OrderCanceled) -> None:
        self._orders.append((seq, event.order_id))

    def _on_position_settled(self, seq: int, ts_us: int, place: int, event: PositionSettled) -> None:
        self._settlements.append((seq, ts_us, place, event))

    def _on_balance(self, seq: int, ts_us: int, place: int, event: BalanceChanged) -> None:
        self._ledger.append((seq, ts_us, place, event))

    def _on_series(self, seq: int, ts_us: int, place: int, event: SeriesCreated | SeriesFeeChanged) -> None:
        self._series.add(event.series_ticker)

    def _on_event(self, seq: int, ts_us: int, place: int, event: EventCreated | EventFeeChanged) -> None:
        self._events.add(event.event_ticker)

    def _on_market(self, seq: int, ts_us: int, place: int, event: MarketCreated) -> None:
        self._markets.add(event.ticker)

    # --- the rows -----------------------------------------------------------------------------------

    def candles_until(self) -> int:
        """The last whole minute (Unix seconds) that no later record can fall into."""
        return max(self.ts_us - 1, 0) // (MINUTE * MICROS) * MINUTE

    def new_rows(self, candles_after: int) -> Iterator[tuple[Table, Iterator[Values]]]:
        """Rows that are in no table yet, built as they are taken; minutes from those ended after `candles_after` on."""
        yield tables.orders, starmap(self._order_row, self._orders)
        yield tables.trades, starmap(_trade_row, self._trades)
        yield tables.settlements, starmap(self._settlement_row, self._settlements)
        yield tables.ledger, starmap(_ledger_row, self._ledger)
        yield tables.candlesticks, self._candle_rows(candles_after)

    def _candle_rows(self, after: int) -> Iterator[Values]:
        until = self.candles_until()
        for ticker, book in list(self.views.books) if until > after else ():
            candles = book.candles
            for bar in chain(_newest_first(candles.minutes, after), (candles.live,)):
                if bar is not None and after < bar.end <= until:
                    yield (ticker, *msgspec.structs.astuple(bar))

    def changed_rows(self) -> Iterator[tuple[Table, list[Values]]]:
        """What is listed, as the projections have it now."""
        catalogue = self.views.catalogue
        yield tables.series, [_series_row(catalogue.series[ticker]) for ticker in sorted(self._series)]
        yield tables.events, [_event_row(catalogue.events[ticker]) for ticker in sorted(self._events)]
        yield tables.markets, [_market_row(catalogue.markets[ticker]) for ticker in sorted(self._markets)]

    def _order_row(self, ended_seq: int, order_id: int) -> Values:
        order = self.views.orders.get(order_id)
        assert order is not None, "the projections forget only what is stored"
        row = (*order.fields(), order.member, ended_seq)
        if "\0" in order.client_order_id:
            # The one character PostgreSQL has no place for.
            at = tables.ORDER_FIELDS.index("client_order_id")
            return (*row[:at], order.client_order_id.replace("\0", "\ufffd"), *row[at + 1 :])
        return row

    def _settlement_row(self, seq: int, ts_us: int, place: int, paid: PositionSettled) -> Values:
        market = self.views.portfolio.market(paid.ticker)
        assert market is not None, "the projections have folded what is written"
        position = self.views.portfolio.position(paid.account, paid.ticker)
        assert position is not None, "what is paid out was held"
        settlement = settlement_of(seq, ts_us, place, paid, market, position.fees)
        return (*msgspec.structs.astuple(settlement), member_of(paid.account))


_HANDLERS: Final[dict[type, Callable[[Gathered, int, int, int, Any], None]]] = {
    Trade: Gathered._on_trade,
    OrderCanceled: Gathered._on_canceled,
    PositionSettled: Gathered._on_position_settled,
    BalanceChanged: Gathered._on_balance,
    SeriesCreated: Gathered._on_series,
    SeriesFeeChanged: Gathered._on_series,
    EventCreated: Gathered._on_event,
    EventFeeChanged: Gathered._on_event,
    **dict.fromkeys(_OF_MARKETS, Gathered._on_market),
}
"""Not bound: a batch that refers to itself would stay in memory until the collector comes by."""


def _newest_first(bars: list[Bar], after: int) -> Iterator[Bar]:
    for place in range(len(bars) - 1, -1, -1):
        if bars[place].end <= after:
            return
        yield bars[place]


def _trade_row(seq: int, ts_us: int, place: int, trade: Trade) -> Values:
    return (
        seq,
        place,
        ts_us,
        trade.ticker,
        trade.price,
        trade.count,
        BookSide.ASK if trade.maker_side is BookSide.BID else BookSide.BID,
        trade.maker_order_id,
        trade.maker_account,
        member_of(trade.maker_account),
        trade.maker_fee,
        trade.taker_order_id,
        trade.taker_account,
        member_of(trade.taker_account),
        trade.taker_fee,
    )


def _ledger_row(seq: int, ts_us: int, place: int, moved: BalanceChanged) -> Values:
    return (
        seq,
        place,
        ts_us,
        moved.account,
        member_of(moved.account),
        moved.cause,
        moved.amount,
        moved.cash,
        moved.reference.replace("\0", "\ufffd"),
        moved.counter_account,
    )


def _series_row(entry: SeriesEntry) -> Values:
    return (
        entry.ticker,
        entry.fee_type,
        entry.fee_multiplier,
        _json(entry.details),
        entry.created_us,
        entry.updated_us,
    )


def _event_row(entry: EventEntry) -> Values:
    return (
        entry.ticker,
        entry.series_ticker,
        entry.mutually_exclusive,
        entry.collateral_return_type,
        _json(entry.details),
        entry.created_us,
        entry.updated_us,
    )


def _market_row(entry: MarketEntry) -> Values:
    return (
        entry.ticker,
        entry.event_ticker,
        entry.series_ticker,
        entry.status,
        entry.result or "",
        entry.value,
        entry.expiration_value,
        entry.created_us,
        entry.updated_us,
        entry.open_us,
        entry.close_us,
        entry.determined_us,
        entry.settle_us,
        entry.settled_us,
        entry.price_level_structure,
        _json(entry.details),
    )


def _json(details: msgspec.Struct) -> str:
    return msgspec.json.encode(details).decode()
