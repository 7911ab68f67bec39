"""Two compacted topics: for each market the newest row and no more, so that a newcomer need not read the whole log.

A row says behind which seq it is true. Who starts from rows folds, of the log behind the least `as_of_seq` among them,
each market's records that are later than that market's row. Rows are written by the rebuilder; the log stays the truth.
"""

import msgspec

from wire.engine_events import MarketCreated

BOOKS_TOPIC = "book.snapshots.v1"
REGISTRY_TOPIC = "market.registry.v1"
TABLES_VERSION = 1


class BookRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The levels of a market: (YES price, Count), best first. `seq` and `ts_us` are of the last change."""

    version: int
    shard: int
    ticker: str
    seq: int
    ts_us: int
    as_of_seq: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class MarketRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A market as it is listed now: its creation with the status, close time and price grid it has by `as_of_seq`."""

    version: int
    shard: int
    as_of_seq: int
    market: MarketCreated
