"""The private channels: what a member is told of its own orders, fills, positions and groups."""

import pytest

from exchange.core.commands import (
    AdvanceTime,
    AmendOrder,
    CreateOrderGroup,
    CreateSubaccount,
    DecreaseOrder,
    DeleteOrderGroup,
    DetermineMarket,
    ResetOrderGroup,
    SetCloseTime,
    SettleMarket,
    TransferBetweenSubaccounts,
    TriggerOrderGroup,
    UpdateOrderGroupLimit,
)
from tests.unit.exchange.gateways.ws.ws_venue import ANN, BOB, EVE, OTHER, TICKER, Reader, WsVenue
from wire.accounts import account_of, user_uuid
from wire.enums import BookSide, MarketResult, TimeInForce
from wire.ids import IdKind, format_id, order_uuid, trade_uuid
from wire.units import DOLLAR, MICROS


@pytest.fixture
def venue() -> WsVenue:
    return WsVenue()


def reader_of(venue: WsVenue, member: int, *channels: str, subaccount: int | None = None, **params: object) -> Reader:
    reader = Reader(venue, member, subaccount)
    reader.subscribe(*channels, **params)
    return reader


# --- fill -------------------------------------------------------------------------------------------


def test_both_sides_of_a_trade_get_a_fill_with_the_same_trade_id(venue):
    ann, bob = reader_of(venue, ANN, "fill"), reader_of(venue, BOB, "fill")
    maker = venue.order(ANN, "bid", 52, 1, client_order_id="maker-1")
    taker = venue.order(BOB, "ask", 40, 1)
    (mine,), (theirs,) = ann.read(), bob.read()
    assert "seq" not in mine
    assert mine["msg"] == {
        "trade_id": theirs["msg"]["trade_id"],
        "order_id": order_uuid(0, maker),
        "client_order_id": "maker-1",
        "market_ticker": TICKER,
        "exchange_index": 0,
        "is_taker": False,
        "side": "yes",
        "yes_price_dollars": "0.5200",
        "count_fp": "1.00",
        "fee_cost": "0.000000",
        "action": "buy",
        "ts": venue.now_us // MICROS,
        "ts_ms": venue.now_us // 1000,
        "post_position_fp": "1.00",
        "purchased_side": "yes",
        "outcome_side": "yes",
        "book_side": "bid",
    }
    assert theirs["msg"]["trade_id"] == trade_uuid(0, venue.seq, 1)
    assert theirs["msg"]["order_id"] == order_uuid(0, taker)
    assert (theirs["msg"]["action"], theirs["msg"]["side"]) == ("sell", "yes")
    assert (theirs["msg"]["outcome_side"], theirs["msg"]["book_side"]) == ("no", "ask")
    # Direct members, SEMANTICS A4: .07 * .52 * .48 = .017472 is charged as .0175.
    assert theirs["msg"]["fee_cost"] == "0.017500"
    assert theirs["msg"]["post_position_fp"] == "-1.00"
    assert "client_order_id" not in theirs["msg"]


def test_one_fill_for_each_maker_order_matched(venue):
    bob = reader_of(venue, BOB, "fill")
    venue.order(ANN, "ask", 50, 2)
    venue.order(EVE, "ask", 50, 2)
    venue.order(BOB, "bid", 50, 3)
    assert [msg["count_fp"] for msg in bob.read_msgs("fill")] == ["2.00", "1.00"]


def test_strangers_fills_are_not_sent(venue):
    eve = reader_of(venue, EVE, "fill", "user_orders", "market_positions")
    venue.order(ANN, "bid", 50, 2)
    venue.order(BOB, "ask", 50, 2)
    assert eve.read() == []


def test_fill_filter_by_market(venue):
    ann = reader_of(venue, ANN, "fill", market_ticker=OTHER)
    venue.order(ANN, "bid", 50, 2)
    venue.order(BOB, "ask", 50, 2)
    assert ann.read() == []
    venue.order(ANN, "bid", 50, 2, ticker=OTHER)
    venue.order(BOB, "ask", 50, 2, ticker=OTHER)
    assert [msg["market_ticker"] for msg in ann.read_msgs("fill")] == [OTHER]


