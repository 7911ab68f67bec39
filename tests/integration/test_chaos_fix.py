"""Each fault of FIX as a client over a socket sees it, and that the session behind it is still whole."""

import time

import pytest

from tests.chaos import hits, order_fault
from tests.fix_client import FREE_PORTS, FixClient, client
from tests.live import TICKER, live


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


async def test_latency_makes_a_report_late(venue):
    fix = await client(venue, 1, "NR")
    await order_fault(venue, "fix", "latency", operation="8", nth=1, ms=300)
    begun = time.monotonic()
    fix.order("a")
    await fix.expect("8", _150="0", _11="a")
    assert time.monotonic() - begun >= 0.3


async def test_a_stall_holds_everything_behind_it(venue):
    fix = await client(venue, 1, "NR")
    await order_fault(venue, "fix", "stall", nth=1, ms=400)
    begun = time.monotonic()
    fix.order("a")
    fix.order("b")
    assert [(await fix.expect("8", _150="0"))["34"] for _ in range(2)] == ["2", "3"]
    assert time.monotonic() - begun >= 0.4


async def test_a_dropped_report_is_resent_when_asked_for(venue):
    fix = await client(venue, 1, "RT")
    await order_fault(venue, "fix", "drop", operation="8", nth=1)
    fix.order("a")
    fix.order("b")
    await fix.expect("8", _11="b", _34="3")
    fix.send("2", ("7", 2), ("16", 2))
    await fix.expect("8", _11="a", _34="2", _43="Y")


async def test_a_sequence_gap_is_filled_when_asked_for(venue):
    fix = await client(venue, 1, "RT")
    await order_fault(venue, "fix", "gap", operation="8", nth=1, size=3)
    fix.order("a")
    await fix.expect("8", _11="a", _34="2")
    fix.order("b")
    await fix.expect("8", _11="b", _34="6")
    fix.send("2", ("7", 3), ("16", 5))
    await fix.expect("4", _34="3", _36="6", _123="Y", _43="Y")


async def test_a_logout_is_said_before_the_connection_ends_and_nothing_is_lost(venue):
    fix = await client(venue, 1, "RT")
    await order_fault(venue, "fix", "logout", operation="8", nth=1)
    fix.order("a")
    await fix.expect("8", _11="a")
    await fix.expect("5")
    # Something happens between the venue's Logout and ours.
    await venue.trader(2).order("ask", "0.40", "10")
    fix.send("5")
    await fix.ended()
    again = FixClient(fix.trader, "RT", seq_num=fix.seq_num)
    await again.log_on(reset=False)
    again.send("2", ("7", 1), ("16", 0))
    reports = []
    while len(reports) < 2:
        message = await again.next()
        reports += [message["150"]] if message.msg_type == "8" else []
    assert reports == ["0", "F"]


async def test_a_disconnect_ends_the_connection_without_a_logout(venue):
    fix = await client(venue, 1, "RT")
    await order_fault(venue, "fix", "disconnect", operation="8", nth=1)
    fix.order("a")
    await fix.ended()
    order = (await fix.trader.http.get("/portfolio/orders")).json()["orders"][0]
    assert (order["client_order_id"], order["status"]) == ("a", "resting")


async def test_admin_messages_are_hit_only_by_name(venue):
    rule = await order_fault(venue, "fix", "drop")
    fix = await client(venue, 1, "NR")
    await fix.quiet()
    assert await hits(venue, rule) == 0


async def test_a_rule_hits_one_account_and_market_only(venue):
    mine, theirs = await client(venue, 1, "NR"), await client(venue, 2, "NR")
    rule = await order_fault(venue, "fix", "drop", account="member 2", ticker=TICKER)
    mine.order("a")
    await mine.expect("8", _11="a")
    theirs.order("b", price="30")
    await theirs.quiet()
    assert await hits(venue, rule) == 1
