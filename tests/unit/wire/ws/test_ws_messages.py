"""Replies as they are written."""

import json

from wire.ws.errors import ErrorCode
from wire.ws.messages import (
    PRICE_TEXT,
    SubscriptionEntry,
    error,
    head,
    listed,
    sequenced_head,
    subscribed,
    tail,
    unsubscribed,
    updated,
)


def test_subscribed_is_byte_for_byte_as_recorded():
    """Recording ws__orderbook_trade_yes, where each frame ends in a newline."""
    assert subscribed(1, "orderbook_delta", 1) == (
        b'{"type":"subscribed","id":1,"msg":{"channel":"orderbook_delta","sid":1}}\n'
    )


def test_id_0_is_left_out_of_every_reply():
    for reply in (
        subscribed(0, "trade", 1),
        unsubscribed(0, 1, 2),
        updated(0, 1, 2, {}),
        listed(0, [SubscriptionEntry("trade", 1)]),
        error(0, ErrorCode.UNKNOWN_COMMAND),
    ):
        assert "id" not in json.loads(reply)
        assert reply.endswith(b"}\n")


def test_error_names_one_market_or_several():
    assert json.loads(error(1, ErrorCode.INVALID_PARAMETER, ("A",)))["msg"]["market_ticker"] == "A"
    assert json.loads(error(1, ErrorCode.INVALID_PARAMETER, ("A", "B")))["msg"]["market_tickers"] == ["A", "B"]


def test_prefix_and_tail_make_one_message():
    shared = tail(b'{"a":1}')
    assert json.loads(sequenced_head("trade", 2) + b"7" + shared) == {
        "type": "trade",
        "sid": 2,
        "seq": 7,
        "msg": {"a": 1},
    }
    assert json.loads(head("ticker", 2) + shared) == {"type": "ticker", "sid": 2, "msg": {"a": 1}}


def test_price_table_has_every_price():
    assert (PRICE_TEXT[0], PRICE_TEXT[5600], PRICE_TEXT[10_000]) == (b"0.0000", b"0.5600", b"1.0000")
