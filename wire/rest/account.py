"""Bodies of /account: limits, endpoint costs, volume progress (SEMANTICS F5)."""

from wire.rest.bodies import Response


class BucketLimit(Response, frozen=True, kw_only=True):
    """Tokens: how many a second, and the most a bucket holds."""

    bucket_capacity: int
    refill_rate: int


class ApiUsageLevelGrant(Response, frozen=True, kw_only=True):
    """One reason for a tier; `expires_ts` is left out: it never does."""

    exchange_instance: str
    level: str
    source: str


class GetAccountApiLimitsResponse(Response, frozen=True, kw_only=True):
    grants: list[ApiUsageLevelGrant]
    read: BucketLimit
    usage_tier: str
    write: BucketLimit


class EndpointTokenCost(Response, frozen=True, kw_only=True):
    """`path` is gin-style and from the root (recording account__endpoint_costs)."""

    cost: int
    method: str
    path: str


class GetAccountEndpointCostsResponse(Response, frozen=True, kw_only=True):
    default_cost: int
    endpoint_costs: list[EndpointTokenCost]


class VolumeGoal(Response, frozen=True, kw_only=True):
    """OAS:AccountApiUsageLevelVolumeGoal: contracts in 30 days that earn a tier, and that keep it."""

    earn_volume_goal_fp: str
    keep_volume_goal_fp: str
    level: str


class VolumeProgress(Response, frozen=True, kw_only=True):
    """OAS:AccountApiUsageLevelVolumeProgress."""

    computed_ts: int
    goals: list[VolumeGoal]
    trailing_30d_volume_fp: str


class GetAccountApiUsageLevelVolumeProgressResponse(Response, frozen=True, kw_only=True):
    volume_progress: list[VolumeProgress]
