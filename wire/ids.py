"""Identifiers: pure functions of where in the log a thing was born, shaped as UUIDs.

Knows how (kind, shard, seq, place) becomes a UUID string and back. Never random: the same log gives
the same ids, which is what lets a replay be compared byte for byte with the run that was recorded.
"""

from enum import IntEnum
from typing import Final


class IdKind(IntEnum):
    """What an id names; part of the id, so an order id never passes for a trade id."""

    ORDER = 1
    TRADE = 2
    ORDER_GROUP = 3
    TRANSFER = 4
    DEPOSIT = 5
    WITHDRAWAL = 6
    MARKET = 7
    USER = 8
    API_KEY = 9
    RFQ = 10
    QUOTE = 11


_PLACES: Final = 0x4000
"""Where a place begins: with the 4 of a random UUID. A sweep of more than 4,095 events goes on behind it."""

_DIGITS: Final = [f"{value:03x}" for value in range(0x1000)]
"""Three hexadecimal digits at a time: every report has an id, and a format with a width costs several times as much.
"""


class _Prefix:
    """What the ids of one kind begin with, on one shard and in one stretch of the log: the same for millions of them.

    A number and its text are one value, so that threads find them together.
    """

    __slots__ = ("_head", "_kind", "_tail")

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._head = self._tail = (-1, "")

    def head(self, shard: int) -> str:
        head = self._head
        if head[0] != shard:
            head = self._head = (shard, f"{shard:08x}-{self._kind}")
        return head[1]

    def tail(self, high: int) -> str:
        """`high` are the digits before those that two of _DIGITS make."""
        tail = self._tail
        if tail[0] != high:
            tail = self._tail = (high, f"-8000-{high:06x}")
        return tail[1]


_ORDERS: Final = _Prefix("0001-4000")
_TRADES: Final = _Prefix("0002-4")


def format_id(kind: IdKind, shard: int, seq: int, place: int = 0) -> str:
    """The UUID of the thing born at `place` among the events of `seq` on `shard`."""
    return f"{shard:08x}-{kind:04x}-{_PLACES + place:04x}-8000-{seq:012x}"


def order_uuid(shard: int, order_id: int) -> str:
    """An order's id on the wire; inside, an order is named by the seq that created it."""
    head, tail = _ORDERS.head(shard), _ORDERS.tail(order_id >> 24)
    return f"{head}{tail}{_DIGITS[order_id >> 12 & 0xFFF]}{_DIGITS[order_id & 0xFFF]}"


def trade_uuid(shard: int, seq: int, place: int) -> str:
    """A trade's id on the wire; both fills of the trade carry it (SEMANTICS B3)."""
    if place > 0xFFF:
        return format_id(IdKind.TRADE, shard, seq, place)
    head, tail = _TRADES.head(shard), _TRADES.tail(seq >> 24)
    return f"{head}{_DIGITS[place]}{tail}{_DIGITS[seq >> 12 & 0xFFF]}{_DIGITS[seq & 0xFFF]}"


def parse_id(kind: IdKind, text: str) -> tuple[int, int, int] | None:
    """(shard, seq, place) of an id of this kind, in capitals too, or None for any other string."""
    text = text.lower()
    if len(text) != 36 or text[13] != "-" or text[18:24] != "-8000-" or text[8] != "-":
        return None
    try:
        shard, given, seq = int(text[:8], 16), int(text[9:13], 16), int(text[24:], 16)
        place = int(text[14:18], 16) - _PLACES
    except ValueError:
        return None
    is_id = given == kind and place >= 0 and format_id(kind, shard, seq, place) == text
    return (shard, seq, place) if is_id else None
