"""FIX orders a second through KalshiNR, beside loops that only parse and reply, and beside QuickFIX.

The ceilings are in fix_ceiling.py: the loop as one writes it by hand in Python, the same with our own codec, and that
with engine, journal and projections behind it. The other acceptor is the `quickfix` package with the same three behind
it (fix_quickfix.py). Ours is measured beside it by rate and by CPU time an order, on KalshiNR and, since QuickFIX keeps
every message to send it again, on KalshiRT, where we do; and once more with every order on the disk before it is
answered.
Two orders in three rest, one crosses a standing order; each gets exactly one report. Rate limits are lifted: one member
could not send this much.
"""

import asyncio
import logging
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop

from exchange.app import Venue, VenueOptions
from exchange.gateways import rate_limit
from exchange.gateways.auth import ApiKey
from loadtest.fix_ceiling import ByHand, OurCodec, OurHouse
from loadtest.fix_client import FixOutcome, drive
from loadtest.fix_house import House, scenario
from loadtest.report import Row
from wire import signing
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

SECONDS = 3.0
LASTING_SECONDS = 6.0
"""So long that the history store, which lets rows gather in a burst, must keep up with the orders."""
NR, RT = SessionKind.NR.value, SessionKind.RT.value
GOAL = 8
"""How many times QuickFIX's orders a second ours are to be, where the ceiling leaves room for it."""

SHAPES = (("one pipelined session", 1, 256), ("50 sessions", 50, 8), ("ping-pong", 1, 1))
"""(name, sessions, orders in flight on each)."""

SHALLOW = (("one session, 32 in flight", 1, 32), ("50 sessions, one in flight", 50, 1))
"""The same with less to do at once: what a venue does once a turn of the loop counts for more."""

Measured = tuple[FixOutcome, float, str]
"""What the client saw, the server's CPU microseconds an order, and what else the server says of itself."""


def run() -> list[Row]:
    key = signing.generate_key("rsa")
    rows: list[Row] = []
    for name, sessions, in_flight in SHAPES:
        by_hand = _measure(_serve_loop, key, sessions, in_flight, ByHand)
        rows.append(_row(f"parse and reply by hand, {name}", by_hand, 1.0, "ceiling"))
        codec = _measure(_serve_loop, key, sessions, in_flight, OurCodec)
        rows.append(_row(f"parse and reply with our codec, {name}", codec, codec[0].rate / by_hand[0].rate, "of that"))
        house = _measure(_serve_house, key, sessions, in_flight)
        behind = f"our codec, engine, journal and projections, no session, {name}"
        rows.append(_row(behind, house, house[0].rate / by_hand[0].rate, "of by hand"))
        for target, durability in ((NR, "os"), (RT, "os"), (NR, "fsync")):
            ours = _measure(_serve_venue, key, sessions, in_flight, durability, target, target=target)
            rate = ours[0].rate
            row = _row(
                f"order, {target}, --durability {durability}, {name}", ours, rate / by_hand[0].rate, "of by hand"
            )
            rows.append(row._replace(note=f"{rate / codec[0].rate:.2f} of with our codec; {row.note}"))
            if target == NR and find_spec("quickfix") is not None:
                other = _measure(_serve_quickfix, key, sessions, in_flight, durability)
                rows.append(_beside_quickfix(f"QuickFIX acceptor, {durability}, {name}", other, ours, codec))
        if in_flight > 1:
            lasting = _measure(_serve_venue, key, sessions, in_flight, "os", NR, target=NR, seconds=LASTING_SECONDS)
            lasts = f"order, {NR}, --durability os, {name}, for {LASTING_SECONDS:.0f} seconds"
            rows.append(_row(lasts, lasting, lasting[0].rate / by_hand[0].rate, "of by hand"))
    for name, sessions, in_flight in SHALLOW:
        by_hand = _measure(_serve_loop, key, sessions, in_flight, ByHand)
        rows.append(_row(f"parse and reply by hand, {name}", by_hand, 1.0, "ceiling"))
        ours = _measure(_serve_venue, key, sessions, in_flight, "os", NR, target=NR)
        ratio = ours[0].rate / by_hand[0].rate
        rows.append(_row(f"order, {NR}, --durability os, {name}", ours, ratio, "of by hand"))
        if find_spec("quickfix") is not None:
            other = _measure(_serve_quickfix, key, sessions, in_flight, "os")
            rows.append(_beside_quickfix(f"QuickFIX acceptor, os, {name}", other, ours, by_hand))
    return rows


