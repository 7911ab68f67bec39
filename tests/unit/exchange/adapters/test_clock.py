"""A clock that obeys, and never goes back."""

import pytest

from exchange.adapters.clock import END_US, VenueClock
from exchange.adapters.clock_file import ClockFile
from exchange.ports import ClockMode, ClockSetting

START = 1_780_000_000_000_000
SECOND = 1_000_000


class Wall:
    def __init__(self):
        self.us = START

    def __call__(self):
        return self.us


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def clock(wall):
    return VenueClock(wall=wall)


def test_left_alone_it_is_the_machines_clock(clock, wall):
    assert clock.now_us() == START
    wall.us += SECOND
    assert clock.now_us() == START + SECOND


def test_it_stands_still_while_the_machines_clock_is_set_back(clock, wall):
    clock.now_us()
    wall.us -= SECOND
    assert clock.now_us() == START


def test_frozen_it_moves_only_when_told_to(clock, wall):
    clock.freeze()
    wall.us += SECOND
    assert clock.now_us() == START
    clock.advance(5 * SECOND)
    assert clock.now_us() == START + 5 * SECOND
    clock.set_to(START + 7 * SECOND)
    wall.us += SECOND
    assert clock.now_us() == START + 7 * SECOND


def test_it_resumes_from_where_it_is(clock, wall):
    clock.freeze()
    clock.advance(60 * SECOND)
    wall.us += SECOND
    clock.resume()
    wall.us += SECOND
    assert clock.now_us() == START + 61 * SECOND


def test_at_sixty_times_the_speed_a_second_is_a_minute(clock, wall):
    clock.run_at(60)
    wall.us += SECOND
    assert clock.now_us() == START + 60 * SECOND
    clock.advance(SECOND)
    wall.us += SECOND
    assert clock.now_us() == START + 121 * SECOND


def test_a_leap_does_not_stop_it(clock, wall):
    clock.advance(3_600 * SECOND)
    wall.us += SECOND
    assert clock.now_us() == START + 3_601 * SECOND


@pytest.mark.parametrize(
    "backwards", [lambda c: c.advance(-1), lambda c: c.set_to(START - 1), lambda c: c.run_at(0), lambda c: c.run_at(-1)]
)
def test_what_time_cannot_do_is_refused_and_changes_nothing(clock, backwards):
    clock.freeze()
    before = clock.setting
    with pytest.raises(ValueError, match=r"back|speed"):
        backwards(clock)
    assert clock.setting == before


def test_time_ends_before_its_dates_cannot_be_written(clock, wall):
    clock.set_to(END_US - SECOND)
    for leap in (lambda: clock.advance(2 * SECOND), lambda: clock.set_to(END_US + 1)):
        with pytest.raises(ValueError, match="ends"):
            leap()
    wall.us += 3600 * SECOND
    assert clock.now_us() == END_US


def test_a_venue_that_starts_again_is_not_before_its_journal(clock):
    clock.not_before(START + 90 * SECOND)
    assert clock.now_us() == START + 90 * SECOND
    clock.not_before(START)
    assert clock.now_us() == START + 90 * SECOND


def test_a_setting_survives_a_restart(tmp_path, clock, wall):
    file = ClockFile(tmp_path / "clock.json")
    assert file.load() is None
    clock.run_at(60)
    file.save(clock.setting)
    wall.us += SECOND
    assert VenueClock(file.load(), wall).now_us() == START + 60 * SECOND


def test_a_setting_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "clock.json").write_text("{")
    assert ClockFile(tmp_path / "clock.json").load() is None


def test_a_stored_frozen_setting_is_frozen_at_its_time(wall):
    assert VenueClock(ClockSetting(ClockMode.FROZEN, START + 5), wall).now_us() == START + 5
