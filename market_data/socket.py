"""A WebSocket reader's connection: what it may ask for, and its place in the broadcast.

    GET /ws                               then commands
    GET /ws?channels=book,trade&tickers=A,B    subscribed from the start; without `tickers` to every market

What every WebSocket server does is in runtime/websocket.py. Knows commands' spelling; what a subscription means is the
broadcast's.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import msgspec
import structlog
from websockets.frames import CloseCode, Opcode
from websockets.http11 import Request, Response

from market_data.broadcast import Broadcast
from market_data.reader import CHANNELS, Channel, Reader
from runtime.websocket import WebSocketPeer, json_refusal
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


class Connection(WebSocketPeer):
    """A reader's connection. Also the reader's Outlet."""

    def __init__(self, door: Door, connections: set[Any]) -> None:
        super().__init__(
            connections, longest=MAX_COMMAND, ping_seconds=PING_SECONDS, patience_seconds=door.patience_seconds
        )
        self._door = door
        self._broadcast = door.broadcast
        self._reader: Reader | None = None
        self._first: Command | None = None
        """What the query asks for."""

    # --- WebSocketPeer ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        limit = self._door.buffer_limit
        self._transport.set_write_buffer_limits(high=limit, low=limit // 4)
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)

    def answer_to(self, request: Request) -> Response:
        path, _, query = request.path.partition("?")
        origin = request.headers.get("Origin")
        if path != PATH:
            return _refused(404, f"WebSockets are at {PATH}")
        if origin and not {origin, "*"} & self._door.origins:
            return _refused(403, f"the origin {origin} is not among MARKET_DATA_ALLOWED_ORIGINS")
        if because := self._door.closed_because():
            return _refused(503, because)
        self._first, problem = self._from_query(query)
        return _refused(400, problem) if problem else self.accept(request)

    def opened(self) -> None:
        self._reader = Reader(self)
        self._broadcast.join(self._reader)
        if self._first is not None:
            self._carry_out(self._first)

    def received(self, message: bytes, opcode: Opcode) -> None:
        if self._reader is not None:
            self._receive(message)

    def lost(self) -> None:
        if self._reader is not None:
            self._broadcast.leave(self._reader)
            self._reader = None

    def pause_writing(self) -> None:
        self._transport.pause_reading()
        if self._reader is not None:
            self._reader.behind = True
        self.hang_up_later()

    def resume_writing(self) -> None:
        if self._end_timer is not None:
            self._end_timer.cancel()
            self._end_timer = None
        if not self._transport.is_closing():
            self._transport.resume_reading()
            if self._reader is not None:
                self._broadcast.drained(self._reader)

    def out_of_patience(self) -> None:
        """It has not drained for all this time."""
        if not self._transport.is_closing():
            self._broadcast.figures.too_slow += 1
            _log.warning("reader_aborted", unread_bytes=self.unsent(), after_seconds=self._door.patience_seconds)
        self._transport.abort()

    # --- Outlet -------------------------------------------------------------------------------------

    def unsent(self) -> int:
        return self._transport.get_write_buffer_size()

    def give_up(self, why: str) -> None:
        _log.warning("reader_cut_off", why=why, unread_bytes=self.unsent())
        self.lost()
        self.close(CloseCode.TRY_AGAIN_LATER, why)

    # --- commands -----------------------------------------------------------------------------------

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


def _refused(status: int, why: str) -> Response:
    return json_refusal(status, encode({"error": why}))
