"""Bodies we write keep to the dictionary and say what was meant; bodies we read mean what the pages say."""

import pytest

from wire.enums import BookSide, MarketResult, OutcomeSide, RejectReason, SelfTradePrevention, TimeInForce
from wire.fix.codec import SOH, encode_message
from wire.fix.fault import Fault
from wire.fix.message import Message, parse
from wire.fix.messages import (
    drop_copy,
    market_data,
    order_groups,
    order_readers,
    orders,
    report_encoders,
    reports,
    rfq,
    settlement,
    values,
)
from wire.fix.messages.fills import FillDetails
from wire.fix.messages.new_order import NewOrder
from wire.fix.validation import find_fault, read_group

NOW_US = 1_780_000_000_000_000  # 2026-05-28T20:26:40Z, 16:26:40 in New York
GROUP_ID = "770e8400-e29b-41d4-a716-446655440002"


def received(msg_type: str, text: str) -> Message:
    body = (text.replace("|", SOH) + SOH).encode()
    message = parse(encode_message(msg_type, "me", "KalshiRT", 2, "20260528-20:26:40.000", body))
    assert find_fault(message) is None
    return message


def written(msg_type: str, body: bytes) -> Message:
    message = parse(encode_message(msg_type, "KalshiRT", "me", 2, "20260528-20:26:40.000", body))
    assert find_fault(message) is None, find_fault(message)
    return message


# --- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "use_dollars", "price"),
    [
        ("75", False, 7500),
        ("75.00", False, 7500),
        ("075", False, 7500),
        ("72.5", False, None),
        ("0.0123", True, 123),
        ("0.725", True, 7250),
        (".99", True, 9900),
        ("0.750000", True, 7500),
        ("0.00001", True, None),
        ("1.", True, 10_000),
        ("-.5", True, -5000),
        ("9" * 16, True, None),
    ],
)
def test_prices_read_by_use_dollars(text, use_dollars, price):
    assert values.parse_price(text, use_dollars=use_dollars) == price


@pytest.mark.parametrize(
    ("price", "dollars", "cents"), [(7000, "0.7000", "70"), (7250, "0.7250", "72.5"), (123, "0.0123", "1.23")]
)
def test_prices_written_by_use_dollars(price, dollars, cents):
    assert values.format_price(price, use_dollars=True) == dollars
    assert values.format_price(price, use_dollars=False) == cents


@pytest.mark.parametrize(
    ("money", "text"),
    [(0, "0.00"), (6_000, "0.006"), (100_000_000, "100.00"), (-5_517_500, "-5.5175"), (1, "0.000001")],
)
def test_amounts_have_two_decimals_and_more_where_needed(money, text):
    assert values.format_amount(money) == text


def test_exec_ids_carry_the_shard_only_when_it_is_not_0():
    assert values.format_exec_id(4, 7) == "4;7"
    assert values.format_exec_id(4, 7, 1) == "4;7;1"
    assert values.parse_exec_id("4;7") == (4, 7, 0)
    assert values.parse_exec_id("4;7;1") == (4, 7, 1)


@pytest.mark.parametrize("text", ["", "4", "4;", "-1;-1", "4;7;1;2", "a;b"])
def test_what_is_no_exec_id_is_none(text):
    assert values.parse_exec_id(text) is None


# --- orders -------------------------------------------------------------------------------------------

ORDER = "11=a|38=10|40=2|44=75|54=1|55=FED-1"


def read(text: str, *, use_dollars: bool = False) -> NewOrder:
    order = order_readers.read_new_order(received("D", text), NOW_US, use_dollars=use_dollars)
    assert isinstance(order, NewOrder)
    return order


