"""What a person arranged is there again after the page was loaded anew, in the same browser and in no other."""

from playwright.async_api import Page, expect

from exchange.gateways.context import GatewaySettings
from tests.e2e.screen import listening_socket, screen
from tests.live import TICKER, live

expect.set_options(timeout=60_000)

MARKET = f"/market/{TICKER}"


async def go(page: Page, address: str) -> None:
    await page.evaluate(f"location.hash = '{address}'")
    await page.locator(f"[data-screen={address.split('/')[1]}]").wait_for()


async def arrange(page: Page) -> None:
    """Everything that can be arranged, otherwise than it was."""
    await page.get_by_role("radio", name="Depth").click()
    await page.get_by_role("radio", name="Candles").click()
    await page.get_by_role("radio", name="1W").click()
    await page.get_by_role("radio", name="NO", exact=True).click()
    await page.get_by_role("radio", name="%", exact=True).click()
    await page.get_by_label("Group prices").select_option("500")
    await page.get_by_role("tab", name="Rules").click()
    await page.get_by_role("separator", name="Height of the lower part").press("ArrowUp")
    book = page.get_by_role("separator", name="Width of the book")
    box = await book.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 2, box["y"] + 100)
    await page.mouse.down()
    await page.mouse.move(box["x"] + 2 - 64, box["y"] + 100, steps=4)
    await page.mouse.up()
    await page.get_by_label("Colours").select_option("dark")
    await go(page, "/portfolio")
    await page.get_by_role("tab", name="Fills").click()
    await go(page, "/markets")
    await page.get_by_role("radio", name="Flat").click()
    await page.get_by_label("Status").select_option("open")


async def test_the_whole_layout_is_remembered(tmp_path):
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings) as venue, screen(ui, venue.url) as shown:
        page = await shown.open("member 1", MARKET)
        await arrange(page)
        await page.reload()
        await expect(page.get_by_role("radio", name="Flat")).to_be_checked()
        await expect(page.get_by_label("Status")).to_have_value("open")
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await go(page, "/portfolio")
        await expect(page.get_by_role("tab", name="Fills")).to_have_attribute("data-state", "active")
        await go(page, MARKET)
        for chosen in ("Candles", "1W", "NO", "%"):
            await expect(page.get_by_role("radio", name=chosen, exact=True)).to_be_checked()
        await expect(page.get_by_label("Group prices")).to_have_value("500")
        await expect(page.get_by_role("tab", name="Rules")).to_have_attribute("data-state", "active")
        height = page.get_by_role("separator", name="Height of the lower part")
        width = page.get_by_role("separator", name="Width of the book")
        await expect(height).to_have_attribute("aria-valuenow", "32")
        await expect(width).to_have_attribute("aria-valuenow", "35")
        other = await shown.open("member 1", MARKET)
        await expect(other.get_by_role("separator", name="Width of the book")).to_have_attribute("aria-valuenow", "30")
