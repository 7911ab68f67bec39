"""GET /events* (OAS:EventData and its lists; SEMANTICS D1-D3)."""

import pytest

from tests.unit.exchange.public_venue import START, PublicVenue, details, event_created, series_created, tickers
from wire.engine_events import EventFeeChanged, MarketStatusChanged
from wire.enums import FeeType, MarketStatus
from wire.units import MICROS


@pytest.fixture
def venue() -> PublicVenue:
    made = PublicVenue()
    source = [{"name": "NWS", "url": "https://weather.example"}]
    made.tell(series_created("KXRAIN", details(category="Climate", settlement_sources=source)))
    about = details(title="Rain in May", sub_title="May", strike_period="month", image_url="/rain.png")
    made.tell(event_created("KXRAIN-26", about=about))
    return made


def of_events(bodies: list[dict[str, object]]) -> list[str]:
    return tickers(bodies, "event_ticker")


async def test_event_has_every_required_field(venue):
    answer = await venue.body("/events/KXRAIN-26")
    assert answer == {
        "event": {
            "category": "Climate",
            "collateral_return_type": "",
            "event_ticker": "KXRAIN-26",
            "exchange_index": 0,
            "last_updated_ts": "2026-05-28T20:27:00Z",
            "mutually_exclusive": False,
            "series_ticker": "KXRAIN",
            "settlement_sources": [{"name": "NWS", "url": "https://weather.example"}],
            "strike_period": "month",
            "sub_title": "May",
            "title": "Rain in May",
        },
        "markets": [],
    }


async def test_markets_stand_beside_the_event_unless_nested(venue):
    venue.open_market()
    beside = await venue.body("/events/KXRAIN-26")
    assert tickers(beside["markets"]) == ["KXRAIN-26-A"]
    assert "markets" not in beside["event"]


async def test_nested_markets_stand_in_the_event(venue):
    venue.open_market()
    nested = await venue.body("/events/KXRAIN-26?with_nested_markets=true")
    assert tickers(nested["event"]["markets"]) == ["KXRAIN-26-A"]


async def test_excluded_markets_stand_nowhere(venue):
    venue.open_market()
    answer = await venue.body("/events/KXRAIN-26?exclude_markets=true")
    assert answer["markets"] == []
    assert "markets" not in answer["event"]


async def test_excluding_and_nesting_markets_is_400(venue):
    answer = await venue.get("/events/KXRAIN-26?exclude_markets=true&with_nested_markets=true")
    assert answer.status_code == 400


async def test_unknown_event_is_404(venue):
    for path in ("/events/KXNONE", "/events/KXNONE/metadata"):
        answer = await venue.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_metadata_names_each_market(venue):
    venue.open_market()
    assert await venue.body("/events/KXRAIN-26/metadata") == {
        "image_url": "/rain.png",
        "market_details": [{"color_code": "", "image_url": "", "market_ticker": "KXRAIN-26-A"}],
        "settlement_sources": [{"name": "NWS", "url": "https://weather.example"}],
    }


async def test_list_is_newest_first_and_ends_with_an_empty_cursor(venue):
    for number in range(27, 31):
        venue.tell(event_created(f"KXRAIN-{number}"), at=START + number)
    first = await venue.body("/events?limit=3")
    rest = await venue.body(f"/events?limit=3&cursor={first['cursor']}")
    assert of_events(first["events"]) == ["KXRAIN-30", "KXRAIN-29", "KXRAIN-28"]
    assert (of_events(rest["events"]), rest["cursor"]) == (["KXRAIN-27", "KXRAIN-26"], "")


async def test_limit_beyond_200_is_400(venue):
    answer = await venue.get("/events?limit=201")
    assert (answer.status_code, "Limit" in answer.json()["msg"]) == (400, True)


async def test_status_filter_matches_any_market(venue):
    venue.open_market("KXRAIN-26-A")
    halted = venue.open_market("KXRAIN-26-B")
    venue.tell(MarketStatusChanged(halted, MarketStatus.ACTIVE, MarketStatus.FINALIZED, True))
    for status, found in (("open", 1), ("settled", 1), ("closed", 0), ("unopened", 0)):
        assert len((await venue.body(f"/events?status={status}"))["events"]) == found


@pytest.mark.parametrize("status", ["paused", "finalized", "x"])
async def test_unknown_status_filter_is_400(venue, status):
    answer = await venue.get(f"/events?status={status}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_status_filter")


async def test_list_filters_by_series_tickers_close_and_update(venue):
    venue.tell(series_created("KXGOLD"))
    venue.open_market("KXGOLD-1-A", event="KXGOLD-1", series_ticker="KXGOLD")
    close = START + 86_400
    for query, found in (
        ("series_ticker=KXGOLD", ["KXGOLD-1"]),
        ("series_ticker=KXNONE", []),
        ("tickers=KXRAIN-26,KXNONE", ["KXRAIN-26"]),
        ("tickers=KXRAIN-26&series_ticker=KXGOLD", []),
        (f"min_close_ts={close}", ["KXGOLD-1"]),
        (f"min_close_ts={close + 1}", []),
        (f"min_updated_ts={START}", []),
        (f"min_updated_ts={START - 1}", ["KXRAIN-26", "KXGOLD-1"]),
    ):
        assert of_events((await venue.body(f"/events?{query}"))["events"]) == found, query


async def test_milestones_are_listed_when_asked_for(venue):
    assert "milestones" not in await venue.body("/events")
    assert (await venue.body("/events?with_milestones=true"))["milestones"] == []


async def test_there_are_no_combos(venue):
    assert await venue.body("/events/multivariate") == {"events": [], "cursor": ""}


async def test_combos_by_series_and_collection_at_once_is_400(venue):
    assert (await venue.get("/events/multivariate?series_ticker=A&collection_ticker=B")).status_code == 400


async def test_override_shows_on_the_event_while_it_lasts(venue):
    venue.tell(EventFeeChanged("KXRAIN-26", FeeType.FLAT, 15_000, START * MICROS, True))
    event = (await venue.body("/events/KXRAIN-26"))["event"]
    assert (event["fee_type_override"], event["fee_multiplier_override"]) == ("flat", 1.5)
    venue.tell(EventFeeChanged("KXRAIN-26", None, None, START * MICROS, True))
    assert "fee_type_override" not in (await venue.body("/events/KXRAIN-26"))["event"]


async def test_fee_changes_show_a_cleared_override_as_null(venue):
    venue.tell(EventFeeChanged("KXRAIN-26", None, None, (START + 60) * MICROS, False))
    (change,) = (await venue.body("/events/fee_changes"))["event_fee_changes"]
    assert (change["fee_type_override"], change["fee_multiplier_override"]) == (None, None)
    assert (change["event_ticker"], change["series_ticker"]) == ("KXRAIN-26", "KXRAIN")


async def test_fee_changes_come_in_pages_newest_first(venue):
    for minute in range(3):
        venue.tell(EventFeeChanged("KXRAIN-26", FeeType.FLAT, 1_000 * minute, (START + minute) * MICROS, False))
    first = await venue.body("/events/fee_changes?limit=2&event_ticker=KXRAIN-26")
    rest = await venue.body(f"/events/fee_changes?limit=2&event_ticker=KXRAIN-26&cursor={first['cursor']}")
    numbers = [change["fee_multiplier_override"] for page in (first, rest) for change in page["event_fee_changes"]]
    assert (numbers, rest["cursor"]) == ([0.2, 0.1, 0], "")
