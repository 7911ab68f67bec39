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
    """Replay the whole journal and compare: with the running venue, with the stored snapshots; check invariants.

    Exit code 1 when anything differs.

    Example:

      mock-kalshi verify --state /tmp/venue
    """
    # Loaded only here: the venue takes a second to import.
    from sandbox.venue import VerifyFailed, replay_folder

    folder = StateDir(state)
    if not folder.has_journal():
        fail(f"{folder.path} has no journal; a venue with --durability none leaves none")
    try:
        live = _live(folder)
        replay = replay_folder(folder.path, live.seq if live else None)
    except VerifyFailed as error:
        fail(str(error))
    equal = [f"the snapshot at seq {seq:,}" for seq in replay.snapshots_equal]
    different = [f"the snapshot at seq {seq:,}" for seq in replay.snapshots_different]
    if live is not None:
        same = (live.seq, live.state_hash) == (replay.seq, replay.state_hash)
        (equal if same else different).append("the running venue")
    broken = [*replay.invariants_broken, *(live.invariants_broken if live else ())]
    if output is Output.JSON:
        print_json(
            {
                "seq": replay.seq,
                "records": replay.records,
                "started_at": replay.started_at,
                "state_hash": replay.state_hash,
                "equal": equal,
                "different": different,
                "invariants_broken": broken,
            }
        )
    else:
        _print(replay, equal, different, broken)
    if broken or different:
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


def _print(replay: "Replay", equal: list[str], different: list[str], broken: list[str]) -> None:
    start = f"the oldest snapshot, at seq {replay.started_at:,}," if replay.started_at else "the first record"
    out.print(f"replayed    {replay.records:,} records from {start} to seq {replay.seq:,}; each caused what it says")
    out.print(f"state hash  {replay.state_hash}")
    for what in equal:
        out.print(f"[green]equal[/]       to {what}")
    for what in different:
        out.print(f"[red]DIFFERENT[/]   from {what}")
    if not equal and not different:
        out.print("compared    with nothing: no venue is running, and no snapshot is newer than where the replay began")
    out.print(f"invariants  {'[green]all hold[/]' if not broken else '[red]broken[/]'}")
    for line in broken:
        out.print(f"  {line}", markup=False)
