"""Books and trades to public messages: what the hub's tests cannot make happen."""

import json

from wire.ws.public_feed import Stamp, TopOfBook, market_header, own_delta_msg, ticker_msg

STAMP = Stamp(812, 1_669_149_841_000_000)


def test_attribution_is_put_inside_the_message():
    own = json.loads(own_delta_msg(b'{"a":1}', 'x"\\é', 3))
    assert own == {"a": 1, "client_order_id": 'x"\\é', "subaccount": 3}
    assert json.loads(own_delta_msg(b'{"a":1}', "", 0)) == {"a": 1}


def test_whole_seconds_have_no_fraction():
    """AAS examples: 1669149841000 is 2022-11-22T20:44:01Z; the live wire drops trailing zeros likewise."""
    assert STAMP.iso == b"2022-11-22T20:44:01Z"
    assert Stamp(1, 1_669_149_841_420_999).iso == b"2022-11-22T20:44:01.42Z"


def test_ticker_notionals_are_whole_dollars():
    top = TopOfBook(4800, 2500, (4500, 30_000), (5300, 15_000), 3_389_600, 16_948_999_999, 2_042_200)
    msg = json.loads(ticker_msg(market_header("FED-23DEC-T3.00", "9b0f"), top, STAMP))
    assert (msg["dollar_volume"], msg["dollar_open_interest"]) == (16_948, 9_802)
    assert (msg["price_dollars"], msg["volume_fp"]) == ("0.4800", "33896.00")
    assert (msg["ts"], msg["ts_ms"], msg["time"]) == (1669149841, 1669149841000, "2022-11-22T20:44:01Z")
