"""The single writer: one order for all, one append a turn, nothing told before it is stored, nothing half done."""

import asyncio
from dataclasses import dataclass, field

import pytest

from exchange.adapters.clock import VenueClock
from exchange.adapters.journal import FileJournal
from exchange.core import commands as c
from exchange.core.checks import state_hash
from exchange.core.engine import Engine
from exchange.core.state import EngineSettings
from exchange.in_step import InStep
from exchange.ports import ClockMode, ClockSetting, JournalRecord, JournalWriteFailed, Receipt, Unavailable
from exchange.recovery import rebuild_engine
from exchange.sequencer import TURN_COMMANDS, Sequencer
from tests.live import TICKER, basic_scenario
from wire.accounts import account_of
from wire.engine_events import BalanceChanged, MarketStatusChanged, OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import DOLLAR, MICROS

NOW_US = 1_780_000_000 * MICROS


def order(client_order_id: str = "", price: int = 5_000, expiration_us: int = 0) -> c.CreateOrder:
    return c.CreateOrder(
        account_of(1),
        TICKER,
        BookSide.BID,
        price,
        100,
        TimeInForce.GOOD_TILL_CANCELED,
        SelfTradePrevention.TAKER_AT_CROSS,
        client_order_id,
        expiration_us=expiration_us,
    )


def enqueue(house: "House", command: c.AnyCommand) -> asyncio.Future[Receipt]:
    (receipt,) = house.sequencer.enqueue_all((command,))
    return receipt


class Disk:
    """A journal in memory that fails when told to, and counts."""

    last_seq = 0

    def __init__(self, durability: str = "os") -> None:
        self.durability = durability
        self.records: list[JournalRecord] = []
        self.batches: list[int] = []
        self.synced = 0
        self.fails: str | None = None
        self.sync_fails: str | None = None
        self.writable = True
        self.probes = 0
        self.gate = asyncio.Event()
        self.gate.set()

    def append(self, records) -> None:
        if self.fails:
            raise JournalWriteFailed(self.fails)
        self.records += records
        self.batches.append(len(records))
        self.last_seq = records[-1].seq

    async def sync(self) -> None:
        covered = len(self.records)
        await self.gate.wait()
        if self.sync_fails:
            del self.records[self.synced :]
            raise JournalWriteFailed(self.sync_fails)
        self.synced = covered

    def can_write(self) -> bool:
        self.probes += 1
        return self.writable

    def read(self, after_seq: int):
        return (record for record in self.records if record.seq > after_seq)

    def read_snapshots(self):
        return iter(())


@dataclass
class Reader:
    """An EventSink that keeps what it is told, with what the disk had at that moment."""

    disk: Disk
    seqs: list[int] = field(default_factory=list)
    flushes: int = 0
    ahead_of_disk: list[int] = field(default_factory=list)
    fails_at: int = 0

    def fold(self, records) -> None:
        stored = self.disk.synced if self.disk.durability == "fsync" else len(self.disk.records)
        for record in records:
            if record.seq == self.fails_at:
                raise ZeroDivisionError("a reader with a bug")
            if record.seq > stored:
                self.ahead_of_disk.append(record.seq)
            self.seqs.append(record.seq)

    def flush(self) -> None:
        self.flushes += 1


class House:
    def __init__(self, durability: str = "os") -> None:
        self.disk = Disk(durability)
        self.clock = VenueClock(ClockSetting(ClockMode.FROZEN, NOW_US))
        self.sequencer = Sequencer(Engine(), self.disk, self.clock, self.rebuild)
        self.reader, self.second = Reader(self.disk), Reader(self.disk)
        self.sequencer.attach([self.reader, self.second])

    def rebuild(self) -> Engine:
        return rebuild_engine(self.disk, EngineSettings(), 0)

    async def open(self) -> "House":
        # The last one lets what is due from the start happen.
        await self.sequencer.submit_all([*basic_scenario(2, NOW_US), c.AdvanceTime()])
        return self

    def hash(self) -> str:
        return state_hash(self.sequencer.engine.state)


