"""One WebSocket connection: the asyncio protocol that uvicorn hands an upgrade request to.

    HTTP parser of uvicorn ──► connection_made, data_received(the request) ──► path, handshake, signature
                                                                          ├──► 404 / 4xx / 401 and the end
                                                                          └──► 101, then frames

The `websockets` library checks the handshake and reads frames; frames to the client are our own and go
straight to the transport (wire/ws/frames.py, hub.py), uncompressed. A refused signature is answered with the same
body as on REST, before the upgrade (SEMANTICS G1). Knows no command and no channel.

Keeping alive: a ping with the payload `heartbeat` every 10 s. Backpressure: while the peer does not take
what we wrote, nothing more is read from it; told that it overflowed, it has another 10 s to begin reading.
"""

import asyncio
import http
from typing import Any, cast
from urllib.parse import parse_qs

import structlog
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from exchange.gateways.auth import ApiKey, Authenticator, require
from exchange.gateways.chaos.pipe import Pipe
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.ws.hub import Client, Hub

PATH = "/trade-api/ws/v2"

PING_SECONDS = 10.0
PING_PAYLOAD = b"heartbeat"

MAX_MESSAGE = 4 * 1024 * 1024
"""The longest command: some 90,000 market tickers in one subscribe."""

HIGH_WATER = 1024 * 1024
"""Unsent bytes beyond which we stop reading commands."""

OVERFLOW_PATIENCE_SECONDS = 10.0

_log = structlog.get_logger("ws")


def websocket_protocol(context: VenueContext, hub: Hub) -> type[asyncio.Protocol]:
    """The class for uvicorn's `Config(ws=...)`: uvicorn makes one instance per connection."""

    class VenueWebSocket(WebSocketConnection):
        def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
            super().__init__(context.authenticator, hub, server_state.connections)

    return VenueWebSocket