def _beside_quickfix(name: str, other: Measured, ours: Measured, ceiling: Measured) -> Row:
    row = _row(name, other, ours[0].rate / other[0].rate, "ours to it")
    note = f"{row.note}; its CPU is {other[1] / ours[1]:.1f} of ours"
    if GOAL * other[0].rate > ceiling[0].rate:
        most = ceiling[0].rate / other[0].rate
        note += (
            f"; {GOAL} times its rate would be more than parse and reply: {most:.1f} times is the most there could be"
        )
    return row._replace(note=note)


def _row(name: str, measured: Measured, ratio: float, against: str) -> Row:
    outcome, cpu_us, remark = measured
    note = f"p50 {outcome.p50_us / 1_000:.2f} ms, p99 {outcome.p99_us / 1_000:.2f} ms, server CPU {cpu_us:.0f} us/order"
    if remark:
        note += f"; {remark}"
    if outcome.failed:
        note += f"; {outcome.failed} were refused"
    return Row(name, outcome.rate, "orders/s", ratio, against, note)


def _measure(
    serve: Any,
    key: signing.PrivateKey,
    sessions: int,
    in_flight: int,
    *arguments: Any,
    target: str = NR,
    seconds: float = SECONDS,
) -> Measured:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    server = context.Process(target=_child, args=(serve, theirs, signing.public_pem(key), sessions, *arguments))
    server.start()
    port = ours.recv()
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    try:
        outcome = uvloop.run(drive(port, key, _key_ids(sessions), in_flight, seconds, target))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        ours.send("stop")
    cpu_seconds, remark = ours.recv()
    server.join(30)
    return outcome, cpu_seconds / outcome.answered * 1e6, remark


def _key_ids(sessions: int) -> list[str]:
    return [f"00000000-0009-4000-8000-{number:012x}" for number in range(1, sessions + 1)]


def _child(serve: Any, pipe: Connection, public_pem: str, sessions: int, *arguments: Any) -> None:
    os.sched_setaffinity(0, {0})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.run(serve(pipe, public_pem, sessions, *arguments))


async def _until_stopped(pipe: Connection, remark: Callable[[], str] = str) -> None:
    """Serve until told to stop, then say what CPU it cost, and the remark."""
    before = time.process_time()
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    pipe.send((time.process_time() - before, remark()))


# --- the venue --------------------------------------------------------------------------------------


async def _serve_venue(pipe: Connection, public_pem: str, sessions: int, durability: str, target: str) -> None:
    kind = SessionKind(target)
    endless = rate_limit.Limit(10**9, 10**9)
    rate_limit.TIERS["prestige"] = rate_limit.Tier(endless, endless, endless)
    with tempfile.TemporaryDirectory() as folder:
        options = VenueOptions(Path(folder), port=0, durability=durability, fix={kind: 0})  # type: ignore[arg-type]
        venue = Venue(options)
        await venue.start(scenario(sessions))
        for member, key_id in enumerate(_key_ids(sessions), 1):
            venue.keys.add(ApiKey(key_id, member, "bench", public_key_pem=public_pem))
        serving = asyncio.create_task(venue.serve())
        pipe.send(venue.fix_ports[kind])
        await _until_stopped(pipe, lambda: f"history had {venue.history.checkpoint() / venue.views.seq:.0%} of it")
        await venue.stop()
        await serving


# --- the ceilings -----------------------------------------------------------------------------------


async def _serve_loop(pipe: Connection, public_pem: str, sessions: int, kind: Callable[[], asyncio.Protocol]) -> None:
    server = await asyncio.get_running_loop().create_server(kind, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await _until_stopped(pipe)
    server.close()


async def _serve_house(pipe: Connection, public_pem: str, sessions: int) -> None:
    members = {key_id: member for member, key_id in enumerate(_key_ids(sessions), 1)}
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder) / "journal", scenario(sessions))
        await _serve_loop(pipe, public_pem, sessions, partial(OurHouse, house, members))


# --- QuickFIX ---------------------------------------------------------------------------------------


async def _serve_quickfix(pipe: Connection, public_pem: str, sessions: int, durability: str) -> None:
    from loadtest.fix_quickfix import Acceptor

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "FIXT11.xml").write_text(transport_dictionary())
        (folder / "FIX50SP2.xml").write_text(application_dictionary())
        acceptor = Acceptor(folder, NR, _key_ids(sessions), scenario(sessions), fsync=durability == "fsync")
        pipe.send(acceptor.port)
        await _until_stopped(pipe)
        acceptor.stop()
