"""Inventory limits and the shaping of wishes."""

from hypothesis import given
from hypothesis import strategies as st

from market_maker.price_grid import PriceGrid
from market_maker.quotes import ASK, BID, Quote, Room, Touch, room, shape

CENTS = PriceGrid.of_dollars([("0", "1", "0.01")])
NOBODY = Touch(None, None)
PLENTY = Room(10**9, 10**9)


def test_room_is_what_fits_when_everything_that_rests_fills():
    assert room(300, 1_000) == Room(700, 1_300)
    assert room(-1_500, 1_000) == Room(2_500, 0)


def test_a_bid_moves_below_the_best_ask_and_an_ask_above_the_best_bid():
    wishes = [Quote(BID, 5_200, 100), Quote(ASK, 4_700, 100)]
    assert shape(wishes[:1], CENTS, Touch(4_800, 5_000), PLENTY) == (Quote(BID, 4_900, 100),)
    assert shape(wishes[1:], CENTS, Touch(4_800, 5_000), PLENTY) == (Quote(ASK, 4_900, 100),)


def test_room_is_given_to_the_best_wishes_first():
    wishes = [Quote(BID, 5_000, 100), Quote(BID, 4_900, 100), Quote(BID, 4_800, 100)]
    assert shape(wishes, CENTS, NOBODY, Room(150, 0)) == (Quote(BID, 5_000, 100), Quote(BID, 4_900, 50))


def test_own_quotes_never_meet():
    assert shape([Quote(BID, 5_000, 100), Quote(ASK, 5_000, 100)], CENTS, NOBODY, PLENTY) == (Quote(BID, 5_000, 100),)


def test_wishes_at_one_price_become_one():
    assert shape([Quote(BID, 5_010, 100), Quote(BID, 4_990, 50)], CENTS, NOBODY, PLENTY) == (Quote(BID, 5_000, 150),)


@given(
    st.lists(st.builds(Quote, st.sampled_from([BID, ASK]), st.integers(1, 9_999), st.integers(1, 500)), max_size=8),
    st.one_of(st.none(), st.integers(100, 5_000)),
    st.one_of(st.none(), st.integers(5_100, 9_900)),
    st.integers(-3_000, 3_000),
)
def test_shaped_quotes_are_legal_whatever_was_wished(wishes, bid, ask, position):
    limit = 2_000
    shaped = shape(wishes, CENTS, Touch(bid, ask), room(position, limit))
    bids = [quote for quote in shaped if quote.side is BID]
    asks = [quote for quote in shaped if quote.side is ASK]
    assert all(quote.price in CENTS.prices and quote.count > 0 for quote in shaped)
    assert all(ask is None or quote.price < ask for quote in bids)
    assert all(bid is None or quote.price > bid for quote in asks)
    assert not bids or not asks or max(q.price for q in bids) < min(q.price for q in asks)
    assert sum(quote.count for quote in bids) <= max(0, limit - position)
    assert sum(quote.count for quote in asks) <= max(0, limit + position)
