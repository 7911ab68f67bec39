"""The key file: whole or not at all."""

import pytest

from exchange.adapters.whole_file import WholeFile


def test_nothing_was_saved_yet(tmp_path):
    assert WholeFile(tmp_path / "keys.json").load() is None


def test_last_save_is_loaded(tmp_path):
    path = tmp_path / "state" / "keys.json"
    WholeFile(path).save(b"one")
    WholeFile(path).save(b"two")
    assert WholeFile(path).load() == b"two"


def test_only_the_owner_may_read_it(tmp_path):
    path = tmp_path / "keys.json"
    WholeFile(path).save(b"secret")
    assert path.stat().st_mode & 0o777 == 0o600


def test_failed_save_leaves_the_old_content(tmp_path):
    path = tmp_path / "keys.json"
    WholeFile(path).save(b"old")
    path.with_suffix(".new").mkdir()
    with pytest.raises(OSError):
        WholeFile(path).save(b"new")
    assert WholeFile(path).load() == b"old"
