"""Orders and positions as one cut, whatever the order in which answers and messages come."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from market_maker.account import Account
from market_maker.quotes import ASK, BID, OwnOrder
from market_maker.venue.port import Acknowledged, NewOrder

NEW = NewOrder(ticker="T", side=BID, price=4_800, count=100, client_order_id="mm-1")


def told(filled, remaining, ms, side=BID, price=4_800):
    return OwnOrder(
        order_id="o1",
        client_order_id="mm-1",
        ticker="T",
        side=side,
        price=price,
        remaining=remaining,
        filled=filled,
        updated_ms=ms,
    )


def answer(filled=0, remaining=100, ms=10):
    return Acknowledged(order_id="o1", client_order_id="mm-1", filled=filled, remaining=remaining, ts_ms=ms)


def test_an_answer_makes_an_order_rest():
    account = Account()
    account.created(NEW, answer())
    assert [order.remaining for order in account.of_market("T", "mm-")] == [100]
    assert account.of_market("T", "other-") == []


def test_a_fill_moves_position_and_order_together():
    account = Account()
    account.created(NEW, answer())
    account.heard(told(30, 70, 11), True, 10)
    assert account.positions == {"T": 30}
    assert account.orders["o1"].remaining == 70


def test_an_answer_behind_its_own_fill_changes_nothing():
    account = Account()
    account.heard(told(100, 0, 11), False, 10)
    account.created(NEW, answer())
    assert account.orders == {}
    assert account.positions == {"T": 100}


def test_the_same_message_twice_counts_once():
    account = Account()
    account.created(NEW, answer())
    for _ in range(2):
        account.heard(told(30, 70, 11), True, 10)
    assert account.positions == {"T": 30}


def test_an_ask_that_fills_makes_the_position_negative():
    account = Account()
    account.heard(told(40, 60, 11, side=ASK), True, 10)
    assert account.positions == {"T": -40}


def test_fills_from_before_the_listing_are_in_its_positions_already():
    account = Account()
    account.replace([], {"T": 500}, since_ms=1_000)
    account.heard(told(100, 0, 990), False, created_ms=900)
    assert account.positions == {"T": 500}


def test_an_order_that_is_being_sent_is_news_even_when_the_venues_clock_is_behind():
    account = Account()
    account.replace([], {}, since_ms=1_000)
    account.expect("mm-1")
    account.heard(told(100, 0, 990), False, created_ms=900)
    account.created(NEW, answer(ms=900))
    assert account.positions == {"T": 100}
    assert account.orders == {}


def test_a_late_message_brings_no_canceled_order_back():
    account = Account()
    account.created(NEW, answer())
    account.canceled(account.orders["o1"], 20)
    account.heard(told(20, 80, 9), True, 10)
    assert account.orders == {}
    assert account.positions == {"T": 20}


def test_what_an_order_filled_before_its_cancel_is_known_from_the_answer():
    account = Account()
    account.created(NEW, answer())
    account.canceled(account.orders["o1"], 30)
    assert account.positions == {"T": 30}
    account.heard(told(30, 0, 11), False, 10)
    assert account.positions == {"T": 30}


def test_a_listing_has_the_fills_of_orders_that_ended_before_it_whatever_the_clocks_say():
    account = Account()
    account.created(NEW, answer())
    account.replace([], {"T": 100}, since_ms=5)
    account.heard(told(100, 0, 11), False, created_ms=10)
    assert account.positions == {"T": 100}
    assert account.worst("T", BID) == 100


def test_the_worst_is_what_is_held_and_what_may_still_fill_on_that_side():
    account = Account()
    account.replace([], {"T": -40})
    account.created(NEW, answer())
    assert (account.worst("T", BID), account.worst("T", ASK)) == (60, 40)
    assert (account.worst("T", BID, "other-"), account.worst("U", ASK)) == (-40, 0)


def test_an_amend_that_loses_its_place_goes_to_the_end_of_the_list():
    account = Account()
    account.created(NEW, answer())
    second = msgspec.structs.replace(NEW, client_order_id="mm-2")
    account.created(second, Acknowledged(order_id="o2", client_order_id="mm-2", filled=0, remaining=50, ts_ms=11))
    account.amended(account.orders["o1"], 4_800, answer(remaining=90, ms=12), 0)
    assert list(account.orders) == ["o1", "o2"]
    account.amended(account.orders["o1"], 4_900, answer(remaining=90, ms=13), 0)
    assert list(account.orders) == ["o2", "o1"]


@given(st.permutations(range(5)), st.integers(0, 4))
def test_what_may_fill_and_what_is_held_is_never_counted_too_low(order, answered):
    """The order of 100 fills in four steps; messages and the answer come in any order."""
    account = Account()
    for number in order:
        if number == answered:
            account.created(NEW, answer())
        filled = 25 * number
        account.heard(told(filled, 100 - filled, 10 + number), filled < 100, 10)
        resting = sum(one.remaining for one in account.of_market("T"))
        assert account.positions.get("T", 0) + resting in (0, 100)
    assert account.positions.get("T", 0) == 100
    assert account.orders == {}
