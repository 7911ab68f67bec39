"""WebSocket deliveries a second to 50 and 500 clients, beside raw joined frames.

Server and client are pinned to a core each. Ten order-book deltas a loop turn go to every client through the venue's
own hub and protocol. The ceiling writes the same number of ready-made bodies, each in a frame with the client's own
sid and seq, joined to one write a client and turn. "one sid" is the usual case (every client's first
subscription, so neighbours share frames); "own sids" gives every client another sid, so that nothing is shared.
"""

import asyncio
import json
import multiprocessing
import os
import select
import socket
import time
from typing import cast

import uvloop

from exchange.core import commands as c
from exchange.core.engine import Engine
from exchange.gateways.context import GatewaySettings
from exchange.gateways.ws.hub import Hub
from exchange.projections.views import Projections
from loadtest.report import Row
from wire.accounts import account_of
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord, record
from wire.units import DOLLAR
from wire.ws.frames import text_frame

TICKER = "KXBENCH-M"
NOW_US = 1_780_000_000_000_000
SECONDS = 2.0
PER_TURN = 10
LOW_WATER = 200_000
BODY = (
    b',"msg":{"market_ticker":"KXBENCH-M","market_id":"00000000-0007-4000-8000-000000000003","clock":123456,'
    b'"price_dollars":"0.5600","delta_fp":"1.00","side":"yes","ts":"2026-11-18T11:06:40.123Z","ts_ms":1795237505123}}\n'
)


def run() -> list[Row]:
    rows: list[Row] = []
    for clients in (50, 500):
        raw = _measure(clients, "raw")
        rows.append(Row(f"raw joined frames, {clients} clients", raw, "deliveries/s", 1.0, "ceiling"))
        for mode in ("one sid", "own sids"):
            rate = _measure(clients, mode)
            rows.append(Row(f"venue, {clients} clients, {mode}", rate, "deliveries/s", rate / raw, "of raw frames"))
    return rows


def _measure(clients: int, mode: str) -> float:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    reader = multiprocessing.get_context("fork").Process(target=_read, args=(listening.getsockname()[1], clients))
    reader.start()
    os.sched_setaffinity(0, {0})
    try:
        return uvloop.run(_serve(listening, clients, mode))
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        reader.join(10)


class _Outlet:
    """A client's transport, counted by the hub as any connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def unsent(self) -> int:
        return self.transport.get_write_buffer_size()

    def overflowed(self) -> None:
        raise AssertionError("the benchmark waits for its readers")


async def _serve(listening: socket.socket, clients: int, mode: str) -> float:
    loop = asyncio.get_running_loop()
    outlets: list[_Outlet] = []
    ready = asyncio.Event()

    class Accept(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            outlets.append(_Outlet(cast(asyncio.Transport, transport)))
            if len(outlets) == clients:
                ready.set()

    server = await loop.create_server(Accept, sock=listening)
    await ready.wait()
    turn = _raw_turn(outlets) if mode == "raw" else _hub_turn(outlets, own_sids=mode == "own sids")
    turns = 0
    started = time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        turn()
        turns += 1
        await asyncio.sleep(0)
        while max(outlet.unsent() for outlet in outlets) > LOW_WATER:
            await asyncio.sleep(0.0005)
    elapsed = time.perf_counter() - started
    for outlet in outlets:
        outlet.transport.abort()
    server.close()
    return turns * PER_TURN * clients / elapsed


def _raw_turn(outlets: list[_Outlet]):  # type: ignore[no-untyped-def]
    seqs = [0] * len(outlets)

    def turn() -> None:
        for place, outlet in enumerate(outlets):
            seq = seqs[place]
            frames = []
            for _ in range(PER_TURN):
                seq += 1
                frames.append(text_frame(b'{"type":"orderbook_delta","sid":1,"seq":%d%b' % (seq, BODY)))
            seqs[place] = seq
            outlet.write(b"".join(frames))

    return turn


def _hub_turn(outlets: list[_Outlet], *, own_sids: bool):  # type: ignore[no-untyped-def]
    views = Projections()
    records = iter(_records())
    for _ in range(8):
        views.fold(next(records))
    hub = Hub(views, GatewaySettings())
    for place, outlet in enumerate(outlets):
        client = hub.connect(999, None, outlet)
        # Another sid for each: as many subscriptions beforehand.
        for number in range(place % 50 if own_sids else 0):
            hub.receive(
                client, json.dumps({"id": number + 1, "cmd": "subscribe", "params": {"channels": ["fill"]}}), NOW_US
            )
            hub.receive(client, json.dumps({"id": 1, "cmd": "unsubscribe", "params": {"sids": [number + 1]}}), NOW_US)
        subscribe = {"id": 99, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}}
        hub.receive(client, json.dumps(subscribe), NOW_US)
    hub.flush()

    def turn() -> None:
        for _ in range(PER_TURN):
            entry = next(records)
            views.fold(entry)
            hub.fold(entry)
        hub.flush()

    return turn


def _records():  # type: ignore[no-untyped-def]
    """Records of a real engine: orders that rest and orders that go, one level change each."""
    engine = Engine()
    setup: list[c.AnyCommand] = [
        c.CreateMember(1, "a"),
        c.CreateMember(2, "b"),
        c.CreateMember(3, "c"),
        c.CreateSeries("KXBENCH", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("KXBENCH-E", "KXBENCH", False, "", b"{}"),
        c.CreateMarket(TICKER, "KXBENCH-E", 0, NOW_US * 2, 0, "linear_cent", (), b"{}"),
        c.Deposit(account_of(1), 10**9 * DOLLAR),
        c.Deposit(account_of(2), 10**9 * DOLLAR),
    ]
    seq = 0

    def apply(command: c.AnyCommand) -> LogRecord:
        nonlocal seq
        seq += 1
        return record(0, seq, NOW_US + seq, engine.apply(command, seq, NOW_US + seq))  # type: ignore[arg-type]

    for command in setup:
        yield apply(command)
    while True:
        price = (1 + seq % 49) * 100
        resting = apply(
            c.CreateOrder(
                account_of(1),
                TICKER,
                BookSide.BID,
                price,
                100,
                TimeInForce.GOOD_TILL_CANCELED,
                SelfTradePrevention.MAKER,
            )
        )
        yield resting
        yield apply(c.CancelOrder(account_of(1), resting.seq))


def _read(port: int, clients: int) -> None:
    """Take everything from every connection until the server goes away."""
    os.sched_setaffinity(0, {(os.cpu_count() or 1) - 1})
    waiting = select.epoll()
    sockets = {}
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setblocking(False)
        sockets[connection.fileno()] = connection
        waiting.register(connection.fileno(), select.EPOLLIN)
    buffer = bytearray(1 << 20)
    while sockets:
        for file, _ in waiting.poll(5) or [(file, 0) for file in list(sockets)]:
            try:
                taken = sockets[file].recv_into(buffer)
            except BlockingIOError:
                continue
            except OSError:
                taken = 0
            if not taken:
                waiting.unregister(file)
                sockets.pop(file).close()
