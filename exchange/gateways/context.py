"""What a gateway is handed: everything it may use, and nothing it could misuse."""

from dataclasses import dataclass, field

from exchange.gateways.auth import Authenticator, KeyRing
from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.history_reader import HistoryReader
from exchange.gateways.rate_limit import RateLimiter
from exchange.ports import Clock, CommandSink
from exchange.projections.views import Projections
from wire.candles import DAY
from wire.units import MICROS


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
    signatures_in_venue_time: bool = False
    """Judge timestamps of signed requests by the venue's clock; off by the machine's, as the client's is."""
    limits_in_venue_time: bool = False
    """Refill token buckets by the venue's clock; off by the machine's, so that a frozen venue goes on answering."""
    connections_in_venue_time: bool = False
    """Let FIX sessions live by the venue's clock: heartbeats, SendingTime; off by the machine's, as the peer does."""
    live_days: int = 90
    """Days of venue time until what ended moves from the live lists to /historical (SEMANTICS D6); 0 = never."""
    ui_origins: tuple[str, ...] = ("http://127.0.0.1:8080", "http://localhost:8080")
    """The pages that may talk to this venue from a browser."""
    chaos_seed: int = 0
    """What faults draw from (docs/chaos.md)."""


@dataclass(frozen=True, slots=True)
class VenueContext:
    sink: CommandSink
    views: Projections
    keys: KeyRing
    authenticator: Authenticator
    limiter: RateLimiter
    history: HistoryReader
    clock: Clock
    """The venue's time: what anything is stamped with and waits for."""
    wall: Clock
    """The machine's time: what connections live by."""
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    chaos: Chaos = field(default_factory=Chaos)
    """The faults that were ordered."""

    def cutoff_us(self) -> int:
        """What ended before this time is archived: in /historical, and no longer in the live lists (SEMANTICS D6)."""
        days = self.settings.live_days
        return max(0, self.clock.now_us() - days * DAY * MICROS) if days else 0

    def limits_us(self) -> int:
        """Now, as token buckets see it."""
        return (self.clock if self.settings.limits_in_venue_time else self.wall).now_us()
