"""`mock-kalshi chaos`: faults on demand."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from sandbox.commands.ask import ask, show
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail
from sandbox.moments import parse_duration

app = typer.Typer(no_args_is_help=True, help="Have the venue misbehave, by rules (docs/chaos.md).")

_SHOWN = ("channel", "fault", "operation", "ticker", "account")


@app.command()
def add(
    channel: Annotated[str, typer.Argument(help="rest, ws or fix.")],
    fault: Annotated[str, typer.Argument(help="latency, disconnect, drop, gap, stall ...: docs/chaos.md has all.")],
    operation: Annotated[
        str, typer.Option(help="An operationId, a WebSocket channel or message type, a FIX MsgType; * and ? match.")
    ] = "*",
    ticker: Annotated[str, typer.Option(help="A market's ticker; * and ? match.")] = "*",
    account: Annotated[str | None, typer.Option(help="An account's name or number.", show_default="everybody")] = None,
    probability: Annotated[float, typer.Option(min=0, max=1, help="How many of them it hits.")] = 1.0,
    nth: Annotated[int | None, typer.Option(min=1, help="Only this one of them.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many hits.")] = None,
    duration: Annotated[str | None, typer.Option(help="End after so long: 30s, 5m.")] = None,
    ms: Annotated[int | None, typer.Option(min=0, help="How long: latency, stall, lag, until a timeout.")] = None,
    sigma: Annotated[float, typer.Option(min=0, help="Latency is lognormal around --ms.")] = 0.0,
    size: Annotated[int | None, typer.Option(min=1, help="Messages of a gap, pieces of a message.")] = None,
    status: Annotated[int | None, typer.Option(help="Of an error: 500, 502, 503 or 504.")] = None,
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """A new rule, at work at once, and until it is removed or the venue is reset.

    Examples:

      mock-kalshi chaos add rest latency --ms 200 --sigma 0.8

      mock-kalshi chaos add rest timeout-after --operation CreateOrderV2 --probability 0.1

      mock-kalshi chaos add ws gap --operation orderbook_delta --nth 20 --account alice

      mock-kalshi chaos add fix logout --operation 8 --count 1
    """
    given: dict[str, Any] = {"nth": nth, "count": count, "ms": ms, "size": size, "status": status}
    if account is not None:
        given["account"] = int(account) if account.isdigit() else account
    if duration is not None:
        try:
            given["duration_ms"] = parse_duration(duration) // 1_000
        except ValueError as error:
            fail(str(error), 2)
    rule = {"channel": channel, "fault": fault, "operation": operation, "ticker": ticker, "probability": probability}
    rule |= {"sigma": sigma} | {name: value for name, value in given.items() if value is not None}
    _show([ask(state, "POST", "/chaos", rule)], output)


@app.command("list")
def list_rules(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """All rules, how many they were about, and how many of those they hit.

    Example:

      mock-kalshi chaos list
    """
    _show(ask(state, "GET", "/chaos")["rules"], output)


@app.command()
def remove(
    rule: Annotated[str, typer.Argument(help="A rule's id, or `all`.")],
    state: State = DEFAULT,
) -> None:
    """Remove a rule, or all of them.

    Examples:

      mock-kalshi chaos remove c1

      mock-kalshi chaos remove all
    """
    ask(state, "DELETE", "/chaos" if rule == "all" else f"/chaos/{quote(rule, safe='')}")


@app.command()
def profile(
    name: Annotated[str, typer.Argument(help="flaky-wifi, exchange-under-stress or thursday-maintenance.")],
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Add the rules of a profile.

    Example:

      mock-kalshi chaos profile flaky-wifi
    """
    _show(ask(state, "POST", f"/chaos/profiles/{quote(name, safe='')}")["rules"], output)


def _when(rule: dict[str, Any]) -> str:
    """How often, of those it is about, and until when."""
    said = ["always" if rule["probability"] == 1 else f"{rule['probability'] * 100:g} %"]
    if rule["nth"] is not None:
        said = [f"number {rule['nth']}"]
    if rule["count"] is not None:
        said.append(f"{rule['count']} at most")
    if rule["duration_ms"] is not None:
        said.append(f"for {rule['duration_ms'] / 1_000:g} s")
    return ", ".join(said)


def _show(rules: list[dict[str, Any]], output: Output) -> None:
    """Everything in JSON; what tells rules apart in a table."""
    if output is Output.JSON:
        show(rules, output)
        return
    rows = [
        {
            "id": each["id"],
            **{name: "" if each["rule"][name] is None else each["rule"][name] for name in _SHOWN},
            "when": _when(each["rule"]),
            "matched": each["matched"],
            "hits": each["hits"],
            "over": each["over"],
        }
        for each in rules
    ]
    show(rows, output)
