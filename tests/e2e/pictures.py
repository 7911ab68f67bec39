"""Pictures of the Sandbox screen for docs: `python -m tests.e2e.pictures [FOLDER]`, light and dark, in two sizes.

A venue as `mock-kalshi up` begins it, with a crowd, a tape in the player, a rule of chaos and a refused signature.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import httpx

from sandbox.tapes.library import INCLUDED
from sandbox.tapes.recording import find
from tests.e2e.screen import repo
from tests.e2e.whole_house import House, browsing
from tests.live import API

SIZES = ((1280, 720), (1920, 1080))
COLOURS = ("light", "dark")
AT_MS = 412_000


async def take(house: House, folder: Path) -> None:
    name = find(INCLUDED)[0].ticker
    await house.ask("POST", "/sandbox/tape/load", {"name": name, "position_ms": AT_MS, "speed": 20})
    await house.ask("POST", "/sandbox/chaos", {"channel": "ws", "fault": "latency", "ms": 50, "operation": "ticker"})
    await house.ask("POST", "/sandbox/snapshots", {"name": "before-the-match"})
    async with httpx.AsyncClient(base_url=house.root) as client:
        signed = {"KALSHI-ACCESS-KEY": "nobody", "KALSHI-ACCESS-SIGNATURE": "bm90", "KALSHI-ACCESS-TIMESTAMP": "1"}
        await client.post(f"{API}/portfolio/events/orders", headers=signed, json={})
    async with browsing(house) as shown:
        for width, height in SIZES:
            for colours in COLOURS:
                size = {"width": width, "height": height}
                page = await shown.open("alice", "/sandbox", viewport=size, color_scheme=colours)
                await page.get_by_test_id("tape-position").wait_for()
                await page.locator("[data-rule]").wait_for()
                await page.get_by_role("table", name="Refused signatures").wait_for()
                await page.screenshot(path=folder / f"sandbox-{colours}-{width}.png")
                await page.context.close()


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else repo() / "docs" / "ui"
    with tempfile.TemporaryDirectory() as place:
        house = House(Path(place))
        house.up("quiet")
        try:
            asyncio.run(take(house, folder))
        finally:
            house.down()


if __name__ == "__main__":
    main()
