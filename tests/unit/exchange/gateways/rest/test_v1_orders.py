"""The retired V1 order mutations: legacy words and cents in, whole orders out."""

import pytest

from exchange.core import commands as c
from tests.unit.exchange.private_venue import TICKER, PrivateVenue
from wire.accounts import account_of
from wire.engine_events import PriceRange
from wire.units import DOLLAR

ORDERS = "/portfolio/orders"


@pytest.fixture
def venue() -> PrivateVenue:
    return PrivateVenue(api_v1=True)


def request(action="buy", side="yes", count=1, **more):
    return {"ticker": TICKER, "action": action, "side": side, "count": count} | more


async def create(venue, *arguments, key="", **more):
    return await venue.call("POST", ORDERS, request(*arguments, **more), key=key)


async def placed(venue, *arguments, key="", **more):
    answer = await create(venue, *arguments, key=key, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["order"]


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


# --- direction and price (SEMANTICS B1) -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "side", "price", "book_side", "yes_price"),
    [
        ("buy", "yes", {"yes_price": 40}, "bid", "0.4000"),
        ("sell", "yes", {"yes_price": 40}, "ask", "0.4000"),
        ("buy", "no", {"no_price": 40}, "ask", "0.6000"),
        ("sell", "no", {"no_price": 40}, "bid", "0.6000"),
        ("buy", "no", {"yes_price": 60}, "ask", "0.6000"),
        ("buy", "yes", {"yes_price_dollars": "0.40"}, "bid", "0.4000"),
        ("buy", "no", {"no_price_dollars": "0.40"}, "ask", "0.6000"),
    ],
)
async def test_action_side_and_price_become_a_side_of_the_book_and_a_yes_price(
    venue, action, side, price, book_side, yes_price
):
    order = await placed(venue, action, side, **price)
    assert (order["book_side"], order["yes_price_dollars"], order["status"]) == (book_side, yes_price, "resting")


async def test_a_created_order_has_the_integer_fields_of_old(venue):
    order = await placed(venue, count=3, yes_price=40, client_order_id="mine")
    assert (order["yes_price"], order["no_price"], order["remaining_count"], order["initial_count"]) == (40, 60, 3, 3)
    assert (order["client_order_id"], order["queue_position"], order["type"]) == ("mine", 0, "limit")


async def test_a_count_may_come_as_a_string(venue):
    order = await placed(venue, count=None, count_fp="1.50", yes_price=40)
    assert order["remaining_count_fp"] == "1.50"


@pytest.mark.parametrize(
    "fields",
    [
        {"count": None},
        {"count_fp": "2.00"},
        {"yes_price": None},
        {"no_price": 60},
        {"sell_position_floor": 1},
        {"buy_max_cost": 0},
        {"action": "sell", "buy_max_cost": 50},
    ],
    ids=str,
)
async def test_fields_that_miss_or_contradict_one_another_are_400(venue, fields):
    answer = await venue.call("POST", ORDERS, request(yes_price=40) | fields)
    assert code(answer) == (400, "invalid_parameters")


async def test_a_price_of_a_hundred_cents_is_400(venue):
    answer = await create(venue, yes_price=100)
    assert answer.status_code == 400


@pytest.mark.parametrize("dollars", ["0.0000", "1.0000", "7"])
async def test_a_no_price_outside_the_dollar_is_an_invalid_price(venue, dollars):
    assert code(await create(venue, no_price_dollars=dollars)) == (400, "invalid_price")


# --- time in force, market orders -----------------------------------------------------------------------


async def test_a_market_order_takes_what_there_is_and_never_rests(venue):
    venue.order(2, "ask", "0.55", "1.00")
    venue.order(2, "ask", "0.60", "1.00")
    order = await placed(venue, count=3, type="market")
    assert (order["status"], order["fill_count"], order["taker_fill_cost"]) == ("canceled", 2, 115)


async def test_a_market_order_to_sell_goes_down_to_the_lowest_legal_price(venue):
    venue.order(2, "bid", "0.01", "1.00")
    order = await placed(venue, "sell", type="market")
    assert (order["status"], order["yes_price"]) == ("executed", 1)


