"""Amend and decrease: what keeps the queue place and what forfeits it (SEMANTICS B7)."""

from tests.scenarios.table import run


def test_a_smaller_size_keeps_the_place_and_a_larger_one_forfeits_it():
    run("""
        ann bid 5 @ 0.50 as a     -> rests 5
        bob bid 6 @ 0.50 as b     -> rests 6
        ann amend a 3 @ 0.50      -> amended rests 3 in place
        book                      -> 0.5 x 3+6 | empty
        ann amend a 4 @ 0.50      -> amended rests 4 at the back
        book                      -> 0.5 x 6+4 | empty
    """)


def test_a_new_price_goes_to_the_back_of_its_level():
    run("""
        ann bid 5 @ 0.50 as a     -> rests 5
        bob bid 6 @ 0.51          -> rests 6
        ann amend a 5 @ 0.51      -> amended rests 5 at the back
        book                      -> 0.51 x 6+5 | empty
    """)


def test_an_expiry_only_amend_keeps_the_place():
    run("""
        ann bid 5 @ 0.50 as a           -> rests 5
        bob bid 6 @ 0.50                -> rests 6
        ann amend a 5 @ 0.50 expires 10 -> amended rests 5 in place
        book                            -> 0.5 x 5+6 | empty
        time +10                        -> canceled 5 expiry
    """)


def test_an_expiry_can_be_dropped():
    run("""
        ann bid 5 @ 0.50 expires 10 as a   -> rests 5
        ann amend a 5 @ 0.50 expires never -> amended rests 5 in place
        time +20                           ->
        book                               -> 0.5 x 5 | empty
    """)


def test_the_count_of_an_amend_includes_what_has_filled():
    run("""
        ann bid 10 @ 0.50 as a    -> rests 10
        bob ask 4 @ 0.50          -> fills 4 @ 0.5 from ann
        ann amend a 7 @ 0.50      -> amended rests 3 in place
        ann amend a 3 @ 0.50      -> rejected invalid_amend_count
        ann amend a 4 @ 0.50      -> amended rests 0 in place, canceled 0 amended_to_filled
    """)


def test_an_amend_may_cross_and_fill():
    run("""
        ann bid 5 @ 0.50 as a     -> rests 5
        bob ask 3 @ 0.55          -> rests 3
        ann amend a 5 @ 0.55      -> amended rests 2 at the back, fills 3 @ 0.55 from bob
    """)


def test_a_refused_amend_leaves_the_order_as_it_was():
    run("""
        ann bid 5 @ 0.50 as a           -> rests 5
        bob bid 6 @ 0.50                -> rests 6
        ann amend a 5 @ 0.505           -> rejected invalid_price
        ann amend a 5000 @ 0.50         -> rejected insufficient_balance
        ann amend a 5 @ 0.50 side ask   -> rejected order_side_mismatch
        ann amend a 5 @ 0.50 if other   -> rejected order_id_and_client_order_id_mismatch
        ann amend a 5 @ 0.50 expires -1 -> rejected expiration_in_past
        bob amend a 5 @ 0.50            -> rejected not_found
        book                            -> 0.5 x 5+6 | empty
        ann                             -> cash 100 held 2.5 position 0 cost 0
    """)


def test_an_amend_into_ones_own_order_is_refused():
    run("""
        ann bid 5 @ 0.50 as a     -> rests 5
        ann ask 5 @ 0.60          -> rests 5
        ann amend a 5 @ 0.60      -> rejected self_cross_attempt
        book                      -> 0.5 x 5 | 0.6 x 5
    """)


def test_a_post_only_order_cannot_be_amended_across():
    run("""
        bob ask 5 @ 0.60          -> rests 5
        ann bid 5 @ 0.50 post as a -> rests 5
        ann amend a 5 @ 0.60      -> rejected post_only_cross
    """)


def test_a_renamed_order_uses_up_both_ids():
    run("""
        ann bid 1 @ 0.50 id x as a  -> rests 1
        ann amend a 1 @ 0.50 id y   -> amended rests 1 in place
        ann bid 1 @ 0.50 id y       -> rejected order_already_exists
        ann bid 1 @ 0.50 id x       -> rejected order_already_exists
    """)


def test_a_decrease_keeps_the_place_and_a_decrease_to_zero_cancels():
    run("""
        ann bid 5 @ 0.50 as a     -> rests 5
        bob bid 6 @ 0.50          -> rests 6
        ann decrease a by 2       -> decreased to 3
        ann decrease a to 1       -> decreased to 1
        book                      -> 0.5 x 1+6 | empty
        ann decrease a to 1       -> rejected invalid_order_size
        ann decrease a to 0       -> canceled 1 decreased_to_zero
    """)
