from pathlib import Path

import pytest

from exchange.adapters import fix_store
from exchange.adapters.fix_store import FileStore, FileStores
from wire.fix.profiles import SessionKind


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "session.log"


def bodies(store: FileStore) -> list[tuple[int, str, bytes]]:
    return [(message.seq_num, message.msg_type, message.body) for message in store.read(1, 99)]


def test_messages_and_numbers_survive(path):
    store = FileStore(path)
    store.skip()
    store.expect(2)
    assert store.append("8", b"one", 10) == 2
    store.skip()
    store.expect(5)
    store.close()
    again = FileStore(path)
    assert (again.next_out, again.next_in) == (4, 5)
    assert bodies(again) == [(2, "8", b"one")]
    again.close()


def test_an_appended_message_survives_without_a_flush(path):
    store = FileStore(path)
    store.append("UMS", b"one", 10)
    again = FileStore(path)
    assert again.next_out == 2
    assert bodies(again) == [(1, "UMS", b"one")]
    store.close()
    again.close()


def test_a_torn_end_is_cut_off(path):
    store = FileStore(path)
    store.append("8", b"one", 10)
    store.append("8", b"two", 11)
    store.close()
    path.write_bytes(path.read_bytes()[:-1])
    again = FileStore(path)
    assert again.next_out == 2
    assert again.append("8", b"new", 12) == 2
    assert bodies(again) == [(1, "8", b"one"), (2, "8", b"new")]
    again.close()


def test_a_message_that_cannot_be_written_is_not_counted(path, monkeypatch):
    store = FileStore(path)
    monkeypatch.setattr(fix_store.os, "pwrite", _fail)
    with pytest.raises(OSError, match="full"):
        store.append("8", b"one", 10)
    monkeypatch.undo()
    assert store.append("8", b"two", 11) == 1
    assert bodies(store) == [(1, "8", b"two")]
    store.close()


def _fail(*_: object) -> int:
    raise OSError("the disk is full")


def test_reset_forgets_everything(path):
    store = FileStore(path)
    store.append("8", b"one", 10)
    store.reset()
    assert (store.next_out, store.next_in, bodies(store)) == (1, 1, [])
    store.close()
    again = FileStore(path)
    assert (again.next_out, bodies(again)) == (1, [])
    again.close()


def test_expired_messages_leave_the_file(path, monkeypatch):
    monkeypatch.setattr(fix_store, "COMPACT_AFTER", 10)
    store = FileStore(path)
    for at in range(10):
        store.append("8", b"x" * 100, at)
    store.expect(7)
    size = path.stat().st_size
    store.expire(8)
    assert path.stat().st_size < size
    assert store.append("8", b"new", 20) == 11
    store.close()
    again = FileStore(path)
    assert (again.first_kept, again.next_out, again.next_in) == (9, 12, 7)
    assert [seq_num for seq_num, _, _ in bodies(again)] == [9, 10, 11]
    again.close()


def test_one_session_has_one_store(tmp_path):
    stores = FileStores(tmp_path / "fix")
    assert stores.open("key", SessionKind.RT) is stores.open("key", SessionKind.RT)
    assert stores.open("key", SessionKind.RT) is not stores.open("key", SessionKind.PT)
    stores.close()


def test_what_was_told_of_a_record_before_a_crash_is_not_told_again(tmp_path):
    stores = FileStores(tmp_path)
    store = stores.open("key", SessionKind.RT)
    stores.telling(4)
    store.append("8", b"four", 10)
    stores.telling(5)
    store.append("8", b"five, first", 10)
    # Killed here: record 5 has one more message, and record 6 none yet.
    after = FileStores(tmp_path)
    store = after.open("key", SessionKind.RT)
    for record, told in ((4, ["four"]), (5, ["five, first", "five, second"]), (6, ["six"])):
        after.telling(record)
        for body in told:
            store.append("8", body.encode(), 20)
    after.telling(0)
    store.append("9", b"of no record", 20)
    assert [body for _, _, body in bodies(store)] == [
        b"four",
        b"five, first",
        b"five, second",
        b"six",
        b"of no record",
    ]
    stores.close()
    after.close()


def test_the_number_expected_of_the_client_waits_for_the_journal(tmp_path):
    in_line = [True]
    stores = FileStores(tmp_path, lambda: not in_line)
    store = stores.open("key", SessionKind.RT)
    store.expect(5)
    store.append("8", b"a", 1)
    stores.flush()
    assert (store.next_in, store.next_out) == (5, 2)
    killed = FileStores(tmp_path).open("key", SessionKind.RT)
    assert (killed.next_in, killed.next_out) == (1, 2), "what it sent may be in no journal: it is asked for again"
    in_line.clear()
    stores.flush()
    store.append("8", b"b", 2)
    assert FileStores(tmp_path).open("key", SessionKind.RT).next_in == 5
