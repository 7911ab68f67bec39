"""Order groups: UOG read, UOH written (SEMANTICS B9, FIX/order-groups)."""

from enum import StrEnum

import msgspec

from wire.fix import tags
from wire.fix.codec import encode_fields
from wire.fix.message import Message
from wire.fix.messages.order_readers import read_exchange_index, read_subaccount
from wire.units import CONTRACT


class GroupAction(StrEnum):
    """Tag 20131."""

    CREATE = "1"
    RESET = "2"
    DELETE = "3"
    TRIGGER = "4"
    UPDATE = "5"


class OrderGroupRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OrderGroupRequest (35=UOG). `contracts_limit` is a Count, 0 unless created or updated."""

    action: GroupAction
    order_group_id: str
    contracts_limit: int
    subaccount: int | None
    """None when it is left out."""
    exchange_index: int


def read_order_group_request(message: Message) -> OrderGroupRequest:
    """UOG; left out, the shard is 0: there is no ticker to route by."""
    return OrderGroupRequest(
        action=GroupAction(message[tags.ORDER_GROUP_ACTION]),
        order_group_id=message.get(tags.ORDER_GROUP_ID) or "",
        contracts_limit=int(message.get(tags.ORDER_GROUP_CONTRACTS_LIMIT) or 0) * CONTRACT,
        subaccount=read_subaccount(message),
        exchange_index=max(0, read_exchange_index(message, default=0)),
    )


def encode_order_group_response(request: OrderGroupRequest, order_group_id: str) -> bytes:
    """The body of UOH: the limit on create and update only, the subaccount always (FIX/changelog 1.0.21, 1.0.24).

    The action goes back as well: the pages do not list it, a published client requires it.
    """
    fields = [(tags.ORDER_GROUP_ID, order_group_id), (tags.ORDER_GROUP_ACTION, request.action.value)]
    if request.action in (GroupAction.CREATE, GroupAction.UPDATE):
        fields.append((tags.ORDER_GROUP_CONTRACTS_LIMIT, str(request.contracts_limit // CONTRACT)))
    fields.append((tags.ALLOC_ACCOUNT, str(request.subaccount or 0)))
    return encode_fields(fields)
