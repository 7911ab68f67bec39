"""What is one member's is nobody else's: to see, to touch, or to learn about. Restricted keys are nobody else too."""

import asyncio
import json

import pytest

from exchange.core.commands import CreateSubaccount, Deposit
from tests.live import TICKER, basic_scenario, live
from tests.raw_http import ORDERS
from wire.accounts import account_of
from wire.units import DOLLAR

GROUPS = "/portfolio/order_groups"
PRIVATE = ["fill", "user_orders", "market_positions", "order_group_updates"]
OTHER_GROUP = "order_group_not_found"


@pytest.fixture
async def venue(tmp_path):
    scenario = [*basic_scenario(), CreateSubaccount(1), Deposit(account_of(1, 1), 100 * DOLLAR)]
    async with live(tmp_path, scenario) as running:
        yield running


class Owned:
    """Something of everything that Ann has."""

    def __init__(self, order_id: str, group_id: str, key_id: str) -> None:
        self.order_id = order_id
        self.group_id = group_id
        self.key_id = key_id


async def furnish(ann, bob) -> Owned:
    group = (await ann.http.post(GROUPS + "/create", json={"contracts_limit": 100})).json()["order_group_id"]
    order = await ann.order("bid", "0.4000", "10.00", client_order_id="anns", order_group_id=group)
    assert (await bob.order("ask", "0.4000", "4.00")).json()["fill_count"] == "4.00"
    made = await ann.http.post("/api_keys/generate", json={"name": "anns", "key_type": "ed25519"})
    return Owned(order.json()["order_id"], group, made.json()["api_key_id"])


async def test_another_members_orders_groups_and_keys_do_not_exist(venue):
    ann, bob, eve = venue.trader(1), venue.trader(2), venue.trader(3)
    anns = await furnish(ann, bob)
    before = venue.venue.inspection.state()
    amend = {"ticker": TICKER, "side": "bid", "price": "0.3000", "count": "9.00"}
    for method, path, body in (
        ("GET", f"/portfolio/orders/{anns.order_id}", None),
        ("GET", f"/portfolio/orders/{anns.order_id}/queue_position", None),
        ("DELETE", f"{ORDERS}/{anns.order_id}", None),
        ("POST", f"{ORDERS}/{anns.order_id}/amend", amend),
        ("POST", f"{ORDERS}/{anns.order_id}/decrease", {"reduce_by": "1.00"}),
        ("GET", f"{GROUPS}/{anns.group_id}", None),
        ("PUT", f"{GROUPS}/{anns.group_id}/reset", {}),
        ("PUT", f"{GROUPS}/{anns.group_id}/trigger", {}),
        ("PUT", f"{GROUPS}/{anns.group_id}/limit", {"contracts_limit": 1}),
        ("DELETE", f"{GROUPS}/{anns.group_id}", None),
        ("DELETE", f"/api_keys/{anns.key_id}", None),
    ):
        answer = await eve.http.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    batch = await eve.http.request("DELETE", f"{ORDERS}/batched", json={"orders": [{"order_id": anns.order_id}]})
    (entry,) = batch.json()["orders"]
    assert (entry["error"]["code"], entry["reduced_by"]) == ("not_found", "0.00")
    placed = await eve.order("bid", "0.1000", "1.00", order_group_id=anns.group_id)
    assert (placed.status_code, placed.json()["error"]["code"]) == (404, OTHER_GROUP)
    assert (await eve.http.delete(ORDERS)).status_code == 204
    after = venue.venue.inspection.state()
    assert after.orders_resting == before.orders_resting
    assert (await ann.http.get(f"/portfolio/orders/{anns.order_id}")).json()["order"]["status"] == "resting"
    assert len((await ann.http.get("/api_keys")).json()["api_keys"]) == 2


