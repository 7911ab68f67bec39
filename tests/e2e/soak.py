"""Frame rate and memory of the screen over minutes of a fast market: `python -m tests.e2e.soak MINUTES`.

Playwright hears of every WebSocket frame, and hearing of a thousand a second slows the browser; so here Chromium is
asked over its debugging socket, once a minute, and left alone in between.
"""

import asyncio
import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
import websockets

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from tests.e2e.flow import COUNT_FRAMES, FRAMES_A_SECOND, HEAP_MB, Flow
from tests.e2e.screen import FLAGS, chromium, listening_socket, serving
from tests.live import TICKER, live
from wire.accounts import account_of
from wire.units import DOLLAR

_ids = itertools.count(1)


async def evaluate(page: Any, expression: str) -> Any:
    """The value of an expression in the page."""
    number = next(_ids)
    params = {"expression": expression, "returnByValue": True}
    await page.send(json.dumps({"id": number, "method": "Runtime.evaluate", "params": params}))
    while (answer := json.loads(await page.recv())).get("id") != number:
        pass
    return answer["result"]["result"].get("value")


async def page_socket(profile: Path, url: str) -> str:
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


async def soak(minutes: int) -> None:
    ui = listening_socket()
    url = f"http://127.0.0.1:{ui.getsockname()[1]}"
    settings = GatewaySettings(ui_origins=(url,))
    with tempfile.TemporaryDirectory() as folder:
        async with live(Path(folder) / "venue", gateways=settings) as venue, serving(ui, venue.url):
            await venue.do(c.Deposit(account_of(2), 1_000_000 * DOLLAR))
            flow = Flow(venue, seed=6)
            flowing = asyncio.create_task(flow.run())
            profile = Path(folder) / "profile"
            address = f"{url}/#/market/{TICKER}"
            options = (*FLAGS, "--remote-debugging-port=0", f"--user-data-dir={profile}", "--window-size=1280,720")
            browser = await asyncio.create_subprocess_exec(
                chromium(), *options, "--enable-precise-memory-info", address, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                async with websockets.connect(await page_socket(profile, url), max_size=None) as page:
                    while not await evaluate(page, "document.querySelector('[data-testid=book]') !== null"):
                        await asyncio.sleep(0.2)
                    flow.go()
                    for minute in range(minutes):
                        before = flow.commands
                        await evaluate(page, f"({COUNT_FRAMES})()")
                        await asyncio.sleep(60)
                        rate, heap = (
                            await evaluate(page, f"({FRAMES_A_SECOND})()"),
                            await evaluate(page, f"({HEAP_MB})()"),
                        )
                        live_now = await evaluate(page, "document.querySelector('[data-testid=book]').dataset.live")
                        print(
                            f"minute {minute + 1}: {(flow.commands - before) / 60:,.0f} deltas/s, "
                            f"{rate:.0f} frames/s, heap {heap:.1f} MB, live {live_now}",
                            flush=True,
                        )
            finally:
                browser.terminate()
                await browser.wait()
                flowing.cancel()
                await asyncio.gather(flowing, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(soak(int(sys.argv[1])))
