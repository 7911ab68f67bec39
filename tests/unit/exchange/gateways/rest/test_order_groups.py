"""The seven order-group operations (SEMANTICS B9, A1, K15)."""

import pytest

from exchange.core import commands as c
from tests.unit.exchange.private_venue import PrivateVenue, uuid
from wire.ids import IdKind, format_id, parse_id

GROUPS = "/portfolio/order_groups"


@pytest.fixture
def venue():
    return PrivateVenue()


async def create(venue, **body) -> str:
    answer = await venue.call("POST", f"{GROUPS}/create", body or {"contracts_limit": 10})
    assert answer.status_code == 201, answer.text
    return answer.json()["order_group_id"]


def number(group: str) -> int:
    return parse_id(IdKind.ORDER_GROUP, group)[1]


async def test_create_answers_id_subaccount_and_shard(venue):
    answer = await venue.call("POST", f"{GROUPS}/create", {"contracts_limit": 10})
    assert answer.status_code == 201
    assert set(answer.json()) == {"order_group_id", "subaccount", "exchange_index"}
    assert (answer.json()["subaccount"], answer.json()["exchange_index"]) == (0, 0)


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({"contracts_limit": 10}, "10.00"),
        ({"contracts_limit_fp": "10.50"}, "10.50"),
        ({"contracts_limit": 10, "contracts_limit_fp": "10"}, "10.00"),
        ({"contracts_limit": 1_000_000}, "1000000.00"),
    ],
)
async def test_limit_comes_from_either_field(venue, body, limit):
    group = await create(venue, **body)
    assert (await venue.get(f"{GROUPS}/{group}"))["contracts_limit_fp"] == limit


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"contracts_limit": 10, "contracts_limit_fp": "11"},
        {"contracts_limit": 0},
        {"contracts_limit": -5},
        {"contracts_limit": 1_000_001},
        {"contracts_limit": 2**62},
        {"contracts_limit_fp": "ten"},
        {"contracts_limit_fp": "1.005"},
        {"contracts_limit": "10"},
        {"contracts_limit": 10, "subaccount": 64},
        {"contracts_limit": 10, "subaccount": -1},
        {"contracts_limit": 10, "subaccount": 9},
        {"contracts_limit": 10, "exchange_index": 2},
    ],
)
async def test_bad_create_is_400(venue, body):
    assert (await venue.call("POST", f"{GROUPS}/create", body)).status_code == 400


async def test_list_is_an_empty_object_when_there_are_none(venue):
    assert await venue.get(GROUPS) == {}


async def test_list_shows_the_members_groups(venue):
    group = await create(venue)
    assert await venue.get(GROUPS) == {
        "order_groups": [
            {"contracts_limit_fp": "10.00", "exchange_index": 0, "id": group, "is_auto_cancel_enabled": True}
        ]
    }
    assert await venue.get(GROUPS, key=venue.second) == {}
    assert await venue.get(f"{GROUPS}?subaccount=1") == {}


async def test_group_lists_its_resting_orders(venue):
    group = await create(venue)
    first = venue.order(1, "bid", "0.40", "1", order_group=number(group))
    venue.order(1, "bid", "0.40", "1")
    second = venue.order(1, "ask", "0.60", "1", order_group=number(group))
    assert (await venue.get(f"{GROUPS}/{group}"))["orders"] == [uuid(first), uuid(second)]


async def test_trigger_cancels_and_reset_opens_again(venue):
    group = await create(venue)
    venue.order(1, "bid", "0.40", "1", order_group=number(group))
    answer = await venue.call("PUT", f"{GROUPS}/{group}/trigger", {})
    assert (answer.status_code, answer.json()) == (200, {})
    body = await venue.get(f"{GROUPS}/{group}")
    assert (body["orders"], body["is_auto_cancel_enabled"]) == ([], False)
    assert (await venue.call("PUT", f"{GROUPS}/{group}/reset", {})).json() == {}
    assert (await venue.get(f"{GROUPS}/{group}"))["is_auto_cancel_enabled"] is True


async def test_put_without_a_body_still_wants_the_content_type(venue):
    group = await create(venue)
    answer = await venue.call("PUT", f"{GROUPS}/{group}/reset")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_content_type")
    assert (await venue.call("PUT", f"{GROUPS}/{group}/reset", b"")).status_code == 200


async def test_limit_update(venue):
    group = await create(venue)
    answer = await venue.call("PUT", f"{GROUPS}/{group}/limit", {"contracts_limit_fp": "25"})
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await venue.get(f"{GROUPS}/{group}"))["contracts_limit_fp"] == "25.00"


async def test_delete_cancels_its_orders_and_removes_it(venue):
    group = await create(venue)
    order_id = venue.order(1, "bid", "0.40", "1", order_group=number(group))
    answer = await venue.call("DELETE", f"{GROUPS}/{group}")
    assert (answer.status_code, answer.json()) == (200, {})
    assert venue.views.orders.get(order_id).remaining_count == 0
    assert (await venue.call("GET", f"{GROUPS}/{group}")).status_code == 404


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("DELETE", ""), ("PUT", "/reset"), ("PUT", "/trigger")])
@pytest.mark.parametrize("group", ["nonsense", format_id(IdKind.ORDER_GROUP, 0, 999)])
async def test_unknown_group_is_404(venue, method, tail, group):
    answer = await venue.call(method, f"{GROUPS}/{group}{tail}", {} if method == "PUT" else None)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "order_group_not_found")


async def test_group_of_another_subaccount_or_member_is_not_found(venue):
    venue.do(c.CreateSubaccount(1))
    group = await create(venue, contracts_limit=5, subaccount=1)
    assert (await venue.call("PUT", f"{GROUPS}/{group}/reset", {})).status_code == 404
    assert (await venue.call("PUT", f"{GROUPS}/{group}/reset?subaccount=1", {})).status_code == 200
    assert (await venue.call("GET", f"{GROUPS}/{group}?subaccount=0")).status_code == 404
    assert (await venue.call("GET", f"{GROUPS}/{group}", key=venue.second)).status_code == 404


async def test_restricted_key_works_in_its_subaccount(venue):
    venue.do(c.CreateSubaccount(1))
    key = venue.add_key(1, subaccount=1)
    answer = await venue.call("POST", f"{GROUPS}/create", {"contracts_limit": 5}, key=key)
    assert answer.json()["subaccount"] == 1
    refused = await venue.call("POST", f"{GROUPS}/create", {"contracts_limit": 5, "subaccount": 0}, key=key)
    assert refused.status_code == 403


async def test_groups_draw_from_the_write_bucket(venue):
    venue.limiter.set_tier(1, "basic")
    for _ in range(10):
        await create(venue)
    assert (await venue.call("POST", f"{GROUPS}/create", {"contracts_limit": 5})).status_code == 429
    assert (await venue.call("GET", GROUPS)).status_code == 200
