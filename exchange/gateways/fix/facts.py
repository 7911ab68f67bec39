"""What happened to an order, and what the order was then: what execution reports are written from.

Knows no session, no flag and no socket.
"""

from enum import Enum, auto
from typing import Final

from mypy_extensions import mypyc_attr

from exchange.projections.order_record import OrderRecord
from wire.enums import BookSide, CancelCause
from wire.fix.messages.fills import FillDetails
from wire.units import PAYOUT


class Kind(Enum):
    NEW = auto()
    TRADE = auto()
    REPLACED = auto()
    CANCELED = auto()


NEW: Final = Kind.NEW
TRADE: Final = Kind.TRADE
REPLACED: Final = Kind.REPLACED
CANCELED: Final = Kind.CANCELED
"""For the compiled path: a member of an Enum is found by a search, these are not."""

_BID: Final = BookSide.BID


@mypyc_attr(acyclic=True)
class OrderFacts:
    """An order between two events of a record. `yes_cost` is what its fills cost at YES-leg prices, Money."""

    __slots__ = (
        "account",
        "client_order_id",
        "expiration_us",
        "filled",
        "initial",
        "order_id",
        "price",
        "remaining",
        "side",
        "ticker",
        "yes_cost",
    )

    def __init__(
        self,
        order_id: int,
        account: int,
        ticker: str,
        side: BookSide,
        client_order_id: str,
        price: int,
        initial: int,
        filled: int,
        remaining: int,
        yes_cost: int,
        expiration_us: int,
    ) -> None:
        self.order_id = order_id
        self.account = account
        self.ticker = ticker
        self.side = side
        self.client_order_id = client_order_id
        self.price = price
        self.initial = initial
        self.filled = filled
        self.remaining = remaining
        self.yes_cost = yes_cost
        self.expiration_us = expiration_us

    def copy(self) -> "OrderFacts":
        """The order as it is now."""
        return OrderFacts(
            self.order_id,
            self.account,
            self.ticker,
            self.side,
            self.client_order_id,
            self.price,
            self.initial,
            self.filled,
            self.remaining,
            self.yes_cost,
            self.expiration_us,
        )


def facts_of(order: OrderRecord) -> OrderFacts:
    """A placed order as the projection has it."""
    own = order.taker_fill_cost + order.maker_fill_cost
    yes_cost = own if order.side is _BID else PAYOUT * order.fill_count - own
    return OrderFacts(
        order.order_id,
        order.account,
        order.ticker,
        order.side,
        order.client_order_id,
        order.price,
        order.initial_count,
        order.fill_count,
        order.remaining_count,
        yes_cost,
        order.expiration_us,
    )


@mypyc_attr(acyclic=True)
class Report:
    """One thing that happened to one order; `seq` and `event` make its ExecID.

    `order` is as this left it.
    `is_folded` is a New that the first Trade stands for, unless AlwaysEmitNewBeforeTrade.
    """

    __slots__ = ("cause", "event", "fill", "is_folded", "kind", "order", "original_client_order_id", "seq", "ts_us")

    def __init__(
        self,
        kind: Kind,
        seq: int,
        event: int,
        ts_us: int,
        order: OrderFacts,
        original_client_order_id: str,
        cause: CancelCause | None,
        fill: FillDetails | None,
        is_folded: bool,
    ) -> None:
        self.kind = kind
        self.seq = seq
        self.event = event
        self.ts_us = ts_us
        self.order = order
        self.original_client_order_id = original_client_order_id
        self.cause = cause
        self.fill = fill
        self.is_folded = is_folded

    @property
    def account(self) -> int:
        return self.order.account
