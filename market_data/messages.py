"""What readers are sent: an envelope of ours around the bodies Kalshi's own feed has (wire/ws/public_feed.py).

    {"type":"orderbook_delta","ticker":T,"n":17,"seq":812,"engine_us":E,"publish_us":P,"msg":{...},"send_us":S}

`engine_us` is the venue's time of the cause, `publish_us` when this server had it in its state, `send_us` when the
frame was made for the socket. The last is put on by the fan-out: all before it is encoded once for all readers.
Knows spelling only.
"""

from market_data.board import Market
from market_data.updates import LevelChanged, Listed, Listing, Traded
from wire.book_changes import BookChange
from wire.rest.common import timestamp
from wire.units import format_money4
from wire.ws.frames import text_frame
from wire.ws.messages import encode
from wire.ws.public_feed import Stamp, delta_msg, snapshot_msg, ticker_msg, top_of


def _head(kind: bytes, ticker: str, seq: int, engine_us: int, publish_us: int) -> bytes:
    return b'{"type":"%b","ticker":%b,"seq":%d,"engine_us":%d,"publish_us":%d' % (
        kind,
        encode(ticker),
        seq,
        engine_us,
        publish_us,
    )


def delta(market: Market, update: LevelChanged, stamp: Stamp) -> bytes:
    change = BookChange(update.ticker, update.side, update.price, update.delta, 0, 0)
    head = _head(b"orderbook_delta", update.ticker, update.seq, update.ts_us, update.publish_us)
    return b'%b,"n":%d,"msg":%b' % (head, update.n, delta_msg(market.header, change, stamp))


def snapshot(market: Market, publish_us: int, skipped: int = 0) -> bytes:
    """The book behind change `n`; `skipped` changes were not sent to this reader because it was slow."""
    head = _head(b"orderbook_snapshot", market.ticker, market.seq, market.ts_us, publish_us)
    book = market.book
    msg = snapshot_msg(market.header, book.clock, book.levels("yes"), book.levels("no"), empty_sides=True)
    return b'%b,"n":%d,"skipped":%d,"msg":%b' % (head, market.n, skipped, msg)


def ticker_body(market: Market) -> bytes:
    """The feed's `ticker` body as of the market's last change."""
    return ticker_msg(market.header, top_of(market), Stamp(market.seq, market.ts_us))


def top(market: Market, publish_us: int) -> bytes:
    head = _head(b"ticker", market.ticker, market.seq, market.ts_us, publish_us)
    return b'%b,"msg":%b' % (head, ticker_body(market))


def trade(update: Traded) -> bytes:
    head = _head(b"trade", update.ticker, update.seq, update.ts_us, update.publish_us)
    return b'%b,"msg":%b' % (head, update.msg)


def listed(update: Listed) -> bytes:
    head = _head(b"market", update.ticker, update.seq, update.ts_us, update.publish_us)
    return b'%b,"msg":%b' % (head, encode(listing_body(update.listing)))


def listing_body(listing: Listing) -> dict[str, object]:
    """A market as REST and the feed show it, in Kalshi's names."""
    body: dict[str, object] = {
        "ticker": listing.ticker,
        "event_ticker": listing.event_ticker,
        "series_ticker": listing.series_ticker,
        "market_id": listing.market_id,
        "title": listing.title,
        "yes_sub_title": listing.yes_sub_title,
        "no_sub_title": listing.no_sub_title,
        "status": listing.status,
        "open_time": timestamp(listing.open_us),
        "close_time": timestamp(listing.close_us),
        "price_level_structure": listing.price_level_structure,
        "price_ranges": listing.price_ranges,
        "result": listing.result,
    }
    if listing.result:
        body["settlement_value_dollars"] = format_money4(listing.settlement_value)
    return body


def status(fresh: bool, because: str) -> bytes:
    """Whether what was sent is still what the venue says."""
    return b'{"type":"status","fresh":%b,"because":%b' % (b"true" if fresh else b"false", encode(because))


def framed(body: bytes, send_us: int) -> bytes:
    """A body, when it is sent, as a whole text frame."""
    return text_frame(b'%b,"send_us":%d}' % (body, send_us))
