"""Candlestick bodies: OHLC of the best YES bid and ask and of the trades of a period (OAS:MarketCandlestick).

Knows the shapes, whoever serves them. What a period is and which trades fall into it is the tape's business.
"""

import msgspec

from wire.rest.common import CountText, Dollars


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
