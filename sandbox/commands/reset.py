"""`mock-kalshi reset`: forget everything that happened in a venue."""

from typing import Annotated

import typer

from sandbox.commands.ask import ask
from sandbox.commands.options import DEFAULT, State
from sandbox.console import fail, out
from sandbox.state_dir import StateDir, StateError


def reset(
    state: State = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Begin again. A venue that runs is its scenario again at once, and its keys stay; one that does not run loses
    journal, history and keys, so that the next `up` begins with the scenario.

    Examples:

      mock-kalshi reset --yes

      mock-kalshi down && mock-kalshi reset --yes && mock-kalshi up
    """
    folder = StateDir(state)
    if folder.is_locked():
        if not yes:
            typer.confirm(f"Forget everything that happened in the venue running in {folder.path}?", abort=True)
        place = ask(state, "POST", "/reset")
        out.print(f"the venue is its scenario again; it took {place['took_ms']:.0f} ms", markup=False)
        return
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
