"""A log of random commands on the real engine, record by record, with the engine beside it."""

from collections.abc import Iterator

from exchange.core.commands import AdvanceTime, AnyCommand
from exchange.core.engine import Engine
from tests.random_commands import START_US, RandomCommands
from wire.event_log import LogRecord, record


class RandomLog:
    """`records(n)` goes on for n more operations; the engine is always where the last record left it."""

    def __init__(self, seed: int, markets: int = 10, accounts: int = 24) -> None:
        self.engine = Engine()
        self._stream = RandomCommands(seed, markets, accounts)
        self._now_us = START_US
        self._begun = False

    def records(self, operations: int) -> Iterator[LogRecord]:
        if not self._begun:
            self._begun = True
            for command in self._stream.setup():
                yield self._apply(command)
        for _ in range(operations):
            self._now_us += 1_000
            if self.engine.next_deadline_us() <= self._now_us:
                yield self._apply(AdvanceTime())
            yield self._apply(self._stream.next_command(self._now_us))

    def apply(self, command: AnyCommand) -> LogRecord:
        """A command that is not one of the random ones, at the same time as the last of those."""
        seq = self.engine.state.seq + 1
        return record(0, seq, self._now_us, tuple(self.engine.apply(command, seq, self._now_us)))

    def _apply(self, command: AnyCommand) -> LogRecord:
        entry = self.apply(command)
        self._stream.learn(entry.events)
        return entry
