"""FIX orders a second through KalshiNR, beside a loop that only parses and replies, and beside QuickFIX.

The ceiling is our own framer, parser and encoder on the same event loop: each 35=D is read into a dict and answered
with an ExecutionReport of the same fields, with no session, no book, no journal. It is compiled where we are.
The other acceptor is the `quickfix` package doing what we do as far as it goes (fix_quickfix.py): the dictionary we
print, its file store, a book, a report. Ours is measured beside it by rate and by CPU time an order, on KalshiNR and,
since QuickFIX keeps every message to send it again, on KalshiRT, where we do. Two orders in three rest, one crosses a
standing order; each gets exactly one report. Rate limits are lifted: one member could not send this much.
"""

import asyncio
import logging
import multiprocessing
import os
import tempfile
import time
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop

from exchange.app import Venue, VenueOptions
from exchange.core import commands as c
from exchange.gateways import rate_limit
from exchange.gateways.auth import ApiKey
from loadtest.fix_client import FixOutcome, drive
from loadtest.report import Row
from wire import signing
from wire.accounts import account_of
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.fix.codec import Framer, Message, encode_message, parse
from wire.fix.messages.report_encoders import encode_execution_report
from wire.fix.profiles import SessionKind
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary
from wire.fix.timestamps import format_timestamp
from wire.units import CONTRACT, DOLLAR, MICROS

SECONDS = 3.0
HOUSE = 1_000
TICKER = "KXBENCH-M"
NR, RT = SessionKind.NR.value, SessionKind.RT.value
GOAL = 8
"""How many times QuickFIX's orders a second ours are to be, where the ceiling leaves room for it."""

SHAPES = (("one pipelined session", 1, 256), ("50 sessions", 50, 8), ("ping-pong", 1, 1))
"""(name, sessions, orders in flight on each)."""

Measured = tuple[FixOutcome, float]
"""What the client saw, and the server's CPU microseconds an order."""


def run() -> list[Row]:
    key = signing.generate_key("rsa")
    rows: list[Row] = []
    for name, sessions, in_flight in SHAPES:
        echo = _measure(_serve_echo, key, sessions, in_flight)
        rows.append(_row(f"parse and reply, {name}", echo, 1.0, "ceiling"))
        for durability in ("os", "none") if sessions == 1 and in_flight > 1 else ("os",):
            ours = _measure(_serve_venue, key, sessions, in_flight, durability, NR)
            ratio = ours[0].rate / echo[0].rate
            rows.append(_row(f"order, --durability {durability}, {name}", ours, ratio, "of parse and reply"))
            if durability == "os":
                kept = ours
        if find_spec("quickfix") is not None:
            resending = _measure(_serve_venue, key, sessions, in_flight, "os", RT, target=RT)
            ratio = resending[0].rate / echo[0].rate
            rows.append(_row(f"order on KalshiRT, {name}", resending, ratio, "of parse and reply"))
            other = _measure(_serve_quickfix, key, sessions, in_flight)
            rows.append(_beside_quickfix(name, other, kept, resending, echo))
    return rows


def _beside_quickfix(name: str, other: Measured, ours: Measured, resending: Measured, echo: Measured) -> Row:
    row = _row(f"QuickFIX acceptor, {name}", other, ours[0].rate / other[0].rate, "ours to it")
    note = (
        f"{row.note}; its CPU is {other[1] / ours[1]:.1f} of ours, {other[1] / resending[1]:.1f} of ours on KalshiRT "
        f"(rate {resending[0].rate / other[0].rate:.1f})"
    )
    wanted = GOAL * other[0].rate
    if wanted > echo[0].rate:
        note += (
            f"; {GOAL} times its rate would be {wanted:,.0f}/s, more than the {echo[0].rate:,.0f}/s of parse and reply:"
            f" {echo[0].rate / other[0].rate:.1f} times is the most there could be"
        )
    return row._replace(note=note)


def _row(name: str, measured: Measured, ratio: float, against: str) -> Row:
    outcome, cpu_us = measured
    note = f"p50 {outcome.p50_us / 1_000:.2f} ms, p99 {outcome.p99_us / 1_000:.2f} ms, server CPU {cpu_us:.0f} us/order"
    if outcome.failed:
        note += f"; {outcome.failed} were refused"
    return Row(name, outcome.rate, "orders/s", ratio, against, note)


def _measure(
    serve: Any, key: signing.PrivateKey, sessions: int, in_flight: int, *arguments: str, target: str = NR
) -> Measured:
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    server = context.Process(target=_child, args=(serve, theirs, signing.public_pem(key), sessions, *arguments))
    server.start()
    port = ours.recv()
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    try:
        outcome = uvloop.run(drive(port, key, _key_ids(sessions), in_flight, SECONDS, target))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        ours.send("stop")
    cpu_seconds = ours.recv()
    server.join(30)
    return outcome, cpu_seconds / outcome.answered * 1e6


