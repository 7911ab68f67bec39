"""One WebSocket connection of a server: the asyncio protocol that uvicorn hands an upgrade request to.

    HTTP parser of uvicorn ──► connection_made, data_received(the request) ──► answer_to(request)
                                                                          ├──► a refusal and the end
                                                                          └──► 101, opened(), then received(message)...

The `websockets` library checks the handshake and reads frames; frames to the peer are the server's own and go straight
to the transport. Pings every `PING_SECONDS`; pongs and closes are the library's. Knows no command and no path.
"""

import asyncio
import http
from typing import Any, cast

from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol


class WebSocketPeer(asyncio.Protocol):
    """A connection from its upgrade request to its end.

    `connections` is uvicorn's set of live ones; at shutdown it calls `shutdown()` on each. `patience_seconds` is how
    long a peer that is hung up on may take to read what was written.
    """

    def __init__(
        self, connections: set[Any], *, longest: int, ping_seconds: float, patience_seconds: float, ping: bytes = b""
    ) -> None:
        """`longest`: bytes of a message from the peer."""
        self._connections = connections
        self._protocol = ServerProtocol(max_size=longest)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._patience_seconds = patience_seconds
        self._ping_seconds = ping_seconds
        self._ping_payload = ping
        self._fragments: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._ping_timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None

    # --- what a server adds -------------------------------------------------------------------------

    def answer_to(self, request: Request) -> Response:
        """A refusal, or `accept(request)`."""
        raise NotImplementedError

    def opened(self) -> None:
        """The 101 is written."""

    def received(self, message: bytes, opcode: Opcode) -> None:
        """A whole message, TEXT or BINARY."""
        raise NotImplementedError

    def caught_up(self) -> None:
        """Everything that came in together has been received."""

    def lost(self) -> None:
        """There is no connection any more."""

    # --- asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame):
                self._receive_frame(event)
        self.caught_up()
        self.send_control()

    def eof_received(self) -> None:
        """Returning None lets the transport close itself."""
        self._protocol.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        for timer in (self._ping_timer, self._end_timer):
            if timer is not None:
                timer.cancel()
        self.lost()

    def shutdown(self) -> None:
        """The server is going down: say so and hang up."""
        self.close(CloseCode.GOING_AWAY)

    # --- for the server -----------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        return self._protocol.state is OPEN

    def accept(self, request: Request) -> Response:
        """The library's word on the handshake: 101, or what is wrong with it."""
        return self._protocol.accept(request)

    def write(self, data: bytes) -> None:
        """Frames, and what the library wants written."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def send_control(self) -> None:
        """What the library wants written: handshake, pongs, closes. An empty piece is the end."""
        for data in self._protocol.data_to_send():
            if data:
                self.write(data)
            else:
                self.finish()

    def close(self, code: CloseCode, why: str = "") -> None:
        if self.is_open:
            self._protocol.send_close(code, why)
            self.send_control()
        self.finish()

    def finish(self) -> None:
        """Close once everything is written; by force if the peer does not take it."""
        self._transport.close()
        self.hang_up_later()

    def hang_up_later(self) -> None:
        """Unless it is called off, `out_of_patience` is called once patience is over."""
        if self._end_timer is None:
            self._end_timer = self._loop.call_later(self._patience_seconds, self.out_of_patience)

    def out_of_patience(self) -> None:
        self._transport.abort()

    # --- the request, and frames --------------------------------------------------------------------

    def _open(self, request: Request) -> None:
        response = self.answer_to(request)
        self._protocol.send_response(response)
        self.send_control()
        if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
            self._ping_timer = self._loop.call_later(self._ping_seconds, self._ping)
            self.opened()

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
            if self.is_open:
                self.received(message, self._opcode)

    def _ping(self) -> None:
        if self.is_open and not self._transport.is_closing():
            self._protocol.send_ping(self._ping_payload)
            self.send_control()
            self._ping_timer = self._loop.call_later(self._ping_seconds, self._ping)


def json_refusal(status: int, body: bytes) -> Response:
    """The refusal of an upgrade, with a JSON body."""
    headers = Headers(
        {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"},
    )
    return Response(status, http.HTTPStatus(status).phrase, headers, body)