@pytest.fixture
async def house(monkeypatch):
    monkeypatch.setattr("exchange.sequencer.PROBE_SECONDS", 0.001)
    monkeypatch.setattr("exchange.sequencer.IDLE_TICK_SECONDS", 0.001)
    house = await House().open()
    yield house
    house.sequencer.close()


@pytest.fixture
async def synced(monkeypatch):
    monkeypatch.setattr("exchange.sequencer.PROBE_SECONDS", 0.001)
    house = await House("fsync").open()
    yield house
    house.sequencer.close()


async def until(condition) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


# --- order and batching -----------------------------------------------------------------------------


async def test_commands_get_consecutive_seqs_in_the_order_they_were_submitted(house):
    first = house.sequencer.engine.state.seq
    receipts = await asyncio.gather(*(house.sequencer.submit(order(f"c{number}")) for number in range(50)))
    assert [receipt.seq for receipt in receipts] == list(range(first + 1, first + 51))
    assert [receipt.events[0].client_order_id for receipt in receipts] == [f"c{number}" for number in range(50)]


async def test_all_commands_of_one_loop_turn_are_one_append(house):
    house.disk.batches.clear()
    await asyncio.gather(*(house.sequencer.submit(order()) for _ in range(40)))
    assert house.disk.batches == [40]


async def test_a_reader_hears_of_a_batch_whole_before_the_next_one_does_unless_they_go_in_step(house):
    told: list[tuple[str, int]] = []

    class Noting:
        def __init__(self, name: str, *, is_idle: bool = False) -> None:
            self.name = name
            self.is_idle = is_idle

        def fold(self, what) -> None:
            told.extend((self.name, record.seq) for record in (what if isinstance(what, list) else [what]))

        def flush(self) -> None:
            told.append((self.name, 0))

    house.sequencer.attach([Noting("a"), InStep([Noting("b"), Noting("idle", is_idle=True), Noting("c")])])
    first, second = (receipt.seq for receipt in await house.sequencer.submit_all([order("x"), order("y")]))
    assert told == [
        ("a", first),
        ("a", second),
        ("b", first),
        ("c", first),
        ("b", second),
        ("c", second),
        ("a", 0),
        ("b", 0),
        ("idle", 0),
        ("c", 0),
    ]


async def test_a_flood_of_commands_is_carried_out_in_order_over_several_turns(house):
    house.disk.batches.clear()
    answers: list[int] = []
    for _ in range(2 * TURN_COMMANDS + 5):
        house.sequencer.post(order(), lambda receipt: answers.append(receipt.seq))
    await asyncio.sleep(0)
    assert len(answers) == TURN_COMMANDS, "whoever else has something to do comes in between"
    await house.sequencer.drain()
    assert house.disk.batches == [TURN_COMMANDS, TURN_COMMANDS, 5]
    assert answers == sorted(answers)


async def test_who_posted_is_told_once_all_readers_know_and_that_it_never_happened_otherwise(house):
    told: list[object] = []
    house.sequencer.post(order(), lambda receipt: told.append((receipt, house.reader.seqs[-1])))
    await house.sequencer.drain()
    receipt, folded = told.pop()
    assert receipt.seq == folded
    house.disk.fails = "disk full"
    house.sequencer.post(order(), told.append)
    await until(lambda: told)
    assert told == [None]
    house.sequencer.post(order(), told.append)
    assert told == [None, None], "nothing is taken while nothing can be written"


async def test_an_answer_that_fails_takes_no_other_answer_along(house):
    told: list[object] = []

    def fail(receipt: object) -> None:
        raise RuntimeError("a bug of the caller's")

    house.sequencer.post(order(), fail)
    house.sequencer.post(order(), told.append)
    await house.sequencer.drain()
    assert len(told) == 1


