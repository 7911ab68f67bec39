from datetime import UTC, datetime

from exchange.core.commands import AdvanceTime
from exchange.core.engine import Engine
from sandbox.maintenance import weekly_maintenance
from wire.engine_events import OrderRejected, PauseChanged, PauseScheduled
from wire.enums import PauseScope, RejectReason

HOUR_US = 3_600_000_000


def us(text):
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


def starts(now, weeks):
    return [
        datetime.fromtimestamp(pause.start_us // 1_000_000, UTC).isoformat()
        for pause in weekly_maintenance(us(now), weeks)
    ]


def test_windows_are_thursdays_from_3_to_5_in_new_york_also_when_the_clocks_change():
    # New York leaves daylight saving time on Sunday, 1 November 2026: 03:00 is 07:00 UTC before and 08:00 UTC after.
    assert starts("2026-10-20T12:00:00Z", 3) == [
        "2026-10-22T07:00:00+00:00",
        "2026-10-29T07:00:00+00:00",
        "2026-11-05T08:00:00+00:00",
    ]
    # And enters it on Sunday, 14 March 2027.
    assert starts("2027-03-05T12:00:00Z", 3) == [
        "2027-03-11T08:00:00+00:00",
        "2027-03-18T07:00:00+00:00",
        "2027-03-25T07:00:00+00:00",
    ]


def test_every_window_of_a_year_is_a_trading_pause_of_two_hours():
    windows = list(weekly_maintenance(us("2026-11-21T00:00:00Z")))
    assert len(windows) == 52
    assert {pause.end_us - pause.start_us for pause in windows} == {2 * HOUR_US}
    assert {pause.scope for pause in windows} == {PauseScope.TRADING}


def test_window_that_has_begun_is_left_out():
    assert starts("2026-11-26T08:00:00Z", 1) == ["2026-12-03T08:00:00+00:00"]
    assert starts("2026-11-26T07:59:59Z", 1) == ["2026-11-26T08:00:00+00:00"]


def test_thursday_is_new_yorks_and_not_greenwichs():
    # Friday 02:00 UTC is Thursday 21:00 in New York: its window is over.
    assert starts("2026-11-27T02:00:00Z", 1) == ["2026-12-03T08:00:00+00:00"]


def test_engine_takes_each_window_once_and_pauses_in_it():
    engine, now_us = Engine(), us("2026-11-21T00:00:00Z")
    windows = list(weekly_maintenance(now_us, 2))
    taken = [engine.apply(pause, seq, now_us) for seq, pause in enumerate(windows, 1)]
    assert [type(events[0]) for events in taken] == [PauseScheduled, PauseScheduled]
    (refused,) = engine.apply(windows[0], 3, now_us)
    assert isinstance(refused, OrderRejected)
    assert refused.reason is RejectReason.ALREADY_EXISTS
    began = engine.apply(AdvanceTime(), 4, windows[0].start_us)
    ended = engine.apply(AdvanceTime(), 5, windows[0].end_us)
    assert [event.active for event in (*began, *ended) if isinstance(event, PauseChanged)] == [True, False]
