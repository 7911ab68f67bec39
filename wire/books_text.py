"""Order-level books as text that two processes must agree on to the byte, and its hash.

One line for every resting order: markets by ticker, bids before asks, best price first, oldest first. The venue
writes it from its engine, the rebuilder from the log, and neither knows how the other got there.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import zip_longest

import msgspec

from wire.enums import BookSide


class BooksImage(msgspec.Struct, frozen=True):
    """Every resting order after `seq`. `lines` is None when only the hash was asked for."""

    shard: int
    seq: int
    ts_us: int
    books_hash: str
    orders_resting: int
    lines: list[str] | None = None


class Difference(msgspec.Struct, frozen=True):
    """The first place where two images part. A side without a line there has none left."""

    line: int
    """Counted from 1."""
    rebuilt: str | None
    venue: str | None


def order_line(ticker: str, side: BookSide, price: int, order_id: int, account: int, remaining: int) -> str:
    """`price` is the YES price, `order_id` the seq that created the order, `remaining` a Count."""
    return f"{ticker} {side.value} {price} {order_id} {account} {remaining}"


def image(shard: int, seq: int, ts_us: int, lines: Iterable[str], detail: bool = False) -> BooksImage:
    """The image of lines that are in their order already."""
    digest = sha256()
    kept: list[str] = []
    count = 0
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
        count += 1
        if detail:
            kept.append(line)
    return BooksImage(shard, seq, ts_us, digest.hexdigest(), count, kept if detail else None)


def first_difference(rebuilt: Sequence[str], venue: Sequence[str]) -> Difference | None:
    """Where two images part, None when they are the same."""
    for number, (ours, theirs) in enumerate(zip_longest(rebuilt, venue), start=1):
        if ours != theirs:
            return Difference(number, ours, theirs)
    return None
