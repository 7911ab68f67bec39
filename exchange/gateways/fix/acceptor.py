"""The FIX doors: one listening port per session kind, and the connections that came in there."""

import asyncio
import socket
import ssl
from functools import partial

from exchange.gateways.context import VenueContext
from exchange.gateways.fix.connection import Connection, Shared
from exchange.gateways.fix.hub import Hub
from exchange.gateways.fix.past import Past
from exchange.gateways.fix.turns import Turns
from wire.fix.profiles import SessionKind

HANDSHAKE_SECONDS = 10.0
"""A connection that is not in TLS by then is closed."""


class Acceptor:
    """All FIX sessions of one venue."""

    def __init__(self, context: VenueContext, hub: Hub, journal: Past) -> None:
        self.hub = hub
        # Whose an order is stands beside the journal, and is written before it.
        turns = Turns(asyncio.get_running_loop(), hub.owners.flush)
        self.shared = Shared(context, hub, journal, turns, {}, set())
        self._servers: list[asyncio.Server] = []

    @property
    def live(self) -> dict[str, Connection]:
        """The one connection of each API key."""
        return self.shared.live

    async def listen(self, sockets: dict[SessionKind, socket.socket], tls: ssl.SSLContext | None = None) -> None:
        """Serve each kind at its socket, in TLS when there is a context; a socket is closed with the acceptor."""
        loop = asyncio.get_running_loop()
        patience = HANDSHAKE_SECONDS if tls else None
        for kind, listening in sockets.items():
            connect = partial(Connection, self.shared, kind)
            serve = loop.create_server(connect, sock=listening, ssl=tls, ssl_handshake_timeout=patience)
            self._servers.append(await serve)

    async def close(self) -> None:
        """Say Logout to everybody and close the doors."""
        self.hub.is_over = True
        for server in self._servers:
            server.close()
        for connection in list(self.shared.connections):
            connection.shut_down()
        for _ in range(2):
            await asyncio.sleep(0)
        self._servers.clear()
