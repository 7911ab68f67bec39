"""Engine events with their fields taken out, all at once.

Machine code asks a Struct for one field by its name, which costs it more than it costs the interpreter: an event of
which the projections read many fields is opened once, and then folded by all of them.
"""

from typing import Any, Final

from msgspec.structs import astuple
from mypy_extensions import mypyc_attr

from wire.engine_events import AnyEvent, Trade
from wire.enums import BookSide

_TRADE: Final = Trade
"""For the compiled path: what a module imports is found by its name each time, this is not."""


@mypyc_attr(acyclic=True)
class OpenTrade:
    """A Trade. What is kept as it came, in a record or as a key, is Any: an int would be taken apart, and put together
    anew by everybody who keeps it.
    """

    __slots__ = (
        "count",
        "maker_account",
        "maker_cash",
        "maker_cost",
        "maker_fee",
        "maker_order_id",
        "maker_position",
        "maker_realized",
        "maker_remaining",
        "maker_side",
        "price",
        "taker_account",
        "taker_cash",
        "taker_cost",
        "taker_fee",
        "taker_order_id",
        "taker_position",
        "taker_realized",
        "taker_remaining",
        "ticker",
    )

    ticker: str
    price: Any
    count: Any
    maker_side: BookSide
    maker_order_id: Any
    maker_account: Any
    maker_remaining: int
    maker_fee: Any
    maker_position: int
    maker_cost: int
    maker_realized: int
    maker_cash: int
    taker_order_id: Any
    taker_account: Any
    taker_remaining: int
    taker_fee: Any
    taker_position: int
    taker_cost: int
    taker_realized: int
    taker_cash: int

    def __init__(self, event: Trade) -> None:
        (
            self.ticker,
            self.price,
            self.count,
            self.maker_side,
            self.maker_order_id,
            self.maker_account,
            self.maker_remaining,
            self.maker_fee,
            self.maker_position,
            self.maker_cost,
            self.maker_realized,
            self.maker_cash,
            self.taker_order_id,
            self.taker_account,
            self.taker_remaining,
            self.taker_fee,
            self.taker_position,
            self.taker_cost,
            self.taker_realized,
            self.taker_cash,
        ) = astuple(event)


def opened(event: AnyEvent) -> Any:
    """An event as its handlers are told it."""
    return OpenTrade(event) if type(event) is _TRADE else event
