"""FIX times to Unix microseconds and back.

UTCTimestamp is `YYYYMMDD-HH:MM:SS` with an optional fraction; Kalshi writes milliseconds
(FIX/common-components, tag 52). What was converted lately is kept: sessions stamp and read thousands of
messages within one millisecond's text.
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


@lru_cache(maxsize=256)
def _millisecond_text(millisecond: int) -> str:
    return f"{_second_text(millisecond // 1_000)}.{millisecond % 1_000:03d}"


def format_timestamp(us: int) -> str:
    """Unix microseconds as a UTCTimestamp in milliseconds, cut, not rounded."""
    return _millisecond_text(us // 1_000)


def parse_timestamp(text: str) -> int | None:
    """A UTCTimestamp as Unix microseconds, finer digits dropped; None when it is not one."""
    return _us_of(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=256)
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
