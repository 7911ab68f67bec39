"""The differ against an obvious model: apply the actions and look, and search all shorter ways in small books."""

from collections import Counter, deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_maker.differ import Amend, Cancel, Create, diff
from market_maker.quotes import ASK, BID, OwnOrder, Quote


def order(number, side, price, remaining, expires_us=0, filled=0):
    return OwnOrder(
        order_id=f"o{number}",
        client_order_id=f"c{number}",
        ticker="T",
        side=side,
        price=price,
        remaining=remaining,
        filled=filled,
        expires_us=expires_us,
    )


def applied(present, actions):
    """(side, price, remaining) of each order after the actions, checked to be possible in their order."""
    book = {one.order_id: (one.side, one.price, one.remaining) for one in present}
    for number, action in enumerate(actions):
        match action:
            case Create(quote):
                book[f"new{number}"] = (quote.side, quote.price, quote.count)
            case Amend(one, price, count):
                assert count > 0
                book[one.order_id] = (one.side, price, count)
            case Cancel(one):
                del book[one.order_id]
        bids = [price for side, price, _ in book.values() if side is BID]
        asks = [price for side, price, _ in book.values() if side is ASK]
        yield book, bids, asks


def totals(rows):
    levels = Counter()
    for side, price, count in rows:
        levels[side, price] += count
    return levels


SIDES = st.sampled_from([BID, ASK])
ROWS = st.lists(st.tuples(SIDES, st.sampled_from([4_700, 4_800, 4_900]), st.integers(1, 6)), max_size=7)


def separated(rows, shift):
    """Asks lie above the bids, as they do for anybody whose orders rest; `shift` moves the whole."""
    return [(side, price + (400 if side is ASK else 0) + shift, count) for side, price, count in rows]


@given(ROWS, ROWS, st.sampled_from([-500, -200, 0, 200, 500]))
def test_the_actions_lead_from_the_present_orders_to_the_desired_quotes(rows, wishes, shift):
    present = [order(number, *row) for number, row in enumerate(separated(rows, 0))]
    desired = [Quote(*row) for row in separated(wishes, shift)]
    actions = diff(present, desired)
    after = [(one.side, one.price, one.remaining) for one in present]
    for book, _, _ in applied(present, actions):
        after = list(book.values())
    assert totals(after) == totals((quote.side, quote.price, quote.count) for quote in desired)


@given(ROWS, ROWS)
def test_there_are_never_more_actions_than_cancel_all_and_create_all(rows, wishes):
    present = [order(number, *row) for number, row in enumerate(separated(rows, 0))]
    desired = [Quote(*row) for row in separated(wishes, 0)]
    assert len(diff(present, desired)) <= len(present) + len({(quote.side, quote.price) for quote in desired})


@given(ROWS, ROWS, st.sampled_from([-300, -100, 100, 300]))
def test_on_the_way_no_own_bid_meets_an_own_ask(rows, wishes, shift):
    present = [order(number, *row) for number, row in enumerate(separated(rows, 0))]
    desired = [Quote(*row) for row in separated(wishes, shift)]
    for _, bids, asks in applied(present, diff(present, desired)):
        assert not bids or not asks or max(bids) < min(asks)


@given(ROWS)
def test_what_is_right_already_needs_nothing(rows):
    present = [order(number, *row) for number, row in enumerate(separated(rows, 0))]
    assert diff(present, [Quote(one.side, one.price, one.remaining) for one in present]) == []


def shortest(present, wanted):
    """The fewest actions there are, by trying: two prices, counts up to 4, one side."""
    start = tuple(sorted(present))
    seen, queue = {start}, deque([(start, 0)])
    kinds = [(price, count) for price in (1, 2) for count in range(1, 5)]
    while True:
        state, depth = queue.popleft()
        levels = Counter()
        for price, count in state:
            levels[price] += count
        if levels == wanted:
            return depth
        after = [state[:at] + state[at + 1 :] for at in range(len(state))]
        following = [*after, *((*rest, kind) for rest in after for kind in kinds), *((*state, k) for k in kinds)]
        for next_state in map(tuple, map(sorted, following)):
            if next_state not in seen and len(next_state) <= 4:
                seen.add(next_state)
                queue.append((next_state, depth + 1))


SMALL = st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(1, 4)), max_size=3)
WISHES = st.dictionaries(st.sampled_from([1, 2]), st.integers(1, 4))


@given(SMALL, WISHES)
def test_no_shorter_way_exists(rows, wishes):
    present = [order(number, BID, price, count) for number, (price, count) in enumerate(rows)]
    actions = diff(present, [Quote(BID, price, count) for price, count in wishes.items()])
    assert len(actions) == shortest(rows, Counter(wishes))


def test_a_smaller_size_keeps_the_queue_place():
    old = order(1, BID, 4_800, 100)
    assert diff([old], [Quote(BID, 4_800, 60)]) == [Amend(old, 4_800, 60)]


def test_a_larger_size_is_a_second_order_so_that_the_first_keeps_its_place():
    assert diff([order(1, BID, 4_800, 60)], [Quote(BID, 4_800, 100)]) == [Create(Quote(BID, 4_800, 40))]


def test_a_third_order_at_a_level_is_not_made():
    first, second = order(1, BID, 4_800, 60), order(2, BID, 4_800, 20)
    assert diff([first, second], [Quote(BID, 4_800, 100)]) == [Amend(second, 4_800, 40)]


def test_a_new_price_is_one_amend():
    old = order(1, ASK, 5_200, 100)
    assert diff([old], [Quote(ASK, 5_300, 80)]) == [Amend(old, 5_300, 80)]


def test_the_youngest_order_is_given_up():
    first, second = order(1, BID, 4_800, 50), order(2, BID, 4_800, 50)
    assert diff([first, second], [Quote(BID, 4_800, 50)]) == [Cancel(second)]


@pytest.mark.parametrize(("expires_us", "actions"), [(90, 1), (100, 0), (0, 0)])
def test_an_expiry_that_is_near_is_put_off_in_place(expires_us, actions):
    old = order(1, BID, 4_800, 50, expires_us)
    found = diff([old], [Quote(BID, 4_800, 50)], renew_before_us=100)
    assert found == [Amend(old, 4_800, 50)][:actions]


def test_shrinking_an_order_that_expires_soon_is_one_amend():
    old = order(1, BID, 4_800, 50, expires_us=90)
    assert diff([old], [Quote(BID, 4_800, 20)], renew_before_us=100) == [Amend(old, 4_800, 20)]
