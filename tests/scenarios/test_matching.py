"""Price-time priority, times in force, flags and self-trade prevention (SEMANTICS B3-B5)."""

from exchange.core.commands import CreateOrder
from tests.scenarios.table import TICKER, run
from wire.engine_events import OrderAccepted, OrderCanceled, Trade
from wire.enums import BookSide, SelfTradePrevention, TimeInForce


def test_a_trade_happens_at_the_resting_price():
    run("""
        ann ask 1 @ 0.52          -> rests 1
        bob bid 1 @ 0.99 ioc      -> fills 1 @ 0.52 from ann
    """)


def test_the_best_price_fills_first_and_the_oldest_order_within_a_price():
    run("""
        ann ask 5 @ 0.53          -> rests 5
        bob ask 5 @ 0.52          -> rests 5
        cid ask 5 @ 0.52          -> rests 5
        book                      -> empty | 0.52 x 5+5, 0.53 x 5
        dan bid 12 @ 0.53 ioc     -> fills 5 @ 0.52 from bob, fills 5 @ 0.52 from cid, fills 2 @ 0.53 from ann
        book                      -> empty | 0.53 x 3
    """)


def test_what_a_good_till_canceled_order_does_not_fill_rests():
    run("""
        ann ask 4 @ 0.50          -> rests 4
        bob bid 10 @ 0.55         -> rests 6, fills 4 @ 0.5 from ann
        book                      -> 0.55 x 6 | empty
    """)


def test_what_an_immediate_or_cancel_order_does_not_fill_is_canceled():
    run("""
        ann ask 4 @ 0.50          -> rests 4
        bob bid 10 @ 0.55 ioc     -> fills 4 @ 0.5 from ann, canceled 6 immediate_or_cancel
        bob bid 10 @ 0.55 ioc     -> canceled 10 immediate_or_cancel
        book                      -> empty | empty
    """)


def test_a_fill_or_kill_order_fills_whole_or_is_refused():
    run("""
        ann ask 4 @ 0.50          -> rests 4
        ann ask 4 @ 0.56          -> rests 4
        bob bid 5 @ 0.55 fok      -> rejected fill_or_kill_insufficient_resting_volume
        bob bid 5 @ 0.56 fok      -> fills 4 @ 0.5 from ann, fills 1 @ 0.56 from ann
    """)


def test_a_refused_fill_or_kill_still_uses_up_its_client_order_id():
    run("""
        bob bid 5 @ 0.56 fok id x -> rejected fill_or_kill_insufficient_resting_volume
        bob bid 5 @ 0.56 id x     -> rejected order_already_exists
    """)


def test_a_fill_or_kill_that_meets_its_own_order_becomes_immediate_or_cancel():
    run("""
        ann ask 2 @ 0.50            -> rests 2
        bob ask 2 @ 0.51            -> rests 2
        cid ask 2 @ 0.52            -> rests 2
        bob bid 5 @ 0.52 fok        -> fills 2 @ 0.5 from ann, canceled 3 taker_self_trade
        bob bid 4 @ 0.52 fok maker  -> canceled 2 maker_self_trade, fills 2 @ 0.52 from cid, canceled 2 immediate_or_cancel
        book                        -> empty | empty
    """)


def test_taker_at_cross_stops_at_its_own_order_and_leaves_it_alone():
    run("""
        ann ask 2 @ 0.50 as own   -> rests 2
        ann bid 2 @ 0.55          -> canceled 2 taker_self_trade
        book                      -> empty | 0.5 x 2
    """)


def test_maker_prevention_cancels_the_resting_order_and_goes_on():
    run("""
        ann ask 2 @ 0.50          -> rests 2
        bob ask 2 @ 0.51          -> rests 2
        ann bid 3 @ 0.55 maker    -> rests 1, canceled 2 maker_self_trade, fills 2 @ 0.51 from bob
    """)


def test_self_trade_prevention_spans_the_subaccounts_of_a_member():
    run("""
        ann ask 2 @ 0.50          -> rests 2
        ann.1 bid 2 @ 0.55        -> canceled 2 taker_self_trade
    """)


def test_post_only_is_refused_when_it_would_cross_and_rests_otherwise():
    run("""
        ann ask 2 @ 0.50          -> rests 2
        bob bid 2 @ 0.50 post     -> rejected post_only_cross
        bob bid 2 @ 0.49 post     -> rests 2
        bob bid 2 @ 0.49 post ioc -> rejected post_only_not_resting
    """)


