"""The System screen beside real readers: three books of one market, every hop with who measured it, who is well."""

import shutil
from pathlib import Path

import httpx
from playwright.async_api import Locator, Page, expect

from exchange.gateways.context import GatewaySettings
from tests.e2e.screen import listening_socket, screen
from tests.integration.test_rebuilder_process import Rebuilder
from tests.live import TICKER, LiveVenue, live
from tests.market_data_process import MarketData

expect.set_options(timeout=60_000)

FEED, LOG = "Feed (WebSocket)", "Rebuilder (log)"


def book(page: Page, name: str) -> Locator:
    return page.get_by_role("table", name="Three books").get_by_role("row").filter(has_text=name)


def process(page: Page, name: str) -> Locator:
    return page.locator(f'[data-process="{name}"]')


def hop(page: Page, name: str) -> Locator:
    return page.locator(f'[data-hop="{name}"]')


async def some_orders(venue: LiveVenue) -> None:
    maker = venue.trader(2)
    for side, price, count in (("bid", "0.4000", "5.00"), ("bid", "0.4100", "7.00"), ("ask", "0.6000", "10.00")):
        assert (await maker.order(side, price, count)).status_code == 201


async def test_the_three_books_are_the_same_until_the_rebuilder_is_gone(tmp_path: Path):
    ui = listening_socket()
    origin = f"http://127.0.0.1:{ui.getsockname()[1]}"
    async with live(tmp_path / "venue", gateways=GatewaySettings(ui_origins=(origin,))) as venue:
        await some_orders(venue)
        rebuilder = Rebuilder(tmp_path, venue, REBUILDER_ALLOWED_ORIGINS=origin)
        await rebuilder.start()
        async with screen(ui, venue.url, rebuilder_url=rebuilder.url) as shown:
            await rebuilder.reached(venue.venue.views.seq)
            page = await shown.open("member 1", "/system")
            for name in ("Venue (REST)", FEED, LOG):
                await expect(book(page, name)).to_contain_text("same")
                await expect(book(page, name)).to_contain_text("3")
            await expect(process(page, "Rebuilder")).to_contain_text("0 behind")
            await expect(process(page, "Market data")).to_contain_text("not running")
            await rebuilder.kill()
            await rebuilder.http.aclose()
            await expect(book(page, LOG)).to_contain_text("unknown")
            await expect(process(page, "Rebuilder")).to_contain_text("does not answer")
            await expect(book(page, FEED)).to_contain_text("same")


async def test_a_rebuilder_that_is_behind_is_shown_with_the_first_level_that_differs(tmp_path: Path):
    ui = listening_socket()
    origin = f"http://127.0.0.1:{ui.getsockname()[1]}"
    async with live(tmp_path / "venue", gateways=GatewaySettings(ui_origins=(origin,))) as venue:
        await some_orders(venue)
        behind = venue.venue.views.seq
        # A log that ends here: the rebuilder reads it to its end and stays there.
        shutil.copytree(tmp_path / "venue", tmp_path / "copy")
        await venue.trader(2).order("bid", "0.4100", "2.00")
        settings = {"REBUILDER_JOURNAL": str(tmp_path / "copy" / "journal"), "REBUILDER_ALLOWED_ORIGINS": origin}
        rebuilder = Rebuilder(tmp_path, venue, **settings)
        await rebuilder.start()
        try:
            async with screen(ui, venue.url, rebuilder_url=rebuilder.url) as shown:
                await rebuilder.reached(behind)
                page = await shown.open("member 1", "/system")
                await expect(book(page, LOG)).to_contain_text("differs")
                await expect(book(page, LOG)).to_contain_text("yes at 41¢: 7 against 9 at the venue")
                await expect(book(page, LOG)).to_contain_text(f"read the log up to seq {behind}")
                await expect(book(page, FEED)).to_contain_text("same")
        finally:
            await rebuilder.stop()


async def test_every_hop_from_an_order_to_a_frame_is_measured_and_says_by_whom(tmp_path: Path):
    ui = listening_socket()
    origin = f"http://127.0.0.1:{ui.getsockname()[1]}"
    async with live(tmp_path / "venue", gateways=GatewaySettings(ui_origins=(origin,))) as venue:
        journal = tmp_path / "venue" / "journal"
        async with (
            MarketData(tmp_path, journal, ALLOWED_ORIGINS=origin) as server,
            screen(ui, venue.url, market_data_url=server.url) as shown,
        ):
            page = await shown.open("member 1", f"/market/{TICKER}")
            await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "true")
            await page.get_by_label("Price", exact=True).fill("30")
            await page.get_by_role("button", name="Buy 10 YES at 30¢").click()
            await expect(page.get_by_test_id("placed")).to_be_visible()
            await page.evaluate("location.hash = '/system'")
            for name in ("Engine", "Order and answer"):
                await expect(hop(page, name)).to_contain_text("this page's own orders")
            await expect(hop(page, "Render")).to_contain_text("this page")
            await expect(process(page, "Market data")).to_contain_text("1 reader")
            await expect(hop(page, "Arrive")).to_contain_text("no change of this market has come from market data yet")
            await some_orders(venue)
            for name in ("Publish", "Send"):
                await expect(hop(page, name)).to_contain_text("market data, since its start")
                await expect(hop(page, name)).to_contain_text(" ms")
            await expect(hop(page, "Arrive")).to_contain_text("this page, as a reader of market data")
            async with httpx.AsyncClient(base_url=venue.url) as client:
                moved = await client.post("/sandbox/clock", json={"action": "advance", "by_ms": 60_000})
            assert moved.status_code == 200
            await expect(hop(page, "Publish")).to_contain_text("the venue's clock is not this computer's")
            await expect(hop(page, "Render")).to_contain_text("this page")
