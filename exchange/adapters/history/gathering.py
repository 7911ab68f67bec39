"""Rows to be written: what a run of consecutive records adds to history.

A fold on the venue's hot path, so it notes the least that finds the row again; what a row needs beside its event is
asked of the projections when it is written. They have folded the record by then, an order that ended does not change
any more, and they forget only what is stored.
"""

from collections.abc import Iterator, Sequence
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

_OF_SERIES: Final = (SeriesCreated, SeriesFeeChanged)
_OF_EVENTS: Final = (EventCreated, EventFeeChanged)
_OF_MARKETS: Final = (
    MarketCreated,
    MarketStatusChanged,
    MarketCloseChanged,
    PriceGridChanged,
    MarketDetermined,
    MarketSettled,
)
_NOTED: Final = (Trade, OrderCanceled, PositionSettled, BalanceChanged, *_OF_SERIES, *_OF_EVENTS, *_OF_MARKETS)

_CLIENT_ORDER_ID: Final = tables.ORDER_FIELDS.index("client_order_id")
_BID: Final = BookSide.BID
_TAKER_OF_BID: Final = BookSide.ASK.value
_TAKER_OF_ASK: Final = BookSide.BID.value

Noted = tuple[Any, Any, Any, Any]
"""(seq, ts_us, place, event). Any: compiled, an int would be taken apart and put together again at every step."""


class Gathered:
    """What happened behind `after_seq`, up to `seq` at `ts_us`. `views` have folded, or are about to, what it folds."""

    def __init__(self, views: Projections, after_seq: int) -> None:
        self.views = views
        self.after_seq = self.seq = after_seq
        self.ts_us = 0
        self.size = 0
        """How many events are noted: rows, roughly."""
        self._noted: dict[type, list[Noted]] = {kind: [] for kind in _NOTED}

    def fold(self, records: Sequence[LogRecord]) -> None:
        """Take the next records; one that is already stored is skipped."""
        if records[0].seq <= self.seq:
            records = [record for record in records if record.seq > self.seq]
            if not records:
                return
        for record in records:
            for place, happened in enumerate(record.events):
                noted = self._noted.get(type(happened))
                if noted is not None:
                    seq: Any = record.seq
                    ts_us: Any = record.ts_us
                    noted.append((seq, ts_us, place, happened))
                    self.size += 1
        self.seq, self.ts_us = records[-1].seq, records[-1].ts_us

    # --- the rows -----------------------------------------------------------------------------------

    def candles_until(self) -> int:
        """The last whole minute (Unix seconds) that no later record can fall into."""
        return max(self.ts_us - 1, 0) // (MINUTE * MICROS) * MINUTE

    def new_rows(self, candles_after: int) -> Iterator[tuple[Table, Iterator[Values]]]:
        """Rows that are in no table yet, built as they are taken; minutes from those ended after `candles_after` on."""
        yield tables.orders, self._order_rows()
        yield tables.trades, starmap(_trade_row, self._noted[Trade])
        yield tables.settlements, starmap(self._settlement_row, self._noted[PositionSettled])
        yield tables.ledger, starmap(_ledger_row, self._noted[BalanceChanged])
        yield tables.candlesticks, self._candle_rows(candles_after)

    def _candle_rows(self, after: int) -> Iterator[Values]:
        until = self.candles_until()
        for ticker, book in list(self.views.books) if until > after else ():
            candles = book.candles
            for bar in chain(_newest_first(candles.minutes, after), (candles.live,)):
                if bar is not None and after < bar.end <= until:
                    yield (ticker, *msgspec.to_builtins(bar))

    def changed_rows(self) -> Iterator[tuple[Table, list[Values]]]:
        """What is listed, as the projections have it now."""
        catalogue = self.views.catalogue
        series = {event.series_ticker for event in self._events(_OF_SERIES)}
        events = {event.event_ticker for event in self._events(_OF_EVENTS)}
        markets = {event.ticker for event in self._events(_OF_MARKETS)}
        yield tables.series, [_series_row(catalogue.series[ticker]) for ticker in sorted(series)]
        yield tables.events, [_event_row(catalogue.events[ticker]) for ticker in sorted(events)]
        yield tables.markets, [_market_row(catalogue.markets[ticker]) for ticker in sorted(markets)]

    def _events(self, kinds: tuple[type, ...]) -> Iterator[Any]:
        for kind in kinds:
            for _, _, _, event in self._noted[kind]:
                yield event

    def _order_rows(self) -> Iterator[Values]:
        """Of every order that ended."""
        for seq, _, _, trade in self._noted[Trade]:
            if not trade.maker_remaining:
                yield self._order_row(seq, trade.maker_order_id)
            if not trade.taker_remaining:
                yield self._order_row(seq, trade.taker_order_id)
        for seq, _, _, canceled in self._noted[OrderCanceled]:
            yield self._order_row(seq, canceled.order_id)

    def _order_row(self, ended_seq: Any, order_id: Any) -> Values:
        order = self.views.orders.get(order_id)
        assert order is not None, "the projections forget only what is stored"
        row: list[Any] = list(msgspec.to_builtins(order.fields()))
        # The one character PostgreSQL has no place for.
        row[_CLIENT_ORDER_ID] = row[_CLIENT_ORDER_ID].replace("\0", "\ufffd")
        row += (member_of(order.account), ended_seq)
        return row

    def _settlement_row(self, seq: int, ts_us: int, place: int, paid: PositionSettled) -> Values:
        market = self.views.portfolio.market(paid.ticker)
        assert market is not None, "the projections have folded what is written"
        position = self.views.portfolio.position(paid.account, paid.ticker)
        assert position is not None, "what is paid out was held"
        settlement = settlement_of(seq, ts_us, place, paid, market, position.fees)
        return (*msgspec.to_builtins(settlement), member_of(paid.account))


def _newest_first(bars: list[Bar], after: int) -> Iterator[Bar]:
    for place in range(len(bars) - 1, -1, -1):
        if bars[place].end <= after:
            return
        yield bars[place]


def _trade_row(seq: Any, ts_us: Any, place: Any, trade: Any) -> Values:
    return (
        seq,
        place,
        ts_us,
        trade.ticker,
        trade.price,
        trade.count,
        _TAKER_OF_BID if trade.maker_side is _BID else _TAKER_OF_ASK,
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
        moved.cause.value,
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
