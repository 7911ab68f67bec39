"""`mock-kalshi reset`: forget everything a venue's folder holds."""

from typing import Annotated

import typer

from sandbox.commands.options import DEFAULT, State
from sandbox.console import fail, out
from sandbox.state_dir import StateDir, StateError


def reset(
    state: State = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete journal, history and keys, so that the next `up` begins with its scenario again.

    Example:

      mock-kalshi reset --yes && mock-kalshi up
    """
    folder = StateDir(state)
    if not folder.is_used():
        out.print(f"there is no venue in {folder.path}; nothing to forget", markup=False)
        return
    if not yes:
        typer.confirm(f"Delete the journal, history and keys in {folder.path}?", abort=True)
    try:
        with folder.lock():
            gone = folder.clear()
    except StateError as error:
        fail(str(error))
    out.print(f"forgot {', '.join(path.name for path in gone) or 'nothing'} in {folder.path}", markup=False)
