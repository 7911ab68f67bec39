from market_maker.safety import RejectBurst, Uptime


def test_refusals_within_the_window_are_a_burst():
    burst = RejectBurst(3, 10)
    assert [burst.refused(at) for at in (0, 6, 11, 12)] == [False, False, False, True]


def test_a_burst_is_told_of_once():
    burst = RejectBurst(2, 10)
    assert [burst.refused(at) for at in (0, 1, 2)] == [False, True, False]


def test_uptime_is_the_share_of_time_with_quotes():
    uptime = Uptime()
    assert uptime.share(5) == 0
    uptime.note(10, False)
    uptime.note(15, True)
    uptime.note(25, False)
    assert uptime.share(30) == 0.5