async def test_submit_all_lets_nothing_in_between(house):
    mine, other = await asyncio.gather(
        house.sequencer.submit_all([order() for _ in range(5)]), house.sequencer.submit(order())
    )
    seqs = [receipt.seq for receipt in mine]
    assert seqs == list(range(seqs[0], seqs[0] + 5))
    assert other.seq not in seqs


@pytest.mark.parametrize("durability", ["os", "fsync"])
async def test_a_set_of_commands_behind_a_flood_is_stored_whole_or_not_at_all(durability):
    house = House(durability)
    await house.sequencer.submit_all(basic_scenario(now_us=NOW_US))
    for _ in range(TURN_COMMANDS - 5):
        house.sequencer.post(order(), lambda receipt: None)
    receipts = house.sequencer.enqueue_all([order() for _ in range(10)])
    await asyncio.sleep(0)
    house.disk.fails = "disk full"
    await asyncio.wait(receipts[-1:])
    assert all(receipt.done() for receipt in receipts), "with the last one all are there"
    assert len({isinstance(receipt.exception(), Unavailable) for receipt in receipts}) == 1
    await house.sequencer.drain()
    house.sequencer.close()


async def test_a_refused_command_has_a_receipt_and_a_record_of_its_own(house):
    receipt = await house.sequencer.submit(order(price=5_050))
    assert len(receipt.events) == 1
    assert house.disk.records[-1].events == receipt.events


async def test_a_caller_that_went_away_leaves_its_command_in_the_log(house):
    task = asyncio.create_task(house.sequencer.submit(order("gone")))
    await asyncio.sleep(0)
    task.cancel()
    receipt = await house.sequencer.submit(order("gone"))
    assert not isinstance(receipt.events[0], OrderAccepted)
    assert house.disk.records[-2].events[0].client_order_id == "gone"


# --- told only what is stored -----------------------------------------------------------------------


async def test_every_reader_gets_every_record_once_in_order_after_it_was_stored(house):
    for _ in range(20):
        await asyncio.gather(*(house.sequencer.submit(order()) for _ in range(7)))
    for reader in (house.reader, house.second):
        assert reader.seqs == list(range(1, house.sequencer.engine.state.seq + 1))
        assert reader.ahead_of_disk == []
        assert reader.flushes == len(house.disk.batches)


async def test_with_fsync_nothing_is_told_before_the_disk_has_answered(synced):
    synced.disk.gate.clear()
    told = len(synced.reader.seqs)
    receipt = enqueue(synced, order())
    await until(lambda: len(synced.disk.records) > told)
    assert not receipt.done()
    assert len(synced.reader.seqs) == told
    synced.disk.gate.set()
    await receipt
    assert synced.reader.ahead_of_disk == []


