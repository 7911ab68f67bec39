"""Start-up: whatever snapshots and records there are, they lead to the one state the log says, or to no start."""

import msgspec
import pytest

from exchange.adapters.journal import FileJournal, framed
from exchange.core.checks import check_invariants, state_hash
from exchange.core.commands import Deposit
from exchange.core.engine import Engine
from exchange.core.state import EngineSettings
from exchange.ports import JournalDamaged
from exchange.projections.views import Projections
from exchange.recovery import ReplayDiffers, rebuild_engine, recover, views_at
from tests.recorded import RecordedRun
from wire.engine_events import BalanceChanged


class Recovered:
    """What a start finds in a folder."""

    def __init__(self, folder, also=None):
        self.journal = FileJournal(folder)
        self.journal.open()
        self.engine, self.views = Engine(), Projections()
        self.replayed = recover(self.journal, self.engine, self.views, also)

    def is_like(self, run: RecordedRun) -> bool:
        same = state_hash(self.engine.state) == state_hash(run.engine.state)
        return same and self.views.dump() == run.views.dump() and check_invariants(self.engine.state) == []


def flip(path, offset):
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x40
    path.write_bytes(data)


def test_an_empty_folder_is_a_new_venue(tmp_path):
    found = Recovered(tmp_path)
    assert (found.engine.state.seq, found.views.seq, found.replayed) == (0, 0, 0)


def test_without_a_snapshot_the_whole_log_is_applied_again(tmp_path):
    run = RecordedRun(tmp_path, seed=1).go(800)
    found = Recovered(tmp_path)
    assert found.replayed == run.views.seq
    assert found.is_like(run)


def test_a_snapshot_and_the_records_after_it_are_the_same_as_the_whole_log(tmp_path):
    run = RecordedRun(tmp_path, seed=2).go(800)
    at = run.snapshot()
    run.go(400)
    found = Recovered(tmp_path)
    assert found.replayed == run.views.seq - at
    assert found.is_like(run)


def test_a_venue_that_was_restarted_goes_on_as_if_it_had_not_been(tmp_path):
    run = RecordedRun(tmp_path / "one", seed=3).go(500)
    run.snapshot()
    run.go(200)
    found = Recovered(tmp_path / "one")
    other = RecordedRun(tmp_path / "two", seed=3).go(500).go(200)
    other.engine, other.views = found.engine, found.views
    other.go(500)
    run.go(500)
    assert state_hash(other.engine.state) == state_hash(run.engine.state)
    assert other.views.dump() == run.views.dump()


def test_a_damaged_newest_snapshot_falls_back_to_the_older_one(tmp_path):
    run = RecordedRun(tmp_path, seed=4).go(300)
    older = run.snapshot()
    run.go(300)
    newest = run.snapshot()
    run.go(100)
    flip(tmp_path / f"{newest:020d}.snapshot", 500)
    found = Recovered(tmp_path)
    assert found.replayed == run.views.seq - older
    assert found.is_like(run)


def test_a_snapshot_that_is_cut_short_falls_back_too(tmp_path):
    run = RecordedRun(tmp_path, seed=5).go(300)
    path = tmp_path / f"{run.snapshot():020d}.snapshot"
    path.write_bytes(path.read_bytes()[:-1])
    assert Recovered(tmp_path).is_like(run)


def test_a_snapshot_of_another_version_falls_back_too(tmp_path):
    run = RecordedRun(tmp_path, seed=6).go(300)
    run.journal.write_snapshot(run.views.seq, msgspec.msgpack.encode(["a shape", "of tomorrow"]))
    assert Recovered(tmp_path).is_like(run)


def test_a_half_written_snapshot_is_not_looked_at(tmp_path):
    run = RecordedRun(tmp_path, seed=7).go(300)
    (tmp_path / f"{run.views.seq + 5:020d}.partial").write_bytes(b"half")
    assert Recovered(tmp_path).is_like(run)


def test_segments_before_the_snapshot_may_be_gone(tmp_path):
    run = RecordedRun(tmp_path, seed=8, segment_bytes=20_000).go(600)
    at = run.snapshot()
    run.journal.retain(at)
    run.go(300)
    assert len(list(tmp_path.glob("*.log"))) > 1
    assert Recovered(tmp_path).is_like(run)


