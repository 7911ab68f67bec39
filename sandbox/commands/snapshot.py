"""`mock-kalshi snapshot`: moments one can go back to."""

from typing import Annotated
from urllib.parse import quote

import typer

from sandbox.commands.ask import ask, show
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output

app = typer.Typer(no_args_is_help=True, help="Save the running venue's state under a name, and go back to it.")

Name = Annotated[str, typer.Argument(help="Letters, digits, '.', '_' and '-'.")]


@app.command()
def save(name: Name, state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Save this moment, in place of what had the name.

    Example:

      mock-kalshi snapshot save before-the-game
    """
    show(ask(state, "POST", "/snapshots", {"name": name}), output)


@app.command()
def load(name: Name, state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Be where a state was saved. Connections are hung up.

    Example:

      mock-kalshi snapshot load before-the-game
    """
    show(ask(state, "POST", f"/snapshots/{quote(name)}/load"), output)


@app.command("list")
def list_saved(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Saved states, the oldest first.

    Example:

      mock-kalshi snapshot list
    """
    show(ask(state, "GET", "/snapshots")["snapshots"], output)


@app.command()
def delete(name: Name, state: State = DEFAULT) -> None:
    """Delete a saved state.

    Example:

      mock-kalshi snapshot delete before-the-game
    """
    ask(state, "DELETE", f"/snapshots/{quote(name)}")