def test_reduce_only_never_goes_beyond_the_position():
    run("""
        ann ask 9 @ 0.50            -> rests 9
        bob bid 3 @ 0.50            -> fills 3 @ 0.5 from ann
        cid bid 9 @ 0.40            -> rests 9
        bob ask 5 @ 0.40 reduce ioc -> fills 3 @ 0.4 from cid, canceled 2 reduce_only
        bob ask 5 @ 0.40 reduce ioc -> canceled 5 reduce_only
        bob ask 5 @ 0.40 reduce     -> rejected reduce_only_not_ioc
    """)


def test_an_order_expires_at_its_time_and_not_before():
    run("""
        ann bid 2 @ 0.50 expires 10  -> rests 2
        time +9.9                    ->
        book                         -> 0.5 x 2 | empty
        time +0.1                    -> canceled 2 expiry
        ann bid 2 @ 0.50 expires 0   -> rejected expiration_in_past
        ann bid 2 @ 0.5 ioc expires 9 -> rejected ioc_with_expiration
    """)


def test_fractional_counts_trade_down_to_a_hundredth():
    run("""
        ann ask 0.37 @ 0.50       -> rests 0.37
        bob bid 0.01 @ 0.50       -> fills 0.01 @ 0.5 from ann
        bob bid 0 @ 0.50          -> rejected invalid_order_size
        book                      -> empty | 0.5 x 0.36
    """)


def test_a_client_order_id_is_used_for_ever_even_after_a_cancel():
    run("""
        ann bid 1 @ 0.50 id x     -> rests 1
        ann bid 1 @ 0.50 id x     -> rejected order_already_exists
        ann cancel 1              -> canceled 1 member
        ann bid 1 @ 0.50 id x     -> rejected order_already_exists
        bob bid 1 @ 0.50 id x     -> rests 1
    """)


def test_an_unknown_canceled_executed_or_foreign_order_is_not_found():
    run("""
        ann bid 1 @ 0.50 as a     -> rests 1
        bob cancel a              -> rejected not_found
        ann.1 cancel a            -> rejected not_found
        ann cancel a              -> canceled 1 member
        ann cancel a              -> rejected not_found
        ann cancel nothing        -> rejected not_found
        ann bid 1 @ 0.50 as b     -> rests 1
        bob ask 1 @ 0.50          -> fills 1 @ 0.5 from ann
        ann cancel b              -> rejected not_found
    """)


def test_cancel_all_takes_every_subaccount_of_the_member_and_nobody_elses():
    run("""
        ann bid 1 @ 0.50          -> rests 1
        ann.1 bid 2 @ 0.49        -> rests 2
        bob bid 3 @ 0.48          -> rests 3
        ann cancel all            -> canceled 1 cancel_all, canceled 2 cancel_all
        book                      -> 0.48 x 3 | empty
    """)


def test_prices_off_the_grid_and_at_its_ends_are_refused():
    run("""
        market tapered_deci_cent
        ann bid 1 @ 0.055         -> rests 1
        ann bid 1 @ 0.555         -> rejected invalid_price
        ann bid 1 @ 0.55          -> rests 1
        ann bid 1 @ 0.9           -> rests 1
        ann ask 1 @ 0.999         -> rests 1
        ann bid 1 @ 1             -> rejected invalid_price
        ann bid 1 @ 0             -> rejected invalid_price
    """)


def test_a_finer_grid_takes_finer_prices_and_keeps_what_rests():
    run("""
        ann bid 1 @ 0.55          -> rests 1
        bob bid 1 @ 0.555         -> rejected invalid_price
        venue grid deci_cent      -> PriceGridChanged
        bob bid 1 @ 0.555         -> rests 1
        book                      -> 0.555 x 1, 0.55 x 1 | empty
    """)


def test_a_reduce_only_order_is_not_over_while_a_part_of_it_is_still_to_be_canceled():
    table = run("""
        ann ask 9 @ 0.50            -> rests 9
        bob bid 3 @ 0.50            -> fills 3 @ 0.5 from ann
        cid bid 9 @ 0.40            -> rests 9
    """)
    events = table.apply(
        CreateOrder(
            table.accounts["bob"],
            TICKER,
            BookSide.ASK,
            4_000,
            500,
            TimeInForce.IMMEDIATE_OR_CANCEL,
            SelfTradePrevention.TAKER_AT_CROSS,
            reduce_only=True,
        )
    )
    accepted, trade, canceled = events
    assert isinstance(accepted, OrderAccepted)
    assert isinstance(trade, Trade)
    assert isinstance(canceled, OrderCanceled)
    assert (trade.count, trade.taker_remaining, canceled.canceled_count) == (300, 200, 200)
