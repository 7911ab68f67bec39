"""What several REST bodies share: cursors, times, books, and fixed-point strings as types.

Knows how a page ends and how a time is spelled. Nothing of any one resource.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Sequence
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

ListKey = tuple[int, str]
"""(created_us, name): the order of lists of named things."""

LIST_KEYS: msgspec.msgpack.Decoder[ListKey] = msgspec.msgpack.Decoder(ListKey)
"""Reads the cursors of `newest_first`."""

Key = TypeVar("Key")


def encode_cursor(key: object) -> str:
    """An opaque cursor that says where the next page begins. `key` is a tuple of integers and strings."""
    return urlsafe_b64encode(msgspec.msgpack.encode(key)).rstrip(b"=").decode()


def decode_cursor(text: str, keys: msgspec.msgpack.Decoder[Key]) -> Key | None:
    """The key in a cursor, or None for "" and for anything `keys` does not read."""
    if not text:
        return None
    try:
        return keys.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, msgspec.MsgspecError, UnicodeError, ValueError):
        return None


def newest_first(
    keys: Sequence[ListKey], after: ListKey | None, limit: int, wanted: Callable[[str], bool]
) -> tuple[list[str], str]:
    """One page of names out of `keys` (oldest first), newest first, and the cursor of the next page.

    `after` is the key the page before ended with, so names that came or went meanwhile shift nothing.
    """
    page: list[ListKey] = []
    for at in range((len(keys) if after is None else bisect_left(keys, after)) - 1, -1, -1):
        if wanted(keys[at][1]):
            if len(page) == limit:
                return [name for _, name in page], encode_cursor(page[-1])
            page.append(keys[at])
    return [name for _, name in page], LAST_PAGE


def timestamp(us: int) -> Timestamp:
    """Unix microseconds as RFC 3339 the way the real wire spells it: trailing zeros of the fraction dropped.

    1781159360866753 -> 2026-06-11T06:29:20.866753Z, a whole second has no fraction (recording markets__single).
    """
    moment = _EPOCH + timedelta(microseconds=max(0, min(us, _FARTHEST_US)))
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{moment.isoformat()[:19]}{fraction}Z"


def parse_timestamp(text: str) -> int | None:
    """Unix microseconds of an RFC 3339 time, None when it is not one."""
    try:
        moment = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)
