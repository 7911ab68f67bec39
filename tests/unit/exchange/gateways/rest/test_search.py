"""GET /search/* (OAS:GetTagsForSeriesCategoriesResponse, GetFiltersBySportsResponse; SEMANTICS D3)."""

import json

import pytest

from exchange.core import commands as c
from tests.unit.exchange.private_venue import PrivateVenue
from wire.enums import FeeType


@pytest.fixture
def venue():
    return PrivateVenue()


def series(ticker, **details):
    return c.CreateSeries(ticker, FeeType.QUADRATIC, 10_000, json.dumps(details).encode())


async def test_tags_are_those_of_the_series_in_each_category(venue):
    venue.do(
        series("KXRAIN", category="Climate", categories=["Climate", "Daily"], tags=["Rain", "Weather"]),
        series("KXHIGH", category="Climate", tags=["Heat", "Weather"]),
        series("KXGOLD", category="Commodities"),
    )
    found = await venue.call("GET", "/search/tags_by_categories", headers={})
    assert found.json() == {
        "tags_by_categories": {
            "Climate": ["Heat", "Rain", "Weather"],
            "Commodities": [],
            "Daily": ["Rain", "Weather"],
        }
    }


async def test_there_are_no_filters_by_sport(venue):
    found = await venue.call("GET", "/search/filters_by_sport", headers={})
    assert found.json() == {"filters_by_sports": {}, "sport_ordering": []}
