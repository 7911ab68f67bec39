"""Order entry over FIX against a live venue: flows of SEMANTICS H4 and H5, and one book for every door."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from exchange.adapters.clock import VenueClock
from exchange.core import commands as c
from exchange.ports import JournalWriteFailed
from tests.fix_client import FREE_PORTS, FixClient, client
from tests.live import TICKER, LiveVenue, live
from wire import signing
from wire.enums import MarketResult
from wire.fix.timestamps import parse_timestamp


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


async def test_an_order_is_pending_then_new(venue):
    fix = await client(venue, 1, "NR", pending=True)
    fix.order("a")
    await fix.expect("8", _150="A", _39="A", _17="-1;-1", _11="a")
    report = await fix.expect("8", _150="0", _39="0", _11="a", _14="0.00", _151="10.00", _38="10.00", _44="40", _6="0")
    clock, event = report["17"].split(";")
    assert int(clock) > 0
    assert int(event) == 0
    await fix.quiet()


async def test_skip_pending_drops_pending_reports(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await fix.quiet()


async def test_a_crossing_order_folds_new_into_its_first_trade(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    maker.order("m", "1", "40", "10")
    await maker.expect("8", _150="0")
    taker.order("t", "2", "40", "4")
    filled = await taker.expect("8", _150="F", _39="2", _31="40", _32="4.00", _14="4.00", _151="0.00", _6="40")
    assert filled["1057"] == "Y"
    assert (filled["704"], filled["705"]) == ("0.00", "4.00")
    assert (filled["136"], filled["138"], filled["139"], filled["891"]) == ("1", "USD", "4", "0")
    made = await maker.expect("8", _150="F", _39="1", _14="4.00", _151="6.00", _1057="N", _704="4.00", _705="0.00")
    assert made["880"] == filled["880"]
    # 4 contracts at 40 cents; makers of this series pay no fee.
    assert (made["1703"], made["1704"], made["1705"], made["137"]) == ("1", "-1.60", "BALANCE", "0.00")
    await taker.quiet()


async def test_always_emit_new_before_trade(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR", ("21026", "Y"))
    maker.order("m")
    await maker.expect("8", _150="0")
    taker.order("t", "2", "40", "4")
    await taker.expect("8", _150="0", _39="0", _151="4.00")
    await taker.expect("8", _150="F", _39="2")


async def test_average_price_is_over_all_fills(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR", ("21005", "Y"))
    maker.order("m1", "2", "40", "10")
    maker.order("m2", "2", "50", "10")
    await maker.expect("8", _150="0")
    await maker.expect("8", _150="0")
    taker.order("t", "1", "0.50", "20")
    await taker.expect("8", _150="F", _39="1", _31="0.4000", _6="0.4000")
    await taker.expect("8", _150="F", _39="2", _31="0.5000", _6="0.4500")


async def test_ioc_remainder_is_silent_unless_asked_for(venue):
    maker = await client(venue, 1, "NR")
    silent, told = await client(venue, 2, "NR"), await client(venue, 3, "NR", ("21007", "Y"))
    maker.order("m", "1", "40", "2")
    await maker.expect("8", _150="0")
    silent.order("s", "2", "40", "3", _59="3")
    await silent.expect("8", _150="F", _39="1")
    await silent.quiet()
    await maker.expect("8", _150="F")
    maker.order("m2", "1", "40", "2")
    await maker.expect("8", _150="0")
    told.order("t", "2", "40", "3", _59="3")
    await told.expect("8", _150="F", _39="1")
    await told.expect("8", _150="4", _39="4", _58="IMMEDIATE_OR_CANCELLED", _14="2.00", _151="0.00", _38="2.00")


async def test_preserved_order_quantity_stays_through_a_cancel(venue):
    maker = await client(venue, 1, "NR")
    taker = await client(venue, 2, "NR", ("21007", "Y"), ("21008", "Y"))
    maker.order("m", "1", "40", "2")
    await maker.expect("8", _150="0")
    taker.order("t", "2", "40", "3", _59="3")
    await taker.expect("8", _150="F", _38="3.00")
    await taker.expect("8", _150="4", _38="3.00", _14="2.00", _151="0.00")


async def test_unfilled_ioc_reports_canceled(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a", _59="3")
    await fix.expect("8", _150="0")
    await fix.expect("8", _150="4", _58="IMMEDIATE_OR_CANCELLED")


async def test_unfillable_fok_and_crossing_post_only_are_canceled(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    maker.order("m")
    await maker.expect("8", _150="0")
    taker.order("f", "2", "40", "20", _59="4")
    await taker.expect("8", _150="4", _39="4", _58="FOK_INSUFFICIENT_VOLUME")
    taker.order("p", "2", "40", "5", _18="6")
    await taker.expect("8", _150="4", _39="4", _58="POST_ONLY_CROSS")


@pytest.mark.parametrize(
    ("fields", "text", "reason"),
    [
        ({"_55": "KXNONE"}, "MARKET_NOT_FOUND", "1"),
        ({"_44": "99", "_38": "100000"}, "INSUFFICIENT_BALANCE", "3"),
        ({"_79": "7"}, "CUSTOMER_ACCOUNT_NOT_FOUND", "15"),
        ({"_526": "00000000-0003-4000-8000-0000000000ff"}, "ORDER_GROUP_NOT_FOUND", "11"),
        ({"_100": "3"}, "MARKET_NOT_FOUND", "1"),
        ({"_44": "40.5"}, "INVALID_PRICE", "99"),
    ],
)
async def test_refused_order_is_an_execution_report(venue, fields, text, reason):
    fix = await client(venue, 1, "NR")
    fix.order("a", **fields)
    await fix.expect("8", _150="8", _39="8", _58=text, _103=reason, _11="a", _151="0.00")
    await fix.quiet()


async def test_duplicate_client_order_id_is_refused(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    fix.order("a")
    await fix.expect("8", _150="8", _103="6", _58="ORDER_ALREADY_EXISTS")


async def test_cancel_is_pending_then_canceled(venue):
    fix = await client(venue, 1, "NR", pending=True)
    fix.order("a")
    await fix.expect("8", _150="A")
    order = await fix.expect("8", _150="0")
    fix.send("F", ("11", "c"), ("37", order["37"]), ("41", "a"), ("54", 1), ("55", TICKER))
    await fix.expect("8", _150="6", _39="6", _11="c", _41="a", _17="-1;-1", _37=order["37"])
    await fix.expect("8", _150="4", _39="4", _11="c", _41="a", _151="0.00", _14="0.00")


async def test_cancel_behind_its_order_in_one_write_works(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    fix.send("G", ("11", "b"), ("38", 5), ("40", 2), ("41", "a"), ("44", 41), ("54", 1), ("55", TICKER))
    fix.send("F", ("11", "c"), ("41", "b"), ("54", 1), ("55", TICKER))
    await fix.expect("8", _150="0", _11="a")
    await fix.expect("8", _150="5", _11="b", _41="a", _44="41", _151="5.00", _39="0")
    await fix.expect("8", _150="4", _11="c", _41="b")


@pytest.mark.parametrize(
    ("fields", "text", "reason"),
    [
        ({"41": "zzz"}, "ORDER_NOT_FOUND", "1"),
        ({"55": "KXOTHER"}, "ORDER_TICKER_MISMATCH", "1"),
        ({"54": "2"}, "ORDER_SIDE_MISMATCH", "1"),
        ({"37": "00000000-0001-4000-8000-0000000000ff"}, "ORDER_ID_AND_CLIENT_ORDER_ID_MISMATCH", "1"),
    ],
)
async def test_cancel_that_names_no_order_is_refused(venue, fields, text, reason):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    fix.send("F", *({"11": "c", "41": "a", "54": "1", "55": TICKER} | fields).items())
    await fix.expect("9", _11="c", _434="1", _102=reason, _58=text)


async def test_cancel_of_a_filled_order_is_too_late(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    maker.order("m")
    await maker.expect("8", _150="0")
    taker.order("t", "2")
    await taker.expect("8", _39="2")
    taker.send("F", ("11", "c"), ("41", "t"), ("54", 2), ("55", TICKER))
    await taker.expect("9", _102="0", _39="2")
    taker.send("G", ("11", "g"), ("38", 12), ("40", 2), ("41", "t"), ("54", 2), ("55", TICKER))
    await taker.expect("9", _102="2", _39="2", _434="2", _58="CANNOT_UPDATE_FILLED_ORDER")


async def test_replace_below_the_filled_part_is_refused_and_to_it_cancels(venue):
    maker, taker = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    maker.order("m")
    await maker.expect("8", _150="0")
    taker.order("t", "2", "40", "4")
    await maker.expect("8", _150="F", _151="6.00")
    maker.send("G", ("11", "g"), ("38", 3), ("40", 2), ("41", "m"), ("54", 1), ("55", TICKER))
    await maker.expect("9", _102="2", _58="INVALID_AMEND_QTY_FOR_ORDER", _39="1", _434="2")
    maker.send("G", ("11", "h"), ("38", 8), ("40", 2), ("41", "m"), ("54", 1), ("55", TICKER))
    await maker.expect("8", _150="5", _39="1", _11="h", _41="m", _38="8.00", _14="4.00", _151="4.00")
    maker.send("G", ("11", "i"), ("38", 4), ("40", 2), ("41", "h"), ("54", 1), ("55", TICKER))
    await maker.expect("8", _150="4", _39="4", _11="i", _41="h", _14="4.00", _151="0.00")


async def test_mass_cancel_takes_the_sessions_orders_only(venue):
    fix, other = await client(venue, 1, "NR"), await client(venue, 1, "NR")
    other.order("other")
    await fix.expect("8", _150="0", _11="other")
    for name in ("a", "b"):
        fix.order(name, price="30")
        await fix.expect("8", _150="0")
    fix.send("q", ("11", "mass"), ("530", 6))
    await fix.expect("r", _11="mass", _531="6")
    assert {(await fix.expect("8", _150="4"))["11"] for _ in range(2)} == {"a", "b"}
    fix.send("q", ("11", "again"), ("530", 6))
    await fix.expect("j", _380="8", _379="again")
    await fix.quiet()


async def test_order_group_is_created_filled_and_deleted(venue):
    fix = await client(venue, 1, "NR")
    fix.send("UOG", ("20131", 1), ("20132", 50))
    created = await fix.expect("UOH", _20132="50", _79="0")
    group = created["20130"]
    fix.order("a", _526=group)
    await fix.expect("8", _150="0")
    fix.send("UOG", ("20131", 5), ("20130", group), ("20132", 60))
    await fix.expect("UOH", _20130=group, _20132="60")
    fix.send("UOG", ("20131", 4), ("20130", group))
    messages = [await fix.next(), await fix.next()]
    assert [message.msg_type for message in messages] == ["8", "UOH"]
    assert (messages[0]["150"], messages[0]["58"]) == ("4", "ORDER_GROUP_CANCEL")
    fix.order("b", _526=group)
    await fix.expect("8", _150="8", _58="EXCEEDED_ORDER_GROUP_RISK_LIMIT", _103="3")
    fix.send("UOG", ("20131", 3), ("20130", group))
    await fix.expect("UOH", _20130=group)
    fix.send("UOG", ("20131", 2), ("20130", group))
    await fix.expect("j", _380="1", _58="ORDER_GROUP_NOT_FOUND", _372="UOG")


async def test_refused_group_id_is_a_session_reject(venue):
    fix = await client(venue, 1, "NR")
    fix.send("UOG", ("20131", 2), ("20130", "no-uuid"))
    await fix.expect("3", _371="20130", _372="UOG", _45="2")


async def test_expiry_is_canceled_or_expired(venue):
    plain, expired = await client(venue, 1, "NR"), await client(venue, 2, "NR", ("21012", "Y"))
    for fix in (plain, expired):
        fix.order(f"x{fix.trader.member}")
        await fix.expect("8", _150="0")
    await venue.do(c.SetCloseTime(TICKER, 1))
    await plain.expect("8", _150="4", _39="4")
    await expired.expect("8", _150="C", _39="C")


async def test_a_logon_that_another_key_signed_is_refused_and_explained(venue):
    fix = FixClient(venue.trader(1), "NR")
    fix.trader.key = signing.generate_key("rsa")
    refusal = await fix.log_on(answer="5")
    assert refusal["58"] == "invalid API key or signature"
    (told,) = (await venue.public.get(f"{venue.url}/sandbox/auth-failures")).json()
    assert (told["key_id"], told["method"], told["path"]) == (fix.trader.key_id, "FIX Logon", "KalshiNR")
    assert told["should_have_signed"].endswith(f"<SOH>A<SOH>1<SOH>{fix.trader.key_id}<SOH>KalshiNR")
    assert "another private key" in told["explanation"]


async def test_second_connection_of_a_key_is_refused_until_the_first_is_gone(venue):
    first = await client(venue, 1, "NR")
    second = FixClient(first.trader, "RT")
    refusal = await second.log_on(answer="5")
    assert refusal["58"] == "already exists"
    await second.ended()
    await first.close()
    await forgotten(venue, first)
    await FixClient(first.trader, "NR").log_on()


async def forgotten(venue: LiveVenue, fix: FixClient) -> None:
    """The venue has noticed that a client hung up."""
    async with asyncio.timeout(10):
        while fix.trader.key_id in venue.venue._fix.acceptor.live:
            await asyncio.sleep(0)


async def test_wrong_signature_is_answered_with_logout(venue):
    fix = FixClient(venue.trader(1), "NR")
    fix.trader.key = signing.generate_key("rsa")
    await fix.log_on(answer="5")
    await fix.ended()


async def test_listener_hears_the_members_orders_and_may_not_trade(venue):
    listener = await client(venue, 1, "NR", ("20126", "Y"))
    trader = await client(venue, 1, "NR")
    trader.order("a")
    await listener.expect("8", _150="0", _11="a")
    trader.order("a")
    await trader.expect("8", _150="0")
    await trader.expect("8", _150="8")
    listener.order("b")
    await listener.expect("j", _380="6", _372="D")


async def test_a_key_without_write_scope_may_not_trade(venue):
    fix = FixClient(venue.trader(1, frozenset(("read",))), "NR")
    await fix.log_on()
    fix.order("a")
    await fix.expect("j", _380="6", _372="D", _379="a")


async def test_rate_limit_is_shared_with_rest(venue):
    fix = await client(venue, 1, "NR")
    venue.venue.context.limiter.set_tier(1, "basic")
    for number in range(10):
        fix.order(f"a{number}", price="1")
        await fix.expect("8", _150="0")
    fix.order("over")
    await fix.expect("j", _380="8", _372="D", _379="over")
    answer = await fix.trader.http.post(
        "/portfolio/events/orders",
        json={
            "ticker": TICKER,
            "side": "bid",
            "price": "0.01",
            "count": "1",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        },
    )
    assert answer.status_code == 429


async def test_cancel_on_disconnect_takes_what_rests_and_what_is_on_its_way(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    watcher = await client(venue, 1, "NR", ("20126", "Y"))
    fix.order("a")
    await watcher.expect("8", _150="0", _11="a")
    fix.order("b")
    await fix._writer.drain()
    await fix.close()
    seen = {(message["11"], message["150"]) for message in [await watcher.next()]}
    while ("a", "4") not in seen or (("b", "0") in seen) != (("b", "4") in seen):
        message = await watcher.next()
        seen.add((message["11"], message["150"]))
    assert not list(venue.venue.views.orders.resting(1))


async def test_what_a_full_disk_kept_from_going_with_its_connection_goes_when_there_is_room(venue, monkeypatch):
    fix, other = await client(venue, 1, "NR", ("8013", "Y")), venue.trader(2)
    fix.order("goes")
    await fix.expect("8", _150="0")
    journal = venue.venue.journal

    def full(records: object) -> None:
        raise JournalWriteFailed("no space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(journal, "append", full)
        disk.setattr(journal, "can_write", lambda: False)
        assert (await other.order("bid", "0.1000", "1.00")).status_code == 503
        await fix.close()
        async with asyncio.timeout(60):
            while venue.venue._fix.acceptor.shared.connections:
                await asyncio.sleep(0.01)
        assert venue.venue.inspection.state().orders_resting == 1
    async with asyncio.timeout(60):
        while venue.venue.inspection.state().orders_resting:
            await asyncio.sleep(0.01)


async def test_five_hundred_disconnects_amid_orders_take_these_orders_and_no_others(venue):
    keeper = await client(venue, 1, "NR")
    keeper.order("kept", price="2", count="1")
    await keeper.expect("8", _150="0")
    assert (await keeper.trader.order("bid", "0.03", "1", client_order_id="rest")).status_code == 201
    trader = venue.trader(1)
    acknowledged = 0
    for round_number in range(500):
        fix = FixClient(trader, "NR")
        await fix.log_on(("8013", "Y"), ("21011", "Y"), ("20126", "N"))
        for number in range(4):
            fix.order(f"{round_number}-{number}", price="1", count="1")
        # Hung up before any, after some, and after all of them are acknowledged.
        for _ in range(round_number % 5):
            await fix.expect("8", _150="0")
            acknowledged += 1
        await fix.close()
        await forgotten(venue, fix)
    await venue.venue.sequencer.drain()
    await venue.do(c.AdvanceTime())
    assert acknowledged == 1000
    assert {order.client_order_id for order in venue.venue.views.orders.resting(1)} == {"kept", "rest"}
    assert not venue.venue._fix.owners.armed


async def test_orders_survive_a_disconnect_without_the_flag(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await fix.close()
    again = FixClient(fix.trader, "NR")
    await forgotten(venue, fix)
    await again.log_on(("21011", "Y"))
    again.send("F", ("11", "c"), ("41", "a"), ("54", 1), ("55", TICKER))
    await again.expect("8", _150="4", _11="c", _41="a")


async def test_rfq_messages_are_not_available(venue):
    fix = await client(venue, 1, "RT")
    fix.send("R", ("131", "r"), ("146", 1), ("55", TICKER), ("38", 5))
    await fix.expect("j", _380="4", _372="R")
    maker = await client(venue, 1, "RFQ")
    maker.send("Z", ("117", "q"))
    await maker.expect("j", _380="4", _372="Z")


# --- the other doors --------------------------------------------------------------------------------


async def test_fix_order_is_seen_in_rest_and_in_the_websocket_delta(venue):
    fix = await client(venue, 1, "NR")
    async with fix.trader.socket() as ws:
        await ws.send(
            json.dumps(
                {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}}
            )
        )
        while json.loads(await ws.recv())["type"] != "orderbook_snapshot":
            pass
        fix.order("a", price="40", count="10")
        report = await fix.expect("8", _150="0")
        delta = json.loads(await ws.recv())
        assert delta["type"] == "orderbook_delta"
        assert delta["msg"]["price_dollars"] == "0.4000"
        assert delta["msg"]["client_order_id"] == "a"
    order = (await fix.trader.http.get(f"/portfolio/orders/{report['37']}")).json()["order"]
    assert order["client_order_id"] == "a"
    assert order["remaining_count_fp"] == "10.00"


async def test_rest_order_and_its_cancel_are_reported_on_fix(venue):
    fix = await client(venue, 1, "NR")
    placed = (await fix.trader.order("bid", "0.40", "10", client_order_id="rest")).json()
    await fix.expect("8", _150="0", _11="rest", _37=placed["order_id"])
    await fix.trader.http.delete(f"/portfolio/events/orders/{placed['order_id']}")
    await fix.expect("8", _150="4", _11="rest", _41="rest")


async def test_rest_order_of_another_member_fills_a_fix_order(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await venue.trader(2).order("ask", "0.40", "10")
    await fix.expect("8", _150="F", _39="2", _1057="N")


async def test_session_of_another_member_hears_nothing(venue):
    fix, other = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await other.quiet()


# --- recovery ---------------------------------------------------------------------------------------


async def test_rt_resends_what_happened_while_it_was_away(venue):
    fix = await client(venue, 1, "RT")
    fix.order("a")
    await fix.expect("8", _150="0")
    await fix.close()
    await forgotten(venue, fix)
    await venue.trader(2).order("ask", "0.40", "10")
    again = FixClient(fix.trader, "RT", seq_num=fix.seq_num)
    answer = await again.log_on(reset=False)
    assert answer["34"] == "4"
    again.send("2", ("7", 1), ("16", 0))
    await again.expect("4", _123="Y", _36="2", _43="Y")
    await again.expect("8", _150="0", _43="Y", _34="2")
    await again.expect("8", _150="F", _43="Y", _34="3")
    await again.expect("4", _123="Y", _34="4")


async def test_rt_numbers_and_messages_survive_a_restart(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS) as running:
        fix = await client(running, 1, "RT")
        fix.order("a")
        await fix.expect("8", _150="0")
        trader, seq_num = fix.trader, fix.seq_num
    async with live(tmp_path, fix=FREE_PORTS) as running:
        trader.live = running
        await running.venue.sequencer.submit(c.CancelAllOrders(1))
        again = FixClient(trader, "RT", seq_num=seq_num)
        answer = await again.log_on(reset=False)
        assert int(answer["34"]) > 3
        again.send("2", ("7", 2), ("16", 2))
        await again.expect("8", _150="0", _11="a", _43="Y")
        again.send("2", ("7", 3), ("16", 0))
        messages = [await again.next() for _ in range(3)]
        assert [message.get("150") for message in messages if message.msg_type == "8"] == ["4"]


# --- drop copy, market data, settlement -------------------------------------------------------------


async def test_drop_copy_gives_reports_again(venue):
    drop = await client(venue, 1, "DC")
    fix = await client(venue, 1, "NR")
    fix.order("a")
    first = await fix.expect("8", _150="0")
    await fix.trader.order("bid", "0.30", "1", client_order_id="rest")
    second = await fix.expect("8", _150="0")
    drop.send("U1", ("21001", first["17"]))
    await drop.expect("8", _17=first["17"], _11="a")
    await drop.expect("8", _17=second["17"], _11="rest")
    await drop.expect("U2", _45="2", _21003="2")
    drop.send("U1", ("21001", first["17"]), ("21002", first["17"]))
    await drop.expect("8", _17=first["17"])
    await drop.expect("U2", _21003="1")
    drop.send("U1", ("21001", "0;0"))
    await drop.expect("U3", _21004="3")
    drop.send("U1", ("21001", first["17"]), ("21002", "999999;0"))
    await drop.expect("U3", _21004="4")


async def test_drop_copy_knows_what_happened_before_a_restart_and_before_anybody_was_on_fix(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS) as running:
        trader = running.trader(1)
        begin = f"{running.venue.views.seq + 1};0"
        await trader.order("bid", "0.40", "10", client_order_id="rest")
        other = await client(running, 2, "NR")
        other.order("taker", "2", "40", "4")
        await other.expect("8", _150="F")
        fix = await client(running, 1, "NR")
        fix.send("F", ("11", "c"), ("41", "rest"), ("54", 1), ("55", TICKER))
        told = await fix.expect("8", _150="4", _11="c", _41="rest")
    async with live(tmp_path, fix=FREE_PORTS) as running:
        drop = await client(running, 1, "DC")
        drop.send("U1", ("21001", begin))
        await drop.expect("8", _150="0", _11="rest", _151="10.00")
        await drop.expect("8", _150="F", _11="rest", _14="4.00", _151="6.00", _1704="-1.60")
        again = await drop.expect("8", _150="4", _11="c", _41="rest", _14="4.00")
        assert [pair for pair in again.pairs if pair[0] not in ("34", "49", "56", "52", "9", "10")] == [
            pair for pair in told.pairs if pair[0] not in ("34", "49", "56", "52", "9", "10")
        ]
        await drop.expect("U2", _21003="3")
        # From the middle of an order's life on: what it was before is found further back.
        drop.send("U1", ("21001", told["17"]))
        await drop.expect("8", _150="4", _11="c", _14="4.00", _38="4.00")
        await drop.expect("U2", _21003="1")


async def test_drop_copy_reaches_back_three_hours(tmp_path):
    clock = VenueClock()
    async with live(tmp_path, clock=clock, fix=FREE_PORTS) as running:
        begin = f"{running.venue.views.seq + 1};0"
        await running.trader(1).order("bid", "0.40", "10", client_order_id="rest")
        clock.advance(3 * 3600 * 1_000_000 - 60_000_000)
        drop = FixClient(running.trader(1), "DC")
        await drop.log_on()
        drop.send("U1", ("21001", begin))
        await drop.expect("8", _11="rest")
        await drop.expect("U2", _21003="1")
        clock.advance(120_000_000)
        late = FixClient(running.trader(1), "DC")
        await late.log_on()
        late.send("U1", ("21001", begin))
        await late.expect("U3", _21004="3")


async def test_drop_copy_without_a_journal_knows_what_is_in_memory(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS, durability="none") as running:
        fix, drop = await client(running, 1, "NR"), await client(running, 1, "DC")
        fix.order("a")
        made = await fix.expect("8", _150="0")
        drop.send("U1", ("21001", made["17"]))
        await drop.expect("8", _17=made["17"])
        await drop.expect("U2", _21003="1")


async def test_drop_copy_has_no_rejects(venue):
    drop, fix = await client(venue, 1, "DC"), await client(venue, 1, "NR", pending=True)
    fix.order("a", _55="KXNONE")
    fix.order("b")
    messages = [await fix.next() for _ in range(4)]
    (made,) = (message for message in messages if message["150"] == "0")
    drop.send("U1", ("21001", made["17"]))
    await drop.expect("8", _11="b", _150="0")
    await drop.expect("U2", _21003="1")


async def test_market_data_snapshot_then_increments(venue):
    md, fix = await client(venue, 3, "MD"), await client(venue, 1, "NR")
    fix.order("a", "1", "40", "10")
    fix.order("b", "2", "60", "5")
    await fix.expect("8")
    await fix.expect("8")
    md.send("V", ("263", 1), ("146", 2), ("55", TICKER), ("55", "KXNONE"))
    snapshot = await md.expect("W", _55=TICKER, _268="2")
    entries = [pair for pair in snapshot.pairs if pair[0] in ("269", "270", "271")]
    assert entries == [
        ["269", "0"],
        ["270", "0.4000"],
        ["271", "10.00"],
        ["269", "1"],
        ["270", "0.6000"],
        ["271", "5.00"],
    ]
    await md.expect("W", _55="KXNONE", _268="0")
    fix.order("c", "1", "40", "5")
    await md.expect("X", _268="1", _279="1", _269="0", _270="0.4000", _271="15.00")
    await venue.trader(2).order("ask", "0.40", "15")
    change = await md.expect("X", _268="3")
    assert [pair[1] for pair in change.pairs if pair[0] in ("279", "269", "271", "2446")][:4] == [
        "0",
        "2",
        "10.00",
        "2",
    ]
    md.send("V", ("263", 2))
    fix.order("d")
    await md.quiet()
    md.send("V", ("263", 7), ("146", 1), ("55", TICKER))
    await md.expect("Y", _281="4")


async def test_security_status_tells_changes_only(venue):
    md = await client(venue, 3, "MD")
    md.send("e", ("263", 1), ("55", TICKER))
    await md.quiet()
    await venue.do(c.HaltMarket(TICKER), c.ResumeMarket(TICKER))
    await md.expect("f", _55=TICKER, _326="2")
    await md.expect("f", _55=TICKER, _326="3")
    await venue.do(c.SetCloseTime(TICKER, 1), c.DetermineMarket(TICKER, MarketResult.YES), c.SettleMarket(TICKER))
    await md.expect("f", _326="100")
    await md.expect("f", _326="101")


async def test_settlement_report_on_pt(venue):
    pt = await client(venue, 1, "PT")
    maker = venue.trader(1)
    await maker.order("bid", "0.40", "10")
    await venue.trader(2).order("ask", "0.40", "10")
    await venue.do(c.SetCloseTime(TICKER, 1), c.DetermineMarket(TICKER, MarketResult.YES), c.SettleMarket(TICKER))
    report = await pt.expect("UMS", _55=TICKER, _20107="yes", _730="100.00", _893="Y", _20106="1", _20108="1")
    assert (report["704"], report["705"], report["1704"], report["1705"]) == ("10.00", "0.00", "10.00", "PAYOUT")


async def test_a_leap_of_the_venues_clock_does_not_reach_the_session(venue):
    """SendingTime and heartbeats are of the connection, which lives in real time; TransactTime is the venue's."""
    fix = await client(venue, 1, "NR")
    before_us = VenueClock().now_us()
    venue.venue.clock.advance(600 * 1_000_000)
    fix.order("a")
    report = await fix.expect("8", _150="0")
    fix.send("F", ("11", "c"), ("41", "nobody"), ("54", 1), ("55", TICKER))
    for said in (report, await fix.expect("9")):
        sent_us = parse_timestamp(said["52"])
        assert before_us - 1_000 <= sent_us <= VenueClock().now_us()
    assert parse_timestamp(report["60"]) - before_us > 500 * 1_000_000
