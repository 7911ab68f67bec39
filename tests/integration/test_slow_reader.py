"""Thirty subscribers, of whom one never reads and one reads too slowly: they are cut off, the others miss nothing."""

import asyncio
import json
import os
import socket
from functools import partial

import websockets

from exchange.core.commands import CancelOrder, CreateOrder
from exchange.gateways.ws.hub import Hub
from tests.live import SOCKET, TICKER, live, signed_headers
from wire.accounts import account_of
from wire.engine_events import OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce

CLIENTS = 30
CHANGES = 40_000 if os.environ.get("CI") else 6_000
BUFFER = 200_000
"""Bytes the hub lets a connection lag behind: small, so that a few thousand deltas are too many."""

KERNEL = 32_768
"""Socket buffers, small for the same reason."""

TURN = 40
"""Changes of one loop turn."""

SUBSCRIBE = json.dumps(
    {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}}
)


def small_socket(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


async def connect(venue, trader):
    headers = signed_headers(trader.key_id, trader.key, "GET", SOCKET)
    uri = f"ws://127.0.0.1:{venue.venue.port}{SOCKET}"
    client = await websockets.connect(
        uri, additional_headers=headers, sock=small_socket(venue.venue.port), ping_interval=None, close_timeout=0.1
    )
    await client.send(SUBSCRIBE)
    assert json.loads(await client.recv())["type"] == "subscribed"
    return client


async def read_all(client, wanted: int) -> int:
    """Read until `wanted` deltas are in; every seq follows the one before."""
    seen = 0
    last = json.loads(await client.recv())["seq"]
    while seen < wanted:
        message = json.loads(await client.recv())
        assert message["type"] == "orderbook_delta", message
        assert message["seq"] == last + 1
        last, seen = message["seq"], seen + 1
    return seen


async def read_slowly(client) -> tuple[int, dict | None]:
    """A message now and then; how many came, and the error at the end if one was seen."""
    seen, end = 0, None
    last = json.loads(await client.recv())["seq"]
    try:
        while True:
            message = json.loads(await client.recv())
            assert message["seq"] == last + 1, "the stream is whole up to its end"
            last = message["seq"]
            if message["type"] == "error":
                end = message
                break
            seen += 1
            if seen % 4 == 0:
                await asyncio.sleep(0.002)
    except websockets.ConnectionClosed:
        pass
    return seen, end


async def test_slow_readers_are_cut_off_and_nobody_waits_for_them(tmp_path, monkeypatch):
    monkeypatch.setattr("exchange.app.Hub", partial(Hub, buffer_limit=BUFFER))
    monkeypatch.setattr("exchange.gateways.ws.protocol.OVERFLOW_PATIENCE_SECONDS", 3.0)
    async with live(tmp_path) as venue:
        venue.venue.http._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL)
        trader = venue.trader(1)
        deaf, slow, *quick = [await connect(venue, trader) for _ in range(CLIENTS)]
        connections = list(venue.venue.http.connections)
        reading = [asyncio.create_task(read_all(client, CHANGES)) for client in quick]
        dawdling = asyncio.create_task(read_slowly(slow))
        most_unsent = 0
        resting: list[int] = []
        for start in range(0, CHANGES, TURN):
            commands = [change(resting, number) for number in range(start, start + TURN)]
            firsts = [receipt.events[0] for receipt in await venue.venue.sequencer.submit_all(commands)]
            resting += [event.order_id for event in firsts if isinstance(event, OrderAccepted)]
            for _ in range(6):
                await asyncio.sleep(0)
            if start % (10 * TURN) == 0:
                await asyncio.wait(reading, timeout=0.002)
            most_unsent = max(most_unsent, *(one.unsent() for one in connections))
        async with asyncio.timeout(60):
            assert await asyncio.gather(*reading) == [CHANGES] * len(quick)
            seen, end = await dawdling
        assert end is not None, "told before it was cut off"
        assert end["type"] == "error"
        assert (end["sid"], end["msg"]["code"]) == (1, 25)
        assert seen < CHANGES
        # The deaf one was told too, did not read that either, and is gone.
        async with asyncio.timeout(10):
            while sum(one in venue.venue.http.connections for one in connections) > len(quick) + 1:
                await asyncio.sleep(0.02)
        # On top of the limit comes the turn that goes beyond it, and the last one, which is still sent whole.
        assert most_unsent < BUFFER + 2 * TURN * 400, most_unsent
        assert (await trader.order("bid", "0.1100", "1.00")).status_code == 201
        for client in quick:
            assert json.loads(await client.recv())["msg"]["price_dollars"] == "0.1100"
        # Having caught up, the slow one may subscribe again.
        await slow.send(SUBSCRIBE)
        assert json.loads(await slow.recv())["msg"]["sid"] == 2
        for client in (deaf, slow, *quick):
            client.transport.abort()
    print(
        f"{CHANGES:,} deltas to {CLIENTS} subscribers: {len(quick)} have all, the slow one {seen:,} and code 25, "
        f"the deaf one cut off; most unsent bytes of one connection {most_unsent:,} (limit {BUFFER:,})"
    )


def change(resting: list[int], number: int) -> CreateOrder | CancelOrder:
    """A change of exactly one level."""
    if len(resting) > 100:
        return CancelOrder(account_of(1), resting.pop(0))
    return CreateOrder(
        account_of(1),
        TICKER,
        BookSide.BID,
        100 * (1 + number % 90),
        100,
        TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS,
    )
