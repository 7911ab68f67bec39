"""The short way of order mutations through HTTP: the same answers as the long one, however the bytes arrive."""

import asyncio
import json
import socket

import pytest

from exchange.gateways.context import GatewaySettings
from tests.live import API, TICKER, live
from tests.raw_http import ORDERS, Connection, Presigned, connection, request

LIMIT = 2_000


def order(count="1.00", **fields):
    return {
        "ticker": TICKER,
        "side": "bid",
        "price": "0.1000",
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | fields


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path, gateways=GatewaySettings(skew_ms=3_600_000, max_body_bytes=LIMIT)) as running:
        yield running


@pytest.fixture
def signed(venue):
    return Presigned(venue.trader(1))


def with_header(sent: bytes, line: bytes) -> bytes:
    return sent.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n", 1)


async def resting(venue):
    return len(venue.venue.sequencer.engine.state.orders)


# Each of these sends the request round uvicorn's own way, and must not be told apart from the short one.
WAYS = {
    "short": lambda sent: sent,
    "a browser's": lambda sent: with_header(sent, b"Origin: http://127.0.0.1:1"),
    "HTTP/1.0": lambda sent: with_header(sent.replace(b"HTTP/1.1", b"HTTP/1.0", 1), b"Connection: keep-alive"),
    "an offer of HTTP/2": lambda sent: with_header(
        sent, b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"
    ),
    "an absolute URL": lambda sent: sent.replace(b"/trade-api", b"http://127.0.0.1/trade-api", 1),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", ORDERS, order(), 201, None),
        ("POST", ORDERS, order(price="0.1050"), 400, "invalid_price"),
        ("POST", ORDERS, b"{", 400, None),
        ("POST", f"{ORDERS}/batched", {"orders": [order(), order("0.001")]}, 201, None),
        ("POST", f"{ORDERS}/batched", {"orders": []}, 201, None),
        ("DELETE", f"{ORDERS}/none", None, 404, "not_found"),
        ("DELETE", f"{ORDERS}?subaccount=x", None, 400, None),
        ("DELETE", ORDERS, None, 204, None),
        ("POST", f"{ORDERS}/none/amend", order(), 404, "not_found"),
    ],
)
async def test_every_way_gives_the_same_answer(venue, signed, way, method, path, body, status, code):
    async with connection(venue) as client:
        answered, text = await client.ask(way(signed.request(method, path, body)))
        assert answered == status, text
        if code is not None:
            assert json.loads(text)["error"]["code"] == code
        # And the connection goes on.
        if way is not WAYS["HTTP/1.0"]:
            assert (await client.ask(signed.request("POST", ORDERS, order())))[0] == 201


@pytest.mark.parametrize("way", ["short", "a browser's"])
async def test_an_answer_without_a_body_says_no_length(venue, signed, way):
    """RFC 9110 8.6: none behind 204."""
    async with connection(venue) as client:
        client.writer.write(WAYS[way](signed.request("DELETE", ORDERS)))
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert b" 204 " in head
        assert b"content-length" not in head.lower()


@pytest.mark.parametrize("way", ["short", "an offer of HTTP/2"])
async def test_a_request_may_arrive_byte_by_byte(venue, signed, way):
    sent = WAYS[way](signed.request("POST", ORDERS, order(client_order_id="slow")))
    async with connection(venue) as client:
        for at in range(len(sent)):
            client.writer.write(sent[at : at + 1])
            await client.writer.drain()
        answered, text = await client.answer()
    assert (answered, json.loads(text)["client_order_id"]) == (201, "slow")


async def test_offers_of_http_2_one_behind_the_other_are_answered_in_turn(venue, signed):
    names = [f"offer-{number}" for number in range(40)]
    offered = [WAYS["an offer of HTTP/2"](signed.request("POST", ORDERS, order(client_order_id=one))) for one in names]
    async with connection(venue) as client:
        client.writer.write(b"".join(offered))
        answers = [await client.answer() for _ in names]
    assert [json.loads(text)["client_order_id"] for _, text in answers] == names


