"""GET /communications/* of a venue without an RFQ engine (SEMANTICS D2, E1, F2)."""

import re

import pytest

from tests.unit.exchange.private_venue import PrivateVenue

AN_ID = "4b1c2a5e-0f6d-4f6a-9d5e-1a2b3c4d5e6f"

LISTS = {
    "/communications/rfqs?limit=100&status=open&user_filter=self": {"rfqs": [], "cursor": ""},
    "/communications/rfq_batches?limit=20&status=accepted": {"rfq_batches": [], "cursor": ""},
    "/communications/block-trade-proposals?limit=100": {"block_trade_proposals": [], "cursor": ""},
}
NAMED = [
    "/communications/rfqs/{}",
    "/communications/rfqs/{}/quotes/" + AN_ID,
    "/communications/quotes/{}",
    "/communications/rfq_batches/{}",
]
FAULTS = [
    "/communications/rfqs?limit=101",
    "/communications/rfqs?user_filter=others",
    "/communications/rfqs?subaccount=64",
    "/communications/rfqs?cursor=garbage",
    "/communications/rfq_batches?limit=21",
    "/communications/rfq_batches?status=none",
    "/communications/rfq_batches?cursor=garbage",
    "/communications/quotes?user_filter=self&cursor=garbage",
    "/communications/quotes?user_filter=self&limit=501",
    "/communications/quotes?user_filter=self&rfq_id=7",
    "/communications/block-trade-proposals?limit=0",
]


@pytest.fixture(scope="module")
def venue():
    return PrivateVenue()


async def test_every_member_has_an_id_of_its_own_for_the_others(venue):
    first = (await venue.get("/communications/id"))["communications_id"]
    second = (await venue.get("/communications/id", key=venue.second))["communications_id"]
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert first != second
    assert (await venue.get("/communications/id"))["communications_id"] == first


@pytest.mark.parametrize("path", LISTS)
async def test_there_are_none(venue, path):
    assert await venue.get(path) == LISTS[path]


@pytest.mark.parametrize(
    "whose", ["user_filter=self", "rfq_user_filter=self", "quote_creator_user_id=a", "rfq_creator_user_id=a"]
)
async def test_quotes_are_asked_for_by_whose_they_are(venue, whose):
    assert await venue.get(f"/communications/quotes?{whose}&rfq_id={AN_ID}") == {"quotes": [], "cursor": ""}


async def test_quotes_of_nobody_in_particular_are_refused(venue):
    found = await venue.call("GET", "/communications/quotes")
    assert found.status_code == 400
    assert found.json()["error"]["details"] == "Either creator_user_id or rfq_creator_user_id must be filled"


@pytest.mark.parametrize("path", NAMED)
async def test_no_id_names_one(venue, path):
    assert (await venue.call("GET", path.format(AN_ID))).status_code == 404


@pytest.mark.parametrize("path", NAMED)
async def test_an_id_that_is_none_is_refused(venue, path):
    assert (await venue.call("GET", path.format("7"))).status_code == 400


@pytest.mark.parametrize("path", FAULTS)
async def test_a_parameter_out_of_its_bounds_is_refused(venue, path):
    assert (await venue.call("GET", path)).status_code == 400


@pytest.mark.parametrize("path", [*LISTS, "/communications/id", "/communications/quotes?user_filter=self"])
async def test_strangers_are_refused(venue, path):
    assert (await venue.call("GET", path, headers={})).status_code == 401


async def test_a_key_of_one_subaccount_reads_rfqs_but_no_block_trades(venue):
    key = venue.add_key(1, subaccount=0)
    assert (await venue.call("GET", "/communications/rfqs", key=key)).status_code == 200
    assert (await venue.call("GET", "/communications/block-trade-proposals", key=key)).status_code == 403
