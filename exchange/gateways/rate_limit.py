"""Token buckets: how often a member may ask (SEMANTICS F5, and C1 for the balance).

Knows tiers, costs and buckets; time is an argument. Buckets belong to members, not to keys or connections,
and every door draws from the same ones. Levels are integers: micro-tokens, so that a rate of r tokens a
second is exactly r micro-tokens a microsecond.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

MICRO: Final = 1_000_000


class Limit(NamedTuple):
    """Tokens per second and the most a bucket holds: OAS:BucketLimit."""

    refill_rate: int
    bucket_capacity: int


class Tier(NamedTuple):
    read: Limit
    write: Limit
    balance: Limit
    """GET /portfolio/balance has a bucket of its own, one token a call, no burst (SEMANTICS C1)."""


TIERS: Final = {
    "basic": Tier(Limit(200, 400), Limit(100, 100), Limit(1, 1)),
    "advanced": Tier(Limit(300, 600), Limit(300, 600), Limit(1, 1)),
    "expert": Tier(Limit(600, 600), Limit(600, 1200), Limit(5, 5)),
    "premier": Tier(Limit(1000, 1000), Limit(1000, 2000), Limit(5, 5)),
    "paragon": Tier(Limit(2000, 2000), Limit(2000, 4000), Limit(5, 5)),
    "prime": Tier(Limit(4000, 4000), Limit(4000, 8000), Limit(5, 5)),
    "prestige": Tier(Limit(10_000, 10_000), Limit(8000, 16_000), Limit(5, 5)),
}
"""From the lowest to the highest; the table of SEMANTICS F5."""

_RANK: Final = {name: rank for rank, name in enumerate(TIERS)}

READ: Final = "read"
WRITE: Final = "write"
BALANCE: Final = "balance"

DEFAULT_COST: Final = 10

MAX_SHARD: Final = 99
"""Far more shards than there are."""

ENDPOINT_COSTS: Final[dict[tuple[str, str], int]] = {
    ("POST", "/trade-api/v2/account/api_usage_level/upgrade"): 30,
    ("GET", "/trade-api/v2/cfbenchmarks"): 50,
    ("GET", "/trade-api/v2/cfbenchmarks/*endpoint"): 50,
    ("POST", "/trade-api/v2/communications/quotes"): 2,
    ("GET", "/trade-api/v2/communications/quotes/:quote_id"): 2,
    ("DELETE", "/trade-api/v2/communications/quotes/:quote_id"): 2,
    ("GET", "/trade-api/v2/communications/rfqs/:rfq_id/quotes/:quote_id"): 2,
    ("DELETE", "/trade-api/v2/communications/rfqs/:rfq_id/quotes/:quote_id"): 2,
    ("GET", "/trade-api/v2/margin/balance"): 5,
    ("DELETE", "/trade-api/v2/portfolio/events/orders"): 2,
    ("DELETE", "/trade-api/v2/portfolio/events/orders/:order_id"): 2,
    ("DELETE", "/trade-api/v2/portfolio/events/orders/batched"): 2,
    ("GET", "/trade-api/v2/portfolio/orders/:order_id"): 2,
}
"""What does not cost DEFAULT_COST, as GET /account/endpoint_costs lists it: gin-style paths (OAS 3.34's
rate-limit notes, recording account__endpoint_costs, SEMANTICS F5, K24). Batches cost this for each entry."""


V1_ENDPOINT_COSTS: Final[dict[tuple[str, str], int]] = {
    ("POST", "/trade-api/v2/portfolio/orders"): 20,
    ("DELETE", "/trade-api/v2/portfolio/orders/:order_id"): 4,
    ("POST", "/trade-api/v2/portfolio/orders/:order_id/amend"): 20,
    ("POST", "/trade-api/v2/portfolio/orders/:order_id/decrease"): 20,
    ("POST", "/trade-api/v2/portfolio/orders/batched"): 20,
    ("DELETE", "/trade-api/v2/portfolio/orders/batched"): 4,
}
"""The retired V1 order mutations, listed and billed only where they are served: twice the price of V2
(recording account__endpoint_costs)."""


def cost_of(method: str, path: str) -> int:
    """Tokens of one call; `path` is gin-style and full, as in the tables above."""
    return ENDPOINT_COSTS.get((method, path)) or V1_ENDPOINT_COSTS.get((method, path), DEFAULT_COST)


def write_bucket(exchange_index: int | None) -> str:
    """The bucket of a single order write: a shard's own only when it is pinned to 1 or more (SEMANTICS F5).

    A number that no shard can have gets none: else a client could make itself any number of full buckets.
    """
    if exchange_index is None or not 1 <= exchange_index <= MAX_SHARD:
        return WRITE
    return f"{WRITE}:{exchange_index}"


@dataclass(frozen=True, slots=True)
class Grant:
    """Why a member is on a tier: OAS:ApiUsageLevelGrant. Ours never expire."""

    level: str
    source: str


class _Bucket:
    """Full at first. `level` and `full` are micro-tokens."""

    __slots__ = ("at_us", "full", "level", "refill")

    def __init__(self, limit: Limit, now_us: int) -> None:
        self.at_us = now_us
        self.change(limit)
        self.level = self.full

    def change(self, limit: Limit) -> None:
        """Another limit from now on; what is in it stays, up to what it holds."""
        self.refill = limit.refill_rate
        self.full = limit.bucket_capacity * MICRO

    def take(self, cost: int, now_us: int) -> bool:
        if now_us > self.at_us:
            self.level = min(self.level + (now_us - self.at_us) * self.refill, self.full)
            self.at_us = now_us
        left = self.level - cost * MICRO
        if left < 0:
            return False
        self.level = left
        return True


class RateLimiter:
    """Every member's buckets. A bucket nobody has used is full."""

    def __init__(self, default_tier: str = "prestige") -> None:
        self._default = default_tier
        self._tiers: dict[int, str] = {}
        self._grants: dict[int, list[Grant]] = {}
        self._buckets: dict[tuple[int, str], _Bucket] = {}

    def begin_again(self) -> None:
        """Every bucket is full again; tiers and grants stay."""
        self._buckets.clear()

    def take(self, member: int, bucket: str, cost: int, now_us: int) -> bool:
        """Draw `cost` tokens, or draw nothing and say False when there are not that many."""
        known = self._buckets.get((member, bucket))
        if known is None:
            known = self._buckets[member, bucket] = _Bucket(self._limit(member, bucket), now_us)
        return known.take(cost, now_us)

    def tier(self, member: int) -> str:
        """The member's effective tier: the best of the venue's default (or what was set) and its grants."""
        names = [self._tiers.get(member, self._default), *(grant.level for grant in self.grants(member))]
        return max(names, key=_RANK.__getitem__)

    def limits(self, member: int) -> Tier:
        """What the member's buckets hold."""
        return TIERS[self.tier(member)]

    def set_tier(self, member: int, tier: str) -> None:
        """Put a member on a tier instead of the venue's default. Raises KeyError for a name that is none."""
        TIERS[tier]
        self._tiers[member] = tier
        self._refresh(member)

    def grant(self, member: int, grant: Grant) -> None:
        """Give a member a tier as well; it replaces the grant of the same level."""
        kept = [known for known in self._grants.get(member, []) if known.level != grant.level]
        self._grants[member] = [*kept, grant]
        self._refresh(member)

    def grants(self, member: int) -> list[Grant]:
        """A member's grants, oldest first."""
        return self._grants.get(member, [])

    def _limit(self, member: int, bucket: str) -> Limit:
        tier = self.limits(member)
        return tier.read if bucket == READ else tier.balance if bucket == BALANCE else tier.write

    def _refresh(self, member: int) -> None:
        for (owner, name), bucket in self._buckets.items():
            if owner == member:
                bucket.change(self._limit(member, name))
