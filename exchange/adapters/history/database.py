"""A database of history: which one a URL names, how rows get into it in bulk, what may go wrong with it.

The only place that knows SQLite from PostgreSQL.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Table, event, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from exchange.adapters.history.schema import migrate, needs_alembic

CHUNK = 100
"""Rows given to PostgreSQL at once, within a millisecond; the event loop runs between two chunks."""

VALUES = 16_384 if sqlite3.sqlite_version_info >= (3, 32) else 999
"""Values given to SQLite at once, within two milliseconds; before 3.32 it takes no more than 999."""

CONNECT_SECONDS = 10.0
"""How long PostgreSQL may take to answer a new connection."""

STATEMENT_SECONDS = 60.0
"""How long it may take over one statement before the connection is given up."""

_TROUBLES: tuple[type[Exception], ...] = (SQLAlchemyError, sqlite3.Error, OSError)
"""A TimeoutError is an OSError."""

Values = Sequence[Any]
"""A row in the order of its table's columns, of plain values: drivers go a long way to find that an enum is a text."""


class BadDatabase(ValueError):
    """The URL names no database this process can write to; the message says why."""


class Database:
    """SQLite in a file or PostgreSQL behind a URL. Connects to nothing by itself."""

    def __init__(self, url: str | Path) -> None:
        """A path is a SQLite file; a URL is `postgresql://user:password@host:port/name`. Raises BadDatabase."""
        if isinstance(url, Path):
            url.parent.mkdir(parents=True, exist_ok=True)
            self._url = URL.create("sqlite+aiosqlite", database=str(url))
            self.troubles = _TROUBLES
        else:
            import asyncpg  # a tenth of a second that who has no PostgreSQL need not wait

            self._url = _postgres(url)
            self.troubles = (*_TROUBLES, asyncpg.PostgresError, asyncpg.InterfaceError)
        """What a database that is away, slow, full or locked raises."""
        self.is_shared = not isinstance(url, Path)
        """Not a file of the venue's own: somebody else may have written there."""

    @property
    def shown(self) -> str:
        """The URL for logs and health, without the password."""
        return self._url.render_as_string(hide_password=True)

    def open(self) -> AsyncEngine:
        """A pool of connections; none is made before it is needed."""
        if not self.is_shared:
            engine = create_async_engine(self._url)
            event.listen(engine.sync_engine, "connect", _tune)
            return engine
        return create_async_engine(
            self._url,
            pool_pre_ping=True,
            connect_args={"timeout": CONNECT_SECONDS, "command_timeout": STATEMENT_SECONDS},
        )


async def prepare(connection: AsyncConnection) -> None:
    """Make the tables what this version needs. Raises HistoryRefused for those of a newer version."""
    if await connection.run_sync(needs_alembic):
        await asyncio.to_thread(__import__, "alembic.command")  # more than a second, and only after an upgrade
    await connection.run_sync(migrate)


async def insert_rows(connection: AsyncConnection, table: Table, rows: Iterator[Values]) -> None:
    """New rows straight to the driver: one COPY on PostgreSQL, on SQLite INSERTs of many rows each.

    Row by row through SQLAlchemy's parameter processing costs more than everything else a trade causes here.
    The transaction must have begun: the driver's own calls do not begin it.
    """
    raw = await connection.get_raw_connection()
    assert raw.driver_connection is not None, "connected"
    if connection.dialect.name == "postgresql":
        await _copy(raw.driver_connection, table, rows)
    else:
        await _insert(raw.driver_connection, table, rows)


async def _copy(driver: Any, table: Table, rows: Iterator[Values]) -> None:
    chunk = list(islice(rows, CHUNK))
    if chunk:
        columns = [column.name for column in table.columns]
        await driver.copy_records_to_table(table.name, records=_unhurried(chunk, rows), columns=columns)


async def _unhurried(chunk: list[Values], rows: Iterator[Values]) -> AsyncIterator[Values]:
    while chunk:
        for row in chunk:
            yield row
        await asyncio.sleep(0)
        chunk = list(islice(rows, CHUNK))


async def _insert(driver: Any, table: Table, rows: Iterator[Values]) -> None:
    """The driver's thread asks for the interpreter a few times a statement, and waits for it while the loop is busy:
    as few of them as there can be. Their sizes are powers of two, so that the driver keeps all of them prepared.
    """
    width = len(table.columns)
    most = _power_of_two(VALUES // width)
    while values := list(chain.from_iterable(islice(rows, most))):
        for place in _truths(table):
            values[place::width] = map(int, values[place::width])
        while values:
            count = _power_of_two(len(values) // width)
            await driver.execute(_statement(table, count), values[: count * width])
            del values[: count * width]


def _power_of_two(most: int) -> int:
    """The largest that is not more."""
    return 1 << most.bit_length() - 1


@cache
def _statement(table: Table, count: int) -> str:
    head, row = str(insert(table).compile(dialect=sqlite.dialect())).split(" VALUES ")
    return f"{head} VALUES {', '.join([row] * count)}"


def _truths(table: Table) -> list[int]:
    """Places of the columns that SQLite keeps as integers: its driver goes as long a way to find that a bool is one."""
    return [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]


async def replace_rows(connection: AsyncConnection, table: Table, rows: Sequence[Values]) -> None:
    """Rows that may be there already, by their primary key. A few: they go through SQLAlchemy."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    new: Any = sqlite.insert
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # a tenth of a second too

        new = postgresql.insert
    statement = new(table)
    changed = {name: statement.excluded[name] for name in names if not table.c[name].primary_key}
    statement = statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changed)
    await connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _postgres(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadDatabase(f"{url!r} is no database URL: {error}") from None
    if parsed.drivername not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise BadDatabase(f"history is kept in PostgreSQL (postgresql://...), not in {parsed.drivername!r}")
    return parsed.set(drivername="postgresql+asyncpg")


def _tune(connection: Any, record: object) -> None:
    """Readers do not wait for the writer; a power loss may cost the last batches, which the journal has."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
