"""How books look on the rebuilder's REST and WebSocket: prices in dollars of the YES leg, counts in contracts."""

from typing import Literal

import msgspec

from rebuilder.order_book import Change, Level, OrderBook
from wire.enums import BookSide
from wire.ids import order_uuid
from wire.units import format_count, format_price

Detail = Literal["levels", "orders"]


class LevelBody(msgspec.Struct, frozen=True):
    price: str
    count: str
    orders: int


class OrderBody(msgspec.Struct, frozen=True):
    """A resting order; orders of a side stand best price first, oldest first."""

    order_id: str
    account: int
    price: str
    remaining_count: str


class TopBody(msgspec.Struct, frozen=True):
    """The best bid and ask with their counts, None on an empty side."""

    ticker: str
    status: str
    seq: int
    ts_us: int
    bid: str | None
    bid_count: str | None
    ask: str | None
    ask_count: str | None


class BookBody(msgspec.Struct, frozen=True):
    """`seq` and `ts_us` are of the book's last change; `as_of_seq` is how far the log had been folded."""

    ticker: str
    status: str
    shard: int
    seq: int
    ts_us: int
    as_of_seq: int
    as_of_ts_us: int
    last_price: str | None
    bids: list[LevelBody] | list[OrderBody]
    asks: list[LevelBody] | list[OrderBody]


class ChangeBody(msgspec.Struct, frozen=True, tag_field="type", tag="change"):
    """A level grew or shrank by `delta` to `count`; at "0.00" it is gone."""

    ticker: str
    side: str
    price: str
    delta: str
    count: str
    seq: int
    ts_us: int


def top(book: OrderBook) -> TopBody:
    bid, ask = book.best(BookSide.BID), book.best(BookSide.ASK)
    return TopBody(
        book.ticker,
        book.status.value,
        book.seq,
        book.ts_us,
        format_price(bid[0]) if bid else None,
        format_count(bid[1].total) if bid else None,
        format_price(ask[0]) if ask else None,
        format_count(ask[1].total) if ask else None,
    )


def body(book: OrderBook, shard: int, as_of_seq: int, as_of_ts_us: int, detail: Detail = "levels") -> BookBody:
    sides = [
        _orders(book, side, shard) if detail == "orders" else [_level(*row) for row in book.levels(side)]
        for side in (BookSide.BID, BookSide.ASK)
    ]
    return BookBody(
        book.ticker,
        book.status.value,
        shard,
        book.seq,
        book.ts_us,
        as_of_seq,
        as_of_ts_us,
        format_price(book.last_price) if book.last_count else None,
        *sides,
    )


def change(changed: Change) -> ChangeBody:
    return ChangeBody(
        changed.ticker,
        changed.side.value,
        format_price(changed.price),
        format_count(changed.delta),
        format_count(changed.total),
        changed.seq,
        changed.ts_us,
    )


def _level(price: int, level: Level) -> LevelBody:
    return LevelBody(format_price(price), format_count(level.total), len(level.orders))


def _orders(book: OrderBook, side: BookSide, shard: int) -> list[OrderBody]:
    return [
        OrderBody(order_uuid(shard, order.order_id), order.account, format_price(price), format_count(order.remaining))
        for price, level in book.levels(side)
        for order in level.orders.values()
    ]
