"""`mock-kalshi up`: start a venue, here or in the background."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.panel import Panel

from sandbox.commands.options import DEFAULT, State
from sandbox.commands.progress import TapeProgress
from sandbox.console import err, fail, out, print_rows
from sandbox.kafka_broker import BrokerUnavailable, jars
from sandbox.launch import LOCAL_KAFKA, Api, Durability, Launch
from sandbox.readers import CROWD, READERS
from sandbox.scenario import DEMO, load
from sandbox.scenario_file import Scenario, ScenarioError
from sandbox.snippets import snippets, state_option
from sandbox.state_dir import RunInfo, StateDir, StateError
from sandbox.tapes.driver import Queue
from sandbox.tapes.market import RecordedMarket, find_metadata
from sandbox.tapes.recording import Tape, TapeError, find
from wire.units import format_money4

FIX_KINDS = ("NR", "DC", "RT", "PT", "RFQ", "MD")
FIX_PORT_BASE = 8228
Mix = Literal["quiet", "game-night", "news-shock", "settlement-rush", "none"]

START_SECONDS = 120
"""How long a background venue may take to answer: recovery of a large journal is part of it."""


def up(
    scenario: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="What an empty folder begins with (docs/scenarios.md); a demo by default.",
            show_default=False,
        ),
    ] = DEMO,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="REST and WebSocket port; 0 picks a free one.")] = 9090,
    fix: Annotated[bool, typer.Option("--fix/--no-fix", help="Serve FIX sessions (docs/fix.md).")] = True,
    fix_port_base: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65530,
            help="Ports of NR, DC, RT, PT, RFQ and MD from this one on; 0 picks free ones. "
            "8228 as at Kalshi, and free ones with --port 0.",
            show_default=False,
        ),
    ] = None,
    kafka: Annotated[
        str,
        typer.Option(
            metavar="local|HOST:PORT",
            envvar="KAFKA_BOOTSTRAP_SERVERS",
            help="Publish every event to a Kafka: to one that runs, or to one started beside the venue (needs Java).",
            show_default="none",
        ),
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="DATABASE_URL",
            help="Keep history in PostgreSQL, postgresql://user:password@host:port/name, instead of a SQLite file.",
            show_default="none",
        ),
    ] = "",
    browser_tokens: Annotated[
        bool | None,
        typer.Option(
            "--browser-tokens/--no-browser-tokens",
            envvar="MOCK_KALSHI_BROWSER_TOKENS",
            help="Let the trading screen sign in as any account. Only where strangers cannot reach the port.",
            show_default="with a loopback --host",
        ),
    ] = None,
    live_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            envvar="MOCK_KALSHI_LIVE_DAYS",
            help="Days of venue time until what ended moves from the live lists to /historical; 0 = never.",
        ),
    ] = 90,
    retention_days: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            envvar="MOCK_KALSHI_RETENTION_DAYS",
            help="Days of venue time that history is kept; 0 = for good.",
        ),
    ] = 0,
    readers: Annotated[
        bool,
        typer.Option(
            "--readers/--no-readers",
            help="Run the rebuilder, the market-data server and the trading screen beside the venue.",
        ),
    ] = True,
    rebuilder_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="0 picks a free one, as with --port 0.", show_default="8085"),
    ] = None,
    mix: Annotated[
        Mix | None,
        typer.Option(
            help="The crowd that trades in the scenario's markets (docs/agents.md); none = nobody but you.",
            show_default="quiet, and none beside a tape",
        ),
    ] = None,
    market_maker_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Health of the crowd; 0 picks a free one.", show_default="8888"),
    ] = None,
    market_data_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="0 picks a free one, as with --port 0.", show_default="8084"),
    ] = None,
    ui_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The trading screen; 0 picks a free one.", show_default="8080"),
    ] = None,
    fix_tls: Annotated[
        bool, typer.Option("--fix-tls", help="FIX in TLS, with a certificate made and kept in the state folder.")
    ] = False,
    fix_cert: Annotated[
        Path | None,
        typer.Option(metavar="PEM", exists=True, dir_okay=False, help="FIX in TLS, with this certificate."),
    ] = None,
    fix_key: Annotated[
        Path | None, typer.Option(metavar="PEM", exists=True, dir_okay=False, help="The key of --fix-cert.")
    ] = None,
    state: State = DEFAULT,
    detach: Annotated[bool, typer.Option("--detach", help="Run in the background; `mock-kalshi down` stops it.")] = (
        False
    ),
    durability: Annotated[
        Durability,
        typer.Option(
            help="What an acknowledged order survives: os = kill -9, fsync = power loss too, none = nothing "
            "(no journal, begins anew every time)."
        ),
    ] = "os",
    api: Annotated[
        Api, typer.Option(help="v2 answers the retired order endpoints with 410, v1 serves them in integer cents.")
    ] = "v2",
    seed: Annotated[
        int, typer.Option(help="Varies the sizes of the house's orders; 0 takes them from the scenario.")
    ] = 0,
    maintenance: Annotated[
        bool,
        typer.Option(
            "--weekly-maintenance",
            help="Schedule the trading pauses of Thursdays 03:00-05:00 in New York, for the next 52 weeks.",
        ),
    ] = False,
    tape: Annotated[
        Path | None,
        typer.Option(metavar="FILE-OR-FOLDER", help="Play recorded order books into the venue (docs/tapes.md)."),
    ] = None,
    speed: Annotated[
        str | None,
        typer.Option(metavar="N|max", help="With --tape: so many times faster than recorded.", show_default="1"),
    ] = None,
    metadata: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With --tape: the recorded market's description; looked for in a folder `metadata` near the tape.",
        ),
    ] = None,
    queue: Annotated[
        Queue | None,
        typer.Option(
            show_default="pessimistic",
            help="With --tape: which of the recorded orders at your price a recorded cancel takes away. "
            "pessimistic = those behind you, optimistic = those before you.",
        ),
    ] = None,
) -> None:
    """Start the exchange and print where it is, with whose keys, and what to try first.

    An empty folder begins with the scenario; a used one goes on where it was, whatever the scenario says.
    Ctrl-C stops it.

    Examples:

      mock-kalshi up

      mock-kalshi up --port 0 --state /tmp/venue --detach

      mock-kalshi up --scenario mine.yaml --state /tmp/mine

      mock-kalshi up --tape YOUR-RECORDING.ndjson.gz --speed 20 --state /tmp/tape
    """
    if tape is None:
        for option, given in (("--speed", speed), ("--metadata", metadata), ("--queue", queue)):
            if given is not None:
                fail(f"{option} says how a tape is played; give one with --tape", 2)
    if kafka and durability == "none":
        fail("--kafka publishes the journal, and --durability none keeps none", 2)
    mix = mix or ("quiet" if tape is None else "none")
    chosen = {"rebuilder": rebuilder_port, "market-data": market_data_port, "ui": ui_port}
    if mix != "none":
        chosen[CROWD] = market_maker_port
    launch = Launch(
        state=StateDir(state),
        scenario=_scenario(scenario),
        scenario_path=scenario.resolve(),
        host=host,
        port=port,
        fix_ports=_fix_ports(port, fix_port_base) if fix else None,
        fix_tls=fix_tls or fix_cert is not None,
        fix_certificate=_certificate(fix_cert, fix_key),
        durability=durability,
        api=api,
        seed=seed,
        weekly_maintenance=maintenance,
        tapes=_tapes(tape, metadata),
        speed=_speed(speed or "1"),
        queue=queue or "pessimistic",
        mix=mix,
        kafka=kafka,
        browser_tokens=browser_tokens,
        database=database,
        live_days=live_days,
        retention_days=retention_days,
        # They read the journal, or the Kafka that is fed from it.
        readers=_reader_ports(port, chosen) if readers and durability != "none" else {},
    )
    if kafka == LOCAL_KAFKA:
        _fetch_kafka()
    if detach:
        _detach(launch)
        return
    _run(launch)
    kept = "nothing was kept" if durability == "none" else "everything acknowledged is in the journal"
    out.print(f"stopped; {kept}")


def _run(launch: Launch) -> None:
    """Be the venue until told to stop. Loaded only here: the venue takes a second to import."""
    import uvloop

    from sandbox.supervisor import run
    from sandbox.venue import log_to_stderr

    log_to_stderr()
    try:
        uvloop.run(run(launch, lambda run_info: _announce(launch, run_info), TapeProgress(out, err)))
    except (StateError, TapeError) as error:
        fail(str(error))


def _fix_ports(port: int, base: int | None) -> dict[str, int]:
    """Kalshi's, one behind the other from a base, or free ones."""
    if base is None:
        base = FIX_PORT_BASE if port else 0
    return {kind: base + number if base else 0 for number, kind in enumerate(FIX_KINDS)}


