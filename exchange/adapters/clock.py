"""The venue's clock: the machine's time, until somebody takes it in hand.

It can stand still, leap ahead, and run at another speed; it never goes back, so that what is in the journal stays in
order. Knows the machine's clock. Refuses to know what waits for time: the sequencer fires timers.
"""

import time
from collections.abc import Callable
from typing import Final

from exchange.ports import ClockMode, ClockSetting

LARGEST_SPEED = 100_000

END_US = 221_845_392_000 * 1_000_000
"""The year 9000: venue time stands still there. No date is written beyond 9999, and markets close after now."""


_time_ns: Final = time.time_ns
"""For the compiled path: what a module imports is found by its name each time, this is not."""


def machine_us() -> int:
    """Unix microseconds by the machine's clock."""
    return _time_ns() // 1_000


class VenueClock:
    """`wall` is where time comes from; `setting` is how the venue's time follows from it."""

    def __init__(self, setting: ClockSetting | None = None, wall: Callable[[], int] = machine_us) -> None:
        self._wall = wall
        self._last_us = 0
        self._take_up(setting or ClockSetting())

    def _take_up(self, setting: ClockSetting) -> None:
        self.setting = setting
        self._is_the_machines = (
            setting.mode is ClockMode.RUNNING and setting.speed == 1 and setting.venue_us == setting.wall_us
        )
        """Nobody has it in hand. For the compiled path, which looks at the time for every command."""

    def now_us(self) -> int:
        now_us = self._wall()
        if not self._is_the_machines:
            setting = self.setting
            if setting.mode is ClockMode.FROZEN:
                now_us = setting.venue_us
            else:
                now_us = setting.venue_us + (now_us - setting.wall_us) * setting.speed
        if now_us > self._last_us:
            self._last_us = min(now_us, max(END_US, self._last_us))
        return self._last_us

    def freeze(self) -> None:
        """Time stands still from now on; `advance` and `set_to` move it."""
        self._begin(ClockMode.FROZEN, self.now_us(), self.setting.speed)

    def resume(self) -> None:
        """Time goes on from where it is, at the machine's pace."""
        self._begin(ClockMode.RUNNING, self.now_us(), 1)

    def run_at(self, speed: int) -> None:
        """Time goes on from where it is, so many times as fast. Raises ValueError."""
        if not 1 <= speed <= LARGEST_SPEED:
            raise ValueError(f"a speed lies between 1 and {LARGEST_SPEED}")
        self._begin(ClockMode.RUNNING, self.now_us(), speed)

    def advance(self, by_us: int) -> None:
        """Leap ahead; what runs goes on running. Raises ValueError."""
        if by_us < 0:
            raise ValueError("time never goes back")
        self.set_to(self.now_us() + by_us)

    def set_to(self, at_us: int) -> None:
        """Leap to a time. Raises ValueError when it has passed, or never comes."""
        if at_us < self.now_us():
            raise ValueError("time never goes back")
        if at_us > END_US:
            raise ValueError("time ends with the year 8999")
        self._begin(self.setting.mode, at_us, self.setting.speed)

    def begin_again(self, setting: ClockSetting) -> None:
        """Take up a setting from another past: the one leap that may lead back, with a journal that went there too."""
        self._last_us = 0
        self._take_up(setting)
        if setting.venue_us:
            self._begin(setting.mode, setting.venue_us, setting.speed)

    def not_before(self, at_us: int) -> None:
        """Go on from `at_us` if that is later: a venue that starts again is never before its own journal."""
        if at_us > self.now_us():
            self._begin(self.setting.mode, at_us, self.setting.speed)

    def _begin(self, mode: ClockMode, venue_us: int, speed: int) -> None:
        self._take_up(ClockSetting(mode, venue_us, self._wall(), speed))
