"""Engine events to public messages: what the hub's tests cannot make happen, and the order of book changes."""

import json

import pytest

from wire.engine_events import (
    EventFeeChanged,
    MarketCreated,
    MarketDetermined,
    MarketStatusChanged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    PriceRange,
    Trade,
)
from wire.enums import (
    BookSide,
    CancelCause,
    FeeType,
    MarketResult,
    MarketStatus,
    SelfTradePrevention,
    TimeInForce,
)
from wire.ws.public_feed import (
    Stamp,
    TopOfBook,
    book_changes,
    lifecycle_msg,
    market_header,
    own_delta_msg,
    ticker_msg,
)

BID, ASK = BookSide.BID, BookSide.ASK
STAMP = Stamp(812, 1_669_149_841_000_000)


def accepted(order_id: int, side: BookSide, price: int, count: int, resting: int) -> OrderAccepted:
    return OrderAccepted(
        order_id, 64, "M", "", side, price, count, resting, TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS, False, False, False, 0, 0,
    )  # fmt: skip


def trade(price: int, count: int, maker: int, taker: int) -> Trade:
    return Trade("M", price, count, ASK, maker, 128, 0, 0, 0, 0, 0, 0, taker, 64, 0, 0, 0, 0, 0, 0)


def canceled(order_id: int, side: BookSide, price: int, resting: int) -> OrderCanceled:
    return OrderCanceled(order_id, 64, "M", side, price, resting, resting, CancelCause.ORDER_GROUP)


def amended(old_price: int, price: int, old_resting: int, resting: int) -> OrderAmended:
    return OrderAmended(7, 64, "M", BID, old_price, price, old_resting, resting, resting, False, "", 0)


def levels(events) -> list[tuple[BookSide, int, int]]:
    return [(change.side, change.price, change.delta) for change in book_changes(events)]


def test_leftover_of_a_taker_rests_after_the_makers_are_gone():
    events = (accepted(9, BID, 5500, 1000, 600), trade(5000, 200, 1, 9), trade(5100, 200, 2, 9))
    assert levels(events) == [(ASK, 5000, -200), (ASK, 5100, -200), (BID, 5500, 600)]


def test_order_that_leaves_in_the_record_it_came_in_comes_before_it_goes():
    """An order group that trips on the order's own fills: adding after taking would leave a ghost level."""
    events = (accepted(9, BID, 5500, 1000, 600), trade(5000, 400, 1, 9), canceled(9, BID, 5500, 600))
    assert levels(events) == [(ASK, 5000, -400), (BID, 5500, 600), (BID, 5500, -600)]


def test_maker_canceled_in_mid_match_does_not_bring_the_taker_forward():
    events = (accepted(9, BID, 5500, 1000, 600), canceled(3, ASK, 5000, 100), trade(5100, 400, 2, 9))
    assert levels(events) == [(ASK, 5000, -100), (ASK, 5100, -400), (BID, 5500, 600)]


def test_order_that_does_not_rest_changes_only_what_it_hits():
    assert levels((accepted(9, BID, 5500, 200, 0), trade(5000, 200, 1, 9))) == [(ASK, 5000, -200)]


def test_leftover_that_never_rested_changes_nothing_when_it_ends():
    assert levels((accepted(9, BID, 5500, 200, 0), canceled(9, BID, 5500, 0))) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (amended(4000, 4200, 300, 500), [(BID, 4000, -300), (BID, 4200, 500)]),
        (amended(4000, 4000, 300, 500), [(BID, 4000, 200)]),
        (amended(4000, 4000, 300, 100), [(BID, 4000, -200)]),
        (amended(4000, 4000, 300, 300), []),
        (amended(4000, 4200, 300, 0), [(BID, 4000, -300)]),
        (OrderDecreased(7, 64, "M", BID, 4000, 100, 200), [(BID, 4000, -100)]),
    ],
    ids=["moved", "grown", "shrunk", "expiry only", "filled at once", "decreased"],
)
def test_change_of_a_resting_order(event, expected):
    assert levels((event,)) == expected


def test_trade_is_caused_by_the_taker():
    assert [(change.cause_account, change.cause_order) for change in book_changes((trade(5000, 1, 3, 9),))] == [(64, 9)]


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


@pytest.mark.parametrize(
    ("result", "value", "text"),
    [
        (MarketResult.YES, 0, "1.0000"),
        (MarketResult.NO, 0, "0.0000"),
        (MarketResult.SCALAR, 305_000, "0.3050"),
    ],
)
def test_settlement_value_is_what_one_yes_contract_pays(result, value, text):
    message = lifecycle_msg(MarketDetermined("M", result, value, 0), 0, STAMP)
    assert json.loads(message.msg)["settlement_value"] == text


@pytest.mark.parametrize("new", [MarketStatus.ACTIVE, MarketStatus.CLOSED])
def test_scheduled_transitions_are_silent(new):
    assert lifecycle_msg(MarketStatusChanged("M", MarketStatus.INITIALIZED, new, True), 0, STAMP) is None


def test_fee_change_that_is_only_announced_is_silent():
    assert lifecycle_msg(EventFeeChanged("E", FeeType.FLAT, 10_000, 1, False), 0, STAMP) is None


@pytest.mark.parametrize(
    ("multiplier", "number"), [(10_000, b":1}"), (5_000, b":0.5}"), (0, b":0}"), (12_345, b":1.2345}")]
)
def test_fee_multiplier_is_an_exact_json_number(multiplier, number):
    message = lifecycle_msg(EventFeeChanged("E", FeeType.QUADRATIC, multiplier, 1, True), 0, STAMP)
    assert message.msg.endswith(number)


@pytest.mark.parametrize("details", [b"", b"[]", b'{"title":7}', b"\xff"])
def test_market_with_broken_details_is_announced_without_them(details):
    event = MarketCreated(
        "M", "E", "S", MarketStatus.ACTIVE, 0, 86_400_000_000, 0, "linear_cent", (PriceRange(0, 10_000, 100),), details
    )
    msg = json.loads(lifecycle_msg(event, 0, STAMP).msg)
    assert msg["additional_metadata"]["title"] == ""
    assert msg["additional_metadata"]["expected_expiration_ts"] == msg["close_ts"] == 86_400
