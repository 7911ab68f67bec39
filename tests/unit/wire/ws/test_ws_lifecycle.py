"""What happens to markets and events, as messages: what the hub's tests cannot make happen."""

import json

import pytest

from wire.engine_events import EventFeeChanged, MarketCreated, MarketDetermined, MarketStatusChanged, PriceRange
from wire.enums import FeeType, MarketResult, MarketStatus
from wire.ws.lifecycle import lifecycle_msg
from wire.ws.public_feed import Stamp

STAMP = Stamp(812, 1_669_149_841_000_000)


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
