import pytest

from market_maker.kill_switch import KillSwitch
from market_maker.quotes import BID, OwnOrder
from market_maker.venue.port import RateLimited, Refused, Uncertain
from tests.unit.market_maker.fake_venue import FakeVenue


def order(name, client_order_id, group=""):
    return OwnOrder(
        order_id=name, client_order_id=client_order_id, ticker="T", side=BID, price=4_000, remaining=100, group=group
    )


def venue_with(*orders):
    venue = FakeVenue()
    venue.rows = {one.order_id: one for one in orders}
    return venue


async def test_a_pull_triggers_the_group_and_cancels_what_was_not_in_it():
    venue = venue_with(order("o1", "mm-1", "g1"), order("o2", "mm-2"), order("o3", "by-hand"))
    switch = KillSwitch(venue, 10, "mm-")
    await switch.arm([])
    await switch.pull()
    assert venue.calls == [("create_group", 10), ("trigger_group", "g1"), ("cancel", "o2")]
    assert list(venue.rows) == ["o3"]


async def test_without_a_group_every_order_is_canceled_by_itself():
    venue = venue_with(order("o1", "mm-1", "g1"), order("o2", "mm-2", "g1"))
    switch = KillSwitch(venue, 10, "mm-")
    await switch.arm([])
    venue.refuse["trigger_group"] = Uncertain("no answer")
    await switch.pull()
    assert venue.rows == {}


@pytest.mark.parametrize("failure", [Uncertain("no answer"), RateLimited()])
async def test_a_pull_that_could_not_cancel_says_so(failure):
    venue = venue_with(order("o1", "mm-1"))
    venue.refuse["cancel"] = failure
    with pytest.raises(type(failure)):
        await KillSwitch(venue, 10, "mm-").pull()


async def test_orders_that_are_gone_already_are_no_failure():
    venue = venue_with(order("o1", "mm-1"))
    venue.refuse["cancel"] = Refused("not_found")
    switch = KillSwitch(venue, 10, "mm-")
    await switch.cancel(await switch.ours())


async def test_the_group_of_adopted_orders_is_used_again():
    venue = FakeVenue()
    switch = KillSwitch(venue, 10, "mm-")
    adopted = [order("o1", "mm-1", "g7"), order("o2", "mm-2", "g7"), order("o3", "mm-3", "g8")]
    assert await switch.arm(adopted) == adopted[:2]
    assert switch.group == "g7"
    assert venue.calls == [("reset_group", "g7")]


async def test_a_group_that_is_gone_is_replaced():
    venue = FakeVenue()
    venue.refuse["reset_group"] = Refused("order_group_not_found")
    switch = KillSwitch(venue, 10, "mm-")
    assert await switch.arm([order("o1", "mm-1", "g7")]) == []
    assert switch.group == "g1"
