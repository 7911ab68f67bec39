"""Ids: UUIDs that say where in the log a thing was born."""

from uuid import UUID

import pytest

from wire.ids import IdKind, format_id, order_uuid, parse_id, trade_uuid

PLACES = [(0, 1, 0), (3, 123_456, 7), (0xFFFF_FFFF, 2**48 - 1, 4_095), (0, 9, 4_096), (0, 9, 40_000)]


@pytest.mark.parametrize(("shard", "seq", "place"), PLACES)
@pytest.mark.parametrize("kind", IdKind)
def test_an_id_says_where_it_comes_from(kind, shard, seq, place):
    text = format_id(kind, shard, seq, place)
    assert str(UUID(text)) == text
    assert parse_id(kind, text) == parse_id(kind, text.upper()) == (shard, seq, place)
    assert all(parse_id(other, text) is None for other in IdKind if other is not kind)


@pytest.mark.parametrize(("shard", "seq", "place"), PLACES)
def test_orders_and_trades_are_written_as_any_other(shard, seq, place):
    assert order_uuid(shard, seq) == format_id(IdKind.ORDER, shard, seq)
    assert trade_uuid(shard, seq, place) == format_id(IdKind.TRADE, shard, seq, place)


def test_ids_have_the_shape_of_random_ones():
    assert order_uuid(1, 0xABC) == "00000001-0001-4000-8000-000000000abc"
    assert trade_uuid(0, 16, 2) == "00000000-0002-4002-8000-000000000010"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00000000-0001-4000-8000-00000000000g",
        "00000000-0001-3fff-8000-000000000001",
        "00000000-0001-4000-9000-000000000001",
        "00000000-0001-4000-8000-0000000000001",
        "+0000000-0001-4000-8000-000000000001",
        "0000000000001-4000-8000-000000000001",
    ],
)
def test_any_other_text_is_none(text):
    assert parse_id(IdKind.ORDER, text) is None
