"""A venue's life from the first line to the last: lock, recover, build, serve, stop.

Knows the order of things and what may go wrong in it. How anything looks on a terminal is for the commands.
"""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import structlog

from sandbox.beginning import Beginning, store, stored
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from sandbox.launch import LOCAL_KAFKA, Launch
from sandbox.processes import Processes, children, free_port
from sandbox.readers import CROWD, CROWD_ACCOUNTS, CROWD_KEYS, READERS, Scene
from sandbox.scenario import commands
from sandbox.scenario_file import Account
from sandbox.stage import Stage
from sandbox.state_dir import RunInfo, StateDir, StateError, authority, reachable
from sandbox.tapes.market import RecordedMarket
from sandbox.tapes.player import Progress, TapePlayer
from sandbox.tapes.recording import Tape
from sandbox.venue import Refused, RunningVenue, StartFailed
from wire.rest.common import timestamp
from wire.signing import generate_key, private_pem, public_pem

BROKER_LOOK_SECONDS = 1.0

_log = structlog.get_logger("supervisor")


async def run(launch: Launch, on_ready: Callable[[RunInfo], None], on_progress: Callable[[Progress], None]) -> None:
    """Run a venue until SIGINT or SIGTERM. Raises StateError, and TapeError when a tape cannot be played on."""
    launch.state.check_free()
    _check_address(launch)
    with launch.state.lock():
        unfinished = _begin(launch)
        async with _kafka(launch) as kafka:
            await _run(launch, unfinished, kafka, on_ready, on_progress)


async def _run(
    launch: Launch,
    unfinished: bool,
    kafka: str,
    on_ready: Callable[[RunInfo], None],
    on_progress: Callable[[Progress], None],
) -> None:
    """The venue and its readers, with the folder locked and Kafka there. Raises StateError, TapeError."""
    # Known before anything starts: the venue must let the trading screen's pages in.
    launch = replace(launch, readers={name: port or free_port(launch.host) for name, port in launch.readers.items()})
    tls = _tls(launch)
    try:
        venue = RunningVenue(launch, kafka, tls)
        await venue.start()
    except StartFailed as error:
        raise StateError(
            f"{launch.state.path} cannot be started: {error}; "
            "`mock-kalshi verify` looks closer, `mock-kalshi reset` begins again without it"
        ) from error
    stage: Stage | None = None
    serving: asyncio.Task[None] | None = None
    try:
        beginning = await _beginning(launch, venue)
        launch = _with_crowd(launch)
        _check_tapes(launch, venue)
        interrupted = _interrupted(launch, venue)
        stage = Stage(launch, venue, beginning)
        await stage.set_up()
        await stage.go_on()
        launch.state.complete()
        with _signals_noted() as early:
            serving = asyncio.get_running_loop().create_task(venue.serve())
            # One turn of the loop, and the server's own signal handlers are in place.
            await asyncio.sleep(0)
            if early:
                signal.raise_signal(early[0])
            ready = _run_info(launch, venue, beginning, unfinished, interrupted, kafka, tls)
            stage.start(_readers(launch, ready))
            launch.state.write_run(ready)
            on_ready(ready)
            await _play_until_served(launch, venue, serving, on_progress)
    finally:
        launch.state.remove_run()
        if stage is not None:
            await stage.close()
        await venue.stop()
        if serving is not None:
            await asyncio.wait({serving})


def _tls(launch: Launch) -> tuple[Path, Path] | None:
    """The certificate and key of the FIX doors, made when none were given; None = plain TCP."""
    if launch.fix_ports is None or not launch.fix_tls:
        return None
    from sandbox.certificate import kept_certificate  # X.509, by those who speak TLS

    return launch.fix_certificate or kept_certificate(launch.state.tls, launch.host)


@asynccontextmanager
async def _kafka(launch: Launch) -> AsyncIterator[str]:
    """Bootstrap servers of the Kafka to publish to; a local one runs as long as the block. Raises StateError."""
    if launch.kafka != LOCAL_KAFKA:
        yield launch.kafka
        return
    broker = KafkaBroker(launch.state.path / "kafka")
    try:
        await asyncio.to_thread(broker.start)
    except BrokerUnavailable as error:
        raise StateError(f"--kafka local: {error}") from error
    watching = asyncio.get_running_loop().create_task(_keep_running(broker))
    try:
        yield broker.bootstrap
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await asyncio.to_thread(broker.stop)


