"""The history store: what left memory, in SQL (SQLite now; nothing but `_engine_url` and `_tune` knows that).

Knows four tables and a checkpoint: the seq up to which they are whole, written in the same transaction as the
rows. It is a reader of the log like any other: after a crash it is fed again from its checkpoint on, and the
rows of a batch that was lost are simply written again. Refuses to know who asks.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    and_,
    create_engine,
    delete,
    event,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from exchange.projections.orders import OrderFilter, OrderRecord
from exchange.projections.portfolio import FillFilter, FillRecord, SettlementFilter, SettlementRecord, settlement_of
from exchange.projections.tape import TradeRow
from exchange.projections.views import Projections
from wire.accounts import account_of, member_of
from wire.engine_events import OrderCanceled, PositionSettled, Trade
from wire.enums import BookSide, OrderStatus
from wire.event_log import LogRecord

BATCH_SECONDS = 0.25
"""How long rows gather before they are written together."""

RETRY_SECONDS = 2.0
"""How long to wait after a write that failed."""

CHUNK = 500
"""Rows handed to the driver at once; the event loop runs between two chunks."""

Record = Row[*tuple[Any, ...]]
Query = Select[*tuple[Any, ...]]
Values = tuple[Any, ...]
"""A row and a query of any columns, and a row to be written: the tables below say which."""

_log = structlog.get_logger("history")

# --- tables -----------------------------------------------------------------------------------------

_schema = MetaData()


def _integer(name: str, **options: Any) -> Column[int]:
    return Column(name, BigInteger, nullable=False, **options)


def _text(name: str) -> Column[str]:
    return Column(name, String, nullable=False)


orders = Table(
    "orders",
    _schema,
    # The fields of OrderRecord, in its order.
    _integer("order_id", primary_key=True, autoincrement=False),
    _integer("account"),
    _text("ticker"),
    _text("client_order_id"),
    _text("side"),
    _integer("price"),
    _integer("initial_count"),
    _integer("remaining_count"),
    _text("time_in_force"),
    _text("self_trade_prevention"),
    Column("post_only", Boolean, nullable=False),
    Column("reduce_only", Boolean, nullable=False),
    Column("cancel_order_on_pause", Boolean, nullable=False),
    _integer("expiration_us"),
    _integer("order_group"),
    _integer("created_us"),
    _integer("updated_us"),
    _integer("queue_seq"),
    _integer("fill_count"),
    _integer("taker_fill_cost"),
    _integer("maker_fill_cost"),
    _integer("taker_fees"),
    _integer("maker_fees"),
    _text("status"),
    _text("last_update_reason"),
    # And what finds it.
    _integer("member"),
    _integer("ended_seq"),
    Index("orders_of_member", "member", "order_id"),
)
_ORDER_FIELDS = OrderRecord.__struct_fields__

trades = Table(
    "trades",
    _schema,
    _integer("seq", primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _integer("ts_us"),
    _text("ticker"),
    _integer("price"),
    _integer("count"),
    _text("taker_side"),
    _integer("maker_order_id"),
    _integer("maker_account"),
    _integer("maker_member"),
    _integer("maker_fee"),
    _integer("taker_order_id"),
    _integer("taker_account"),
    _integer("taker_member"),
    _integer("taker_fee"),
    Index("trades_of_market", "ticker", "seq", "place"),
    Index("trades_of_maker", "maker_member", "seq", "place"),
    Index("trades_of_taker", "taker_member", "seq", "place"),
)
"""One row a trade: the public print and both fills. A member's fills are its rows, seen from its side."""

