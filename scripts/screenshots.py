"""`python scripts/screenshots.py [FOLDER]`: every screen, light and dark, at two sizes, of a demo venue that is alive.

Starts the house on free ports in a folder of its own, lets the crowd trade through a quarter of an hour of venue time,
trades a little as alice, and writes docs/ui/SCREEN-COLOURS-WIDTH.png. Needs Chromium and the built screen (`make ui`).
System comes first: its latencies mean nothing once the venue's clock was moved.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
SIZES = ((1280, 720), (1920, 1080))
COLOURS = ("light", "dark")
SPEED, SECONDS = 6, 150
"""A quarter of an hour of venue time."""
TAPE_AT_MS = 412_000
SETTLED_SECONDS = 20
"""For the crowd to stand in its books again, and for the lists to be read again."""


def house(state: str, *words: str) -> str:
    """One verb of `mock-kalshi`, its output."""
    command = [sys.executable, "-m", "sandbox.cli", *words, "--state", state]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603  # our own command


class Venue:
    """The venue's REST as alice, in the way of the page: with a token."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=60)
        token = self._http.post("/sandbox/session", json={"account": "alice"}).json()["token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def clock(self, **wanted: object) -> None:
        self._http.post("/sandbox/clock", json=wanted).raise_for_status()

    def markets(self) -> list[dict[str, Any]]:
        """Open ones with a middling price, the busiest first."""
        found = self._http.get("/trade-api/v2/markets?status=open&limit=1000").json()["markets"]
        fit = [one for one in found if 0.2 < float(one["yes_bid_dollars"]) < float(one["yes_ask_dollars"]) < 0.8]
        return sorted(fit, key=lambda one: -float(one["volume_fp"]))

    def order(self, ticker: str, side: str, price: float, count: int, lives: str = "good_till_canceled") -> None:
        body = {"ticker": ticker, "side": side, "price": f"{price:.4f}", "count": f"{count}.00", "time_in_force": lives}
        body["self_trade_prevention_type"] = "taker_at_cross"
        self._http.post("/trade-api/v2/portfolio/events/orders", json=body).raise_for_status()

    def trade(self, listed: list[dict[str, Any]]) -> None:
        """Some positions of both kinds, some resting orders behind the best prices."""
        for place, one in enumerate(listed[:5]):
            bid, ask = (round(float(one[f"yes_{side}_dollars"]), 2) for side in ("bid", "ask"))
            side, limit = ("bid", ask + 0.05) if place % 2 == 0 else ("ask", bid - 0.05)
            self.order(one["ticker"], side, limit, 20 + 15 * place, "immediate_or_cancel")
            self.order(one["ticker"], "bid", bid - 0.02, 40)
            self.order(one["ticker"], "ask", ask + 0.02, 25)

    def furnish(self) -> None:
        """Something on every card of the sandbox: a tape in the player, a rule, a saved state, a refused signature."""
        tape = self._http.get("/sandbox/tapes").json()["tapes"][0]["name"]
        wishes: tuple[tuple[str, dict[str, object]], ...] = (
            ("tape/load", {"name": tape, "position_ms": TAPE_AT_MS, "speed": 20}),
            ("chaos", {"channel": "ws", "fault": "latency", "ms": 50, "operation": "ticker"}),
            ("snapshots", {"name": "before-the-match"}),
        )
        for path, wish in wishes:
            self._http.post(f"/sandbox/{path}", json=wish).raise_for_status()
        signed = {"KALSHI-ACCESS-KEY": "nobody", "KALSHI-ACCESS-SIGNATURE": "bm90", "KALSHI-ACCESS-TIMESTAMP": "1"}
        httpx.post(f"{self._http.base_url}/trade-api/v2/portfolio/events/orders", headers=signed, json={})


async def shoot(browser: Browser, url: str, out: Path, screens: dict[str, str]) -> None:
    for width, height in SIZES:
        for colours in COLOURS:
            scheme: Any = colours
            window = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page = await window.new_page()
            for name, address in screens.items():
                await page.goto(f"{url}/#{address}")
                await page.locator(f"[data-screen={address.split('/')[1]}]").wait_for()
                await prepare(page, name)
                await page.screenshot(path=out / f"{name}-{colours}-{width}.png")
            await window.close()


async def order_of_the_page(page: Page) -> None:
    """So that the hops of an order have been measured."""
    hop = page.locator('[data-hop="Engine"]')
    await page.get_by_text("what the others are held against").wait_for()
    ticker = await page.get_by_label("Market to compare").input_value()
    back = page.url.partition("#")[2]
    await page.evaluate(f"location.hash = '/market/{ticker}'")
    await page.get_by_label("Count", exact=True).fill("1")
    await page.get_by_role("button", name="Buy 1 YES").click()
    await page.get_by_test_id("placed").wait_for()
    await page.evaluate(f"location.hash = '{back}'")
    await hop.get_by_text("own orders").wait_for()


async def prepare(page: Page, name: str) -> None:
    """What a person would have before the eyes after some seconds."""
    if name == "system":
        await order_of_the_page(page)
        await page.get_by_text("every level is the same").nth(1).wait_for()
        await page.locator('[data-hop="Arrive"]').get_by_text("as a reader of market data").wait_for()
    if name == "sandbox":
        await page.get_by_test_id("tape-position").wait_for()
        await page.locator("[data-rule]").wait_for()
        await page.get_by_role("table", name="Refused signatures").wait_for()
    await page.wait_for_timeout(4_000 if name in ("market", "system") else 2_000)


async def main(out: Path) -> None:
    with tempfile.TemporaryDirectory() as state:
        house(state, "up", "--port", "0", "--no-fix", "--mix", "quiet", "--seed", "7", "--detach")
        try:
            said = json.loads(house(state, "status", "-o", "json"))
            url, venue = said["MOCK_KALSHI_UI_URL"], Venue(f"http://{said['host']}:{said['port']}")
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=CHROMIUM,
                    args=["--no-sandbox", "--disable-gpu", "--disable-lcd-text", "--force-color-profile=srgb"],
                )
                await asyncio.sleep(SETTLED_SECONDS)
                await shoot(browser, url, out, {"system": "/system"})
                venue.clock(action="speed", speed=SPEED)
                await asyncio.sleep(SECONDS)
                venue.clock(action="resume")
                await asyncio.sleep(SETTLED_SECONDS)
                listed = venue.markets()
                venue.trade(listed)
                await asyncio.sleep(2)
                await shoot(
                    browser,
                    url,
                    out,
                    {
                        "markets": "/markets",
                        "market": f"/market/{listed[0]['ticker']}",
                        "portfolio": "/portfolio",
                    },
                )
                venue.furnish()
                await shoot(browser, url, out, {"sandbox": "/sandbox"})
                await browser.close()
        finally:
            house(state, "down")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "ui"))
