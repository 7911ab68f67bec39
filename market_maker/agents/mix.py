"""A mix: how many agents of each kind there are in a market, how often they act and how large (docs/agents.md).

Mixes are TOML files in mixes/. Times are seconds of venue time, counts whole contracts, ticks legal prices.
"""

import tomllib
from pathlib import Path

import msgspec

FOLDER = Path(__file__).with_name("mixes")


class MixError(Exception):
    """A mix, a key file or a venue that cannot be used; the message says why."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name nobody knows is a spelling mistake."""


class TruthPart(Part, frozen=True):
    """The hidden value: deviation of its log-odds in a second, jumps, and the pull to the outcome before the close."""

    sigma: float
    jump_every_s: float = 0.0
    jump: float = 0.0
    """Deviation of one jump in log-odds."""
    pull_within_s: float = 0.0
    makers_lag_s: float = 2.0
    """How late the makers see it."""


class MakerPart(Part, frozen=True):
    """The ladder of market_maker/strategy/ladder.py, in ticks of the market instead of cents."""

    every_s: float
    count: int
    spread_ticks: int
    levels: int
    limit: int


class ProviderPart(Part, frozen=True):
    """Rests small orders near the best prices and takes the oldest back once it has `orders`."""

    number: int
    every_s: float
    count: float
    """Median; sizes are log-normal with `deviation`."""
    deviation: float
    ticks: float
    """Mean distance from the best price."""
    orders: int


class TakerPart(Part, frozen=True):
    """Takes what is there. `reach` is how many ticks beyond the best price it would pay."""

    number: int
    every_s: float
    count: float
    deviation: float
    reach: int = 0
    limit: int = 500
    """The position it stays within."""
    edge_ticks: float = 1.0
    """informed, momentum: how far the price must be off before it acts."""
    noise: float = 0.0
    """informed: deviation of what it believes, in log-odds."""


class StufferPart(Part, frozen=True):
    """Every so often `burst` orders far from the market, taken back at its next turn, `hold_s` later."""

    number: int
    every_s: float
    burst: int
    ticks: int
    hold_s: float


class Mix(Part, frozen=True):
    """One population a market; a kind that is left out is not there."""

    description: str
    truth: TruthPart
    maker: MakerPart
    provider: ProviderPart | None = None
    noise: TakerPart | None = None
    momentum: TakerPart | None = None
    informed: TakerPart | None = None
    sweeper: TakerPart | None = None
    stuffer: StufferPart | None = None


def mix_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_mix(name: str) -> Mix:
    """Raises MixError."""
    if name not in mix_names():
        raise MixError(f"MARKET_MAKER_MIX: there is no mix {name!r}; there are {', '.join(mix_names())}")
    try:
        return msgspec.convert(tomllib.loads((FOLDER / f"{name}.toml").read_text()), Mix)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MixError(f"mix {name}: {error}") from None
