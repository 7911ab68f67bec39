"""How long rows gather: history lets a burst of trading go first, but not for ever and not without room."""

from types import SimpleNamespace

import pytest

from exchange.adapters.history import Database, HistoryWriter, writer
from exchange.adapters.history.writer import BATCH_SECONDS, BURST_SECONDS
from tests.unit.exchange.private_venue import PrivateVenue


class Machine:
    """A time that passes only in pauses, `share` of it the process's own."""

    def __init__(self, share: float) -> None:
        self.seconds = 0.0
        self.share = share

    def monotonic(self) -> float:
        return self.seconds

    def process_time(self) -> float:
        return self.seconds * self.share

    async def pause(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def resting(tmp_path, monkeypatch):
    """Returns how long a writer of such a limit rests on a machine of such a load."""

    async def rest(share: float, limit: int = 200_000, stopping: bool = False) -> float:
        venue, machine = PrivateVenue(), Machine(share)
        monkeypatch.setattr(
            writer, "time", SimpleNamespace(monotonic=machine.monotonic, process_time=machine.process_time)
        )
        history = HistoryWriter(Database(tmp_path / "history.sqlite"), venue.views, limit=limit)
        monkeypatch.setattr(history, "_pause", machine.pause)
        venue.trade("0.40", "1")
        history.fold(venue.sink.records)
        if stopping:
            await history.stop()
        await history._rest()
        return machine.seconds

    return rest


async def test_an_idle_process_writes_after_each_batch_time(resting):
    assert await resting(share=0.5) == BATCH_SECONDS


async def test_a_busy_process_writes_when_its_burst_has_lasted_long_enough(resting):
    assert await resting(share=1.0) == BURST_SECONDS


async def test_a_busy_process_writes_before_room_runs_out(resting):
    assert await resting(share=1.0, limit=2) == BATCH_SECONDS


async def test_a_stop_is_not_kept_waiting_by_a_busy_process(resting):
    assert await resting(share=1.0, stopping=True) == 0
