"""The fan-out: who gets which message, with which number, at which moment."""

import json
import random

import pytest

from exchange.core.commands import (
    AdvanceTime,
    AmendOrder,
    CreateOrder,
    CreateSubaccount,
    DetermineMarket,
    HaltMarket,
    ResumeMarket,
    ScheduleEventFee,
    SetCloseTime,
    SetPriceGrid,
    SettleMarket,
    TransferBetweenSubaccounts,
)
from exchange.gateways.context import GatewaySettings
from tests.unit.exchange.gateways.ws.ws_venue import (
    ANN,
    BOB,
    DAY_US,
    EVE,
    EVENT,
    OTHER,
    TICKER,
    Reader,
    WsVenue,
    messages_in,
)
from tests.unit.wire.ws.test_ws_subscriptions import COMMANDS_PER_CONNECTION, random_command
from wire.accounts import account_of
from wire.enums import BookSide, FeeType, MarketResult, SelfTradePrevention, TimeInForce
from wire.ids import IdKind, parse_id
from wire.level_book import BookReader
from wire.units import DOLLAR


@pytest.fixture
def venue() -> WsVenue:
    return WsVenue()


def orderbook_reader(venue: WsVenue, member: int = EVE, **params: object) -> Reader:
    reader = Reader(venue, member)
    reader.subscribe("orderbook_delta", market_tickers=[TICKER], **params)
    return reader


# --- the book ---------------------------------------------------------------------------------------


def test_snapshot_of_a_market_nobody_touched_has_clock_0_and_no_sides(venue):
    reader = Reader(venue, EVE)
    snapshot = reader.subscribe("orderbook_delta", market_ticker=TICKER)[1]
    assert (snapshot["type"], snapshot["sid"], snapshot["seq"]) == ("orderbook_snapshot", 1, 1)
    assert snapshot["msg"] == {
        "market_ticker": TICKER,
        "market_id": venue.views.catalogue.markets[TICKER].market_id(0),
        "clock": 0,
    }


def test_market_that_does_not_exist_has_a_book_without_an_id(venue):
    """How pmxt 2.54 knows that Kalshi has no such market."""
    replies = Reader(venue, EVE).subscribe("orderbook_delta", market_ticker="KXNONE-1")
    assert [reply["type"] for reply in replies] == ["subscribed", "orderbook_snapshot"]
    assert replies[1]["msg"] == {"market_ticker": "KXNONE-1", "market_id": "", "clock": 0}


def test_market_that_comes_later_is_heard_by_who_already_listens(venue):
    later = "KXRAIN-26NOV21-T3"
    reader = Reader(venue, EVE)
    first = reader.subscribe("orderbook_delta", "ticker", "trade", market_ticker=later, send_initial_snapshot=True)
    assert [message["type"] for message in first] == ["subscribed"] * 3 + ["orderbook_snapshot"]
    venue.create_market(later)
    venue.order(ANN, "bid", 47, 3, ticker=later)
    venue.order(BOB, "ask", 47, 1, ticker=later)
    heard = reader.read()
    of_orders, of_trade = ["orderbook_delta", "ticker"], ["orderbook_delta", "ticker", "trade"]
    assert [message["type"] for message in heard] == [*of_orders, *of_trade]
    market_id = venue.views.catalogue.markets[later].market_id(0)
    assert {message["msg"].get("market_id", market_id) for message in heard} == {market_id}


def test_snapshot_omits_only_the_empty_side(venue):
    venue.order(ANN, "bid", 47, 3)
    snapshot = Reader(venue, EVE).subscribe("orderbook_delta", market_ticker=TICKER)[1]["msg"]
    assert snapshot["yes_dollars_fp"] == [["0.4700", "3.00"]]
    assert "no_dollars_fp" not in snapshot


def test_switch_sends_empty_sides_as_empty_lists():
    venue = WsVenue(GatewaySettings(empty_side_in_snapshot=True))
    snapshot = Reader(venue, EVE).subscribe("orderbook_delta", market_ticker=TICKER)[1]["msg"]
    assert (snapshot["yes_dollars_fp"], snapshot["no_dollars_fp"]) == ([], [])


