"""The recorded windows and a hundred thousand random commands in one log: the books rebuilt from it, from the
journal's files and from Kafka, are the venue's own at a hundred random places and at the end.
"""

import asyncio
import random
import time
from contextlib import aclosing

import pytest

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from exchange.adapters.journal import FileJournal
from exchange.adapters.release_mark import ReleaseMark
from exchange.book_lines import books_image
from exchange.core.commands import Deposit
from exchange.ports import JournalRecord
from exchange.publisher import Publisher
from rebuilder.order_book import Books
from sandbox.tapes.driver import TapeDriver
from sandbox.tapes.market import REPLAY_MAKER, REPLAY_TAKER, find_metadata, replay_members
from sandbox.tapes.recording import find
from tests.conformance.test_tapes import TAPES, WINDOWS
from tests.kafka import kafka_bootstrap, skip_or_fail  # noqa: F401  # a fixture
from tests.random_commands import START_US
from tests.random_log import RandomLog
from wire.accounts import account_of

COMMANDS = 100_000
LOOKS = 100
BATCH = 500


class Written:
    """A journal that is written as the log comes into being, and what the venue's books were at some places in it."""

    def __init__(self, folder):
        self.folder = folder
        self.hashes = {}
        self.events = 0
        self._journal = FileJournal(folder)
        self._journal.open()
        self._mark = ReleaseMark(folder, 0)
        self._batch = []

    def write(self, entry):
        self._batch.append(entry)
        self.events += len(entry.events)
        if len(self._batch) == BATCH:
            self.flush()

    def flush(self):
        # What the command was is not in the log; any will do.
        self._journal.append(
            [JournalRecord(one.version, one.seq, one.ts_us, Deposit(64, 1), one.events) for one in self._batch]
        )
        self._mark.fold(self._batch)
        self._mark.flush()
        self._batch.clear()

    def close(self):
        self.flush()
        self._mark.close()
        self._journal.close()


def played(log, tape):
    """The records a tape causes, message by message."""
    driver = TapeDriver(tape.ticker, account_of(REPLAY_MAKER), account_of(REPLAY_TAKER))
    for step in tape.steps():
        commands, events, caused = driver.play(step), None, []
        while True:
            try:
                command = commands.send(events)
            except StopIteration:
                break
            entry = log.apply(command)
            events = entry.events
            driver.fold(events)
            caused.append(entry)
        yield caused


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """All of it, played once."""
    folders = [TAPES / "events" / ticker for ticker in WINDOWS]
    if not all(folder.is_dir() for folder in folders):
        (skip_or_fail if TAPES.parent.is_dir() else pytest.skip)(f"no recorded tapes at {TAPES}")
    written, log = Written(tmp_path_factory.mktemp("tapes") / "journal"), RandomLog(2027, markets=50, accounts=200)
    looks = set(random.Random(2027).sample(range(sum(WINDOWS.values()) + COMMANDS), LOOKS))

    def steps():
        # Whoever trades at random begins first, so that the tapes' markets are not its own.
        yield list(log.records(0))
        yield [log.apply(command) for command in replay_members()]
        for folder in folders:
            (tape,) = find(folder)
            market = find_metadata(tape, None)
            yield [log.apply(command) for command in market.setup(tape.start_ms() * 1000, START_US)]
            yield from played(log, tape)
        for entry in log.records(COMMANDS):
            yield [entry]

    for number, caused in enumerate(steps()):
        for entry in caused:
            written.write(entry)
        if number in looks:
            written.hashes[log.engine.state.seq] = books_image(log.engine.state).books_hash
    end = books_image(log.engine.state)
    assert end.orders_resting > 100, "there is something to compare"
    written.hashes[log.engine.state.seq] = end.books_hash
    written.close()
    return written


async def check(source, written, where):
    books, seen = Books(), {}
    begun = time.perf_counter()
    async with aclosing(source.read(0, follow=False)) as batches:
        async for batch in batches:
            for entry in batch:
                books.fold(entry)
                if entry.seq in written.hashes:
                    seen[entry.seq] = books.image().books_hash
    seconds = time.perf_counter() - begun
    assert seen == written.hashes
    print(
        f"{where}: equal at {len(seen)} places of {books.seq:,} records, {written.events:,} events; "
        f"{written.events / seconds:,.0f} events/s with the looks"
    )


@pytest.mark.slow
async def test_books_rebuilt_from_files_are_the_venues_own(written):
    await check(JournalTail(written.folder), written, "files")


@pytest.mark.slow
async def test_books_rebuilt_from_kafka_are_the_venues_own(written, kafka_bootstrap):  # noqa: F811
    log = KafkaLog(kafka_bootstrap, topic=f"tapes-{written.folder.parent.name}")
    publisher = Publisher(JournalTail(written.folder), log, log.create_topic)
    publishing = asyncio.create_task(publisher.run())
    async with asyncio.timeout(200):
        while publisher.published_seq < max(written.hashes):
            assert not publishing.done(), publisher.trouble
            await asyncio.sleep(0.05)
    publishing.cancel()
    await asyncio.wait((publishing,))
    await check(KafkaLog(kafka_bootstrap, topic=f"tapes-{written.folder.parent.name}"), written, "kafka")
