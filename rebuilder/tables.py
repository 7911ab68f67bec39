"""What the rebuilder tells newcomers: the newest levels and listing of every market that changed, now and then.

Knows which rows are out of date. A table that cannot be written stays out of date and is tried again; nobody waits.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

import msgspec
import structlog

from rebuilder.follower import Follower
from rebuilder.order_book import OrderBook
from wire.enums import BookSide
from wire.event_log import LogUnavailable
from wire.tables import TABLES_VERSION, BookRow, MarketRow

EVERY_SECONDS = 5.0
_log = structlog.get_logger("rebuilder.tables")
_encoder = msgspec.msgpack.Encoder()


class Table(Protocol):
    """Where rows go."""

    async def create_topic(self) -> None:
        """Raises LogUnavailable."""
        ...

    async def put(self, rows: Mapping[str, bytes]) -> None:
        """Raises LogUnavailable."""
        ...


class TableWriter:
    """`run` until canceled, or `write` once. The first round writes everything: what is there already is not asked."""

    def __init__(self, follower: Follower, books: Table, registry: Table) -> None:
        self._follower = follower
        self._books = books
        self._registry = registry
        self._books_written = -1
        self._registry_written = -1

    async def run(self) -> None:
        made = False
        while True:
            try:
                if not made:
                    await self._books.create_topic()
                    await self._registry.create_topic()
                    made = True
                await self.write()
            except LogUnavailable as error:
                _log.warning("tables_unavailable", error=str(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def write(self) -> int:
        """Bring both tables up to date; returns how many rows that took. Raises LogUnavailable."""
        books = self._follower.books
        if self._follower.status != "following":
            return 0
        seq = books.seq
        if seq < self._books_written:  # the books were built anew, from another log
            self._books_written = self._registry_written = -1
        levels = {book.ticker: _row(book, books.shard, seq) for book in books if book.seq > self._books_written}
        listed = {
            book.ticker: _encoder.encode(MarketRow(TABLES_VERSION, books.shard, seq, book.listing))
            for book in books
            if book.listed_seq > self._registry_written
        }
        if levels:
            await self._books.put(levels)
        self._books_written = seq
        if listed:
            await self._registry.put(listed)
        self._registry_written = seq
        return len(levels) + len(listed)


def _row(book: OrderBook, shard: int, as_of_seq: int) -> bytes:
    bids, asks = (
        tuple((price, level.total) for price, level in book.levels(side)) for side in (BookSide.BID, BookSide.ASK)
    )
    return _encoder.encode(BookRow(TABLES_VERSION, shard, book.ticker, book.seq, book.ts_us, as_of_seq, bids, asks))
