"""One recording: a signed WebSocket to a Kalshi-compatible host, its books checked, everything kept as it came.

Knows how to subscribe and when something is missing (SEMANTICS G3). After a gap or a lost connection it connects
anew: the fresh snapshot replaces, for whoever plays the tape, all that was before. Messages that are neither of a book
nor trades are not on a tape.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
import websockets

from market_data.recorder.tape import TapeWriter
from wire.level_book import BookError, BookReader
from wire.signing import PrivateKey, request_text, sign

FLUSH_SECONDS = 1.0
ARCHIVE_SECONDS = 60.0
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
RECORDED = frozenset(("orderbook_snapshot", "orderbook_delta", "trade"))

_log = structlog.get_logger("market_data.recorder")


class RecordingFailed(Exception):
    """The host refuses us, or what we asked for is not there: it is no use to go on."""


class Rows(Protocol):
    """Where messages go beside the tape."""

    def write(self, ticker: str, recv_ms: int, event: dict[str, Any]) -> None: ...

    def flush(self) -> None: ...


class Host:
    """Where to record and as whom. `api_url` ends with the API's root, `ws_url` is the whole address."""

    def __init__(self, api_url: str, ws_url: str, key_id: str, key: PrivateKey) -> None:
        self.api_url = api_url.rstrip("/")
        self.ws_url = ws_url
        self._key_id = key_id
        self._key = key

    def headers(self, url: str) -> dict[str, str]:
        """A GET's signature (SEMANTICS F1)."""
        stamp = str(time.time_ns() // 1_000_000)
        return {
            "KALSHI-ACCESS-KEY": self._key_id,
            "KALSHI-ACCESS-SIGNATURE": sign(self._key, request_text(stamp, "GET", urlsplit(url).path)),
            "KALSHI-ACCESS-TIMESTAMP": stamp,
        }


class Recording:
    """`run` until canceled; what was received is on disk when it ends."""

    def __init__(
        self,
        host: Host,
        tickers: list[str],
        folder: Path,
        rows: Rows | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> None:
        self.messages = 0
        self.gaps = 0
        """How often something was missing and the books began anew."""
        self.connections = 0
        self._host = host
        self._tickers = tickers
        self._tape = TapeWriter(folder)
        self._rows = rows
        self._now_ms = now_ms or (lambda: time.time_ns() // 1_000_000)
        self._archive_at = time.monotonic() + ARCHIVE_SECONDS

    async def describe(self) -> None:
        """Store the description of each market's event. Raises RecordingFailed."""
        async with httpx.AsyncClient(timeout=30) as client:
            described: set[str] = set()
            for ticker in self._tickers:
                market = await self._get(client, f"/markets/{ticker}")
                event_ticker: str = msgspec.json.decode(market)["market"]["event_ticker"]
                if event_ticker not in described:
                    described.add(event_ticker)
                    event = await self._get(client, f"/events/{event_ticker}?with_nested_markets=false")
                    self._tape.metadata(event_ticker, self._now_ms(), event)

    async def run(self) -> None:
        """Record until canceled. Raises RecordingFailed, OSError of the disk."""
        flushing = asyncio.create_task(self._flush_now_and_then())
        receiving = asyncio.create_task(self._receive_for_ever())
        try:
            done, _ = await asyncio.wait((flushing, receiving), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (flushing, receiving):
                task.cancel()
            await asyncio.wait((flushing, receiving))
            self._tape.flush()
            if self._rows is not None:
                self._rows.flush()

    async def _receive_for_ever(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while True:
            before = self.messages
            try:
                await self._receive()
            except BookError as error:
                self.gaps += 1
                _log.warning("recording_gap", error=str(error))
            except websockets.InvalidStatus as error:
                if error.response.status_code in (400, 401, 403, 404):
                    raise RecordingFailed(f"{self._host.ws_url}: {error}: {error.response.body!r}") from None
                _log.warning("connection_refused", error=str(error))
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                _log.warning("connection_lost", error=repr(error))
            if self.messages > before:
                wait = FIRST_WAIT_SECONDS
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)

    async def _receive(self) -> None:
        """One connection. Raises BookError when something is missing, and whatever connections fail with."""
        url = self._host.ws_url
        async with websockets.connect(
            url, additional_headers=self._host.headers(url), max_size=None, max_queue=None
        ) as connection:
            self.connections += 1
            params = {"channels": ["orderbook_delta", "trade"], "market_tickers": self._tickers}
            await connection.send(msgspec.json.encode({"id": 1, "cmd": "subscribe", "params": params}).decode())
            books: BookReader | None = None
            async for text in connection:
                message = text.encode() if isinstance(text, str) else text
                event = msgspec.json.decode(message)
                if event["type"] == "error":
                    raise RecordingFailed(f"{url}: {event['msg']}")
                if event["type"] == "subscribed" and event["msg"]["channel"] == "orderbook_delta":
                    books = BookReader(event["msg"]["sid"])
                    continue
                if books is not None:
                    books.receive(event)
                if event["type"] in RECORDED:
                    self._keep(message, event)

    def _keep(self, message: bytes, event: dict[str, Any]) -> None:
        recv_ms, ticker = self._now_ms(), event["msg"]["market_ticker"]
        self.messages += 1
        self._tape.write(ticker, recv_ms, message)
        if self._rows is not None:
            self._rows.write(ticker, recv_ms, event)

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self._tape.flush()
            if self._rows is not None and time.monotonic() >= self._archive_at:
                self._archive_at = time.monotonic() + ARCHIVE_SECONDS
                self._rows.flush()

    async def _get(self, client: httpx.AsyncClient, path: str) -> bytes:
        url = self._host.api_url + path
        try:
            answer = await client.get(url, headers=self._host.headers(url))
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise RecordingFailed(f"{url}: {error}") from None
        return answer.content