def test_snapshot_levels_ascend_and_no_levels_are_no_priced(venue):
    for price, side in ((40, "bid"), (45, "bid"), (60, "ask"), (55, "ask")):
        venue.order(ANN, side, price, 1)
    snapshot = Reader(venue, EVE).subscribe("orderbook_delta", market_ticker=TICKER)[1]["msg"]
    assert snapshot["yes_dollars_fp"] == [["0.4000", "1.00"], ["0.4500", "1.00"]]
    assert snapshot["no_dollars_fp"] == [["0.4000", "1.00"], ["0.4500", "1.00"]]
    assert snapshot["clock"] == venue.seq


def test_use_yes_price_flips_no_levels_of_snapshot_and_deltas_only(venue):
    venue.order(ANN, "ask", 55, 2)
    reader = Reader(venue, EVE)
    snapshot = reader.subscribe("orderbook_delta", market_ticker=TICKER, use_yes_price=True)[1]["msg"]
    venue.order(ANN, "ask", 56, 1)
    venue.order(ANN, "bid", 30, 1)
    deltas = reader.read_msgs("orderbook_delta")
    assert snapshot["no_dollars_fp"] == [["0.5500", "2.00"]]
    assert [(d["side"], d["price_dollars"], d["delta_fp"]) for d in deltas] == [
        ("no", "0.5600", "1.00"),
        ("yes", "0.3000", "1.00"),
    ]


def test_delta_of_a_resting_order_says_level_change_clock_and_time(venue):
    reader = orderbook_reader(venue)
    venue.order(ANN, "ask", 52, 1)
    (message,) = reader.read()
    assert (message["type"], message["sid"], message["seq"]) == ("orderbook_delta", 1, 2)
    assert message["msg"] == {
        "market_ticker": TICKER,
        "market_id": venue.views.catalogue.markets[TICKER].market_id(0),
        "clock": venue.seq,
        "price_dollars": "0.4800",
        "delta_fp": "1.00",
        "side": "no",
        "ts": "2026-11-18T11:06:40.123Z",
        "ts_ms": venue.now_us // 1000,
    }


def test_cancel_takes_the_level_away(venue):
    order_id = venue.order(ANN, "bid", 47, 3)
    reader = orderbook_reader(venue)
    venue.cancel(ANN, order_id)
    assert [d["delta_fp"] for d in reader.read_msgs("orderbook_delta")] == ["-3.00"]


def test_sweep_that_rests_never_shows_a_crossed_book(venue):
    venue.order(ANN, "ask", 50, 2)
    venue.order(ANN, "ask", 51, 2)
    reader = orderbook_reader(venue)
    venue.order(BOB, "bid", 55, 10)
    deltas = reader.read_msgs("orderbook_delta")
    assert [(d["side"], d["price_dollars"], d["delta_fp"]) for d in deltas] == [
        ("no", "0.5000", "-2.00"),
        ("no", "0.4900", "-2.00"),
        ("yes", "0.5500", "6.00"),
    ]
    assert {d["clock"] for d in deltas} == {venue.seq}


def test_amend_to_another_price_moves_the_count_between_levels(venue):
    order_id = venue.order(ANN, "bid", 40, 3)
    reader = orderbook_reader(venue)
    venue.do(AmendOrder(account_of(ANN), order_id, TICKER, BookSide.BID, 4200, 500))
    deltas = reader.read_msgs("orderbook_delta")
    assert [(d["price_dollars"], d["delta_fp"]) for d in deltas] == [("0.4000", "-3.00"), ("0.4200", "5.00")]


def test_reader_with_deltas_equals_the_projected_book_after_random_trading(venue):
    reader, yes_priced = orderbook_reader(venue), orderbook_reader(venue, use_yes_price=True)
    books = BookReader(1), BookReader(1, use_yes_price=True)
    for step in range(200):
        side, price = ("bid", 40 + step * 7 % 20) if step % 3 else ("ask", 45 + step * 11 % 20)
        order_id = venue.order(ANN if step % 2 else BOB, side, price, 1 + step % 4)
        if step % 5 == 0 and venue.views.orders.get(order_id).status == "resting":
            venue.cancel(ANN if step % 2 else BOB, order_id)
    for source, book in zip((reader, yes_priced), books, strict=True):
        for data in source.writes:
            for message in messages_in(data):
                book.receive(message)
    for book in books:
        for side in ("yes", "no"):
            assert book.books[TICKER].levels(side) == venue.views.books.book(TICKER).levels(side)
        assert book.books[TICKER].clock == venue.views.books.book(TICKER).clock