def test_segments_that_are_gone_without_a_snapshot_stop_the_start(tmp_path):
    run = RecordedRun(tmp_path, seed=8, segment_bytes=20_000).go(600)
    run.journal.retain(run.views.seq)
    with pytest.raises(JournalDamaged):
        Recovered(tmp_path)


def test_a_missing_segment_in_the_middle_stops_the_start(tmp_path):
    RecordedRun(tmp_path, seed=9, segment_bytes=20_000).go(600)
    segments = sorted(tmp_path.glob("*.log"))
    assert len(segments) > 3
    segments[2].unlink()
    with pytest.raises(JournalDamaged):
        Recovered(tmp_path)


def test_damage_in_an_older_segment_stops_the_start(tmp_path):
    RecordedRun(tmp_path, seed=9, segment_bytes=20_000).go(600)
    flip(sorted(tmp_path.glob("*.log"))[1], 3_000)
    with pytest.raises(JournalDamaged):
        Recovered(tmp_path)


def test_damage_before_a_snapshot_does_not_stop_a_start_that_does_not_need_it(tmp_path):
    run = RecordedRun(tmp_path, seed=9, segment_bytes=20_000).go(600)
    run.snapshot()
    run.go(100)
    flip(sorted(tmp_path.glob("*.log"))[1], 3_000)
    assert Recovered(tmp_path).is_like(run)


def test_a_log_that_ends_before_its_snapshot_goes_on_behind_the_snapshot(tmp_path):
    run = RecordedRun(tmp_path, seed=10).go(400)
    at = run.snapshot()
    (segment,) = tmp_path.glob("*.log")
    segment.write_bytes(segment.read_bytes()[:-2_000])
    found = Recovered(tmp_path)
    assert found.is_like(run)
    assert found.journal.last_seq == at
    run.journal = found.journal
    run.go(200)
    assert Recovered(tmp_path).is_like(run)
    with pytest.raises(JournalDamaged, match="ends before seq"):
        list(FileJournal(tmp_path).read(0))


def test_a_record_whose_replay_differs_stops_the_start_and_is_named(tmp_path):
    run = RecordedRun(tmp_path, seed=11).go(300)
    (segment,) = tmp_path.glob("*.log")
    entries = list(run.journal.read(0))
    doubted = next(entry for entry in entries[100:] if isinstance(entry.command, Deposit))
    (true,) = doubted.events
    forged = msgspec.structs.replace(
        doubted, events=(BalanceChanged(true.account, true.cause, true.amount, true.cash + 1),)
    )
    segment.write_bytes(framed(forged if entry is doubted else entry for entry in entries))
    with pytest.raises(ReplayDiffers) as raised:
        Recovered(tmp_path)
    assert f"seq {doubted.seq}" in str(raised.value)
    assert str(true.cash) in str(raised.value)
    assert str(true.cash + 1) in str(raised.value)


def test_another_reader_is_told_all_that_is_replayed(tmp_path):
    run = RecordedRun(tmp_path, seed=12).go(400)
    at = run.snapshot()
    run.go(200)
    caught: list[int] = []
    found = Recovered(tmp_path, also=lambda shared: caught.append(shared.seq))
    assert caught == list(range(at + 1, run.views.seq + 1))
    assert found.replayed == run.views.seq - at
    assert found.is_like(run)


@pytest.mark.parametrize("behind", [0, 50])
def test_projections_of_the_past_begin_with_the_newest_snapshot_that_is_not_past_it(tmp_path, behind):
    run = RecordedRun(tmp_path, seed=12).go(400)
    at = run.snapshot()
    then = run.views.dump()
    run.go(200)
    run.snapshot()
    run.go(10)
    assert views_at(run.journal, at + behind, 100_000).dump() == then
    assert views_at(run.journal, at - 1, 100_000).seq == 0


def test_a_rebuilt_engine_is_the_one_that_a_start_would_give(tmp_path):
    run = RecordedRun(tmp_path, seed=13).go(400)
    run.snapshot()
    run.go(150)
    rebuilt = rebuild_engine(run.journal, EngineSettings(), 0)
    assert state_hash(rebuilt.state) == state_hash(run.engine.state)
