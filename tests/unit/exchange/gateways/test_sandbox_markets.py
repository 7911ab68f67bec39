"""POST /sandbox/markets: what is made with a market, and what is refused before anything is made."""

import httpx
import pytest

from exchange.core import commands as c
from exchange.gateways.rest.app import build
from exchange.gateways.sandbox import markets
from tests.unit.exchange.private_venue import TICKER, PrivateVenue
from wire.enums import FeeType


@pytest.fixture
def venue():
    return PrivateVenue()


async def post(venue, path, fields):
    app = build(venue.context, (markets.router(venue.context),))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://venue") as client:
        return await client.post(f"/sandbox/markets{path}", json=fields)


async def create(venue, **fields):
    return await post(venue, "", fields)


async def test_an_event_and_a_series_that_do_not_exist_are_made_with_it(venue):
    assert (await create(venue, ticker="KXNEW-26-A")).status_code == 201
    assert venue.views.catalogue.events["KXNEW-26"].series_ticker == "KXNEW"


async def test_a_market_of_a_known_event_is_of_that_events_series(venue):
    venue.do(
        c.CreateSeries("KXOTHERWISE", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("NAMED-26", "KXOTHERWISE", False, "", b"{}"),
    )
    assert (await create(venue, ticker="NAMED-26-A")).status_code == 201
    assert venue.views.catalogue.markets["NAMED-26-A"].series_ticker == "KXOTHERWISE"
    assert "NAMED" not in venue.views.catalogue.series


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ticker": "KXTEST-26-Z", "series_ticker": "KXSTRAY"}, "KXTEST-26 is of the series KXTEST"),
        ({"ticker": "KXSTRAY-26-Z", "close_time": "2020-01-01T00:00:00Z"}, "close_time must be later than now"),
        ({"ticker": "KXSTRAY-26-z"}, "is no ticker"),
    ],
)
async def test_what_is_refused_leaves_nothing_behind(venue, fields, said):
    answer = await create(venue, **fields)
    assert answer.status_code == 400
    assert said in answer.json()["error"]["details"]
    assert "KXSTRAY" not in venue.views.catalogue.series


async def test_a_settlement_value_has_the_decimals_that_can_be_shown(venue):
    assert (await post(venue, f"/{TICKER}/settle", {"value": "0.12345"})).status_code == 400
    assert (await post(venue, f"/{TICKER}/settle", {"value": "0.1234"})).status_code == 200
    assert (await venue.get(f"/markets/{TICKER}"))["market"]["settlement_value_dollars"] == "0.1234"
