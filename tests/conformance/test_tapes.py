"""The recorded windows, played inside the engine: after every message the venue's book is the tape's fold.

Two folds are kept that know nothing of the driver: of the recorded messages, and of the engine's events. The
levels that a message touched in either must be equal; as the books were equal before it, they are equal as a
whole. Every thousand messages, and at the end, the whole of the engine's own book is compared too.
"""

import gzip
import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from exchange.core.checks import check_invariants
from exchange.core.engine import Engine
from sandbox.tapes.driver import TapeDriver
from sandbox.tapes.market import REPLAY_MAKER, REPLAY_TAKER, find_metadata, replay_members
from sandbox.tapes.recording import find
from wire.accounts import account_of
from wire.engine_events import MarketSettled, OrderAccepted, OrderCanceled, OrderDecreased, OrderRejected, Trade
from wire.enums import BookSide
from wire.units import parse_count, parse_price

TAPES = Path(__file__).resolve().parents[3] / "shared" / "tapes"
WINDOWS = {
    "KXGOLD15M-26AUG050000-00": 38_127,
    "KXGOLD15M-26AUG101900-00": 23_003,
    "KXGOLD15M-26AUG102000-00": 47_658,
    "KXGOLD15M-26AUG102115-15": 184_861,
    "KXGOLD15M-26AUG110000-00": 59_545,
    "KXGOLD15M-26AUG121300-00": 34_990,
}
"""Message counts, taken from the files with `zcat | wc -l`."""

START_US = 1_800_000_000_000_000


class TapeFold:
    """The recorded book, straight from the raw messages: {(outcome, own-leg price): count}."""

    def __init__(self):
        self.book = {}

    def receive(self, event):
        msg = event["msg"]
        if event["type"] == "orderbook_delta":
            key = (msg["side"], parse_price(msg["price_dollars"]))
            count = self.book.pop(key, 0) + parse_count(msg["delta_fp"])
            assert count >= 0
            if count:
                self.book[key] = count
            return {key}
        if event["type"] == "orderbook_snapshot":
            touched = set(self.book)
            self.book = {
                (side, parse_price(price)): parse_count(count)
                for side in ("yes", "no")
                for price, count in msg.get(f"{side}_dollars_fp", ())
            }
            return touched | set(self.book)
        return set()


class EventFold:
    """The venue's book, straight from the engine events."""

    def __init__(self):
        self.book = Counter()

    def fold(self, events):
        touched = set()
        for event in events:
            if isinstance(event, OrderAccepted):
                touched.add(self._add(event.side, event.price, event.resting_count))
            elif isinstance(event, Trade):
                touched.add(self._add(event.maker_side, event.price, -event.count))
            elif isinstance(event, OrderCanceled):
                touched.add(self._add(event.side, event.price, -event.resting_count))
            elif isinstance(event, OrderDecreased):
                touched.add(self._add(event.side, event.price, -event.reduced_by))
        return touched

    def _add(self, side, price, count):
        key = ("yes", price) if side is BookSide.BID else ("no", 10_000 - price)
        self.book[key] += count
        if not self.book[key]:
            del self.book[key]
        return key


class Venue:
    """An engine with the stamps a sequencer would give."""

    def __init__(self):
        self.engine = Engine()
        self.seq = 0
        self.now_us = START_US

    def apply(self, command):
        self.seq += 1
        return self.engine.apply(command, self.seq, self.now_us)

    def book(self, ticker):
        market = self.engine.state.markets[ticker]
        ladders = {"yes": market.book.yes, "no": market.book.no}
        return {(side, level.leg): level.total for side, ladder in ladders.items() for level in ladder.descending()}


def raw_messages(tape):
    for path in tape.files:
        with gzip.open(path) as file:
            for line in file:
                yield json.loads(line)["event"]


@pytest.fixture(params=WINDOWS)
def tape(request):
    folder = TAPES / "events" / request.param
    if not folder.is_dir():
        if os.environ.get("CI") == "true" and TAPES.parent.is_dir():
            pytest.fail("the recorded tapes are missing")
        pytest.skip(f"no recorded tapes at {TAPES}")
    (found,) = find(folder)
    return found


def test_venue_book_equals_tape_after_every_message_and_market_settles_as_recorded(tape, capsys):
    venue, recorded, told = Venue(), TapeFold(), EventFold()
    market = find_metadata(tape, None)
    for command in (*replay_members(), *market.setup(tape.start_ms() * 1000, START_US)):
        assert not any(isinstance(event, OrderRejected) for event in venue.apply(command))
    driver = TapeDriver(tape.ticker, account_of(REPLAY_MAKER), account_of(REPLAY_TAKER))

    played = 0
    playing = 0.0
    steps = tape.steps()
    for raw in raw_messages(tape):
        touched = recorded.receive(raw)
        began = time.perf_counter()
        batches = []
        commands = driver.play(next(steps))
        events = None
        while True:
            try:
                command = commands.send(events)
            except StopIteration:
                break
            events = venue.apply(command)
            driver.fold(events)
            batches.append(events)
        playing += time.perf_counter() - began
        played += 1
        for events in batches:
            touched |= told.fold(events)
        for key in touched:
            assert told.book.get(key, 0) == recorded.book.get(key, 0), f"message {played}: {raw}"
        if played % 1000 == 0:
            assert venue.book(tape.ticker) == recorded.book

    assert venue.book(tape.ticker) == recorded.book == told.book
    assert played == WINDOWS[tape.ticker]
    assert next(steps, None) is None
    assert driver.refused == 0
    assert check_invariants(venue.engine.state) == []
    (settled,) = [
        event
        for command in market.ending(venue.now_us)
        for event in venue.apply(command)
        if type(event) is MarketSettled
    ]
    assert settled.result == market.market.result
    assert check_invariants(venue.engine.state) == []
    with capsys.disabled():
        print(f"\n{tape.ticker}: {played:,} messages, {venue.seq:,} commands, {played / playing:,.0f} messages/s")
