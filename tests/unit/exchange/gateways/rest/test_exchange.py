"""GET /exchange/* (OAS:ExchangeStatus, Schedule; SEMANTICS B11)."""

import pytest

from tests.unit.exchange.public_venue import START, PublicVenue
from wire.engine_events import PauseChanged
from wire.enums import PauseScope
from wire.units import MICROS


@pytest.fixture
def venue() -> PublicVenue:
    return PublicVenue()


async def test_open_venue_is_active(venue):
    status = await venue.body("/exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (True, True)
    assert "exchange_estimated_resume_time" not in status


async def test_trading_pause_stops_trading_only(venue):
    venue.tell(PauseChanged(PauseScope.TRADING, True, (START + 60) * MICROS))
    status = await venue.body("/exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (True, False)
    assert status["exchange_estimated_resume_time"] == "2026-05-28T20:28:00Z"


async def test_exchange_pause_stops_everything(venue):
    venue.tell(PauseChanged(PauseScope.EXCHANGE, True))
    status = await venue.body("/exchange/status")
    assert (status["exchange_active"], status["trading_active"]) == (False, False)
    assert status["exchange_index_statuses"][0]["trading_active"] is False


async def test_bad_auth_headers_are_ignored(venue):
    answer = await venue.get("/exchange/status", headers={"KALSHI-ACCESS-KEY": "nobody"})
    assert answer.status_code == 200


async def test_schedule_has_hours_for_every_day(venue):
    (week,) = (await venue.body("/exchange/schedule"))["schedule"]["standard_hours"]
    assert all(week[day] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))


async def test_a_pause_with_an_end_is_a_maintenance_window(venue):
    venue.tell(PauseChanged(PauseScope.TRADING, True, (START + 60) * MICROS))
    (window,) = (await venue.body("/exchange/schedule"))["schedule"]["maintenance_windows"]
    assert window == {"start_datetime": "2026-05-28T20:27:00Z", "end_datetime": "2026-05-28T20:28:00Z"}


async def test_user_data_is_as_fresh_as_the_clock(venue):
    venue.clock.seconds = START + 0.25
    assert await venue.body("/exchange/user_data_timestamp") == {"as_of_time": "2026-05-28T20:27:00.25Z"}


def test_document_describes_the_operations(venue):
    document = venue.app.openapi()
    operation = document["paths"]["/trade-api/v2/exchange/status"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    assert (operation["operationId"], schema) == ("GetExchangeStatus", {"$ref": "#/components/schemas/ExchangeStatus"})
    assert "exchange_active" in document["components"]["schemas"]["ExchangeStatus"]["required"]


def test_document_lists_the_query_parameters(venue):
    listed = venue.app.openapi()["paths"]["/trade-api/v2/markets"]["get"]["parameters"]
    limit = next(each for each in listed if each["name"] == "limit")
    assert limit["schema"] == {"type": "integer", "minimum": 0, "maximum": 1000, "default": 100}
