"""Looking at a journal without touching it: from the first record, or from the oldest snapshot that is kept."""

import pytest

from exchange.adapters.journal import FileJournal
from exchange.core.checks import state_hash
from exchange.core.state import EngineSettings
from exchange.ports import JournalDamaged
from exchange.recovery import ReplayDiffers, replay
from tests.recorded import RecordedRun


def replayed(folder, until_seq=None):
    return replay(FileJournal(folder), EngineSettings(), 0, until_seq)


def shortened(tmp_path):
    """A run of many small segments with two snapshots, whose oldest segments are gone."""
    run = RecordedRun(tmp_path, seed=5, segment_bytes=20_000).go(800)
    older = run.snapshot()
    run.go(300)
    newer = run.snapshot()
    run.go(300)
    run.journal.retain(older)
    assert run.journal.first_seq() > 1
    return run, older, newer


def test_whole_journal_is_replayed_from_the_first_record_and_compared_with_every_snapshot(tmp_path):
    run = RecordedRun(tmp_path, seed=4).go(300)
    first = run.snapshot()
    run.go(100)
    second = run.snapshot()
    found = replayed(tmp_path)
    assert (found.started_at, found.records, found.seq) == (0, run.views.seq, run.views.seq)
    assert found.snapshots_equal == (first, second)
    assert found.snapshots_different == ()
    assert found.state_hash == state_hash(run.engine.state)
    assert found.invariants_broken == ()


def test_journal_without_its_oldest_records_is_replayed_from_the_oldest_snapshot(tmp_path):
    run, older, newer = shortened(tmp_path)
    found = replayed(tmp_path)
    assert (found.started_at, found.records) == (older, run.views.seq - older)
    assert found.snapshots_equal == (newer,)
    assert found.state_hash == state_hash(run.engine.state)


def test_replay_stops_where_it_is_told_to(tmp_path):
    run = RecordedRun(tmp_path, seed=6).go(100)
    at, then = run.views.seq, state_hash(run.engine.state)
    run.go(100)
    found = replayed(tmp_path, until_seq=at)
    assert (found.seq, found.state_hash) == (at, then)


def test_snapshot_of_another_state_is_found_out(tmp_path):
    run = RecordedRun(tmp_path / "one", seed=7).go(200)
    other = RecordedRun(tmp_path / "other", seed=8).go(200)
    assert other.views.seq == run.views.seq
    seq = other.snapshot()
    name = f"{seq:020d}.snapshot"
    (tmp_path / "one" / name).write_bytes((tmp_path / "other" / name).read_bytes())
    found = replayed(tmp_path / "one")
    assert (found.snapshots_equal, found.snapshots_different) == ((), (seq,))


def test_missing_records_that_no_snapshot_holds_are_an_error(tmp_path):
    run, _, _ = shortened(tmp_path)
    for _, path in run.journal.snapshots():
        path.unlink()
    with pytest.raises(JournalDamaged, match="no snapshot"):
        replayed(tmp_path)


def test_records_missing_at_the_end_are_an_error(tmp_path):
    run = RecordedRun(tmp_path, seed=10).go(200)
    last = run.snapshot()
    (segment,) = tmp_path.glob("*.log")
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(JournalDamaged, match=f"{last} are missing"):
        replayed(tmp_path)


def test_records_that_the_running_venue_has_and_the_journal_has_not_are_an_error(tmp_path):
    run = RecordedRun(tmp_path, seed=11).go(100)
    with pytest.raises(JournalDamaged, match="missing"):
        replayed(tmp_path, until_seq=run.views.seq + 1)


def test_command_that_now_causes_other_events_is_an_error(tmp_path):
    RecordedRun(tmp_path, seed=9).go(800)
    with pytest.raises(ReplayDiffers):
        replay(FileJournal(tmp_path), EngineSettings(post_only_cross_cancels=True), 0)


def test_replay_writes_nothing(tmp_path):
    run, _, _ = shortened(tmp_path)
    run.journal.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    replayed(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
