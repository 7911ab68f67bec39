import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire.fix.timestamps import format_date, format_time, format_timestamp, parse_timestamp

# 2023-08-09 05:28:18.035 UTC, the example of FIX/session-management.
EXAMPLE_US = 1_691_558_898_035_000


def test_the_documented_example_reads_and_writes():
    assert format_timestamp(EXAMPLE_US) == "20230809-05:28:18.035"
    assert parse_timestamp("20230809-05:28:18.035") == EXAMPLE_US


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_time_comes_back_cut_to_milliseconds(us):
    assert parse_timestamp(format_timestamp(us)) == us // 1000 * 1000


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("20230809-05:28:18", 0),
        ("20230809-05:28:18.5", 500_000),
        ("20230809-05:28:18.123456", 123_456),
        ("20230809-05:28:18.123456789", 123_456),
    ],
)
def test_a_fraction_may_be_left_out_or_finer(text, us):
    assert parse_timestamp(text) == EXAMPLE_US - 35_000 + us


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2023-08-09T05:28:18Z",
        "20230809",
        "20231309-05:28:18",
        "20230809-25:28:18",
        "20230809-05:28:18.",
        "٢٠٢٣٠٨٠٩-05:28:18",
    ],
)
def test_what_is_no_time_is_none(text):
    assert parse_timestamp(text) is None


def test_date_and_time_split():
    assert (format_date(EXAMPLE_US), format_time(EXAMPLE_US)) == ("20230809", "05:28:18.035")
