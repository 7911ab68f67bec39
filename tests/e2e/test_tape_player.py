"""The tape player on the screen: load, play, scrub; after every seek the book on the screen is that of REST."""

import os

import pytest
from playwright.async_api import expect

from sandbox.tapes.library import INCLUDED
from sandbox.tapes.recording import find
from sandbox.tapes.reel import Reel
from tests.e2e.screen import until
from tests.e2e.shown_book import read, rows_of
from tests.e2e.test_every_screen import AXE, violations
from tests.e2e.whole_house import TIMES, browsing, card, open_house
from wire.enums import BookSide
from wire.units import PAYOUT

expect.set_options(timeout=60_000)

(TAPE,) = find(INCLUDED)
REEL = Reel(TAPE)
SLIDER = "Position on the tape"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """Nobody else trades: the whole book is the tape's."""
    with open_house(tmp_path_factory.mktemp("tape"), "none") as house:
        yield house


@pytest.fixture
async def house(started):
    await started.ask("DELETE", "/sandbox/tape")
    return started


def recorded(position_ms):
    """What the screen must show of a moment of the recording."""
    book = REEL.book_after(REEL.count_until(position_ms))
    bids = [(key.price, count) for key, count in book.items() if key.side is BookSide.BID]
    return rows_of(bids, [(PAYOUT - key.price, count) for key, count in book.items() if key.side is BookSide.ASK])


def axe():
    """The checker's script; a skip, or a failure under CI=true, where it is not installed."""
    if not AXE.is_file():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("axe-core is not installed (make ui)")
    return AXE.read_text()


async def load(page):
    player = card(page, "Tape player")
    await player.get_by_label("Tape", exact=True).select_option(TAPE.ticker)
    await player.get_by_role("button", name="Load").click()
    await expect(player.get_by_test_id("tape-position")).to_have_text("00:00")
    return player


async def stands_at(house, position_ms):
    """Until the venue says so."""

    async def there():
        return (await house.sandbox("tape"))["position_ms"] == position_ms

    await until(f"the tape stands at {position_ms} ms", there)


async def shows(house, market, position_ms):
    """The market's screen shows what REST says, and that is what was recorded."""
    rest = await house.book(TAPE.ticker)
    assert rest == recorded(position_ms)

    async def equal():
        book = await read(market)
        return book is not None and book.live and book.rows == rest

    await until("the screen shows the book of REST", equal)


async def test_after_every_seek_the_book_on_the_screen_is_that_of_rest_and_of_the_recording(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        market = await shown.open("bob", f"/market/{TAPE.ticker}")
        await shows(house, market, 0)
        slider = player.get_by_label(SLIDER)
        await slider.focus()
        at = 0
        for key, step in (
            ("PageUp", 60_000),
            ("ArrowRight", 5_000),
            ("PageUp", 60_000),
            ("ArrowLeft", -5_000),
            ("PageDown", -60_000),
        ):
            at += step
            await page.keyboard.press(key)
            await stands_at(house, at)
            await shows(house, market, at)
        await page.keyboard.press("End")
        await stands_at(house, REEL.duration_ms)
        await shows(house, market, REEL.duration_ms)
        await page.keyboard.press("Home")
        await stands_at(house, 0)
        await shows(house, market, 0)
        await expect(slider).to_have_attribute("aria-valuetext", "00:00 of 14:59")


async def test_a_hand_that_drags_takes_the_book_to_where_it_lets_go(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        market = await shown.open("bob", f"/market/{TAPE.ticker}")
        box = await player.get_by_label(SLIDER).bounding_box()
        assert box is not None, "it is on the screen"
        middle = box["y"] + box["height"] / 2
        await page.mouse.move(box["x"] + 8, middle)
        await page.mouse.down()
        for part in (0.8, 0.3, 0.55, 0.7, 0.45):
            await page.mouse.move(box["x"] + box["width"] * part, middle, steps=6)
        await page.mouse.up()
        wanted = int(await player.get_by_label(SLIDER).input_value())
        assert 0.4 < wanted / REEL.duration_ms < 0.5
        await stands_at(house, wanted)
        await shows(house, market, wanted)


async def test_a_tape_plays_at_sixty_times_its_speed_and_is_paused(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        market = await shown.open("bob", f"/market/{TAPE.ticker}")
        await player.get_by_role("radio", name=f"{TIMES}60").click()
        # A tape goes by the venue's clock: with that in hand a slow page cannot come too late.
        await house.ask("POST", "/sandbox/clock", {"action": "freeze"})
        try:
            await player.get_by_role("button", name="Play").click()
            await expect(player.get_by_text(f"playing {TIMES}60")).to_be_visible()
            await house.ask("POST", "/sandbox/clock", {"action": "advance", "by_ms": 1_500})
            await stands_at(house, 90_000)
            await player.get_by_role("button", name="Pause").click()
            await expect(player.get_by_text("paused")).to_be_visible()
        finally:
            await house.ask("POST", "/sandbox/clock", {"action": "resume"})
        tape = await house.sandbox("tape")
        assert (tape["playing"], tape["speed"], tape["in_step"]) == (False, 60, True)
        await shows(house, market, tape["position_ms"])


async def test_axe_finds_nothing_serious_on_a_player_with_a_tape(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox", reduced_motion="reduce")
        await load(page)
        await page.evaluate(axe())
        found = []
        for colours in ("light", "dark"):
            await page.emulate_media(color_scheme=colours)
            found += await violations(page, colours)
        assert not found, "\n".join(found)


async def test_a_tape_is_ejected_and_its_orders_are_gone(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        await player.get_by_role("button", name="Eject").click()
        await expect(player.get_by_text("no tape", exact=True)).to_be_visible()
        assert not (await house.sandbox("tape"))["loaded"]
        assert await house.book(TAPE.ticker) == ([], [])


async def test_a_reset_ejects_it_and_the_screen_says_so(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        await house.ask("POST", "/sandbox/reset")
        await expect(player.get_by_text("no tape", exact=True)).to_be_visible()
        await expect(player.get_by_label(SLIDER)).to_have_count(0)


async def test_a_killed_venue_is_not_known_and_is_back_with_its_tape(house):
    async with browsing(house) as shown:
        page = await shown.open("alice", "/sandbox")
        player = await load(page)
        await player.get_by_label(SLIDER).focus()
        await page.keyboard.press("PageUp")
        await stands_at(house, 60_000)
        house.kill()
        await expect(player.get_by_text("not known")).to_be_visible()
        await expect(player.get_by_label(SLIDER)).to_be_disabled()
        await expect(player.get_by_role("button", name="Load")).to_be_disabled()
        house.up("none")
        await expect(player.get_by_text("paused")).to_be_visible()
        await expect(player.get_by_test_id("tape-position")).to_have_text("01:00")
        await expect(player.get_by_label(SLIDER)).to_be_enabled()
        market = await shown.open("bob", f"/market/{TAPE.ticker}")
        await shows(house, market, 60_000)
