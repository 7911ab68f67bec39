"""Signed create-order requests a second through the REST door, beside a signed echo.

The ceiling is a bare ASGI application under the same uvicorn that verifies the same signature, decodes the same
body and answers a constant. Server and client are pinned to a core each. The client keeps `connections` requests in
flight, sends pre-made signatures (5,000 distinct ones; signing is twelve times as dear as verifying) and orders that
rest or cross. Each member keeps to its tier's real rate limit: there are enough of them.
"""

import asyncio
import itertools
import json
import multiprocessing
import os
import random
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from exchange.app import Venue, VenueOptions
from exchange.core import commands as c
from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.context import GatewaySettings
from exchange.gateways.rest.security import decode_body
from loadtest.client import Outcome, drive
from loadtest.markets import TICKER, ten_markets
from loadtest.report import Row
from wire import signing
from wire.accounts import account_of
from wire.rest.orders import CreateOrderV2Request
from wire.units import DOLLAR

PATH = "/trade-api/v2/portfolio/events/orders"
MEMBERS = 64
SIGNATURES = 5_000
SECONDS = 3.0
SKEW_MS = 3_600_000
KEY_IDS = [f"00000000-0009-4000-8000-{number:012x}" for number in range(1, MEMBERS + 1)]
Measured = tuple[Outcome, float]
"""What the client saw, and the server's CPU microseconds a request."""

ECHO = b'{"order_id":"00000000-0001-4000-8000-000000000001","fill_count":"0.00","remaining_count":"1.00","ts_ms":0}'


def run() -> list[Row]:
    key = signing.generate_key("rsa")
    requests = _requests(key, 60_000)
    rows: list[Row] = []
    for connections in (1, 16, 64):
        echo = _measure(_serve_echo, key, requests, connections)
        rows.append(_row("signed echo", echo, connections, 1.0, "ceiling"))
        for durability in ("os", "fsync") if connections == 64 else ("os",):
            measured = _measure(_serve_venue, key, requests, connections, durability)
            ratio = measured[0].rate / echo[0].rate
            rows.append(_row(f"create order, --durability {durability}", measured, connections, ratio, "of the echo"))
    return rows


def _row(name: str, measured: Measured, connections: int, ratio: float, against: str) -> Row:
    outcome, cpu_us = measured
    note = f"p50 {outcome.p50_ms:.2f} ms, p99 {outcome.p99_ms:.2f} ms, server CPU {cpu_us:.0f} us/req"
    if outcome.failed:
        note += f"; {outcome.failed} were not 201"
    return Row(f"{name}, c={connections}", outcome.rate, "req/s", ratio, against, note)


def _measure(serve, key, requests, connections, *arguments) -> Measured:  # type: ignore[no-untyped-def]
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("fork")
    server = context.Process(target=_child, args=(serve, theirs, signing.public_pem(key), *arguments))
    server.start()
    port = ours.recv()
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    try:
        outcome = uvloop.run(drive(port, requests, connections, SECONDS))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        ours.send("stop")
    cpu_seconds = ours.recv()
    server.join(20)
    return outcome, cpu_seconds / outcome.answered * 1e6


def _child(serve, pipe: Connection, public_pem: str, *arguments: str) -> None:  # type: ignore[no-untyped-def]
    os.sched_setaffinity(0, {0})
    uvloop.run(serve(pipe, public_pem, *arguments))


async def _until_stopped(pipe: Connection) -> None:
    """Serve until told to stop, then say what CPU it cost."""
    before = time.process_time()
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    pipe.send(time.process_time() - before)


async def _serve_echo(pipe: Connection, public_pem: str) -> None:
    keys = KeyRing()
    for member, key_id in enumerate(KEY_IDS, 1):
        keys.add(ApiKey(key_id, member, "bench", public_key_pem=public_pem))
    authenticator = Authenticator(keys, lambda: time.time_ns() // 1_000_000, SKEW_MS)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        authenticator.authenticate(
            headers[b"kalshi-access-key"].decode(),
            headers[b"kalshi-access-signature"].decode(),
            headers[b"kalshi-access-timestamp"].decode(),
            scope["method"],
            scope["path"],
        )
        decode_body(CreateOrderV2Request, (await receive())["body"])
        await send(
            {
                "type": "http.response.start",
                "status": 201,
                "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(ECHO))],
            }
        )
        await send({"type": "http.response.body", "body": ECHO})

    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http="httptools", lifespan="off", access_log=False, log_level="error", ws="none")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    pipe.send(server.servers[0].sockets[0].getsockname()[1])
    await _until_stopped(pipe)
    server.should_exit = True
    await serving


async def _serve_venue(pipe: Connection, public_pem: str, durability: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = VenueOptions(
            Path(folder),
            port=0,
            durability=durability,  # type: ignore[arg-type]
            gateways=GatewaySettings(skew_ms=SKEW_MS),
        )
        venue = Venue(options)
        await venue.start(_scenario())
        for member, key_id in enumerate(KEY_IDS, 1):
            venue.keys.add(ApiKey(key_id, member, "bench", public_key_pem=public_pem))
        serving = asyncio.create_task(venue.serve())
        pipe.send(venue.port)
        await _until_stopped(pipe)
        await venue.stop()
        await serving


def _scenario() -> list[c.AnyCommand]:
    setup = ten_markets()
    for member in range(1, MEMBERS + 1):
        setup += [c.CreateMember(member, f"m{member}"), c.Deposit(account_of(member), 10**8 * DOLLAR)]
    return setup


def _requests(key: signing.PrivateKey, count: int) -> list[bytes]:
    """Whole requests: two thirds rest, a third crosses."""
    pick = random.Random(7)
    stamp = str(time.time_ns() // 1_000_000)
    stamps = [str(int(stamp) + number % 1_000) for number in range(SIGNATURES)]
    signatures = [signing.sign(key, signing.request_text(each, "POST", PATH)) for each in stamps]
    made = []
    for number, (stamp, signature) in zip(range(count), itertools.cycle(zip(stamps, signatures, strict=True))):
        bid = pick.random() < 0.5
        crosses = pick.random() < 0.33
        cents = pick.randint(51, 60) if bid is crosses else pick.randint(40, 49)
        body = json.dumps(
            {
                "ticker": f"{TICKER}{number % 10}",
                "side": "bid" if bid else "ask",
                "price": f"0.{cents}00",
                "count": f"{pick.randint(1, 20)}.00",
                "time_in_force": "immediate_or_cancel" if crosses else "good_till_canceled",
                "self_trade_prevention_type": "maker",
                "client_order_id": f"bench-{number}",
            }
        ).encode()
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"KALSHI-ACCESS-KEY: {KEY_IDS[number % MEMBERS]}\r\nKALSHI-ACCESS-SIGNATURE: {signature}\r\n"
            f"KALSHI-ACCESS-TIMESTAMP: {stamp}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made
