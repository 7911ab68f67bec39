"""Each fault of the WebSocket as a client over a socket sees it. The venue goes on as if nothing were wrong."""

import asyncio
import json
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.chaos import hits, order_fault
from tests.live import SOCKET, TICKER, live, signed_headers

PATIENCE_SECONDS = 60


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path) as running:
        yield running


@pytest.fixture
async def maker(venue):
    return venue.trader(1)


async def receive(socket_):
    async with asyncio.timeout(PATIENCE_SECONDS):
        return json.loads(await socket_.recv())


async def subscribe(socket_, *channels):
    """Subscribe, and read up to the snapshot of the book."""
    params = {"channels": list(channels) or ["orderbook_delta"], "market_ticker": TICKER}
    await socket_.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
    while (message := await receive(socket_))["type"] != "orderbook_snapshot":
        assert message["type"] == "subscribed"
    return message


async def bids(maker, *prices):
    for price in prices:
        assert (await maker.order("bid", price, "1.00")).status_code == 201


def told(message):
    return message["seq"], message["msg"]["price_dollars"]


async def test_latency_makes_messages_late_and_keeps_their_order(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "latency", operation="orderbook_delta", nth=1, ms=300)
        begun = time.monotonic()
        await bids(maker, "0.4000", "0.4100")
        assert [told(await receive(reader)) for _ in range(2)] == [(2, "0.4000"), (3, "0.4100")]
        assert time.monotonic() - begun >= 0.3


async def test_a_stall_holds_everything_behind_it(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        rule = await order_fault(venue, "ws", "stall", count=1, ms=400)
        begun = time.monotonic()
        await bids(maker, "0.4000", "0.4100", "0.4200")
        assert [told(await receive(reader))[0] for _ in range(3)] == [2, 3, 4]
        assert time.monotonic() - begun >= 0.4
        assert await hits(venue, rule) == 1


async def test_a_dropped_message_has_used_its_number(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "drop", operation="orderbook_delta", nth=2)
        await bids(maker, "0.4000", "0.4100", "0.4200")
        assert [told(await receive(reader)) for _ in range(2)] == [(2, "0.4000"), (4, "0.4200")]


async def test_a_duplicate_comes_twice_with_one_number(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "duplicate", nth=1)
        await bids(maker, "0.4000", "0.4100")
        assert [told(await receive(reader))[0] for _ in range(3)] == [2, 2, 3]


async def test_two_messages_change_places(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "reorder", nth=1, ms=60_000)
        await bids(maker, "0.4000", "0.4100", "0.4200")
        assert [told(await receive(reader))[0] for _ in range(3)] == [3, 2, 4]


async def test_a_message_that_waits_for_another_in_vain_comes_alone(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "reorder", nth=1, ms=50)
        await bids(maker, "0.4000")
        assert told(await receive(reader))[0] == 2


async def test_a_gap_swallows_messages_in_a_row(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "gap", nth=2, size=3)
        await bids(maker, "0.3000", "0.3100", "0.3200", "0.3300", "0.3400")
        assert [told(await receive(reader))[0] for _ in range(2)] == [2, 6]
        # A snapshot that is asked for has the whole book and the next number.
        await reader.send(
            json.dumps(
                {
                    "id": 2,
                    "cmd": "update_subscription",
                    "params": {"sids": [1], "market_tickers": [TICKER], "action": "get_snapshot"},
                }
            )
        )
        while (message := await receive(reader))["type"] != "orderbook_snapshot":
            pass
        assert len(message["msg"]["yes_dollars_fp"]) == 5


async def test_a_disconnect_ends_the_connection_without_a_goodbye(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        await order_fault(venue, "ws", "disconnect", nth=2)
        await bids(maker, "0.4000", "0.4100")
        assert told(await receive(reader))[0] == 2
        with pytest.raises(ConnectionClosed) as closed:
            await receive(reader)
        assert closed.value.rcvd is None, "no close frame came"
    async with maker.socket() as again:
        assert len((await subscribe(again))["msg"]["yes_dollars_fp"]) == 2


async def test_partial_frames_are_put_together_by_a_client_that_knows_the_protocol(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        rule = await order_fault(venue, "ws", "partial", size=6, ms=2)
        await bids(maker, "0.4000", "0.4100")
        assert [told(await receive(reader)) for _ in range(2)] == [(2, "0.4000"), (3, "0.4100")]
        assert await hits(venue, rule) == 2


async def test_partial_frames_are_fragments_on_the_wire(venue, maker):
    """A client of plain bytes: the first frame of the message is not its last, the others continue it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.venue.port)
    venue.writers.append(writer)
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    headers = signed_headers(maker.key_id, maker.key, "GET", SOCKET)
    lines = [f"GET {SOCKET} HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    await reader.readuntil(b"\r\n\r\n")
    await order_fault(venue, "ws", "partial", operation="subscribed", size=3, ms=1)
    command = b'{"id":1,"cmd":"subscribe","params":{"channels":["market_lifecycle_v2"]}}'
    writer.write(bytes((0x81, 0x80 | len(command))) + bytes(4) + command)
    frames = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not frames or not frames[-1][0] & 0x80:
            first, size = await reader.readexactly(2)
            assert size < 126
            frames.append((first, await reader.readexactly(size)))
    assert [first for first, _ in frames] == [0x01, 0x00, 0x80]
    assert json.loads(b"".join(part for _, part in frames))["type"] == "subscribed"


async def test_a_rule_hits_one_account_and_one_channel_only(venue, maker):
    other = venue.trader(2)
    async with maker.socket() as mine, other.socket() as theirs:
        for reader in (mine, theirs):
            await subscribe(reader, "ticker", "orderbook_delta")
        await order_fault(venue, "ws", "drop", operation="ticker", account="member 2")
        await bids(maker, "0.4000", "0.4100")
        assert [(await receive(mine))["type"] for _ in range(4)] == ["orderbook_delta", "ticker"] * 2
        assert [(await receive(theirs))["type"] for _ in range(2)] == ["orderbook_delta"] * 2


async def test_answers_to_commands_are_hit_only_by_name(venue, maker):
    rule = await order_fault(venue, "ws", "drop")
    async with maker.socket() as reader:
        await reader.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["ticker"]}}))
        assert (await receive(reader))["type"] == "subscribed"
    assert await hits(venue, rule) == 0


async def test_a_connection_that_was_hit_goes_on_when_the_rule_is_gone(venue, maker):
    async with maker.socket() as reader:
        await subscribe(reader)
        rule = await order_fault(venue, "ws", "latency", ms=50)
        await bids(maker, "0.4000")
        await venue.public.delete(f"{venue.url}/sandbox/chaos/{rule}")
        await bids(maker, "0.4100", "0.4200")
        assert [told(await receive(reader))[0] for _ in range(3)] == [2, 3, 4]
