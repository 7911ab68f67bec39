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


_FORMAT: Final = "%08x-%04x-4%03x-8000-%012x"


def format_id(kind: IdKind, shard: int, seq: int, place: int = 0) -> str:
    """The UUID of the thing born at `place` among the events of `seq` on `shard`."""
    return _FORMAT % (shard, kind, place, seq)


def order_uuid(shard: int, order_id: int) -> str:
    """An order's id on the wire; inside, an order is named by the seq that created it."""
    return "%08x-0001-4000-8000-%012x" % (shard, order_id)


def trade_uuid(shard: int, seq: int, place: int) -> str:
    """A trade's id on the wire; both fills of the trade carry it (SEMANTICS B3)."""
    return "%08x-0002-4%03x-8000-%012x" % (shard, place, seq)


def parse_id(kind: IdKind, text: str) -> tuple[int, int, int] | None:
    """(shard, seq, place) of an id of this kind, in capitals too, or None for any other string."""
    text = text.lower()
    if len(text) != 36 or text[13:15] != "-4" or text[18:24] != "-8000-" or text[8] != "-":
        return None
    try:
        shard, given, place, seq = int(text[:8], 16), int(text[9:13], 16), int(text[15:18], 16), int(text[24:], 16)
    except ValueError:
        return None
    return (shard, seq, place) if given == kind and format_id(kind, shard, seq, place) == text else None