async def test_a_market_order_knows_the_grid_of_its_market(venue):
    venue.do(c.SetPriceGrid(TICKER, "deci_cent", (PriceRange(0, 10_000, 10),)))
    order = await placed(venue, type="market")
    assert order["yes_price_dollars"] == "0.9990"


async def test_a_market_order_in_an_unknown_market_is_404(venue):
    answer = await create(venue, type="market", ticker="KXNONE")
    assert code(answer) == (404, "market_not_found")


async def test_buy_max_cost_is_all_or_nothing_within_the_cost(venue):
    venue.order(2, "ask", "0.55", "2.00")
    refused = await create(venue, count=2, type="market", buy_max_cost=109)
    assert code(refused) == (409, "fill_or_kill_insufficient_resting_volume")
    order = await placed(venue, count=2, type="market", buy_max_cost=110)
    assert (order["status"], order["taker_fill_cost"]) == ("executed", 110)


async def test_buy_max_cost_of_no_bounds_the_no_leg(venue):
    venue.order(2, "bid", "0.55", "2.00")
    assert code(await create(venue, "buy", "no", 2, buy_max_cost=89))[0] == 409
    order = await placed(venue, "buy", "no", 2, buy_max_cost=90)
    assert (order["status"], order["book_side"]) == ("executed", "ask")


async def test_buy_max_cost_below_every_price_fills_nothing(venue):
    venue.order(2, "ask", "0.01", "2.00")
    assert code(await create(venue, count=2, buy_max_cost=1))[0] == 409


async def test_a_sell_position_floor_of_zero_is_reduce_only(venue):
    venue.order(2, "bid", "0.50", "5.00")
    order = await placed(venue, "sell", yes_price=50, sell_position_floor=0, time_in_force="immediate_or_cancel")
    assert (order["status"], order["fill_count"]) == ("canceled", 0)


# --- amend, decrease, cancel ----------------------------------------------------------------------------


async def test_amend_answers_the_order_before_and_after(venue):
    order = await placed(venue, count=3, yes_price=40, client_order_id="a")
    answer = await venue.call(
        "POST",
        f"{ORDERS}/{order['order_id']}/amend",
        {"ticker": TICKER, "action": "buy", "side": "yes", "yes_price": 41, "updated_client_order_id": "b"},
    )
    assert answer.status_code == 200
    old, new = answer.json()["old_order"], answer.json()["order"]
    assert (old["yes_price"], old["client_order_id"]) == (40, "a")
    assert (new["yes_price"], new["client_order_id"], new["remaining_count"]) == (41, "b", 3)


async def test_amend_without_a_count_keeps_the_total_of_a_partly_filled_order(venue):
    order = await placed(venue, count=3, yes_price=40)
    venue.order(2, "ask", "0.40", "1.00")
    answer = await venue.call(
        "POST",
        f"{ORDERS}/{order['order_id']}/amend",
        {"ticker": TICKER, "action": "buy", "side": "yes", "yes_price": 41},
    )
    assert (answer.json()["order"]["fill_count"], answer.json()["order"]["remaining_count"]) == (1, 2)


async def test_amend_without_a_price_is_400(venue):
    order = await placed(venue, yes_price=40)
    body = {"ticker": TICKER, "action": "buy", "side": "yes", "count": 2}
    answer = await venue.call("POST", f"{ORDERS}/{order['order_id']}/amend", body)
    assert code(answer) == (400, "invalid_parameters")


async def test_amend_of_the_other_side_is_a_mismatch(venue):
    order = await placed(venue, yes_price=40)
    body = {"ticker": TICKER, "action": "sell", "side": "yes", "yes_price": 41}
    answer = await venue.call("POST", f"{ORDERS}/{order['order_id']}/amend", body)
    assert code(answer) == (400, "order_side_mismatch")


async def test_decrease_answers_the_smaller_order(venue):
    order = await placed(venue, count=5, yes_price=40)
    answer = await venue.call("POST", f"{ORDERS}/{order['order_id']}/decrease", {"reduce_to": 2})
    assert (answer.status_code, answer.json()["order"]["remaining_count"]) == (200, 2)