def _reader_ports(port: int, chosen: Mapping[str, int | None]) -> dict[str, int]:
    """Of the readers that are to run: the chosen one, else its own, else with --port 0 a free one."""
    asked = {reader.name: chosen[reader.name] for reader in READERS if reader.name in chosen}
    usual = {reader.name: reader.port if port else 0 for reader in READERS}
    return {name: usual[name] if given is None else given for name, given in asked.items()}


def _fetch_kafka() -> None:
    """Have the jars before anything is started: the first time takes a while."""

    def show(size: int) -> None:
        if err.is_terminal or not size:
            err.print(f"fetching Kafka through Maven, once: {size / 1e6:.0f} MB", end="\r" if err.is_terminal else "\n")

    try:
        jars(on_progress=show)
    except BrokerUnavailable as error:
        fail(f"--kafka local: {error}")


def _certificate(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        fail("--fix-cert and --fix-key belong together", 2)
    return certificate, key


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
        fail(f"--speed {text} is no speed; give a whole number from 1, or max", 2)
    return int(text)


# --- what is said -----------------------------------------------------------------------------------


def _announce(launch: Launch, run_info: RunInfo) -> None:
    """The banner: that this is not Kalshi, where it is, with whose keys, and how to begin."""
    state = launch.state
    out.print(
        Panel.fit(
            "[bold]mock-kalshi: a simulator, not Kalshi.[/] No real money, no real markets.", border_style="yellow"
        )
    )
    print_rows(
        [
            ("REST", run_info.base_url),
            ("WebSocket", run_info.ws_url),
            *_fix_row(run_info),
            ("reference", f"{run_info.root_url}/docs"),
            *((name, f"{url}/docs") for name, url in run_info.readers.items()),
            *([("Kafka", run_info.kafka)] if run_info.kafka else []),
            ("state", str(state.path)),
            ("", f"{_how_it_began(launch, run_info)}; durability {run_info.durability}, api {run_info.api}"),
        ]
    )
    keys = state.known_keys()
    out.print()
    print_rows(
        [
            ("account", "funds", "API key id", "private key"),
            *(
                (key.account, f"${format_money4(run_info.funds.get(key.member, 0))}", key.key_id, pem)
                for key in keys
                for pem in [str(state.pem_path(key))]
            ),
        ]
    )
    for warning in run_info.interrupted:
        out.print("\n[bold yellow]warning:[/] ", end="")
        out.print(warning, markup=False)
    for key in keys[:1]:
        for client, code in snippets(run_info, state, key, run_info.example or "TICKER").items():
            out.print(f"\n[bold]{client}[/]")
            out.print(code, markup=False)
    option = state_option(state)
    out.print(f"\nstop: Ctrl-C or `mock-kalshi down{option}`    facts: `mock-kalshi status{option}`", markup=False)


def _fix_row(run_info: RunInfo) -> list[tuple[str, str]]:
    ports = ", ".join(f"{kind} {port}" for kind, port in run_info.fix_ports.items())
    if not ports:
        return []
    rows = [("FIX", f"{run_info.reachable_host}: {ports}")]
    return [*rows, ("FIX in TLS", f"trust {run_info.fix_ca}")] if run_info.fix_ca else rows


def _how_it_began(launch: Launch, run_info: RunInfo) -> str:
    """Scenario or recovery, and what of the command line did not count."""
    if run_info.began_again:
        return f"scenario {launch.scenario.name}, anew: the first start had died before the venue answered anybody"
    if run_info.is_new:
        return f"scenario {launch.scenario.name}"
    ignored = ""
    if launch.scenario_path != DEMO.resolve() and str(launch.scenario_path) != run_info.scenario:
        ignored = f"; it began with {run_info.scenario}, so {launch.scenario_path} was not used"
    return f"recovered, {run_info.replayed:,} records replayed{ignored}"


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
