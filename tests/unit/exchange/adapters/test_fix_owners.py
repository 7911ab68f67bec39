from pathlib import Path

import pytest

from exchange.adapters import fix_owners
from exchange.adapters.fix_owners import OwnerLog


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "fix" / "owners.log"


def again(log: OwnerLog, path: Path) -> OwnerLog:
    """What a process finds that starts when this one has been killed."""
    log.flush()
    return OwnerLog(path)


def test_an_order_belongs_to_the_key_that_expected_it(path):
    log = OwnerLog(path)
    log.expect(1, "a", "key")
    log.place(1, "a", 7)
    log.place(1, "from-rest", 8)
    assert log.owner == {7: "key"}
    assert again(log, path).owner == {7: "key"}


def test_what_was_expected_and_not_placed_is_known_after_a_crash(path):
    log = OwnerLog(path)
    log.expect(1, "a", "key")
    found = again(log, path)
    found.place(1, "a", 7)
    assert found.owner == {7: "key"}


def test_the_first_claim_on_a_name_counts_until_it_is_refused(path):
    log = OwnerLog(path)
    log.expect(1, "a", "first")
    log.expect(1, "a", "second")
    log.refuse(1, "a")
    log.expect(1, "a", "third")
    log.place(1, "a", 7)
    assert log.owner == {7: "third"}


def test_names_belong_to_members(path):
    log = OwnerLog(path)
    log.expect(1, "a", "key")
    log.place(2, "a", 7)
    assert log.owner == {}


def test_an_order_that_came_by_another_door_under_an_expected_name_is_given_back(path):
    log = OwnerLog(path)
    for order_id, name in ((7, "a"), (8, "b")):
        log.expect(1, name, "key")
        log.place(1, name, order_id)
    log.disown(7, "key")
    log.disown(8, "another")
    assert log.owner == {8: "key"}
    assert again(log, path).owner == {8: "key"}


def test_only_what_rests_is_kept_over_a_start(path):
    log = OwnerLog(path)
    for order_id in range(100):
        log.expect(1, str(order_id), "key")
        log.place(1, str(order_id), order_id)
    log.arm("key")
    found = again(log, path)
    size = path.stat().st_size
    found.settle(lambda order_id: order_id == 42)
    assert path.stat().st_size < size
    last = again(found, path)
    assert (last.owner, last.armed) == ({42: "key"}, {"key"})


def test_arming_survives_and_so_does_disarming(path):
    log = OwnerLog(path)
    log.arm("a")
    log.arm("b")
    log.disarm("a")
    assert again(log, path).armed == {"b"}


def test_lines_of_one_order_each_are_read_too(path):
    path.parent.mkdir()
    path.write_text('["i",1,"a","key"]\n["o",7,"key"]\n["o",8,"key"]\n["n",8]\n')
    log = OwnerLog(path)
    log.place(1, "a", 9)
    assert log.owner == {7: "key", 9: "key"}


def test_orders_of_several_keys_and_members_in_one_file_stay_apart(path):
    log = OwnerLog(path)
    for order_id, (member, key_id) in enumerate([(1, "a"), (1, "a"), (2, "b"), (1, "c"), (1, "a")]):
        log.expect(member, str(order_id), key_id)
    for order_id, member in enumerate([1, 1, 2, 1, 1]):
        log.place(member, str(order_id), order_id)
    log.disown(1, "a")
    log.own(2, "z")
    found = again(log, path)
    assert found.owner == log.owner == {0: "a", 2: "z", 3: "c", 4: "a"}
    found.settle(lambda _: True)
    assert again(found, path).owner == log.owner


def test_a_torn_line_is_passed_over(path):
    log = OwnerLog(path)
    log.arm("a")
    log.flush()
    with path.open("ab") as file:
        file.write(b'["a","b')
    assert OwnerLog(path).armed == {"a"}


def test_a_long_file_is_written_anew(path, monkeypatch):
    monkeypatch.setattr(fix_owners, "COMPACT_AFTER", 50)
    log = OwnerLog(path)
    for order_id in range(60):
        log.expect(1, str(order_id), "key")
        log.place(1, str(order_id), order_id)
        log.end(order_id)
        log.flush()
    assert path.read_bytes().count(b"\n") < 50
    assert set(again(log, path).owner) <= set(range(48, 60)), "those that ended before it was written are gone"


def test_a_file_grows_long_with_keys_that_come_and_go_too(path, monkeypatch):
    monkeypatch.setattr(fix_owners, "COMPACT_AFTER", 50)
    log = OwnerLog(path)
    for _ in range(200):
        log.arm("key")
        log.disarm("key")
        log.flush()
    assert path.read_bytes().count(b"\n") <= 52


def test_a_disk_that_is_full_stops_nobody(path, monkeypatch):
    log = OwnerLog(path)
    monkeypatch.setattr(fix_owners.os, "write", _full)
    log.arm("a")
    log.flush()
    assert log.armed == {"a"}


def _full(*_: object) -> int:
    raise OSError("the disk is full")


def test_without_a_path_nothing_is_written():
    log = OwnerLog(None)
    log.expect(1, "a", "key")
    log.place(1, "a", 7)
    log.flush()
    log.settle(lambda _: True)
    log.close()
    assert log.owner == {7: "key"}
