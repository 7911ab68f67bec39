"""FIX times to Unix microseconds and back.

UTCTimestamp is `YYYYMMDD-HH:MM:SS` with an optional fraction; Kalshi writes milliseconds
(FIX/common-components, tag 52). What was converted lately is kept: sessions stamp and read thousands of
messages within one millisecond's text. In dicts: to ask one is cheaper for compiled code than to call lru_cache.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_TIMESTAMP: Final = re.compile(r"(\d{8}-\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?", re.ASCII)
_LONGEST: Final = 30
"""No timestamp has more characters; what is longer is not remembered."""


@lru_cache(maxsize=64)
def _second_text(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%d-%H:%M:%S")


@lru_cache(maxsize=64)
def _second_of(text: str) -> int | None:
    try:
        return int(datetime.strptime(text, "%Y%m%d-%H:%M:%S").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


_KEPT: Final = 256
_TEXTS: Final[dict[int, str]] = {}
_TIMES: Final[dict[str, int]] = {}
"""What milliseconds are written as, and what texts say."""


def format_timestamp(us: int) -> str:
    """Unix microseconds as a UTCTimestamp in milliseconds, cut, not rounded."""
    millisecond = us // 1_000
    text = _TEXTS.get(millisecond)
    if text is None:
        if len(_TEXTS) >= _KEPT:
            _TEXTS.clear()
        text = _TEXTS[millisecond] = f"{_second_text(millisecond // 1_000)}.{millisecond % 1_000:03d}"
    return text


class TimeField:
    """A field with a UTCTimestamp, for who writes it into many messages in a row, most of them in one millisecond."""

    __slots__ = ("_millisecond", "_tag", "_text")

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._millisecond = -1
        self._text = ""

    def text(self, us: int) -> str:
        """`tag=time` and SOH."""
        millisecond = us // 1_000
        if millisecond != self._millisecond:
            self._millisecond, self._text = millisecond, f"{self._tag}={format_timestamp(us)}\x01"
        return self._text


def parse_timestamp(text: str) -> int | None:
    """A UTCTimestamp as Unix microseconds, finer digits dropped; None when it is not one."""
    us = _TIMES.get(text)
    if us is None and len(text) <= _LONGEST:
        us = _us_of(text)
        if us is not None:
            if len(_TIMES) >= _KEPT:
                _TIMES.clear()
            _TIMES[text] = us
    return us


def _us_of(text: str) -> int | None:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    second = _second_of(match[1])
    if second is None:
        return None
    fraction = match[2] or ""
    return second * 1_000_000 + int(fraction[:6].ljust(6, "0"))


def format_date(us: int) -> str:
    """UTCDateOnly, `YYYYMMDD` (tags 272, 715)."""
    return _second_text(us // 1_000_000)[:8]


def format_time(us: int) -> str:
    """UTCTimeOnly, `HH:MM:SS.mmm` (tag 273)."""
    return format_timestamp(us)[9:]
