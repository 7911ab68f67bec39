"""`mock-kalshi report`: the report card of a run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.measure import Measurement
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
    rows = [row(card, one) for one in card.traders()]
    out.print(f"{card.seq:,} records, {card.trades:,} trades in {card.markets:,} markets", markup=False)
    for table in _tables(rows):
        out.print(table)
    for reason, count in rejects(card):
        out.print(f"rejected    {count:,} times {reason}", markup=False)
    out.print(f"invariants  {'[green]all hold[/]' if not checked.broken else '[red]broken[/]'}")
    for line in checked.broken:
        out.print(f"  {line}", markup=False)
    out.print(LEGEND, style="dim", markup=False)
    if html is not None:
        out.print(f"page        {html}", markup=False)


def _tables(rows: Sequence[Sequence[str]]) -> list[Table]:
    """An account a row; where the terminal has no room for that, an account a column, in as many tables as it takes."""
    wide = _table(HEADINGS, rows)
    if _fits(wide):
        return [wide]
    tables: list[Table] = []
    rest = list(rows)
    while rest:
        for several in range(len(rest), 0, -1):
            headings, *lines = zip(HEADINGS, *rest[:several], strict=True)
            table = _table(headings, lines)
            if several == 1 or _fits(table):
                tables.append(table)
                del rest[:several]
                break
    return tables


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Cells are never broken: half a number is another number."""
    table = Table(box=None, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, justify="right" if number else "left", no_wrap=True)
    for each in rows:
        table.add_row(*each)
    return table


def _fits(table: Table) -> bool:
    return Measurement.get(out, out.options.update(max_width=10_000), table).maximum <= out.width
