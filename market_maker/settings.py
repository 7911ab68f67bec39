"""Everything about a maker or a mix that can be chosen, from the environment (MARKET_MAKER_*) or the command line.

Prices are whole or decimal cents here, because people say 33 and not 0.3300; they become Prices at once.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from market_maker.strategy.avellaneda_stoikov import AvellanedaStoikov
from market_maker.strategy.ladder import Ladder
from market_maker.strategy.oscillate import Oscillate
from market_maker.strategy.view import Strategy
from wire.units import CONTRACT, MICROS

PREFIX = "MARKET_MAKER_"
PRICES_IN_CENT = 100

Port = Annotated[int, Field(ge=0, le=65_535)]
Cents = Annotated[float, Field(gt=0, lt=100)]


class CommonSettings(BaseSettings):
    """What the maker and the mixes have in common."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", cli_kebab_case=True)

    venue_url: Annotated[str, Field(pattern="^https?://", description="Address of the venue's REST host.")] = (
        "http://127.0.0.1:9090"
    )
    ws_url: Annotated[
        str, Field(pattern="^((https?|wss?)://.*)?$", description="Address of its WebSocket host; venue_url without.")
    ] = ""
    health_host: Annotated[str, Field(description="Where /health, /status and /metrics listen.")] = "127.0.0.1"
    health_port: Annotated[Port, Field(description="Their port; 0 picks a free one.")] = 8888
    stale_after_s: Annotated[float, Field(gt=2, description="A feed that is silent so long is not believed.")] = 6.0

    @property
    def feed_url(self) -> str:
        return self.ws_url or self.venue_url


