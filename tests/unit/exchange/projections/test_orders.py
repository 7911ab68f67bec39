"""Order records: recording portfolio__orders_list, SEMANTICS B3, B5, B7."""

import pytest

from exchange.core import commands as c
from exchange.projections.order_filter import OrderFilter
from exchange.projections.orders import Orders
from tests.unit.exchange.private_venue import OTHER, TICKER, PrivateVenue, whole
from wire.accounts import account_of
from wire.enums import BookSide, OrderStatus, TimeInForce, UpdateReason

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
ME = OrderFilter(1)


@pytest.fixture
def venue():
    return PrivateVenue()


def amend(order_id: int, price: int, count: int, **more) -> c.AmendOrder:
    return c.AmendOrder(account_of(1), order_id, TICKER, BookSide.BID, price, count, **more)


def test_new_order_rests_untouched(venue):
    order = venue.views.orders.get(venue.order(1, "bid", "0.40", "10", client_order_id="mine"))
    assert (order.status, order.initial_count, order.remaining_count, order.fill_count) == (
        OrderStatus.RESTING, whole(10), whole(10), 0,
    )  # fmt: skip
    assert order.client_order_id == "mine"
    assert order.created_us == order.updated_us == venue.clock.us
    assert order.last_update_reason is UpdateReason.NONE


def test_partly_filled_order_rests_with_the_rest(venue):
    maker = venue.order(1, "bid", "0.40", "10")
    venue.order(2, "ask", "0.40", "4", time_in_force=IOC)
    order = venue.views.orders.get(maker)
    assert (order.status, order.remaining_count, order.fill_count) == (OrderStatus.RESTING, whole(6), whole(4))
    assert order.last_update_reason is UpdateReason.TRADE


def test_fill_costs_are_those_of_the_orders_own_leg(venue):
    maker = venue.order(2, "ask", "0.52", "1")
    taker = venue.order(1, "bid", "0.99", "1", time_in_force=IOC)
    assert venue.views.orders.get(taker).taker_fill_cost == 520_000
    assert venue.views.orders.get(taker).maker_fill_cost == 0
    assert venue.views.orders.get(maker).maker_fill_cost == 480_000


def test_taker_fee_is_the_recorded_one():
    venue = PrivateVenue(fees=True)
    venue.order(2, "ask", "0.52", "1")
    taker = venue.views.orders.get(venue.order(1, "bid", "0.99", "1", time_in_force=IOC))
    assert (taker.taker_fees, taker.maker_fees) == (17_500, 0)


def test_unfilled_ioc_is_canceled_with_nothing_remaining(venue):
    order = venue.views.orders.get(venue.order(1, "bid", "0.40", "10", time_in_force=IOC))
    assert (order.status, order.remaining_count, order.initial_count) == (OrderStatus.CANCELED, 0, whole(10))
    assert list(venue.views.orders.resting(1)) == []


def test_full_fill_is_executed_on_both_sides(venue):
    maker = venue.order(2, "ask", "0.50", "3")
    taker = venue.order(1, "bid", "0.50", "3")
    assert venue.views.orders.get(maker).status is OrderStatus.EXECUTED
    assert venue.views.orders.get(taker).status is OrderStatus.EXECUTED
    assert list(venue.views.orders.resting_in(TICKER)) == []


def test_canceled_order_keeps_its_initial_count(venue):
    order_id = venue.order(1, "bid", "0.40", "10")
    venue.do(c.CancelOrder(account_of(1), order_id))
    order = venue.views.orders.get(order_id)
    assert (order.status, order.remaining_count, order.initial_count) == (OrderStatus.CANCELED, 0, whole(10))
    assert order.last_update_reason is UpdateReason.DECREASE
    assert order.updated_us > order.created_us


def test_decrease_shrinks_what_remains(venue):
    order_id = venue.order(1, "bid", "0.40", "10")
    venue.do(c.DecreaseOrder(account_of(1), order_id, reduce_by=whole(4)))
    order = venue.views.orders.get(order_id)
    assert (order.remaining_count, order.initial_count) == (whole(6), whole(10))
    assert order.last_update_reason is UpdateReason.DECREASE


def test_amend_sets_price_and_total(venue):
    order_id = venue.order(1, "bid", "0.40", "10")
    venue.order(2, "ask", "0.40", "4", time_in_force=IOC)
    venue.do(amend(order_id, 4_500, whole(12), updated_client_order_id="renamed"))
    order = venue.views.orders.get(order_id)
    assert (order.price, order.initial_count, order.remaining_count, order.fill_count) == (
        4_500, whole(12), whole(8), whole(4),
    )  # fmt: skip
    assert order.client_order_id == "renamed"
    assert order.last_update_reason is UpdateReason.AMEND


def test_amend_that_crosses_fills_as_taker(venue):
    venue.order(2, "ask", "0.50", "10")
    order_id = venue.order(1, "bid", "0.40", "10")
    venue.do(amend(order_id, 5_000, whole(10)))
    order = venue.views.orders.get(order_id)
    assert (order.status, order.taker_fill_cost) == (OrderStatus.EXECUTED, 5_000_000)
    assert list(venue.views.orders.resting(1)) == []


