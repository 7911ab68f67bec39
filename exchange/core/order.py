"""An order while the engine knows it: from the moment it passes its checks until it no longer rests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mypy_extensions import mypyc_attr

from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import PAYOUT

if TYPE_CHECKING:
    from exchange.core.ledger import Position
    from exchange.core.order_book import Level
    from exchange.core.order_groups import OrderGroup


_BID: Final = BookSide.BID
"""Looked up once: finding an enum's member costs as much as a comparison."""


@mypyc_attr(acyclic=True)
class Order:
    """Mutable, owned by the engine.

    Compiled, the collector does not look through it, which it would again and again while a book stands: its links are
    cleared when it leaves the book, and State clears them when it is dropped.

    - `order_id` goes into events and indices: as an object, or compiled code would make one for each.
    - `leg` is the price of the outcome it buys: p for a bid, 1 - p for an ask.
    - `queue_seq` is the seq at which it took its place in the queue.
    - `hold` is the money set aside for it; `closing` is how much of `remaining` the account's position covers
      and so needs no money (SEMANTICS C2); `rounding` is fee rounding not paid back yet (fees.py).
    - `level`, `previous` and `next` are where it rests and its neighbours in the queue, `older` and `newer` its
      account's orders next to it on this side; None when it does not.
    """

    __slots__ = (
        "cancel_on_pause",
        "client_order_id",
        "closing",
        "count",
        "expiration_us",
        "group",
        "hold",
        "leg",
        "level",
        "newer",
        "next",
        "older",
        "order_id",
        "position",
        "post_only",
        "previous",
        "price",
        "queue_seq",
        "remaining",
        "rounding",
        "self_trade_prevention",
        "side",
        "time_in_force",
    )

    def __init__(
        self,
        order_id: int,
        position: Position,
        side: BookSide,
        price: int,
        count: int,
        client_order_id: str,
        time_in_force: TimeInForce,
        self_trade_prevention: SelfTradePrevention,
        post_only: bool,
        cancel_on_pause: bool,
        expiration_us: int,
        group: OrderGroup | None,
    ) -> None:
        self.order_id: Any = order_id
        self.position = position
        self.side = side
        self.price = price
        self.leg = leg_price(side, price)
        self.count = count
        self.remaining = count
        self.client_order_id = client_order_id
        self.time_in_force = time_in_force
        self.self_trade_prevention = self_trade_prevention
        self.post_only = post_only
        self.cancel_on_pause = cancel_on_pause
        self.expiration_us = expiration_us
        self.group = group
        self.queue_seq = order_id
        self.hold = 0
        self.closing = 0
        self.rounding = 0
        self.level: Level | None = None
        self.previous: Order | None = None
        self.next: Order | None = None
        self.older: Order | None = None
        self.newer: Order | None = None

    @property
    def filled(self) -> int:
        """How much has traded."""
        return self.count - self.remaining


def leg_price(side: BookSide, price: int) -> int:
    """A YES price as the price of the outcome that an order of this side buys."""
    return price if side is _BID else PAYOUT - price
