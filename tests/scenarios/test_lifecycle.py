"""Statuses, pauses, halts and order groups (SEMANTICS D1, B9, B11)."""

from tests.scenarios.table import run


def test_resuming_a_halted_market_wipes_its_orders():
    run("""
        ann bid 1 @ 0.50          -> rests 1
        venue halt                -> active to inactive
        bob bid 1 @ 0.50          -> rejected market_inactive
        venue resume              -> inactive to active, canceled 1 reopen
        bob bid 1 @ 0.50          -> rests 1
    """)


def test_after_the_close_even_cancels_are_refused_until_the_sweep():
    run("""
        ann bid 1 @ 0.50 as a     -> rests 1
        time +3600                -> active to closed
        ann cancel a              -> rejected market_inactive
        bob bid 1 @ 0.50          -> rejected market_closed
        ann amend a 1 @ 0.51      -> rejected market_closed
        time +1                   -> canceled 1 close
        ann cancel a              -> rejected not_found
    """)


def test_a_market_that_is_closed_again_before_the_sweep_is_swept_after_that():
    run("""
        ann bid 1 @ 0.50 as a     -> rests 1
        venue close 0             -> MarketCloseChanged, active to closed
        time +0.5                 ->
        venue close 0             -> MarketCloseChanged
        time +0.5                 ->
        time +0.5                 -> canceled 1 close
        ann cancel a              -> rejected not_found
    """)


def test_a_later_close_time_reopens_a_closed_market():
    run("""
        time +3600                -> active to closed
        venue close 100           -> MarketCloseChanged, closed to active
        ann bid 1 @ 0.50          -> rests 1
        time +100                 -> active to closed
    """)


def test_a_disputed_result_can_be_amended_and_the_timer_starts_again():
    run("""
        ann bid 10 @ 0.30         -> rests 10
        bob ask 10 @ 0.30         -> fills 10 @ 0.3 from ann
        time +3600                -> active to closed
        venue determine yes       -> closed to determined, result yes
        venue dispute             -> determined to disputed
        time +600                 ->
        venue settle              -> rejected invalid_transition
        venue determine no        -> disputed to amended, result no
        time +60                  -> pays ann 0, pays bob 10, amended to finalized
        venue determine no        -> rejected invalid_transition
    """)


def test_a_trading_pause_lets_orders_be_canceled_and_nothing_else():
    run("""
        ann bid 2 @ 0.50 as a     -> rests 2
        venue pause trading       -> trading paused
        bob bid 1 @ 0.50          -> rejected trading_is_paused
        ann amend a 1 @ 0.50      -> rejected trading_is_paused
        ann decrease a by 1       -> decreased to 1
        ann cancel a              -> canceled 1 member
        venue resume trading      -> trading resumed
        bob bid 1 @ 0.50          -> rests 1
    """)


def test_an_exchange_pause_lets_nothing_through():
    run("""
        ann bid 1 @ 0.50 as a     -> rests 1
        venue pause exchange      -> exchange paused
        ann cancel a              -> rejected exchange_is_paused
        ann cancel all            -> rejected exchange_is_paused
        bob bid 1 @ 0.50          -> rejected exchange_is_paused
        venue resume exchange     -> exchange resumed
        book                      -> 0.5 x 1 | empty
    """)


def test_an_exchange_pause_holds_for_order_groups_too():
    run("""
        ann group g create 1      -> group created
        ann bid 1 @ 0.50 group g  -> rests 1
        venue pause exchange      -> exchange paused
        ann group g trigger       -> rejected exchange_is_paused
        ann group g limit 5       -> rejected exchange_is_paused
        ann group g reset         -> rejected exchange_is_paused
        ann group g delete        -> rejected exchange_is_paused
        ann group h create 1      -> rejected exchange_is_paused
        venue resume exchange     -> exchange resumed
        ann group g trigger       -> group triggered, canceled 1 order_group
    """)


def test_a_pause_takes_down_the_orders_that_asked_for_it():
    run("""
        ann bid 1 @ 0.50          -> rests 1
        bob bid 1 @ 0.49 pause    -> rests 1
        venue pause trading       -> trading paused, canceled 1 halt
        book                      -> 0.5 x 1 | empty
    """)


def test_a_group_trips_when_it_matches_more_than_its_limit_and_the_fill_stands():
    run("""
        ann group g create 10      -> group created
        ann bid 8 @ 0.50 group g   -> rests 8
        ann bid 8 @ 0.49 group g   -> rests 8
        bob ask 8 @ 0.50           -> fills 8 @ 0.5 from ann
        bob ask 2 @ 0.49           -> fills 2 @ 0.49 from ann
        bob ask 1 @ 0.49           -> fills 1 @ 0.49 from ann, group triggered, canceled 5 order_group
        ann bid 1 @ 0.50 group g   -> rejected exceeded_order_group_risk_limit
        ann group g reset          -> group reset
        ann bid 1 @ 0.50 group g   -> rests 1
    """)


def test_the_group_counts_the_trailing_fifteen_seconds_only():
    run("""
        ann group g create 10      -> group created
        ann bid 20 @ 0.50 group g  -> rests 20
        bob ask 10 @ 0.50          -> fills 10 @ 0.5 from ann
        time +15                   ->
        bob ask 9 @ 0.50           -> fills 9 @ 0.5 from ann
        ann bid 5 @ 0.50 group g   -> rests 5
    """)


def test_a_limit_below_what_has_matched_triggers_at_once():
    run("""
        ann group g create 10      -> group created
        ann bid 20 @ 0.50 group g  -> rests 20
        bob ask 10 @ 0.50          -> fills 10 @ 0.5 from ann
        ann group g limit 10       -> group limit_updated
        ann group g limit 9        -> group limit_updated, group triggered, canceled 10 order_group
    """)


def test_a_taker_whose_group_trips_goes_no_further():
    run("""
        ann group g create 5            -> group created
        bob ask 4 @ 0.50                -> rests 4
        cid ask 4 @ 0.50                -> rests 4
        dan ask 4 @ 0.50                -> rests 4
        ann bid 12 @ 0.50 group g       -> fills 4 @ 0.5 from bob, fills 4 @ 0.5 from cid, group triggered, canceled 4 order_group
    """)


def test_a_group_belongs_to_one_subaccount():
    run("""
        ann group g create 5       -> group created
        ann.1 bid 1 @ 0.5 group g  -> rejected order_group_not_found
        ann.1 group g trigger      -> rejected order_group_not_found
        ann bid 1 @ 0.5 group g    -> rests 1
        ann group g delete         -> canceled 1 order_group, group deleted
        ann group g reset          -> rejected order_group_not_found
    """)


def test_a_scheduled_pause_begins_and_ends_by_itself():
    run("""
        ann bid 1 @ 0.50          -> rests 1
        venue schedule 10 20      -> PauseScheduled
        time +9                   ->
        time +1                   -> trading paused
        bob bid 1 @ 0.50          -> rejected trading_is_paused
        time +10                  -> trading resumed
        bob bid 1 @ 0.50          -> rests 1
    """)
