"""Logon flags against a live venue, those that tests/integration/test_fix_orders.py does not show (SEMANTICS H2)."""

from collections.abc import AsyncIterator

import pytest

from exchange.core import commands as c
from tests.fix_client import FREE_PORTS, client
from tests.live import TICKER, LiveVenue, live
from wire.enums import MarketResult, PauseScope


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


async def test_split_collateral_return_tells_what_closing_a_position_freed(venue):
    split, plain = await client(venue, 1, "NR", ("21027", "Y")), await client(venue, 1, "NR")
    split.order("buy", "1", "40", "10")
    await venue.trader(2).order("ask", "0.40", "10")
    split.order("sell", "2", "50", "15")
    await venue.trader(2).order("bid", "0.50", "15")
    for fix in (split, plain):
        await fix.expect("8", _150="0")
        opening = await fix.expect("8", _150="F", _11="buy", _1704="-4.00", _704="10.00")
        assert (opening.get("21030"), opening.get("21031")) == (None, None), "only present when non-zero"
        await fix.expect("8", _150="0")
        # Ten are sold for 5.00, five more are bought of the other leg for 2.50; makers of this series pay no fee.
        closing = await fix.expect("8", _150="F", _11="sell", _1704="2.50", _1705="BALANCE", _705="5.00")
        assert closing.get("21030") == ("5.00" if fix is split else None)
        assert closing.get("21031") is None, "no netting across markets happens here"


async def test_settlement_reports_come_on_rt_when_asked_for_and_on_pt_unless_refused(venue):
    asked, not_asked = await client(venue, 1, "RT", ("20127", "Y")), await client(venue, 1, "RT")
    default, refused = await client(venue, 1, "PT"), await client(venue, 1, "PT", ("20127", "N"))
    maker = venue.trader(1)
    await maker.order("bid", "0.40", "10")
    await venue.trader(2).order("ask", "0.40", "10")
    for fix in (asked, not_asked):
        await fix.expect("8", _150="0")
        await fix.expect("8", _150="F")
    await venue.do(c.SetCloseTime(TICKER, 1), c.DetermineMarket(TICKER, MarketResult.YES), c.SettleMarket(TICKER))
    for fix in (asked, default):
        await fix.expect("UMS", _55=TICKER)
    for fix in (not_asked, refused):
        await fix.quiet()


async def test_cancel_on_disconnect_holds_for_a_logout_too(venue):
    fix, watcher = await client(venue, 1, "NR", ("8013", "Y")), await client(venue, 1, "NR", ("20126", "Y"))
    fix.order("a")
    await watcher.expect("8", _150="0")
    await fix.expect("8", _150="0")
    fix.send("5")
    assert (await fix.expect("5")).get("58") is None
    await watcher.expect("8", _150="4", _11="a")


async def test_orders_go_with_a_session_that_the_end_of_the_venue_cut_off(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS) as venue:
        armed, plain = await client(venue, 1, "NR", ("8013", "Y")), await client(venue, 2, "NR")
        for fix in (armed, plain):
            fix.order("a")
            await fix.expect("8", _150="0")
    async with live(tmp_path, fix=FREE_PORTS) as venue:
        resting = {member: list(venue.venue.views.orders.resting(member)) for member in (1, 2)}
        assert (len(resting[1]), len(resting[2])) == (0, 1)
        assert not venue.venue._fix.owners.armed


async def test_what_a_pause_does_to_orders_that_do_not_say_is_the_logons_word(venue):
    leaves, stays = await client(venue, 1, "NR", ("21006", "Y")), await client(venue, 2, "NR")
    for fix in (leaves, stays):
        fix.order(f"silent{fix.trader.member}", price="10")
        fix.order(f"says{fix.trader.member}", price="11", _21006="N" if fix is leaves else "Y")
        await fix.expect("8", _150="0")
        await fix.expect("8", _150="0")
    await venue.do(c.Pause(PauseScope.TRADING))
    await leaves.expect("8", _150="4", _11="silent1")
    await stays.expect("8", _150="4", _11="says2")
    await leaves.quiet()
    await stays.quiet()
