"""What changed in a market, as the server's own processes tell one another.

Public facts only: no account, no order. The process that reads the log makes updates out of its records (board.py)
and hands them to its readers and, through the store, to server processes that do not read the log.
"""

import msgspec

from wire.enums import BookSide, MarketStatus
from wire.units import format_price


class Band(msgspec.Struct, frozen=True, gc=False):
    """One band of a price grid (SEMANTICS A2), prices as dollars."""

    start: str
    end: str
    step: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """A market as it is listed now. Times are Unix microseconds, `settlement_value` Money."""

    ticker: str
    event_ticker: str
    series_ticker: str
    market_id: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    status: MarketStatus
    open_us: int
    close_us: int
    price_level_structure: str
    price_ranges: tuple[Band, ...]
    result: str = ""
    settlement_value: int = 0


class Update(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """`ts_us` is the venue's time of the record `seq`, `publish_us` when this server folded it."""


class Listed(Update, frozen=True):
    """A market was made, or what is said of it changed."""

    listing: Listing
    seq: int
    ts_us: int
    publish_us: int

    @property
    def ticker(self) -> str:
        return self.listing.ticker


class LevelChanged(Update, frozen=True):
    """Change number `n` of a market's book: a level moved by `delta` (a Count). `price` is the YES price."""

    ticker: str
    n: int
    side: BookSide
    price: int
    delta: int
    seq: int
    ts_us: int
    publish_us: int


class Traded(Update, frozen=True):
    """A public print, and the totals it left. `msg` is the body of the feed's `trade` message."""

    ticker: str
    price: int
    count: int
    volume: int
    dollar_volume: int
    open_interest: int
    msg: bytes
    seq: int
    ts_us: int
    publish_us: int


AnyUpdate = Listed | LevelChanged | Traded


def band(start: int, end: int, step: int) -> Band:
    return Band(format_price(start), format_price(end), format_price(step))
