"""A million seeded operations: every invariant holds, and the same inputs give the same state."""

import os

import msgspec
import pytest

from exchange.core.checks import check_invariants, state_hash
from exchange.core.commands import AdvanceTime
from exchange.core.engine import Engine
from exchange.core.snapshot import EngineImage, dump, restore
from exchange.core.state import EngineSettings
from tests.random_commands import START_US, RandomCommands

OPERATIONS = int(os.environ.get("MOCK_KALSHI_OPERATIONS", "1000000" if os.environ.get("CI") else "100000"))


class Run:
    """An engine driven by the random stream, with a clock that moves a millisecond at a time."""

    def __init__(self, seed: int) -> None:
        self.engine = Engine()
        self.stream = RandomCommands(seed)
        self.seq = 0
        self.now_us = START_US
        for command in self.stream.setup():
            self.apply(command)

    def apply(self, command) -> tuple:
        self.seq += 1
        events = self.engine.apply(command, self.seq, self.now_us)
        self.stream.learn(events)
        return events

    def step(self) -> tuple:
        self.now_us += 1_000
        if self.engine.next_deadline_us() <= self.now_us:
            self.apply(AdvanceTime())
        return self.apply(self.stream.next_command(self.now_us))


@pytest.mark.timeout(900)
def test_every_invariant_holds_through_a_long_random_run():
    run = Run(seed=20261121)
    for number in range(OPERATIONS):
        run.step()
        if number % 1_000 == 0:
            assert check_invariants(run.engine.state) == [], f"after operation {number}"


def test_an_engine_restored_in_mid_run_goes_on_exactly_like_the_one_that_lived_on():
    run = Run(seed=7)
    for _ in range(20_000):
        run.step()
    image = msgspec.msgpack.decode(msgspec.msgpack.encode(dump(run.engine.state)), type=EngineImage)
    other = Engine()
    other.state = restore(image, EngineSettings())
    assert state_hash(other.state) == state_hash(run.engine.state)
    for number in range(5_000):
        run.now_us += 1_000
        if run.engine.next_deadline_us() <= run.now_us:
            command, run.seq = AdvanceTime(), run.seq + 1
            assert run.engine.apply(command, run.seq, run.now_us) == other.apply(command, run.seq, run.now_us)
        command, run.seq = run.stream.next_command(run.now_us), run.seq + 1
        events = run.engine.apply(command, run.seq, run.now_us)
        assert events == other.apply(command, run.seq, run.now_us), f"operation {number}: {command}"
        run.stream.learn(events)
    assert state_hash(other.state) == state_hash(run.engine.state)
