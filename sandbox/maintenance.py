"""The weekly maintenance: trading pauses every Thursday from 03:00 to 05:00 in New York (SEMANTICS B11).

Knows the calendar and its changes of the clock. New York's clocks change on Sundays, so a window is always two hours.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from exchange.core.commands import SchedulePause
from wire.enums import PauseScope
from wire.units import MICROS

WEEKS = 52
"""How far ahead the windows are scheduled."""

_NEW_YORK = ZoneInfo("America/New_York")
_THURSDAY = 3
_START_HOUR, _END_HOUR = 3, 5


def weekly_maintenance(now_us: int, weeks: int = WEEKS) -> Iterator[SchedulePause]:
    """The next windows that have not begun at `now_us`, in order of time."""
    today = datetime.fromtimestamp(now_us // MICROS, UTC).astimezone(_NEW_YORK)
    thursday = today.date() + timedelta(days=(_THURSDAY - today.weekday()) % 7)
    left = weeks
    while left:
        start, end = (
            datetime(thursday.year, thursday.month, thursday.day, hour, tzinfo=_NEW_YORK)
            for hour in (_START_HOUR, _END_HOUR)
        )
        if _us(start) > now_us:
            yield SchedulePause(PauseScope.TRADING, _us(start), _us(end))
            left -= 1
        thursday += timedelta(days=7)


def _us(moment: datetime) -> int:
    return round(moment.timestamp()) * MICROS
