"""The caller's limits, what calls cost, and the way to a higher tier (SEMANTICS F5)."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.auth import ApiKey, refuse_restricted
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rate_limit import (
    DEFAULT_COST,
    ENDPOINT_COSTS,
    READ,
    V1_ENDPOINT_COSTS,
    WRITE,
    Grant,
    Limit,
    cost_of,
)
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.security import caller, read_body
from exchange.projections.order_filter import OrderFilter
from exchange.projections.portfolio_records import FillFilter
from wire.rest.account import (
    ApiUsageLevelGrant,
    BucketLimit,
    EndpointTokenCost,
    GetAccountApiLimitsResponse,
    GetAccountApiUsageLevelVolumeProgressResponse,
    GetAccountEndpointCostsResponse,
    VolumeGoal,
    VolumeProgress,
)
from wire.rest.bodies import EmptyRequest, EmptyResponse
from wire.units import MICROS, format_count

UPGRADE_COST = cost_of("POST", "/trade-api/v2/account/api_usage_level/upgrade")

VOLUME_GOALS = {
    "expert": (75, 50),
    "premier": (125, 100),
    "paragon": (250, 200),
    "prime": (500, 400),
    "prestige": (1000, 800),
}
"""Shares of twice the exchange's volume that earn and keep a tier, in 1e-5 (the rate-limits guide)."""

THIRTY_DAYS_US = 30 * 86_400 * MICROS


def router(context: VenueContext) -> APIRouter:
    """The four operations of /account."""
    routes = APIRouter(prefix="/account")
    tag = "account"

    @routes.get(
        "/limits", **operation("GetAccountApiLimits", GetAccountApiLimitsResponse, errors=(401, 403, 429), tag=tag)
    )
    async def get_account_api_limits(request: Request) -> Response:
        key = _unrestricted(context, request)
        limits = context.limiter.limits(key.member)
        return answer(
            GetAccountApiLimitsResponse(
                grants=[
                    ApiUsageLevelGrant(exchange_instance="event_contract", level=grant.level, source=grant.source)
                    for grant in context.limiter.grants(key.member)
                ],
                read=_bucket(limits.read),
                usage_tier=context.limiter.tier(key.member),
                write=_bucket(limits.write),
            )
        )

    @routes.get("/endpoint_costs", **operation("GetAccountEndpointCosts", GetAccountEndpointCostsResponse, tag=tag))
    async def get_account_endpoint_costs() -> Response:
        """Public."""
        listed = ENDPOINT_COSTS | (V1_ENDPOINT_COSTS if context.settings.api_v1 else {})
        costs = [EndpointTokenCost(cost=cost, method=method, path=path) for (method, path), cost in listed.items()]
        return answer(GetAccountEndpointCostsResponse(default_cost=DEFAULT_COST, endpoint_costs=costs))

    @routes.post(
        "/api_usage_level/upgrade",
        **operation("UpgradeAccountApiUsageLevel", EmptyResponse, status=201, errors=(400, 401, 403, 429), tag=tag),
    )
    async def upgrade_account_api_usage_level(request: Request) -> Response:
        """Every order here came through the API, so one order is enough."""
        key = _unrestricted(context, request, "write", UPGRADE_COST, WRITE)
        await read_body(context, request, EmptyRequest, optional=True)
        if not context.views.orders.select(OrderFilter(key.member), 1):
            raise ApiError(403, "forbidden", details="none of the latest 100 orders was created via API")
        context.limiter.grant(key.member, Grant("advanced", "manual"))
        return answer(EmptyResponse(), 201)

    @routes.get(
        "/api_usage_level/volume_progress",
        **operation(
            "GetAccountApiUsageLevelVolumeProgress",
            GetAccountApiUsageLevelVolumeProgressResponse,
            errors=(401, 403, 429),
            tag=tag,
        ),
    )
    async def get_volume_progress(request: Request) -> Response:
        """Computed at the call, not once a day; the fills still in memory, and the venue's volume to date in
        place of last month's.
        """
        key = _unrestricted(context, request)
        now_us = context.clock.now_us()
        portfolio = context.views.portfolio
        since = FillFilter(key.member, min_us=now_us - THIRTY_DAYS_US)
        volume = sum(fill.count for fill in portfolio.fills.newest_first(key.member) if since.wants(fill))
        goals = [
            VolumeGoal(
                earn_volume_goal_fp=format_count(2 * portfolio.volume * earn // 100_000),
                keep_volume_goal_fp=format_count(2 * portfolio.volume * keep // 100_000),
                level=level,
            )
            for level, (earn, keep) in VOLUME_GOALS.items()
        ]
        progress = VolumeProgress(
            computed_ts=now_us // MICROS, goals=goals, trailing_30d_volume_fp=format_count(volume)
        )
        return answer(GetAccountApiUsageLevelVolumeProgressResponse(volume_progress=[progress]))

    return routes


def _unrestricted(
    context: VenueContext, request: Request, scope: str = "read", cost: int = DEFAULT_COST, bucket: str = READ
) -> ApiKey:
    key = caller(context, request, scope, cost, bucket)
    refuse_restricted(key)
    return key


def _bucket(limit: Limit) -> BucketLimit:
    return BucketLimit(bucket_capacity=limit.bucket_capacity, refill_rate=limit.refill_rate)
