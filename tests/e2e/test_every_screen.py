"""Every screen, light and dark: axe finds nothing serious, and a power the venue lacks is said calmly."""

import asyncio
import json
import os
import sys

import httpx
import pytest
from playwright.async_api import Page, expect

from exchange.gateways.context import GatewaySettings
from sandbox.ui_server import BUILT
from tests.e2e.screen import chromium, listening_socket, repo, screen
from tests.live import TICKER, live

expect.set_options(timeout=60_000)

AXE = repo() / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
SCREENS = {
    "markets": "/markets",
    "market": f"/market/{TICKER}",
    "portfolio": "/portfolio",
    "sandbox": "/sandbox",
    "system": "/system",
}


async def violations(page: Page, where: str) -> list[str]:
    """What axe calls serious or worse, one line each."""
    found = await page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{where}: {one['id']} at {', '.join(str(node['target']) for node in one['nodes'][:3])}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_axe_finds_nothing_serious(tmp_path, colours):
    chromium()
    if not AXE.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("axe-core is not installed (make ui)")
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings) as venue, screen(ui, venue.url) as shown:
        trader, other = venue.trader(1), venue.trader(2)
        await other.order("ask", "0.6000", "10.00")
        await trader.order("bid", "0.6000", "4.00")
        await trader.order("bid", "0.3000", "5.00")
        page = await shown.open("member 1", "/markets", color_scheme=colours, reduced_motion="reduce")
        await page.evaluate(AXE.read_text())
        found: list[str] = []
        for name, address in SCREENS.items():
            await page.evaluate(f"location.hash = {json.dumps(address)}")
            await page.locator(f"[data-screen={name}]").wait_for()
            if name == "market":
                await expect(page.locator("tr[data-order]")).to_have_count(1)
                await page.get_by_role("button", name="Amend").click()
            found += await violations(page, f"{colours} {name}")
        await page.keyboard.press("Control+k")
        await page.get_by_role("dialog").wait_for()
        found += await violations(page, f"{colours} command menu")
        assert not found, "\n".join(found)


async def test_the_command_menu_finds_a_market_by_name(tmp_path):
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings) as venue, screen(ui, venue.url) as shown:
        page = await shown.open("member 1", "/portfolio")
        await page.keyboard.press("Control+k")
        await page.get_by_placeholder("Market, screen, account…").fill(TICKER.lower())
        await expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text(TICKER)
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-screen=market]")).to_be_visible()


async def test_the_server_of_the_page_runs_on_its_own(tmp_path):
    """`python -m sandbox.ui_server` with UI_PORT=0 prints where it is, and ends with SIGTERM."""

    env = os.environ | {"UI_PORT": "0", "UI_VENUE_URL": "http://127.0.0.1:1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.ui_server", cwd=repo(), env=env, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None, "piped"
    try:
        async with asyncio.timeout(60):
            url = json.loads(await process.stdout.readline())["url"]
        async with httpx.AsyncClient(timeout=30) as client:
            said = (await client.get(f"{url}/health/live")).json()
        assert said == {"status": "ok", "built": (BUILT / "index.html").is_file()}
    finally:
        process.terminate()
        async with asyncio.timeout(60):
            assert await process.wait() == 0
