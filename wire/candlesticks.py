"""Candlestick bodies: OHLC of the best YES bid and ask and of the trades of a period (OAS:MarketCandlestick).

Knows the shapes, and how a bar (candles.py) becomes one, whoever serves them.
"""

import msgspec

from wire.candles import NO_PRICE, Bar
from wire.rest.common import CountText, Dollars
from wire.units import format_count, format_price


class BidAskDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """One side's best price over the period; "0.0000" or "1.0000" while the side was empty."""

    close_dollars: Dollars
    high_dollars: Dollars
    low_dollars: Dollars
    open_dollars: Dollars


class PriceDistribution(msgspec.Struct, frozen=True, kw_only=True):
    """Trade prices of the period: null without a trade; `previous` null before the first (SEMANTICS D2)."""

    close_dollars: Dollars | None = None
    high_dollars: Dollars | None = None
    low_dollars: Dollars | None = None
    mean_dollars: Dollars | None = None
    open_dollars: Dollars | None = None
    previous_dollars: Dollars | None = None


class MarketCandlestick(msgspec.Struct, frozen=True, kw_only=True):
    """`end_period_ts` is the inclusive end of the period in Unix seconds."""

    end_period_ts: int
    open_interest_fp: CountText
    price: PriceDistribution
    volume_fp: CountText
    yes_ask: BidAskDistribution
    yes_bid: BidAskDistribution


class GetMarketCandlesticksResponse(msgspec.Struct, frozen=True, kw_only=True):
    candlesticks: list[MarketCandlestick]
    ticker: str


class MarketCandlesticksResponse(msgspec.Struct, frozen=True, kw_only=True):
    """One market of a batch."""

    candlesticks: list[MarketCandlestick]
    market_ticker: str


class BatchGetMarketCandlesticksResponse(msgspec.Struct, frozen=True):
    markets: list[MarketCandlesticksResponse]


class GetEventCandlesticksResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`adjusted_end_ts` is where the answer really ends: ask on from there if it is before the end asked for."""

    adjusted_end_ts: int
    market_candlesticks: list[list[MarketCandlestick]]
    market_tickers: list[str]


class BidAskDistributionHistorical(msgspec.Struct, frozen=True, kw_only=True):
    """The historical tier's fields have plain names (SEMANTICS D6)."""

    close: Dollars
    high: Dollars
    low: Dollars
    open: Dollars


class PriceDistributionHistorical(msgspec.Struct, frozen=True, kw_only=True):
    close: Dollars | None
    high: Dollars | None
    low: Dollars | None
    mean: Dollars | None
    open: Dollars | None
    previous: Dollars | None


class MarketCandlestickHistorical(msgspec.Struct, frozen=True, kw_only=True):
    """`end_period_ts` is the inclusive end of the period in Unix seconds."""

    end_period_ts: int
    open_interest: CountText
    price: PriceDistributionHistorical
    volume: CountText
    yes_ask: BidAskDistributionHistorical
    yes_bid: BidAskDistributionHistorical


class GetMarketCandlesticksHistoricalResponse(msgspec.Struct, frozen=True, kw_only=True):
    candlesticks: list[MarketCandlestickHistorical]
    ticker: str


def candlestick_historical(bar: Bar) -> MarketCandlestickHistorical:
    """A bar in the words of the historical tier."""
    live = candlestick(bar)
    bid, ask, price = live.yes_bid, live.yes_ask, live.price
    return MarketCandlestickHistorical(
        end_period_ts=live.end_period_ts,
        yes_bid=BidAskDistributionHistorical(
            open=bid.open_dollars, high=bid.high_dollars, low=bid.low_dollars, close=bid.close_dollars
        ),
        yes_ask=BidAskDistributionHistorical(
            open=ask.open_dollars, high=ask.high_dollars, low=ask.low_dollars, close=ask.close_dollars
        ),
        price=PriceDistributionHistorical(
            open=price.open_dollars,
            high=price.high_dollars,
            low=price.low_dollars,
            close=price.close_dollars,
            mean=price.mean_dollars,
            previous=price.previous_dollars,
        ),
        volume=live.volume_fp,
        open_interest=live.open_interest_fp,
    )


def candlestick(bar: Bar) -> MarketCandlestick:
    """A bar in the words of the wire."""
    return MarketCandlestick(
        end_period_ts=bar.end,
        yes_bid=BidAskDistribution(
            open_dollars=format_price(bar.bid_open),
            high_dollars=format_price(bar.bid_high),
            low_dollars=format_price(bar.bid_low),
            close_dollars=format_price(bar.bid_close),
        ),
        yes_ask=BidAskDistribution(
            open_dollars=format_price(bar.ask_open),
            high_dollars=format_price(bar.ask_high),
            low_dollars=format_price(bar.ask_low),
            close_dollars=format_price(bar.ask_close),
        ),
        price=PriceDistribution(
            open_dollars=_price(bar.open),
            high_dollars=_price(bar.high),
            low_dollars=_price(bar.low),
            close_dollars=_price(bar.close),
            mean_dollars=_price(_mean(bar)),
            previous_dollars=_price(bar.previous),
        ),
        volume_fp=format_count(bar.volume),
        open_interest_fp=format_count(bar.open_interest),
    )


def _price(price: int) -> str | None:
    return None if price == NO_PRICE else format_price(price)


def _mean(bar: Bar) -> int:
    """Per contract traded, to the nearest Price."""
    return (2 * bar.turnover + bar.volume) // (2 * bar.volume) if bar.volume else NO_PRICE
