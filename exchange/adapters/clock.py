"""Venue clocks. Both never go back."""

import time


class SystemClock:
    """The machine's time, held still while the machine's clock is being set back."""

    def __init__(self) -> None:
        self._last_us = 0

    def now_us(self) -> int:
        now_us = time.time_ns() // 1_000
        if now_us > self._last_us:
            self._last_us = now_us
        return self._last_us


class ManualClock:
    """Time that moves when told to: tests and stepped runs."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        return self._now_us

    def advance(self, by_us: int) -> None:
        assert by_us >= 0, "time never goes back"
        self._now_us += by_us
