"""`mock-kalshi record`: everything that happened in a running venue, as one file."""

from pathlib import Path
from typing import Annotated

import typer

from sandbox.client import Unreachable, download
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail, out, print_json
from sandbox.state_dir import StateDir, StateError


def record(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Written anew.")] = Path("venue.ndjson.gz"),
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Save every command so far, with its seq, its time and what it caused, as gzip of one JSON object a line.

    `mock-kalshi replay FILE` does it all again.

    Example:

      mock-kalshi record the-bug.ndjson.gz
    """
    partial = file.with_name(file.name + ".partial")
    try:
        size = download(StateDir(state).running().root_url, "/sandbox/record", partial)
        partial.replace(file)
    except (StateError, Unreachable, OSError) as error:
        partial.unlink(missing_ok=True)
        fail(str(error))
    if output is Output.JSON:
        print_json({"file": str(file), "bytes": size})
        return
    out.print(f"{size:,} bytes in {file}; `mock-kalshi replay {file}` does it all again", markup=False)
