"""Options that several verbs have, spelled the same in all of them."""

from pathlib import Path
from typing import Annotated

import typer

from sandbox.console import Output
from sandbox.state_dir import DEFAULT

State = Annotated[Path, typer.Option("--state", metavar="DIR", help="The venue's folder.", envvar="MOCK_KALSHI_STATE")]
Out = Annotated[Output, typer.Option("--output", "-o", help="How facts are printed.")]

__all__ = ["DEFAULT", "Out", "State"]
