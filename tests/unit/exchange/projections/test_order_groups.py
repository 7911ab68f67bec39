"""Order groups as their owners see them (SEMANTICS B9)."""

import pytest

from exchange.core import commands as c
from exchange.projections.order_groups import OrderGroups
from tests.unit.exchange.private_venue import PrivateVenue, whole
from wire.accounts import account_of

FIRST = account_of(1)


@pytest.fixture
def venue():
    return PrivateVenue()


def create(venue, contracts: int = 10) -> int:
    return venue.do(c.CreateOrderGroup(FIRST, whole(contracts))).seq


def test_new_group_is_not_triggered(venue):
    group = venue.views.order_groups.get(create(venue))
    assert (group.account, group.contracts_limit, group.triggered) == (FIRST, whole(10), False)


def test_trigger_and_reset(venue):
    number = create(venue)
    venue.do(c.TriggerOrderGroup(FIRST, number))
    assert venue.views.order_groups.get(number).triggered
    venue.do(c.ResetOrderGroup(FIRST, number))
    assert not venue.views.order_groups.get(number).triggered


def test_limit_update(venue):
    number = create(venue)
    venue.do(c.UpdateOrderGroupLimit(FIRST, number, whole(25)))
    assert venue.views.order_groups.get(number).contracts_limit == whole(25)


def test_fills_beyond_the_limit_trigger_it(venue):
    number = create(venue, 2)
    venue.order(1, "bid", "0.40", "5", order_group=number)
    venue.order(2, "ask", "0.40", "3")
    assert venue.views.order_groups.get(number).triggered


def test_deleted_group_is_gone(venue):
    number, other = create(venue), create(venue)
    venue.do(c.DeleteOrderGroup(FIRST, number))
    assert venue.views.order_groups.get(number) is None
    assert [group.order_group for group in venue.views.order_groups.of_member(1)] == [other]


def test_dump_and_load_give_the_same_projection(venue):
    create(venue)
    venue.do(c.TriggerOrderGroup(FIRST, create(venue)))
    again = OrderGroups()
    again.load(venue.views.order_groups.dump())
    assert again.of_member(1) == venue.views.order_groups.of_member(1)
