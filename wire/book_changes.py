"""What a record of the log does to the price levels of books: how every feed of changes is told them, in which order.

Knows engine events only; where a change is written, and in which words, is for whoever sends it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from wire.engine_events import AnyEvent, OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide


class BookChange(NamedTuple):
    """One level changed by `delta` because of one order.

    `price` is YES-leg. `cause_account` and `cause_order` say whose order brought it about: the one that
    was placed, changed or ended, and for a trade the taker's (AAS orderbookDelta: "caused").
    """

    ticker: str
    side: BookSide
    price: int
    delta: int
    cause_account: int
    cause_order: int


def book_changes(events: Iterable[AnyEvent]) -> list[BookChange]:
    """What a record does to the levels, in an order in which no reader ever sees a crossed book.

    An order that comes to rest after trading stands before its trades in the record; its own level is
    therefore held back until the makers it hit are gone, or until it leaves the book again itself.
    """
    changes: list[BookChange] = []
    held: BookChange | None = None
    for event in events:
        if isinstance(event, Trade):
            taker, order_id = event.taker_account, event.taker_order_id
            changes.append(BookChange(event.ticker, event.maker_side, event.price, -event.count, taker, order_id))
            continue
        if not isinstance(event, (OrderAccepted, OrderCanceled, OrderDecreased, OrderAmended)):
            continue
        ticker, side, price, account, order_id = event.ticker, event.side, event.price, event.account, event.order_id
        if held is not None and (held.cause_order == order_id or isinstance(event, (OrderAccepted, OrderAmended))):
            changes.append(held)
            held = None
        if isinstance(event, OrderAccepted):
            if event.resting_count:
                held = BookChange(ticker, side, price, event.resting_count, account, order_id)
        elif isinstance(event, OrderCanceled):
            if event.resting_count:
                changes.append(BookChange(ticker, side, price, -event.resting_count, account, order_id))
        elif isinstance(event, OrderDecreased):
            changes.append(BookChange(ticker, side, price, -event.reduced_by, account, order_id))
        else:
            held = _amended(event, changes)
    if held is not None:
        changes.append(held)
    return changes


def _amended(event: OrderAmended, changes: list[BookChange]) -> BookChange | None:
    """Appends what leaves the old level and returns what joins the new one."""
    gone, came = event.old_resting_count, event.resting_count
    if event.old_price == event.price:
        gone, came = max(gone - came, 0), max(came - gone, 0)
    if gone:
        changes.append(BookChange(event.ticker, event.side, event.old_price, -gone, event.account, event.order_id))
    return BookChange(event.ticker, event.side, event.price, came, event.account, event.order_id) if came else None