async def test_batches_that_gather_behind_a_sync_are_answered_in_order_by_the_next_one(synced):
    synced.disk.gate.clear()
    receipts = []
    for number in range(10):
        receipts.append(enqueue(synced, order(f"c{number}")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not any(receipt.done() for receipt in receipts)
    synced.disk.gate.set()
    seqs = [(await receipt).seq for receipt in receipts]
    assert seqs == sorted(seqs)
    assert synced.reader.seqs == list(range(1, seqs[-1] + 1))
    assert synced.reader.ahead_of_disk == []


# --- time -------------------------------------------------------------------------------------------


async def test_a_timer_fires_when_nobody_sends_anything(house):
    await house.sequencer.submit(order("short", expiration_us=NOW_US + MICROS))
    before = len(house.disk.records)
    house.clock.advance(2 * MICROS)
    await until(lambda: not house.sequencer.engine.state.orders)
    assert [type(record.command) for record in house.disk.records[before:]] == [c.AdvanceTime]


async def test_what_is_due_happens_before_the_command_that_comes_after_it(monkeypatch):
    monkeypatch.setattr("exchange.sequencer.IDLE_TICK_SECONDS", 3_600)
    house = await House().open()
    await house.sequencer.submit(order("short", expiration_us=NOW_US + MICROS))
    house.clock.advance(MICROS)
    receipt = await house.sequencer.submit(c.CancelOrder(account_of(1), house.sequencer.engine.state.seq))
    tail = [type(record.command) for record in house.disk.records[-2:]]
    assert tail == [c.AdvanceTime, c.CancelOrder]
    assert receipt.events[0].reason == "not_found"
    house.sequencer.close()


async def test_time_stands_still_when_the_clock_is_set_back():
    house = await House().open()
    house.clock.begin_again(ClockSetting(ClockMode.FROZEN, NOW_US - 60 * MICROS))
    receipt = await house.sequencer.submit(order())
    assert receipt.ts_us == NOW_US
    house.sequencer.close()


async def test_a_market_opens_by_itself():
    house = await House().open()
    await house.sequencer.submit(
        c.CreateMarket("KXTEST-26-B", "KXTEST-26", NOW_US + MICROS, NOW_US + 99 * MICROS, 0, "linear_cent", (), b"{}")
    )
    house.clock.advance(MICROS)
    await until(lambda: isinstance(house.disk.records[-1].events[0], MarketStatusChanged))
    house.sequencer.close()


# --- a journal that fails ---------------------------------------------------------------------------


async def test_a_batch_that_cannot_be_stored_did_not_happen(house):
    await house.sequencer.submit(order("before"))
    before, told = house.hash(), list(house.reader.seqs)
    house.disk.fails, house.disk.writable = "no space left", False
    outcomes = await asyncio.gather(
        *(house.sequencer.submit(order(f"c{number}")) for number in range(5)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable] * 5
    assert house.hash() == before
    assert house.reader.seqs == told


async def test_every_command_is_refused_until_the_probe_succeeds(house):
    house.disk.fails, house.disk.writable = "no space left", False
    with pytest.raises(Unavailable):
        await house.sequencer.submit(order("first"))
    await until(lambda: house.disk.probes >= 3)
    assert "no space left" in house.sequencer.degraded
    with pytest.raises(Unavailable):
        await house.sequencer.submit(order("second"))
    house.disk.fails, house.disk.writable = None, True
    await until(lambda: house.sequencer.degraded is None)
    receipt = await house.sequencer.submit(order("first"))
    assert isinstance(receipt.events[0], OrderAccepted)
    assert house.reader.seqs == [record.seq for record in house.disk.records]


async def test_a_suspended_venue_takes_nothing_though_the_disk_can_be_written_again(house):
    house.disk.fails, house.disk.writable = "no space left", False
    with pytest.raises(Unavailable):
        await house.sequencer.submit(order("first"))
    await until(lambda: house.disk.probes >= 1)
    await house.sequencer.suspend("the venue begins again")
    house.disk.fails, house.disk.writable, house.disk.probes = None, True, 0
    # Timers go off in the order of their times: the probe's, were there one, before this one, however slow the machine.
    await asyncio.sleep(0.002)
    assert (house.sequencer.degraded, house.disk.probes) == ("the venue begins again", 0)


async def test_a_sync_that_fails_refuses_everything_not_yet_durable(synced):
    before, told = synced.hash(), list(synced.reader.seqs)
    synced.disk.gate.clear()
    first = enqueue(synced, order("one"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = enqueue(synced, order("two"))
    await asyncio.sleep(0)
    synced.disk.sync_fails, synced.disk.writable = "input/output error", False
    synced.disk.gate.set()
    for receipt in (first, second):
        with pytest.raises(Unavailable):
            await receipt
    assert synced.hash() == before
    assert synced.reader.seqs == told
    synced.disk.sync_fails, synced.disk.writable = None, True
    await until(lambda: synced.sequencer.degraded is None)
    assert isinstance((await synced.sequencer.submit(order("one"))).events[0], OrderAccepted)
    assert synced.reader.seqs == [record.seq for record in synced.disk.records]


async def test_a_batch_waiting_for_the_disk_stands_when_the_next_one_cannot_be_written(synced):
    synced.disk.gate.clear()
    first = enqueue(synced, order("one"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    synced.disk.fails = "no space left"
    second = enqueue(synced, order("two"))
    with pytest.raises(Unavailable):
        await second
    synced.disk.gate.set()
    assert isinstance((await first).events[0], OrderAccepted)
    assert synced.hash() == state_hash(synced.rebuild().state)


# --- bugs of ours -----------------------------------------------------------------------------------


async def test_a_command_that_cannot_be_applied_leaves_no_gap_in_the_log(house):
    """msgpack has no integers beyond 64 bits: such a record can never be stored, by whatever way it came here."""
    journal, before = house.disk, house.hash()

    def append(records):
        if any(isinstance(record.command, c.Deposit) and record.command.amount > 1 << 64 for record in records):
            raise OverflowError("Integer value out of range")
        Disk.append(journal, records)

    journal.append = append
    outcomes = await asyncio.gather(
        house.sequencer.submit(order("innocent")),
        house.sequencer.submit(c.Deposit(account_of(1), 1 << 70)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert house.hash() == before
    await until(lambda: house.sequencer.degraded is None)
    await house.sequencer.submit(order("innocent"))
    assert [record.seq for record in journal.records] == list(range(1, len(journal.records) + 1))


async def test_an_engine_that_raises_costs_the_batch_and_nothing_else(house):
    before = house.hash()
    with pytest.raises(Unavailable):
        await house.sequencer.submit("no command at all")
    assert house.hash() == before
    await until(lambda: house.sequencer.degraded is None)
    assert isinstance((await house.sequencer.submit(order())).events[0], OrderAccepted)


async def test_a_reader_that_fails_stops_the_writes_and_is_told_nothing_more(house):
    house.reader.fails_at = house.sequencer.engine.state.seq + 1
    receipt = await house.sequencer.submit(order("stored"))
    assert isinstance(receipt.events[0], OrderAccepted)
    assert house.disk.records[-1].seq == receipt.seq
    with pytest.raises(Unavailable, match="restart"):
        await house.sequencer.submit(order())
    assert receipt.seq not in house.second.seqs


# --- the end ----------------------------------------------------------------------------------------


async def test_what_was_accepted_before_closing_is_answered_and_nothing_after(house):
    receipts = [enqueue(house, order()) for _ in range(3)]
    house.sequencer.close()
    with pytest.raises(Unavailable):
        await house.sequencer.submit(order())
    await house.sequencer.drain()
    assert all(isinstance(receipt.result().events[0], OrderAccepted) for receipt in receipts)


async def test_a_real_journal_with_fsync_survives_segments_filling_up_behind_a_sync(tmp_path):
    journal = FileJournal(tmp_path, "fsync", segment_bytes=2_000)
    journal.open()
    sequencer = Sequencer(
        Engine(), journal, VenueClock(ClockSetting(ClockMode.FROZEN, NOW_US)), lambda: pytest.fail("nothing failed")
    )
    await sequencer.submit_all(basic_scenario(1, NOW_US))

    async def deposits():
        for _ in range(40):
            receipt = await sequencer.submit(c.Deposit(account_of(1), DOLLAR))
            assert isinstance(receipt.events[0], BalanceChanged)

    await asyncio.gather(*(deposits() for _ in range(8)))
    sequencer.close()
    journal.close()
    again = FileJournal(tmp_path)
    again.open()
    assert len(list(tmp_path.glob("*.log"))) > 5
    assert state_hash(rebuild_engine(again, EngineSettings(), 0).state) == state_hash(sequencer.engine.state)
