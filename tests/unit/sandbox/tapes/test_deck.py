"""The tape deck on the real engine, with a clock in hand: what it does to the book, and what it leaves alone."""

import asyncio

import pytest

from exchange.core.checks import check_invariants
from exchange.core.commands import (
    CreateMember,
    CreateOrder,
    Deposit,
    HaltMarket,
    ResumeMarket,
    SetCloseTime,
)
from exchange.core.engine import Engine
from exchange.ports import TapeRefused, Unavailable
from sandbox.tapes.deck import Deck
from sandbox.tapes.library import Library
from sandbox.tapes.market import REPLAY_MAKER
from tests.tape_files import TICKER, delta, random_tape, snapshot, write_tape
from wire.accounts import account_of
from wire.engine_events import OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord, record
from wire.units import MICROS, PAYOUT, format_price

NOW_US = 1_800_000_000 * MICROS
EVERY_MS = 100
MEMBER = account_of(5)


class EngineHall:
    """A venue of an engine and a clock that is moved by hand."""

    def __init__(self):
        self.engine = Engine()
        self.clock_us = NOW_US
        self.readers = []
        self.busy_with = ""
        self.open = True
        self.takes = 10**9
        """So many commands more, and then it is shut."""

    def now_us(self):
        return self.clock_us

    def apply(self, command):
        assert self.open, "asked for"
        seq = self.engine.state.seq + 1
        events = self.engine.apply(command, seq, self.clock_us)
        for reader in self.readers:
            reader.fold([LogRecord(1, 0, seq, self.clock_us, events)])
        return record(0, seq, self.clock_us, events)

    async def submit(self, command):
        if not self.open or not self.takes:
            raise Unavailable("the disk is full")
        self.takes -= 1
        await asyncio.sleep(0)
        return self.apply(command)

    def listen(self, reader):
        self.readers.append(reader)

    def stop_listening(self, reader):
        self.readers = [other for other in self.readers if other is not reader]

    def status(self, ticker):
        market = self.engine.state.markets.get(ticker)
        return None if market is None else market.status

    def has_member(self, member):
        return member in self.engine.state.members

    def orders(self, account):
        return [o for o in self.engine.state.orders.values() if o.position.account.account == account]

    def resting(self, account, ticker):
        orders = sorted(self.orders(account), key=lambda order: order.queue_seq)
        return [(order.order_id, order.side, order.price, order.remaining) for order in orders]

    def book(self, account=None):
        """What rests, as a tape writes it: of everybody, or of one account."""
        found = {}
        for order in self.engine.state.orders.values():
            if account in (None, order.position.account.account):
                bid = order.side is BookSide.BID
                key = ("yes", format_price(order.price)) if bid else ("no", format_price(PAYOUT - order.price))
                found[key] = found.get(key, 0) + order.remaining
        return found

    @property
    def tape(self):
        return self.book(account_of(REPLAY_MAKER))

    def join(self):
        """A member with money, in whose name the test trades."""
        self.apply(CreateMember(5, "member"))
        self.apply(Deposit(MEMBER, 10**12))

    def order(self, side, price, count, ticker=TICKER):
        receipt = self.apply(
            CreateOrder(
                MEMBER,
                ticker,
                side,
                price,
                count,
                TimeInForce.GOOD_TILL_CANCELED,
                SelfTradePrevention.TAKER_AT_CROSS,
            )
        )
        return next(event.order_id for event in receipt.events if isinstance(event, OrderAccepted))


class Place:
    """A deck, its venue, and a tape of ten messages a second with the book after each."""

    def __init__(self, folder):
        self.folder = folder
        lines, self.books = random_tape(seed=7, messages=600, every_ms=EVERY_MS)
        write_tape(folder, lines)
        self.hall = EngineHall()
        self.deck = self.another()

    def another(self):
        return Deck(Library(self.folder, self.folder / "none"), self.hall, self.folder / "tape.json")

    async def load(self, position_ms=0, speed=1):
        await self.deck.load(TICKER, position_ms, speed, "pessimistic")

    def at(self, position_ms):
        return self.books[position_ms // EVERY_MS]

    async def until(self, true):
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.005)


@pytest.fixture
async def place(tmp_path):
    made = Place(tmp_path)
    yield made
    await made.deck.close()
    assert not check_invariants(made.hall.engine.state)


async def test_a_tape_is_loaded_standing_still_with_the_book_of_its_position(place):
    await place.load(position_ms=20_000)
    state = place.deck.state()
    assert (state.name, state.markets, state.playing) == (TICKER, (TICKER,), False)
    assert (state.position_ms, state.duration_ms, state.in_step) == (20_000, 59_900, True)
    assert place.hall.tape == place.at(20_000)


