"""The HTTP side of the composition root: one socket, with REST, the WebSocket, health and the sandbox behind it.

Knows uvicorn, and what a request passes on its way in: a browser's door, the faults that were ordered, the routes.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import uvicorn
from fastapi import APIRouter

from exchange.adapters.listening import listen
from exchange.gateways.browser import BrowserDoor
from exchange.gateways.chaos.race import Race
from exchange.gateways.chaos.rest import ChaosDoor
from exchange.gateways.chaos.stale import StaleReads
from exchange.gateways.context import VenueContext
from exchange.gateways.rest.app import build
from exchange.gateways.rest.http_protocol import http_protocol
from exchange.gateways.ws.hub import Hub
from exchange.gateways.ws.protocol import WebSocketConnection, websocket_protocol

IDLE_SECONDS = 75
"""An idle HTTP connection is kept longer than clients keep theirs (httpx: 5 s): who closes first must not be us, or a
request that is on its way meets a closed door."""


class HttpDoor:
    """`listen`, then `serve` until `close`."""

    def __init__(
        self,
        context: VenueContext,
        hub: Hub,
        stale: StaleReads,
        members: Callable[[], Mapping[str, int]],
        outside: Sequence[APIRouter],
    ) -> None:
        """`outside` are the routes that are none of Kalshi's; `members` names the accounts as they are now."""
        app = build(context, tuple(outside))
        door = ChaosDoor(context, app, app.operations.of, stale, Race(context.views, members))
        self._server = uvicorn.Server(
            uvicorn.Config(
                BrowserDoor(door, context.settings.ui_origins),
                http=http_protocol(app.mutations),
                ws=websocket_protocol(context, hub),
                lifespan="off",
                access_log=False,
                log_config=None,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=2,
            )
        )
        self._socket: socket.socket | None = None

    def listen(self, host: str, port: int) -> int:
        """The port that was taken. Raises OSError."""
        self._socket = listen(host, port)
        taken: int = self._socket.getsockname()[1]
        return taken

    async def serve(self) -> None:
        """Answer until told to stop (SIGINT, SIGTERM, or `close` from another task)."""
        assert self._socket is not None, "listening"
        await self._server.serve(sockets=[self._socket])

    def close(self) -> None:
        """Have `serve` end."""
        self._server.should_exit = True

    def hang_up(self) -> None:
        """The WebSockets: what their readers know is no longer so."""
        for connection in list(self.connections):
            if isinstance(connection, WebSocketConnection):
                connection.shutdown()

    @property
    def connections(self) -> set[Any]:
        """uvicorn's own set of who is connected, HTTP and WebSocket."""
        return self._server.server_state.connections

    @property
    def answered(self) -> int:
        """HTTP requests answered since the start."""
        return self._server.server_state.total_requests