async def _keep_running(broker: KafkaBroker) -> None:
    """A broker that dies is started again on its data; meanwhile the log lags behind, nothing more."""
    while True:
        await asyncio.sleep(BROKER_LOOK_SECONDS)
        if broker.is_running():
            continue
        _log.error("kafka_died", bootstrap=broker.bootstrap)
        try:
            await asyncio.to_thread(broker.start)
        except BrokerUnavailable as error:
            _log.error("kafka_cannot_start", error=str(error))


def _readers(launch: Launch, run: RunInfo) -> Processes:
    """What is to run beside the venue, ready to be started."""
    scene = Scene(launch.state.path, launch.host, run.root_url, run.kafka, run.readers, launch.mix, launch.seed)
    ports = {name: urlsplit(url).port or 0 for name, url in run.readers.items()}
    return Processes(children([one for one in READERS if one.name in ports], ports, scene))


def _with_crowd(launch: Launch) -> Launch:
    """Leave the crowd its keys, whoever starts it; a venue whose scenario has no accounts for it goes without."""
    state = launch.state
    keys = [
        {"account": key.account, "key_id": key.key_id, "private_key_path": str(state.pem_path(key))}
        for key in state.known_keys()
        if key.account.startswith(CROWD_ACCOUNTS)
    ]
    if not keys:
        return replace(launch, readers={name: port for name, port in launch.readers.items() if name != CROWD})
    (state.path / CROWD_KEYS).write_bytes(msgspec.json.encode(keys))
    return launch


def _begin(launch: Launch) -> bool:
    """Leave the folder to be recovered, or empty to begin in; True when a first start had died in it.

    Raises StateError instead of hiding a journal behind --durability none.
    """
    state = launch.state
    unfinished, used = state.is_unfinished(), state.has_journal()
    if launch.durability == "none" and used and not unfinished:
        raise StateError(
            f"{state.path} holds a venue, and --durability none would begin another one in it; "
            "choose another --state, or forget it with `mock-kalshi reset`"
        )
    if unfinished or not used:
        state.begin()
    return unfinished


async def _beginning(launch: Launch, venue: RunningVenue) -> Beginning:
    """What the venue began with; a new one begins now."""
    if not venue.is_new:
        known = stored(launch.state.beginning)
        return known or Beginning(launch.scenario, str(launch.scenario_path), launch.seed, venue.now_us())
    beginning = Beginning(launch.scenario, str(launch.scenario_path), launch.seed, venue.now_us())
    store(beginning, launch.state.beginning)
    for account in launch.scenario.accounts:
        for _ in range(account.keys):
            await _add_key(launch.state, venue, account)
    try:
        await venue.build(commands(launch.scenario, beginning.at_us, launch.seed))
    except Refused as error:
        raise StateError(f"{launch.scenario_path} cannot be built: {error}") from None
    return beginning


async def _add_key(state: StateDir, venue: RunningVenue, account: Account) -> None:
    """RSA, as everybody's client has; the crowd, who are many and sign all the time, get keys that cost nothing."""
    if not account.name.startswith(CROWD_ACCOUNTS):
        key_id, pem = await venue.issue_key(account.member, account.name)
        state.add_key(account.name, account.member, key_id, pem)
        return
    key = generate_key("ed25519")
    key_id, _ = await venue.issue_key(account.member, account.name, public_pem(key))
    state.add_key(account.name, account.member, key_id, private_pem(key), key_type="ed25519")


def _check_tapes(launch: Launch, venue: RunningVenue) -> None:
    """Raises StateError when a tape's market is in the venue already."""
    for tape, _ in launch.tapes:
        if venue.ending(tape.ticker) is not None:
            raise StateError(
                f"{tape.ticker} already exists in {launch.state.path}, and a tape is played once into a venue; choose "
                "another --state, or begin again with `mock-kalshi reset`; without --tape the venue goes on as it is"
            )


