"""Candlestick bodies (OAS:MarketCandlestick, PriceDistribution)."""

import msgspec

from wire.candlesticks import PriceDistribution
from wire.rest.legacy import with_retired_fields


def test_price_without_a_trade_is_null_and_not_left_out():
    sent = msgspec.json.decode(msgspec.json.encode(PriceDistribution(previous_dollars="0.5200")))
    assert sent == {
        "close_dollars": None,
        "high_dollars": None,
        "low_dollars": None,
        "mean_dollars": None,
        "open_dollars": None,
        "previous_dollars": "0.5200",
    }


def test_retired_twins_of_nulls_are_null():
    old = with_retired_fields(PriceDistribution(previous_dollars="0.5200"))
    assert (old["open"], old["previous"]) == (None, 52)
