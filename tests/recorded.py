"""A random run put into real journal files: what recovery and replay tests start from."""

from collections.abc import Iterator
from pathlib import Path

from exchange.adapters.journal import FileJournal
from exchange.core.commands import AdvanceTime, AnyCommand
from exchange.core.engine import Engine
from exchange.ports import JournalRecord
from exchange.projections.views import Projections
from exchange.recovery import take_snapshot
from tests.random_commands import START_US, RandomCommands
from wire.engine_events import SCHEMA_VERSION
from wire.event_log import record


class RecordedRun:
    """An engine with its projections and journal, driven by a seeded stream a millisecond at a time."""

    def __init__(self, folder: Path, seed: int, segment_bytes: int = 1 << 26, markets: int = 8, accounts: int = 16):
        self.journal = FileJournal(folder, segment_bytes=segment_bytes)
        self.journal.open()
        self.engine, self.views = Engine(), Projections()
        self.stream = RandomCommands(seed, markets, accounts)
        self.now_us = START_US
        for command in self.stream.setup():
            self._apply([command])

    def go(self, commands: int, batch: int = 4) -> "RecordedRun":
        """So many more commands, a few to an append."""
        for start in range(0, commands, batch):
            self._apply(self._turn(min(batch, commands - start)))
        return self

    def _turn(self, count: int) -> Iterator[AnyCommand]:
        for _ in range(count):
            self.now_us += 1_000
            if self.engine.next_deadline_us() <= self.now_us:
                yield AdvanceTime()
            yield self.stream.next_command(self.now_us)

    def _apply(self, commands) -> None:
        entries = []
        for command in commands:
            seq = self.engine.state.seq + 1
            events = self.engine.apply(command, seq, self.now_us)
            self.stream.learn(events)
            entries.append(JournalRecord(SCHEMA_VERSION, seq, self.now_us, command, events))
            self.views.fold(record(0, seq, self.now_us, events))
        self.journal.append(entries)

    def snapshot(self) -> int:
        """Store one; its seq."""
        self.journal.write_snapshot(self.views.seq, take_snapshot(self.engine, self.views))
        return self.views.seq
