"""`mock-kalshi up`: start a venue, here or in the background."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from sandbox.commands import detached
from sandbox.commands.banner import announce
from sandbox.commands.options import DEFAULT, State
from sandbox.commands.progress import TapeProgress
from sandbox.console import err, fail, out
from sandbox.kafka_broker import BrokerUnavailable, jars
from sandbox.launch import LOCAL_KAFKA, Api, Durability, Launch
from sandbox.readers import CROWD, READERS
from sandbox.scenario import DEMO, built_in, load
from sandbox.scenario_file import Scenario, ScenarioError
from sandbox.state_dir import StateDir, StateError
from sandbox.tapes.driver import Queue
from sandbox.tapes.market import RecordedMarket, find_metadata
from sandbox.tapes.recording import Tape, TapeError, find

FIX_KINDS = ("NR", "DC", "RT", "PT", "RFQ", "MD")
FIX_PORT_BASE = 8228


class VenueTime(StrEnum):
    """What can go by the venue's clock beside its timers."""

    SIGNATURES = "signatures"
    LIMITS = "limits"
    FIX = "fix"


Mix = Literal["quiet", "game-night", "news-shock", "settlement-rush", "none"]


def up(
    scenario: Annotated[
        Path,
        typer.Option(
            metavar="FILE|NAME",
            help="What an empty folder begins with (docs/scenarios.md): a file, `empty` or `demo`, the default.",
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
    venue_time: Annotated[
        list[VenueTime] | None,
        typer.Option(
            help="What else goes by the venue's clock (`mock-kalshi time`): timestamps of signatures, token buckets, "
            "heartbeats of FIX. Several times for several.",
            show_default="none of them",
        ),
    ] = None,
    sandbox: Annotated[
        bool | None,
        typer.Option(
            "--sandbox/--no-sandbox",
            envvar="MOCK_KALSHI_SANDBOX",
            help="Let anybody who reaches the venue move its clock, money and markets under /sandbox.",
            show_default="only on loopback",
        ),
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
    window: Annotated[
        int,
        typer.Option(
            min=1_000, metavar="N", help="Ended orders, fills and trades kept in memory; older ones are on disk."
        ),
    ] = 100_000,
    api: Annotated[
        Api, typer.Option(help="v2 answers the retired order endpoints with 410, v1 serves them in integer cents.")
    ] = "v2",
    seed: Annotated[
        int,
        typer.Option(
            help="Varies the sizes of the house's orders, and what chaos hits; 0 takes the sizes from the scenario."
        ),
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
    tapes: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            envvar="MOCK_KALSHI_TAPES",
            help="Folder of recordings for the tape player (`mock-kalshi tape`, docs/tapes.md).",
            show_default="tapes in the state folder",
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
    scenario = built_in(scenario)
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
        window=window,
        api=api,
        seed=seed,
        weekly_maintenance=maintenance,
        tapes=_tapes(tape, metadata),
        speed=_speed(speed or "1"),
        queue=queue or "pessimistic",
        tapes_in=tapes,
        venue_time=frozenset(venue_time or ()),
        sandbox=sandbox,
        mix=mix,
        kafka=kafka,
        database=database,
        live_days=live_days,
        retention_days=retention_days,
        # They read the journal, or the Kafka that is fed from it.
        readers=_reader_ports(port, chosen) if readers and durability != "none" else {},
    )
    if kafka == LOCAL_KAFKA:
        _fetch_kafka()
    if detach:
        detached.detach(launch)
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
        uvloop.run(run(launch, lambda run_info: announce(launch, run_info), TapeProgress(out, err)))
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
