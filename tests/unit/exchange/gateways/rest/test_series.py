"""GET /series* (OAS:Series, SeriesFeeChange; SEMANTICS D3)."""

import pytest

from tests.unit.exchange.public_venue import ASK, START, PublicVenue, accepted, details, series_created, tickers, traded
from wire.engine_events import SeriesFeeChanged
from wire.enums import FeeType
from wire.units import MICROS


@pytest.fixture
def venue() -> PublicVenue:
    made = PublicVenue()
    rain = details(
        title="Rain", category="Climate", categories=["Climate", "Daily"], tags=["Weather"], frequency="daily"
    )
    made.tell(series_created("KXRAIN", rain, multiplier=5_000))
    made.tell(series_created("KXGOLD", details(title="Gold", category="Commodities", product_metadata={"a": 1})))
    return made


async def test_series_has_every_required_field(venue):
    series = (await venue.body("/series/KXRAIN"))["series"]
    assert series == {
        "additional_prohibitions": [],
        "categories": ["Climate", "Daily"],
        "category": "Climate",
        "contract_terms_url": "",
        "contract_url": "",
        "exchange_index": 0,
        "fee_multiplier": 0.5,
        "fee_type": "quadratic",
        "frequency": "daily",
        "last_updated_ts": "2026-05-28T20:27:00Z",
        "settlement_sources": [],
        "tags": ["Weather"],
        "ticker": "KXRAIN",
        "title": "Rain",
    }


async def test_unknown_series_is_404(venue):
    answer = await venue.get("/series/KXNONE")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_whole_multiplier_is_a_whole_number(venue):
    assert (await venue.get("/series/KXGOLD")).text.count('"fee_multiplier":1,') == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["KXRAIN", "KXGOLD"]),
        ("?category=Daily", ["KXRAIN"]),
        ("?category=daily", []),
        ("?category=Commodities", ["KXGOLD"]),
        ("?tags=Sports,Weather", ["KXRAIN"]),
    ],
)
async def test_list_filters_by_any_category_and_tag(venue, query, found):
    assert tickers((await venue.body(f"/series{query}"))["series"]) == found


async def test_list_shows_product_metadata_only_when_asked(venue):
    assert "product_metadata" not in (await venue.body("/series?category=Commodities"))["series"][0]
    (asked,) = (await venue.body("/series?category=Commodities&include_product_metadata=true"))["series"]
    assert asked["product_metadata"] == {"a": 1}


async def test_volume_is_the_sum_over_the_markets_when_asked(venue):
    first, second = venue.open_market("KXRAIN-26-A"), venue.open_market("KXRAIN-27-A", event="KXRAIN-27")
    for ticker in (first, second):
        venue.tell(accepted(ticker, ASK, 5200, 300))
        venue.tell(traded(ticker, ASK, 5200, 150))
    assert (await venue.body("/series/KXRAIN?include_volume=true"))["series"]["volume_fp"] == "3.00"
    assert "volume_fp" not in (await venue.body("/series/KXRAIN"))["series"]


async def test_list_since_an_update_shows_what_changed_after_it(venue):
    change = ("KXRAIN", FeeType.FLAT, 10_000, START * MICROS)
    venue.tell(SeriesFeeChanged(*change, True), at=START + 100)
    assert tickers((await venue.body(f"/series?min_updated_ts={START + 99}"))["series"]) == ["KXRAIN"]
    assert tickers((await venue.body(f"/series?min_updated_ts={START + 100}"))["series"]) == []


async def test_fee_changes_show_what_is_to_come(venue):
    seq = venue.tell(SeriesFeeChanged("KXRAIN", FeeType.FLAT, 2_500, (START + 60) * MICROS, False))
    assert (await venue.body("/series/fee_changes"))["series_fee_change_arr"] == [
        {
            "fee_multiplier": 0.25,
            "fee_type": "flat",
            "id": f"{seq:x}-0",
            "scheduled_ts": "2026-05-28T20:28:00Z",
            "series_ticker": "KXRAIN",
        }
    ]


async def test_fee_changes_in_force_show_with_history_only(venue):
    venue.tell(SeriesFeeChanged("KXRAIN", FeeType.FLAT, 2_500, START * MICROS, True))
    assert (await venue.body("/series/fee_changes"))["series_fee_change_arr"] == []
    assert len((await venue.body("/series/fee_changes?show_historical=true"))["series_fee_change_arr"]) == 1


async def test_fee_changes_filter_by_series(venue):
    venue.tell(SeriesFeeChanged("KXRAIN", FeeType.FLAT, 2_500, (START + 60) * MICROS, False))
    assert (await venue.body("/series/fee_changes?series_ticker=KXGOLD"))["series_fee_change_arr"] == []
