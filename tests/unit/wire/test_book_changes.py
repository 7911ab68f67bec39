"""The order of book changes: no reader ever sees a book that never was."""

import pytest

from wire.book_changes import book_changes
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, CancelCause, SelfTradePrevention, TimeInForce

BID, ASK = BookSide.BID, BookSide.ASK


def accepted(order_id: int, side: BookSide, price: int, count: int, resting: int) -> OrderAccepted:
    return OrderAccepted(
        order_id, 64, "M", "", side, price, count, resting, TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS, False, False, False, 0, 0,
    )  # fmt: skip


def trade(price: int, count: int, maker: int, taker: int) -> Trade:
    return Trade("M", price, count, ASK, maker, 128, 0, 0, 0, 0, 0, 0, taker, 64, 0, 0, 0, 0, 0, 0)


def canceled(order_id: int, side: BookSide, price: int, resting: int) -> OrderCanceled:
    return OrderCanceled(order_id, 64, "M", side, price, resting, resting, CancelCause.ORDER_GROUP)


def amended(old_price: int, price: int, old_resting: int, resting: int) -> OrderAmended:
    return OrderAmended(7, 64, "M", BID, old_price, price, old_resting, resting, resting, False, "", 0)


def levels(events) -> list[tuple[BookSide, int, int]]:
    return [(change.side, change.price, change.delta) for change in book_changes(events)]


def test_leftover_of_a_taker_rests_after_the_makers_are_gone():
    events = (accepted(9, BID, 5500, 1000, 600), trade(5000, 200, 1, 9), trade(5100, 200, 2, 9))
    assert levels(events) == [(ASK, 5000, -200), (ASK, 5100, -200), (BID, 5500, 600)]


def test_order_that_leaves_in_the_record_it_came_in_comes_before_it_goes():
    """An order group that trips on the order's own fills: adding after taking would leave a ghost level."""
    events = (accepted(9, BID, 5500, 1000, 600), trade(5000, 400, 1, 9), canceled(9, BID, 5500, 600))
    assert levels(events) == [(ASK, 5000, -400), (BID, 5500, 600), (BID, 5500, -600)]


def test_maker_canceled_in_mid_match_does_not_bring_the_taker_forward():
    events = (accepted(9, BID, 5500, 1000, 600), canceled(3, ASK, 5000, 100), trade(5100, 400, 2, 9))
    assert levels(events) == [(ASK, 5000, -100), (ASK, 5100, -400), (BID, 5500, 600)]


def test_order_that_does_not_rest_changes_only_what_it_hits():
    assert levels((accepted(9, BID, 5500, 200, 0), trade(5000, 200, 1, 9))) == [(ASK, 5000, -200)]


def test_leftover_that_never_rested_changes_nothing_when_it_ends():
    assert levels((accepted(9, BID, 5500, 200, 0), canceled(9, BID, 5500, 0))) == []


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (amended(4000, 4200, 300, 500), [(BID, 4000, -300), (BID, 4200, 500)]),
        (amended(4000, 4000, 300, 500), [(BID, 4000, 200)]),
        (amended(4000, 4000, 300, 100), [(BID, 4000, -200)]),
        (amended(4000, 4000, 300, 300), []),
        (amended(4000, 4200, 300, 0), [(BID, 4000, -300)]),
        (OrderDecreased(7, 64, "M", BID, 4000, 100, 200), [(BID, 4000, -100)]),
    ],
    ids=["moved", "grown", "shrunk", "expiry only", "filled at once", "decreased"],
)
def test_change_of_a_resting_order(event, expected):
    assert levels((event,)) == expected


def test_trade_is_caused_by_the_taker():
    assert [(change.cause_account, change.cause_order) for change in book_changes((trade(5000, 1, 3, 9),))] == [(64, 9)]
