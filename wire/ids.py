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


_SHARD_BIT: Final = 1 << 32
_SEQ_BIT: Final = 1 << 48
"""One more digit before a number, for its zeros in front to be written. hex() is a fraction of the code that a format
with a width runs through, and reports write an id each."""
_PLACES: Final = 0x4000
"""Where a place begins: with the 4 of a random UUID. A sweep of more than 4,095 events goes on behind it."""


def format_id(kind: IdKind, shard: int, seq: int, place: int = 0) -> str:
    """The UUID of the thing born at `place` among the events of `seq` on `shard`."""
    return f"{hex(_SHARD_BIT | shard)[3:]}-{kind:04x}-{_PLACES + place:04x}-8000-{hex(_SEQ_BIT | seq)[3:]}"


def order_uuid(shard: int, order_id: int) -> str:
    """An order's id on the wire; inside, an order is named by the seq that created it."""
    return f"{hex(_SHARD_BIT | shard)[3:]}-0001-4000-8000-{hex(_SEQ_BIT | order_id)[3:]}"


def trade_uuid(shard: int, seq: int, place: int) -> str:
    """A trade's id on the wire; both fills of the trade carry it (SEMANTICS B3)."""
    born = hex(_PLACES + place)[2:]  # noqa: FURB116  (see above)
    return f"{hex(_SHARD_BIT | shard)[3:]}-0002-{born}-8000-{hex(_SEQ_BIT | seq)[3:]}"


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
