"""The connection: handshake, frames, keeping alive, and ends; byte for byte, mostly without a socket."""

import asyncio
import json
from collections.abc import Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import CloseCode, Frame, Opcode
from websockets.uri import parse_uri

from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.ws import protocol as ws_protocol
from exchange.gateways.ws.protocol import PATH, WebSocketConnection, websocket_protocol
from tests.unit.exchange.gateways.ws.ws_venue import ANN, TICKER, WsVenue
from wire.signing import generate_key, public_pem, request_text, sign

NOW_MS = 1_795_000_000_000
KEY = generate_key("ed25519")
KEY_ID = "00000000-0009-4000-8000-000000000001"


class FakeTransport(asyncio.Transport):
    """Keeps what was written; `stuck` keeps it unsent."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.writes = 0
        self.unsent = 0
        self.stuck = self.closing = self.aborted = self.paused = False

    def write(self, data: bytes) -> None:
        self.written += data
        self.writes += 1
        self.unsent += len(data) if self.stuck else 0

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        self.closing = True

    def abort(self) -> None:
        self.closing = self.aborted = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Peer:
    """A client and our connection, joined in memory."""

    def __init__(self, venue: WsVenue, path: str = PATH, headers: dict[str, str] | None = None) -> None:
        keys = KeyRing()
        keys.add(ApiKey(KEY_ID, ANN, "ann", public_key_pem=public_pem(KEY), key_type="ed25519"))
        keys.add(ApiKey("restricted", ANN, "sub 1", subaccount=1, public_key_pem=public_pem(KEY)))
        keys.add(ApiKey("trader", ANN, "no read", frozenset({"write::trade"}), public_key_pem=public_pem(KEY)))
        self.connections: set[object] = set()
        self.server = WebSocketConnection(Authenticator(keys, lambda: NOW_MS), venue.hub, self.connections)
        self.transport = FakeTransport()
        self.client = ClientProtocol(parse_uri(f"ws://127.0.0.1{path}"))
        request = self.client.connect()
        for name, value in (signature(path.partition("?")[0]) if headers is None else headers).items():
            request.headers[name] = value
        self.client.send_request(request)
        self.server.connection_made(self.transport)
        self.exchange()

    def exchange(self) -> list[Frame]:
        """Carry bytes both ways until nothing moves; the frames the client got."""
        frames: list[Frame] = []
        while True:
            for data in self.client.data_to_send():
                if data:
                    self.server.data_received(data)
            received, self.transport.written = bytes(self.transport.written), bytearray()
            if not received:
                return frames
            self.client.receive_data(received)
            frames += [event for event in self.client.events_received() if isinstance(event, Frame)]

    def command(self, text: str) -> list[dict[str, object]]:
        self.client.send_text(text.encode())
        return [json.loads(frame.data) for frame in self.exchange()]


def signature(path: str, key_id: str = KEY_ID, timestamp: int = NOW_MS) -> dict[str, str]:
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-SIGNATURE": sign(KEY, request_text(str(timestamp), "GET", path)),
        "KALSHI-ACCESS-TIMESTAMP": str(timestamp),
    }


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until it holds."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to hold")


@pytest.fixture
def venue() -> WsVenue:
    return WsVenue()


# --- handshake --------------------------------------------------------------------------------------


async def test_signed_handshake_is_accepted_without_compression(venue):
    peer = Peer(venue)
    assert peer.client.handshake_exc is None
    assert peer.client.extensions == []
    assert len(venue.hub) == 1
    assert peer.connections == {peer.server}


async def test_query_is_not_part_of_the_signed_path(venue):
    assert Peer(venue, PATH + "?x=1").client.handshake_exc is None


BAD_SIGNATURE = {
    "error": {
        "code": "authentication_error",
        "message": "authentication_error",
        "details": "INCORRECT_API_KEY_SIGNATURE",
    }
}
UNKNOWN_KEY = {
    "error": {"code": "authentication_error", "message": "authentication_error", "details": "NOT_FOUND"},
}
MISSING = {
    "error": {"code": "signature_is_missing_from_headers", "message": "signature is missing from headers"},
}
STALE = {"error": {"code": "header_timestamp_expired", "message": "header timestamp expired"}}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, MISSING),
        ({**signature(PATH), "KALSHI-ACCESS-SIGNATURE": "AAAA"}, BAD_SIGNATURE),
        (signature(PATH, key_id="nobody"), UNKNOWN_KEY),
        (signature(PATH, timestamp=NOW_MS - 30_000), STALE),
        (signature("/trade-api/v2/portfolio/balance"), BAD_SIGNATURE),
    ],
    ids=["missing", "bad", "unknown key", "stale", "signed another path"],
)
async def test_refused_signature_is_401_with_the_body_of_rest(venue, headers, body):
    """Bodies: recordings auth__*."""
    peer = Peer(venue, headers=headers)
    assert peer.client.handshake_exc.response.status_code == 401
    assert json.loads(peer.client.handshake_exc.response.body) == body
    assert peer.transport.closing
    assert len(venue.hub) == 0


async def test_key_without_read_scope_is_403(venue):
    peer = Peer(venue, headers=signature(PATH, key_id="trader"))
    assert peer.client.handshake_exc.response.status_code == 403


async def test_other_paths_are_404(venue):
    peer = Peer(venue, "/trade-api/ws/v1")
    assert peer.client.handshake_exc.response.status_code == 404
    assert json.loads(peer.client.handshake_exc.response.body)["error"]["code"] == "not_found"


async def test_restricted_key_is_held_to_its_subaccount(venue):
    peer = Peer(venue, headers=signature(PATH, key_id="restricted"))
    assert peer.server._client.subaccount == 1


# --- frames -----------------------------------------------------------------------------------------


async def test_command_is_answered(venue):
    replies = Peer(venue).command('{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}}')
    assert replies == [{"type": "subscribed", "id": 1, "msg": {"channel": "trade", "sid": 1}}]


async def test_fragmented_command_is_put_together(venue):
    peer = Peer(venue)
    peer.client.send_text(b'{"id":1,"cmd":"list_', fin=False)
    peer.client.send_continuation(b'subscriptions"', fin=False)
    peer.client.send_ping(b"between")
    peer.client.send_continuation(b"}", fin=True)
    frames = peer.exchange()
    assert {frame.opcode for frame in frames} == {Opcode.PONG, Opcode.TEXT}
    assert [json.loads(f.data) for f in frames if f.opcode is Opcode.TEXT] == [{"type": "ok", "id": 1, "msg": []}]


async def test_command_in_a_binary_frame_is_answered_in_text(venue):
    """As Kalshi does: pykalshi-client 1.3.0 sends every command so."""
    peer = Peer(venue)
    peer.client.send_binary(b'{"id":1,"cmd":"list_subscriptions"}')
    (frame,) = peer.exchange()
    assert (frame.opcode, json.loads(frame.data)) == (Opcode.TEXT, {"type": "ok", "id": 1, "msg": []})


async def test_ping_of_the_client_is_answered_with_its_payload(venue):
    peer = Peer(venue)
    peer.client.send_ping(b"are you there")
    (frame,) = peer.exchange()
    assert (frame.opcode, bytes(frame.data)) == (Opcode.PONG, b"are you there")


async def test_server_pings_with_heartbeat(venue, monkeypatch):
    monkeypatch.setattr(ws_protocol, "PING_SECONDS", 0.001)
    peer = Peer(venue)
    await until(lambda: peer.transport.written)
    frame = peer.exchange()[0]
    assert (frame.opcode, bytes(frame.data)) == (Opcode.PING, b"heartbeat")
    peer.server.connection_lost(None)


async def test_text_that_is_not_utf8_closes_with_1007(venue):
    peer = Peer(venue)
    peer.client.send_text(b"\xff\xfe")
    peer.exchange()
    assert peer.client.close_rcvd.code == CloseCode.INVALID_DATA
    assert peer.transport.closing


async def test_message_over_the_limit_closes_with_1009(venue, monkeypatch):
    monkeypatch.setattr(ws_protocol, "MAX_MESSAGE", 1000)
    peer = Peer(venue)
    peer.client.send_text(b"x" * 1001)
    peer.exchange()
    assert peer.client.close_rcvd.code == CloseCode.MESSAGE_TOO_BIG
    assert peer.transport.closing


async def test_broken_frame_closes_with_1002(venue):
    peer = Peer(venue)
    peer.server.data_received(b"\xff\xff\xff\xff")
    peer.exchange()
    assert peer.client.close_rcvd.code == CloseCode.PROTOCOL_ERROR
    assert peer.transport.closing


async def test_close_is_echoed_and_hung_up(venue):
    peer = Peer(venue)
    peer.client.send_close(CloseCode.NORMAL_CLOSURE)
    peer.exchange()
    assert peer.client.close_rcvd.code == CloseCode.NORMAL_CLOSURE
    assert peer.transport.closing
    peer.server.connection_lost(None)
    assert len(venue.hub) == 0
    assert peer.connections == set()


async def test_shutdown_of_the_server_says_going_away(venue):
    peer = Peer(venue)
    peer.server.shutdown()
    peer.exchange()
    assert peer.client.close_rcvd.code == CloseCode.GOING_AWAY
    assert peer.transport.closing


async def test_lost_connection_is_forgotten(venue):
    peer = Peer(venue)
    peer.command('{"id":1,"cmd":"subscribe","params":{"channels":["trade"]}}')
    peer.server.eof_received()
    peer.server.connection_lost(ConnectionResetError())
    venue.order(ANN, "bid", 40, 1)
    assert len(venue.hub) == 0


async def test_garbage_bytes_never_raise(venue):
    for seed in range(200):
        peer = Peer(venue)
        peer.server.data_received(bytes((seed * 37 + place * place * 13) % 256 for place in range(seed)))
        peer.server.eof_received()
        peer.server.connection_lost(None)
    assert len(venue.hub) == 0


# --- backpressure -----------------------------------------------------------------------------------


async def test_commands_are_not_read_while_the_peer_does_not_take_answers(venue):
    peer = Peer(venue)
    peer.server.pause_writing()
    assert peer.transport.paused
    peer.server.resume_writing()
    assert not peer.transport.paused


async def test_peer_that_reads_nothing_is_told_25_and_then_aborted(monkeypatch):
    monkeypatch.setattr(ws_protocol, "OVERFLOW_PATIENCE_SECONDS", 0.001)
    venue = WsVenue(buffer_limit=500)
    peer = Peer(venue)
    peer.command(
        json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}})
    )
    peer.transport.stuck = True
    for step in range(5):
        venue.order(ANN, "bid", 40 + step, 1)
    texts = [json.loads(frame.data) for frame in peer.exchange()]
    assert texts[-1]["msg"]["code"] == 25
    await until(lambda: peer.transport.aborted)


async def test_peer_that_reads_on_after_code_25_is_kept(monkeypatch):
    monkeypatch.setattr(ws_protocol, "OVERFLOW_PATIENCE_SECONDS", 0)
    venue = WsVenue(buffer_limit=500)
    peer = Peer(venue)
    peer.server.overflowed()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not peer.transport.aborted


# --- a real server ----------------------------------------------------------------------------------


class FakeContext:
    """What the protocol reads of a VenueContext."""

    def __init__(self, authenticator: Authenticator) -> None:
        self.authenticator = authenticator


@asynccontextmanager
async def served(venue: WsVenue):
    keys = KeyRing()
    keys.add(ApiKey(KEY_ID, ANN, "ann", public_key_pem=public_pem(KEY)))
    ws = websocket_protocol(FakeContext(Authenticator(keys, lambda: NOW_MS)), venue.hub)
    config = uvicorn.Config(_no_http, port=0, ws=ws, http="httptools", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def _no_http(scope, receive, send) -> None:
    raise AssertionError("only upgrades come here")


async def test_published_client_reads_a_book_over_uvicorn(venue):
    async with (
        served(venue) as port,
        connect(f"ws://127.0.0.1:{port}{PATH}", additional_headers=signature(PATH), compression="deflate") as client,
    ):
        await client.send(
            json.dumps(
                {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}}
            )
        )
        types = [json.loads(await client.recv())["type"] for _ in range(2)]
        venue.order(ANN, "bid", 40, 1)
        types.append(json.loads(await client.recv())["type"])
        assert types == ["subscribed", "orderbook_snapshot", "orderbook_delta"]


async def test_published_client_sees_401_over_uvicorn(venue):
    async with served(venue) as port:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(f"ws://127.0.0.1:{port}{PATH}")
        assert refusal.value.response.status_code == 401
        assert json.loads(refusal.value.response.body)["error"]["code"] == "signature_is_missing_from_headers"