async def test_a_chunked_body_is_a_body(venue, signed):
    sent = signed.request("POST", ORDERS, b"")
    data = json.dumps(order()).encode()
    head = with_header(sent, b"Transfer-Encoding: chunked")
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(data[at : at + 7]), data[at : at + 7]) for at in range(0, len(data), 7))
    async with connection(venue) as client:
        assert (await client.ask(head + chunks + b"0\r\n\r\n"))[0] == 201


async def test_pipelined_requests_are_answered_in_their_order(venue, signed):
    """Reads and mutations mixed: an answer may not overtake the one before it."""
    asked = []
    for number in range(100):
        asked += [
            signed.request("POST", ORDERS, order(client_order_id=f"p{number}")),
            signed.request("GET", "/exchange/status"),
            signed.request("DELETE", f"{ORDERS}/none"),
        ]
    async with connection(venue) as client:
        client.writer.write(b"".join(asked))
        answers = [await client.answer() for _ in asked]
    assert [status for status, _ in answers] == [201, 200, 404] * 100
    given = [json.loads(text)["client_order_id"] for _, text in answers[::3]]
    assert given == [f"p{number}" for number in range(100)]


async def test_a_peer_that_does_not_read_its_answers_is_not_read_either(venue):
    """What we hold for it is bounded: beyond its buffers nothing more is carried out until it reads."""
    total = 60_000
    sent = request("DELETE", f"{API}{ORDERS}/none", {})
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plain.connect(("127.0.0.1", venue.venue.port))
        plain.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=plain)
        client = Connection(reader, writer)
        writer.write(sent * total)
        before, now = -1, 0
        async with asyncio.timeout(60):
            while not now or now != before:
                await asyncio.sleep(0.3)
                before, now = now, venue.venue.http.answered
        assert now < total
        for _ in range(total):
            assert (await client.answer())[0] == 401
        writer.close()


async def test_a_body_that_is_too_long_is_413_for_who_signed_and_401_for_who_did_not(venue, signed):
    long = b"{" + b" " * 4 * LIMIT + b"}"
    async with connection(venue) as client:
        assert (await client.ask(signed.request("POST", ORDERS, long)))[0] == 413
        assert (await client.ask(signed.request("POST", ORDERS, order())))[0] == 201
        unsigned = request("POST", API + ORDERS, {"Content-Type": "application/json"}, long)
        assert (await client.ask(unsigned))[0] == 401
    assert await resting(venue) == 1


async def test_a_client_that_waits_for_100_continue_gets_it(venue, signed):
    body = json.dumps(order()).encode()
    whole = with_header(signed.request("POST", ORDERS, body), b"Expect: 100-continue")
    head = whole[: -len(body)]
    async with connection(venue) as client:
        assert (await client.ask(head))[0] == 100
        assert (await client.ask(body))[0] == 201


async def test_connection_close_is_said_and_done(venue, signed):
    async with connection(venue) as client:
        client.writer.write(with_header(signed.request("POST", ORDERS, order()), b"Connection: close"))
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert b"connection: close" in head.lower()
        assert (await client.reader.read())[-1:] == b"}"


async def test_an_order_whose_sender_hangs_up_still_counts(venue, signed):
    async with connection(venue) as client:
        client.writer.write(signed.request("POST", ORDERS, order()))
        await client.writer.drain()
    async with asyncio.timeout(30):
        while not await resting(venue):
            await asyncio.sleep(0.01)


async def test_a_request_in_flight_at_the_end_of_the_venue_is_answered(tmp_path):
    async with live(tmp_path, gateways=GatewaySettings(skew_ms=3_600_000)) as venue:
        signed = Presigned(venue.trader(1))
        async with connection(venue) as client:
            assert (await client.ask(signed.request("POST", ORDERS, order())))[0] == 201
            client.writer.write(signed.request("POST", ORDERS, order()))
            await client.writer.drain()
            await venue.venue.stop()
            assert (await client.answer())[0] in (0, 201, 503)