def _key_ids(sessions: int) -> list[str]:
    return [f"00000000-0009-4000-8000-{number:012x}" for number in range(1, sessions + 1)]


def _child(serve: Any, pipe: Connection, public_pem: str, sessions: int, *arguments: str) -> None:
    os.sched_setaffinity(0, {0})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    uvloop.run(serve(pipe, public_pem, sessions, *arguments))


async def _until_stopped(pipe: Connection) -> None:
    """Serve until told to stop, then say what CPU it cost."""
    before = time.process_time()
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    pipe.send(time.process_time() - before)


# --- the venue --------------------------------------------------------------------------------------


async def _serve_venue(pipe: Connection, public_pem: str, sessions: int, durability: str, target: str) -> None:
    kind = SessionKind(target)
    endless = rate_limit.Limit(10**9, 10**9)
    rate_limit.TIERS["prestige"] = rate_limit.Tier(endless, endless, endless)
    with tempfile.TemporaryDirectory() as folder:
        options = VenueOptions(Path(folder), port=0, durability=durability, fix={kind: 0})  # type: ignore[arg-type]
        venue = Venue(options)
        await venue.start(_scenario(sessions))
        for member, key_id in enumerate(_key_ids(sessions), 1):
            venue.keys.add(ApiKey(key_id, member, "bench", public_key_pem=public_pem))
        serving = asyncio.create_task(venue.serve())
        pipe.send(venue.fix_ports[kind])
        await _until_stopped(pipe)
        await venue.stop()
        await serving


def _scenario(sessions: int) -> list[c.AnyCommand]:
    now_us = time.time_ns() // 1_000
    setup: list[c.AnyCommand] = [
        c.CreateSeries("KXBENCH", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("KXBENCH-E", "KXBENCH", False, "", b"{}"),
    ]
    day = now_us + 86_400 * MICROS
    setup += [
        c.CreateMarket(f"{TICKER}{market}", "KXBENCH-E", now_us - 1, day, 0, "linear_cent", (), b"{}")
        for market in range(10)
    ]
    for member in (HOUSE, *range(1, sessions + 1)):
        setup += [c.CreateMember(member, f"m{member}"), c.Deposit(account_of(member), 10**9 * DOLLAR)]
    ask = (BookSide.ASK, 5_000, 10**6 * CONTRACT, TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.MAKER)
    setup += [c.CreateOrder(account_of(HOUSE), f"{TICKER}{market}", *ask) for market in range(10)]
    return setup


# --- the ceiling ------------------------------------------------------------------------------------


class _Echo(asyncio.Protocol):
    """Reads, parses, answers; believes everything."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._framer = Framer()
        self._number = 0

    def data_received(self, data: bytes) -> None:
        answers = []
        for item in self._framer.feed(data):
            assert isinstance(item, bytes), "the client sends no garbage"
            message = parse(item)
            self._number += 1
            now = format_timestamp(time.time_ns() // 1_000)
            kind = message.msg_type
            body = b"98=0\x01108=30\x01141=Y\x011137=9\x01" if kind == "A" else _report(message, self._number)
            answers.append(encode_message("A" if kind == "A" else "8", NR, message["49"], self._number, now, body))
        self._transport.write(b"".join(answers))


def _report(message: Message, number: int) -> bytes:
    count = int(message["38"]) * CONTRACT
    return encode_execution_report(
        order_id="00000000-0001-4000-8000-000000000001",
        client_order_id=message["11"],
        exec_id=f"{number};0",
        exec_type="0",
        ord_status="0",
        ticker=message["55"],
        side=BookSide.BID,
        order_count=count,
        filled_count=0,
        leaves_count=count,
        average_price=0,
        use_dollars=False,
        price=int(message["44"]) * 100,
        transact_us=time.time_ns() // 1_000,
        last_market=0,
    )


async def _serve_echo(pipe: Connection, public_pem: str, sessions: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Echo, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    await _until_stopped(pipe)
    server.close()


# --- QuickFIX ---------------------------------------------------------------------------------------


async def _serve_quickfix(pipe: Connection, public_pem: str, sessions: int) -> None:
    from loadtest.fix_quickfix import Acceptor

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "FIXT11.xml").write_text(transport_dictionary())
        (folder / "FIX50SP2.xml").write_text(application_dictionary())
        acceptor = Acceptor(folder, NR, _key_ids(sessions))
        pipe.send(acceptor.port)
        await _until_stopped(pipe)
        acceptor.stop()
