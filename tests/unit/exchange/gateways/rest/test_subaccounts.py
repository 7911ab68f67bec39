"""Subaccounts (SEMANTICS C3)."""

import pytest

from exchange.core import commands as c
from tests.unit.exchange.private_venue import PrivateVenue
from wire.enums import PauseScope

BASE = "/portfolio/subaccounts"
TRANSFER_ID = "8c35ecb3-328f-4f52-8c7c-0f4b9862f8d1"


@pytest.fixture
def venue():
    return PrivateVenue()


def transfer(**changes):
    return {
        "client_transfer_id": TRANSFER_ID,
        "from_subaccount": 0,
        "to_subaccount": 1,
        "amount_cents": 2_500,
    } | changes


async def test_subaccounts_are_numbered_from_one(venue):
    answers = [await venue.call("POST", BASE, {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json() for answer in answers] == [{"subaccount_number": 1}, {"subaccount_number": 2}]


async def test_64th_subaccount_is_refused(venue):
    venue.do(*(c.CreateSubaccount(1) for _ in range(63)))
    assert (await venue.call("POST", BASE, {})).status_code == 400


async def test_basic_tier_may_not_create(venue):
    venue.limiter.set_tier(1, "basic")
    assert (await venue.call("POST", BASE, {})).status_code == 403


async def test_transfer_moves_money_and_answers_an_empty_object(venue):
    venue.do(c.CreateSubaccount(1))
    answer = await venue.call("POST", f"{BASE}/transfer", transfer())
    assert (answer.status_code, answer.json()) == (200, {})
    rows = (await venue.get(f"{BASE}/balances"))["subaccount_balances"]
    assert [(row["subaccount_number"], row["balance"]) for row in rows] == [(0, "975.0000"), (1, "25.0000")]


async def test_an_exchange_pause_stops_transfers_subaccounts_and_netting(venue):
    """OAS:ExchangeStatus.exchange_active: no state changes at all."""
    venue.do(c.CreateSubaccount(1), c.Pause(PauseScope.EXCHANGE))
    for method, path, sent in (
        ("POST", BASE, {}),
        ("POST", f"{BASE}/transfer", transfer()),
        ("PUT", f"{BASE}/netting", {"subaccount_number": 0, "enabled": True}),
    ):
        answer = await venue.call(method, path, sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "exchange_is_paused"), path
    venue.do(c.Resume(PauseScope.EXCHANGE))
    assert (await venue.call("POST", f"{BASE}/transfer", transfer())).status_code == 200


async def test_repeated_transfer_is_409(venue):
    venue.do(c.CreateSubaccount(1))
    await venue.call("POST", f"{BASE}/transfer", transfer())
    answer = await venue.call("POST", f"{BASE}/transfer", transfer(amount_cents=1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "transfer_already_applied")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_transfer_id": "not-a-uuid"},
        {"amount_cents": 0},
        {"amount_cents": -5},
        {"amount_cents": 10**18},
        {"amount_cents": "25"},
        {"amount_cents": 10**9},
        {"to_subaccount": 64},
        {"to_subaccount": 5},
        {"to_subaccount": 0},
        {"from_subaccount": -1},
        {"exchange_index": 4},
    ],
)
async def test_bad_transfer_is_400(venue, changes):
    venue.do(c.CreateSubaccount(1))
    assert (await venue.call("POST", f"{BASE}/transfer", transfer(**changes))).status_code == 400


async def test_transfers_are_listed_newest_first(venue):
    venue.do(c.CreateSubaccount(1))
    for number, cents in enumerate((100, 200, 300)):
        await venue.call(
            "POST", f"{BASE}/transfer", transfer(amount_cents=cents, client_transfer_id=f"{number}" + TRANSFER_ID[1:])
        )
    pages = await venue.pages(f"{BASE}/transfers?limit=2", "transfers")
    assert [[row["amount_cents"] for row in page] for page in pages] == [[300, 200], [100]]
    assert (pages[0][0]["from_subaccount"], pages[0][0]["to_subaccount"]) == (0, 1)


async def test_transfer_scope_is_enough_to_transfer(venue):
    venue.do(c.CreateSubaccount(1))
    key = venue.add_key(1, scopes=frozenset({"write::transfer"}))
    assert (await venue.call("POST", f"{BASE}/transfer", transfer(), key=key)).status_code == 200
    assert (await venue.call("POST", BASE, {}, key=key)).status_code == 403


async def test_netting_is_set_and_read(venue):
    venue.do(c.CreateSubaccount(1))
    answer = await venue.call("PUT", f"{BASE}/netting", {"subaccount_number": 1, "enabled": True})
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await venue.get(f"{BASE}/netting"))["netting_configs"] == [
        {"enabled": False, "exchange_index": 0, "subaccount_number": 0},
        {"enabled": True, "exchange_index": 0, "subaccount_number": 1},
    ]


async def test_netting_of_an_unknown_subaccount_is_400(venue):
    answer = await venue.call("PUT", f"{BASE}/netting", {"subaccount_number": 7, "enabled": True})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {}),
        ("POST", "/transfer", transfer()),
        ("GET", "/transfers", None),
        ("PUT", "/netting", {"subaccount_number": 0, "enabled": True}),
        ("GET", "/netting", None),
    ],
)
async def test_restricted_key_is_kept_out(venue, method, path, body):
    answer = await venue.call(method, BASE + path, body, key=venue.add_key(1, subaccount=0))
    assert answer.status_code == 403
    assert "restricted to a single sub-account" in answer.json()["error"]["message"]


async def test_restricted_key_reads_its_own_balance_only(venue):
    venue.do(c.CreateSubaccount(1))
    rows = await venue.get(f"{BASE}/balances", key=venue.add_key(1, subaccount=1))
    assert [row["subaccount_number"] for row in rows["subaccount_balances"]] == [1]
