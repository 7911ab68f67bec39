"""A thousand ways to damage the end of a log: recovery never fails, never invents, and says what it cut."""

import random
import shutil
import time

from exchange.adapters.journal import FileJournal, whole_records
from exchange.core.checks import state_hash
from exchange.core.engine import Engine
from exchange.projections.views import Projections
from exchange.recovery import apply_again, recover, take_snapshot
from tests.recorded import RecordedRun
from wire.event_log import record

DAMAGES = 1_000


def damaged(data: bytes, pick: random.Random) -> tuple[bytes, str]:
    """The segment with one thing wrong with it."""
    kind = pick.choice(("cut", "bit", "byte", "zeros", "garbage", "swapped"))
    at = pick.randrange(len(data))
    if kind == "cut":
        return data[:at], f"cut at {at}"
    if kind == "bit":
        return data[:at] + bytes([data[at] ^ (1 << pick.randrange(8))]) + data[at + 1 :], f"bit at {at}"
    if kind == "byte":
        return data[:at] + bytes([(data[at] + pick.randrange(1, 256)) % 256]) + data[at + 1 :], f"byte at {at}"
    if kind == "zeros":
        return data[:at] + bytes(pick.randrange(1, 5_000)), f"zeros from {at}"
    if kind == "garbage":
        return data[:at] + pick.randbytes(pick.randrange(1, 5_000)), f"garbage from {at}"
    return data[:at] + data[at + pick.randrange(1, 200) :], f"bytes missing at {at}"


def test_whatever_happens_to_the_last_segment_the_state_is_a_replay_of_its_sound_beginning(tmp_path):
    run = RecordedRun(tmp_path / "sound", seed=20, segment_bytes=60_000, markets=5, accounts=10).go(1_400)
    segments = sorted((tmp_path / "sound").glob("*.log"))
    assert len(segments) > 1
    whole = segments[-1].read_bytes()
    entries = list(run.journal.read(0))
    first = int(segments[-1].stem)
    # Every state the log went through since the last segment began.
    engine, views = Engine(), Projections()
    hashes: dict[int, str] = {}
    dumps: dict[int, bytes] = {}
    for entry in entries:
        apply_again(engine, entry)
        views.fold(record(0, entry.seq, entry.ts_us, entry.events))
        if entry.seq == first - 1:
            run.journal.write_snapshot(entry.seq, take_snapshot(engine, views))
        if entry.seq >= first - 1:
            hashes[entry.seq], dumps[entry.seq] = state_hash(engine.state), views.dump()
    ends = [end for end, _ in whole_records(whole)]
    pick = random.Random(20261121)
    started = time.perf_counter()
    folder = tmp_path / "torn"
    shutil.copytree(tmp_path / "sound", folder)
    kept: list[int] = []
    for _ in range(DAMAGES):
        data, what = damaged(whole, pick)
        same = next((place for place, (a, b) in enumerate(zip(whole, data, strict=False)) if a != b), len(data))
        (folder / segments[-1].name).write_bytes(data)
        journal = FileJournal(folder)
        journal.open()
        engine, views = Engine(), Projections()
        recover(journal, engine, views)
        seq = engine.state.seq
        assert seq == first - 1 + sum(end <= min(same, len(data)) for end in ends), what
        assert (state_hash(engine.state), views.dump()) == (hashes[seq], dumps[seq]), what
        assert journal.cut_bytes == len(data) - (folder / segments[-1].name).stat().st_size, what
        assert (folder / segments[-1].name).read_bytes() == whole[: ends[seq - first] if seq >= first else 0], what
        journal.close()
        kept.append(seq - first + 1)
    seconds = time.perf_counter() - started
    print(
        f"{DAMAGES:,} damaged tails of {len(ends)} records ({len(whole):,} bytes) in {seconds:.1f} s; "
        f"kept {min(kept)} to {max(kept)} records, 0 crashes, 0 inventions"
    )