def test_restricted_key_sees_its_own_subaccount_only(venue):
    venue.do(CreateSubaccount(ANN))
    venue.do(TransferBetweenSubaccounts(ANN, 0, 1, 100 * DOLLAR, "transfer-1"))
    channels = ("fill", "user_orders", "market_positions", "order_group_updates")
    full, restricted = reader_of(venue, ANN, *channels), reader_of(venue, ANN, *channels, subaccount=1)
    venue.do(CreateOrderGroup(account_of(ANN, 0), 1000))
    venue.order(ANN, "bid", 50, 1)
    venue.order(BOB, "ask", 50, 1)
    assert [message["type"] for message in full.read()] == [
        "order_group_updates",
        "user_order",
        "fill",
        "user_order",
        "market_position",
    ]
    assert restricted.read() == []
    venue.order(ANN, "bid", 50, 1, subaccount=1)
    venue.order(BOB, "ask", 50, 1)
    assert [message["msg"].get("subaccount") for message in restricted.read() if message["type"] == "fill"] == [1]


# --- user_orders ------------------------------------------------------------------------------------


def test_new_resting_order(venue):
    ann = reader_of(venue, ANN, "user_orders")
    expires = venue.now_us + 60 * MICROS
    order_id = venue.order(ANN, "ask", 35, 10, client_order_id="c1", expiration_us=expires)
    (message,) = ann.read()
    assert (message["type"], message["sid"]) == ("user_order", 1)
    assert "seq" not in message
    assert message["msg"] == {
        "order_id": order_uuid(0, order_id),
        "user_id": user_uuid(ANN),
        "ticker": TICKER,
        "exchange_index": 0,
        "status": "resting",
        "side": "yes",
        "is_yes": True,
        "outcome_side": "no",
        "book_side": "ask",
        "yes_price_dollars": "0.3500",
        "fill_count_fp": "0.00",
        "remaining_count_fp": "10.00",
        "initial_count_fp": "10.00",
        "taker_fill_cost_dollars": "0.000000",
        "maker_fill_cost_dollars": "0.000000",
        "taker_fees_dollars": "0.000000",
        "maker_fees_dollars": "0.000000",
        "client_order_id": "c1",
        "self_trade_prevention_type": "taker_at_cross",
        "created_time": "2026-11-18T11:06:40.123Z",
        "created_ts_ms": venue.now_us // 1000,
        "expiration_time": "2026-11-18T11:07:40.123Z",
        "expiration_ts_ms": expires // 1000,
        "subaccount_number": 0,
    }


def test_order_that_meets_several_makers_is_told_once_in_its_final_state(venue):
    for _ in range(3):
        venue.order(ANN, "ask", 50, 1)
    bob = reader_of(venue, BOB, "user_orders")
    venue.order(BOB, "bid", 50, 3)
    (msg,) = bob.read_msgs("user_order")
    assert (msg["status"], msg["fill_count_fp"], msg["last_update_reason"]) == ("executed", "3.00", "Trade")
    assert msg["taker_fill_cost_dollars"] == "1.500000"
    assert msg["last_updated_ts_ms"] == venue.now_us // 1000


@pytest.mark.parametrize(
    ("act", "reason", "status"),
    [
        (lambda venue, order: venue.cancel(ANN, order), "Decrease", "canceled"),
        (lambda venue, order: venue.do(DecreaseOrder(account_of(ANN), order, reduce_by=100)), "Decrease", "resting"),
        (
            lambda venue, order: venue.do(AmendOrder(account_of(ANN), order, TICKER, BookSide.BID, 4100, 500)),
            "Amend",
            "resting",
        ),
        (lambda venue, order: venue.order(BOB, "ask", 40, 2), "Trade", "resting"),
    ],
    ids=["cancel", "decrease", "amend", "trade"],
)
def test_reason_of_the_last_update(venue, act, reason, status):
    order = venue.order(ANN, "bid", 40, 5)
    ann = reader_of(venue, ANN, "user_orders")
    act(venue, order)
    (msg,) = ann.read_msgs("user_order")
    assert (msg["last_update_reason"], msg["status"]) == (reason, status)


