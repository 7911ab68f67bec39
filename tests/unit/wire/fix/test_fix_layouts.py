"""A message that comes in a layout that is known reads as it would field by field."""

from itertools import islice, permutations

import pytest

from wire.fix import message
from wire.fix.codec import encode_fields, encode_message
from wire.fix.message import Wanted, parse
from wire.fix.validation import find_fault

ORDER = [("11", "a"), ("38", "10"), ("40", "2"), ("44", "75"), ("54", "1"), ("55", "FED-1"), ("59", "1")]


def order(fields: list[tuple[str, str]], msg_type: str = "D") -> bytes:
    return encode_message(msg_type, "key", "KalshiNR", 2, "20261121-12:00:00.000", encode_fields(fields))


@pytest.fixture(autouse=True)
def known(monkeypatch) -> None:
    """Only the layout of ORDER is known."""
    monkeypatch.setattr(message, "_LAYOUTS", {})
    assert find_fault(parse(order(ORDER))) is None


@pytest.mark.parametrize(
    "fields",
    [
        ORDER,
        [("11", "x=y"), ("38", "1=11=b"), *ORDER[2:]],
        [("11", "\xe9"), *ORDER[1:]],
        [("11", ""), *ORDER[1:]],
        [*ORDER, ("59", "3")],
        ORDER[:-1],
        [*ORDER, ("1", "more")],
        [ORDER[1], ORDER[0], *ORDER[2:]],
        [*ORDER[:-1], ("5", "9=1")],
    ],
    ids=["itself", "equals", "not ascii", "empty", "twice", "one less", "one more", "other order", "other tag"],
)
def test_it_reads_as_it_would_field_by_field(fields, monkeypatch):
    frame = order(fields)
    quick, quick_fault = parse(frame), find_fault(parse(frame))
    monkeypatch.setattr(message, "_LAYOUTS", {})
    slow, slow_fault = parse(frame), find_fault(parse(frame))
    assert (quick.layout is None, slow.layout) == (
        [tag for tag, _ in fields] != [tag for tag, _ in ORDER] or not all(value for _, value in fields),
        None,
    )
    assert (quick.begin_string, quick.msg_type, quick.count, quick.ascii) == (
        slow.begin_string,
        slow.msg_type,
        slow.count,
        slow.ascii,
    )
    assert list(quick.fields.items()) == list(slow.fields.items())
    assert quick.pairs == slow.pairs
    assert quick_fault == slow_fault


def test_another_type_with_the_same_tags_has_a_layout_of_its_own():
    assert parse(order(ORDER, "G")).layout is None


def test_one_that_breaks_the_dictionary_is_not_learned(monkeypatch):
    monkeypatch.setattr(message, "_LAYOUTS", {})
    for frame in (order([*ORDER, ("9999", "1")]), order([*ORDER, ("59", "1")]), order(ORDER[1:])):
        assert find_fault(parse(frame)) is not None
        assert parse(frame).layout is None


def test_who_shuffles_his_tags_fills_no_memory(monkeypatch):
    monkeypatch.setattr(message, "_LAYOUTS", {})
    for fields in islice(permutations(ORDER), 100):
        assert find_fault(parse(order(list(fields)))) is None
    assert len(message._LAYOUTS["D"]) == message._MAX_LAYOUTS


WANTED = Wanted("59", "11", "8", "1", "10", "49")


def test_what_is_picked_is_what_is_there(monkeypatch):
    frame = order(ORDER)
    quick = parse(frame)
    assert quick.layout is not None
    monkeypatch.setattr(message, "_LAYOUTS", {})
    slow = parse(frame)
    assert quick.pick(WANTED)[:2] == slow.pick(WANTED)[:2] == ["1", "a"]
    assert [quick.get(tag) for tag in WANTED.tags] == [slow.get(tag) for tag in WANTED.tags] == slow.pick(WANTED)


def test_a_value_is_judged_until_it_is_known_to_be_good():
    assert find_fault(parse(order(ORDER))) is None  # whatever ran before, these are known now
    fields = dict(ORDER) | {"38": "7.25"}
    # A ClOrdID is new each time.
    assert parse(order(list(fields.items()))).unjudged == [7, 8]
    assert find_fault(parse(order(list(fields.items())))) is None
    assert parse(order(list(fields.items()))).unjudged == [7]


@pytest.mark.parametrize(("tag", "value"), [("38", "seven"), ("54", "3"), ("11", "x" * 65), ("59", "")])
def test_a_bad_value_is_told_each_time_it_comes(tag, value):
    bad = order(list((dict(ORDER) | {tag: value}).items()))
    faults = [find_fault(parse(bad)) for _ in range(3)]
    assert faults[0] is not None
    assert faults[0].tag == tag
    assert faults == [faults[0]] * 3
    assert find_fault(parse(order(ORDER))) is None
