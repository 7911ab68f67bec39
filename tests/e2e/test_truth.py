"""Whether what is on the screen is true: against REST during a fast replay, a recorded tape, and a venue that dies."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from exchange.core import commands as c
from exchange.gateways.context import GatewaySettings
from sandbox.tapes.market import find_metadata
from sandbox.tapes.player import TapePlayer
from sandbox.tapes.recording import find
from tests.conformance.test_tapes import TAPES
from tests.e2e.flow import COUNT_FRAMES, FRAMES_A_SECOND, HEAP_MB, Flow
from tests.e2e.screen import listening_socket, screen, until
from tests.e2e.shown_book import History, note, noted, read, rows_of
from tests.live import API, TICKER, LiveVenue, live
from tests.venue_process import VenueProcess, venue_process
from wire.accounts import account_of
from wire.units import DOLLAR, parse_count, parse_price

expect.set_options(timeout=60_000)

MARKET = f"/market/{TICKER}"
MOMENTS = 100
TAPE = "KXGOLD15M-26AUG101900-00"
TAPE_SPEED = 60
TAPE_NOTE_MS = 100
TAPE_LOOKS = 20
"""A tape of fourteen seconds; a slow machine has a page before its eyes for less of it."""


async def test_the_book_on_the_screen_is_the_book_of_rest_at_a_hundred_moments_of_a_fast_replay(tmp_path, capsys):
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings) as venue, screen(ui, venue.url) as shown:
        await venue.do(c.Deposit(account_of(2), 1_000_000 * DOLLAR))
        page = await shown.open("member 1", MARKET)
        flow = Flow(venue, seed=6)
        flowing = asyncio.create_task(flow.run())
        moments = random.Random(60)
        await page.evaluate(COUNT_FRAMES)
        memory = await page.evaluate(HEAP_MB)
        flowed = 0.0
        for _ in range(MOMENTS):
            flow.go()
            lasts = moments.uniform(0.02, 0.15)
            await asyncio.sleep(lasts)  # not to wait for anything: it is the random length of this piece of flow
            flowed += lasts
            # REST has no clock, so nothing may change while both are read.
            flow.stop()
            await _drained(venue)
            await _shows_what_rest_says(venue, page)
        rate = await page.evaluate(FRAMES_A_SECOND)
        grown = await page.evaluate(HEAP_MB) - memory
        flowing.cancel()
        await asyncio.gather(flowing, return_exceptions=True)
        with capsys.disabled():
            per_second = flow.commands / flowed
            print(f"\n{flow.commands:,} deltas at {per_second:,.0f}/s: {rate:.0f} frames/s, heap {grown:+.1f} MB")


async def _drained(venue: LiveVenue) -> None:
    """The sequencer has answered everything: a command of its own queue is behind all others."""
    await venue.do(c.AdvanceTime())


async def _shows_what_rest_says(venue: LiveVenue, page: Page) -> None:
    sides = (await venue.public.get(f"/markets/{TICKER}/orderbook")).json()["orderbook_fp"]
    levels = [[(parse_price(p), parse_count(n)) for p, n in sides[name]] for name in ("yes_dollars", "no_dollars")]
    wanted = rows_of(*levels)
    clock = venue.venue.views.books.book(TICKER).clock

    async def equal() -> bool:
        book = await read(page)
        if book is None or book.clock < clock:
            return False
        assert book.clock == clock
        assert book.rows == wanted
        return True

    await until("the screen shows the newest change", equal)


async def test_a_recorded_tape_at_sixty_times_its_speed_is_shown_as_it_happened(tmp_path, capsys):
    if not (TAPES / "events" / TAPE).is_dir():
        if os.environ.get("CI") == "true" and TAPES.parent.is_dir():
            pytest.fail("the recorded tapes are missing")
        pytest.skip(f"no recorded tapes at {TAPES}")
    (tape,) = find(TAPES / "events" / TAPE)
    ui = listening_socket()
    settings = GatewaySettings(ui_origins=(f"http://127.0.0.1:{ui.getsockname()[1]}",))
    async with live(tmp_path, gateways=settings) as venue, screen(ui, venue.url) as shown:
        market = find_metadata(tape, None)
        submit, now_us = venue.venue.sequencer.submit, venue.venue.clock.now_us
        player = TapePlayer(tape, market, submit, now_us, TAPE_SPEED)
        history = History(venue.venue.views, tape.ticker)
        venue.venue.sequencer.attach([history, player])
        page = await shown.open("member 1")
        await note(page, TAPE_NOTE_MS)
        await page.evaluate(COUNT_FRAMES)
        playing = asyncio.create_task(player.run(lambda progress: None))
        await until("the tape has a book", lambda: _has(history, 20))
        await page.evaluate(f"location.hash = '/market/{tape.ticker}'")
        await playing
        await expect(page.get_by_test_id("lifecycle")).to_have_attribute("data-status", "finalized")
        rate = await page.evaluate(FRAMES_A_SECOND)
        books = {book.clock: book for book in await noted(page)}
        # Several messages may share a clock, and the page may have painted between them.
        between = [clock for clock, book in books.items() if history.rows(clock) != book.rows]
        with capsys.disabled():
            print(f"\ntape x{TAPE_SPEED}: {len(books)} books compared, {len(between)} in between, {rate:.0f} frames/s")
        assert len(books) >= TAPE_LOOKS
        assert len(between) <= len(books) // 10, between


async def _has(history: History, states: int) -> bool:
    return len(history.states) >= states


# --- a venue that dies, and one that hangs ----------------------------------------------------------


async def place(venue: VenueProcess, member: int, side: str, price: str, count: str) -> str:
    async with venue.client(member) as client:
        body = {
            "ticker": TICKER,
            "side": side,
            "price": price,
            "count": count,
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        answer = await client.post("/portfolio/events/orders", json=body)
        assert answer.status_code == 201, answer.text
        order_id: str = answer.json()["order_id"]
        return order_id


async def seconds_until(page: Page, truth: str) -> float:
    began = time.monotonic()
    await page.locator(f'[data-testid="truth"][data-truth="{truth}"]').wait_for()
    return time.monotonic() - began


async def test_a_killed_venue_is_seen_and_its_return_leaves_no_ghost(tmp_path: Path, capsys):
    ui = listening_socket()
    origin = f"http://127.0.0.1:{ui.getsockname()[1]}"
    async with venue_process(tmp_path, ui_origins=origin) as first, screen(ui, first.root) as shown:
        await place(first, 2, "bid", "0.4000", "5.00")
        ghost = await place(first, 2, "bid", "0.4100", "6.00")
        page = await shown.open("member 1", MARKET)
        await page.evaluate("window.neverReloaded = true")
        await expect(page.locator('button[data-price="4100"]')).to_be_visible()
        await first.end(signal.SIGKILL)
        lost = await seconds_until(page, "reconnecting")
        await expect(page.get_by_test_id("banner")).to_contain_text("Connection lost")
        await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "false")
        await expect(page.get_by_test_id("ticket-reason")).to_contain_text("Not connected")
        async with venue_process(tmp_path, port=first.port, ui_origins=origin) as second:
            # Before the page may have come back: a level goes and another comes.
            async with second.client(2) as client:
                assert (await client.delete(f"/portfolio/events/orders/{ghost}")).status_code == 200
            await place(second, 3, "bid", "0.4200", "7.00")
            await seconds_until(page, "connected")
            await expect(page.locator('button[data-price="4200"]')).to_have_attribute("data-size", "700")
            await expect(page.locator('button[data-price="4100"]')).to_have_count(0)
            await expect(page.locator('button[data-price="4000"]')).to_have_attribute("data-size", "500")
            await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "true")
            await expect(page.get_by_test_id("banner")).to_have_count(0)
            assert await page.evaluate("window.neverReloaded")
            await _buys_again(page, second)
    with capsys.disabled():
        print(f"\nkill -9 seen after {lost:.2f} s")


async def _buys_again(page: Page, venue: VenueProcess) -> None:
    """The page's token died with the venue; it has got another one by itself."""
    await page.get_by_label("Price", exact=True).fill("1")
    await page.get_by_role("button", name="Buy 10 YES at 1¢").click()
    await expect(page.get_by_test_id("placed")).to_have_text("Accepted: 10 resting")
    async with httpx.AsyncClient() as client:
        book = (await client.get(f"{venue.root}{API}/markets/{TICKER}/orderbook")).json()["orderbook_fp"]
    assert ["0.0100", "10.00"] in book["yes_dollars"]


async def test_a_venue_that_hangs_is_shown_as_trailing_with_its_age(tmp_path: Path, capsys):
    ui = listening_socket()
    origin = f"http://127.0.0.1:{ui.getsockname()[1]}"
    async with venue_process(tmp_path, ui_origins=origin) as venue, screen(ui, venue.root) as shown:
        page = await shown.open("member 1", MARKET)
        await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "true")
        os.kill(venue.pid, signal.SIGSTOP)
        try:
            seen = await seconds_until(page, "trailing")
            await expect(page.get_by_test_id("banner")).to_contain_text("does not answer")
            await expect(page.get_by_test_id("banner")).to_contain_text(" old")
            await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "false")
        finally:
            os.kill(venue.pid, signal.SIGCONT)
        await seconds_until(page, "connected")
        await expect(page.get_by_test_id("book")).to_have_attribute("data-live", "true")
    with capsys.disabled():
        print(f"\na hung venue seen after {seen:.2f} s")
