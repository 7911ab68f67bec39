"""What an operator does to a running venue: pause, resume, close, settle, fund, a new market, a new account."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from sandbox.commands.ask import ask, show
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail
from sandbox.moments import parse_moment
from sandbox.state_dir import StateDir
from wire.rest.common import timestamp

Ticker = Annotated[str, typer.Argument(help="A market's ticker.")]
What = Annotated[str, typer.Argument(help="trading, exchange, or a market's ticker.")]

SCOPES = ("trading", "exchange")

market = typer.Typer(no_args_is_help=True, help="Make markets.")
account = typer.Typer(no_args_is_help=True, help="Make accounts.")


def pause(what: What = "trading", state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Pause trading, the whole exchange, or one market, until it is resumed.

    Examples:

      mock-kalshi pause trading

      mock-kalshi pause KXHIGHMOCK-DEMO-T62
    """
    _change(what, "pause", state, output)


def resume(what: What = "trading", state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """End a pause. A market that comes back has lost its resting orders, as at Kalshi.

    Example:

      mock-kalshi resume exchange
    """
    _change(what, "resume", state, output)


def close(ticker: Ticker, state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Close a market now.

    Example:

      mock-kalshi close KXHIGHMOCK-DEMO-T62
    """
    show(ask(state, "POST", f"/markets/{quote(ticker)}/close"), output)


def settle(
    ticker: Ticker,
    result: Annotated[str, typer.Argument(help="yes, no, or what a YES contract pays in dollars: 0.37.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Close a market if it is open, determine it, and pay out at once.

    Examples:

      mock-kalshi settle KXHIGHMOCK-DEMO-T62 yes

      mock-kalshi settle KXHIGHMOCK-DEMO-T62 0.37
    """
    wanted = {"result": result} if result in ("yes", "no") else {"value": result}
    show(ask(state, "POST", f"/markets/{quote(ticker)}/settle", wanted), output)


def fund(
    name: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An account's name.")],
    amount: Annotated[str, typer.Argument(help="Dollars.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Give an account money.

    Example:

      mock-kalshi fund alice 500
    """
    show(ask(state, "POST", f"/accounts/{quote(name)}/fund", {"amount": amount}), output)


@market.command("create")
def create_market(
    ticker: Annotated[str, typer.Argument(help="SERIES-EVENT-MARKET; what does not exist yet is made with it.")],
    title: Annotated[str, typer.Option(help="What it is about.")] = "",
    closes: Annotated[
        str | None, typer.Option("--close", help="+2h, or an ISO time; a day from now by default.")
    ] = None,
    structure: Annotated[str, typer.Option(help="The price grid's label.")] = "linear_cent",
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """A new market, open at once.

    Example:

      mock-kalshi market create KXRAIN-26DEC24-NYC --title "Rain in New York on Christmas Eve?" --close +6h
    """
    wanted: dict[str, Any] = {"ticker": ticker, "title": title, "price_level_structure": structure}
    if closes is not None:
        try:
            wanted["close_time"] = timestamp(parse_moment(closes, ask(state, "GET", "/clock")["now_us"]))
        except ValueError as error:
            fail(str(error), 2)
    show(ask(state, "POST", "/markets", wanted), output)


@account.command("create")
def create_account(
    name: Annotated[str, typer.Argument(help="What the account is called.")],
    balance: Annotated[str, typer.Option(help="Dollars.")] = "1000",
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """A new account with money and a key, which is kept in the venue's folder like the others.

    Example:

      mock-kalshi account create carol --balance 250
    """
    made = ask(state, "POST", "/accounts", {"name": name, "balance": balance})
    folder = StateDir(state)
    key = folder.add_key(made["account"], made["member"], made["key_id"], made.pop("private_key_pem"))
    show({**made, "private_key": str(folder.pem_path(key))}, output)


@account.command("list")
def list_accounts(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """All accounts of the running venue.

    Example:

      mock-kalshi account list
    """
    show(ask(state, "GET", "/accounts")["accounts"], output)


def auth_failures(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Why signatures were refused: what should have been signed, and what seems to be wrong.

    Example:

      mock-kalshi auth-failures
    """
    show(ask(state, "GET", "/auth-failures"), output)


def _change(what: str, verb: str, state: Path, output: Output) -> None:
    if what in SCOPES:
        show(ask(state, "POST", f"/exchange/{verb}", {"scope": what}), output)
    else:
        show(ask(state, "POST", f"/markets/{quote(what)}/{verb}"), output)
