"""Times and durations as people write them: "+5m", "-1d12h", "now", "2026-12-31T17:00:00Z".

Knows the spelling. Relative times are relative to the instant the venue starts for the first time.
"""

import re
from datetime import UTC, datetime, timedelta

from wire.units import MICROS

_UNITS_US = {"w": 604_800 * MICROS, "d": 86_400 * MICROS, "h": 3_600 * MICROS, "m": 60 * MICROS, "s": MICROS}
_DURATION = re.compile(r"(?:\d+[wdhms])+")
_PART = re.compile(r"(\d+)([wdhms])")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_duration(text: str) -> int:
    """Microseconds of "90s", "5m", "1d12h". Raises ValueError."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f'{text!r} is not a duration; write e.g. "90s", "5m", "1d12h"')
    return sum(int(number) * _UNITS_US[unit] for number, unit in _PART.findall(text))


def parse_moment(text: str, now_us: int) -> int:
    """Unix microseconds of "now", "+5m", "-2h" or an ISO 8601 time with its zone. Raises ValueError."""
    if text == "now":
        return now_us
    if text[:1] in ("+", "-"):
        duration = parse_duration(text[1:])
        return now_us + duration if text[0] == "+" else now_us - duration
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            f'{text!r} is not a time; write "now", "+5m", "-2h" or an ISO time with its zone: "2026-12-31T17:00:00Z"'
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)
