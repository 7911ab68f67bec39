"""Order groups: a member's circuit breaker over its own fills (SEMANTICS B9).

A group counts the contracts its orders match in any trailing 15 seconds. When that total exceeds the limit the
group is triggered: its resting orders are canceled and new ones refused until it is reset.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from wire.units import MICROS

if TYPE_CHECKING:
    from exchange.core.order import Order

WINDOW_US: Final = 15 * MICROS
MIN_LIMIT: Final = 100
MAX_LIMIT: Final = 1_000_000_00
"""1 to 1,000,000 contracts, as Counts."""


class OrderGroup:
    """`matched` holds (ts_us, count) of each fill still inside the window; `rolling` is their sum."""

    __slots__ = ("account", "limit", "matched", "order_group", "orders", "rolling", "triggered")

    def __init__(self, order_group: int, account: int, limit: int) -> None:
        self.order_group = order_group
        self.account = account
        self.limit = limit
        self.triggered = False
        self.rolling = 0
        self.matched: deque[tuple[int, int]] = deque()
        self.orders: dict[int, Order] = {}

    def exceeds(self, now_us: int) -> bool:
        """Does the total of the trailing window exceed the limit? Strictly greater (SEMANTICS K16)."""
        oldest = now_us - WINDOW_US
        while self.matched and self.matched[0][0] <= oldest:
            self.rolling -= self.matched.popleft()[1]
        return self.rolling > self.limit

    def match(self, count: int, now_us: int) -> bool:
        """Count a fill; True when this very fill makes the total exceed the limit."""
        self.matched.append((now_us, count))
        self.rolling += count
        return not self.triggered and self.exceeds(now_us)

    def reset(self) -> None:
        """Ready again: the flag and the counter are cleared (SEMANTICS J26)."""
        self.triggered = False
        self.rolling = 0
        self.matched.clear()
