"""What is to be started: everything `mock-kalshi up` can be told, checked and read.

Apart from the supervisor, so that a command can be parsed and refused without loading the venue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.scenario_file import Scenario
from sandbox.state_dir import StateDir
from sandbox.tapes.driver import Queue
from sandbox.tapes.market import RecordedMarket
from sandbox.tapes.recording import Tape

LOCAL_KAFKA = "local"

Durability = Literal["os", "fsync", "none"]
Api = Literal["v1", "v2"]


@dataclass(frozen=True, slots=True)
class Launch:
    state: StateDir
    scenario: Scenario
    scenario_path: Path
    host: str = "127.0.0.1"
    port: int = 9090
    """0 picks a free one."""
    fix_ports: dict[str, int] | None = None
    """By session kind (NR, DC ...), 0 picks a free one; None = no FIX."""
    fix_tls: bool = False
    """FIX in TLS: with `fix_certificate`, else with a certificate kept in the folder."""
    fix_certificate: tuple[Path, Path] | None = None
    """PEM files of a certificate and its key."""
    durability: Durability = "os"
    window: int = 100_000
    """Terminal orders, fills and trades that are kept in memory; older ones are read from history."""
    api: Api = "v2"
    seed: int = 0
    weekly_maintenance: bool = False
    tapes: tuple[tuple[Tape, RecordedMarket], ...] = ()
    speed: int | None = 1
    """None = as fast as it goes."""
    queue: Queue = "pessimistic"
    tapes_in: Path | None = None
    """Where recordings for the tape deck are; None: in the venue's folder."""
    venue_time: frozenset[str] = frozenset()
    """What goes by the venue's clock beside its timers: signatures, limits, fix."""
    sandbox: bool | None = None
    """Whether /sandbox is open; None: only on loopback."""
    mix: str = "quiet"
    """Which crowd trades: a name of docs/agents.md."""
    kafka: str = ""
    """host:port the log is published to, `local` for a broker of the venue's own, empty = none."""
    database: str = ""
    """URL of the PostgreSQL that history is kept in, empty = a SQLite file in the folder."""
    live_days: int = 90
    """Days until what ended moves from the live lists to /historical; 0 = never."""
    retention_days: int = 0
    """Days history is kept; 0 = for good."""
    readers: Mapping[str, int] = field(default_factory=dict)
    """The port of each reader that is started beside the venue, 0 = a free one."""

    @property
    def tapes_folder(self) -> Path:
        """Where recordings for the tape deck are."""
        return self.tapes_in or self.state.path / "tapes"
