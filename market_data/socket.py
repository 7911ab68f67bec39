"""A WebSocket reader's connection: the asyncio protocol that uvicorn hands an upgrade request to.

    GET /ws                               then commands
    GET /ws?channels=book,trade&tickers=A,B    subscribed from the start; without `tickers` to every market

Frames to the reader are our own and go straight to the transport; the `websockets` library checks the handshake and
reads what the reader sends. Knows commands' spelling; what a subscription means is the broadcast's.
"""

import asyncio
import http
import socket
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs

import msgspec
import structlog
from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from market_data.broadcast import Broadcast
from market_data.reader import CHANNELS, Channel, Reader
from wire.ws.frames import text_frame
from wire.ws.messages import encode

PATH = "/ws"
PING_SECONDS = 10.0
MAX_COMMAND = 1024 * 1024
KERNEL_BUFFER = 256 * 1024
"""What the system may hold for one reader on our side: a slow reader's data should not be minutes old."""

_log = structlog.get_logger("market_data.socket")


class Command(msgspec.Struct, forbid_unknown_fields=True):
    """`tickers` null or absent is every market."""

    cmd: str
    channels: list[Channel] = []
    tickers: list[str] | None = None
    id: int = 0


_commands = msgspec.json.Decoder(Command)


class Door:
    """What connections need of the server. `closed_because` empty lets readers in."""

    def __init__(
        self, broadcast: Broadcast, origins: frozenset[str], buffer_limit: int, patience_seconds: float
    ) -> None:
        self.broadcast = broadcast
        self.origins = origins
        self.buffer_limit = buffer_limit
        self.patience_seconds = patience_seconds
        self.closed_because: Callable[[], str] = lambda: ""


def reader_protocol(door: Door) -> type[asyncio.Protocol]:
    """The class for uvicorn's `Config(ws=...)`: uvicorn makes one instance per connection."""

    class ReaderSocket(Connection):
        def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
            super().__init__(door, server_state.connections)

    return ReaderSocket