def test_delta_that_the_snapshot_holds_is_not_sent_again(venue):
    """A projection may be ahead of the hub when a batch is folded sink by sink."""
    engine_seq = venue.seq + 1
    hub_fold = venue.hub.fold
    late = []
    venue.hub.fold = late.append
    venue.order(ANN, "bid", 40, 1)
    reader = orderbook_reader(venue)
    hub_fold(late[0])
    venue.hub.flush()
    assert late[0].seq == engine_seq
    assert reader.read() == []


def test_numbers_of_a_sid_are_shared_by_its_markets(venue):
    reader = Reader(venue, EVE)
    first = reader.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
    venue.order(ANN, "bid", 40, 1)
    venue.order(ANN, "bid", 40, 1, ticker=OTHER)
    assert [m["seq"] for m in first[1:] + reader.read()] == [1, 2, 3, 4]


def test_two_connections_number_for_themselves(venue):
    early = orderbook_reader(venue)
    venue.order(ANN, "bid", 40, 1)
    late = orderbook_reader(venue)
    venue.order(ANN, "bid", 41, 1)
    assert [m["seq"] for m in early.read()] == [2, 3]
    assert [m["seq"] for m in late.read()] == [2]


def test_market_that_was_not_asked_for_is_not_sent(venue):
    reader = orderbook_reader(venue)
    venue.order(ANN, "bid", 40, 1, ticker=OTHER)
    assert reader.read() == []


def test_unsubscribed_connection_hears_nothing_more(venue):
    reader = orderbook_reader(venue)
    reader.send({"id": 5, "cmd": "unsubscribe", "params": {"sids": [1]}})
    venue.order(ANN, "bid", 40, 1)
    assert reader.read() == []


