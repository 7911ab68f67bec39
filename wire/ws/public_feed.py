"""Books and trades -> public channel messages: one mapping, whichever server sends it.

    BookChange (wire/book_changes.py) ──► delta_msg      orderbook_delta
    levels                            ──► snapshot_msg   orderbook_snapshot
    Trade                             ──► trade_msg      trade
    TopOfBook                         ──► ticker_msg     ticker

Everything here returns the bytes of a message's `msg` object; sid and seq are the session's. Knows no
subscriber. What an event does not say (a market's UUID, the client's own order id) is handed in.

They are byte templates: integers and table look-ups, no objects. What happens to markets themselves, which is rare, is
in lifecycle.py.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from wire.book_changes import BookChange
from wire.engine_events import Trade
from wire.enums import BookSide
from wire.ids import trade_uuid
from wire.rest.common import timestamp
from wire.units import DOLLAR, MICROS, PAYOUT, format_count
from wire.ws.messages import PRICE_TEXT, encode

_BID = BookSide.BID


class Stamp:
    """When a record happened, in every spelling the messages use; each written once per record."""

    __slots__ = ("clock", "iso", "ms", "seconds", "suffix")

    def __init__(self, seq: int, ts_us: int) -> None:
        self.clock = seq
        self.ms = ts_us // 1000
        self.seconds = ts_us // MICROS
        self.iso = timestamp(ts_us - ts_us % 1000).encode()
        self.suffix = b',"ts":"%b","ts_ms":%d}' % (self.iso, self.ms)
        """The end of a delta."""


def market_header(ticker: str, market_id: str) -> bytes:
    """The first two fields of every message about one market's book, made once per market."""
    return b'{"market_ticker":%b,"market_id":"%b"' % (encode(ticker), market_id.encode())


# --- orderbook --------------------------------------------------------------------------------------


def delta_msg(header: bytes, change: BookChange, stamp: Stamp, *, yes_price: bool = False) -> bytes:
    """AAS orderbookDelta.msg. A NO level is priced in its own leg unless `yes_price` (SEMANTICS G4, J13)."""
    if change.side is _BID:
        price, side = change.price, b"yes"
    else:
        price, side = change.price if yes_price else PAYOUT - change.price, b"no"
    return b'%b,"clock":%d,"price_dollars":"%b","delta_fp":"%b","side":"%b"%b' % (
        header,
        stamp.clock,
        PRICE_TEXT[price],
        format_count(change.delta).encode(),
        side,
        stamp.suffix,
    )


def own_delta_msg(msg: bytes, client_order_id: str, subaccount: int) -> bytes:
    """A delta as the one who caused it sees it; the subaccount only when it is not the primary (SEMANTICS G4)."""
    own = b',"client_order_id":' + encode(client_order_id) if client_order_id else b""
    if subaccount:
        own += b',"subaccount":%d' % subaccount
    return msg[:-1] + own + b"}"


def snapshot_msg(
    header: bytes,
    clock: int,
    yes: Sequence[tuple[int, int]],
    no: Sequence[tuple[int, int]],
    *,
    yes_price: bool = False,
    empty_sides: bool = False,
) -> bytes:
    """AAS orderbookSnapshot.msg from own-leg levels, ascending.

    An empty side's key is absent, or `[]` with `empty_sides` (SEMANTICS K35). With `yes_price` NO levels are
    turned into YES prices and stay in ascending order of the price shown.
    """
    if yes_price:
        no = [(PAYOUT - price, count) for price, count in reversed(no)]
    sides = b"".join(
        b',"%b":[%b]' % (key, b",".join(b'["%b","%b"]' % (PRICE_TEXT[p], format_count(c).encode()) for p, c in levels))
        for key, levels in ((b"yes_dollars_fp", yes), (b"no_dollars_fp", no))
        if levels or empty_sides
    )
    return b'%b,"clock":%d%b}' % (header, clock, sides)


# --- trade and ticker -------------------------------------------------------------------------------


def trade_msg(event: Trade, shard: int, place: int, stamp: Stamp) -> bytes:
    """AAS trade.msg. The legacy `taker_side` says the outcome, as `taker_outcome_side` does."""
    outcome, side = (b"no", b"ask") if event.maker_side is _BID else (b"yes", b"bid")
    return (
        b'{"trade_id":"%b","market_ticker":%b,"yes_price_dollars":"%b","no_price_dollars":"%b","count_fp":"%b",'
        b'"taker_side":"%b","taker_outcome_side":"%b","taker_book_side":"%b","is_block_trade":false,'
        b'"ts":%d,"ts_ms":%d}'
    ) % (
        trade_uuid(shard, stamp.clock, place).encode(),
        encode(event.ticker),
        PRICE_TEXT[event.price],
        PRICE_TEXT[PAYOUT - event.price],
        format_count(event.count).encode(),
        outcome,
        outcome,
        side,
        stamp.seconds,
        stamp.ms,
    )


class QuotedBook(Protocol):
    """What a ticker is read from: exchange.projections.books.Book, or any reader's book of the same shape."""

    last_price: int
    last_trade_count: int
    volume: int
    dollar_volume: int
    open_interest: int

    def best_bid(self) -> tuple[int, int] | None: ...

    def best_ask(self) -> tuple[int, int] | None: ...


class TopOfBook(NamedTuple):
    """All a ticker shows of a market; a new ticker is due when any of it changed. Prices, Counts, Money."""

    last_price: int
    last_trade_count: int
    bid: tuple[int, int]
    ask: tuple[int, int]
    volume: int
    dollar_volume: int
    open_interest: int


NO_BID = (0, 0)
NO_ASK = (PAYOUT, 0)
"""An empty side is shown as bid 0.0000 and ask 1.0000 (SEMANTICS B2, K7)."""


def top_of(book: QuotedBook) -> TopOfBook:
    return TopOfBook(
        book.last_price,
        book.last_trade_count,
        book.best_bid() or NO_BID,
        book.best_ask() or NO_ASK,
        book.volume,
        book.dollar_volume,
        book.open_interest,
    )


def ticker_msg(header: bytes, top: TopOfBook, stamp: Stamp) -> bytes:
    """AAS ticker.msg. Notionals are whole dollars, cut; open interest is valued at the last price."""
    return (
        b'%b,"price_dollars":"%b","yes_bid_dollars":"%b","yes_ask_dollars":"%b","volume_fp":"%b",'
        b'"open_interest_fp":"%b","dollar_volume":%d,"dollar_open_interest":%d,"yes_bid_size_fp":"%b",'
        b'"yes_ask_size_fp":"%b","last_trade_size_fp":"%b","ts":%d,"ts_ms":%d,"time":"%b"}'
    ) % (
        header,
        PRICE_TEXT[top.last_price],
        PRICE_TEXT[top.bid[0]],
        PRICE_TEXT[top.ask[0]],
        format_count(top.volume).encode(),
        format_count(top.open_interest).encode(),
        top.dollar_volume // DOLLAR,
        top.open_interest * top.last_price // DOLLAR,
        format_count(top.bid[1]).encode(),
        format_count(top.ask[1]).encode(),
        format_count(top.last_trade_count).encode(),
        stamp.seconds,
        stamp.ms,
        stamp.iso,
    )
