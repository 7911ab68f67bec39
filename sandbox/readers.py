"""The processes that read the venue: which there are, and what each is told.

To add one is to add its row to READERS, and its port's option to `mock-kalshi up`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HEALTH = "/health/live"
CROWD_KEYS = "agents.json"
"""In the venue's folder: the accounts that the crowd trades with."""
UI_PORT = 8080


def ui_origins(port: int) -> tuple[str, str]:
    """Where the trading screen's pages come from, as a browser names it."""
    return f"http://127.0.0.1:{port}", f"http://localhost:{port}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a reader may need to know of the venue and of the other readers."""

    state: Path
    """The venue's folder."""
    host: str
    """Where the venue and its readers listen."""
    venue_url: str
    kafka: str
    """Bootstrap servers, empty = the log is read from the journal's files."""
    urls: Mapping[str, str]
    """Reader -> where it answers, of all that run."""
    mix: str = ""
    """Which crowd trades, by the name of its mix."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Reader:
    """A row: `python -m module ARGUMENTS`, told what it needs by its environment."""

    name: str
    module: str
    prefix: str
    """Of its settings: PREFIX_HOST and PREFIX_PORT say where it listens."""
    port: int
    """Where it is unless the command line says otherwise."""
    settings: Callable[[Scene], dict[str, str]]
    """Whatever else it is told."""
    arguments: tuple[str, ...] = ()
    """Behind the module's name on the command line."""
    address: tuple[str, str] = ("HOST", "PORT")
    """What its settings call where it listens."""
    title: str = ""
    """What people call it."""
    page: str = "/docs"
    """What of it a person looks at first."""

    @property
    def option(self) -> str:
        """The option of `mock-kalshi up` that chooses the port."""
        return f"--{self.name}-port"

    @property
    def variable(self) -> str:
        """Where scripts find its address."""
        return url_variable(self.name)

    def environment(self, scene: Scene, port: int) -> dict[str, str]:
        return {
            f"{self.prefix}_{self.address[0]}": scene.host,
            f"{self.prefix}_{self.address[1]}": str(port),
            "KAFKA_BOOTSTRAP_SERVERS": scene.kafka,
            **self.settings(scene),
        }


def url_variable(name: str) -> str:
    """MOCK_KALSHI_REBUILDER_URL for the rebuilder."""
    return f"MOCK_KALSHI_{name.upper().replace('-', '_')}_URL"


def _pages(scene: Scene) -> str:
    return ",".join(ui_origins(urlsplit(scene.urls.get("ui", "")).port or UI_PORT))


def _rebuilder(scene: Scene) -> dict[str, str]:
    return {
        "REBUILDER_JOURNAL": str(scene.state / "journal"),
        "REBUILDER_CHECKPOINTS": str(scene.state / "rebuilder"),
        "REBUILDER_VENUE_URL": scene.venue_url,
        "REBUILDER_ALLOWED_ORIGINS": _pages(scene),
    }


def _market_data(scene: Scene) -> dict[str, str]:
    return {
        "MARKET_DATA_JOURNAL": str(scene.state / "journal"),
        "MARKET_DATA_VENUE_URL": scene.venue_url,
        "MARKET_DATA_ALLOWED_ORIGINS": _pages(scene),
    }


def _ui(scene: Scene) -> dict[str, str]:
    return {
        "UI_VENUE_URL": scene.venue_url,
        "UI_MARKET_DATA_URL": scene.urls.get("market-data", ""),
        "UI_REBUILDER_URL": scene.urls.get("rebuilder", ""),
    }


def _crowd(scene: Scene) -> dict[str, str]:
    return {
        "MARKET_MAKER_VENUE_URL": scene.venue_url,
        "MARKET_MAKER_KEYS": str(scene.state / CROWD_KEYS),
        "MARKET_MAKER_MIX": scene.mix,
        "MARKET_MAKER_SEED": str(scene.seed),
    }


CROWD = "market-maker"
CROWD_ACCOUNTS = "agent-"
"""How the names of its accounts begin (docs/agents.md)."""

READERS = (
    Reader("rebuilder", "rebuilder", "REBUILDER", 8085, _rebuilder, title="rebuilder"),
    Reader("market-data", "market_data", "MARKET_DATA", 8084, _market_data, title="market data"),
    Reader(
        CROWD,
        "market_maker",
        "MARKET_MAKER",
        8888,
        _crowd,
        ("agents",),
        ("HEALTH_HOST", "HEALTH_PORT"),
        "crowd",
        "/status",
    ),
    Reader("ui", "sandbox.ui_server", "UI", UI_PORT, _ui, title="screen", page="/"),
)