def test_unfilled_immediate_or_cancel_order_is_told_once_as_canceled(venue):
    ann = reader_of(venue, ANN, "user_orders")
    venue.order(ANN, "bid", 40, 5, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    (msg,) = ann.read_msgs("user_order")
    assert (msg["status"], msg["remaining_count_fp"], msg["initial_count_fp"]) == ("canceled", "0.00", "5.00")


def test_expiry_says_so(venue):
    venue.order(ANN, "bid", 40, 5, expiration_us=venue.now_us + MICROS)
    ann = reader_of(venue, ANN, "user_orders")
    venue.now_us += 2 * MICROS
    venue.do(AdvanceTime())
    assert [msg["last_update_reason"] for msg in ann.read_msgs("user_order")] == ["ExpiryCancel"]


# --- market_positions -------------------------------------------------------------------------------


def test_position_after_a_trade(venue):
    bob = reader_of(venue, BOB, "market_positions")
    venue.order(ANN, "bid", 52, 2)
    venue.order(BOB, "ask", 52, 2)
    (message,) = bob.read()
    assert (message["type"], message["sid"]) == ("market_position", 1)
    # 2 NO contracts at 48 cents; the fee is .07 * 2 * .52 * .48 = .034944, charged as .0350 (SEMANTICS A4).
    assert message["msg"] == {
        "user_id": user_uuid(BOB),
        "market_ticker": TICKER,
        "position_fp": "-2.00",
        "position_cost_dollars": "0.960000",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.035000",
        "position_fee_cost_dollars": "0.035000",
        "volume_fp": "2.00",
    }


def test_settlement_clears_the_position_with_a_message(venue):
    venue.order(ANN, "bid", 52, 2)
    venue.order(BOB, "ask", 52, 2)
    ann = reader_of(venue, ANN, "market_positions")
    venue.do(SetCloseTime(TICKER, venue.now_us))
    venue.do(DetermineMarket(TICKER, MarketResult.YES))
    venue.do(SettleMarket(TICKER))
    (msg,) = ann.read_msgs("market_position")
    assert (msg["position_fp"], msg["position_cost_dollars"]) == ("0.00", "0.000000")
    assert msg["realized_pnl_dollars"] == "0.960000"


# --- order_group_updates ----------------------------------------------------------------------------


def test_order_group_life_is_numbered_and_says_the_limit_only_where_it_is_set(venue):
    ann = reader_of(venue, ANN, "order_group_updates")
    account = account_of(ANN)
    venue.do(CreateOrderGroup(account, 15_000))
    group = venue.seq
    venue.do(UpdateOrderGroupLimit(account, group, 20_000))
    venue.do(TriggerOrderGroup(account, group))
    venue.do(ResetOrderGroup(account, group))
    venue.do(DeleteOrderGroup(account, group))
    messages = ann.read()
    assert [message["seq"] for message in messages] == [1, 2, 3, 4, 5]
    assert [(m["msg"]["event_type"], m["msg"].get("contracts_limit_fp")) for m in messages] == [
        ("created", "150.00"),
        ("limit_updated", "200.00"),
        ("triggered", None),
        ("reset", None),
        ("deleted", None),
    ]
    assert {m["msg"]["order_group_id"] for m in messages} == {format_id(IdKind.ORDER_GROUP, 0, group)}
    assert messages[0]["msg"]["ts_ms"] == venue.now_us // 1000


def test_order_of_a_group_names_it(venue):
    venue.do(CreateOrderGroup(account_of(ANN), 15_000))
    group = venue.seq
    ann = reader_of(venue, ANN, "user_orders")
    venue.order(ANN, "bid", 40, 5, order_group=group)
    assert ann.read_msgs("user_order")[0]["order_group_id"] == format_id(IdKind.ORDER_GROUP, 0, group)
