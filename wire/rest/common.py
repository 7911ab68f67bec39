"""What several REST bodies share: cursors, times, books, and fixed-point strings as types.

Knows how a page ends and how a time is spelled. Nothing of any one resource.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

Dollars = str
"""OAS:FixedPointDollars: a decimal string; how many places is fixed per field (SEMANTICS A1)."""

CountText = str
"""OAS:FixedPointCount: contracts with exactly two decimals."""

Timestamp = str
"""RFC 3339 UTC, microseconds where there are any."""

LAST_PAGE = ""
"""The cursor of the last page: present and empty (SEMANTICS D2)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FARTHEST_US = 253_402_300_799_999_999
"""The end of year 9999, the last instant RFC 3339 can spell."""

Key = TypeVar("Key")


def encode_cursor(key: object) -> str:
    """An opaque cursor that says where the next page begins. `key` is a tuple of integers and strings."""
    return urlsafe_b64encode(msgspec.msgpack.encode(key)).rstrip(b"=").decode()


def decode_cursor(text: str, kind: type[Key]) -> Key | None:
    """The key in a cursor, or None for "" and for anything we did not make."""
    if not text:
        return None
    try:
        return msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (binascii.Error, msgspec.MsgspecError, UnicodeError, ValueError):
        return None


def page_after(keys: Sequence[str], after: str | None, limit: int) -> tuple[Sequence[str], str]:
    """One page of an ordered list of names, and the cursor of the next page.

    `after` is the name the page before ended with; the page begins behind it wherever it stands, so it may
    have gone meanwhile as long as its successors did not: then the first page is answered.
    """
    start = 0
    if after is not None:
        try:
            start = keys.index(after) + 1
        except ValueError:
            start = 0
    page = keys[start : start + limit]
    more = start + limit < len(keys)
    return page, encode_cursor(page[-1]) if more and page else LAST_PAGE


def timestamp(us: int) -> Timestamp:
    """Unix microseconds as RFC 3339 the way the real wire spells it: trailing zeros of the fraction dropped.

    1781159360866753 -> 2026-06-11T06:29:20.866753Z, a whole second has no fraction (recording markets__single).
    """
    moment = _EPOCH + timedelta(microseconds=max(0, min(us, _FARTHEST_US)))
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else moment.isoformat()[:19]
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{text}{fraction}Z"


def parse_timestamp(text: str) -> int | None:
    """Unix microseconds of an RFC 3339 time, None when it is not one."""
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
