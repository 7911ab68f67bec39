"""The journal on disk: framing, torn tails, segments, snapshots, failed writes."""

import os
import random
import resource
import sys
from pathlib import Path

import pytest

from exchange.adapters.journal import FileJournal, framed, whole_records
from exchange.core.commands import Deposit
from exchange.ports import JournalDamaged, JournalRecord, JournalWriteFailed
from wire.engine_events import BalanceChanged
from wire.enums import BalanceCause


def entry(seq: int) -> JournalRecord:
    return JournalRecord(
        1, seq, 1_000 * seq, Deposit(64, seq), (BalanceChanged(64, BalanceCause.DEPOSIT, seq, seq * 10),)
    )


def opened(folder: Path, **options) -> FileJournal:
    journal = FileJournal(folder, **options)
    journal.open()
    return journal


def written(folder: Path, count: int, **options) -> FileJournal:
    journal = opened(folder, **options)
    for seq in range(1, count + 1):
        journal.append([entry(seq)])
    return journal


def test_what_was_appended_is_read_back_in_order(tmp_path):
    journal = opened(tmp_path)
    journal.append([entry(1), entry(2)])
    journal.append([entry(3)])
    journal.close()
    again = opened(tmp_path)
    assert list(again.read(0)) == [entry(1), entry(2), entry(3)]
    assert list(again.read(2)) == [entry(3)]
    assert again.last_seq == 3


def test_appending_goes_on_after_reopening(tmp_path):
    written(tmp_path, 2).close()
    journal = opened(tmp_path)
    journal.append([entry(3)])
    assert [record.seq for record in journal.read(0)] == [1, 2, 3]


def test_a_full_segment_is_followed_by_another_and_reading_spans_them(tmp_path):
    written(tmp_path, 50, segment_bytes=300).close()
    assert len(list(tmp_path.glob("*.log"))) > 5
    assert [record.seq for record in opened(tmp_path, segment_bytes=300).read(20)] == list(range(21, 51))


@pytest.mark.parametrize("seed", range(4))
def test_a_tail_cut_or_flipped_anywhere_recovers_to_the_last_whole_record(tmp_path, seed):
    """1,000 random damages: never a crash, never a record that was not written, only the end is lost."""
    pick = random.Random(seed)
    data = framed(entry(seq) for seq in range(1, 41))
    ends = [end for end, _ in whole_records(data)]
    path = tmp_path / f"{1:020d}.log"
    for _ in range(250):
        offset = pick.randrange(len(data))
        if pick.random() < 0.5:
            damaged = data[:offset]
        else:
            flipped = bytearray(data)
            flipped[offset] ^= 1 << pick.randrange(8)
            damaged = bytes(flipped)
        path.write_bytes(damaged)
        journal = opened(tmp_path)
        whole = sum(1 for end in ends if end <= offset)
        assert list(journal.read(0)) == [entry(seq) for seq in range(1, whole + 1)]
        assert journal.last_seq == whole
        assert path.stat().st_size == (ends[whole - 1] if whole else 0)
        journal.append([entry(whole + 1)])
        assert [record.seq for record in journal.read(0)][-1] == whole + 1
        journal.close()


def test_damage_before_the_last_segment_is_never_passed_over(tmp_path):
    written(tmp_path, 50, segment_bytes=300).close()
    first = min(tmp_path.glob("*.log"))
    data = bytearray(first.read_bytes())
    data[-3] ^= 1
    first.write_bytes(data)
    journal = opened(tmp_path, segment_bytes=300)
    with pytest.raises(JournalDamaged, match="ends before seq"):
        list(journal.read(0))


def test_a_missing_segment_is_never_passed_over(tmp_path):
    written(tmp_path, 50, segment_bytes=300).close()
    sorted(tmp_path.glob("*.log"))[2].unlink()
    with pytest.raises(JournalDamaged):
        list(opened(tmp_path, segment_bytes=300).read(0))


class FullDisk:
    """Stands in for os.write: takes `room` bytes, then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.write = os.write

    def __call__(self, file: int, data: bytes) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken = self.write(file, bytes(data)[: self.room])
        self.room -= taken
        return taken


def test_a_batch_that_does_not_fit_leaves_no_trace(tmp_path, monkeypatch):
    journal = written(tmp_path, 3)
    monkeypatch.setattr(os, "write", FullDisk(room=10))
    with pytest.raises(JournalWriteFailed, match="No space"):
        journal.append([entry(4), entry(5)])
    monkeypatch.undo()
    assert journal.last_seq == 3
    assert [record.seq for record in journal.read(0)] == [1, 2, 3]
    assert journal.can_write()
    journal.append([entry(4)])
    assert [record.seq for record in opened(tmp_path).read(0)] == [1, 2, 3, 4]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_FSIZE as Linux has it")
def test_a_disk_with_room_for_a_part_of_a_record_is_a_full_one(tmp_path):
    journal = written(tmp_path, 1)
    size = next(tmp_path.glob("*.log")).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    try:
        assert not journal.can_write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.can_write()
    assert [record.seq for record in journal.read(0)] == [1]


async def test_a_failed_sync_takes_back_everything_later_than_the_last_good_one(tmp_path, monkeypatch):
    journal = opened(tmp_path, durability="fsync", segment_bytes=300)
    journal.append([entry(1)])
    await journal.sync()
    for seq in range(2, 20):
        journal.append([entry(seq)])

    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    with pytest.raises(JournalWriteFailed):
        await journal.sync()
    monkeypatch.undo()
    kept = [record.seq for record in journal.read(0)]
    assert kept == list(range(1, journal.last_seq + 1))
    assert journal.last_seq < 19
    journal.append([entry(journal.last_seq + 1)])
    await journal.sync()


def test_the_newest_sound_snapshot_is_read_first_and_a_damaged_one_is_skipped(tmp_path):
    journal = opened(tmp_path)
    for seq in (10, 20, 30):
        journal.write_snapshot(seq, b"state %d" % seq)
    assert [seq for seq, _ in journal.snapshots()] == [30, 20]
    path = journal.snapshots()[0][1]
    path.write_bytes(path.read_bytes()[:-1])
    assert list(journal.read_snapshots()) == [(20, b"state 20")]


def test_retention_deletes_only_what_is_older_than_asked(tmp_path):
    journal = written(tmp_path, 50, segment_bytes=300)
    journal.retain(25)
    assert [record.seq for record in journal.read(25)] == list(range(26, 51))
    with pytest.raises(JournalDamaged):
        list(journal.read(0))


def test_the_snapshot_from_which_a_reader_goes_on_is_kept(tmp_path):
    journal = opened(tmp_path)
    for seq in (10, 20, 30, 40, 50):
        journal.write_snapshot(seq, b"state", 25)
    assert [seq for seq, _ in journal.snapshots()] == [50, 40, 20]
    journal.write_snapshot(60, b"state", 45)
    assert [seq for seq, _ in journal.snapshots()] == [60, 50, 40]


def test_a_reader_older_than_every_snapshot_goes_on_from_the_oldest(tmp_path):
    journal = opened(tmp_path)
    assert journal.base_of(7) == 0
    for seq in (10, 20, 30, 40):
        journal.write_snapshot(seq, b"state", 7)
    assert journal.base_of(7) == 10
    assert [seq for seq, _ in journal.snapshots()] == [40, 30, 10]
