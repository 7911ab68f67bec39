"""Render .env.example from the settings of every process.

    python scripts/env_example.py

Knows which processes there are and how the page looks; names, defaults and meanings are the settings' own, and for
the exchange those of the options of `mock-kalshi up` that the environment can give.
"""

import sys
import textwrap
from pathlib import Path
from typing import Any

import typer
from pydantic_settings import BaseSettings

from market_data.settings import Settings as MarketDataSettings
from market_maker.settings import MakerSettings, MixSettings
from rebuilder.settings import Settings as RebuilderSettings
from runtime.log import LogSettings
from runtime.settings import variables
from sandbox.cli import app
from sandbox.ui_server import UiSettings

PAGE = Path(__file__).resolve().parent.parent / ".env.example"

HEAD = """\
# Every setting of every process. `mock-kalshi up` takes its own from the environment, the others also from a file .env
# where they run; docker compose puts those from .env that docker-compose.yml names as ${...} into its containers.
# Written by scripts/env_example.py; a test holds it against the settings.
"""

COMPOSE = """\
# --- docker-compose.yml ---

# Password of the database kalshi in the container; for development on one machine.
#POSTGRES_PASSWORD=development-only
# Password of Grafana's user admin (profile watch).
#GRAFANA_PASSWORD=development-only
"""

PROCESSES: dict[str, tuple[type[BaseSettings], ...]] = {
    "every process": (LogSettings,),
    "rebuilder: python -m rebuilder": (RebuilderSettings,),
    "market data: python -m market_data": (MarketDataSettings,),
    "market maker: python -m market_maker, and python -m market_maker agents": (MakerSettings, MixSettings),
    "trading screen: python -m sandbox.ui_server": (UiSettings,),
}


def option_settings() -> list[tuple[str, str, str]]:
    """(name, default, meaning) of each option of `mock-kalshi up` that has a name in the environment."""
    up: Any = typer.main.get_command(app)
    found = []
    for option in up.commands["up"].params:
        if name := getattr(option, "envvar", None):
            default = "" if option.default in (None, "") else str(option.default)
            found.append((name if isinstance(name, str) else name[0], default, option.help or ""))
    return found


def model_settings(models: tuple[type[BaseSettings], ...]) -> list[tuple[str, str, str]]:
    """The same of settings models, each name once."""
    found: dict[str, tuple[str, str, str]] = {}
    for model in models:
        for field, info in model.model_fields.items():
            # The name that several processes share, where there is one.
            name = variables(model, field, info)[-1]
            default = "" if info.is_required() else str(info.get_default(call_default_factory=True))
            found.setdefault(name, (name, "" if default == "None" else default, info.description or ""))
    return list(found.values())


def render() -> str:
    """The whole page."""
    lines = [HEAD, "# --- exchange: mock-kalshi up ---", ""]
    lines += _section(option_settings())
    for title, models in PROCESSES.items():
        lines += [f"# --- {title} ---", "", *_section(model_settings(models))]
    return "\n".join([*lines, COMPOSE])


def _section(settings: list[tuple[str, str, str]]) -> list[str]:
    lines = []
    for name, default, meaning in settings:
        lines += [f"# {line}" for line in textwrap.wrap(" ".join(meaning.split()), 116)]
        lines.append(f"#{name}={default}")
    return [*lines, ""]


if __name__ == "__main__":
    PAGE.write_text(render())
    sys.stdout.write(f"{PAGE.name} written\n")
