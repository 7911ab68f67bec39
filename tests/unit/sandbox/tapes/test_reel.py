"""Any moment of a recording, against the plain fold of its lines."""

import pytest

from sandbox.tapes import reel
from sandbox.tapes.recording import LevelKey, TapeError, find
from sandbox.tapes.reel import EVERY, Reel
from tests.tape_files import TICKER, delta, random_tape, snapshot, write_tape
from wire.enums import BookSide
from wire.units import PAYOUT, parse_price


def levels(book):
    """A written book in the words of the tapes: NO prices stand on the ask side, as YES prices."""
    return {
        LevelKey(BookSide.BID, parse_price(price))
        if side == "yes"
        else LevelKey(BookSide.ASK, PAYOUT - parse_price(price)): count
        for (side, price), count in book.items()
    }


def read(tmp_path, lines):
    (tape,) = find(write_tape(tmp_path, lines))
    return Reel(tape)


def test_the_book_of_every_moment_is_the_fold_of_what_came_before_it(tmp_path):
    lines, books = random_tape(seed=1, messages=2 * EVERY + 50, every_ms=10)
    found = read(tmp_path, lines)
    for number in [*range(0, len(lines), 37), EVERY - 1, EVERY, EVERY + 1, 2 * EVERY, len(lines) - 1]:
        assert found.book_after(found.count_until(number * 10)) == levels(books[number])


def test_nothing_has_happened_before_the_first_message(tmp_path):
    assert read(tmp_path, [snapshot(0, {("yes", "0.4000"): 100})]).book_after(0) == {}


def test_a_snapshot_forgets_everything_before_it(tmp_path):
    found = read(tmp_path, [delta(0, "yes", "0.4000", 100), snapshot(5, {("no", "0.3000"): 200})])
    assert found.book_after(2) == {LevelKey(BookSide.ASK, 7000): 200}


def test_a_late_message_counts_when_it_came(tmp_path):
    found = read(
        tmp_path, [delta(0, "yes", "0.4000", 100), delta(500, "yes", "0.4100", 100), delta(400, "no", "0.2", 1)]
    )
    assert (found.count_until(450), found.count_until(500), found.duration_ms) == (1, 3, 500)


def test_a_tape_that_is_too_long_is_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(reel, "LONGEST", 3)
    with pytest.raises(TapeError, match=f"{TICKER}: has more than 3 messages"):
        read(tmp_path, [delta(number, "yes", "0.4000", 100) for number in range(4)])
