"""Collateral, positions and payouts (SEMANTICS C2)."""

from tests.scenarios.table import run


def test_a_resting_bid_holds_its_price_and_a_resting_ask_the_rest_of_the_dollar():
    run("""
        ann bid 10 @ 0.30         -> rests 10
        ann                       -> cash 100 held 3 position 0 cost 0
        bob ask 10 @ 0.30 id x    -> fills 10 @ 0.3 from ann
        ann                       -> cash 97 held 0 position 10 cost 3
        bob                       -> cash 93 held 0 position -10 cost 7
        bob ask 10 @ 0.90         -> rests 10
        bob                       -> cash 93 held 1 position -10 cost 7
    """)


def test_canceling_gives_the_held_money_back():
    run("""
        ann bid 10 @ 0.30         -> rests 10
        ann cancel 1              -> canceled 10 member
        ann                       -> cash 100 held 0 position 0 cost 0
    """)


def test_more_than_the_free_money_cannot_be_ordered():
    run("""
        ann bid 200 @ 0.50        -> rests 200
        ann bid 1 @ 0.01          -> rejected insufficient_balance
        ann ask 1 @ 0.99          -> rejected insufficient_balance
        ann cancel 1              -> canceled 200 member
        ann bid 200.02 @ 0.50     -> rejected insufficient_balance
    """)


def test_closing_comes_before_opening_and_pays_back():
    run("""
        ann bid 10 @ 0.30         -> rests 10
        bob ask 10 @ 0.30         -> fills 10 @ 0.3 from ann
        cid bid 15 @ 0.40         -> rests 15
        ann ask 15 @ 0.40         -> fills 15 @ 0.4 from cid
        ann                       -> cash 98 held 0 position -5 cost 3
    """)


def test_an_order_that_closes_needs_no_money():
    run("""
        ann bid 200 @ 0.50        -> rests 200
        bob ask 100 @ 0.50        -> fills 100 @ 0.5 from ann
        ann                       -> cash 50 held 50 position 100 cost 50
        ann ask 100 @ 0.60        -> rests 100
        ann                       -> cash 50 held 50 position 100 cost 50
        ann ask 1 @ 0.60          -> rejected insufficient_balance
    """)


def test_the_position_covers_the_oldest_orders_and_covers_others_when_they_go():
    run("""
        ann bid 10 @ 0.50         -> rests 10
        bob ask 10 @ 0.50         -> fills 10 @ 0.5 from ann
        ann ask 8 @ 0.60 as a     -> rests 8
        ann ask 8 @ 0.70 as b     -> rests 8
        ann                       -> cash 95 held 1.8 position 10 cost 5
        ann cancel a              -> canceled 8 member
        ann                       -> cash 95 held 0 position 10 cost 5
    """)


def test_an_order_whose_cover_was_sold_holds_its_cost_again():
    run("""
        ann bid 10 @ 0.50         -> rests 10
        bob ask 10 @ 0.50         -> fills 10 @ 0.5 from ann
        ann ask 10 @ 0.60 as a    -> rests 10
        cid bid 4 @ 0.55          -> rests 4
        ann ask 4 @ 0.55          -> fills 4 @ 0.55 from cid
        ann                       -> cash 97.2 held 1.6 position 6 cost 3
    """)


def test_cost_leaves_in_proportion_and_the_profit_is_realized():
    table = run("""
        ann bid 10 @ 0.30         -> rests 10
        ann bid 10 @ 0.40         -> rests 10
        bob ask 20 @ 0.30         -> fills 10 @ 0.4 from ann, fills 10 @ 0.3 from ann
        ann                       -> cash 93 held 0 position 20 cost 7
        cid bid 10 @ 0.50         -> rests 10
        ann ask 10 @ 0.50         -> fills 10 @ 0.5 from cid
        ann                       -> cash 98 held 0 position 10 cost 3.5
    """)
    assert table.engine.state.markets["KXTEST"].open_interest() == 20_00


def test_winners_get_a_dollar_a_contract_and_losers_nothing():
    run("""
        ann bid 10 @ 0.30         -> rests 10
        bob ask 10 @ 0.30         -> fills 10 @ 0.3 from ann
        time +3600                -> active to closed
        venue determine yes       -> closed to determined, result yes
        time +59                  ->
        time +1                   -> pays ann 10, pays bob 0, determined to finalized
        ann                       -> cash 107 held 0 position 0 cost 0
        bob                       -> cash 93 held 0 position 0 cost 0
    """)


def test_a_scalar_pays_its_value_in_whole_cents_and_keeps_the_rest():
    run("""
        ann bid 0.5 @ 0.30        -> rests 0.5
        bob ask 0.5 @ 0.30        -> fills 0.5 @ 0.3 from ann
        time +3600                -> active to closed
        venue determine scalar 0.37 -> closed to determined, result scalar
        venue settle              -> pays ann 0.18 keeps 0.005, pays bob 0.31 keeps 0.005, determined to finalized
    """)


def test_taker_fees_are_paid_on_top_and_fit_the_recorded_fill():
    # Recording: 1 contract at 0.52 cost a fee of 0.0175.
    run("""
        fees quadratic 1
        ann ask 1 @ 0.52          -> rests 1
        bob bid 1 @ 0.99 ioc      -> fills 1 @ 0.52 from ann fees 0.0175/0
        bob                       -> cash 99.4625 held 0 position 1 cost 0.52
        ann                       -> cash 99.52 held 0 position -1 cost 0.48
    """)


def test_the_fee_at_the_limit_is_part_of_what_an_order_needs():
    run("""
        fees quadratic 1
        ann bid 200 @ 0.50        -> rejected insufficient_balance
        ann bid 193 @ 0.50        -> rests 193
        ann                       -> cash 100 held 96.5 position 0 cost 0
    """)


def test_maker_fees_are_a_quarter_of_the_taker_fees():
    run("""
        fees quadratic_with_maker_fees 1
        ann ask 100 @ 0.50        -> rests 100
        bob bid 100 @ 0.50        -> fills 100 @ 0.5 from ann fees 1.75/0.4375
    """)
