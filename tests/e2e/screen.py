"""The built trading screen in a real browser, beside a venue: what the tests in this folder start.

The UI server runs in the test's own loop, the browser is Debian's Chromium driven by Playwright. Every request the
pages make is noted: at the end none may have gone to anywhere but the UI server, the venue and the readers it was told
of, and the browser must not have had to enforce the content-security policy.
"""

import asyncio
import json
import os
import shutil
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from sandbox.ui_server import BUILT, UiSettings, build

PATIENCE_MS = 60_000
"""How long anything on the screen may take before a test fails: a busy machine is slow, not wrong."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The browser, when it and the built page are there; otherwise the test is skipped, or fails under CI=true."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    missing = "" if found else "Chromium is not installed (apt-get install chromium)"
    if not (BUILT / "index.html").is_file():
        missing = "the trading screen is not built (make ui)"
    if missing:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    assert found is not None, "looked for above"
    return found


class Screen:
    """A browser and the address of the page; `open` makes a window of its own for an account."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.requested: set[str] = set()
        self.violations: list[str] = []
        self._browser = browser

    async def open(self, account: str, address: str = "", **context: object) -> Page:
        """A window with storage of its own, on the address behind #, once it is connected."""
        options = {"viewport": {"width": 1280, "height": 720}} | context
        window = await self._browser.new_context(**options)  # type: ignore[arg-type]
        window.set_default_timeout(PATIENCE_MS)
        await window.add_init_script(f"sessionStorage.setItem('mock-kalshi-account', {json.dumps(account)})")
        page = await window.new_page()
        page.on("request", lambda request: self.requested.add(urlsplit(request.url).netloc))
        page.on("websocket", lambda opened: self.requested.add(urlsplit(opened.url).netloc))
        page.on("console", lambda message: self._note(message.text))
        page.on("pageerror", lambda error: self.violations.append(f"uncaught: {error}"))
        await page.goto(f"{self.url}/#{address}")
        await page.locator('[data-testid="truth"][data-truth="connected"]').wait_for()
        return page

    def _note(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.violations.append(text)


def listening_socket() -> socket.socket:
    """A port that is ours before anybody is told of it. Skips as `chromium` does, before anything is open."""
    chromium()
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    return made


@asynccontextmanager
async def serving(ui: socket.socket, venue_url: str, **readers: str) -> AsyncIterator[str]:
    """The page's server on the socket, in this loop; its address. `readers` are rebuilder_url and market_data_url."""
    app = build(UiSettings(venue_url=venue_url, **readers))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", access_log=False, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[ui]))
    try:
        yield f"http://127.0.0.1:{ui.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def screen(ui: socket.socket, venue_url: str, **readers: str) -> AsyncIterator[Screen]:
    """Serves the page on the socket and starts a browser; both end with the block."""
    executable = chromium()
    async with serving(ui, venue_url, **readers) as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        shown = Screen(browser, url)
        try:
            yield shown
        finally:
            await browser.close()
    allowed = {urlsplit(one).netloc for one in (url, venue_url, *readers.values())}
    assert shown.requested <= allowed, f"the page asked {shown.requested - allowed}"
    assert not shown.violations, shown.violations


async def until(what: str, true: Callable[[], Awaitable[bool]], seconds: float = PATIENCE_MS / 1_000) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < deadline, f"never happened: {what}"
        await asyncio.sleep(0.02)


def repo() -> Path:
    return Path(__file__).parents[2]
