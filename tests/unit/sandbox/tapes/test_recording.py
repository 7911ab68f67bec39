import gzip
import json

import pytest

from sandbox.tapes.recording import Delta, LevelKey, Print, Snapshot, TapeError, find, paired
from wire.enums import BookSide

TICKER = "KXGOLD15M-26AUG050000-00"


def line(kind, recv_ms=1_785_901_540_025, **msg):
    return json.dumps(
        {"recv_ms": recv_ms, "event": {"type": kind, "sid": 1, "seq": 7, "msg": {"market_ticker": TICKER, **msg}}}
    )


SNAPSHOT = line("orderbook_snapshot", yes_dollars_fp=[["0.0100", "158.53"]], no_dollars_fp=[["0.3200", "49.09"]])
DELTA = line("orderbook_delta", price_dollars="0.3200", delta_fp="-46.02", side="no", ts_ms=1_785_901_540_722)
TRADE = line(
    "trade",
    yes_price_dollars="0.6800",
    no_price_dollars="0.3200",
    count_fp="46.02",
    taker_side="yes",
    taker_book_side="bid",
    ts_ms=1_785_901_540_722,
)


def write(path, *lines):
    data = "".join(f"{entry}\n" for entry in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def test_no_levels_become_asks_at_the_yes_price(tmp_path):
    (tape,) = find(write(tmp_path / "a.ndjson", SNAPSHOT))
    (snapshot,) = tape.messages()
    assert snapshot == Snapshot(
        1_785_901_540_025, {LevelKey(BookSide.BID, 100): 15853, LevelKey(BookSide.ASK, 6800): 4909}
    )


def test_trade_names_the_level_it_took_from(tmp_path):
    (tape,) = find(write(tmp_path / "a.ndjson.gz", TRADE))
    assert list(tape.messages()) == [Print(1_785_901_540_722, LevelKey(BookSide.ASK, 6800), 4602)]


def test_delta_is_paired_with_the_trade_after_it(tmp_path):
    (tape,) = find(write(tmp_path / "a.ndjson.gz", SNAPSHOT, DELTA, TRADE))
    assert [step.traded for step in tape.steps()] == [False, True, False]


def test_one_trade_pairs_with_one_delta_only():
    key = LevelKey(BookSide.BID, 5000)
    messages = [Delta(1, key, -100), Print(1, key, 100), Delta(1, key, -100)]
    assert [step.traded for step in paired(messages)] == [True, False, False]


def test_trade_beyond_the_window_is_not_seen():
    key = LevelKey(BookSide.BID, 5000)
    filler = [Delta(1, LevelKey(BookSide.BID, 100), 1)] * 3
    messages = [Delta(1, key, -100), *filler, Print(1, key, 100)]
    assert next(iter(paired(messages, window=2))).traded is False


def test_empty_side_of_a_snapshot_has_no_key(tmp_path):
    (tape,) = find(write(tmp_path / "a.ndjson", line("orderbook_snapshot")))
    assert next(tape.messages()) == Snapshot(1_785_901_540_025, {})


def test_files_of_one_market_make_one_tape_in_order_of_their_dates(tmp_path):
    write(tmp_path / "2026-08-11.ndjson.gz", DELTA)
    write(tmp_path / "2026-08-10.ndjson.gz", SNAPSHOT)
    (tape,) = find(tmp_path)
    assert [path.name for path in tape.files] == ["2026-08-10.ndjson.gz", "2026-08-11.ndjson.gz"]


def test_line_that_is_no_message_is_named(tmp_path):
    (tape,) = find(write(tmp_path / "a.ndjson", SNAPSHOT, "{nonsense"))
    with pytest.raises(TapeError, match=r"a\.ndjson:2"):
        list(tape.messages())


def test_truncated_file_is_named(tmp_path):
    path = write(tmp_path / "a.ndjson.gz", *[SNAPSHOT] * 50)
    path.write_bytes(path.read_bytes()[:-20])
    (tape,) = find(path)
    with pytest.raises(TapeError, match=r"a\.ndjson\.gz"):
        list(tape.messages())


def test_message_of_another_market_is_named(tmp_path):
    path = write(tmp_path / "a.ndjson", SNAPSHOT, SNAPSHOT.replace(TICKER, "KXOTHER-1"))
    (tape,) = find(path)
    with pytest.raises(TapeError, match="KXOTHER-1"):
        list(tape.messages())


def test_folder_without_tapes_says_so(tmp_path):
    with pytest.raises(TapeError, match=r"no \.ndjson"):
        find(tmp_path)


def test_missing_file_says_so(tmp_path):
    with pytest.raises(TapeError, match="no such file"):
        find(tmp_path / "nowhere")
