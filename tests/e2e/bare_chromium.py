"""Chromium without Playwright, asked over its debugging socket: what a page costs when nobody looks on.

Playwright hears of every WebSocket frame, and hearing of a thousand a second slows the browser. Here nothing is
enabled but what is asked for, and nothing is asked while a measurement runs.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import websockets

from tests.e2e.screen import FLAGS, PATIENCE_MS, chromium

_FRAMES = """(() => { const mine = window.counting = {}; window.frames = 0;
  const count = () => { if (window.counting !== mine) return; window.frames += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count); })()"""


@dataclass(frozen=True)
class Cost:
    """What the page's main thread did over a while: processor time in seconds, whatever else the machine does."""

    seconds: float
    frames: int
    task: float
    """Everything: parsing messages, scripts, style, layout, painting."""
    script: float
    style: float
    layout: float
    layouts: int
    """How often the page was laid out: once a frame, unless a script asks for a place in between."""

    @property
    def frames_a_second(self) -> float:
        return self.frames / self.seconds

    @property
    def ms_a_frame(self) -> float:
        return 1_000 * self.task / max(1, self.frames)

    def __str__(self) -> str:
        parts = ", ".join(
            f"{name} {1_000 * part / max(1, self.frames):.1f}"
            for name, part in (("script", self.script), ("style", self.style), ("layout", self.layout))
        )
        return (
            f"{self.frames_a_second:.0f} frames/s, main thread {self.ms_a_frame:.1f} ms a frame ({parts}), "
            f"{100 * self.task / self.seconds:.0f} % of its time"
        )


class BarePage:
    """One page."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        """What the browser said unasked."""

    async def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its result."""
        number = next(self._ids)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(await self._socket.recv())).get("id") != number:
            self.events.append(answer)
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        answer = await self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str) -> None:
        """Poll until it is true in the page. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            while not await self.evaluate(expression):
                await asyncio.sleep(0.1)

    async def heap_mb(self) -> float:
        """What the page's objects take once the garbage is gone."""
        await self.send("HeapProfiler.collectGarbage")
        used = await self.send("Runtime.getHeapUsage")
        return float(used["usedSize"]) / 1e6

    async def nodes(self) -> int:
        """DOM nodes that are alive, also those outside the document."""
        return int((await self._metrics())["Nodes"])

    async def cost(self, seconds: float) -> Cost:
        """Leave the page alone for so long and say what it did meanwhile."""
        await self.evaluate(_FRAMES)
        began, before = time.monotonic(), await self._metrics()
        await asyncio.sleep(seconds)  # not to wait for anything: it is how long is measured
        frames = await self.evaluate("window.frames")
        lasted, after = time.monotonic() - began, await self._metrics()
        spent = {name: after[name] - before[name] for name in after}
        return Cost(
            lasted,
            int(frames),
            spent["TaskDuration"],
            spent["ScriptDuration"],
            spent["RecalcStyleDuration"],
            spent["LayoutDuration"],
            int(spent["LayoutCount"]),
        )

    async def processor_seconds(self, expression: str) -> float:
        """What evaluating it takes of the main thread."""
        before = await self._metrics()
        await self.evaluate(expression)
        return (await self._metrics())["TaskDuration"] - before["TaskDuration"]

    async def _metrics(self) -> dict[str, float]:
        return {one["name"]: one["value"] for one in (await self.send("Performance.getMetrics"))["metrics"]}


@asynccontextmanager
async def bare_page(folder: Path, url: str, address: str, size: str = "1280,720") -> AsyncIterator[BarePage]:
    """A browser on the address behind #; it ends with the block."""
    profile = folder / "profile"
    options = (*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}", f"--window-size={size}")
    browser = await asyncio.create_subprocess_exec(
        chromium(), *options, f"{url}/#{address}", stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(PATIENCE_MS / 1_000):
            found = await _page_socket(profile, url)
        async with websockets.connect(found, max_size=None) as socket:
            page = BarePage(socket)
            await page.send("Performance.enable", timeDomain="threadTicks")
            yield page
    finally:
        browser.terminate()
        await browser.wait()


async def _page_socket(profile: Path, url: str) -> str:
    """Where our page listens, once the browser has written down its port."""
    written = profile / "DevToolsActivePort"
    while not written.exists() or "\n" not in written.read_text():
        await asyncio.sleep(0.05)
    port = written.read_text().splitlines()[0]
    async with httpx.AsyncClient() as client:
        while True:
            for target in (await client.get(f"http://127.0.0.1:{port}/json/list")).json():
                if target["type"] == "page" and target["url"].startswith(url):
                    return str(target["webSocketDebuggerUrl"])
            await asyncio.sleep(0.1)
