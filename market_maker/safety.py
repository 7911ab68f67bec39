"""When a maker must doubt what it knows: pure rules over times and counts.

Doubt has one answer: take every quote down, look anew, begin again. Times are seconds of any clock that only goes
forward.
"""

from collections import deque
from enum import StrEnum


class Doubt(StrEnum):
    STALE = "the feed has gone silent"
    GAP = "a message of the feed is missing"
    DISCONNECTED = "the connection is gone"
    REJECTS = "too many orders are refused"
    UNCERTAIN = "a request was not answered"
    GROUP_TRIPPED = "the order group has tripped"


class RejectBurst:
    """True once `limit` refusals fall into `window_s`; a burst that was told of counts no further."""

    def __init__(self, limit: int, window_s: float) -> None:
        self._limit = limit
        self._window_s = window_s
        self._at: deque[float] = deque()

    def refused(self, now_s: float) -> bool:
        self._at.append(now_s)
        while self._at[0] <= now_s - self._window_s:
            self._at.popleft()
        if len(self._at) < self._limit:
            return False
        self._at.clear()
        return True


class Uptime:
    """How much of the time there were quotes on both sides."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._at_s = 0.0
        self._up_s = 0.0
        self._is_up = False

    def note(self, now_s: float, is_up: bool) -> None:
        """From now on it is so."""
        if self._since_s is None:
            self._since_s = now_s
        elif self._is_up:
            self._up_s += now_s - self._at_s
        self._at_s, self._is_up = now_s, is_up

    def share(self, now_s: float) -> float:
        """Between 0 and 1; 0 before anything was noted."""
        if self._since_s is None or now_s <= self._since_s:
            return 0.0
        up_s = self._up_s + (now_s - self._at_s if self._is_up else 0.0)
        return up_s / (now_s - self._since_s)
