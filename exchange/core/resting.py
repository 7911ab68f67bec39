"""Orders coming to rest and leaving the book: the one place where book, ledger and indices move together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wire.engine_events import EngineEvent, OrderCanceled, OrderGroupChanged
from wire.enums import CancelCause, GroupChange

if TYPE_CHECKING:
    from exchange.core.ledger import Position
    from exchange.core.order import Order
    from exchange.core.order_groups import OrderGroup
    from exchange.core.state import State


def rest(state: State, order: Order) -> None:
    """Put an order on the book, at the back of its level."""
    position = order.position
    position.market.book.add(order)
    position.rest(order)
    state.orders[order.order_id] = order
    if order.group is not None:
        order.group.orders[order.order_id] = order


def lift(state: State, order: Order) -> None:
    """Take a resting order off the book, saying nothing about why."""
    position = order.position
    position.market.book.remove(order)
    position.unrest(order)
    del state.orders[order.order_id]
    if order.group is not None:
        del order.group.orders[order.order_id]


def cancel(state: State, order: Order, cause: CancelCause, out: list[EngineEvent]) -> None:
    """End a resting order."""
    lift(state, order)
    out.append(canceled(order, order.remaining, cause))


def canceled(order: Order, resting_count: int, cause: CancelCause) -> OrderCanceled:
    """The event for what is left of an order; `resting_count` of it was on the book."""
    position = order.position
    return OrderCanceled(
        order.order_id,
        position.account.account,
        position.market.ticker,
        order.side,
        order.price,
        order.remaining,
        resting_count,
        cause,
    )


def shed(state: State, position: Position, spare: int, out: list[EngineEvent]) -> None:
    """Cancel the position's resting orders, newest first, until free money is not negative.

    `spare` is held for an order in flight and does not count. Only orders the position no longer covers can
    have taken the money, and all of those are here, so this always ends with free money.
    """
    account = position.account
    while account.cash < account.held - spare:
        holding = [order for side in (position.bids, position.asks) for order in side if order.hold]
        assert holding, "free money is negative and no order of this position holds any"
        newest = max(holding, key=lambda order: order.queue_seq)
        cancel(state, newest, CancelCause.MARGIN, out)


def trigger(state: State, group: OrderGroup, out: list[EngineEvent]) -> None:
    """Trip a group: its resting orders are canceled, new ones refused until it is reset."""
    group.triggered = True
    out.append(group_changed(group, GroupChange.TRIGGERED))
    cancel_group(state, group, out)


def cancel_group(state: State, group: OrderGroup, out: list[EngineEvent]) -> None:
    """Cancel a group's resting orders, oldest place first."""
    for order in list(group.orders.values()):
        cancel(state, order, CancelCause.ORDER_GROUP, out)


def group_changed(group: OrderGroup, change: GroupChange) -> OrderGroupChanged:
    return OrderGroupChanged(group.order_group, group.account, change, group.limit)