class Connection(asyncio.Protocol):
    """A connection from its upgrade request to its end. Also the reader's Outlet."""

    def __init__(self, door: Door, connections: set[Any]) -> None:
        self._door = door
        self._broadcast = door.broadcast
        self._connections = connections
        self._protocol = ServerProtocol(max_size=MAX_COMMAND)
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._reader: Reader | None = None
        self._fragments: list[bytes] = []
        self._ping_timer: asyncio.TimerHandle | None = None
        self._end_timer: asyncio.TimerHandle | None = None

    # --- asyncio.Protocol ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        limit = self._door.buffer_limit
        self._transport.set_write_buffer_limits(high=limit, low=limit // 4)
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame):
                self._receive_frame(event)
        self._send_control()

    def eof_received(self) -> None:
        """Returning None lets the transport close itself."""
        self._protocol.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        for timer in (self._ping_timer, self._end_timer):
            if timer is not None:
                timer.cancel()
        if self._reader is not None:
            self._broadcast.leave(self._reader)
            self._reader = None

    def pause_writing(self) -> None:
        self._transport.pause_reading()
        if self._reader is not None:
            self._reader.behind = True
        if self._end_timer is None:
            self._end_timer = self._loop.call_later(self._door.patience_seconds, self._lose_patience)

    def resume_writing(self) -> None:
        if self._end_timer is not None:
            self._end_timer.cancel()
            self._end_timer = None
        if not self._transport.is_closing():
            self._transport.resume_reading()
            if self._reader is not None:
                self._broadcast.drained(self._reader)

    def shutdown(self) -> None:
        """The server is going down: say so and hang up."""
        self._close(CloseCode.GOING_AWAY)

    # --- Outlet -------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def give_up(self, why: str) -> None:
        _log.warning("reader_cut_off", why=why, unread_bytes=self.unsent())
        if self._reader is not None:
            self._broadcast.leave(self._reader)
            self._reader = None
        self._close(CloseCode.TRY_AGAIN_LATER, why)

    # --- handshake ----------------------------------------------------------------------------------

    def _open(self, request: Request) -> None:
        path, _, query = request.path.partition("?")
        origin = request.headers.get("Origin")
        command: Command | None = None
        refusal: tuple[int, str] | None = None
        if path != PATH:
            refusal = (404, f"WebSockets are at {PATH}")
        elif origin and not {origin, "*"} & self._door.origins:
            refusal = (403, f"the origin {origin} is not among MARKET_DATA_ALLOWED_ORIGINS")
        elif because := self._door.closed_because():
            refusal = (503, because)
        else:
            command, problem = self._from_query(query)
            refusal = (400, problem) if problem else None
        response = _refused(*refusal) if refusal else self._protocol.accept(request)
        self._protocol.send_response(response)
        self._send_control()
        if response.status_code == http.HTTPStatus.SWITCHING_PROTOCOLS:
            self._reader = Reader(self)
            self._broadcast.join(self._reader)
            self._ping_timer = self._loop.call_later(PING_SECONDS, self._ping)
            if command is not None:
                self._carry_out(command)

    def _from_query(self, query: str) -> tuple[Command | None, str]:
        """The subscription a connection begins with, None for none; and what is wrong with it."""
        given = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        if strangers := given.keys() - {"channels", "tickers"}:
            return None, f"unknown parameter {min(strangers)}; there are channels and tickers"
        if not given:
            return None, ""
        channels = [name for name in given.get("channels", "book").split(",") if name]
        tickers = [ticker for ticker in given["tickers"].split(",") if ticker] if "tickers" in given else None
        try:
            command = msgspec.convert({"cmd": "subscribe", "channels": channels, "tickers": tickers}, Command)
        except msgspec.ValidationError:
            return None, f"channels are {', '.join(CHANNELS)}"
        return command, self._problem(command)

    # --- commands -----------------------------------------------------------------------------------

    def _receive_frame(self, frame: Frame) -> None:
        """Put fragments together; pings, pongs and closes are the library's."""
        if frame.opcode not in (Opcode.CONT, Opcode.TEXT, Opcode.BINARY):
            return
        if frame.data:
            self._fragments.append(bytes(frame.data))
        if frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            if self._reader is not None and self._protocol.state is OPEN:
                self._receive(message)

    def _receive(self, message: bytes) -> None:
        try:
            command = _commands.decode(message)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            self._answer({"type": "error", "id": 0, "message": f"not a command: {error}"})
            return
        if problem := self._problem(command):
            self._answer({"type": "error", "id": command.id, "message": problem})
            return
        self._carry_out(command)

    def _problem(self, command: Command) -> str:
        """Why a command cannot be carried out, empty when it can."""
        if command.cmd not in ("subscribe", "unsubscribe"):
            return f"unknown command {command.cmd}; there are subscribe and unsubscribe"
        if not command.channels:
            return f"channels are missing; there are {', '.join(CHANNELS)}"
        unknown = [ticker for ticker in command.tickers or () if ticker not in self._broadcast.board.markets]
        return f"no market {', '.join(unknown)}" if unknown else ""

    def _carry_out(self, command: Command) -> None:
        reader = self._reader
        assert reader is not None, "joined"
        subscribing = command.cmd == "subscribe"
        self._answer(
            {
                "type": "subscribed" if subscribing else "unsubscribed",
                "id": command.id,
                "channels": command.channels,
                "tickers": command.tickers,
            }
        )
        if subscribing:
            self._broadcast.subscribe(reader, command.channels, command.tickers)
        else:
            self._broadcast.unsubscribe(reader, command.channels, command.tickers)

    def _answer(self, body: object) -> None:
        self.write(text_frame(encode(body)))

    # --- keeping alive, ending ----------------------------------------------------------------------

    def _ping(self) -> None:
        if self._protocol.state is OPEN and not self._transport.is_closing():
            self._protocol.send_ping(b"")
            self._send_control()
            self._ping_timer = self._loop.call_later(PING_SECONDS, self._ping)

    def _lose_patience(self) -> None:
        """It has not drained for all this time."""
        self._broadcast.figures.too_slow += 1
        _log.warning("reader_aborted", unread_bytes=self.unsent(), after_seconds=self._door.patience_seconds)
        self._transport.abort()

    def _send_control(self) -> None:
        """What the library wants written: handshake, pongs, closes. An empty piece is the end."""
        for data in self._protocol.data_to_send():
            if data:
                self.write(data)
            else:
                self._finish()

    def _close(self, code: CloseCode, why: str = "") -> None:
        if self._protocol.state is OPEN:
            self._protocol.send_close(code, why)
            self._send_control()
        self._finish()

    def _finish(self) -> None:
        """Close once everything is written; by force if the peer does not take it."""
        self._transport.close()
        if self._end_timer is None:
            self._end_timer = self._loop.call_later(self._door.patience_seconds, self._transport.abort)


def _refused(status: int, why: str) -> Response:
    body = encode({"error": why})
    headers = Headers(
        {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"},
    )
    return Response(status, http.HTTPStatus(status).phrase, headers, body)