class MakerSettings(CommonSettings):
    """python -m market_maker: quote one or several markets with one account."""

    key_id: Annotated[str, Field(min_length=1, description="API key id.")]
    private_key_path: Annotated[Path, Field(description="PEM file of the key.")]
    ticker: Annotated[str, Field(min_length=1, description="The market, or several with commas between.")]
    name: Annotated[
        str,
        Field(
            pattern="^[A-Za-z0-9]{1,16}$",
            description="Begins each client_order_id: orders of this name are ours, whichever run placed them. "
            "Makers that share an account need different names.",
        ),
    ] = "mm"
    strategy: Annotated[
        Literal["oscillate", "avellaneda-stoikov", "ladder"], Field(description="How quotes are chosen.")
    ] = "oscillate"
    venue: Annotated[Literal["rest", "fix"], Field(description="What carries the orders.")] = "rest"
    fix_host: Annotated[str, Field(description="With --venue fix: host of the KalshiNR session.")] = "127.0.0.1"
    fix_port: Annotated[Port, Field(description="With --venue fix: its port.")] = 8228
    fix_tls: Annotated[bool, Field(description="With --venue fix: whether the connection is encrypted.")] = False
    interval_ms: Annotated[int, Field(ge=10, description="How often quotes are thought over, in venue time.")] = 3_000
    quantity: Annotated[int, Field(ge=1, description="Contracts a quote.")] = 100
    price_min: Annotated[Cents, Field(description="oscillate: lowest bid, in cents.")] = 33
    price_max: Annotated[Cents, Field(description="oscillate: highest ask, in cents.")] = 67
    spread: Annotated[Cents, Field(description="oscillate, ladder: between the best bid and ask, in cents.")] = 10
    levels: Annotated[int, Field(ge=1, le=50, description="ladder: quotes on each side.")] = 5
    ticks: Annotated[int, Field(ge=1, description="ladder: legal prices from one level to the next.")] = 1
    lean: Annotated[float, Field(ge=0, description="ladder: cents the centre moves per quote size in stock.")] = 1.0
    growth: Annotated[int, Field(ge=0, description="ladder: percent by which each level is larger.")] = 25
    gamma: Annotated[float, Field(gt=0, description="avellaneda-stoikov: aversion to inventory.")] = 0.1
    kappa: Annotated[float, Field(gt=0, description="avellaneda-stoikov: how fast fills grow rare with distance.")] = 20
    sigma: Annotated[float, Field(gt=0, description="avellaneda-stoikov: deviation of log-odds in a second.")] = 0.01
    horizon_s: Annotated[float, Field(gt=0, description="avellaneda-stoikov: longest time to the close.")] = 600
    max_spread: Annotated[Cents, Field(description="avellaneda-stoikov: widest spread, in cents.")] = 10
    position_limit: Annotated[int, Field(ge=1, description="The position stays within this many contracts.")] = 1_000
    group_limit: Annotated[
        int, Field(ge=1, le=1_000_000, description="So many contracts filled in 15 s trip the order group.")
    ] = 2_000
    quote_lifetime_s: Annotated[
        float, Field(ge=4, description="rest: quotes expire by themselves after so long without us, in venue time.")
    ] = 20
    reject_limit: Annotated[int, Field(ge=1, description="So many refusals in 10 s are a reason for doubt.")] = 5
    pause_s: Annotated[float, Field(ge=0, description="How long nothing is quoted after a doubt.")] = 2.0
    old_orders: Annotated[
        Literal["adopt", "cancel"], Field(description="What becomes of orders an earlier run left behind.")
    ] = "adopt"

    @model_validator(mode="after")
    def _fits_together(self) -> "MakerSettings":
        if self.price_min + self.spread > self.price_max and self.strategy == "oscillate":
            raise ValueError("price_min + spread must not be above price_max")
        if self.venue == "rest" and self.quote_lifetime_s * 1_000 < 2 * self.interval_ms:
            raise ValueError("quote_lifetime_s must be at least two intervals, or quotes expire between two rounds")
        return self

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, (part.strip() for part in self.ticker.split(",")))))

    @property
    def interval_us(self) -> int:
        return self.interval_ms * 1_000

    @property
    def lifetime_us(self) -> int:
        return int(self.quote_lifetime_s * MICROS)

    def build_strategy(self) -> Strategy:
        count = self.quantity * CONTRACT
        if self.strategy == "oscillate":
            return Oscillate(
                price_min=_price(self.price_min),
                price_max=_price(self.price_max),
                spread=_price(self.spread),
                count=count,
            )
        if self.strategy == "ladder":
            return Ladder(
                count=count,
                spread=_price(self.spread),
                levels=self.levels,
                ticks=self.ticks,
                lean=round(self.lean * PRICES_IN_CENT),
                growth=self.growth,
            )
        return AvellanedaStoikov(
            count=count,
            gamma=self.gamma,
            kappa=self.kappa,
            sigma=self.sigma,
            horizon_s=self.horizon_s,
            max_spread=_price(self.max_spread),
        )


class MixSettings(CommonSettings):
    """python -m market_maker agents: a population of agents that makes a market alive."""

    keys: Annotated[
        Path,
        Field(
            description='JSON file with a list of {"account", "key_id", "private_key_path"}; accounts whose name '
            "begins with agent- are used."
        ),
    ]
    mix: Annotated[str, Field(description="quiet, game-night, news-shock or settlement-rush.")] = "quiet"
    seed: Annotated[int, Field(ge=0, description="The same seed, the same draws.")] = 0
    lockstep_s: Annotated[
        float,
        Field(ge=0, description="Freeze the venue's clock, step through so many seconds of it, and end; 0 = run live."),
    ] = 0


def explain(error: ValidationError) -> str:
    """One line a fault, with the name the setting has in the environment."""
    lines = []
    for fault in error.errors():
        field = "".join(str(part) for part in fault["loc"][:1])
        name = PREFIX + field.upper() if field else "settings"
        missing = fault["type"] == "missing"
        given = "" if missing or not field else f" (given: {fault['input']!r})"
        lines.append(f"  {name}: {'is required' if missing else fault['msg']}{given}")
    return "\n".join(lines)


def _price(cents: float) -> int:
    """Cents as a Price; settings are no finer than that."""
    return round(cents * PRICES_IN_CENT)
