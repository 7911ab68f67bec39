"""Everything about one venue that can be chosen, before there is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exchange.adapters.history.writer import GATHERED_LIMIT
from exchange.adapters.journal import Durability
from exchange.adapters.tls import TlsFiles
from exchange.core.state import EngineSettings
from exchange.gateways.context import GatewaySettings
from wire.fix.profiles import SessionKind

SHARD = 0
"""The one shard there is."""


@dataclass(frozen=True, slots=True)
class VenueOptions:
    """Everything about one venue that can be chosen. `port` 0 picks a free one."""

    state: Path
    host: str = "127.0.0.1"
    port: int = 9090
    durability: Durability = "os"
    window: int = 100_000
    """Terminal orders, fills and trades kept in memory; older ones are read from history."""
    snapshot_every: int = 500_000
    """Records between snapshots."""
    retain: int = 5_000_000
    """Records the journal keeps behind the older snapshot."""
    sandbox: bool | None = None
    """Whether /sandbox is there; None: only where the venue listens on loopback."""
    engine: EngineSettings = field(default_factory=EngineSettings)
    gateways: GatewaySettings = field(default_factory=GatewaySettings)
    fix: Mapping[SessionKind, int] | None = None
    """The port of each FIX session kind that is served, 0 = a free one; None = no FIX."""
    kafka: str = ""
    """Bootstrap servers of the Kafka the journal is published to, empty = none. Nothing without a journal."""
    history: str = ""
    """postgresql://user:password@host:port/name of the database history is kept in, empty = a SQLite file here."""
    history_limit: int = GATHERED_LIMIT
    """Rows that wait for the database in memory; beyond it they are read from the journal again."""
    retention_days: int = 0
    """Days history is kept, in venue time; 0 = for good."""
    fix_tls: TlsFiles | None = None
    """With what the FIX doors speak TLS; None = plain TCP."""
