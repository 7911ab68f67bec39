"""How many commands one connection may send."""

COMMANDS_PER_SECOND = 10_000
"""Commands of one connection; as many may come at once after a quiet second (SEMANTICS G1)."""


class CommandRate:
    """A bucket that refills continuously. Credit is counted in millionths of a command, so it stays whole."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._full = per_second * 1_000_000
        self._credit = self._full
        self._at_us = 0

    def admits(self, now_us: int) -> bool:
        self._credit = min(self._full, self._credit + (now_us - self._at_us) * self._per_second)
        self._at_us = now_us
        if self._credit < 1_000_000:
            return False
        self._credit -= 1_000_000
        return True
