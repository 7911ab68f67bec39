"""The window of public trades: order, filters, eviction."""

import pytest

from exchange.projections.opened import opened
from exchange.projections.tape import Tape
from tests.unit.exchange.public_venue import ASK, BID, traded
from wire.engine_events import Trade


@pytest.fixture
def tape() -> Tape:
    return Tape(window=3)


def add(tape: Tape, seq: int, ticker: str = "A", ts_us: int | None = None, place: int = 0) -> None:
    tape.handlers()[Trade](seq, seq if ts_us is None else ts_us, place, opened(traded(ticker, ASK, 5200, 100)))


def seqs(tape: Tape, **filters: object) -> list[int]:
    return [row.seq for row in tape.newest_first(**filters)]  # type: ignore[arg-type]


def test_trades_read_newest_first(tape):
    for seq in (1, 2, 3):
        add(tape, seq)
    assert seqs(tape) == [3, 2, 1]


def test_taker_stands_on_the_other_side_of_the_maker(tape):
    tape.handlers()[Trade](1, 1, 0, opened(traded("A", BID, 5200, 100)))
    assert next(tape.newest_first()).taker_side is ASK


def test_trades_of_one_record_are_told_apart_by_place(tape):
    add(tape, 1, place=1)
    add(tape, 1, place=3)
    assert [row.key for row in tape.newest_first(before=(1, 3))] == [(1, 1)]


def test_market_filter_reads_only_that_market(tape):
    add(tape, 1, "A")
    add(tape, 2, "B")
    assert seqs(tape, ticker="B") == [2]
    assert seqs(tape, ticker="C") == []


def test_time_filters_include_their_ends(tape):
    for seq in (1, 2, 3, 4):
        add(tape, seq, ts_us=seq * 10)
    assert seqs(tape, min_ts_us=20, max_ts_us=30) == [3, 2]


def test_nothing_leaves_before_history_has_it(tape):
    for seq in range(1, 6):
        add(tape, seq)
    tape.evict(history_seq=0)
    assert seqs(tape) == [5, 4, 3, 2, 1]
    assert tape.is_complete


def test_what_is_beyond_the_window_and_in_history_leaves(tape):
    for seq in range(1, 6):
        add(tape, seq, ticker="A" if seq % 2 else "B")
    tape.evict(history_seq=9)
    assert (seqs(tape), seqs(tape, ticker="A"), seqs(tape, ticker="B")) == ([5, 4, 3], [5, 3], [4])
    assert not tape.is_complete


def test_only_what_history_has_leaves(tape):
    for seq in range(1, 6):
        add(tape, seq)
    tape.evict(history_seq=1)
    assert seqs(tape) == [5, 4, 3, 2]


def test_a_loaded_dump_is_the_same_tape(tape):
    for seq in range(1, 6):
        add(tape, seq)
    tape.evict(history_seq=9)
    loaded = Tape(window=3)
    loaded.load(tape.dump())
    assert (seqs(loaded), seqs(loaded, ticker="A"), loaded.is_complete) == ([5, 4, 3], [5, 4, 3], False)
