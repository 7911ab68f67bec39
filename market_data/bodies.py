"""What is stored of a market and served over REST: the bodies of the store's keys, and back.

Prices are YES prices as dollar strings, counts are strings of contracts, as everywhere on the wire.
"""

import msgspec

from market_data.board import Market
from market_data.messages import ticker_body
from market_data.updates import Listing
from wire.units import PAYOUT, format_count, format_price, parse_count, parse_price

Rows = list[tuple[str, str]]


class BookBody(msgspec.Struct, frozen=True, kw_only=True):
    """The levels behind change `n`, best first. `seq` and `ts_us` are of the last change or trade."""

    ticker: str
    n: int
    seq: int
    ts_us: int
    bids: Rows
    asks: Rows


class TickerBody(msgspec.Struct, frozen=True, kw_only=True):
    """Of a `ticker` body what another process needs to go on from it."""

    price_dollars: str
    last_trade_size_fp: str
    volume_fp: str
    open_interest_fp: str
    dollar_volume: int


_encoder = msgspec.json.Encoder()
_listings = msgspec.json.Decoder(Listing)
_books = msgspec.json.Decoder(BookBody)
_tickers = msgspec.json.Decoder(TickerBody)


def book_body(market: Market) -> BookBody:
    book = market.book
    return BookBody(
        ticker=market.ticker,
        n=market.n,
        seq=market.seq,
        ts_us=market.ts_us,
        bids=[(format_price(price), format_count(count)) for price, count in reversed(book.levels("yes"))],
        asks=[(format_price(PAYOUT - price), format_count(count)) for price, count in reversed(book.levels("no"))],
    )


def stored_values(market: Market) -> dict[str, bytes]:
    """By the kind of key; no `trade` before the first one."""
    values = {
        "market": _encoder.encode(market.listing),
        "orderbook": _encoder.encode(book_body(market)),
        "price": ticker_body(market),
    }
    if market.trades:
        values["trade"] = market.trades[-1].msg
    return values


def restored(listing: bytes, book: bytes, ticker: bytes) -> Market:
    """A market from what was stored of it; its trades and candlesticks begin now."""
    market = Market(_listings.decode(listing))
    levels, figures = _books.decode(book), _tickers.decode(ticker)
    market.book.replace(
        [(parse_price(price), parse_count(count)) for price, count in levels.bids],
        [(PAYOUT - parse_price(price), parse_count(count)) for price, count in levels.asks],
        levels.seq,
    )
    market.n, market.seq, market.ts_us = levels.n, levels.seq, levels.ts_us
    market.last_price = parse_price(figures.price_dollars)
    market.last_trade_count = parse_count(figures.last_trade_size_fp)
    market.volume, market.open_interest = parse_count(figures.volume_fp), parse_count(figures.open_interest_fp)
    market.dollar_volume = figures.dollar_volume * 1_000_000
    return market