async def test_lists_show_a_members_own_things_only(venue):
    ann, bob, eve = venue.trader(1), venue.trader(2), venue.trader(3)
    anns = await furnish(ann, bob)
    for path, key in (
        ("/portfolio/orders", "orders"),
        ("/portfolio/fills", "fills"),
        ("/portfolio/positions", "market_positions"),
        ("/portfolio/settlements", "settlements"),
        ("/portfolio/subaccounts/transfers", "transfers"),
        (f"/portfolio/fills?order_id={anns.order_id}", "fills"),
        (f"/portfolio/orders?ticker={TICKER}", "orders"),
        ("/portfolio/orders/queue_positions?market_tickers=" + TICKER, "queue_positions"),
        (GROUPS, "order_groups"),
    ):
        answer = await eve.http.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert not answer.json().get(key), (path, answer.text)
    # The other side of a trade learns the trade and nothing of whose order it met.
    bobs = (await bob.http.get("/portfolio/fills")).json()["fills"]
    assert len(bobs) == 1
    assert anns.order_id not in json.dumps(bobs)
    assert "anns" not in json.dumps(bobs)
    trades = (await venue.public.get("/markets/trades")).text
    assert anns.order_id not in trades
    assert (await eve.http.get("/portfolio/balance")).json()["balance"] == 100_000


async def test_a_client_order_id_belongs_to_its_member(venue):
    ann, bob = venue.trader(1), venue.trader(2)
    assert (await ann.order("bid", "0.1000", "1.00", client_order_id="same")).status_code == 201
    assert (await bob.order("bid", "0.1000", "1.00", client_order_id="same")).status_code == 201
    assert (await ann.order("bid", "0.1000", "1.00", client_order_id="same", subaccount=1)).status_code == 409


async def test_the_private_channels_tell_a_member_of_itself_only(venue):
    ann, bob, eve = venue.trader(1), venue.trader(2), venue.trader(3)
    async with ann.socket() as hers, eve.socket() as spy:
        for socket in (hers, spy):
            channels = [*PRIVATE, "orderbook_delta"]
            params = {"channels": channels, "market_ticker": TICKER}
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
            for _ in range(len(channels) + 1):
                await socket.recv()
        anns = await furnish(ann, bob)
        await ann.http.delete(f"{ORDERS}/{anns.order_id}")
        await ann.order("bid", "0.2000", "1.00", client_order_id="last")
        seen_by_her = await everything_until_last_delta(hers)
        seen_by_spy = await everything_until_last_delta(spy)
    kinds = {message["type"] for message in seen_by_her}
    assert {"fill", "user_order", "market_position", "order_group_updates"} <= kinds
    assert {message["type"] for message in seen_by_spy} == {"orderbook_delta"}
    told = json.dumps(seen_by_spy)
    for secret in (anns.order_id, anns.group_id, "anns", "client_order_id"):
        assert secret not in told
    assert any(message["msg"].get("client_order_id") == "anns" for message in seen_by_her)


async def everything_until_last_delta(socket) -> list[dict]:
    """Messages up to the delta at 0.2000, and what comes with it in the same turn."""
    seen = []
    async with asyncio.timeout(10):
        while True:
            seen.append(json.loads(await socket.recv()))
            if seen[-1]["type"] == "orderbook_delta" and seen[-1]["msg"]["price_dollars"] == "0.2000":
                return seen


