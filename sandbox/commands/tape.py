"""`mock-kalshi tape`: a recorded book in the running venue, with the buttons of a player (docs/tapes.md)."""

from pathlib import Path
from typing import Annotated

import typer

from sandbox.commands.ask import ask, show
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail
from sandbox.moments import parse_duration
from sandbox.tapes.driver import Queue

app = typer.Typer(no_args_is_help=True, help="Play a recorded order book in the running venue, and wind it about.")

POSITION = "From the start of the tape: 90s, 12m. From where it is: +30s, -30s."


@app.command("list")
def list_tapes(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """The tapes that can be loaded, and what is wrong with those that cannot.

    Example:

      mock-kalshi tape list
    """
    show(ask(state, "GET", "/tapes")["tapes"], output)


@app.command("show")
def show_tape(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """The tape that is in, where it is, and whether it plays.

    Example:

      mock-kalshi tape show -o json
    """
    show(ask(state, "GET", "/tape"), output)


@app.command()
def load(
    name: Annotated[str, typer.Argument(help="As `mock-kalshi tape list` names it.")],
    at: Annotated[str, typer.Option(metavar="DURATION", help="Where to stand: 90s, 12m.")] = "0s",
    speed: Annotated[str, typer.Option(metavar="N", help="How fast it will play: 60, or 60x.")] = "1",
    queue: Annotated[
        Queue, typer.Option(help="Whose orders a recorded cancel takes: those behind yours, or before.")
    ] = "pessimistic",
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Put a tape in, standing still. Its market is created, and its book is the recorded one.

    Examples:

      mock-kalshi tape load KXMATCHMOCK-TAPE-FOXES

      mock-kalshi tape load KXMATCHMOCK-TAPE-FOXES --at 5m --speed 10
    """
    body = {"name": name, "position_ms": _ms(at), "speed": _speed(speed), "queue": queue}
    show(ask(state, "POST", "/tape/load", body), output)


@app.command()
def play(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Play on from where it is; from the start when it is at its end.

    Example:

      mock-kalshi tape play
    """
    show(ask(state, "POST", "/tape/play"), output)


@app.command()
def pause(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Stand still; the book stays as it is.

    Example:

      mock-kalshi tape pause
    """
    show(ask(state, "POST", "/tape/pause"), output)


@app.command(context_settings={"ignore_unknown_options": True})
def seek(
    position: Annotated[str, typer.Argument(help=POSITION)], state: State = DEFAULT, output: Out = Output.TABLE
) -> None:
    """Make the book that of another moment of the tape, earlier or later.

    Examples:

      mock-kalshi tape seek 12m

      mock-kalshi tape seek -30s
    """
    show(ask(state, "POST", "/tape/seek", {"position_ms": _position(state, position)}), output)


@app.command("speed")
def set_speed(
    times: Annotated[str, typer.Argument(help="60, or 60x: a recorded minute in a second of the venue.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """How fast it plays.

    Example:

      mock-kalshi tape speed 60
    """
    show(ask(state, "POST", "/tape/speed", {"speed": _speed(times)}), output)


@app.command()
def eject(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Take the tape out, and its orders off the book. Its market stays.

    Example:

      mock-kalshi tape eject
    """
    show(ask(state, "DELETE", "/tape"), output)


def _position(state: Path, text: str) -> int:
    if text[:1] not in ("+", "-"):
        return _ms(text)
    tape = ask(state, "GET", "/tape")
    position_ms, duration_ms = int(tape["position_ms"]), int(tape["duration_ms"])
    moved_ms = position_ms + _ms(text[1:]) * (1 if text[0] == "+" else -1)
    return max(0, min(moved_ms, duration_ms))


def _ms(text: str) -> int:
    try:
        return parse_duration(text) // 1_000
    except ValueError as error:
        fail(str(error), 2)


def _speed(text: str) -> int:
    number = text.removesuffix("x")
    if not number.isdigit():
        fail(f"{text} is no speed; write a whole number, e.g. 60", 2)
    return int(number)
