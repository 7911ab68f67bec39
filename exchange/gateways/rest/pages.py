"""Paging of short lists that are kept whole in memory, oldest first."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec

from wire.rest.bodies import Int64
from wire.rest.common import LAST_PAGE, decode_cursor, encode_cursor


class Placed(Protocol):
    """A record that says where in the log it comes from."""

    @property
    def seq(self) -> int: ...

    @property
    def place(self) -> int: ...


Row = TypeVar("Row", bound=Placed)

PLACES: msgspec.msgpack.Decoder[tuple[Int64, Int64]] = msgspec.msgpack.Decoder(tuple[Int64, Int64])
"""Reads a cursor that is the (seq, place) the page before ended with."""


def newest_page(rows: Sequence[Row], limit: int, cursor: str) -> tuple[list[Row], str]:
    """A page of the list, newest first, and the next cursor. A cursor that is none begins anew (SEMANTICS D2)."""
    before = decode_cursor(cursor, PLACES)
    end = len(rows) if before is None else bisect_left(rows, before, key=_place)
    start = max(0, end - limit)
    page = list(rows[start:end])[::-1]
    return page, encode_cursor(_place(page[-1])) if start and page else LAST_PAGE


def _place(row: Placed) -> tuple[int, int]:
    return row.seq, row.place
