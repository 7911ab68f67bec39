"""Records of a log for tests, and where a log may be kept: the harness of the contract suite."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from eventlog.memory import MemoryLog
from exchange.adapters.journal import FileJournal
from exchange.adapters.release_mark import ReleaseMark
from exchange.core.commands import Deposit
from exchange.ports import JournalRecord
from wire.engine_events import BalanceChanged, OrderAccepted
from wire.enums import BalanceCause, BookSide, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord, LogSource, record

START_US = 1_780_000_000_000_000


def entry(seq: int, shard: int = 0) -> LogRecord:
    """A record with an order in it and a change of balance."""
    return record(
        shard,
        seq,
        START_US + 1_000 * seq,
        (
            OrderAccepted(
                seq,
                64,
                f"KXTEST-26-{'AB'[seq % 2]}",
                f"c{seq}",
                BookSide.BID,
                5_600,
                1_000,
                1_000,
                TimeInForce.GOOD_TILL_CANCELED,
                SelfTradePrevention.TAKER_AT_CROSS,
                False,
                False,
                False,
                0,
                0,
            ),
            BalanceChanged(64, BalanceCause.DEPOSIT, seq, 10 * seq),
        ),
    )


def entries(first: int, last: int) -> list[LogRecord]:
    return [entry(seq) for seq in range(first, last + 1)]


class Keeper(Protocol):
    """A log's writer and its reader."""

    source: LogSource

    async def write(self, batch: Sequence[LogRecord]) -> None: ...

    async def close(self) -> None: ...


class FileKeeper:
    """The venue's own journal and mark, read through the files."""

    def __init__(self, folder: Path, segment_bytes: int = 2_000) -> None:
        self.journal = FileJournal(folder, segment_bytes=segment_bytes)
        self.journal.open()
        self.mark = ReleaseMark(folder, self.journal.last_seq)
        self.source = JournalTail(folder, chunk_bytes=1_000, poll_seconds=0.001)

    async def write(self, batch: Sequence[LogRecord]) -> None:
        self.append(batch)
        for shared in batch:
            self.mark.fold([shared])
        self.mark.flush()

    def append(self, batch: Sequence[LogRecord]) -> None:
        """Into the journal, but not released; one by one, so that the segments get full in between."""
        for shared in batch:
            entry = JournalRecord(shared.version, shared.seq, shared.ts_us, Deposit(64, 1), shared.events)
            self.journal.append([entry])

    async def close(self) -> None:
        self.mark.close()
        self.journal.close()


class MemoryKeeper:
    def __init__(self) -> None:
        self.source = MemoryLog(batch=7)

    async def write(self, batch: Sequence[LogRecord]) -> None:
        await self.source.append(batch)

    async def close(self) -> None:
        return None


class KafkaKeeper:
    def __init__(self, bootstrap: str, topic: str) -> None:
        self.source = KafkaLog(bootstrap, topic=topic)

    async def write(self, batch: Sequence[LogRecord]) -> None:
        await self.source.create_topic()
        await self.source.append(batch)

    async def close(self) -> None:
        await self.source.close()
