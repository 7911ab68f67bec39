"""Journal records a second, and how quickly a million-command journal is back in memory."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from exchange.adapters.journal import FileJournal, framed
from exchange.core import commands as c
from exchange.core.engine import Engine
from exchange.ports import JournalRecord
from exchange.projections.views import Projections
from exchange.recovery import recover
from loadtest.report import Row
from loadtest.stream import ASK, BID, generate
from wire.accounts import account_of
from wire.engine_events import SCHEMA_VERSION
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.units import DOLLAR

COMMANDS = 1_000_000
BATCH = 100
NOW_US = 1_780_000_000_000_000
SIDES = {BID: BookSide.BID, ASK: BookSide.ASK}


def run() -> list[Row]:
    """Append one by one and in batches beside plain writes of the same bytes; recovery beside decoding alone."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        journal = FileJournal(Path(folder) / "journal")
        journal.open()
        sample: list[JournalRecord] = []
        batch: list[JournalRecord] = []
        engine = Engine()
        appending = 0.0
        for entry in _records(engine):
            batch.append(entry)
            if len(sample) < 50_000:
                sample.append(entry)
            if len(batch) == BATCH:
                started = time.perf_counter()
                journal.append(batch)
                appending += time.perf_counter() - started
                batch = []
        if batch:
            journal.append(batch)
        total = journal.last_seq
        size = sum(path.stat().st_size for path in (Path(folder) / "journal").glob("*.log"))
        plain = _plain_writes(Path(folder) / "plain", sample)
        rows.append(
            Row(
                f"append, batches of {BATCH}",
                total / appending,
                "records/s",
                total / appending / plain,
                "of writing the same framed bytes",
                f"{size / total:.0f} bytes a record",
            )
        )
        single = _single(Path(folder) / "single", sample)
        rows.append(Row("append, one by one", single, "records/s", single / plain, "of the same"))

        decoding = time.perf_counter()
        decoded = sum(1 for _ in journal.read(0))
        decoding = time.perf_counter() - decoding
        fresh, views = Engine(), Projections()
        replaying = time.perf_counter()
        replayed = recover(journal, fresh, views)
        replaying = time.perf_counter() - replaying
        assert replayed == decoded == total
        rows.append(Row("read and decode only", decoded / decoding, "records/s", 1.0, "ceiling"))
        rows.append(
            Row(
                f"recover {total:,} commands",
                replayed / replaying,
                "records/s",
                decoding / replaying,
                "of decoding only",
                f"{replaying:.1f} s: replay, compare every event, fold every projection",
            )
        )
        journal.close()
    return rows


def _records(engine: Engine) -> Iterator[JournalRecord]:
    """What the sequencer would store for the benchmark stream, repeated until it is long enough."""
    setup: list[c.AnyCommand] = [
        c.CreateSeries("KXB", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("KXB-E", "KXB", False, "", b"{}"),
        c.CreateMarket("KXB-M", "KXB-E", 0, NOW_US * 2, 0, "center_centi_edge_centi_cent", (), b"{}"),
        *(c.CreateMember(member, f"m{member}") for member in range(1, 21)),
        *(c.Deposit(account_of(member), 10**7 * DOLLAR) for member in range(1, 21)),
    ]
    seq = 0

    def apply(command: c.AnyCommand) -> JournalRecord:
        nonlocal seq
        seq += 1
        events = engine.apply(command, seq, NOW_US + seq)
        return JournalRecord(SCHEMA_VERSION, seq, NOW_US + seq, command, events)  # type: ignore[arg-type]

    yield from map(apply, setup)
    stream = generate(200_000)
    for _ in range(COMMANDS // len(stream) + 1):
        offset = seq + 1
        for operation in stream:
            if seq >= COMMANDS:
                return
            takes = operation.kind == "take"
            if operation.kind == "cancel":
                target = stream[operation.target]
                yield apply(c.CancelOrder(account_of(1 + target.number % 10), offset + operation.target))
                continue
            yield apply(
                c.CreateOrder(
                    account_of(1 + operation.number % 10 + (10 if takes else 0)),
                    "KXB-M",
                    SIDES[operation.side],
                    operation.price,
                    operation.size * 100,
                    TimeInForce.IMMEDIATE_OR_CANCEL if takes else TimeInForce.GOOD_TILL_CANCELED,
                    SelfTradePrevention.TAKER_AT_CROSS,
                    f"o{seq}",
                )
            )


def _plain_writes(path: Path, sample: list[JournalRecord]) -> float:
    """Records a second when somebody else has already framed them: the file system's share."""
    batches = [framed(sample[at : at + BATCH]) for at in range(0, len(sample), BATCH)]
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    started = time.perf_counter()
    for data in batches:
        os.write(file, data)
    elapsed = time.perf_counter() - started
    os.close(file)
    return len(sample) / elapsed


def _single(folder: Path, sample: list[JournalRecord]) -> float:
    journal = FileJournal(folder)
    journal.open()
    started = time.perf_counter()
    for entry in sample:
        journal.append([entry])
    elapsed = time.perf_counter() - started
    journal.close()
    return len(sample) / elapsed
