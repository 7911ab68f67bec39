"""HTTP/1.1 by hand: requests that no library would send, and faster than any library sends them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.live import API, LiveVenue, Trader, signed_headers

ORDERS = "/portfolio/events/orders"


def request(method: str, path: str, headers: dict[str, str] | list[tuple[str, str]], body: bytes = b"") -> bytes:
    """A request's bytes; content-length only if the headers do not say something about the body."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    said = {name.lower() for name, _ in pairs}
    if body and not said & {"content-length", "transfer-encoding"}:
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in pairs), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class Presigned:
    """One signature a method and path, made once: the venue does not mind seeing it again."""

    def __init__(self, trader: Trader) -> None:
        self._trader = trader
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def request(self, method: str, path: str, body: Any = None) -> bytes:
        """A signed request under /trade-api/v2; a `body` that is not bytes becomes JSON."""
        bare = path.partition("?")[0]
        headers = self._known.get((method, bare))
        if headers is None:
            trader = self._trader
            headers = signed_headers(trader.key_id, trader.key, method, API + bare)
            self._known[method, bare] = headers
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return request(method, API + path, {**headers, "Content-Type": "application/json"}, data)


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, sent: bytes) -> tuple[int, bytes]:
        self.writer.write(sent)
        return await self.answer()

    async def answer(self) -> tuple[int, bytes]:
        """(status, body) of the next response; (0, b"") when the server has hung up instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0, b""
        lines = head.split(b"\r\n")
        length = 0
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(lines[0].split()[1]), await self.reader.readexactly(length)


@asynccontextmanager
async def connection(venue: LiveVenue) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.venue.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
