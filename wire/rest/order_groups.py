"""Order-group bodies of the REST API (SEMANTICS B9).

Requests take `contracts_limit` (whole contracts), `contracts_limit_fp`, or both when equal; answers carry the
`_fp` one only (SEMANTICS A1).
"""

from wire.rest.bodies import Int64, Request, Response


class CreateOrderGroupRequest(Request, frozen=True):
    """POST /portfolio/order_groups/create."""

    subaccount: Int64 | None = None
    contracts_limit: Int64 | None = None
    contracts_limit_fp: str | None = None
    exchange_index: Int64 | None = None


class CreateOrderGroupResponse(Response, frozen=True, kw_only=True):
    """201."""

    exchange_index: int
    order_group_id: str
    subaccount: int


class UpdateOrderGroupLimitRequest(Request, frozen=True):
    """PUT /portfolio/order_groups/{order_group_id}/limit."""

    contracts_limit: Int64 | None = None
    contracts_limit_fp: str | None = None


class OrderGroup(Response, frozen=True, kw_only=True):
    contracts_limit_fp: str
    exchange_index: int
    id: str
    is_auto_cancel_enabled: bool


class GetOrderGroupsResponse(Response, frozen=True, kw_only=True):
    """`{}` when there are none: the key itself is left out (SEMANTICS B9)."""

    order_groups: list[OrderGroup] | None = None


class GetOrderGroupResponse(Response, frozen=True, kw_only=True):
    """`orders` are the ids of the orders that rest in it."""

    contracts_limit_fp: str
    exchange_index: int
    is_auto_cancel_enabled: bool
    orders: list[str]
