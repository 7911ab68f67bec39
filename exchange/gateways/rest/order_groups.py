"""Order groups: create, read, reset, trigger, change the limit, delete (SEMANTICS B9)."""

from collections.abc import Callable

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.core.commands import (
    AnyCommand,
    CreateOrderGroup,
    DeleteOrderGroup,
    ResetOrderGroup,
    TriggerOrderGroup,
    UpdateOrderGroupLimit,
)
from exchange.gateways.auth import ApiKey, subaccount_filter, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rate_limit import WRITE
from exchange.gateways.rejects import api_error
from exchange.gateways.rest import params
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.security import caller, check_shard, read_body
from exchange.gateways.submit import submit
from exchange.projections.order_groups import OrderGroupRecord
from wire.accounts import account_of, member_of, subaccount_of
from wire.engine_events import OrderGroupChanged
from wire.enums import RejectReason
from wire.ids import IdKind, format_id, order_uuid, parse_id
from wire.rest.bodies import EmptyRequest, EmptyResponse
from wire.rest.order_groups import (
    CreateOrderGroupRequest,
    CreateOrderGroupResponse,
    GetOrderGroupResponse,
    GetOrderGroupsResponse,
    OrderGroup,
    UpdateOrderGroupLimitRequest,
)
from wire.units import CONTRACT, MAX_COUNT, UnitError, format_count, parse_count

ERRORS = (400, 401, 403, 404, 409, 429, 503)


class GetOrderGroupsParams(msgspec.Struct, frozen=True):
    subaccount: params.Subaccount | None = None


class GetOrderGroupParams(msgspec.Struct, frozen=True):
    subaccount: params.Subaccount | None = None


class OrderGroupParams(msgspec.Struct, frozen=True):
    """Query of the four that change a group."""

    subaccount: params.Subaccount | None = None
    exchange_index: params.Seconds | None = None


