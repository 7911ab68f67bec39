"""A member's WebSocket: path, handshake and signature, then commands for the hub.

A refused signature is answered with the same body as on REST, before the upgrade (SEMANTICS G1). Frames go out
uncompressed (wire/ws/frames.py, hub.py); what every WebSocket server does is in runtime/websocket.py. Knows no command
and no channel.

Keeping alive: a ping with the payload `heartbeat` every 10 s. Backpressure: while the peer does not take
what we wrote, nothing more is read from it; told that it overflowed, it has another 10 s to begin reading.
"""

import asyncio
import http
from typing import Any
from urllib.parse import parse_qs

import structlog
from websockets.frames import CloseCode, Opcode
from websockets.http11 import Request, Response

from exchange.gateways.auth import ApiKey, Authenticator, require
from exchange.gateways.chaos.pipe import Pipe
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.ws.audiences import Client
from exchange.gateways.ws.hub import Hub
from runtime.websocket import WebSocketPeer, json_refusal

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


class WebSocketConnection(WebSocketPeer):
    """A member's connection. Also the hub's Outlet."""

    def __init__(self, authenticator: Authenticator, hub: Hub, connections: set[Any]) -> None:
        super().__init__(
            connections,
            longest=MAX_MESSAGE,
            ping_seconds=PING_SECONDS,
            patience_seconds=OVERFLOW_PATIENCE_SECONDS,
            ping=PING_PAYLOAD,
        )
        self._authenticator = authenticator
        self._hub = hub
        self._client: Client | None = None
        self._bad_line: Pipe | None = None

    # --- WebSocketPeer ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)

    def answer_to(self, request: Request) -> Response:
        """Path, then handshake, then signature: the first that is wrong answers."""
        path = request.path.partition("?")[0]
        try:
            if path != PATH:
                raise not_found()
            response = self.accept(request)
            if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
                key = self._authenticate(request, path)
                self._client = self._hub.connect(key.member, key.subaccount, self)
        except ApiError as error:
            response = json_refusal(error.status, error.body())
        return response

    def received(self, message: bytes, opcode: Opcode) -> None:
        if self._client is None:
            return
        if opcode is Opcode.BINARY:
            # Kalshi reads a command in a binary frame too: pykalshi-client 1.3.0, which its makers run against Kalshi
            # every day, sends nothing else. RFC 6455 asks for UTF-8 in text frames only.
            text = message.decode(errors="replace")
        else:
            try:
                text = message.decode()
            except UnicodeDecodeError:
                # RFC 6455 section 8.1: text that is not UTF-8 fails the connection.
                self._protocol.fail(CloseCode.INVALID_DATA, "invalid UTF-8")
                return
        self._hub.receive(self._client, text, self._now_us())

    def caught_up(self) -> None:
        if self._client is not None:
            self._hub.flush_client(self._client)

    def lost(self) -> None:
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

    def finish(self) -> None:
        if self._bad_line is None:
            super().finish()
        else:
            self._bad_line.hang_up()
            self.hang_up_later()

    def out_of_patience(self) -> None:
        """Is the peer still where it was?"""
        self._end_timer = None
        if self._transport.is_closing() or self.unsent() > self._hub.buffer_limit:
            _log.warning("connection_aborted", unread_bytes=self.unsent())
            self._transport.abort()

    # --- Outlet -------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if self._bad_line is not None:
            self._bad_line.push(data)
        else:
            super().write(data)

    def bad_line(self) -> Pipe:
        if self._bad_line is None:
            self._bad_line = Pipe(super().write, self._transport.close)
        return self._bad_line

    def unsent(self) -> int:
        late = 0 if self._bad_line is None else self._bad_line.unsent
        return late + self._transport.get_write_buffer_size()

    def overflowed(self) -> None:
        self.hang_up_later()

    # --- parts --------------------------------------------------------------------------------------

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

    def _now_us(self) -> int:
        """The loop's clock: a rate limit must go on while the venue's clock stands still."""
        return int(self._loop.time() * 1_000_000)


def _token(path: str) -> str | None:
    """`?token=`: a page cannot set the headers of a WebSocket (browser.py)."""
    return parse_qs(path.partition("?")[2]).get("token", [None])[0]


def _header(request: Request, name: str) -> str | None:
    """A header's value, the first if it came twice."""
    values = request.headers.get_all(name)
    return values[0] if values else None
