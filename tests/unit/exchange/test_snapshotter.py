"""What a snapshot lets go of the journal."""

import asyncio
from types import SimpleNamespace

import pytest

from exchange.snapshotter import Snapshotter
from tests.recorded import RecordedRun


@pytest.mark.parametrize("stored_seq", [0, 250, 450])
async def test_the_journal_keeps_what_history_has_not_stored_and_the_snapshot_before_it(tmp_path, stored_seq):
    run = RecordedRun(tmp_path, seed=14)
    run.journal._segment_bytes = 2_000
    history = SimpleNamespace(checkpoint=lambda: stored_seq)
    snapshotter = Snapshotter(run, run.views, history, run.journal, every=1, retain=0)
    for _ in range(5):
        run.go(100)
        snapshotter.flush()
        await snapshotter.finish()
        await asyncio.sleep(0)
    snapshots = [seq for seq, _ in run.journal.snapshots()]
    needed = run.journal.base_of(stored_seq)
    assert needed in snapshots
    first = min(needed, stored_seq)
    assert run.journal.first_seq() <= first + 1
    assert [entry.seq for entry in run.journal.read(first)] == list(range(first + 1, run.views.seq + 1))
    assert (run.journal.first_seq() == 1) is (stored_seq == 0)
