"""What the commands share at the terminal: where text goes, how facts are printed, how a command fails."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import NoReturn

import typer
from rich.console import Console

out = Console(soft_wrap=True, highlight=False)
"""Facts: what a pipe reads."""

err = Console(stderr=True, soft_wrap=True, highlight=False)
"""Everything said to the person."""


class Output(StrEnum):
    TABLE = "table"
    JSON = "json"


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what is wrong and end with this exit code. 2 is for what the caller typed."""
    err.print("[bold red]error:[/] ", end="")
    err.print(message, markup=False)
    raise typer.Exit(code)


def print_rows(rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns that never wrap or cut: paths and ids are for copying."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print(line.rstrip(), markup=False)


def print_json(facts: object) -> None:
    """Facts as JSON, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(facts, indent=2) + "\n")
