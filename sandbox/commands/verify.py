"""`mock-kalshi verify`: does the journal still say what the venue says?"""

from typing import TYPE_CHECKING

import msgspec
import typer

from sandbox.client import Unreachable, send
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail, out, print_json
from sandbox.state_dir import StateDir

if TYPE_CHECKING:
    from sandbox.venue import Replay


class _Live(msgspec.Struct):
    """GET /sandbox/state."""

    seq: int
    state_hash: str
    invariants_broken: list[str]


def verify(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Replay the journal and compare: with the running venue, or with the way a start would take; check invariants.

    Exit code 1 when anything differs.

    Example:

      mock-kalshi verify --state /tmp/venue
    """
    # Loaded only here: the venue takes a second to import.
    from sandbox.venue import VerifyFailed, replay_journal, snapshot_hash

    folder = StateDir(state)
    if not (folder.path / "journal").is_dir():
        fail(f"{folder.path} has no journal; a venue with --durability none leaves none")
    try:
        live = _live(folder)
        replay = replay_journal(folder.path, live.seq if live else None)
        other = (live.seq, live.state_hash) if live else snapshot_hash(folder.path)
    except VerifyFailed as error:
        fail(str(error))
    if not replay.from_start and (live is None or live.seq != replay.seq):
        # It began at the snapshot itself: the other way would be the same way, or a moment the venue has left.
        other = None
    agrees = None if other is None else other == (replay.seq, replay.state_hash)
    broken = [*replay.invariants_broken, *(live.invariants_broken if live else ())]
    against = "nothing: there is no second way to this state"
    if other is not None:
        against = "the running venue" if live else "the newest snapshot and the records after it"
    if output is Output.JSON:
        print_json(
            {
                "seq": replay.seq,
                "records": replay.records,
                "from_start": replay.from_start,
                "state_hash": replay.state_hash,
                "compared_with": against,
                "agrees": agrees,
                "invariants_broken": broken,
            }
        )
    else:
        _print(replay, against, agrees, broken)
    if broken or agrees is False:
        raise typer.Exit(1)


def _live(folder: StateDir) -> _Live | None:
    """What the running venue says of itself, None when none is running."""
    run = folder.run_info()
    if run is None or not folder.is_locked():
        return None
    try:
        answer = send(run.root_url, "GET", "/sandbox/state")
    except Unreachable as error:
        fail(str(error))
    if answer.is_error:
        fail(f"{run.root_url}/sandbox/state answered {answer.status}")
    return msgspec.json.decode(answer.body, type=_Live)


def _print(replay: "Replay", against: str, agrees: bool | None, broken: list[str]) -> None:
    start = "the first record" if replay.from_start else "the newest snapshot"
    out.print(f"replayed    {replay.records:,} records from {start} to seq {replay.seq:,}")
    out.print(f"state hash  {replay.state_hash}")
    verdict = {None: "", True: ": [green]equal[/]", False: ": [red]DIFFERENT[/]"}[agrees]
    out.print(f"compared    with {against}{verdict}")
    out.print(f"invariants  {'[green]all hold[/]' if not broken else '[red]broken[/]'}")
    for line in broken:
        out.print(f"  {line}", markup=False)
