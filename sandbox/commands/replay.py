"""`mock-kalshi replay`: do again what was recorded, and say whether it came out the same."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from sandbox.beginning import Beginning, store
from sandbox.commands.options import Out
from sandbox.console import Output, fail, out, print_json
from sandbox.scenario_file import Scenario
from sandbox.state_dir import StateDir

ALSO = ("beginning.json", "api_keys.json", "keys")
"""What of a state folder besides its journal makes a venue one can go on with."""


def replay(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="JOURNAL|FILE",
            exists=True,
            help="A file of `mock-kalshi record`, a journal folder, or a venue's state folder.",
        ),
    ],
    until_seq: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop behind this record.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Leave a state folder there; `mock-kalshi up --state DIR` goes on from it."),
    ] = None,
    output: Out = Output.TABLE,
) -> None:
    """Apply recorded commands to a fresh engine and compare every event. Exit code 1 when anything differs.

    Examples:

      mock-kalshi replay the-bug.ndjson.gz

      mock-kalshi replay .mock-kalshi --until-seq 1200 --into /tmp/before-the-bug
    """
    # Loaded only here: the venue takes a second to import.
    from sandbox.venue import VerifyFailed, replay_into

    if into is not None and into.exists() and any(into.iterdir()):
        fail(f"{into} is not empty; name a folder that is not there yet", 2)
    try:
        done = replay_into(source, until_seq, None if into is None else into / "journal")
    except VerifyFailed as error:
        fail(str(error))
    if into is not None:
        _complete(source, into)
    if output is Output.JSON:
        print_json(
            {
                "seq": done.seq,
                "records": done.records,
                "started_at": done.started_at,
                "state_hash": done.state_hash,
                "snapshots_different": done.snapshots_different,
                "invariants_broken": done.invariants_broken,
                "into": None if into is None else str(into.absolute()),
            }
        )
    else:
        out.print(f"replayed    {done.records:,} commands up to seq {done.seq:,}; each caused what was recorded")
        out.print(f"state hash  {done.state_hash}")
        out.print(f"invariants  {'[green]all hold[/]' if not done.invariants_broken else '[red]broken[/]'}")
        for line in done.invariants_broken:
            out.print(f"  {line}", markup=False)
        for seq in done.snapshots_different:
            out.print(f"[red]DIFFERENT[/]   from the snapshot at seq {seq:,}")
        if into is not None:
            out.print(f"go on       mock-kalshi up --state {into}", markup=False)
    if done.invariants_broken or done.snapshots_different:
        raise typer.Exit(1)


def _complete(source: Path, into: Path) -> None:
    """Keys and beginning of a state folder come along; without one the house has nothing more to do."""
    for name in ALSO:
        path = source / name
        if path.is_dir():
            shutil.copytree(path, into / name)
        elif path.is_file():
            shutil.copy2(path, into / name)
    beginning = StateDir(into).beginning
    if not beginning.exists():
        nothing = Scenario(name="replay", accounts=[], series=[])
        store(Beginning(nothing, str(source.absolute()), 0, 0), beginning)
