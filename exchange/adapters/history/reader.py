"""Reading history: the filters of the projections as queries, newest first.

Answers what memory would have answered. Raises HistoryUnavailable instead of leaving something out: while the
database is away, and while records are missing in memory that it does not have yet.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Table, and_, or_, select

from exchange.adapters.history.database import Database
from exchange.adapters.history.tables import (
    ORDER_FIELDS,
    SETTLEMENT_FIELDS,
    candlesticks,
    orders,
    settlements,
    trades,
)
from exchange.ports import HistoryUnavailable
from exchange.projections.order_filter import OrderFilter
from exchange.projections.order_record import OrderFields, OrderRecord
from exchange.projections.portfolio_records import FillFilter, FillRecord, SettlementFilter, SettlementRecord
from exchange.projections.trade_row import TradeRow
from wire.accounts import account_of
from wire.candles import Bar
from wire.enums import BookSide, OrderStatus

READ_SECONDS = 10.0
"""How long a request waits for the database."""

Record = Row[*tuple[Any, ...]]
Query = Select[*tuple[Any, ...]]
"""A row and a query of any columns: the tables say which."""


class SqlHistoryReader:
    """A HistoryReader over the same tables, with connections of its own."""

    def __init__(self, database: Database, is_behind: Callable[[], bool] = lambda: False) -> None:
        self._engine = database.open()
        self._troubles = database.troubles
        self._is_behind = is_behind

    async def close(self) -> None:
        await self._engine.dispose()

    async def order(self, order_id: int) -> OrderRecord | None:
        rows = await self._rows(_order_columns().where(orders.c.order_id == order_id))
        return _as_order(rows[0]) if rows else None

    async def orders(self, wanted: OrderFilter, limit: int) -> list[OrderRecord]:
        if wanted.status is OrderStatus.RESTING or wanted.tickers == frozenset():
            return []
        query: Query = _order_columns().where(orders.c.member == wanted.member)
        query = _narrowed(query, orders.c.created_us, wanted.min_us, wanted.max_us)
        if wanted.subaccount is not None:
            query = query.where(orders.c.account == account_of(wanted.member, wanted.subaccount))
        if wanted.tickers is not None:
            query = query.where(orders.c.ticker.in_(sorted(wanted.tickers)))
        if wanted.status is not None:
            query = query.where(orders.c.status == wanted.status.value)
        if wanted.before is not None:
            query = query.where(orders.c.order_id < wanted.before)
        if wanted.is_archived:
            query = query.where(orders.c.updated_us < wanted.cutoff_us)
        elif wanted.cutoff_us:
            query = query.where(orders.c.updated_us >= wanted.cutoff_us)
        rows = await self._rows(query.order_by(orders.c.order_id.desc()).limit(limit))
        return [_as_order(row) for row in rows]

    async def fills(self, wanted: FillFilter, limit: int) -> list[FillRecord]:
        if wanted.tickers == frozenset():
            return []
        found = [fill for is_taker in (False, True) for fill in await self._side(wanted, is_taker, limit)]
        return sorted(found, key=_key_of_fill, reverse=True)[:limit]

    async def settlements(self, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]:
        columns = [settlements.c[name] for name in SETTLEMENT_FIELDS]
        query: Query = select(*columns).where(settlements.c.member == wanted.member)
        query = _narrowed(query, settlements.c.ts_us, wanted.min_us, wanted.max_us)
        if wanted.subaccount is not None:
            query = query.where(settlements.c.account == account_of(wanted.member, wanted.subaccount))
        if wanted.ticker is not None:
            query = query.where(settlements.c.ticker == wanted.ticker)
        if wanted.event_ticker is not None:
            query = query.where(settlements.c.event_ticker == wanted.event_ticker)
        if wanted.before is not None:
            query = query.where(_older(settlements, *wanted.before))
        query = query.order_by(settlements.c.seq.desc(), settlements.c.place.desc()).limit(limit)
        return [msgspec.convert(tuple(row), SettlementRecord) for row in await self._rows(query)]

    async def trades(
        self,
        ticker: str | None,
        min_ts_us: int | None,
        max_ts_us: int | None,
        before: tuple[int, int] | None,
        limit: int,
    ) -> list[TradeRow]:
        columns = [trades.c[name] for name in TradeRow.__struct_fields__]
        query = _narrowed(select(*columns), trades.c.ts_us, min_ts_us, max_ts_us)
        if ticker is not None:
            query = query.where(trades.c.ticker == ticker)
        if before is not None:
            query = query.where(_older(trades, *before))
        query = query.order_by(trades.c.seq.desc(), trades.c.place.desc()).limit(limit)
        return [msgspec.convert(tuple(row), TradeRow) for row in await self._rows(query)]

    async def minutes(self, ticker: str, start: int, end: int) -> list[Bar]:
        columns = [candlesticks.c[name] for name in Bar.__struct_fields__]
        query: Query = select(*columns).where(
            candlesticks.c.ticker == ticker, candlesticks.c.end >= start, candlesticks.c.end <= end
        )
        return [msgspec.convert(tuple(row), Bar) for row in await self._rows(query.order_by(candlesticks.c.end))]

    async def _side(self, wanted: FillFilter, is_taker: bool, limit: int) -> list[FillRecord]:
        """A member's fills of one role, newest first."""
        role = "taker" if is_taker else "maker"
        account, order_id, fee = trades.c[f"{role}_account"], trades.c[f"{role}_order_id"], trades.c[f"{role}_fee"]
        query: Query = select(
            trades.c.seq,
            trades.c.place,
            trades.c.ts_us,
            account,
            order_id,
            trades.c.ticker,
            trades.c.taker_side,
            trades.c.price,
            trades.c.count,
            fee,
        ).where(trades.c[f"{role}_member"] == wanted.member)
        query = _narrowed(query, trades.c.ts_us, wanted.min_us, wanted.max_us)
        if wanted.subaccount is not None:
            query = query.where(account == account_of(wanted.member, wanted.subaccount))
        if wanted.tickers is not None:
            query = query.where(trades.c.ticker.in_(sorted(wanted.tickers)))
        if wanted.order_id is not None:
            query = query.where(order_id == wanted.order_id)
        if wanted.before is not None:
            seq, place, after_maker = wanted.before
            # A page that ended with the taker's fill of a trade goes on with the maker's of the same one.
            query = query.where(_older(trades, seq, place + (not is_taker and after_maker == 1)))
        query = query.order_by(trades.c.seq.desc(), trades.c.place.desc()).limit(limit)
        fills = []
        for seq, place, ts_us, whose, order, ticker, taker_side, price, count, paid in await self._rows(query):
            side = BookSide(taker_side) if is_taker else _other(BookSide(taker_side))
            fills.append(FillRecord(seq, place, is_taker, ts_us, whose, order, ticker, side, price, count, paid))
        return fills

    async def _rows(self, query: Query) -> Sequence[Record]:
        if self._is_behind():
            raise HistoryUnavailable("history is behind the log")
        try:
            async with asyncio.timeout(READ_SECONDS), self._engine.connect() as connection:
                return (await connection.execute(query)).all()
        except self._troubles as error:
            raise HistoryUnavailable(str(error) or repr(error)) from error


def _order_columns() -> Query:
    return select(*(orders.c[name] for name in ORDER_FIELDS))


def _as_order(row: Record) -> OrderRecord:
    return OrderRecord(msgspec.convert(tuple(row), OrderFields))


def _narrowed(query: Query, column: ColumnElement[int], min_us: int | None, max_us: int | None) -> Query:
    """The query with the filters' time range: both ends belong to it."""
    if min_us is not None:
        query = query.where(column >= min_us)
    if max_us is not None:
        query = query.where(column <= max_us)
    return query


def _older(table: Table, seq: int, place: int) -> ColumnElement[bool]:
    """Rows strictly before (seq, place)."""
    return or_(table.c.seq < seq, and_(table.c.seq == seq, table.c.place < place))


def _key_of_fill(fill: FillRecord) -> tuple[int, int, int]:
    return fill.key


def _other(side: BookSide) -> BookSide:
    return BookSide.ASK if side is BookSide.BID else BookSide.BID
