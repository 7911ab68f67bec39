"""What a thousand changes a second cost the page: processor time a frame, frames a second, memory.

Frames a second on a machine that does other things too are printed; what is asserted is the processor time of the
page's main thread in units of work measured in the same page, how often it lays itself out, and the slope of its heap.

    UI_SOAK_MINUTES=10 pytest -n 0 tests/e2e/test_pace.py

measures for ten minutes and says each minute; without, for some seconds.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from tests.e2e.bare_chromium import BarePage, bare_page
from tests.e2e.flow import Flow
from tests.e2e.screen import listening_socket, serving
from tests.live import TICKER, live
from wire.accounts import account_of
from wire.units import DOLLAR

SOAK_SECONDS = 60 * float(os.environ.get("UI_SOAK_MINUTES", "0.2"))
LOOKS = 6
"""How often memory is read, at least; once a minute in a long run."""
WARM_UP_SECONDS = 3
MOST_MB = 3.0
"""How much the heap may differ between the beginning and the end: lists are full after some seconds."""
MOST_NODES = 1_000

YARDSTICK = """(() => { const text = JSON.stringify({ type: "orderbook_delta", sid: 3, seq: 812, msg: {
  market_ticker: "KXTEST-26-A", price_dollars: "0.5600", delta_fp: "10.00", side: "yes", ts_ms: 1790000000000 } });
  let sum = 0; for (let at = 0; at < 20000; at += 1) sum += JSON.parse(text).seq; return sum; })()"""
PARSED = 20_000
PARSED_A_FRAME, PARSED_A_DELTA = 10_000, 300
"""What the page may spend, in messages that could be parsed instead of a frame drawn or a delta folded: 10 ms and
300 us where a message takes 1 us. Half of that is spent there, and fifty frames a second leave 20 ms to each;
before the book was made for this, a frame took more than the 20."""


@asynccontextmanager
async def fast_market(folder: Path) -> AsyncIterator[tuple[BarePage, Flow]]:
    """A page on a market through which a thousand changes a second run."""
    ui = listening_socket()
    url = f"http://127.0.0.1:{ui.getsockname()[1]}"
    settings = GatewaySettings(ui_origins=(url,))
    async with live(folder / "venue", gateways=settings) as venue, serving(ui, venue.url):
        await venue.do(c.Deposit(account_of(2), 1_000_000 * DOLLAR))
        flow = Flow(venue, seed=6)
        flowing = asyncio.create_task(flow.run())
        try:
            async with bare_page(folder, url, f"/market/{TICKER}") as page:
                await page.until("document.querySelector('[data-testid=book]')?.dataset.live === 'true'")
                yield page, flow
        finally:
            flowing.cancel()
            await asyncio.gather(flowing, return_exceptions=True)


async def test_a_thousand_changes_a_second_leave_time_for_fifty_frames(tmp_path, capsys):
    async with fast_market(tmp_path) as (page, flow):
        await page.evaluate(YARDSTICK)
        message = await page.processor_seconds(YARDSTICK) / PARSED
        flow.go()
        await page.cost(WARM_UP_SECONDS)
        before = flow.commands
        cost = await page.cost(5)
        deltas = flow.commands - before
        rate = deltas / cost.seconds
        with capsys.disabled():
            print(f"\n{rate:,.0f} deltas/s: {cost}; a message parsed {1e6 * message:.2f} us")
        assert cost.frames > 0
        assert cost.task < (cost.frames * PARSED_A_FRAME + deltas * PARSED_A_DELTA) * message
        assert cost.layouts <= 1.5 * cost.frames, "something is laid out more than once a frame"


@pytest.mark.timeout(SOAK_SECONDS + 300)
async def test_memory_is_flat_in_a_fast_market(tmp_path, capsys):
    async with fast_market(tmp_path) as (page, flow):
        flow.go()
        await page.cost(WARM_UP_SECONDS)
        each = min(60.0, SOAK_SECONDS / LOOKS)
        heaps, nodes = [await page.heap_mb()], [await page.nodes()]
        for look in range(round(SOAK_SECONDS / each)):
            before = flow.commands
            cost = await page.cost(each)
            heaps.append(await page.heap_mb())
            nodes.append(await page.nodes())
            with capsys.disabled():
                rate = (flow.commands - before) / cost.seconds
                after = f"{(look + 1) * each:.0f} s"
                print(f"\n{after}: {rate:,.0f} deltas/s, heap {heaps[-1]:.1f} MB, {nodes[-1]:,} nodes, {cost}", end="")
        assert await page.evaluate("document.querySelector('[data-testid=book]').dataset.live") == "true"
        # The least of each half: garbage that is not collected yet comes on top, never below.
        middle = len(heaps) // 2
        assert min(heaps[middle:]) - min(heaps[:middle]) < MOST_MB, heaps
        assert min(nodes[middle:]) - min(nodes[:middle]) < MOST_NODES, nodes
