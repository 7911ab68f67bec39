"""Cursors, pages and times (SEMANTICS A1, D2, J30)."""

import msgspec
import pytest

from wire.rest.common import LIST_KEYS, decode_cursor, encode_cursor, newest_first, parse_timestamp, timestamp

KEYS = [(1, "A"), (1, "B"), (2, "A"), (3, "C")]


def everything(name: str) -> bool:
    return True


def test_cursor_is_read_back():
    assert decode_cursor(encode_cursor((5, "KXRAIN")), LIST_KEYS) == (5, "KXRAIN")


@pytest.mark.parametrize("text", ["", "garbage-cursor-fixture", "!", "é", "AAAA", encode_cursor(("x", 1)), "=" * 9])
def test_cursor_we_did_not_make_is_none(text):
    assert decode_cursor(text, LIST_KEYS) is None


def test_cursor_of_another_list_is_none():
    pairs: msgspec.msgpack.Decoder[tuple[int, int]] = msgspec.msgpack.Decoder(tuple[int, int])
    assert decode_cursor(encode_cursor((5, "KXRAIN")), pairs) is None


def test_pages_follow_one_another_newest_first():
    first, cursor = newest_first(KEYS, None, 3, everything)
    rest, last = newest_first(KEYS, decode_cursor(cursor, LIST_KEYS), 3, everything)
    assert (first, rest, last) == (["C", "A", "B"], ["A"], "")


def test_page_that_is_exactly_full_is_the_last():
    assert newest_first(KEYS, None, 4, everything)[1] == ""


def test_next_page_is_right_though_its_neighbour_is_gone():
    _, cursor = newest_first(KEYS, None, 2, everything)
    left = [key for key in KEYS if key != (2, "A")]
    assert newest_first(left, decode_cursor(cursor, LIST_KEYS), 2, everything) == (["B", "A"], "")


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (1_781_159_360_866_753, "2026-06-11T06:29:20.866753Z"),
        (1_781_159_360_000_000, "2026-06-11T06:29:20Z"),
        (1_781_159_360_866_750, "2026-06-11T06:29:20.86675Z"),
        (0, "1970-01-01T00:00:00Z"),
    ],
)
def test_time_drops_the_trailing_zeros_of_its_fraction(us, text):
    assert timestamp(us) == text
    assert parse_timestamp(text) == us


def test_time_beyond_the_calendar_is_its_end():
    assert timestamp(2**62) == "9999-12-31T23:59:59.999999Z"


def test_what_is_no_time_parses_as_none():
    assert parse_timestamp("tomorrow") is None
