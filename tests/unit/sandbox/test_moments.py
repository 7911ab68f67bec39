import pytest

from sandbox.moments import parse_duration, parse_moment

NOW_US = 1_800_000_000_000_000


@pytest.mark.parametrize(
    ("text", "us"),
    [("90s", 90_000_000), ("5m", 300_000_000), ("1d12h", 129_600_000_000), ("2w", 1_209_600_000_000)],
)
def test_duration_is_a_sum_of_numbers_with_units(text, us):
    assert parse_duration(text) == us


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "1.5h", "5y"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("now", NOW_US),
        ("+5m", NOW_US + 300_000_000),
        ("-2h", NOW_US - 7_200_000_000),
        ("2026-08-05T04:00:00Z", 1_785_902_400_000_000),
        ("2026-08-05T06:00:00.000001+02:00", 1_785_902_400_000_001),
    ],
)
def test_moment_is_relative_or_iso_with_its_zone(text, us):
    assert parse_moment(text, NOW_US) == us


@pytest.mark.parametrize("text", ["", "5m", "tomorrow", "2026-08-05T04:00:00", "2026-08-05"])
def test_anything_else_is_no_moment(text):
    with pytest.raises(ValueError, match="not a "):
        parse_moment(text, NOW_US)
