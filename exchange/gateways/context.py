"""What a gateway is handed: everything it may use, and nothing it could misuse."""

from dataclasses import dataclass, field

from exchange.gateways.auth import Authenticator, KeyRing
from exchange.gateways.history_reader import HistoryReader
from exchange.gateways.rate_limit import RateLimiter
from exchange.ports import Clock, CommandSink
from exchange.projections.views import Projections


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Documented unknowns and venue policies as switches (docs/COMPATIBILITY.md, section "Switches")."""

    shard: int = 0
    api_v1: bool = False
    """Serve the retired V1 order endpoints in integer cents; off they answer 410 (SEMANTICS A6)."""
    skew_ms: int = 15_000
    """Accepted clock difference of a signed request, both ways (SEMANTICS K11)."""
    default_tier: str = "prestige"
    empty_side_in_snapshot: bool = False
    """Send `[]` for an empty side in orderbook_snapshot; off the key is absent (SEMANTICS K35)."""
    max_body_bytes: int = 1_000_000
    ui_origins: tuple[str, ...] = ("http://127.0.0.1:8080", "http://localhost:8080")
    """The pages that may talk to this venue from a browser."""
    browser_tokens: bool | None = None
    """Hand out browser tokens (POST /sandbox/session); None: only where the venue listens on loopback."""


@dataclass(frozen=True, slots=True)
class VenueContext:
    sink: CommandSink
    views: Projections
    keys: KeyRing
    authenticator: Authenticator
    limiter: RateLimiter
    history: HistoryReader
    clock: Clock
    settings: GatewaySettings = field(default_factory=GatewaySettings)