async def test_every_seek_forward_and_back_is_the_recorded_book(place):
    await place.load()
    for position_ms in (30_000, 59_900, 100, 45_050, 0, 44_900, 12_300):
        await place.deck.seek(position_ms)
        assert place.hall.tape == place.at(position_ms)
        assert place.deck.state().position_ms == position_ms


async def test_a_seek_leaves_a_members_order_and_its_place_in_the_queue(place):
    place.hall.join()
    await place.load(position_ms=10_000)
    mine = place.hall.order(BookSide.BID, 4400, 700)
    queue_seq = place.hall.engine.state.orders[mine].queue_seq
    await place.deck.seek(50_000)
    await place.deck.seek(5_000)
    order = place.hall.engine.state.orders[mine]
    assert (order.remaining, order.queue_seq) == (700, queue_seq)
    assert place.hall.tape == place.at(5_000)


async def test_a_members_order_in_the_way_of_a_seek_is_filled_first_and_the_book_is_still_the_recorded_one(tmp_path):
    lines = [snapshot(0, {("yes", "0.2000"): 100}), delta(1_000, "no", "0.5000", 900)]
    write_tape(tmp_path, lines)
    hall = EngineHall()
    hall.join()
    deck = Deck(Library(tmp_path, tmp_path / "none"), hall, tmp_path / "tape.json")
    await deck.load(TICKER, 0, 1, "pessimistic")
    hall.order(BookSide.BID, 5500, 300)
    await deck.seek(1_000)
    assert hall.orders(MEMBER) == [], "300 at 55 cents stood in the way of the recorded 900 at 50"
    assert hall.tape == {("yes", "0.2000"): 100, ("no", "0.5000"): 900}


async def test_it_plays_by_the_venues_clock(place):
    await place.load()
    await place.deck.play()
    place.hall.clock_us += 12_345_000
    await place.until(lambda: place.deck.state().position_ms == 12_345)
    assert place.hall.tape == place.at(12_300)
    place.hall.clock_us += 30_000_000
    await place.until(lambda: place.deck.state().position_ms == 42_345)
    assert place.hall.tape == place.at(42_300)


async def test_a_faster_tape_goes_further_in_the_same_time(place):
    await place.load(speed=10)
    await place.deck.play()
    place.hall.clock_us += 1_000_000
    await place.until(lambda: place.deck.state().position_ms == 10_000)
    await place.deck.run_at(20)
    place.hall.clock_us += 1_000_000
    await place.until(lambda: place.deck.state().position_ms == 30_000)


async def test_a_paused_tape_stands_still_and_goes_on_from_there(place):
    await place.load(position_ms=7_000)
    await place.deck.play()
    await place.deck.pause()
    place.hall.clock_us += 20_000_000
    await place.deck.play()
    place.hall.clock_us += 1_000_000
    await place.until(lambda: place.deck.state().position_ms == 8_000)


async def test_a_seek_while_it_plays_plays_on_from_there(place):
    await place.load()
    await place.deck.play()
    await place.deck.seek(40_000)
    assert place.deck.state().playing
    place.hall.clock_us += 2_000_000
    await place.until(lambda: place.deck.state().position_ms == 42_000)


async def test_it_stops_at_the_end_and_plays_from_the_start_again(place):
    await place.load(position_ms=59_000)
    await place.deck.play()
    place.hall.clock_us += 3_600_000_000
    await place.until(lambda: not place.deck.state().playing)
    assert place.deck.state().position_ms == 59_900
    assert place.hall.tape == place.books[-1]
    await place.deck.play()
    assert (place.deck.state().playing, place.hall.tape) == (True, place.at(0))


async def test_ejecting_takes_the_tapes_orders_away_and_nobody_elses(place):
    place.hall.join()
    await place.load(position_ms=30_000)
    place.hall.order(BookSide.BID, 2100, 700)
    await place.deck.eject()
    assert place.hall.book() == {("yes", "0.2100"): 700}
    assert (place.deck.state().name, place.hall.readers) == ("", [])


async def test_a_tape_can_be_loaded_again_into_its_own_market(place):
    await place.load(position_ms=30_000)
    await place.deck.eject()
    await place.load(position_ms=10_000)
    assert place.hall.tape == place.at(10_000)


async def test_what_a_member_took_is_told_and_put_back_by_a_seek(place):
    place.hall.join()
    await place.load(position_ms=30_000)
    place.hall.order(BookSide.ASK, 3000, 500)
    assert not place.deck.state().in_step
    await place.deck.seek(30_000)
    assert place.deck.state().in_step
    assert place.hall.tape == place.at(30_000)


async def test_what_a_halt_refused_is_made_good_by_the_next_seek(place):
    await place.load(position_ms=30_000)
    place.hall.apply(HaltMarket(TICKER))
    await place.deck.seek(40_000)
    assert not place.deck.state().in_step
    place.hall.apply(ResumeMarket(TICKER))
    await place.deck.seek(40_000)
    assert place.hall.tape == place.at(40_000)


