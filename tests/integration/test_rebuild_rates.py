"""Rebuilding in bulk: right at 100 random seqs and at the end, from files and from Kafka, and how fast."""

import gc
import random
import time
from contextlib import aclosing

import pytest

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from exchange.book_lines import books_image
from rebuilder.checkpoint import Checkpoints
from rebuilder.order_book import Books
from rebuilder.rebuild import books_at, rebuild
from tests.kafka import kafka_bootstrap  # noqa: F401  # a fixture
from tests.log_records import FileKeeper
from tests.random_log import RandomLog

ORDERS = 100_000
LOOKS = 100
EVENTS = 1_000_000


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """The log of many orders, and the engine's books by hash at random seqs and at the end."""
    log, pick = RandomLog(2026, markets=50, accounts=200), random.Random(2026)
    looks = {pick.randrange(1, ORDERS) for _ in range(LOOKS)}
    records, hashes = [], {}
    for entry in log.records(ORDERS):
        records.append(entry)
        if entry.seq in looks:
            hashes[entry.seq] = books_image(log.engine.state).books_hash
    hashes[records[-1].seq] = books_image(log.engine.state).books_hash
    gc.collect()
    gc.freeze()  # the records held here are the test's; a rebuilder would not have them to look through
    return records, hashes


async def check(source, scene, folder, where):
    """One pass that looks at every wanted seq, then as many single looks as are quick, then passes for the rate."""
    records, hashes = scene
    books = Books()
    seen = {}
    async with aclosing(source.read(0, follow=False)) as batches:
        async for batch in batches:
            for entry in batch:
                books.fold(entry)
                if entry.seq in hashes:
                    seen[entry.seq] = books.image().books_hash
    assert seen == hashes
    for seq in random.Random(1).sample(sorted(hashes), 5):
        assert (await books_at(source, Checkpoints(folder), 0, seq)).image().books_hash == hashes[seq]
    events = sum(len(entry.events) for entry in records)
    begun, folded = time.perf_counter(), 0
    while folded < EVENTS:
        await rebuild(source, Books())
        folded += events
    seconds = time.perf_counter() - begun
    print(
        f"{where}: {EVENTS:,} events rebuilt in {seconds * EVENTS / folded:.1f} s, {folded / seconds:,.0f} events/s, "
        f"{folded / events * len(records) / seconds:,.0f} records/s"
    )


@pytest.mark.slow
async def test_from_files_the_books_are_right_at_every_seq_looked_at(scene, tmp_path):
    keeper = FileKeeper(tmp_path / "journal", segment_bytes=4_000_000)
    await keeper.write(scene[0])
    await check(JournalTail(tmp_path / "journal"), scene, tmp_path / "none", "files")
    await keeper.close()


@pytest.mark.slow
async def test_from_kafka_the_books_are_right_at_every_seq_looked_at(scene, tmp_path, kafka_bootstrap):  # noqa: F811
    log = KafkaLog(kafka_bootstrap, topic=f"rates-{tmp_path.name}")
    await log.create_topic()
    begun = time.perf_counter()
    for start in range(0, len(scene[0]), 5_000):
        await log.append(scene[0][start : start + 5_000])
    print(f"publish: {len(scene[0]) / (time.perf_counter() - begun):,.0f} records/s")
    await check(log, scene, tmp_path / "none", "kafka")
    await log.close()
