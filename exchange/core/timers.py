"""What can be due: the kinds of timer, in the order they fire when they are due at the same instant."""

from enum import IntEnum


class TimerKind(IntEnum):
    """Fees change before trades, pauses before opens, opens before closes, expiries before the sweep."""

    SERIES_FEE = 0
    EVENT_FEE = 1
    FEE_WAIVER_END = 2
    PAUSE_END = 3
    PAUSE_START = 4
    OPEN = 5
    ORDER_EXPIRY = 6
    CLOSE = 7
    SWEEP = 8
    OUTCOME = 9
    SETTLE = 10


Timer = tuple[int, TimerKind, str | int]
"""(due_us, kind, ticker or order id)."""
