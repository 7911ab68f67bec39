"""Market data: V and e read, W X Y f written (SEMANTICS H7, FIX/market-data).

Prices are dollars whatever the Logon asked, and YES-leg: a bid for NO shows as an offer at 1 - p. A body is the
same for every subscriber: write it once.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum

import msgspec

from wire.enums import BookSide
from wire.fix import tags
from wire.fix.codec import encode_fields
from wire.fix.message import Message
from wire.fix.messages.values import format_quantity
from wire.fix.timestamps import format_date, format_time
from wire.fix.validation import read_group
from wire.units import format_price

_ENTRY_TYPES = {BookSide.BID: "0", BookSide.ASK: "1"}
_AGGRESSORS = {BookSide.BID: "1", BookSide.ASK: "2"}


class MarketDataRequest(msgspec.Struct, frozen=True, gc=False):
    """MarketDataRequest (35=V). `subscription` is tag 263 as it came; without tickers 2 ends every subscription."""

    subscription: str
    tickers: tuple[str, ...]


class SecurityStatusRequest(msgspec.Struct, frozen=True, gc=False):
    """SecurityStatusRequest (35=e): 1 subscribes, 2 ends it."""

    subscription: str
    ticker: str


class LevelChange(msgspec.Struct, frozen=True, gc=False):
    """A book level after a change: `count` is all that stands there now, 0 = the level is gone."""

    side: BookSide
    price: int
    count: int
    is_new: bool = False


class TradePrint(msgspec.Struct, frozen=True, gc=False):
    """A trade; `taker_side` is the aggressor's."""

    price: int
    count: int
    taker_side: BookSide


class RequestRejectReason(IntEnum):
    """Tag 281."""

    INSUFFICIENT_BANDWIDTH = 2
    UNSUPPORTED_SUBSCRIPTION_TYPE = 4


class TradingStatus(IntEnum):
    """Tag 326."""

    HALT = 2
    RESUME = 3
    DETERMINED = 100
    SETTLED = 101


def read_market_data_request(message: Message) -> MarketDataRequest:
    """V; the order of its tickers is kept."""
    tickers = tuple(str(entry[tags.SYMBOL]) for entry in read_group(message, tags.NO_RELATED_SYM))
    return MarketDataRequest(message[tags.SUBSCRIPTION_REQUEST_TYPE], tickers)


def read_security_status_request(message: Message) -> SecurityStatusRequest:
    """e."""
    return SecurityStatusRequest(message[tags.SUBSCRIPTION_REQUEST_TYPE], message[tags.SYMBOL])


def encode_snapshot(
    ticker: str, bids: Iterable[tuple[int, int]], offers: Iterable[tuple[int, int]], captured_us: int
) -> bytes:
    """The body of W: (price, count) levels, YES-leg; no levels for a ticker that has no book."""
    stamp = f"272={format_date(captured_us)}\x01273={format_time(captured_us)}\x01"
    entries = [
        f"269={kind}\x01270={format_price(price)}\x01271={format_quantity(count)}\x01{stamp}"
        for kind, levels in (("0", bids), ("1", offers))
        for price, count in levels
    ]
    return f"55={ticker}\x01268={len(entries)}\x01{''.join(entries)}".encode("latin-1", "replace")


def encode_increments(ticker: str, changes: Sequence[LevelChange | TradePrint], event_us: int) -> bytes:
    """The body of X: what one event did to one market, at least one change. A level at 0 is deleted."""
    stamp = f"272={format_date(event_us)}\x01273={format_time(event_us)}\x01"
    entries = []
    for change in changes:
        if isinstance(change, TradePrint):
            action, kind, tail = "0", "2", f"2446={_AGGRESSORS[change.taker_side]}\x01"
        else:
            action = "2" if not change.count else "0" if change.is_new else "1"
            kind, tail = _ENTRY_TYPES[change.side], ""
        entries.append(
            f"279={action}\x0155={ticker}\x01269={kind}\x01270={format_price(change.price)}\x01"
            f"271={format_quantity(change.count)}\x01{stamp}{tail}"
        )
    return f"268={len(entries)}\x01{''.join(entries)}".encode("latin-1", "replace")


def encode_request_reject(reason: RequestRejectReason, text: str) -> bytes:
    """The body of Y."""
    return encode_fields([(tags.MD_REQ_REJ_REASON, str(int(reason))), (tags.TEXT, text)])


def encode_security_status(ticker: str, status: TradingStatus) -> bytes:
    """The body of f."""
    return encode_fields([(tags.SYMBOL, ticker), (tags.SECURITY_TRADING_STATUS, str(int(status)))])
