"""One trade as the public tape shows it."""

import msgspec

from wire.enums import BookSide

TradeKey = tuple[int, int]
"""(seq, place): what names a trade and orders the tape."""


class TradeRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One public print. `price` is the YES-leg Price, `count` a Count, `taker_side` where the taker stood."""

    seq: int
    place: int
    ts_us: int
    ticker: str
    price: int
    count: int
    taker_side: BookSide

    @property
    def key(self) -> TradeKey:
        return self.seq, self.place
