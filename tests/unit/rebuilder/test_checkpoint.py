"""Checkpoints: whole or not there, found by seq and by time, thinned out with age."""

import pytest

from rebuilder.checkpoint import Checkpoints, fingerprint
from rebuilder.order_book import Books
from tests.random_log import RandomLog


@pytest.fixture(scope="module")
def records():
    return list(RandomLog(3, markets=3, accounts=8).records(300))


def stored(folder, records, seqs, kept=24):
    checkpoints, books = Checkpoints(folder, kept), Books()
    for entry in records:
        books.fold(entry)
        if entry.seq in seqs:
            checkpoints.write(books.dump(), entry)
    return checkpoints


def test_the_books_come_back_as_they_were(tmp_path, records):
    checkpoints = stored(tmp_path, records, {200})
    books = Books()
    for entry in records[:200]:
        books.fold(entry)
    found = checkpoints.newest()
    assert Books.load(found.state).image(detail=True) == books.image(detail=True)
    assert found.fingerprint == fingerprint(records[199])


@pytest.mark.parametrize(("seq", "expected"), [(None, 150), (149, 100), (100, 100), (50, 50), (49, None)])
def test_the_newest_not_later_than_a_seq_is_found(tmp_path, records, seq, expected):
    found = stored(tmp_path, records, {50, 100, 150}).newest(seq)
    assert (found and found.state.seq) == expected


def test_the_newest_not_later_than_a_time_is_found(tmp_path, records):
    checkpoints = stored(tmp_path, records, {50, 100, 150})
    assert checkpoints.newest(ts_us=records[149].ts_us).state.seq == 150
    assert checkpoints.newest(ts_us=records[149].ts_us - 1).state.seq == 100


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:5], lambda data: data[:-1] + b"\0"])
def test_a_damaged_one_is_passed_over(tmp_path, records, damage):
    checkpoints = stored(tmp_path, records, {50, 100})
    newest = max(tmp_path.glob("*.books"))
    newest.write_bytes(damage(newest.read_bytes()))
    assert checkpoints.newest().state.seq == 50


def test_a_disk_that_is_full_leaves_no_half_of_one(tmp_path, records, monkeypatch):
    checkpoints = stored(tmp_path, records, {50})

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        stored(tmp_path, records, {100})
    assert checkpoints.seqs() == [50]
    assert not list(tmp_path.glob("*.partial"))


def test_the_past_gets_coarser_and_not_shorter(tmp_path, records):
    seqs = stored(tmp_path, records, set(range(10, 300, 10)), kept=8).seqs()
    assert len(seqs) <= 8
    assert seqs[0] == 10
    assert seqs[-3:] == [270, 280, 290]


def test_a_cleared_folder_has_none(tmp_path, records):
    checkpoints = stored(tmp_path, records, {50})
    checkpoints.clear()
    assert checkpoints.newest() is None
