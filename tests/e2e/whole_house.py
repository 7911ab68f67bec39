"""`mock-kalshi up` as a person runs it, screen and crowd included, and a browser in front of it.

What a test clicks is looked up over REST here, never on the page.
"""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Page, async_playwright

from sandbox.state_dir import RunInfo, StateDir
from tests.e2e.screen import FLAGS, Screen, chromium
from tests.e2e.shown_book import Rows, rows_of
from tests.integration.test_cli import Cli
from tests.integration.test_cli import until as wait_until
from tests.live import API
from wire.units import parse_count, parse_price

CROWD = "market-maker"
TIMES = "\N{MULTIPLICATION SIGN}"
"""Before a speed, as the screen writes it."""


class House:
    """A venue in a folder. `up` and `kill` may be called again and again; venue and screen keep their addresses."""

    def __init__(self, folder: Path) -> None:
        self.tapes = folder / "tapes"
        self.state = StateDir(folder / "venue")
        self._cli = Cli(self.state.path)
        self._ports: tuple[str, ...] = ("--port", "0")

    def up(self, mix: str) -> None:
        options = ("--no-fix", "--mix", mix, "--seed", "5", "--tapes", str(self.tapes), "--detach")
        done = self._cli("up", *self._ports, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        run = self.run
        readers = {name: str(urlsplit(url).port) for name, url in run.readers.items()}
        self._ports = ("--port", str(run.port), "--ui-port", readers["ui"])
        self._ports += ("--rebuilder-port", "0", "--market-data-port", "0")
        wait_until(lambda: _answers(f"{run.readers['ui']}/health/live"))

    def down(self) -> None:
        self._cli("down")

    def kill(self) -> None:
        """As power cuts do."""
        os.kill(self.run.pid, signal.SIGKILL)
        wait_until(lambda: not self.state.is_locked())

    @property
    def run(self) -> RunInfo:
        found = self.state.run_info()
        assert found is not None, "it runs"
        return found

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.run.port}"

    async def ask(self, method: str, path: str, content: object = None, account: str = "") -> Any:
        """The body of an answer: of /sandbox, or, with an account or without, of the API."""
        async with httpx.AsyncClient(base_url=self.root, timeout=60) as client:
            headers = {}
            if account:
                granted = await client.post("/sandbox/session", json={"account": account})
                headers = {"Authorization": f"Bearer {granted.json()['token']}"}
            answer = await client.request(method, path, json=content, headers=headers)
            assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
            return answer.json() if answer.content else None

    async def sandbox(self, path: str) -> Any:
        return await self.ask("GET", f"/sandbox/{path}")

    async def api(self, path: str, account: str = "") -> Any:
        return await self.ask("GET", f"{API}{path}", account=account)

    async def status(self, ticker: str) -> str:
        found: str = (await self.api(f"/markets/{ticker}"))["market"]["status"]
        return found

    async def book(self, ticker: str) -> tuple[Rows, Rows]:
        """What the screen must show of a market's book."""
        sides = (await self.api(f"/markets/{ticker}/orderbook"))["orderbook_fp"]
        yes, no = ([(parse_price(p), parse_count(n)) for p, n in sides[f"{side}_dollars"]] for side in ("yes", "no"))
        return rows_of(yes, no)


@contextmanager
def open_house(folder: Path, mix: str) -> Iterator[House]:
    """A house for the tests of a file: to begin one costs half a minute."""
    chromium()
    house = House(folder)
    house.up(mix)
    yield house
    house.down()


@asynccontextmanager
async def browsing(house: House) -> AsyncIterator[Screen]:
    """A browser at the screen of a house; nothing may have asked anybody but the house."""
    executable = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        shown = Screen(browser, house.run.readers["ui"])
        try:
            yield shown
        finally:
            await browser.close()
    allowed = {urlsplit(url).netloc for url in (house.root, *house.run.readers.values())}
    assert shown.requested <= allowed, f"the page asked {shown.requested - allowed}"
    assert not shown.violations, shown.violations


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).is_success
    except httpx.HTTPError:
        return False


def card(page: Page, title: str) -> Any:
    """One power on the Sandbox screen."""
    return page.locator("section.panel").filter(has=page.get_by_role("heading", name=title, exact=True))
