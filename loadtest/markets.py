"""Ten open markets of one event: what the benchmarks of the doors trade in."""

import time

from exchange.core import commands as c
from wire.enums import FeeType
from wire.units import MICROS

TICKER = "KXBENCH-M"
"""And a digit."""


def ten_markets() -> list[c.AnyCommand]:
    """They close in a day."""
    now_us = time.time_ns() // 1_000
    day = now_us + 86_400 * MICROS
    return [
        c.CreateSeries("KXBENCH", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("KXBENCH-E", "KXBENCH", False, "", b"{}"),
        *(
            c.CreateMarket(f"{TICKER}{number}", "KXBENCH-E", now_us - 1, day, 0, "linear_cent", (), b"{}")
            for number in range(10)
        ),
    ]