# --- queue ------------------------------------------------------------------------------------------


def ahead(venue, order_id: int) -> int:
    return venue.views.orders.queue_position(venue.views.orders.get(order_id))


def test_queue_position_counts_contracts_strictly_ahead(venue):
    first, second, third = (venue.order(1, "bid", "0.40", count) for count in ("5", "3", "1"))
    venue.order(1, "bid", "0.41", "50")
    venue.order(1, "bid", "0.40", "50", OTHER)
    assert [ahead(venue, order_id) for order_id in (first, second, third)] == [0, whole(5), whole(8)]


def test_queue_moves_up_with_fills_and_cancels(venue):
    first, second, third = (venue.order(1, "bid", "0.40", count) for count in ("5", "3", "1"))
    venue.order(2, "ask", "0.40", "2", time_in_force=IOC)
    venue.do(c.CancelOrder(account_of(1), second))
    assert ahead(venue, third) == whole(3)
    assert ahead(venue, first) == 0


def test_size_down_keeps_the_place_and_size_up_loses_it(venue):
    first, second = (venue.order(1, "bid", "0.40", "5") for _ in range(2))
    venue.do(amend(first, 4_000, whole(2)))
    assert (ahead(venue, first), ahead(venue, second)) == (0, whole(2))
    venue.do(amend(first, 4_000, whole(9)))
    assert (ahead(venue, first), ahead(venue, second)) == (whole(5), 0)


def test_many_positions_are_those_of_each(venue):
    for price, count in (("0.40", "5"), ("0.40", "3"), ("0.41", "2"), ("0.40", "1"), ("0.41", "7")):
        venue.order(1, "bid", price, count)
    orders = venue.views.orders
    found = orders.queue_positions(orders.resting(1))
    assert len(found) == 5
    assert all(place == orders.queue_position(order) for order, place in found)


# --- lists ------------------------------------------------------------------------------------------


def test_list_is_newest_first_and_of_one_member(venue):
    ids = [venue.order(1, "bid", "0.40", "1") for _ in range(3)]
    venue.order(2, "bid", "0.40", "1")
    assert [order.order_id for order in venue.views.orders.select(ME, 10)] == ids[::-1]
    assert [order.order_id for order in venue.views.orders.select(ME, 2)] == ids[:0:-1]


def test_before_continues_the_list(venue):
    ids = [venue.order(1, "bid", "0.40", "1") for _ in range(3)]
    assert [order.order_id for order in venue.views.orders.select(OrderFilter(1, before=ids[2]), 10)] == [
        ids[1],
        ids[0],
    ]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_status_filter(venue, status):
    venue.order(1, "bid", "0.40", "1")
    venue.order(1, "bid", "0.40", "1", OTHER, time_in_force=IOC)
    venue.trade("0.60", "1", OTHER)
    found = venue.views.orders.select(OrderFilter(1, status=status), 10)
    assert [order.status for order in found] == [status]


def test_subaccount_ticker_and_time_filters(venue):
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 10_000_000, "t"))
    first = venue.order(1, "bid", "0.40", "1")
    second = venue.order(1, "bid", "0.40", "1", OTHER, subaccount=1)

    def ids(**wanted):
        return [order.order_id for order in venue.views.orders.select(OrderFilter(1, **wanted), 10)]

    created = venue.views.orders.get(second).created_us
    assert ids(subaccount=0) == [first]
    assert ids(subaccount=1) == [second]
    assert ids(tickers=frozenset((OTHER,))) == [second]
    assert ids(tickers=frozenset()) == []
    assert ids(min_us=created) == [second]
    assert ids(max_us=created - 1) == [first]


# --- memory -----------------------------------------------------------------------------------------


def test_terminal_orders_beyond_the_window_leave_once_history_has_them():
    venue = PrivateVenue(window=2)
    resting = venue.order(1, "bid", "0.10", "1")
    ended = [venue.order(1, "bid", "0.40", "1", time_in_force=IOC) for _ in range(5)]
    orders = venue.views.orders
    orders.evict(venue.views.seq - 4)
    assert [orders.get(order_id) is None for order_id in ended] == [True, False, False, False, False]
    orders.evict(venue.views.seq)
    assert [orders.get(order_id) is None for order_id in ended] == [True, True, True, False, False]
    assert orders.evicted
    assert [order.order_id for order in orders.select(ME, 10)] == [ended[4], ended[3], resting]


def test_dump_and_load_give_the_same_projection():
    venue = PrivateVenue(window=2)
    for _ in range(4):
        venue.order(1, "bid", "0.40", "1", time_in_force=IOC)
    venue.order(1, "bid", "0.40", "5")
    venue.order(1, "bid", "0.40", "2")
    venue.views.orders.evict(venue.views.seq)
    again = Orders(2)
    again.load(venue.views.orders.dump())
    assert again.dump() == venue.views.orders.dump()
    assert again.evicted
    assert again.select(ME, 10) == venue.views.orders.select(ME, 10)
    assert {o.order_id for o in again.resting_in(TICKER)} == {o.order_id for o in venue.views.orders.resting_in(TICKER)}
