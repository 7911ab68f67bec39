import gzip

import pytest

from exchange.ports import TapeRefused
from sandbox.tapes.library import INCLUDED, Library
from sandbox.tapes.recording import find
from sandbox.tapes.reel import Reel
from tests.tape_files import TICKER, delta, write_tape

LINES = [delta(0, "yes", "0.4000", 100)]


@pytest.fixture
def nothing(tmp_path):
    return tmp_path / "nothing"


def test_a_recording_is_listed_by_its_market_with_its_title(tmp_path, nothing):
    path = write_tape(tmp_path, LINES)
    (listed,) = Library(tmp_path, nothing).listed()
    assert (listed.name, listed.title, listed.source, listed.problem) == (TICKER, "Reel", "folder", "")
    assert listed.bytes == path.stat().st_size


def test_a_folder_that_is_not_there_has_no_tapes(nothing):
    assert Library(nothing, nothing).listed() == []


def test_a_tape_of_the_folder_hides_the_included_one_of_the_same_market(tmp_path):
    write_tape(tmp_path / "mine", LINES)
    write_tape(tmp_path / "included", LINES)
    (listed,) = Library(tmp_path / "mine", tmp_path / "included").listed()
    assert listed.source == "folder"


def test_a_broken_file_is_listed_with_its_line_and_hides_no_other(tmp_path, nothing):
    write_tape(tmp_path, LINES)
    (tmp_path / "broken.ndjson").write_text('{"recv_ms": "soon"}\n')
    broken, sound = sorted(Library(tmp_path, nothing).listed(), key=lambda listed: not listed.problem)
    assert broken.name == "broken.ndjson"
    assert "broken.ndjson:1: " in broken.problem
    assert (sound.name, sound.problem) == (TICKER, "")


@pytest.mark.parametrize(
    "damage", [lambda data: b"no gzip", lambda data: data[:12] + b"\xff" * 30, lambda data: data[:15]]
)
def test_a_damaged_archive_is_refused_in_words(tmp_path, nothing, damage):
    path = write_tape(tmp_path, LINES)
    path.write_bytes(damage(path.read_bytes()))
    (listed,) = Library(tmp_path, nothing).listed()
    assert str(path) in listed.problem
    with pytest.raises(TapeRefused, match="ndjson") as refused:
        Library(tmp_path, nothing).find(listed.name)
    assert refused.value.kind == "bad"


def test_bytes_that_are_no_text_are_refused_in_words(tmp_path, nothing):
    path = write_tape(tmp_path, LINES)
    path.write_bytes(gzip.compress(b'{"recv_ms": 1, "event": {"type": "\xff\xfe"}}\n'))
    (listed,) = Library(tmp_path, nothing).listed()
    assert f"{path}:1: " in listed.problem


def test_a_recording_without_its_description_says_where_one_was_looked_for(tmp_path, nothing):
    write_tape(tmp_path, LINES, described=False)
    (listed,) = Library(tmp_path, nothing).listed()
    assert "no description" in listed.problem


@pytest.mark.parametrize("name", ["KXNOT-THERE", "../../etc/passwd", ""])
def test_what_is_not_listed_is_unknown(tmp_path, nothing, name):
    write_tape(tmp_path, LINES)
    with pytest.raises(TapeRefused) as refused:
        Library(tmp_path, nothing).find(name)
    assert refused.value.kind == "unknown"


def test_the_included_tape_can_be_played(nothing):
    listed = Library(nothing).listed()
    assert [one.problem for one in listed] == [""]
    (tape,) = find(INCLUDED)
    assert Reel(tape).duration_ms > 600_000