settlements = Table(
    "settlements",
    _schema,
    # The fields of SettlementRecord, in its order.
    _integer("seq", primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    _integer("ts_us"),
    _integer("account"),
    _text("ticker"),
    _text("event_ticker"),
    _text("result"),
    _integer("value"),
    _integer("position"),
    _integer("cost"),
    _integer("payout"),
    _integer("fee"),
    # And what finds it.
    _integer("member"),
    Index("settlements_of_member", "member", "seq", "place"),
)
_SETTLEMENT_FIELDS = SettlementRecord.__struct_fields__

checkpoint = Table("checkpoint", _schema, _integer("seq"))
"""One row: everything up to this seq is in the tables."""

# --- SQLite -----------------------------------------------------------------------------------------


def _engine_url(path: Path, driver: str) -> str:
    return f"sqlite{driver}:///{path}"


def _tune(connection: Any, record: object) -> None:
    """Readers do not wait for the writer; a power loss may cost the last batches, which the journal has."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()


def _open(path: Path) -> AsyncEngine:
    engine = create_async_engine(_engine_url(path, "+aiosqlite"))
    event.listen(engine.sync_engine, "connect", _tune)
    return engine


# --- writing ----------------------------------------------------------------------------------------


class HistoryWriter:
    """An EventSink that gathers rows and writes them in batches, then lets the projections forget them.

    `fold` may be called before `start` (recovery does); nothing is written until then. What a row needs beside
    its event is read from `views` when it is written: they have folded the record by then, and forget only
    what is stored.
    """

    def __init__(self, path: Path, views: Projections) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._views = views
        self._orders: list[tuple[int, int]] = []
        """(seq, order id) of orders that ended."""
        self._trades: list[tuple[int, int, int, Trade]] = []
        self._settlements: list[tuple[int, int, int, PositionSettled]] = []
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._checkpoint = self._prepare()
        self._seq = self._checkpoint

    def checkpoint(self) -> int:
        """The seq up to which history is whole; feed it what comes after."""
        return self._checkpoint

    def fold(self, record: LogRecord) -> None:
        """Gather the rows of the next record; one that is already stored is skipped."""
        seq = record.seq
        if seq <= self._seq:
            return
        self._seq = seq
        for place, happened in enumerate(record.events):
            if isinstance(happened, Trade):
                self._trades.append((seq, record.ts_us, place, happened))
                if not happened.maker_remaining:
                    self._orders.append((seq, happened.maker_order_id))
                if not happened.taker_remaining:
                    self._orders.append((seq, happened.taker_order_id))
            elif isinstance(happened, OrderCanceled):
                self._orders.append((seq, happened.order_id))
            elif isinstance(happened, PositionSettled):
                self._settlements.append((seq, record.ts_us, place, happened))

    def flush(self) -> None:
        self._news.set()

    async def start(self) -> None:
        """Begin to write in the background."""
        self._engine = _open(self._path)
        if self._checkpoint > self._views.seq:
            # The journal lost its tail in a power loss and history did not: what never happened goes.
            await self._cut_back(self._views.seq)
        if self._seq > self._checkpoint:
            self._news.set()
        self._writing = asyncio.get_running_loop().create_task(self._write_on())

    async def stop(self) -> None:
        """Write what is left and close."""
        self._stopping.set()
        self._news.set()
        if self._writing is not None:
            await self._writing
            self._writing = None
            await self._engine.dispose()

    def _prepare(self) -> int:
        """Make the tables on first use; the checkpoint. Without an event loop, so that recovery can ask."""
        engine = create_engine(_engine_url(self._path, ""))
        event.listen(engine, "connect", _tune)
        try:
            with engine.begin() as connection:
                _schema.create_all(connection)
                seq = connection.scalar(select(checkpoint.c.seq))
                if seq is None:
                    connection.execute(insert(checkpoint).values(seq=0))
                return seq or 0
        finally:
            engine.dispose()

    async def forget(self) -> None:
        """Empty the tables and begin again from seq 0; what is not written yet never will be."""
        for gathered in (self._orders, self._trades, self._settlements):
            gathered.clear()
        self._seq = self._checkpoint
        await self.stop()
        self._engine = _open(self._path)
        await self._cut_back(0)
        self._stopping.clear()
        self._writing = asyncio.get_running_loop().create_task(self._write_on())

    async def _cut_back(self, seq: int) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(orders).where(orders.c.ended_seq > seq))
            await connection.execute(delete(trades).where(trades.c.seq > seq))
            await connection.execute(delete(settlements).where(settlements.c.seq > seq))
            await connection.execute(update(checkpoint).values(seq=seq))
        _log.warning("history_cut_back", checkpoint=self._checkpoint, seq=seq)
        self._checkpoint = self._seq = seq

    async def _write_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._write()
            except (SQLAlchemyError, OSError) as error:
                # The rows stay, and so do the records in memory: nothing is lost but room.
                _log.error("history_write_failed", error=str(error))
                if self._stopping.is_set():
                    return
                self._news.set()
                await self._pause(RETRY_SECONDS)
                continue
            if self._stopping.is_set() and self._seq == self._checkpoint:
                return
            await self._pause(BATCH_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _write(self) -> None:
        """Store everything gathered so far and the checkpoint, in one transaction."""
        seq = self._seq
        if seq == self._checkpoint:
            return
        ended, traded, settled = len(self._orders), len(self._trades), len(self._settlements)
        async with self._engine.begin() as connection:
            for start in range(0, ended, CHUNK):
                rows = [self._order_row(*each) for each in self._orders[start : min(start + CHUNK, ended)]]
                await _insert_rows(connection, orders, rows)
            for start in range(0, traded, CHUNK):
                rows = [_trade_row(*each) for each in self._trades[start : min(start + CHUNK, traded)]]
                await _insert_rows(connection, trades, rows)
            for start in range(0, settled, CHUNK):
                rows = [self._settlement_row(*each) for each in self._settlements[start : min(start + CHUNK, settled)]]
                await _insert_rows(connection, settlements, rows)
            await connection.execute(update(checkpoint).values(seq=seq))
        del self._orders[:ended], self._trades[:traded], self._settlements[:settled]
        self._checkpoint = seq
        self._views.evict(seq)

    def _order_row(self, ended_seq: int, order_id: int) -> Values:
        order = self._views.orders.get(order_id)
        assert order is not None, "the projections forget only what is stored"
        return (*msgspec.structs.astuple(order), order.member, ended_seq)

    def _settlement_row(self, seq: int, ts_us: int, place: int, paid: PositionSettled) -> Values:
        market = self._views.portfolio.market(paid.ticker)
        assert market is not None, "the projections have folded what is written"
        position = self._views.portfolio.position(paid.account, paid.ticker)
        assert position is not None, "what is paid out was held"
        settlement = settlement_of(seq, ts_us, place, paid, market, position.fees)
        return (*msgspec.structs.astuple(settlement), member_of(paid.account))


def _trade_row(seq: int, ts_us: int, place: int, trade: Trade) -> Values:
    return (
        seq,
        place,
        ts_us,
        trade.ticker,
        trade.price,
        trade.count,
        _other(trade.maker_side),
        trade.maker_order_id,
        trade.maker_account,
        member_of(trade.maker_account),
        trade.maker_fee,
        trade.taker_order_id,
        trade.taker_account,
        member_of(trade.taker_account),
        trade.taker_fee,
    )


async def _insert_rows(connection: AsyncConnection, table: Table, rows: list[Values]) -> None:
    """Rows in the order of the table's columns, straight to the driver: row by row through SQLAlchemy's parameter
    processing costs more than everything else a trade causes here.
    """
    statement = str(insert(table).compile(dialect=connection.dialect))
    await connection.exec_driver_sql(statement, rows)


def _other(side: BookSide) -> BookSide:
    return BookSide.ASK if side is BookSide.BID else BookSide.BID


# --- reading ----------------------------------------------------------------------------------------


class SqlHistoryReader:
    """A HistoryReader over the same tables, with connections of its own."""

    def __init__(self, path: Path) -> None:
        self._engine = _open(path)

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
        rows = await self._rows(query.order_by(orders.c.order_id.desc()).limit(limit))
        return [_as_order(row) for row in rows]

    async def fills(self, wanted: FillFilter, limit: int) -> list[FillRecord]:
        if wanted.tickers == frozenset():
            return []
        found = [fill for is_taker in (False, True) for fill in await self._side(wanted, is_taker, limit)]
        return sorted(found, key=_key_of_fill, reverse=True)[:limit]

    async def settlements(self, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]:
        columns = [settlements.c[name] for name in _SETTLEMENT_FIELDS]
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
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).all()


def _order_columns() -> Query:
    return select(*(orders.c[name] for name in _ORDER_FIELDS))


def _as_order(row: Record) -> OrderRecord:
    return msgspec.convert(tuple(row), OrderRecord)


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
