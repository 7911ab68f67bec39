"""What a client asks for by FIX as commands of the engine, or why it is refused before the engine is asked.

Knows which account a key may speak for, what ids and routes there are, and no session.
"""

from typing import Final

from exchange.core.commands import (
    AnyCommand,
    CreateOrder,
    CreateOrderGroup,
    DeleteOrderGroup,
    ResetOrderGroup,
    TriggerOrderGroup,
    UpdateOrderGroupLimit,
)
from exchange.gateways.auth import subaccount_or_primary
from exchange.gateways.errors import ApiError
from exchange.gateways.fix.client import Client
from exchange.gateways.rejects import ANSWERS
from exchange.projections.order_record import OrderRecord
from wire.accounts import MAX_SUBACCOUNT, account_of
from wire.enums import BookSide, RejectReason
from wire.fix.messages.new_order import NewOrder
from wire.fix.messages.order_groups import GroupAction, OrderGroupRequest
from wire.ids import IdKind, parse_id
from wire.units import PAYOUT

PERMISSION_DENIED: Final = "PERMISSION_DENIED_FOR_CUSTOMER_ACCOUNT"
UNKNOWN_ACCOUNT: Final = 15

_BID: Final = BookSide.BID


class Refused(Exception):
    """A request that is refused before the engine is asked. `reason` is tag 103, 102 or 380, as the answer has it."""

    def __init__(self, text: str, reason: int, order: OrderRecord | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.reason = reason
        self.order = order


def account_named(client: Client, subaccount: int | None, party_id: str) -> int:
    """The account a message is about. Raises Refused."""
    if subaccount is None and not party_id and client.subaccount is None:
        return account_of(client.member)  # most of what comes
    if party_id or not 0 <= (subaccount or 0) <= MAX_SUBACCOUNT:
        # There are no customers of an FCM here.
        raise Refused("CUSTOMER_ACCOUNT_NOT_FOUND", UNKNOWN_ACCOUNT)
    try:
        return account_of(client.member, subaccount_or_primary(client.key, subaccount))
    except ApiError:
        raise Refused(PERMISSION_DENIED, UNKNOWN_ACCOUNT) from None


def create_command(order: NewOrder, client: Client, shard: int) -> CreateOrder:
    """D; its account is the key's. Raises Refused; a reason below 0 is a cancel."""
    account = account_named(client, order.subaccount, order.party_id)
    if order.exchange_index not in (-1, shard):
        raise refused_order(RejectReason.MARKET_NOT_FOUND)
    if "." in order.client_order_id:
        raise Refused("INVALID_PARAMETERS", 99)
    group = _group_named(order.order_group_id, shard) if order.order_group_id else 0
    if order.max_execution_cost:
        leg = order.price if order.side is _BID else PAYOUT - order.price
        # The engine knows no bound of its own: an order whose worst case is within it always keeps to it.
        if leg * order.count > order.max_execution_cost:
            raise Refused("MAX_EXECUTION_COST", -1)
    pause = order.cancel_order_on_pause
    return CreateOrder(
        account,
        order.ticker,
        order.side,
        order.price,
        order.count,
        order.time_in_force,
        order.self_trade_prevention,
        order.client_order_id,
        order.post_only,
        False,
        client.cancel_order_on_pause if pause is None else pause,
        order.expiration_us,
        group,
    )


def group_command(wanted: OrderGroupRequest, client: Client, shard: int) -> AnyCommand:
    """UOG; creating, or what is done to a group of this shard. Raises Refused."""
    account = account_named(client, wanted.subaccount, "")
    if wanted.exchange_index != shard:
        raise refused_order(RejectReason.ORDER_GROUP_NOT_FOUND)
    if wanted.action is GroupAction.CREATE:
        return CreateOrderGroup(account, wanted.contracts_limit)
    group = _group_named(wanted.order_group_id, shard)
    if wanted.action is GroupAction.RESET:
        return ResetOrderGroup(account, group)
    if wanted.action is GroupAction.DELETE:
        return DeleteOrderGroup(account, group)
    if wanted.action is GroupAction.TRIGGER:
        return TriggerOrderGroup(account, group)
    return UpdateOrderGroupLimit(account, group, wanted.contracts_limit)


def _group_named(group_id: str, shard: int) -> int:
    """The group of this shard whose id it is. Raises Refused."""
    parsed = parse_id(IdKind.ORDER_GROUP, group_id)
    if parsed is None or parsed[0] != shard:
        raise refused_order(RejectReason.ORDER_GROUP_NOT_FOUND)
    return parsed[1]


def refused_order(reason: RejectReason) -> Refused:
    """The refusal of an order that the engine would refuse for this (35=8 with 103)."""
    return Refused(ANSWERS[reason].fix_text, ANSWERS[reason].ord_rej_reason)


def refused_change(reason: RejectReason, order: OrderRecord | None = None) -> Refused:
    """The same of a cancel or replace (35=9 with 102)."""
    return Refused(ANSWERS[reason].fix_text, ANSWERS[reason].cxl_rej_reason, order)