async def test_cancel_answers_the_canceled_order_and_how_much_it_was(venue):
    order = await placed(venue, count=5, yes_price=40)
    answer = await venue.call("DELETE", f"{ORDERS}/{order['order_id']}")
    assert answer.status_code == 200
    assert (answer.json()["reduced_by"], answer.json()["reduced_by_fp"]) == (5, "5.00")
    assert (answer.json()["order"]["status"], answer.json()["order"]["remaining_count"]) == ("canceled", 0)


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("DELETE", "", None),
        ("POST", "/amend", {"ticker": TICKER, "action": "buy", "side": "yes", "yes_price": 1}),
        ("POST", "/decrease", {"reduce_by": 1}),
    ],
)
async def test_an_unknown_order_is_404(venue, method, rest, body):
    assert code(await venue.call(method, f"{ORDERS}/no-such-order{rest}", body)) == (404, "not_found")


async def test_an_order_of_another_member_is_404(venue):
    order = await placed(venue, yes_price=40)
    assert code(await venue.call("DELETE", f"{ORDERS}/{order['order_id']}", key=venue.second)) == (404, "not_found")


# --- batches, tokens, keys --------------------------------------------------------------------------------


async def test_a_batch_creates_what_it_can_and_says_why_it_could_not_the_rest(venue):
    orders = [request(yes_price=40, client_order_id="a"), request(), request(yes_price=41, client_order_id="a")]
    answer = await venue.call("POST", f"{ORDERS}/batched", {"orders": orders})
    assert answer.status_code == 201
    first, second, third = answer.json()["orders"]
    assert (first["client_order_id"], first["order"]["status"]) == ("a", "resting")
    assert second["error"]["code"] == "invalid_parameters"
    assert (third["client_order_id"], third["error"]["code"]) == ("a", "order_already_exists")


async def test_a_batch_cancels_by_id_and_by_subaccount(venue):
    venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), DOLLAR))
    mine, theirs = await placed(venue, yes_price=40), await placed(venue, yes_price=40, subaccount=1)
    body = {"ids": [mine["order_id"], "none"], "orders": [{"order_id": theirs["order_id"], "subaccount": 1}]}
    answer = await venue.call("DELETE", f"{ORDERS}/batched", body)
    assert answer.status_code == 200
    entries = answer.json()["orders"]
    assert [entry["reduced_by"] for entry in entries] == [1, 0, 1]
    assert (entries[1]["order_id"], entries[1]["error"]["code"]) == ("none", "not_found")


async def test_v1_orders_cost_twice_what_v2_orders_cost(venue):
    venue.limiter.set_tier(1, "basic")
    for price in range(1, 6):
        await placed(venue, yes_price=price)
    refused = await create(venue, yes_price=6)
    assert (refused.status_code, refused.json()) == (429, {"error": "too many requests"})


async def test_a_batch_is_billed_for_each_order_or_refused_whole(venue):
    venue.limiter.set_tier(1, "basic")
    body = {"orders": [request(yes_price=price) for price in range(1, 7)]}
    assert (await venue.call("POST", f"{ORDERS}/batched", body)).status_code == 429
    assert (await venue.get(f"{ORDERS}?limit=1"))["orders"] == []


async def test_a_key_that_may_only_read_is_403(venue):
    reader = venue.add_key(1, scopes=frozenset(("read",)))
    assert (await create(venue, yes_price=40, key=reader)).status_code == 403


async def test_endpoint_costs_list_the_v1_orders_where_they_are_served(venue):
    rows = (await venue.get("/account/endpoint_costs"))["endpoint_costs"]
    costs = {(row["method"], row["path"]): row["cost"] for row in rows if "/portfolio/orders" in row["path"]}
    assert costs[("POST", "/trade-api/v2/portfolio/orders")] == 20
    assert costs[("DELETE", "/trade-api/v2/portfolio/orders/:order_id")] == 4
    assert len(costs) == 7
