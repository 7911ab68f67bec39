"""A person at the screen: first trades, somebody else's orders, amend and cancel, settlement, two windows."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from tests.e2e.screen import Screen, listening_socket, screen
from tests.fix_client import FREE_PORTS, client
from tests.live import TICKER, LiveVenue, live
from wire.enums import MarketResult

expect.set_options(timeout=60_000)

MARKET = f"/market/{TICKER}"


@asynccontextmanager
async def house(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[LiveVenue, Screen]]:
    """A venue with three members and $1,000 each, and the screen beside it."""
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings, **options) as venue, screen(ui, venue.url) as shown:
        yield venue, shown


def level(page: Page, side: str, price: int):
    return page.locator(f'button[data-side="{side}"][data-price="{price}"]')


LIT = "[data-testid=book] [data-lit]"


async def lit_prices(page: Page) -> set[int]:
    """Levels that are lit at this moment."""
    found = await page.locator(LIT).evaluate_all("(rows) => rows.map((row) => Number(row.dataset.price))")
    return set(found)


async def note_lights(page: Page) -> None:
    """Have the page note every level that is lit from now on: a light may be gone before a slow machine looks."""
    await page.evaluate(
        """() => { window.lights = new Set();
        new MutationObserver(() => { for (const row of document.querySelectorAll('[data-testid=book] [data-lit]'))
          window.lights.add(`${row.dataset.side} ${row.dataset.price} ${row.dataset.sign}`); })
        .observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-lit'] }); }"""
    )


async def lights(page: Page) -> set[str]:
    """Side, YES price and sign of every level that was lit since `note_lights`."""
    return set(await page.evaluate("[...window.lights]"))


def order_row(page: Page):
    return page.locator("tr[data-order]")


async def test_first_trade_by_mouse(tmp_path):
    async with house(tmp_path) as (venue, shown):
        maker = venue.trader(2)
        await maker.order("ask", "0.6000", "100.00")
        page = await shown.open("member 1", "/markets")
        await page.locator(f'[data-ticker="{TICKER}"]').click()
        await level(page, "ask", 6000).click()
        await expect(page.get_by_label("Price", exact=True)).to_have_value("60")
        await expect(page.get_by_test_id("summary")).to_contain_text("10 at 60¢")
        await page.get_by_role("button", name="Buy 10 YES at 60¢").click()
        await expect(page.get_by_test_id("placed")).to_have_text("Accepted: 10 filled at 60¢")
        await expect(page.get_by_test_id("held")).to_have_text("10 YES")
        await expect(page.get_by_test_id("tape")).to_contain_text("60¢")
        await expect(page.get_by_test_id("announcer")).to_contain_text("Filled: 10 bought YES at 60¢")
        await expect(level(page, "ask", 6000)).to_have_attribute("data-size", "9000")
        await expect(page.get_by_test_id("balance")).to_contain_text("$993.8")


async def test_first_trade_by_keyboard(tmp_path):
    async with house(tmp_path) as (venue, shown):
        await venue.trader(2).order("ask", "0.6000", "100.00")
        page = await shown.open("member 1", "/portfolio")
        keys = page.keyboard
        await keys.press("/")
        await expect(page.get_by_label("Search markets")).to_be_focused()
        await keys.type("kxtest-26")
        for _ in range(6):
            await keys.press("Tab")
            if await page.evaluate("document.activeElement.dataset.ticker !== undefined"):
                break
        await keys.press("Enter")
        await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "true")
        await keys.press("p")
        await keys.type("60")
        await expect(page.get_by_label("Price", exact=True)).to_have_value("60")
        await page.get_by_label("Price", exact=True).blur()
        await keys.press("c")
        await keys.type("3")
        await expect(page.get_by_role("button", name="Buy 3 YES at 60¢")).to_be_enabled()
        await keys.press("Control+Enter")
        await expect(page.get_by_test_id("placed")).to_have_text("Accepted: 3 filled at 60¢")


async def test_the_order_of_somebody_else_lights_its_level_and_no_other(tmp_path):
    async with house(tmp_path) as (venue, shown):
        other = venue.trader(2)
        for price in ("0.4000", "0.4100", "0.4200"):
            await other.order("bid", price, "5.00")
        page = await shown.open("member 1", MARKET)
        await expect(level(page, "bid", 4200)).to_be_visible()
        assert await page.locator(LIT).count() == 0, "a snapshot lights nothing"
        await other.order("bid", "0.4100", "2.00")
        await expect(level(page, "bid", 4100).and_(page.locator('[data-sign="1"]'))).to_be_attached()
        assert await lit_prices(page) <= {4100}
        await expect(level(page, "bid", 4100)).to_have_attribute("data-size", "700")


async def test_an_order_over_fix_lights_its_level_on_the_screen(tmp_path):
    """Somebody else's other door: bought over FIX, the offer shrinks before the eyes of who looks on."""
    async with house(tmp_path, fix=FREE_PORTS) as (venue, shown):
        fix = await client(venue, 2, "NR")
        for price in ("0.6000", "0.6100", "0.6200"):
            await venue.trader(3).order("ask", price, "10.00")
        page = await shown.open("member 1", MARKET)
        await expect(level(page, "ask", 6000)).to_have_attribute("data-size", "1000")
        await note_lights(page)
        fix.order("first", price="60", count="4")
        await expect(level(page, "ask", 6000)).to_have_attribute("data-size", "600")
        fix.order("second", price="40", count="3")
        await expect(level(page, "bid", 4000)).to_have_attribute("data-size", "300")
        await expect(page.get_by_test_id("tape")).to_contain_text("60¢")
        await expect(page.locator(LIT)).to_have_count(0)
        assert await lights(page) == {"ask 6000 -1", "bid 4000 1"}