def router(context: VenueContext) -> APIRouter:
    """The seven operations of /portfolio/order_groups."""
    routes = APIRouter(prefix="/portfolio/order_groups")
    shard = context.settings.shard
    tag = "order-groups"

    def writer(request: Request) -> ApiKey:
        return caller(context, request, "write::trade", bucket=WRITE)

    @routes.get(
        "",
        **operation(
            "GetOrderGroups", GetOrderGroupsResponse, query=GetOrderGroupsParams, errors=(400, 401, 403, 429), tag=tag
        ),
    )
    async def get_order_groups(request: Request) -> Response:
        key = caller(context, request)
        query = params.read(GetOrderGroupsParams, request.query_params)
        subaccount = subaccount_filter(key, query.subaccount)
        groups = [
            OrderGroup(
                contracts_limit_fp=format_count(group.contracts_limit),
                exchange_index=shard,
                id=format_id(IdKind.ORDER_GROUP, shard, group.order_group),
                is_auto_cancel_enabled=not group.triggered,
            )
            for group in context.views.order_groups.of_member(key.member)
            if subaccount in (None, subaccount_of(group.account))
        ]
        return answer(GetOrderGroupsResponse(order_groups=groups or None))

    @routes.post(
        "/create",
        **operation(
            "CreateOrderGroup",
            CreateOrderGroupResponse,
            body=CreateOrderGroupRequest,
            status=201,
            errors=(400, 401, 403, 409, 429, 503),
            tag=tag,
        ),
    )
    async def create_order_group(request: Request) -> Response:
        key = writer(request)
        body = await read_body(context, request, CreateOrderGroupRequest)
        check_shard(context, key.member, body.exchange_index)
        subaccount = subaccount_or_primary(key, body.subaccount)
        command = CreateOrderGroup(account_of(key.member, subaccount), contracts_limit(body))
        receipt = await submit(context, command)
        (created,) = (event for event in receipt.events if isinstance(event, OrderGroupChanged))
        return answer(
            CreateOrderGroupResponse(
                exchange_index=shard,
                order_group_id=format_id(IdKind.ORDER_GROUP, shard, created.order_group),
                subaccount=subaccount,
            ),
            201,
        )

    @routes.get(
        "/{order_group_id}",
        **operation(
            "GetOrderGroup", GetOrderGroupResponse, query=GetOrderGroupParams, errors=(400, 401, 403, 404, 429), tag=tag
        ),
    )
    async def get_order_group(request: Request, order_group_id: str) -> Response:
        key = caller(context, request)
        query = params.read(GetOrderGroupParams, request.query_params)
        group = _own_group(context, key, order_group_id, subaccount_filter(key, query.subaccount))
        members = sorted(
            order.order_id
            for order in context.views.orders.resting(key.member)
            if order.order_group == group.order_group
        )
        return answer(
            GetOrderGroupResponse(
                contracts_limit_fp=format_count(group.contracts_limit),
                exchange_index=shard,
                is_auto_cancel_enabled=not group.triggered,
                orders=[order_uuid(shard, order_id) for order_id in members],
            )
        )

    async def change(
        key: ApiKey, request: Request, order_group_id: str, command: Callable[[int, int], AnyCommand]
    ) -> Response:
        """Send `command(account, order_group)`; the engine knows whose group it is."""
        query = params.read(OrderGroupParams, request.query_params)
        check_shard(context, key.member, query.exchange_index)
        account = account_of(key.member, subaccount_or_primary(key, query.subaccount))
        await submit(context, command(account, _group_number(context, order_group_id)))
        return answer(EmptyResponse())

    @routes.delete(
        "/{order_group_id}",
        **operation("DeleteOrderGroup", EmptyResponse, query=OrderGroupParams, errors=ERRORS, tag=tag),
    )
    async def delete_order_group(request: Request, order_group_id: str) -> Response:
        return await change(writer(request), request, order_group_id, DeleteOrderGroup)

    @routes.put(
        "/{order_group_id}/reset",
        **operation(
            "ResetOrderGroup", EmptyResponse, query=OrderGroupParams, body=EmptyRequest, errors=ERRORS, tag=tag
        ),
    )
    async def reset_order_group(request: Request, order_group_id: str) -> Response:
        key = writer(request)
        await read_body(context, request, EmptyRequest, optional=True)
        return await change(key, request, order_group_id, ResetOrderGroup)

    @routes.put(
        "/{order_group_id}/trigger",
        **operation(
            "TriggerOrderGroup", EmptyResponse, query=OrderGroupParams, body=EmptyRequest, errors=ERRORS, tag=tag
        ),
    )
    async def trigger_order_group(request: Request, order_group_id: str) -> Response:
        key = writer(request)
        await read_body(context, request, EmptyRequest, optional=True)
        return await change(key, request, order_group_id, TriggerOrderGroup)

    @routes.put(
        "/{order_group_id}/limit",
        **operation(
            "UpdateOrderGroupLimit",
            EmptyResponse,
            query=OrderGroupParams,
            body=UpdateOrderGroupLimitRequest,
            errors=ERRORS,
            tag=tag,
        ),
    )
    async def update_order_group_limit(request: Request, order_group_id: str) -> Response:
        key = writer(request)
        limit = contracts_limit(await read_body(context, request, UpdateOrderGroupLimitRequest))
        return await change(
            key, request, order_group_id, lambda account, group: UpdateOrderGroupLimit(account, group, limit)
        )

    return routes


def contracts_limit(body: CreateOrderGroupRequest | UpdateOrderGroupLimitRequest) -> int:
    """The limit as a Count, from either field or both when they agree (SEMANTICS A1)."""
    whole, text = body.contracts_limit, body.contracts_limit_fp
    try:
        limit = None if text is None else parse_count(text)
    except UnitError:
        raise ApiError(400, "invalid_parameters", details=f"contracts_limit_fp {text!r} is not a count") from None
    if whole is not None and limit is not None and whole * CONTRACT != limit:
        raise ApiError(400, "invalid_parameters", details="contracts_limit and contracts_limit_fp must match")
    if limit is None:
        if whole is None:
            raise ApiError(400, "invalid_parameters", details="contracts_limit or contracts_limit_fp is required")
        limit = parse_count(str(max(-1, min(whole, MAX_COUNT))))
    return limit


def _group_number(context: VenueContext, order_group_id: str) -> int:
    parsed = parse_id(IdKind.ORDER_GROUP, order_group_id)
    if parsed is None or parsed[0] != context.settings.shard:
        raise api_error(RejectReason.ORDER_GROUP_NOT_FOUND)
    return parsed[1]


def _own_group(context: VenueContext, key: ApiKey, order_group_id: str, subaccount: int | None) -> OrderGroupRecord:
    """The caller's group of that id; a group of another subaccount is not found (SEMANTICS J26)."""
    group = context.views.order_groups.get(_group_number(context, order_group_id))
    if (
        group is None
        or member_of(group.account) != key.member
        or subaccount not in (None, subaccount_of(group.account))
    ):
        raise api_error(RejectReason.ORDER_GROUP_NOT_FOUND)
    return group
