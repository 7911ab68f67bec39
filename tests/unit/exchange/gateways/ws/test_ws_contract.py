"""Every message of a busy day, held against the published AsyncAPI schemas."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from exchange.core.commands import (
    CreateEvent,
    CreateOrderGroup,
    DetermineMarket,
    HaltMarket,
    ResumeMarket,
    ScheduleEventFee,
    SetCloseTime,
    SetPriceGrid,
    SettleMarket,
    TriggerOrderGroup,
)
from tests.unit.exchange.gateways.ws.ws_venue import ANN, BOB, EVENT, OTHER, TICKER, Reader, WsVenue
from wire.accounts import account_of
from wire.enums import FeeType, MarketResult
from wire.units import MICROS
from wire.ws.channels import CHANNELS

SPEC = Path(__file__).resolve().parents[5].parent / "shared" / "kalshi" / "asyncapi.yaml"

SCHEMAS = {
    "subscribed": "subscribedResponsePayload",
    "unsubscribed": "unsubscribedResponsePayload",
    "error": "errorResponsePayload",
    "orderbook_snapshot": "orderbookSnapshotPayload",
    "orderbook_delta": "orderbookDeltaPayload",
    "ticker": "tickerPayload",
    "trade": "tradePayload",
    "fill": "fillPayload",
    "market_position": "marketPositionPayload",
    "user_order": "userOrderPayload",
    "order_group_updates": "orderGroupUpdatesPayload",
    "market_lifecycle_v2": "marketLifecycleV2Payload",
    "event_lifecycle": "eventLifecyclePayload",
    "event_fee_update": "eventFeeUpdatePayload",
    "cfbenchmarks_value_indexlist": "cfbenchmarksIndexListPayload",
    "cfbenchmarks_value_5hz_indexlist": "cfbenchmarks5HzIndexListPayload",
    "pyth_value_underlying_list": "pythUnderlyingListPayload",
}


@pytest.fixture(scope="module")
def components() -> dict[str, Any]:
    if not SPEC.exists():
        pytest.skip(f"the published contract is not at {SPEC}")
    return yaml.load(SPEC.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))["components"]


@pytest.fixture(scope="module")
def messages() -> list[dict[str, Any]]:
    """All that two members hear on every channel while everything happens that can happen."""
    venue = WsVenue()
    readers = [Reader(venue, ANN), Reader(venue, BOB)]
    heard: list[dict[str, Any]] = []
    for reader in readers:
        heard += reader.subscribe(*CHANNELS, market_tickers=[TICKER, OTHER], send_initial_snapshot=True)
        for sid in range(1, len(CHANNELS) + 1):
            for action in ("add_markets", "get_snapshot", "indexlist", "underlying_list", "subscribe_indices"):
                params = {"sid": sid, "action": action, "market_tickers": [TICKER], "index_ids": ["BRTI"]}
                heard += reader.send({"id": 100 + sid, "cmd": "update_subscription", "params": params})
        heard += reader.send({"id": 99, "cmd": "list_subscriptions"})
        heard += reader.send({"id": 99, "cmd": "subscribe", "params": {"channels": ["nonsense"]}})
        heard += reader.subscribe("trade", market_tickers=["NO-SUCH", "NO-SUCH-2", TICKER])
        heard += reader.subscribe("trade", market_ticker="NO-SUCH")
    venue.do(CreateEvent("KXRAIN-26NOV22", "KXRAIN", False, "", b'{"title":"t","strike_date":"2026-11-22T00:00:00Z"}'))
    venue.create_market("KXRAIN-26NOV21-T3", b'{"floor_strike":3,"cap_strike":4.5,"strike_type":"between"}')
    venue.do(CreateOrderGroup(account_of(ANN), 100_000))
    group = venue.seq
    venue.order(ANN, "bid", 40, 10, client_order_id="a", order_group=group)
    venue.order(ANN, "ask", 45, 10, client_order_id="b", expiration_us=venue.now_us + MICROS)
    venue.order(BOB, "ask", 40, 3, client_order_id="c")
    venue.order(BOB, "bid", 50, 30)
    venue.do(TriggerOrderGroup(account_of(ANN), group))
    venue.do(SetPriceGrid(TICKER, "deci_cent"))
    venue.do(HaltMarket(TICKER))
    venue.do(ResumeMarket(TICKER))
    venue.do(ScheduleEventFee(EVENT, FeeType.FLAT, 15_000, venue.now_us))
    venue.do(ScheduleEventFee(EVENT, None, None, venue.now_us))
    venue.do(SetCloseTime(TICKER, venue.now_us))
    venue.do(DetermineMarket(TICKER, MarketResult.SCALAR, 305_000))
    venue.do(SettleMarket(TICKER))
    for reader in readers:
        heard += reader.read()
        heard += reader.send({"id": 7, "cmd": "unsubscribe", "params": {"sids": [1, 2, 77]}})
    return heard


def test_every_kind_of_message_was_heard(messages):
    assert {message["type"] for message in messages} == {*SCHEMAS, "ok"}


def test_every_message_fits_its_published_schema(messages, components):
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="checks the published schemas")
    for message in messages:
        schema = {"$ref": f"#/components/schemas/{_schema_of(message)}", "components": components}
        assert jsonschema_rs.is_valid(schema, message), message


def test_no_message_has_a_field_the_contract_does_not_name(messages, components):
    for message in messages:
        schema = components["schemas"][_schema_of(message)]
        assert message.keys() <= schema["properties"].keys(), message
        inner = schema["properties"].get("msg", {}).get("properties")
        if inner is not None:
            assert message["msg"].keys() <= inner.keys(), message


def _schema_of(message: dict[str, Any]) -> str:
    if message["type"] != "ok":
        return SCHEMAS[message["type"]]
    if isinstance(message["msg"], list):
        return "listSubscriptionsResponsePayload"
    return "subscribedIndicesResponsePayload" if "index_ids" in message["msg"] else "okResponsePayload"
