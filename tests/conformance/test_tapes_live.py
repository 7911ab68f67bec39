"""The recorded windows at full speed in a whole venue: its sockets, its journal, a subscriber, a member in the queues.

The subscriber folds what it is sent and must hold the book that REST shows: when all messages but the last are in
(the last is a snapshot that would mend any book), at the end, and after the settlement. One window in a normal
run, all six with CI=true; each prints how many messages a second were played.
"""

import asyncio
import json
import os
import time
from decimal import Decimal

import pytest

from exchange.core.commands import CreateMember, CreateOrder, Deposit, SetCloseTime
from sandbox.tapes.market import find_metadata
from sandbox.tapes.player import TapePlayer
from sandbox.tapes.recording import find
from tests.conformance.test_tapes import TAPES, WINDOWS
from tests.live import live
from wire.accounts import account_of
from wire.enums import BookSide
from wire.level_book import BookReader
from wire.units import DOLLAR, format_price, parse_count, parse_price

SHORTEST = "KXGOLD15M-26AUG101900-00"
MEMBER, DEPOSIT = 7, 10_000
ORDER_EVERY = 500
"""Commands of the tape between two orders of the member."""

OPEN_ORDERS = 6
CATCH_UP_SECONDS = 30

Book = dict[tuple[str, int], int]
"""(outcome, own-leg price) -> count."""


def test_the_six_windows_have_388_184_messages():
    assert sum(WINDOWS.values()) == 388_184


class WatchedTape:
    """A tape that calls `on_last` when all messages but the last are played."""

    def __init__(self, tape, on_last):
        self.ticker = tape.ticker
        self.extent = tape.extent
        self.start_ms = tape.start_ms
        self._on_last = on_last
        self._tape = tape

    def steps(self):
        steps = self._tape.steps()
        step = next(steps)
        for following in steps:
            yield step
            step = following
        self._on_last()
        yield step


class Subscriber:
    """Folds one market's book from its messages."""

    def __init__(self, socket, ticker):
        self.messages = 0
        self._socket = socket
        self._ticker = ticker
        self._reader = None
        self._reading = None

    async def subscribe(self):
        params = {"channels": ["orderbook_delta"], "market_ticker": self._ticker}
        await self._socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
        answer = json.loads(await self._socket.recv())
        assert answer["type"] == "subscribed", answer
        self._reader = BookReader(answer["msg"]["sid"])
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        async for message in self._socket:
            self._reader.receive(message)
            self.messages += 1

    def book(self) -> Book:
        levels = self._reader.books.get(self._ticker)
        return (
            {(side, price): count for side in ("yes", "no") for price, count in levels.levels(side)} if levels else {}
        )

    async def comes_to(self, book):
        """Wait until what is underway has arrived; fail with both books when it never matches."""
        deadline = time.monotonic() + CATCH_UP_SECONDS
        while self.book() != book:
            if self._reading.done():
                self._reading.result()
            assert time.monotonic() < deadline, (self.book(), book)
            await asyncio.sleep(0.01)


