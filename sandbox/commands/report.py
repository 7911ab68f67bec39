"""`mock-kalshi report`: the report card of a run."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail, out, print_json
from sandbox.report.card import fold_all
from sandbox.report.facts import HEADINGS, LEGEND, Checked, as_json, rejects, row
from sandbox.report.page import page


def report(
    state: State = DEFAULT,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="JOURNAL|FILE", exists=True, help="A journal folder or a file of `mock-kalshi record` instead."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Also one self-contained page with charts.")] = None,
    output: Out = Output.TABLE,
) -> None:
    """Who traded what in a venue, running or not: volume, fees, profit, adverse selection, queues, rejects, invariants.

    Examples:

      mock-kalshi report

      mock-kalshi report --journal the-bug.ndjson.gz --html card.html
    """
    # Loaded only here: the venue takes a second to import.
    from sandbox.venue import VerifyFailed, replay_into, what_happened

    source = journal or state
    try:
        card = fold_all(what_happened(source))
        replayed = replay_into(source, card.seq or None)
    except VerifyFailed as error:
        fail(str(error))
    checked = Checked(replayed.state_hash, replayed.invariants_broken)
    if html is not None:
        html.write_text(page(card, checked, str(source.absolute())), encoding="utf-8")
    if output is Output.JSON:
        print_json(as_json(card, checked))
        return
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if number else "left", overflow="fold")
    for one in card.traders():
        table.add_row(*row(card, one))
    out.print(f"{card.seq:,} records, {card.trades:,} trades in {card.markets:,} markets", markup=False)
    out.print(table)
    for reason, count in rejects(card):
        out.print(f"rejected    {count:,} times {reason}", markup=False)
    out.print(f"invariants  {'[green]all hold[/]' if not checked.broken else '[red]broken[/]'}")
    for line in checked.broken:
        out.print(f"  {line}", markup=False)
    out.print(LEGEND, style="dim", markup=False)
    if html is not None:
        out.print(f"page        {html}", markup=False)