async def test_a_key_locked_to_a_subaccount_neither_sees_nor_touches_the_others(venue):
    ann, bob = venue.trader(1), venue.trader(2)
    locked = venue.trader(1, subaccount=1)
    anns = await furnish(ann, bob)
    own = (await locked.order("bid", "0.1500", "2.00", client_order_id="own")).json()["order_id"]
    assert (await ann.http.get(f"/portfolio/orders/{own}")).json()["order"]["subaccount_number"] == 1
    for method, path, body, refusals in (
        ("GET", f"/portfolio/orders/{anns.order_id}", None, (403, 404)),
        ("GET", f"/portfolio/orders/{anns.order_id}/queue_position", None, (403, 404)),
        ("DELETE", f"{ORDERS}/{anns.order_id}", None, (403, 404)),
        ("DELETE", f"{ORDERS}/{anns.order_id}?subaccount=0", None, (403,)),
        ("POST", f"{ORDERS}/{anns.order_id}/decrease", {"reduce_by": "1.00"}, (403, 404)),
        ("POST", f"{ORDERS}/{anns.order_id}/decrease?subaccount=0", {"reduce_by": "1.00"}, (403,)),
        ("GET", f"{GROUPS}/{anns.group_id}", None, (403, 404)),
        ("PUT", f"{GROUPS}/{anns.group_id}/trigger", {}, (403, 404)),
        ("GET", "/portfolio/orders?subaccount=0", None, (403,)),
        ("GET", "/portfolio/fills?subaccount=0", None, (403,)),
        ("GET", "/portfolio/positions?subaccount=0", None, (403,)),
        ("GET", "/portfolio/balance?subaccount=0", None, (403,)),
        ("DELETE", f"{ORDERS}?subaccount=0", None, (403,)),
        ("POST", "/portfolio/subaccounts", {}, (403,)),
        ("GET", "/api_keys", None, (403,)),
        ("POST", "/api_keys/generate", {"name": "escape", "key_type": "ed25519"}, (403,)),
        ("DELETE", f"/api_keys/{anns.key_id}", None, (403,)),
    ):
        answer = await locked.http.request(method, path, json=body)
        assert answer.status_code in refusals, (method, path, answer.status_code, answer.text)
    placed = await locked.order("bid", "0.1000", "1.00", subaccount=0)
    assert placed.status_code == 403
    transfer = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 1}
    transfer["client_transfer_id"] = "00000000-0000-4000-8000-000000000001"
    assert (await locked.http.post("/portfolio/subaccounts/transfer", json=transfer)).status_code == 403
    listed = (await locked.http.get("/portfolio/orders")).json()["orders"]
    assert [order["client_order_id"] for order in listed] == ["own"]
    assert (await locked.http.get("/portfolio/fills")).json()["fills"] == []
    assert (await locked.http.delete(ORDERS)).status_code == 204
    assert (await ann.http.get(f"/portfolio/orders/{anns.order_id}")).json()["order"]["status"] == "resting"
    assert (await ann.http.get(f"/portfolio/orders/{own}")).json()["order"]["status"] == "canceled"


async def test_a_locked_keys_socket_hears_of_its_own_subaccount_only(venue):
    ann = venue.trader(1)
    locked = venue.trader(1, subaccount=1)
    async with locked.socket() as socket:
        params = {"channels": [*PRIVATE, "orderbook_delta"], "market_ticker": TICKER}
        await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
        for _ in range(len(PRIVATE) + 2):
            await socket.recv()
        await ann.order("bid", "0.3000", "1.00", client_order_id="primary")
        await ann.order("bid", "0.2500", "1.00", client_order_id="own", subaccount=1)
        await ann.order("bid", "0.2000", "1.00", client_order_id="primary-too")
        seen = json.dumps(await everything_until_last_delta(socket))
    assert "primary" not in seen
    assert "own" in seen


@pytest.mark.parametrize("scopes", [frozenset(("read",)), frozenset(("read", "write::transfer"))])
async def test_a_key_without_the_trade_scope_cannot_trade(venue, scopes):
    ann, reader = venue.trader(1), venue.trader(1, scopes=scopes)
    order_id = (await ann.order("bid", "0.1000", "1.00")).json()["order_id"]
    assert (await reader.order("bid", "0.1000", "1.00")).status_code == 403
    for method, path in (("DELETE", f"{ORDERS}/{order_id}"), ("DELETE", ORDERS), ("POST", GROUPS + "/create")):
        answer = await reader.http.request(method, path, json={"contracts_limit": 5} if method == "POST" else None)
        assert answer.status_code == 403, (method, path, answer.text)
    assert (await reader.http.get(f"/portfolio/orders/{order_id}")).status_code == 200
