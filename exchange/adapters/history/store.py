"""One transaction: rows and the checkpoint that says they are there, or neither.

Knows SQL over the tables. Which checkpoint there is, stored.py knows; when to write, and what after a failure, is
writer.py's.
"""

from typing import NamedTuple

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.adapters.history import tables
from exchange.adapters.history.database import insert_rows, replace_rows
from exchange.adapters.history.gathering import Gathered
from exchange.ports import HistoryRefused


class Checkpoint(NamedTuple):
    """Everything up to `seq` of a life, and every minute that ended by `candles_until`, is stored."""

    seq: int = 0
    life: str = ""
    candles_until: int = 0


async def load(connection: AsyncConnection) -> Checkpoint | None:
    """The checkpoint, None in a database nobody wrote to."""
    columns = tables.checkpoint.c
    row = (await connection.execute(select(columns.seq, columns.life, columns.candles_until))).first()
    return None if row is None else Checkpoint(*row)


async def begin(connection: AsyncConnection, life: str) -> Checkpoint:
    """The first checkpoint of an empty database."""
    await connection.execute(insert(tables.checkpoint).values(place=0, seq=0, life=life, candles_until=0))
    return Checkpoint(0, life)


async def write(connection: AsyncConnection, gathered: Gathered, old: Checkpoint) -> Checkpoint:
    """Store what was gathered behind `old`. Raises HistoryRefused when the database has moved on without us."""
    assert gathered.after_seq == old.seq, "nothing is left out and nothing written twice"
    new = Checkpoint(gathered.seq, old.life, max(old.candles_until, gathered.candles_until()))
    # First, because it begins the transaction, and because it says that nobody else writes here.
    await _move(connection, old, new)
    for table, rows in gathered.new_rows(old.candles_until):
        await insert_rows(connection, table, rows)
    for table, changed in gathered.changed_rows():
        await replace_rows(connection, table, changed)
    return new


async def cut_back(connection: AsyncConnection, old: Checkpoint, new: Checkpoint) -> None:
    """Take back everything behind `new`; with seq 0 everything there is."""
    await _move(connection, old, new)
    await connection.execute(delete(tables.orders).where(tables.orders.c.ended_seq > new.seq))
    for table in (tables.trades, tables.settlements, tables.ledger):
        await connection.execute(delete(table).where(table.c.seq > new.seq))
    await connection.execute(delete(tables.candlesticks).where(tables.candlesticks.c.end > new.candles_until))
    if not new.seq:
        for table in (tables.series, tables.events, tables.markets):
            await connection.execute(delete(table))


async def retire(connection: AsyncConnection, before_us: int) -> None:
    """Forget what ended, traded, was paid or moved before this time. What is listed stays."""
    await connection.execute(delete(tables.orders).where(tables.orders.c.updated_us < before_us))
    for table in (tables.trades, tables.settlements, tables.ledger):
        await connection.execute(delete(table).where(table.c.ts_us < before_us))
    minute = before_us // 1_000_000
    await connection.execute(delete(tables.candlesticks).where(tables.candlesticks.c.end < minute))


async def _move(connection: AsyncConnection, old: Checkpoint, new: Checkpoint) -> None:
    columns = tables.checkpoint.c
    moved = await connection.execute(
        update(tables.checkpoint)
        .where(and_(columns.seq == old.seq, columns.life == old.life))
        .values(seq=new.seq, life=new.life, candles_until=new.candles_until)
    )
    if moved.rowcount != 1:
        raise HistoryRefused(f"somebody else writes into the database: it is no longer at seq {old.seq}")
