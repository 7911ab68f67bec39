"""The bytes of a record, pinned: what was published once must be readable for ever.

The golden file of a schema version is never edited. A new event type gets a line; a field added at the end with a
default leaves the old lines readable; anything else needs a new version and a file of its own.
"""

import json
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from wire.engine_events import SCHEMA_VERSION, AnyEvent, BalanceChanged, OrderDecreased
from wire.enums import BalanceCause, BookSide
from wire.event_log import LogRecord, UnknownVersion, decode, encode, record, ticker_of

GOLDEN = Path(__file__).parent / "golden"
VERSION_1 = json.loads((GOLDEN / "records_v1.json").read_text())


def named(golden):
    return golden["event"]


@pytest.mark.parametrize("golden", VERSION_1, ids=named)
def test_a_record_of_version_1_is_read_as_what_it_was(golden):
    decoded = decode(bytes.fromhex(golden["msgpack"]))
    assert json.loads(msgspec.json.encode(decoded)) == golden["record"]
    assert msgspec.json.decode(json.dumps(golden["record"]), type=LogRecord) == decoded


@pytest.mark.parametrize("golden", VERSION_1, ids=named)
def test_a_record_of_version_1_is_written_as_it_was(golden):
    assert encode(decode(bytes.fromhex(golden["msgpack"]))).hex() == golden["msgpack"]


def test_every_event_type_has_its_golden_record():
    assert {cls.__name__ for cls in get_args(AnyEvent)} <= {golden["event"] for golden in VERSION_1}


def test_the_current_version_has_its_golden_file():
    assert (GOLDEN / f"records_v{SCHEMA_VERSION}.json").exists()


def test_a_record_of_a_later_version_is_refused_by_its_number():
    later = msgspec.msgpack.encode([SCHEMA_VERSION + 1, 0, 1, 1, [["SomethingNew", 1]]])
    with pytest.raises(UnknownVersion, match=f"version {SCHEMA_VERSION + 1}"):
        decode(later)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x90", b"\x05", msgspec.msgpack.encode({"a": 1})])
def test_bytes_that_are_no_record_are_refused(data):
    with pytest.raises(msgspec.DecodeError):
        decode(data)


def decreased(ticker):
    return OrderDecreased(1, 64, ticker, BookSide.BID, 5_000, 100, 100)


@pytest.mark.parametrize(
    ("events", "ticker"),
    [
        ((), ""),
        ((BalanceChanged(64, BalanceCause.DEPOSIT, 1, 1),), ""),
        ((BalanceChanged(64, BalanceCause.DEPOSIT, 1, 1), decreased("KXA"), decreased("KXA")), "KXA"),
        ((decreased("KXA"), decreased("KXB")), ""),
    ],
)
def test_the_key_is_the_one_market_a_record_is_about(events, ticker):
    assert ticker_of(record(0, 1, 1, events)) == ticker