class WebSocketConnection(asyncio.Protocol):
    """A connection from its upgrade request to its end. Also the hub's Outlet.

    `connections` is the server's set of live ones; at shutdown the server calls `shutdown()` on each.
    """

    def __init__(self, authenticator: Authenticator, hub: Hub, connections: set[Any]) -> None:
        self._authenticator = authenticator
        self._hub = hub
        self._connections = connections
        self._protocol = ServerProtocol(max_size=MAX_MESSAGE)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._client: Client | None = None
        self._fragments: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._ping_timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None
        self._bad_line: Pipe | None = None

    # --- asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame):
                self._receive_frame(event)
        if self._client is not None:
            self._hub.flush_client(self._client)
        self._send_control()

    def eof_received(self) -> None:
        """Returning None lets the transport close itself."""
        self._protocol.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        for timer in (self._ping_timer, self._end_timer):
            if timer is not None:
                timer.cancel()
        if self._bad_line is not None:
            self._bad_line.close()
        if self._client is not None:
            self._hub.disconnect(self._client)
            self._client = None

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """The server is going down: say so and hang up."""
        self._close(CloseCode.GOING_AWAY)

    # --- Outlet -------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._bad_line is not None:
            self._bad_line.push(data)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def bad_line(self) -> Pipe:
        if self._bad_line is None:
            self._bad_line = Pipe(self._write, self._transport.close)
        return self._bad_line

    def unsent(self) -> int:
        late = 0 if self._bad_line is None else self._bad_line.unsent
        return late + self._transport.get_write_buffer_size()

    def overflowed(self) -> None:
        self._hang_up_later()

    # --- handshake ----------------------------------------------------------------------------------

    def _open(self, request: Request) -> None:
        """Path, then handshake, then signature: the first that is wrong answers."""
        path = request.path.partition("?")[0]
        try:
            if path != PATH:
                raise not_found()
            response = self._protocol.accept(request)
            if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
                key = self._authenticate(request, path)
                self._client = self._hub.connect(key.member, key.subaccount, self)
                self._ping_timer = self._loop.call_later(PING_SECONDS, self._ping)
        except ApiError as error:
            response = _answer(error)
        self._protocol.send_response(response)
        self._send_control()

    def _authenticate(self, request: Request, path: str) -> ApiKey:
        """Raises ApiError 401, or 403 for a key that may not read."""
        key = self._authenticator.authenticate(
            _header(request, "KALSHI-ACCESS-KEY"),
            _header(request, "KALSHI-ACCESS-SIGNATURE"),
            _header(request, "KALSHI-ACCESS-TIMESTAMP"),
            "GET",
            path,
            request.path.partition("?")[2],
            _header(request, "Host") or "",
            _token(request.path),
        )
        require(key, "read")
        return key

    # --- frames -------------------------------------------------------------------------------------

    def _receive_frame(self, frame: Frame) -> None:
        """Put fragments together; pings, pongs and closes are the library's."""
        if frame.opcode is Opcode.CONT:
            # An empty fragment adds nothing to the library's count of bytes, so it must add nothing here.
            if frame.data:
                self._fragments.append(bytes(frame.data))
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._opcode = frame.opcode
            self._fragments = [bytes(frame.data)]
        else:
            return
        if frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            self._receive_message(message)

    def _receive_message(self, message: bytes) -> None:
        if self._client is None or self._protocol.state is not OPEN:
            return
        if self._opcode is Opcode.BINARY:
            # Commands are text; the empty one is answered with code 1 like anything that is not JSON.
            self._hub.receive(self._client, "", self._now_us())
            return
        try:
            text = message.decode()
        except UnicodeDecodeError:
            # RFC 6455 section 8.1: text that is not UTF-8 fails the connection.
            self._protocol.fail(CloseCode.INVALID_DATA, "invalid UTF-8")
            return
        self._hub.receive(self._client, text, self._now_us())

    def _now_us(self) -> int:
        """The loop's clock: a rate limit must go on while the venue's clock stands still."""
        return int(self._loop.time() * 1_000_000)

    def _ping(self) -> None:
        if self._protocol.state is OPEN and not self._transport.is_closing():
            self._protocol.send_ping(PING_PAYLOAD)
            self._send_control()
            self._ping_timer = self._loop.call_later(PING_SECONDS, self._ping)

    def _send_control(self) -> None:
        """What the library wants written: handshake, pongs, closes. An empty piece is the end."""
        for data in self._protocol.data_to_send():
            if data:
                self.write(data)
            else:
                self._finish()

    def _close(self, code: CloseCode) -> None:
        if self._protocol.state is OPEN:
            self._protocol.send_close(code)
            self._send_control()
        self._finish()

    def _finish(self) -> None:
        """Close once everything is written; by force if the peer does not take it."""
        if self._bad_line is None:
            self._transport.close()
        else:
            self._bad_line.hang_up()
        self._hang_up_later()

    def _hang_up_later(self) -> None:
        if self._end_timer is None:
            self._end_timer = self._loop.call_later(OVERFLOW_PATIENCE_SECONDS, self._hang_up)

    def _hang_up(self) -> None:
        """Patience is over: is the peer still where it was?"""
        self._end_timer = None
        if self._transport.is_closing() or self.unsent() > self._hub.buffer_limit:
            _log.warning("connection_aborted", unread_bytes=self.unsent())
            self._transport.abort()


def _token(path: str) -> str | None:
    """`?token=`: a page cannot set the headers of a WebSocket (browser.py)."""
    return parse_qs(path.partition("?")[2]).get("token", [None])[0]


def _header(request: Request, name: str) -> str | None:
    """A header's value, the first if it came twice."""
    values = request.headers.get_all(name)
    return values[0] if values else None


def _answer(error: ApiError) -> Response:
    """The refusal of an upgrade, with the JSON body REST would send."""
    body = error.body()
    headers = Headers(
        {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"},
    )
    return Response(error.status, http.HTTPStatus(error.status).phrase, headers, body)