def test_an_order_reads_into_integers():
    order = read(f"{ORDER}|59=1")
    assert (order.client_order_id, order.ticker, order.side, order.price, order.count) == (
        "a",
        "FED-1",
        BookSide.BID,
        7500,
        1000,
    )
    assert order.time_in_force is TimeInForce.GOOD_TILL_CANCELED
    assert order.expiration_us == 0
    assert order.self_trade_prevention is SelfTradePrevention.TAKER_AT_CROSS
    assert (order.subaccount, order.exchange_index, order.cancel_order_on_pause) == (None, -1, None)


def test_sell_is_an_ask_at_the_yes_price():
    order = read("11=a|38=0.5|40=2|44=0.725|54=2|55=FED-1", use_dollars=True)
    assert (order.side, order.price, order.count) == (BookSide.ASK, 7250, 50)


def test_an_order_without_time_in_force_ends_with_the_day_in_new_york():
    # 23:59:59.999 EDT is 03:59:59.999 UTC.
    end_us = (NOW_US // 1_000_000 + 7 * 3600 + 33 * 60 + 19) * 1_000_000 + 999_000
    assert read(ORDER).expiration_us == end_us
    assert read(f"{ORDER}|59=0").expiration_us == end_us


def test_a_good_till_date_order_ends_then():
    order = read(f"{ORDER}|59=6|126=20260528-20:26:41")
    assert (order.time_in_force, order.expiration_us) == (TimeInForce.GOOD_TILL_CANCELED, NOW_US + 1_000_000)


def test_a_good_till_date_in_the_past_is_immediate_or_cancel():
    order = read(f"{ORDER}|59=6|126=20260528-20:26:40")
    assert (order.time_in_force, order.expiration_us) == (TimeInForce.IMMEDIATE_OR_CANCEL, 0)


def test_every_option_of_an_order_is_read():
    order = read(
        f"{ORDER}|59=4|18=6|79=3|526={GROUP_ID}|2964=2|21006=Y|21009=12.5|100=1|117=q|21023=r|453=1|448=me|452=24"
    )
    assert order.time_in_force is TimeInForce.FILL_OR_KILL
    assert order.post_only
    assert order.subaccount == 3
    assert order.order_group_id == GROUP_ID
    assert order.self_trade_prevention is SelfTradePrevention.MAKER
    assert order.cancel_order_on_pause is True
    assert order.max_execution_cost == 12_500_000
    assert (order.exchange_index, order.quote_id, order.rfq_id, order.party_id) == (1, "q", "r", "me")


def test_a_price_below_a_cent_without_use_dollars_is_an_invalid_price():
    message = received("D", ORDER.replace("44=75", "44=75.5"))
    assert order_readers.read_new_order(message, NOW_US, use_dollars=False) is RejectReason.INVALID_PRICE


def test_a_count_below_a_hundredth_is_an_invalid_size():
    message = received("D", ORDER.replace("38=10", "38=0.001"))
    assert order_readers.read_new_order(message, NOW_US, use_dollars=False) is RejectReason.INVALID_ORDER_SIZE


def test_a_replace_reads():
    replace = order_readers.read_replace(
        received("G", "11=b|41=a|37=o|38=5|40=2|44=50|54=2|55=FED-1"), use_dollars=False
    )
    assert isinstance(replace, orders.ReplaceOrder)
    assert (replace.client_order_id, replace.original_client_order_id, replace.order_id) == ("b", "a", "o")
    assert (replace.price, replace.count, replace.side) == (5000, 500, BookSide.ASK)


def test_a_replace_without_price_keeps_it():
    replace = order_readers.read_replace(received("G", "11=b|41=a|38=5|40=2|54=2|55=FED-1"), use_dollars=False)
    assert isinstance(replace, orders.ReplaceOrder)
    assert replace.price is None


def test_a_cancel_and_a_mass_cancel_read():
    cancel = order_readers.read_cancel(received("F", "11=b|41=a|54=1|55=FED-1|79=2|100=3"))
    assert (cancel.original_client_order_id, cancel.subaccount, cancel.exchange_index) == ("a", 2, 3)
    assert order_readers.read_mass_cancel(received("q", "11=c|530=6")) == orders.MassCancel("c")


# --- reports ------------------------------------------------------------------------------------------


def report(**more) -> dict:
    return dict(
        order_id="o",
        client_order_id="a",
        exec_id="4;7",
        exec_type="0",
        ord_status="0",
        ticker="FED-1",
        side=BookSide.BID,
        order_count=1000,
        filled_count=0,
        leaves_count=1000,
        average_price=0,
        **more,
    )


def test_a_new_report_has_what_is_always_there():
    message = written("8", report_encoders.encode_execution_report(**report(price=7500), use_dollars=False))
    expected = {"37": "o", "11": "a", "17": "4;7", "150": "0", "39": "0", "54": "1", "55": "FED-1"}
    expected |= {"151": "10.00", "14": "0.00", "6": "0", "38": "10.00", "44": "75"}
    assert expected.items() <= message.fields.items()


def test_a_trade_report_has_position_fee_and_collateral():
    fill = FillDetails(
        price=7000,
        count=1000,
        trade_id="t",
        is_aggressor=True,
        position=-250,
        fee=17_500,
        collateral=(("BALANCE", -7_017_500),),
        single_market_return=1_000_000,
    )
    message = written(
        "8", report_encoders.encode_execution_report(**report(fill=fill, last_market=0), use_dollars=True)
    )
    expected = {"31": "0.7000", "32": "10.00", "880": "t", "1057": "Y", "704": "0.00", "705": "2.50", "137": "0.0175"}
    expected |= {"138": "USD", "139": "4", "891": "0", "1703": "1", "1704": "-7.0175", "1705": "BALANCE", "30": "0"}
    assert (expected | {"21030": "1.00"}).items() <= message.fields.items()
    assert "21031" not in message.fields


def test_what_is_not_given_is_left_out():
    message = written("8", report_encoders.encode_execution_report(**report(), use_dollars=True))
    assert not {"44", "60", "30", "41", "103", "58", "126", "79", "453", "31"} & message.fields.keys()


def test_a_rejected_report_says_why_and_for_whom():
    rejected = report(reject_reason=3, text="INSUFFICIENT_BALANCE", subaccount=2, party_id="me", transact_us=NOW_US)
    message = written("8", report_encoders.encode_execution_report(**rejected, use_dollars=True))
    expected = {"103": "3", "58": "INSUFFICIENT_BALANCE", "79": "2", "448": "me", "452": "24"}
    assert (expected | {"60": "20260528-20:26:40.000"}).items() <= message.fields.items()


def test_the_average_price_is_cost_by_count():
    # 60 at 0.70 and 40 at 0.60 cost 66 dollars: the example of FIX/subpenny-pricing.
    assert report_encoders.average_price(66_000_000, 10_000) == 6600
    assert report_encoders.average_price(0, 0) == 0


def test_cancel_rejects_and_mass_cancel_reports_are_written():
    reject = reports.CancelReject(
        client_order_id="b",
        original_client_order_id="a",
        ord_status="8",
        is_replace=True,
        reason=1,
        text="ORDER_NOT_FOUND",
    )
    message = written("9", report_encoders.encode_cancel_reject(reject))
    assert {"37": "NONE", "41": "a", "434": "2", "102": "1"}.items() <= message.fields.items()
    assert written("r", report_encoders.encode_mass_cancel_report("c", "op"))["531"] == "6"
    refused = written("r", report_encoders.encode_mass_cancel_report("c", "op", 99))
    assert (refused["531"], refused["532"]) == ("0", "99")


# --- groups, drop copy, market data, settlement ---------------------------------------------------------


def test_an_order_group_is_created_and_answered():
    request = order_groups.read_order_group_request(received("UOG", "20131=1|20132=5000|79=2"))
    assert (request.action, request.contracts_limit, request.subaccount, request.exchange_index) == (
        order_groups.GroupAction.CREATE,
        500_000,
        2,
        0,
    )
    answer = written("UOH", order_groups.encode_order_group_response(request, GROUP_ID))
    assert {"20130": GROUP_ID, "20132": "5000", "79": "2", "20131": "1"}.items() <= answer.fields.items()


def test_a_reset_group_is_answered_without_its_limit():
    request = order_groups.read_order_group_request(received("UOG", f"20131=2|20130={GROUP_ID}"))
    answer = written("UOH", order_groups.encode_order_group_response(request, GROUP_ID))
    assert "20132" not in answer.fields
    assert answer["79"] == "0"


def test_a_resend_range_reads():
    assert drop_copy.read_event_resend_request(received("U1", "21001=12345;67890")) == drop_copy.EventResendRequest(
        (12345, 67890, 0), None
    )
    request = drop_copy.read_event_resend_request(received("U1", "21001=1;0;2|21002=5;9;2"))
    assert request == drop_copy.EventResendRequest((1, 0, 2), (5, 9, 2))


@pytest.mark.parametrize(
    ("text", "tag", "reason"),
    [("21001=x", "21001", 6), ("21001=1;0|21002=y", "21002", 6), ("21001=1;0|21002=5;9;2", "21002", 5)],
)
def test_a_resend_range_that_is_none_is_rejected(text, tag, reason):
    fault = drop_copy.read_event_resend_request(received("U1", text))
    assert isinstance(fault, Fault)
    assert (fault.tag, fault.reason) == (tag, reason)


def test_resend_answers_are_written():
    assert written("U2", drop_copy.encode_event_resend_complete("5", 12))["21003"] == "12"
    reason = drop_copy.ResendRejectReason.BEGIN_TOO_SMALL
    assert written("U3", drop_copy.encode_event_resend_reject("5", reason))["21004"] == "3"


def test_a_market_data_request_reads():
    request = market_data.read_market_data_request(received("V", "263=1|146=2|55=A|55=B"))
    assert request == market_data.MarketDataRequest("1", ("A", "B"))
    assert market_data.read_market_data_request(received("V", "263=2")).tickers == ()
    status = market_data.read_security_status_request(received("e", "263=2|55=A"))
    assert status == market_data.SecurityStatusRequest("2", "A")


def test_a_snapshot_is_the_documented_one():
    # 2026-08-17 16:00:00.123 UTC, the example of FIX/market-data.
    body = market_data.encode_snapshot("T", [(3500, 1000)], [(6500, 500)], 1_786_982_400_123_000)
    assert body.decode().replace(SOH, "|") == (
        "55=T|268=2|269=0|270=0.3500|271=10.00|272=20260817|273=16:00:00.123|"
        "269=1|270=0.6500|271=5.00|272=20260817|273=16:00:00.123|"
    )
    assert len(read_group(written("W", body), "268")) == 2


def test_a_snapshot_without_a_book_is_empty():
    assert written("W", market_data.encode_snapshot("T", [], [], NOW_US))["268"] == "0"


def test_increments_are_the_documented_ones():
    changes = [
        market_data.LevelChange(BookSide.BID, 3500, 1500),
        market_data.LevelChange(BookSide.ASK, 6500, 0),
        market_data.LevelChange(BookSide.ASK, 6600, 100, is_new=True),
        market_data.TradePrint(6500, 300, BookSide.BID),
    ]
    message = written("X", market_data.encode_increments("T", changes, 1_786_982_400_789_000))
    entries = read_group(message, "268")
    assert [entry["279"] for entry in entries] == ["1", "2", "0", "0"]
    assert [entry["269"] for entry in entries] == ["0", "1", "1", "2"]
    assert entries[3] == {
        "279": "0", "55": "T", "269": "2", "270": "0.6500", "271": "3.00", "272": "20260817", "273": "16:00:00.789",
        "2446": "1",
    }  # fmt: skip


def test_refusals_and_statuses_of_market_data_are_written():
    reason = market_data.RequestRejectReason.UNSUPPORTED_SUBSCRIPTION_TYPE
    assert written("Y", market_data.encode_request_reject(reason, "no"))["281"] == "4"
    assert written("f", market_data.encode_security_status("T", market_data.TradingStatus.SETTLED))["326"] == "101"


def test_a_settlement_page_is_the_documented_one():
    page = settlement.SettlementPage(
        report_id="settle-456",
        ticker="HIGHNY-23DEC31",
        cleared_us=NOW_US,
        result=MarketResult.YES,
        value=1_000_000,
        parties=[settlement.SettledParty("user-789", 10_000, 100_000_000, 6_000)],
        total_reports=1,
        is_last=True,
    )
    message = written("UMS", settlement.encode_settlement_page(page))
    assert {"20107": "yes", "730": "100.00", "893": "Y", "715": "20260528"}.items() <= message.fields.items()
    (party,) = read_group(message, "20108")
    assert (party["704"], party["705"]) == ("100.00", "0.00")
    assert party["1703"] == [{"1704": "100.00", "1705": "PAYOUT"}]
    assert party["136"] == [{"137": "0.006", "138": "USD", "139": "4", "891": "0"}]


def test_a_scalar_settles_in_cents_with_two_decimals():
    page = settlement.SettlementPage(
        report_id="s", ticker="T", cleared_us=NOW_US, result=MarketResult.SCALAR, value=306_000, parties=[],
        total_reports=2, is_last=False,
    )  # fmt: skip
    message = written("UMS", settlement.encode_settlement_page(page))
    assert (message["730"], message["893"], message["20106"]) == ("30.60", "N", "2")


# --- RFQ ----------------------------------------------------------------------------------------------


def test_an_rfq_for_a_ticker_reads():
    request = rfq.read_rfq_request(received("R", "131=r|146=1|55=A|38=5.25|21015=Y|21016=Y|79=1"))
    assert isinstance(request, rfq.RfqRequest)
    assert (request.client_request_id, request.ticker, request.count, request.target_cost) == ("r", "A", 525, 0)
    assert request.rest_remainder
    assert request.replace_existing
    assert request.subaccount == 1


def test_options_outside_the_group_are_passed_over():
    request = rfq.read_rfq_request(received("R", "131=r|146=1|55=A|38=5|79=1|21016=Y"))
    assert isinstance(request, rfq.RfqRequest)
    assert not request.replace_existing


def test_an_rfq_for_legs_reads():
    legs = "20181=2|20182=E1|20183=M1|20184=yes|20182=E2|20183=M2|20184=no"
    request = rfq.read_rfq_request(received("R", f"131=r|146=1|152=25.50|453=1|448=s|452=24|20180=P|{legs}"))
    assert isinstance(request, rfq.RfqRequest)
    assert (request.ticker, request.target_cost, request.party_id, request.collection_ticker) == (
        "",
        25_500_000,
        "s",
        "P",
    )
    assert request.legs == (rfq.Leg("E1", "M1", OutcomeSide.YES), rfq.Leg("E2", "M2", OutcomeSide.NO))


def test_an_rfq_with_size_and_cost_is_invalid():
    assert rfq.read_rfq_request(received("R", "131=r|146=1|55=A|38=5|152=1")) is RejectReason.INVALID_PARAMETERS


def test_a_quote_reads_by_use_dollars():
    quote = rfq.read_quote(received("S", "117=q|131=r|55=A|132=75|133=25|18=6"), use_dollars=False)
    assert isinstance(quote, rfq.QuoteSubmission)
    assert (quote.yes_bid, quote.no_bid, quote.post_only) == (7500, 2500, True)
    declined = rfq.read_quote(received("S", "117=q|131=r|55=A|132=0.755"), use_dollars=True)
    assert isinstance(declined, rfq.QuoteSubmission)
    assert (declined.yes_bid, declined.no_bid) == (7550, 0)


def test_a_quote_that_declines_both_sides_is_invalid():
    message = received("S", "117=q|131=r|55=A|132=0|133=0")
    assert rfq.read_quote(message, use_dollars=False) is RejectReason.INVALID_PRICE


def test_buying_takes_the_makers_no():
    acceptance = rfq.read_acceptance(received("UA", "117=q|21023=r|54=1|38=100|11=c|21022=Y"))
    assert isinstance(acceptance, rfq.QuoteAcceptance)
    assert acceptance.accepted_side is OutcomeSide.NO
    assert (acceptance.count, acceptance.client_order_id, acceptance.prefer_better_quote) == (10_000, "c", True)
    selling = rfq.read_acceptance(received("UA", "117=q|54=2"))
    assert isinstance(selling, rfq.QuoteAcceptance)
    assert selling.accepted_side is OutcomeSide.YES


def test_references_to_quotes_and_rfqs_read():
    assert rfq.read_quote_reference(received("Z", "117=q")) == rfq.QuoteReference("q", "")
    assert rfq.read_quote_reference(received("U7", "117=q|21023=r")) == rfq.QuoteReference("q", "r")
    assert rfq.read_rfq_cancel(received("UE", "131=c")) == rfq.RfqCancel("c", "", "")


def test_answers_to_the_creator_are_written():
    assert written("b", rfq.encode_rfq_ack("c", "r", 1, "PARLAY"))["55"] == "PARLAY"
    reject = written(
        "AG", rfq.encode_rfq_reject("c", rfq.RequestRejectReason.OTHER, "no", "duplicated_legs", ("M1", "M2"))
    )
    assert read_group(reject, "20185") == [{"20186": "M1"}, {"20186": "M2"}]
    notice = rfq.QuoteNotice(quote_id="q", rfq_id="r", ticker="A", yes_bid=7500, no_bid=0, count=10_000, quoter_id="p")
    quote = written("S", rfq.encode_quote_notice(notice))
    assert (quote["132"], quote["38"], quote["452"]) == ("0.7500", "100.00", "35")
    assert "133" not in quote.fields
    accepted = written("UC", rfq.encode_acceptance_status("q", accepted_quote_id="q2", client_order_id="c"))
    assert (accepted["21025"], accepted["21024"]) == ("0", "q2")
    assert written("UC", rfq.encode_acceptance_status("q", refusal="NOT_FOUND"))["21025"] == "1"
    assert written("UB", rfq.encode_rfq_cancel_status("c", rfq.CancelStatus.EXPIRED, "r"))["21013"] == "2"


def test_answers_to_the_maker_are_written():
    legs = (rfq.Leg("E", "M", OutcomeSide.YES),)
    broadcast = written(
        "R", rfq.encode_rfq_broadcast("r", "A", 10_000, creator_id="p", collection_ticker="P", legs=legs)
    )
    assert read_group(broadcast, "146") == [{"55": "A", "38": "100.00", "453": [{"448": "p"}]}]
    pending = rfq.QuoteReport(
        quote_id="q", rfq_id="r", status=rfq.QuoteStatus.PENDING, yes_bid=7500, no_bid=2500, count=10_000
    )
    cents = written("AI", rfq.encode_quote_report(pending, use_dollars=False))
    assert (cents["297"], cents["132"], cents["133"]) == ("10", "75", "25")
    refused = rfq.QuoteReport(quote_id="", rfq_id="r", status=rfq.QuoteStatus.REJECTED, text="RFQ_CLOSED")
    rejected = written("AI", rfq.encode_quote_report(refused, use_dollars=False))
    assert "132" not in rejected.fields
    assert written("U8", rfq.encode_confirm_status("q"))["21010"] == "0"
    assert written("U9", rfq.encode_quote_cancel_status("q", "NOT_FOUND"))["298"] == "1"
