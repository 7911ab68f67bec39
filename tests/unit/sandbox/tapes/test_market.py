import json

import msgspec
import pytest

from exchange.core.commands import (
    CreateMarket,
    CreateSeries,
    DetermineMarket,
    ScheduledOutcome,
    SetCloseTime,
    SettleMarket,
)
from sandbox.tapes.market import find_metadata, read_metadata
from sandbox.tapes.recording import Tape, TapeError
from wire.enums import MarketResult

TICKER = "KXGOLD15M-26AUG050000-00"
BODY = {
    "event": {
        "event_ticker": "KXGOLD15M-26AUG050000",
        "series_ticker": "KXGOLD15M",
        "title": "Gold",
        "category": "Commodities",
        "mutually_exclusive": False,
        "collateral_return_type": "",
        "strike_date": "2026-08-05T04:00:00Z",
    },
    "markets": [
        {
            "ticker": TICKER,
            "open_time": "2026-08-05T03:45:00Z",
            "close_time": "2026-08-05T04:00:00Z",
            "expected_expiration_time": "2026-08-05T04:05:00Z",
            "settlement_timer_seconds": 1,
            "price_level_structure": "linear_cent",
            "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0100"}],
            "floor_strike": 4128.56,
            "result": "no",
            "settlement_value_dollars": "0.0000",
            "expiration_value": "4128.40",
        }
    ],
}
START_US = 1_785_901_540_000_000
"""2026-08-05T03:45:40Z: the tape begins 40 s after the market opened."""
NOW_US = 1_800_000_000_000_000


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "metadata"
    folder.mkdir()
    (folder / "gold.json").write_text(json.dumps({"fetched_at_ms": 1, "response": BODY}))
    return folder / "gold.json"


def created(path, speed=1):
    commands = list(read_metadata(path, TICKER).setup(START_US, NOW_US, speed))
    return next(command for command in commands if isinstance(command, CreateMarket))


def test_market_opened_as_long_before_now_as_before_the_tape(path):
    assert created(path).open_us == NOW_US - 40_000_000


def test_market_stays_open_beyond_its_recorded_close(path):
    assert created(path).close_us == NOW_US + (14 * 60 + 20 + 60) * 1_000_000


def test_speed_shortens_what_lies_ahead(path):
    assert created(path, speed=10).close_us == NOW_US + (86 + 60) * 1_000_000


def test_times_of_the_description_are_moved_with_the_market(path):
    details = msgspec.json.decode(created(path).details)
    assert details["expected_expiration_time"] == "2027-01-15T08:19:20Z"


def test_strike_is_kept_as_recorded(path):
    assert msgspec.json.decode(created(path).details)["floor_strike"] == 4128.56


def test_series_is_made_of_the_event(path):
    (series,) = [c for c in read_metadata(path, TICKER).setup(START_US, NOW_US) if isinstance(c, CreateSeries)]
    assert series.series_ticker == "KXGOLD15M"


def test_market_ends_as_recorded(path):
    assert list(read_metadata(path, TICKER).ending(NOW_US)) == [
        SetCloseTime(TICKER, NOW_US),
        DetermineMarket(TICKER, MarketResult.NO, 0, "4128.40"),
        SettleMarket(TICKER),
    ]


def test_market_whose_player_is_gone_settles_at_its_close(path):
    market = created(path, speed=10)
    assert market.outcome == ScheduledOutcome(market.close_us, MarketResult.NO, 0, "4128.40")


def test_market_without_a_result_only_closes(path):
    body = json.loads(path.read_text())
    body["response"]["markets"][0]["result"] = ""
    path.write_text(json.dumps(body))
    assert list(read_metadata(path, TICKER).ending(NOW_US)) == [SetCloseTime(TICKER, NOW_US)]
    assert created(path).outcome is None


def test_bare_response_body_is_read_too(path):
    path.write_text(json.dumps(BODY))
    assert read_metadata(path, TICKER).market.ticker == TICKER


def test_metadata_of_another_market_is_none(path):
    assert read_metadata(path, "KXOTHER-1") is None


def test_metadata_is_found_in_a_folder_above_the_tape(path, tmp_path):
    tape = Tape(TICKER, (tmp_path / "events" / TICKER / "a.ndjson.gz",))
    assert find_metadata(tape, None).market.ticker == TICKER


def test_missing_metadata_names_the_option(tmp_path):
    tape = Tape(TICKER, (tmp_path / "events" / TICKER / "a.ndjson.gz",))
    with pytest.raises(TapeError, match="--metadata"):
        find_metadata(tape, None)


def test_metadata_that_is_not_json_is_named(path):
    path.write_text("nonsense")
    with pytest.raises(TapeError, match=r"gold\.json"):
        read_metadata(path, TICKER)