class Show:
    """The venue, the player and everybody who watches, for one tape."""

    def __init__(self, running, tape, socket, trader):
        self.running = running
        self.trader = trader
        self.ticker = tape.ticker
        self.recorded = None
        """The recorded book when all messages but the last are played."""
        self.market = find_metadata(tape, None)
        self.subscriber = Subscriber(socket, tape.ticker)
        watched = WatchedTape(tape, self.at_last)
        self.player = TapePlayer(watched, self.market, self.submit, running.venue.clock.now_us, None)
        running.venue.sequencer.attach([self.player])
        self.compared = []
        self._commands = 0
        self._subscribed = False

    def at_last(self):
        self.recorded = dict(self.player.driver.target)

    async def submit(self, command):
        if isinstance(command, CreateOrder) and not self._subscribed:
            self._subscribed = True
            await self.subscriber.subscribe()
        if self.recorded is not None and not self.compared:
            await self.compare(self.recorded, "all but the last message")
        if isinstance(command, SetCloseTime):
            await self.compare(self.player.driver.target, "the end")
        self._commands += 1
        if self._commands % ORDER_EVERY == 0:
            await self.join_a_queue()
        return await self.running.venue.sequencer.submit(command)

    async def compare(self, recorded, when):
        """REST and subscriber agree, and both have the recorded book with the member's orders in it."""
        book = await self.rest_book()
        await self.subscriber.comes_to(book)
        expected = {
            ("yes", key.price) if key.side is BookSide.BID else ("no", 10_000 - key.price): count
            for key, count in recorded.items()
        }
        for order in (await self.get("/portfolio/orders?status=resting"))["orders"]:
            side = "yes" if order["outcome_side"] == "yes" else "no"
            key = (side, parse_price(order[f"{side}_price_dollars"]))
            expected[key] = expected.get(key, 0) + parse_count(order["remaining_count_fp"])
        assert book == expected, when
        self.compared.append(when)

    async def rest_book(self) -> Book:
        answer = await self.running.public.get(f"/markets/{self.ticker}/orderbook")
        sides = answer.json()["orderbook_fp"]
        return {
            (side, parse_price(price)): parse_count(count)
            for side in ("yes", "no")
            for price, count in sides[f"{side}_dollars"]
        }

    async def join_a_queue(self):
        """The member's order behind everybody at the best price of one side, by turns."""
        if len((await self.get("/portfolio/orders?status=resting"))["orders"]) >= OPEN_ORDERS:
            return
        book = self.running.venue.views.books.book(self.ticker)
        side, level = ("bid", book.best_bid()) if self._commands // ORDER_EVERY % 2 else ("ask", book.best_ask())
        if level is not None:
            # Post-only: between two messages of a sweep the other side may stand at this price.
            await self.trader.order(side, format_price(level[0]), "5.00", ticker=self.ticker, post_only=True)

    async def get(self, path):
        answer = await self.trader.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def all(self, path, name):
        found, cursor = [], ""
        while True:
            page = await self.get(f"{path}?limit=100&cursor={cursor}")
            found += page[name]
            cursor = page["cursor"]
            if not cursor:
                return found


@pytest.mark.parametrize("window", WINDOWS if os.environ.get("CI") == "true" else [SHORTEST])
async def test_subscriber_holds_the_venues_book_and_a_member_is_filled_and_paid(window, tmp_path, capsys):
    if not (TAPES / "events" / window).is_dir():
        if os.environ.get("CI") == "true" and TAPES.parent.is_dir():
            pytest.fail("the recorded tapes are missing")
        pytest.skip(f"no recorded tapes at {TAPES}")
    (tape,) = find(TAPES / "events" / window)
    scenario = [CreateMember(MEMBER, "member"), Deposit(account_of(MEMBER), DEPOSIT * DOLLAR)]
    async with live(tmp_path, scenario) as running:
        trader = running.trader(MEMBER)
        async with trader.socket() as socket:
            show = Show(running, tape, socket, trader)
            reports = []
            await show.player.run(reports.append)
            await show.subscriber.comes_to({})
            assert await show.rest_book() == {}
            assert show.compared == ["all but the last message", "the end"]
            ended = reports[-1]
            assert (ended.played, ended.total) == (WINDOWS[window], WINDOWS[window])
            assert show.player.driver.refused == 0
            await check_member(show)
            assert running.venue.inspection.state().invariants_broken == []
            with capsys.disabled():
                rate = f"{ended.per_second:,} messages/s"
                print(f"\n{window}: {ended.played:,} messages, {rate}, {show.subscriber.messages:,} WebSocket messages")


async def check_member(show):
    """Filled as a maker by the recorded flow, and paid what the recorded result is worth."""
    fills = await show.all("/portfolio/fills", "fills")
    assert fills
    assert not any(fill["is_taker"] for fill in fills)
    result = show.market.market.result
    market = (await show.get(f"/markets/{show.ticker}"))["market"]
    assert (market["status"], market["result"]) == ("finalized", result)
    cash = Decimal(DEPOSIT)
    for fill in fills:
        side = fill["outcome_side"]
        count = Decimal(fill["count_fp"])
        cash -= Decimal(fill[f"{side}_price_dollars"]) * count + Decimal(fill["fee_cost"])
        cash += count * (side == result)
    settlements = await show.all("/portfolio/settlements", "settlements")
    for settlement in settlements:
        assert (settlement["ticker"], settlement["market_result"]) == (show.ticker, result)
        cash -= Decimal(settlement["fee_cost"])
    assert Decimal((await show.get("/portfolio/balance"))["balance_dollars"]) == cash
    assert (await show.get("/portfolio/positions"))["market_positions"] == []
    assert (await show.get("/portfolio/orders?status=resting"))["orders"] == []
