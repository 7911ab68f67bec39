"""What Kalshi lists and this venue has none of: the lists of the contract, their parameters, and 404 for any id."""

import pytest

from tests.unit.exchange.private_venue import PrivateVenue

LISTS = {
    "/milestones?limit=10&category=Sports&minimum_start_date=2026-01-01T00:00:00Z": {"milestones": [], "cursor": ""},
    "/structured_targets?ids=a&ids=b&page_size=2000": {"structured_targets": [], "cursor": ""},
    "/multivariate_event_collections?status=open&limit=200": {"multivariate_contracts": [], "cursor": ""},
    "/incentive_programs?status=active&type=volume&limit=10000": {"incentive_programs": [], "next_cursor": ""},
    "/live_data/batch?milestone_ids=a&milestone_ids=b&include_player_stats=true": {"live_datas": []},
}
FAULTS = [
    "/milestones",
    "/milestones?limit=501",
    "/structured_targets?page_size=2001",
    "/multivariate_event_collections?limit=201",
    "/multivariate_event_collections?status=ended",
    "/incentive_programs?limit=10001",
    "/incentive_programs?type=none",
    "/live_data/batch",
    "/live_data/batch?" + "&".join(["milestone_ids=a"] * 101),
]
NAMED = [
    "/milestones/a",
    "/structured_targets/a",
    "/multivariate_event_collections/KXMVE",
    "/live_data/milestone/a",
    "/live_data/football_game/milestone/a",
    "/live_data/milestone/a/game_stats",
    "/live_data/events/KXTEST-26",
]


@pytest.fixture(scope="module")
def venue():
    return PrivateVenue()


@pytest.mark.parametrize("path", LISTS)
async def test_the_list_is_empty(venue, path):
    found = await venue.call("GET", path, headers={})
    assert (found.status_code, found.json()) == (200, LISTS[path])


@pytest.mark.parametrize("path", FAULTS)
async def test_a_parameter_out_of_its_bounds_is_refused(venue, path):
    assert (await venue.call("GET", path, headers={})).status_code == 400


@pytest.mark.parametrize("path", NAMED)
async def test_no_id_names_one(venue, path):
    found = await venue.call("GET", path, headers={})
    assert (found.status_code, found.json()["error"]["code"]) == (404, "not_found")
