import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from exchange.ports import TapeRefused
from sandbox.tapes.library import INCLUDED, Library
from sandbox.tapes.recording import LONGEST_LINE, TapeError, find
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


HARMFUL = {
    "nested without end": b'{"recv_ms": 1, "x": ' + b"[" * 200_000,
    "a line without end": b" " * (LONGEST_LINE + 2),
    "a time that never comes": b'{"recv_ms": 99999999999999999999, "event": {"type": "trade", "msg": {}}}',
}


@pytest.mark.parametrize("data", HARMFUL.values(), ids=HARMFUL.keys())
def test_a_tape_that_would_harm_its_reader_is_listed_with_why(tmp_path, nothing, data):
    (tmp_path / "bomb.ndjson.gz").write_bytes(gzip.compress(data))
    (listed,) = Library(tmp_path, nothing).listed()
    assert "bomb.ndjson.gz" in listed.problem


def test_a_line_without_end_is_not_read_to_its_end(tmp_path, nothing):
    (tmp_path / "bomb.ndjson.gz").write_bytes(gzip.compress(b" " * (50 * LONGEST_LINE)))
    tracemalloc.start()
    try:
        Library(tmp_path, nothing).listed()
        assert tracemalloc.get_traced_memory()[1] < 10 * LONGEST_LINE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("price", ["-0.0100", "1.0001", "999999999999999.9999"])
def test_a_level_at_a_price_that_is_none_is_refused_in_words(tmp_path, nothing, price):
    write_tape(tmp_path, [delta(0, "no", "0.4000", 100), delta(1, "no", price, 100)])
    tape, _ = Library(tmp_path, nothing).find(TICKER)
    with pytest.raises(TapeError, match=r":2: .*(price|too large)"):
        Reel(tape)


def test_a_pipe_is_no_tape_and_nobody_waits_for_it(tmp_path, nothing):
    os.mkfifo(tmp_path / "pipe.ndjson")
    assert Library(tmp_path, nothing).listed() == []


def test_a_name_that_is_no_text_is_shown_as_far_as_it_is(tmp_path, nothing):
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.ndjson")).write_text("no tape\n")
    (listed,) = Library(tmp_path, nothing).listed()
    assert listed.name == "caf?.ndjson"
    assert "caf?.ndjson" in listed.problem
