"""Order group commands (SEMANTICS B9). A group of another subaccount is not found (J26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import (
    CreateOrderGroup,
    DeleteOrderGroup,
    ResetOrderGroup,
    TriggerOrderGroup,
    UpdateOrderGroupLimit,
)
from exchange.core.order_groups import MAX_LIMIT, MIN_LIMIT, OrderGroup
from exchange.core.orders import Events, refuse
from exchange.core.resting import cancel_group, group_changed, trigger
from wire.engine_events import EngineEvent
from wire.enums import GroupChange, RejectReason

if TYPE_CHECKING:
    from exchange.core.state import State


def create_order_group(state: State, command: CreateOrderGroup, seq: int, now_us: int) -> Events:
    if state.takes_nothing:
        return refuse(RejectReason.EXCHANGE_PAUSED, command.account)
    if command.account not in state.accounts:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.account)
    if not MIN_LIMIT <= command.contracts_limit <= MAX_LIMIT:
        return refuse(RejectReason.INVALID_PARAMETERS, command.account, _LIMIT_RANGE)
    group = state.groups[seq] = OrderGroup(seq, command.account, command.contracts_limit)
    return (group_changed(group, GroupChange.CREATED),)


def reset_order_group(state: State, command: ResetOrderGroup, seq: int, now_us: int) -> Events:
    group, refusal = _own_group(state, command.account, command.order_group)
    if group is None:
        return refusal
    group.reset()
    return (group_changed(group, GroupChange.RESET),)


def trigger_order_group(state: State, command: TriggerOrderGroup, seq: int, now_us: int) -> Events:
    group, refusal = _own_group(state, command.account, command.order_group)
    if group is None:
        return refusal
    out: list[EngineEvent] = []
    trigger(state, group, out)
    return tuple(out)


def update_order_group_limit(state: State, command: UpdateOrderGroupLimit, seq: int, now_us: int) -> Events:
    """A limit below what the window has matched already triggers the group (SEMANTICS K16)."""
    group, refusal = _own_group(state, command.account, command.order_group)
    if group is None:
        return refusal
    if not MIN_LIMIT <= command.contracts_limit <= MAX_LIMIT:
        return refuse(RejectReason.INVALID_PARAMETERS, command.account, _LIMIT_RANGE)
    group.limit = command.contracts_limit
    out: list[EngineEvent] = [group_changed(group, GroupChange.LIMIT_UPDATED)]
    if not group.triggered and group.exceeds(now_us):
        trigger(state, group, out)
    return tuple(out)


def delete_order_group(state: State, command: DeleteOrderGroup, seq: int, now_us: int) -> Events:
    """Deleting a group cancels its orders first."""
    group, refusal = _own_group(state, command.account, command.order_group)
    if group is None:
        return refusal
    out: list[EngineEvent] = []
    cancel_group(state, group, out)
    del state.groups[group.order_group]
    out.append(group_changed(group, GroupChange.DELETED))
    return tuple(out)


_LIMIT_RANGE = "contracts_limit must be between 1 and 1000000"


def _own_group(state: State, account: int, order_group: int) -> tuple[OrderGroup | None, Events]:
    """The account's group, or why not: in an exchange pause nothing changes (SEMANTICS J24)."""
    if state.takes_nothing:
        return None, refuse(RejectReason.EXCHANGE_PAUSED, account)
    group = state.groups.get(order_group)
    if group is None or group.account != account:
        return None, refuse(RejectReason.ORDER_GROUP_NOT_FOUND, account)
    return group, ()
