"""Thousands of markets in the list: found as one types, filtered, scrolled to the end, few of them in the document."""

import json
import time

from playwright.async_api import Page, expect

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from tests.e2e.screen import listening_socket, screen
from tests.live import TICKER, basic_scenario, live
from wire.enums import FeeType
from wire.units import MICROS

expect.set_options(timeout=60_000)

EVENTS, MARKETS_EACH = 30, 100
MARKETS = EVENTS * MARKETS_EACH
LATER_EVENTS = 5
MOST_ROWS = 80
"""In the document, whatever the list's length: a window of 720 pixels shows some twenty."""

KEY_TO_LIST = """async (typed) => {
  const field = document.querySelector('#market-search');
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
  const began = performance.now();
  set.call(field, typed);
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const before = document.querySelector('main [role=status]').textContent;
  while (document.querySelector('main [role=status]').textContent === before)
    await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - began;
}"""


def many_markets() -> list[c.AnyCommand]:
    now_us = time.time_ns() // 1_000
    commands: list[c.AnyCommand] = [
        *basic_scenario(now_us=now_us),
        c.CreateSeries("KXMANY", FeeType.QUADRATIC, 10_000, json.dumps({"title": "Many"}).encode()),
    ]
    for event in range(EVENTS):
        name = f"KXMANY-{event:02}"
        opens_us = now_us + 3_600 * MICROS if event < LATER_EVENTS else now_us - MICROS
        body = json.dumps({"title": f"What about {event}?"}).encode()
        commands.append(c.CreateEvent(name, "KXMANY", False, "", body))
        for number in range(MARKETS_EACH):
            title = json.dumps({"title": "", "yes_sub_title": f"Answer {number}", "no_sub_title": "No"}).encode()
            commands.append(
                c.CreateMarket(
                    f"{name}-A{number:02}",
                    name,
                    opens_us,
                    now_us + 86_400 * MICROS,
                    60 * MICROS,
                    "linear_cent",
                    (),
                    title,
                )
            )
    return commands


async def rows(page: Page) -> int:
    count = await page.locator("[data-screen=markets] a[data-ticker]").count()
    assert count <= MOST_ROWS
    return count


async def test_three_thousand_markets_are_searched_filtered_and_scrolled(tmp_path, capsys):
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with (
        live(tmp_path, scenario=many_markets(), gateways=settings) as venue,
        screen(ui, venue.url) as shown,
    ):
        page = await shown.open("member 1", "/markets")
        found = page.locator("main").get_by_role("status")
        await expect(found).to_have_text(f"{MARKETS + 1} markets")
        assert await rows(page) > 0
        took = []
        for typed, count in (
            ("kxmany-1", 10 * MARKETS_EACH),
            ("kxmany-17", MARKETS_EACH),
            ("kxmany-17-a4", 10),
            ("kxmany-17-a42", 1),
            ("about 23? answer 7", sum("7" in str(number) for number in range(MARKETS_EACH))),
            ("", MARKETS + 1),
        ):
            took.append(await page.evaluate(KEY_TO_LIST, typed))
            await expect(found).to_have_text(f"{count} {'market' if count == 1 else 'markets'}")
            assert await rows(page) > 0
        await page.get_by_label("Status").select_option("unopened")
        await expect(found).to_have_text(f"{LATER_EVENTS * MARKETS_EACH} markets")
        await page.get_by_label("Status").select_option("open")
        await expect(found).to_have_text(f"{MARKETS + 1 - LATER_EVENTS * MARKETS_EACH} markets")
        scroller = page.locator("[data-screen=markets] [role=rowgroup][tabindex='0']")
        last = page.locator(f'[data-ticker="{TICKER}"]')
        began = time.monotonic()
        for _ in range(20):
            await scroller.evaluate("(list) => list.scrollBy(0, list.scrollHeight / 20)")
            await rows(page)
        await scroller.evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
        await expect(last).to_be_visible()
        scrolled = time.monotonic() - began
        await last.click()
        await expect(page.locator("[data-screen=market]")).to_be_visible()
    with capsys.disabled():
        keys = ", ".join(f"{one:.0f}" for one in took)
        print(f"\n{MARKETS + 1:,} markets: from key to list {keys} ms; twenty screens scrolled in {scrolled:.1f} s")
