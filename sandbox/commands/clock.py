"""`mock-kalshi time`: the venue's clock."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sandbox.commands.ask import ask, show
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail
from sandbox.moments import parse_duration, parse_moment
from wire.rest.common import timestamp

app = typer.Typer(no_args_is_help=True, help="See and move the venue's time; every timer of the venue follows it.")


@app.command("show")
def show_time(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """The venue's time, how fast it runs, and how far it is ahead of this machine's.

    Example:

      mock-kalshi time show -o json
    """
    show(ask(state, "GET", "/clock"), output)


@app.command()
def freeze(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Stop time; only `advance` and `set` move it then.

    Example:

      mock-kalshi time freeze
    """
    _move(state, output, action="freeze")


@app.command()
def resume(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Let time go on from where it is, at this machine's pace.

    Example:

      mock-kalshi time resume
    """
    _move(state, output, action="resume")


@app.command()
def advance(
    duration: Annotated[str, typer.Argument(help="How far: 90s, 15m, 1d12h.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Leap ahead. What becomes due on the way has happened, each at its own time, when this returns.

    Example:

      mock-kalshi time advance 15m
    """
    try:
        by_us = parse_duration(duration)
    except ValueError as error:
        fail(str(error), 2)
    _move(state, output, action="advance", by_ms=by_us // 1_000)


@app.command("set")
def set_time(
    moment: Annotated[str, typer.Argument(help="An ISO time with its zone, or from now on: +5m.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Leap to a time that is still to come.

    Example:

      mock-kalshi time set 2026-12-31T17:00:00Z
    """
    try:
        at_us = parse_moment(moment, ask(state, "GET", "/clock")["now_us"])
    except ValueError as error:
        fail(str(error), 2)
    _move(state, output, action="set", to=timestamp(at_us))


@app.command()
def speed(
    times: Annotated[str, typer.Argument(help="60x: a minute in a second. 1x: as fast as this machine.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Let time run so many times as fast from now on.

    Example:

      mock-kalshi time speed 60x
    """
    number = times.removesuffix("x")
    if not number.isdigit():
        fail(f"{times} is no speed; write a whole number, e.g. 60x", 2)
    _move(state, output, action="speed", speed=int(number))


def _move(state: Path, output: Output, **wanted: Any) -> None:
    show(ask(state, "POST", "/clock", wanted), output)