def _interrupted(launch: Launch, venue: RunningVenue) -> tuple[str, ...]:
    """What becomes of the tapes an earlier start did not play to their end; each settled one is told once."""
    told: list[str] = []
    left: list[str] = []
    for ticker in launch.state.tapes():
        ending = venue.ending(ticker)
        if ending is None:
            continue
        close_us, settled = ending
        begun = f"the tape of {ticker} was interrupted and is not played on"
        if settled:
            told.append(f"{begun}; its market has settled as recorded")
            continue
        left.append(ticker)
        told.append(f"{begun}; its market closes at {timestamp(close_us)} and then settles, if its result was recorded")
    launch.state.write_tapes(left)
    return tuple(told)


def _run_info(
    launch: Launch,
    venue: RunningVenue,
    beginning: Beginning,
    unfinished: bool,
    interrupted: tuple[str, ...],
    kafka: str,
    tls: tuple[Path, Path] | None,
) -> RunInfo:
    host = reachable(launch.host)
    return RunInfo(
        pid=os.getpid(),
        host=launch.host,
        port=venue.port,
        api=launch.api,
        durability=launch.durability,
        scenario=beginning.source,
        started_us=venue.now_us(),
        is_new=venue.is_new,
        replayed=venue.replayed,
        began_again=unfinished,
        example=launch.tapes[0][0].ticker if launch.tapes else beginning.example(venue.now_us()),
        funds={key.member: venue.cash(key.member) for key in launch.state.known_keys()},
        interrupted=interrupted,
        fix_ports=venue.fix_ports,
        fix_ca=str(tls[0].absolute()) if tls else "",
        kafka=kafka,
        readers={name: f"http://{authority(host, port)}" for name, port in launch.readers.items()},
    )


async def _play_until_served(
    launch: Launch, venue: RunningVenue, serving: "asyncio.Task[None]", on_progress: Callable[[Progress], None]
) -> None:
    """Play the tapes; return when the server has stopped. A tape that fails ends the venue, one that ends does not."""
    playing = [
        asyncio.get_running_loop().create_task(_play(launch, venue, tape, market, on_progress))
        for tape, market in launch.tapes
    ]
    pending = set(playing)
    try:
        while not serving.done():
            done, _ = await asyncio.wait({serving, *pending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done & pending:
                pending.discard(task)
                task.result()
        serving.result()
    finally:
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)


async def _play(
    launch: Launch,
    venue: RunningVenue,
    tape: Tape,
    market: RecordedMarket,
    on_progress: Callable[[Progress], None],
) -> None:
    venue.is_busy_with(f"the tape of {tape.ticker}")
    player = TapePlayer(tape, market, venue.submit, venue.now_us, launch.speed, launch.queue)
    venue.listen(player)
    launch.state.write_tapes([*launch.state.tapes(), tape.ticker])
    await player.run(on_progress)
    launch.state.write_tapes(ticker for ticker in launch.state.tapes() if ticker != tape.ticker)
    if not launch.state.tapes():
        venue.is_busy_with("")


def _check_address(launch: Launch) -> None:
    """Bind once before anything is recovered, so that a taken port is said at once. Raises StateError."""
    _check_port(launch.host, launch.port, "--port")
    for port in (launch.fix_ports or {}).values():
        _check_port(launch.host, port, "--fix-port-base")
    for reader in READERS:
        if reader.name in launch.readers:
            _check_port(launch.host, launch.readers[reader.name], reader.option)


def _check_port(host: str, port: int, option: str) -> None:
    where = f"{host}:{port}"
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        advice = {
            errno.EADDRINUSE: f"is in use by another program; choose another {option}, or {option} 0 for a free one",
            errno.EACCES: f"may not be used by you; choose a {option} above 1023, or {option} 0 for a free one",
            errno.EADDRNOTAVAIL: "is not an address of this machine; --host 127.0.0.1 always is",
        }
        number = error.errno if error.errno is not None else 0
        raise StateError(f"{where} {advice.get(number, f'cannot be listened at: {error}')}") from None


@contextmanager
def _signals_noted() -> Iterator[list[int]]:
    """Keep SIGINT and SIGTERM from ending the process; those that come are in the list.

    The server puts its own handlers in front of these while it runs, and hands every signal on to these when it
    has stopped for it: nothing may die of it then, with the journal still to be closed.
    """
    seen: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda caught, _: seen.append(caught)) for number in numbers}
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