async def test_a_fresh_snapshot_lights_nothing_however_different_it_is(tmp_path):
    async with house(tmp_path) as (venue, shown):
        other = venue.trader(2)
        await other.order("bid", "0.4000", "5.00")
        page = await shown.open("member 1", MARKET)
        await expect(level(page, "bid", 4000)).to_have_attribute("data-size", "500")
        await note_lights(page)
        await page.evaluate("location.hash = '/portfolio'")
        await page.locator("[data-screen=portfolio]").wait_for()
        await other.order("bid", "0.4100", "2.00")
        await other.order("bid", "0.4000", "2.00")
        await page.go_back()
        await expect(level(page, "bid", 4000)).to_have_attribute("data-size", "700")
        await expect(level(page, "bid", 4100)).to_have_attribute("data-size", "200")
        assert await lights(page) == set()


async def test_an_order_is_amended_and_canceled_where_it_stands(tmp_path):
    async with house(tmp_path) as (venue, shown):
        trader = venue.trader(1)
        await venue.trader(2).order("bid", "0.3000", "7.00")
        await trader.order("bid", "0.3000", "10.00")
        page = await shown.open("member 1", MARKET)
        await expect(level(page, "bid", 3000)).to_contain_text("q7")
        await order_row(page).get_by_role("button", name="Amend").click()
        await page.get_by_label("New YES price").fill("35")
        await page.get_by_label("New count left").fill("4")
        await page.keyboard.press("Enter")
        await expect(order_row(page)).to_contain_text("35¢")
        await expect(level(page, "bid", 3500)).to_contain_text("● 4")
        await expect(level(page, "bid", 3000)).to_have_attribute("data-size", "700")
        await order_row(page).get_by_role("button", name="Cancel").click()
        await expect(level(page, "bid", 3500)).to_have_count(0)
        await expect(order_row(page)).to_have_count(0)
        assert (await trader.http.get("/portfolio/orders?status=resting")).json()["orders"] == []


async def test_a_refusal_is_shown_in_words_with_its_code(tmp_path):
    async with house(tmp_path) as (_, shown):
        page = await shown.open("member 1", MARKET)
        await page.get_by_label("Price", exact=True).fill("50")
        await page.get_by_label("Lives").select_option("fill_or_kill")
        await page.get_by_role("button", name="Buy 10 YES at 50¢").click()
        refusal = page.get_by_role("alert")
        await expect(refusal).to_contain_text("not enough to fill all of it")
        await expect(refusal).to_contain_text("fill_or_kill_insufficient_resting_volume, HTTP 409")


async def test_a_settled_market_pays_and_says_so(tmp_path):
    async with house(tmp_path) as (venue, shown):
        await venue.trader(2).order("ask", "0.6000", "10.00")
        await venue.trader(1).order("bid", "0.6000", "10.00")
        page = await shown.open("member 1", MARKET)
        await expect(page.get_by_test_id("held")).to_have_text("10 YES")
        now_us = venue.venue.clock.now_us()
        await venue.do(c.SetCloseTime(TICKER, now_us + 1_000))
        await expect(page.get_by_test_id("lifecycle")).to_have_attribute("data-status", "closed")
        await expect(page.get_by_test_id("ticket-reason")).to_have_text("The market is closed")
        await venue.do(c.DetermineMarket(TICKER, MarketResult.YES, 0), c.SettleMarket(TICKER))
        await expect(page.get_by_test_id("lifecycle")).to_have_attribute("data-status", "finalized")
        await expect(page.get_by_test_id("lifecycle")).to_contain_text("result yes, YES pays 100¢")
        await page.get_by_role("tab", name="Settlements").click()
        await expect(page.locator(f'[data-settlement="{TICKER}"]')).to_contain_text("+$10.00")
        await expect(page.get_by_test_id("balance")).to_contain_text("$1,003.8")


async def test_two_accounts_trade_with_each_other_in_two_windows(tmp_path):
    async with house(tmp_path) as (_, shown):
        left, right = await asyncio.gather(shown.open("member 1", MARKET), shown.open("member 2", MARKET))
        await left.get_by_label("Price", exact=True).fill("45")
        await left.get_by_role("button", name="Buy 10 YES at 45¢").click()
        await expect(left.get_by_test_id("placed")).to_have_text("Accepted: 10 resting")
        await level(right, "bid", 4500).click()
        await right.get_by_role("button", name="Sell 10 YES at 45¢").click()
        await expect(right.get_by_test_id("held")).to_have_text("10 NO")
        await expect(left.get_by_test_id("held")).to_have_text("10 YES")
        await expect(left.get_by_test_id("announcer")).to_contain_text("bought YES at 45¢")
        for page in (left, right):
            await expect(level(page, "bid", 4500)).to_have_count(0)


async def test_another_account_is_chosen_and_kept_by_the_window(tmp_path):
    async with house(tmp_path) as (venue, shown):
        await venue.trader(3).order("bid", "0.2000", "1.00")
        page = await shown.open("member 1", MARKET)
        await expect(level(page, "bid", 2000)).not_to_contain_text("●")
        await page.get_by_label("Account", exact=True).select_option("member 3")
        await expect(level(page, "bid", 2000)).to_contain_text("● 1")
