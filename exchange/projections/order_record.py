"""One order as the REST Order object and the user_orders channel show it.

A fill's cost is what the order's own leg cost: a bid pays the YES price, an ask 1 - price (SEMANTICS B1).
"""

from typing import Final

from mypy_extensions import mypyc_attr

from wire.accounts import member_of, subaccount_of
from wire.enums import BookSide, OrderStatus, SelfTradePrevention, TimeInForce, UpdateReason
from wire.units import PAYOUT

_BID: Final = BookSide.BID

OrderFields = tuple[
    int,
    int,
    str,
    str,
    BookSide,
    int,
    int,
    int,
    TimeInForce,
    SelfTradePrevention,
    bool,
    bool,
    bool,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    int,
    OrderStatus,
    UpdateReason,
]
"""An OrderRecord in a snapshot and in history, from `order_id` to `last_update_reason`."""


@mypyc_attr(acyclic=True)
class OrderRecord:
    """One order. Counts, Prices, Money and microseconds; `expiration_us` and `order_group` 0 = none.

    `initial_count` is what may fill in total: set by create and amend, kept by cancel and decrease (SEMANTICS B5).
    `queue_seq` is the seq at which it took its place in the queue, `ended_seq` the one at which it left, 0 before.

    The projection changes it in place: whoever keeps one sees it change until it is terminal.
    """

    __slots__ = (
        "account",
        "cancel_order_on_pause",
        "client_order_id",
        "created_us",
        "ended_seq",
        "expiration_us",
        "fill_count",
        "initial_count",
        "last_update_reason",
        "maker_fees",
        "maker_fill_cost",
        "order_group",
        "order_id",
        "post_only",
        "price",
        "queue_seq",
        "reduce_only",
        "remaining_count",
        "self_trade_prevention",
        "side",
        "status",
        "taker_fees",
        "taker_fill_cost",
        "ticker",
        "time_in_force",
        "updated_us",
    )

    def __init__(self, fields: OrderFields) -> None:
        (
            self.order_id,
            self.account,
            self.ticker,
            self.client_order_id,
            self.side,
            self.price,
            self.initial_count,
            self.remaining_count,
            self.time_in_force,
            self.self_trade_prevention,
            self.post_only,
            self.reduce_only,
            self.cancel_order_on_pause,
            self.expiration_us,
            self.order_group,
            self.created_us,
            self.updated_us,
            self.queue_seq,
            self.fill_count,
            self.taker_fill_cost,
            self.maker_fill_cost,
            self.taker_fees,
            self.maker_fees,
            self.status,
            self.last_update_reason,
        ) = fields
        self.ended_seq = 0

    def fields(self) -> OrderFields:
        return (
            self.order_id,
            self.account,
            self.ticker,
            self.client_order_id,
            self.side,
            self.price,
            self.initial_count,
            self.remaining_count,
            self.time_in_force,
            self.self_trade_prevention,
            self.post_only,
            self.reduce_only,
            self.cancel_order_on_pause,
            self.expiration_us,
            self.order_group,
            self.created_us,
            self.updated_us,
            self.queue_seq,
            self.fill_count,
            self.taker_fill_cost,
            self.maker_fill_cost,
            self.taker_fees,
            self.maker_fees,
            self.status,
            self.last_update_reason,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OrderRecord) and self.fields() == other.fields()

    @property
    def member(self) -> int:
        return member_of(self.account)

    @property
    def subaccount(self) -> int:
        return subaccount_of(self.account)

    @property
    def resting_value(self) -> int:
        """What the rest of it would cost at its limit, without fees: Money."""
        leg = self.price if self.side is _BID else PAYOUT - self.price
        return leg * self.remaining_count