def test_deleted_market_is_silent_and_added_again_starts_with_a_snapshot(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("orderbook_delta", market_tickers=[TICKER, OTHER])
    update = {"id": 9, "cmd": "update_subscription", "params": {"sid": 1, "market_tickers": [TICKER]}}
    reader.send({**update, "params": {**update["params"], "action": "delete_markets"}})
    venue.order(ANN, "bid", 40, 1)
    assert reader.read() == []
    ack, snapshot = reader.send({**update, "params": {**update["params"], "action": "add_markets"}})
    assert (ack["type"], ack["seq"], ack["msg"]) == ("ok", 4, {"market_tickers": [OTHER, TICKER]})
    assert (snapshot["seq"], snapshot["msg"]["yes_dollars_fp"]) == (5, [["0.4000", "1.00"]])


def test_get_snapshot_answers_with_the_id_and_changes_nothing(venue):
    reader = orderbook_reader(venue)
    (snapshot,) = reader.send(
        {
            "id": 7,
            "cmd": "update_subscription",
            "params": {"sids": [1], "action": "get_snapshot", "market_tickers": [OTHER]},
        }
    )
    venue.order(ANN, "bid", 40, 1, ticker=OTHER)
    assert (snapshot["type"], snapshot["id"], snapshot["sid"], snapshot["seq"]) == ("orderbook_snapshot", 7, 1, 2)
    assert snapshot["msg"]["market_ticker"] == OTHER
    assert reader.read() == []


# --- whose delta ------------------------------------------------------------------------------------


def test_own_delta_carries_the_client_order_id_for_its_owner_only(venue):
    ann, bob = orderbook_reader(venue, ANN), orderbook_reader(venue, BOB)
    venue.order(ANN, "bid", 40, 1, client_order_id='mine "quoted"')
    (mine,), (theirs,) = ann.read_msgs("orderbook_delta"), bob.read_msgs("orderbook_delta")
    assert mine["client_order_id"] == 'mine "quoted"'
    assert "subaccount" not in mine
    assert "client_order_id" not in theirs
    assert {key: value for key, value in mine.items() if key != "client_order_id"} == theirs


def test_taker_sees_its_own_id_on_the_level_it_hit(venue):
    venue.order(ANN, "ask", 50, 5, client_order_id="maker")
    ann, bob = orderbook_reader(venue, ANN), orderbook_reader(venue, BOB)
    venue.order(BOB, "bid", 50, 2, client_order_id="taker")
    assert bob.read_msgs("orderbook_delta")[0]["client_order_id"] == "taker"
    assert "client_order_id" not in ann.read_msgs("orderbook_delta")[0]


def test_restricted_key_does_not_see_a_sibling_subaccounts_id(venue):
    venue.do(CreateSubaccount(ANN))
    venue.do(TransferBetweenSubaccounts(ANN, 0, 1, 100 * DOLLAR, "transfer-1"))
    full = Reader(venue, ANN)
    restricted_to_0, restricted_to_1 = Reader(venue, ANN, subaccount=0), Reader(venue, ANN, subaccount=1)
    for reader in (full, restricted_to_0, restricted_to_1):
        reader.subscribe("orderbook_delta", market_ticker=TICKER)
    venue.order(ANN, "bid", 40, 1, subaccount=1, client_order_id="of-one")
    assert full.read_msgs("orderbook_delta")[0]["subaccount"] == 1
    assert restricted_to_1.read_msgs("orderbook_delta")[0]["client_order_id"] == "of-one"
    assert not {"client_order_id", "subaccount"} & restricted_to_0.read_msgs("orderbook_delta")[0].keys()


# --- trades and tickers -----------------------------------------------------------------------------


def test_trade_prints_the_makers_price_and_the_takers_direction(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("trade")
    venue.order(ANN, "bid", 36, 5)
    venue.order(BOB, "ask", 30, 2)
    (message,) = reader.read()
    trade_id = message["msg"].pop("trade_id")
    shard, seq, _ = parse_id(IdKind.TRADE, trade_id)
    assert (shard, seq) == (0, venue.seq)
    assert (message["sid"], message["seq"]) == (1, 1)
    assert message["msg"] == {
        "market_ticker": TICKER,
        "yes_price_dollars": "0.3600",
        "no_price_dollars": "0.6400",
        "count_fp": "2.00",
        "taker_side": "no",
        "taker_outcome_side": "no",
        "taker_book_side": "ask",
        "is_block_trade": False,
        "ts": venue.now_us // 1_000_000,
        "ts_ms": venue.now_us // 1000,
    }


def test_trade_filter_by_market(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("trade", market_ticker=OTHER)
    venue.order(ANN, "bid", 36, 5)
    venue.order(BOB, "ask", 36, 2)
    assert reader.read() == []


def test_ticker_comes_once_per_record_without_seq(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("ticker", market_ticker=TICKER)
    venue.order(ANN, "bid", 36, 5)
    venue.order(ANN, "ask", 40, 3)
    venue.order(BOB, "ask", 36, 2)
    messages = reader.read()
    assert all("seq" not in message for message in messages)
    assert len(messages) == 3
    last = messages[2]["msg"]
    assert last["price_dollars"] == "0.3600"
    assert (last["yes_bid_dollars"], last["yes_bid_size_fp"]) == ("0.3600", "3.00")
    assert (last["yes_ask_dollars"], last["yes_ask_size_fp"]) == ("0.4000", "3.00")
    assert (last["volume_fp"], last["open_interest_fp"], last["last_trade_size_fp"]) == ("2.00", "2.00", "2.00")
    assert (last["ts"], last["time"]) == (venue.now_us // 1_000_000, "2026-11-18T11:06:40.123Z")


def test_ticker_is_silent_when_nothing_it_shows_changed(venue):
    venue.order(ANN, "bid", 36, 5)
    reader = Reader(venue, EVE)
    reader.subscribe("ticker")
    venue.order(ANN, "bid", 30, 5)
    assert reader.read() == []


def test_ticker_snapshot_only_when_asked_for(venue):
    assert len(Reader(venue, EVE).subscribe("ticker", market_ticker=TICKER)) == 1
    replies = Reader(venue, EVE).subscribe("ticker", market_ticker=TICKER, send_initial_snapshot=True)
    assert [reply["type"] for reply in replies] == ["subscribed", "ticker"]
    assert replies[1]["msg"]["yes_bid_dollars"] == "0.0000"
    assert replies[1]["msg"]["yes_ask_dollars"] == "1.0000"


def test_ticker_snapshot_of_everything_has_every_market(venue):
    replies = Reader(venue, EVE).subscribe("ticker", send_initial_snapshot=True)
    assert [reply["msg"]["market_ticker"] for reply in replies[1:]] == [TICKER, OTHER]


def test_ticker_by_market_id(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("ticker", market_id=venue.views.catalogue.markets[OTHER].market_id(0))
    venue.order(ANN, "bid", 36, 5)
    venue.order(ANN, "bid", 36, 5, ticker=OTHER)
    assert [msg["market_ticker"] for msg in reader.read_msgs("ticker")] == [OTHER]


# --- lifecycle --------------------------------------------------------------------------------------


def test_created_market_is_announced_with_its_metadata(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    details = {
        "title": "More than 4?",
        "yes_sub_title": "4+",
        "strike_type": "greater",
        "floor_strike": 4.5,
        "expected_expiration_time": "2026-11-22T00:00:00Z",
    }
    venue.create_market("KXRAIN-26NOV21-T9", json.dumps(details).encode())
    (message,) = reader.read()
    msg = message["msg"]
    assert (message["type"], message["sid"], message["seq"]) == ("market_lifecycle_v2", 1, 1)
    assert (msg["event_type"], msg["market_ticker"], msg["exchange_index"]) == ("created", "KXRAIN-26NOV21-T9", 0)
    assert msg["price_level_structure"] == "linear_cent"
    assert msg["price_ranges"] == [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}]
    metadata = msg["additional_metadata"]
    assert metadata["event_ticker"] == EVENT
    assert metadata["floor_strike"] == 4.5
    assert metadata["expected_expiration_ts"] == 1_795_305_600
    assert "cap_strike" not in metadata


def test_halt_and_resume_are_announced(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    venue.do(HaltMarket(TICKER))
    venue.do(ResumeMarket(TICKER))
    assert reader.read_msgs("market_lifecycle_v2") == [
        {"market_ticker": TICKER, "event_type": "deactivated", "is_deactivated": True},
        {"market_ticker": TICKER, "event_type": "activated", "is_deactivated": False},
    ]


def test_scheduled_close_is_silent(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    venue.now_us += DAY_US + 1
    venue.do(AdvanceTime())
    assert reader.read() == []
    assert venue.views.catalogue.markets[TICKER].status == "closed"


def test_moved_close_determination_and_settlement_are_announced_in_order(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    venue.do(SetCloseTime(TICKER, venue.now_us))
    venue.do(DetermineMarket(TICKER, MarketResult.YES))
    venue.do(SettleMarket(TICKER))
    seconds = venue.now_us // 1_000_000
    assert reader.read_msgs("market_lifecycle_v2") == [
        {"market_ticker": TICKER, "event_type": "close_date_updated", "close_ts": seconds},
        {
            "market_ticker": TICKER,
            "event_type": "determined",
            "determination_ts": seconds,
            "result": "yes",
            "settlement_value": "1.0000",
        },
        {"market_ticker": TICKER, "event_type": "settled", "settled_ts": seconds},
    ]


def test_price_grid_change_is_announced_with_its_ranges(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    venue.do(SetPriceGrid(TICKER, "deci_cent"))
    (msg,) = reader.read_msgs("market_lifecycle_v2")
    assert msg == {
        "market_ticker": TICKER,
        "event_type": "price_level_structure_updated",
        "price_level_structure": "deci_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
    }


def test_event_fee_override_is_announced_when_it_is_in_force_and_when_it_is_cleared(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("market_lifecycle_v2")
    venue.do(ScheduleEventFee(EVENT, FeeType.QUADRATIC, 5_000, venue.now_us))
    venue.do(ScheduleEventFee(EVENT, None, None, venue.now_us))
    messages = reader.read()
    assert {message["type"] for message in messages} == {"event_fee_update"}
    assert messages[0]["msg"] == {
        "event_ticker": EVENT,
        "fee_type_override": "quadratic",
        "fee_multiplier_override": 0.5,
    }
    assert messages[-1]["msg"] == {
        "event_ticker": EVENT,
        "fee_type_override": None,
        "fee_multiplier_override": None,
    }


# --- turns and slow readers -------------------------------------------------------------------------


def test_frames_of_a_turn_go_out_in_one_write(venue):
    reader = Reader(venue, EVE)
    reader.subscribe("orderbook_delta", "ticker", market_ticker=TICKER)
    writes = len(reader.writes)
    venue.order(ANN, "bid", 36, 5)
    venue.order(ANN, "bid", 37, 5)
    assert len(reader.writes) == writes + 2
    for price in (38, 39):
        venue.fold(_bid(ANN, price))
    assert len(reader.writes) == writes + 2
    venue.hub.flush()
    assert len(reader.writes) == writes + 3
    assert len(messages_in(reader.writes[-1])) == 4


def _bid(member: int, price: int) -> CreateOrder:
    return CreateOrder(
        account_of(member),
        TICKER,
        BookSide.BID,
        price * 100,
        100,
        TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS,
    )


def test_slow_reader_gets_code_25_for_each_subscription_and_others_go_on():
    venue = WsVenue(buffer_limit=1000)
    slow, fast = Reader(venue, EVE), Reader(venue, EVE)
    for reader in (slow, fast):
        reader.subscribe("orderbook_delta", "ticker", market_ticker=TICKER)
    slow.stuck = True
    for step in range(20):
        venue.order(ANN, "bid", 30 + step, 1)
    received = slow.read()
    errors = [message for message in received if message["type"] == "error"]
    deltas = [message["seq"] for message in received if message["type"] == "orderbook_delta"]
    assert [error["msg"] for error in errors] == [{"code": 25, "msg": "Subscription buffer overflow"}] * 2
    assert received[-2:] == errors
    assert (errors[0]["sid"], errors[0]["seq"]) == (1, deltas[-1] + 1)
    assert errors[1]["sid"] == 2
    assert "seq" not in errors[1]
    assert slow.given_up
    assert len([m for m in fast.read() if m["type"] == "orderbook_delta"]) == 20
    assert not fast.given_up


def test_slow_reader_can_subscribe_again_under_new_sids():
    venue = WsVenue(buffer_limit=1000)
    slow = Reader(venue, EVE)
    slow.subscribe("orderbook_delta", market_ticker=TICKER)
    slow.stuck = True
    for step in range(20):
        venue.order(ANN, "bid", 30 + step, 1)
    slow.stuck, slow._waiting = False, 0
    slow.read()
    assert slow.subscribe("orderbook_delta", market_ticker=TICKER)[0]["msg"]["sid"] == 2


def test_closed_connection_leaves_nothing_behind(venue):
    reader = Reader(venue, ANN)
    reader.subscribe("orderbook_delta", "ticker", "trade", "fill", "user_orders", market_ticker=TICKER)
    reader.subscribe("market_lifecycle_v2", "communications", "market_positions")
    venue.hub.disconnect(reader.client)
    writes = len(reader.writes)
    venue.order(ANN, "bid", 36, 5)
    assert len(reader.writes) == writes
    assert len(venue.hub) == 0
    hub = venue.hub
    assert not any((hub._books, hub._tickers, hub._trades, hub._private, hub._lifecycle))


def test_connection_that_ends_within_a_turn_is_not_written_to(venue):
    reader = orderbook_reader(venue)
    writes = len(reader.writes)
    venue.fold(_bid(ANN, 36))
    venue.hub.disconnect(reader.client)
    venue.hub.flush()
    assert len(reader.writes) == writes


def test_whatever_clients_say_the_hub_goes_on_and_forgets_them_in_the_end(venue):
    for number in (1, 2, 3):
        venue.create_market(f"M{number}")
    rng = random.Random(20261121)
    kinds = set()
    for connection in range(30):
        reader = Reader(venue, (ANN, BOB, EVE)[connection % 3])
        for step in range(COMMANDS_PER_CONNECTION):
            venue.hub.receive(reader.client, random_command(rng), 0)
            venue.hub.flush_client(reader.client)
            member, side = (ANN, "bid") if step % 2 else (BOB, "ask")
            venue.order(member, side, 45 + step % 10, 1, ticker=f"M{1 + step % 3}")
        kinds |= {message["type"] for message in reader.read()}
        venue.hub.disconnect(reader.client)
    hub = venue.hub
    assert not any((hub._books, hub._tickers, hub._trades, hub._private, hub._lifecycle))
    assert {"orderbook_snapshot", "orderbook_delta", "ticker", "trade", "fill", "user_order", "error", "ok"} <= kinds
