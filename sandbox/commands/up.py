"""`mock-kalshi up`: start a venue, here or in the background."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel

from exchange.core.commands import CreateMarket
from sandbox.commands.options import DEFAULT, State
from sandbox.console import err, fail, out, print_rows
from sandbox.launch import Api, Durability, Launch
from sandbox.scenario import DEMO, commands, load
from sandbox.scenario_file import Scenario, ScenarioError
from sandbox.snippets import snippets, state_option
from sandbox.state_dir import RunInfo, StateDir, StateError
from sandbox.tapes.driver import Queue
from sandbox.tapes.market import RecordedMarket, find_metadata
from sandbox.tapes.player import Progress
from sandbox.tapes.recording import Tape, TapeError, find

START_SECONDS = 120
"""How long a background venue may take to answer: recovery of a large journal is part of it."""


def up(
    scenario: Annotated[Path, typer.Option(metavar="FILE", help="What an empty venue begins with.")] = DEMO,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="REST and WebSocket port; 0 picks a free one.")] = 9090,
    state: State = DEFAULT,
    seed: Annotated[int, typer.Option(help="Other sizes of the house's orders, the same for the same seed.")] = 0,
    durability: Annotated[
        Durability,
        typer.Option(help="What an acknowledged order survives: os kill -9, fsync power loss, none nothing."),
    ] = "os",
    api: Annotated[Api, typer.Option(help="v1 also serves the retired order endpoints in integer cents.")] = "v2",
    tape: Annotated[
        Path | None, typer.Option(metavar="FILE-OR-FOLDER", help="Play recorded order books into the venue.")
    ] = None,
    speed: Annotated[str, typer.Option(metavar="N|max", help="How many times faster than recorded.")] = "1",
    metadata: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The tape's market; found by itself in a metadata folder near it."),
    ] = None,
    queue: Annotated[
        Queue,
        typer.Option(help="Whose place a recorded cancel improves: pessimistic nobody's, optimistic everybody's."),
    ] = "pessimistic",
    detach: Annotated[bool, typer.Option("--detach", help="Run in the background.")] = False,
) -> None:
    """Start the exchange. On an empty folder it begins with the scenario; on a used one it goes on where it was.

    Examples:

      mock-kalshi up

      mock-kalshi up --port 0 --state /tmp/venue --detach

      mock-kalshi up --tape tapes/events/KXGOLD15M-26AUG050000-00 --speed 20
    """
    folder = StateDir(state)
    launch = Launch(
        state=folder,
        scenario=_scenario(scenario),
        scenario_path=scenario,
        host=host,
        port=port,
        durability=durability,
        api=api,
        seed=seed,
        tapes=_tapes(tape, metadata),
        speed=_speed(speed),
        queue=queue,
    )
    if detach:
        _detach(launch)
        return
    _run(launch)
    out.print("stopped; everything acknowledged is in the journal")


def _run(launch: Launch) -> None:
    """Be the venue until told to stop. Loaded only here: the venue takes a second to import."""
    import logging

    import structlog
    import uvloop

    from sandbox.supervisor import run

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        uvloop.run(run(launch, lambda run_info: _announce(launch, run_info), _report))
    except (StateError, TapeError) as error:
        fail(str(error))


def _scenario(path: Path) -> Scenario:
    try:
        return load(path)
    except ScenarioError as error:
        faults = "\n".join(f"  {fault}" for fault in error.faults)
        fail(f"{error.source} is not a scenario:\n{faults}", 2)


def _tapes(path: Path | None, metadata: Path | None) -> tuple[tuple[Tape, RecordedMarket], ...]:
    if path is None:
        return ()
    try:
        return tuple((tape, find_metadata(tape, metadata)) for tape in find(path))
    except TapeError as error:
        fail(str(error), 2)


def _speed(text: str) -> int | None:
    if text == "max":
        return None
    if not text.isdigit() or int(text) < 1:
        fail(f"--speed {text}: give a whole number from 1, or max", 2)
    return int(text)


# --- what is said -----------------------------------------------------------------------------------


def _announce(launch: Launch, run_info: RunInfo) -> None:
    """The banner: that this is not Kalshi, where it is, with whose keys, and how to begin."""
    state = launch.state
    how = (
        f"scenario {launch.scenario.name}" if run_info.is_new else f"recovered, {run_info.replayed:,} records replayed"
    )
    out.print(
        Panel.fit(
            "[bold]mock-kalshi: a simulator, not Kalshi.[/] No real money, no real markets.", border_style="yellow"
        )
    )
    print_rows(
        [
            ("REST", run_info.base_url),
            ("WebSocket", run_info.ws_url),
            ("reference", f"{run_info.root_url}/docs"),
            ("state", f"{state.path}  ({how}; durability {run_info.durability}, api {run_info.api})"),
        ]
    )
    keys = state.known_keys()
    out.print()
    print_rows(
        [
            ("account", "API key id", "private key"),
            *((key.account, key.key_id, str(state.pem_path(key))) for key in keys),
        ]
    )
    for key in keys[:1]:
        for client, code in snippets(run_info, state, key, _first_ticker(launch)).items():
            out.print(f"\n[bold]{client}[/]")
            out.print(code, markup=False)
    option = state_option(state)
    out.print(f"\nstop: Ctrl-C or `mock-kalshi down{option}`    facts: `mock-kalshi status{option}`", markup=False)


def _first_ticker(launch: Launch) -> str:
    """A market that is open from the start."""
    now_us = time.time_ns() // 1_000
    for command in commands(launch.scenario, now_us):
        if isinstance(command, CreateMarket) and command.open_us <= now_us:
            return command.ticker
    return "TICKER"


def _report(progress: Progress) -> None:
    """A line that overwrites itself on a terminal, one line per tenth elsewhere."""
    done = f"{progress.ticker}: {progress.played:,} of {progress.total:,} messages"
    if progress.ended:
        out.print(f"{done}, {progress.per_second:,}/s; the market ended as recorded")
    elif err.is_terminal:
        err.print(f"{done}, {progress.per_second:,}/s", end="\r")
    elif progress.played * 10 // progress.total != (progress.played - 1_000) * 10 // progress.total:
        out.print(done)


# --- in the background ------------------------------------------------------------------------------


def _detach(launch: Launch) -> None:
    """Start the same command in a session of its own and wait until it answers."""
    state = launch.state
    if state.is_locked():
        running = state.run_info()
        fail(
            f"{state.path} is already in use"
            + (f" by pid {running.pid}; `mock-kalshi down` stops it" if running else "")
        )
    state.path.mkdir(parents=True, exist_ok=True)
    state.remove_run()
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with state.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (this very program)
            [sys.executable, "-m", "sandbox.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run_info = asyncio.run(_until_ready(state, process))
    if run_info is None:
        fail(f"the venue did not start:\n{state.log.read_text(errors='replace')[-2000:].rstrip()}")
    _announce(launch, run_info)
    out.print(f"running in the background, pid {run_info.pid}, output in {state.log}", markup=False)


async def _until_ready(state: StateDir, process: "subprocess.Popen[bytes]") -> RunInfo | None:
    """The venue's run.json once it is there; None when the process ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        run_info = state.run_info()
        if run_info is not None and run_info.pid == process.pid:
            return run_info
        await asyncio.sleep(0.05)
    process.terminate()
    return None