async def test_a_market_that_has_closed_is_not_played_on(place):
    await place.load()
    await place.deck.play()
    place.hall.apply(SetCloseTime(TICKER, 0))
    await place.until(lambda: not place.deck.state().playing)
    assert "closed" in place.deck.state().trouble
    with pytest.raises(TapeRefused, match="closed") as refused:
        await place.deck.seek(0)
    assert refused.value.kind == "conflict"


async def test_a_venue_that_takes_no_commands_stops_the_tape_with_its_reason(place):
    await place.load()
    await place.deck.play()
    place.hall.open = False
    place.hall.clock_us += 5_000_000
    await place.until(lambda: not place.deck.state().playing)
    assert place.deck.state().trouble == "the disk is full"
    place.hall.open = True
    await place.deck.play()
    place.hall.clock_us += 1_000_000
    await place.until(lambda: place.deck.state().position_ms >= 1_000)
    assert place.deck.state().trouble == ""


@pytest.mark.parametrize("takes", [0, 1, 7, 30])
async def test_a_tape_that_was_stopped_in_the_middle_plays_on_with_the_recorded_book(place, takes):
    await place.load()
    await place.deck.play()
    place.hall.takes = takes
    place.hall.clock_us += 20_000_000
    await place.until(lambda: not place.deck.state().playing)
    place.hall.takes = 10**9
    await place.deck.play()
    place.hall.clock_us += 10_000_000
    await place.until(lambda: place.deck.state().position_ms >= 10_000)
    await place.deck.pause()
    assert place.hall.tape == place.at(place.deck.state().position_ms)


@pytest.mark.parametrize("takes", [0, 1, 7])
async def test_a_seek_that_was_broken_off_is_told_and_playing_goes_on_from_where_it_was(place, takes):
    await place.load(position_ms=5_000)
    place.hall.takes = takes
    with pytest.raises(Unavailable):
        await place.deck.seek(40_000)
    assert (place.deck.state().position_ms, place.deck.state().in_step) == (5_000, False)
    place.hall.takes = 10**9
    await place.deck.play()
    assert place.hall.tape == place.at(5_000)


async def test_a_deck_that_could_not_be_emptied_says_that_its_book_is_not_the_recorded_one(place):
    await place.load(position_ms=5_000)
    place.hall.takes = 1
    with pytest.raises(Unavailable):
        await place.deck.eject()
    assert (place.deck.state().name, place.deck.state().in_step) == (TICKER, False)


async def test_positions_beyond_the_end_are_refused(place):
    with pytest.raises(TapeRefused, match="60000 ms is beyond the end of the tape, 59900 ms"):
        await place.load(position_ms=60_000)
    await place.load()
    with pytest.raises(TapeRefused) as refused:
        await place.deck.seek(59_901)
    assert (refused.value.kind, place.deck.state().position_ms) == ("bad", 0)


@pytest.mark.parametrize("wish", ["play", "pause"])
async def test_an_empty_deck_says_so(place, wish):
    with pytest.raises(TapeRefused, match="no tape is in") as refused:
        await getattr(place.deck, wish)()
    assert refused.value.kind == "conflict"


async def test_no_tape_is_loaded_beside_one_that_the_start_plays(place):
    place.hall.busy_with = "the tape of KXOTHER"
    with pytest.raises(TapeRefused, match="KXOTHER"):
        await place.load()


async def test_a_line_in_the_middle_that_is_none_is_refused_with_its_place(tmp_path):
    path = write_tape(tmp_path, [delta(0, "yes", "0.4000", 100), delta(10, "yes", "forty", 100)])
    deck = Deck(Library(tmp_path, tmp_path / "none"), EngineHall(), tmp_path / "tape.json")
    with pytest.raises(TapeRefused, match=f"{path.name}:2: ") as refused:
        await deck.load(TICKER, 0, 1, "pessimistic")
    assert refused.value.kind == "bad"


async def test_after_a_restart_the_tape_is_back_standing_still_and_owns_its_orders_again(place):
    await place.load(position_ms=25_000, speed=30)
    ids = {order.order_id for order in place.hall.orders(account_of(REPLAY_MAKER))}
    place.hall.readers = []
    again = place.another()
    await again.put_back()
    state = again.state()
    assert (state.name, state.position_ms, state.speed, state.playing) == (TICKER, 25_000, 30, False)
    assert {order.order_id for order in place.hall.orders(account_of(REPLAY_MAKER))} == ids
    await again.seek(3_000)
    assert place.hall.tape == place.at(3_000)


async def test_a_new_beginning_forgets_the_tape_for_good(place):
    await place.load()
    await place.deck.play()
    await place.deck.forget()
    again = place.another()
    await again.put_back()
    assert (place.deck.state().name, again.state().name, place.hall.readers) == ("", "", [])
