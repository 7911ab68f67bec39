"""`python -m market_data` as a process of its own, and a reader that holds its books to their promise."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, Self

import httpx
import websockets

from wire.level_book import LevelBook
from wire.units import PAYOUT, parse_count, parse_price

ROOT = Path(__file__).resolve().parents[1]
ANSWER_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MarketData:
    """A server with these settings (names without the prefix, or the house's own)."""

    def __init__(self, folder: Path, journal: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws_url = f"ws://127.0.0.1:{self.port}/ws"
        self.log = folder / f"market_data-{self.port}.log"
        house = {"REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS"}
        named = {name if name in house else f"MARKET_DATA_{name}": value for name, value in settings.items()}
        inherited = {name: value for name, value in os.environ.items() if name not in house}
        self.environment = (
            inherited
            | {
                "PYTHONPATH": str(ROOT),
                "MARKET_DATA_PORT": str(self.port),
                "MARKET_DATA_JOURNAL": str(journal),
            }
            | named
        )
        self.http = httpx.AsyncClient(base_url=self.url, timeout=60)
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "market_data", env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    async def __aenter__(self) -> Self:
        await self.start()
        await self.ready()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.process.wait()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def ready(self) -> None:
        """Prices can be served."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                assert self.process.returncode is None, self.log.read_text()[-3_000:]
                try:
                    if (await self.http.get("/health/ready")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)

    async def book(self, ticker: str) -> dict[tuple[str, int], int] | None:
        """(side, own-leg price) -> count over REST, None while there is none that is fresh."""
        try:
            answer = await self.http.get(f"/markets/{ticker}/book")
        except httpx.TransportError:
            return None
        if answer.status_code != 200:
            return None
        body = answer.json()
        yes = {("yes", parse_price(price)): parse_count(count) for price, count in body["bids"]}
        return yes | {("no", PAYOUT - parse_price(price)): parse_count(count) for price, count in body["asks"]}

    async def comes_to(self, ticker: str, book: dict[tuple[str, int], int]) -> None:
        """Wait until the book is this one."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while await self.book(ticker) != book:
                await asyncio.sleep(0.005)


class Listener:
    """Reads one socket for ever: its books, and every promise that was broken."""

    def __init__(self, url: str) -> None:
        self.books: dict[str, LevelBook] = {}
        self.n: dict[str, int] = {}
        self.deltas = self.snapshots = self.skipped = 0
        self.trades: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self._url = url
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._socket = await websockets.connect(self._url, max_size=None, max_queue=None, close_timeout=0.1)
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        if self._task.done() and not self._task.cancelled():
            self._task.result()
        self._task.cancel()
        await asyncio.wait((self._task,))
        await self._socket.close()

    def book(self, ticker: str) -> dict[tuple[str, int], int]:
        book = self.books.get(ticker)
        if book is None:
            return {}
        return {(side, price): count for side in ("yes", "no") for price, count in book.levels(side)}

    async def comes_to(self, ticker: str, book: dict[tuple[str, int], int]) -> None:
        assert self._task is not None
        async with asyncio.timeout(ANSWER_SECONDS):
            while self.book(ticker) != book:
                if self._task.done():
                    self._task.result()
                await asyncio.sleep(0.005)

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            self.messages.append(message)
            self._fold(message)

    def _fold(self, message: dict[str, Any]) -> None:
        if message["type"] == "trade":
            self.trades.append(message)
        elif message["type"] == "orderbook_snapshot":
            msg = message["msg"]
            sides = [
                [(parse_price(price), parse_count(count)) for price, count in msg[f"{side}_dollars_fp"]]
                for side in ("yes", "no")
            ]
            self.books.setdefault(message["ticker"], LevelBook()).replace(*sides, 0)
            self.n[message["ticker"]] = message["n"]
            self.snapshots += 1
            self.skipped += message["skipped"]
        elif message["type"] == "orderbook_delta":
            assert message["n"] == self.n[message["ticker"]] + 1, message
            self.n[message["ticker"]] = message["n"]
            msg = message["msg"]
            price, count = parse_price(msg["price_dollars"]), parse_count(msg["delta_fp"])
            self.books[message["ticker"]].add(msg["side"], price, count, 0)
            self.deltas += 1
