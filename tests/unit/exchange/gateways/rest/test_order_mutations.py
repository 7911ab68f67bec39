"""The order mutations as they look through the REST door (SEMANTICS B4-B8); what they do is for the engine's tests."""

import pytest

from exchange.core import commands as c
from exchange.gateways.rest.order_mutations import OrderMutations
from exchange.gateways.rest.order_mutations_app import OrderMutationsApp
from exchange.ports import Unavailable
from tests.unit.exchange.private_venue import START_US, TICKER, PrivateVenue, uuid
from wire.accounts import account_of
from wire.units import DOLLAR, MICROS

ORDERS = "/portfolio/events/orders"
NOT_FOUND = {"error": {"code": "not_found", "message": "not found"}}


@pytest.fixture
def venue() -> PrivateVenue:
    return PrivateVenue()


def body(side="bid", price="0.4000", count="1.00", **more):
    order = {
        "ticker": TICKER,
        "side": side,
        "price": price,
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    return {name: value for name, value in (order | more).items() if value is not None}


async def create(venue, *arguments, key="", **more):
    return await venue.call("POST", ORDERS, body(*arguments, **more), key=key)


async def placed(venue, *arguments, **more):
    answer = await create(venue, *arguments, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["order_id"]


async def status_of(venue, order_id):
    return (await venue.get(f"/portfolio/orders/{order_id}"))["order"]["status"]


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


# --- create ---------------------------------------------------------------------------------------------


async def test_a_resting_order_is_answered_without_status_and_averages(venue):
    answer = await create(venue, count="1.5", client_order_id="mine")
    assert answer.status_code == 201
    assert answer.json() == {
        "client_order_id": "mine",
        "fill_count": "0.00",
        "order_id": answer.json()["order_id"],
        "remaining_count": "1.50",
        "ts_ms": venue.clock.us // 1000,
    }


async def test_averages_of_a_filled_order_are_per_contract(venue):
    venue = PrivateVenue(fees=True)
    venue.order(2, "ask", "0.50", "1.00")
    venue.order(2, "ask", "0.52", "1.00")
    filled = (await create(venue, price="0.60", count="2.00")).json()
    assert (filled["fill_count"], filled["remaining_count"]) == ("2.00", "0.00")
    # 0.07 * .50 * .50 = .0175 and 0.07 * .52 * .48 = .017472, each up to 1e-4 (SEMANTICS A4).
    assert (filled["average_fill_price"], filled["average_fee_paid"]) == ("0.5100", "0.0175")


async def test_what_an_immediate_order_does_not_fill_is_not_remaining(venue):
    venue.order(2, "ask", "0.40", "1.00")
    answer = (await create(venue, count="3.00", time_in_force="immediate_or_cancel")).json()
    assert (answer["fill_count"], answer["remaining_count"]) == ("1.00", "0.00")


async def test_an_unfillable_fill_or_kill_is_409_and_its_client_id_is_used_up(venue):
    refused = await create(venue, time_in_force="fill_or_kill", client_order_id="once")
    assert code(refused) == (409, "fill_or_kill_insufficient_resting_volume")
    assert code(await create(venue, client_order_id="once")) == (409, "order_already_exists")


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({"ticker": "KXNONE"}, 404, "market_not_found"),
        ({"exchange_index": 3}, 404, "market_not_found"),
        ({"order_group_id": "none"}, 404, "order_group_not_found"),
        ({"price": "0.4050"}, 400, "invalid_price"),
        ({"price": "1.0000"}, 400, "invalid_price"),
        ({"price": "0.40001"}, 400, "invalid_order"),
        ({"price": "1e-1"}, 400, "invalid_order"),
        ({"count": "0.00"}, 400, "invalid_order_size"),
        ({"count": "-1"}, 400, "invalid_order_size"),
        ({"count": "0.001"}, 400, "invalid_order"),
        ({"client_order_id": "a.b"}, 400, "invalid_parameters"),
        ({"client_order_id": "x" * 65}, 400, "invalid_parameters"),
        ({"subaccount": 64}, 400, "invalid_parameters"),
        ({"expiration_time": 1}, 400, "invalid_order"),
        ({"reduce_only": True}, 400, "invalid_order"),
        ({"count": "1000000.00"}, 400, "insufficient_balance"),
        ({"time_in_force": None}, 400, "invalid_parameters"),
        ({"self_trade_prevention_type": "none"}, 400, "invalid_parameters"),
        ({"time_in_force": "GTT"}, 400, "invalid_parameters"),
    ],
    ids=str,
)
async def test_a_create_that_cannot_be_is_refused_with_its_code(venue, fields, status, error):
    assert code(await create(venue, **fields)) == (status, error)


async def test_a_price_too_fine_says_how_fine(venue):
    answer = await create(venue, price="0.40001")
    assert answer.json()["error"]["details"] == "invalid price: invalid dollar precision: -5"


async def test_a_crossing_post_only_order_is_400(venue):
    venue.order(2, "ask", "0.40", "1.00")
    answer = await create(venue, post_only=True)
    assert code(answer) == (400, "invalid_order")
    assert answer.json()["error"]["details"] == "post only cross"


async def test_an_immediate_order_cannot_expire(venue):
    answer = await create(venue, time_in_force="immediate_or_cancel", expiration_time=START_US // MICROS + 60)
    assert answer.json()["error"]["details"] == "Cannot specify both immediate_or_cancel and expiration_ts"


async def test_a_body_that_is_not_said_to_be_json_is_400_flat(venue):
    headers = venue.headers(venue.first, "POST", "/trade-api/v2" + ORDERS) | {"Content-Type": "text/plain"}
    answer = await venue.call("POST", ORDERS, body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_content_type")


async def test_a_body_longer_than_the_limit_is_413():
    venue = PrivateVenue(max_body_bytes=100)
    assert (await create(venue)).status_code == 413


# --- cancel ---------------------------------------------------------------------------------------------


async def test_cancel_answers_how_much_was_resting(venue):
    order_id = await placed(venue, count="3.00", client_order_id="mine")
    venue.order(2, "ask", "0.40", "1.00")
    answer = await venue.call("DELETE", f"{ORDERS}/{order_id}")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "client_order_id": "mine",
            "order_id": order_id,
            "reduced_by": "2.00",
            "ts_ms": venue.clock.us // 1000,
        },
    )


async def test_unknown_malformed_canceled_executed_and_foreign_orders_are_the_same_404(venue):
    canceled = await placed(venue)
    await venue.call("DELETE", f"{ORDERS}/{canceled}")
    venue.trade("0.40", "1.00")
    executed = (await venue.get("/portfolio/orders?status=executed"))["orders"][0]["order_id"]
    foreign = uuid(venue.order(2, "bid", "0.10", "1.00"))
    for order_id in (canceled, executed, foreign, uuid(999_999), "none"):
        answer = await venue.call("DELETE", f"{ORDERS}/{order_id}")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


async def test_an_order_of_a_subaccount_is_canceled_by_naming_it(venue):
    venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), DOLLAR))
    order_id = await placed(venue, subaccount=1)
    assert (await venue.call("DELETE", f"{ORDERS}/{order_id}")).status_code == 404
    assert (await venue.call("DELETE", f"{ORDERS}/{order_id}?subaccount=1")).status_code == 200


@pytest.mark.parametrize("given", ["subaccount=x", "subaccount=", "subaccount=1_0", "exchange_index=x"])
async def test_a_number_of_the_query_is_read_as_on_every_other_path(venue, given):
    answer = await venue.call("DELETE", f"{ORDERS}/none?{given}")
    assert (answer.status_code, answer.json()) == (400, (await venue.call("GET", f"/portfolio/fills?{given}")).json())


async def test_cancel_all_is_204_and_takes_every_subaccount_unless_one_is_named(venue):
    venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), DOLLAR))
    first, second = await placed(venue), await placed(venue, subaccount=1)
    answer = await venue.call("DELETE", f"{ORDERS}?subaccount=1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await status_of(venue, first), await status_of(venue, second)) == ("resting", "canceled")
    await venue.call("DELETE", ORDERS)
    assert await status_of(venue, first) == "canceled"


async def test_cancel_all_of_nothing_is_204(venue):
    assert (await venue.call("DELETE", ORDERS)).status_code == 204


# --- amend, decrease ------------------------------------------------------------------------------------


async def amend(venue, order_id, **fields):
    change = {"ticker": TICKER, "side": "bid", "price": "0.4000", "count": "3.00"} | fields
    return await venue.call("POST", f"{ORDERS}/{order_id}/amend", change)


async def test_an_amend_that_moves_the_price_alone_has_no_counts(venue):
    order_id = await placed(venue, count="3.00")
    answer = await amend(venue, order_id, price="0.41")
    assert (answer.status_code, answer.json()) == (200, {"order_id": order_id, "ts_ms": venue.clock.us // 1000})


async def test_an_amend_that_changes_the_size_says_what_rests(venue):
    order_id = await placed(venue, count="3.00")
    answer = (await amend(venue, order_id, count="5.00")).json()
    assert (answer["remaining_count"], answer["fill_count"]) == ("5.00", "0.00")


async def test_an_amend_may_cross_and_fill(venue):
    order_id = await placed(venue, count="3.00")
    venue.order(2, "ask", "0.45", "1.00")
    answer = (await amend(venue, order_id, price="0.45")).json()
    assert (answer["fill_count"], answer["remaining_count"]) == ("1.00", "2.00")
    assert answer["average_fill_price"] == "0.4500"


async def test_an_amend_renames_the_order(venue):
    order_id = await placed(venue, count="3.00", client_order_id="a")
    answer = await amend(venue, order_id, client_order_id="a", updated_client_order_id="b")
    assert answer.json()["client_order_id"] == "b"


async def test_an_amend_keeps_sets_and_drops_the_expiration(venue):
    order_id = await placed(venue, count="3.00", expiration_time=START_US // MICROS + 60)
    path = f"/portfolio/orders/{order_id}"
    await amend(venue, order_id)
    assert (await venue.get(path))["order"]["expiration_time"] == "2026-05-28T20:27:40Z"
    await amend(venue, order_id, expiration_time=START_US // MICROS + 120)
    assert (await venue.get(path))["order"]["expiration_time"] == "2026-05-28T20:28:40Z"
    await amend(venue, order_id, expiration_time=0)
    assert "expiration_time" not in (await venue.get(path))["order"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"ticker": "KXTEST-26-B"}, "order_ticker_mismatch"),
        ({"side": "ask"}, "order_side_mismatch"),
        ({"client_order_id": "other"}, "order_id_and_client_order_id_mismatch"),
        ({"price": "0.4050"}, "invalid_price"),
    ],
    ids=str,
)
async def test_a_refused_amend_leaves_the_order_alone(venue, fields, error):
    order_id = await placed(venue, count="3.00", client_order_id="mine")
    assert code(await amend(venue, order_id, **fields)) == (400, error)
    assert await status_of(venue, order_id) == "resting"


@pytest.mark.parametrize(
    ("change", "remaining", "status"),
    [
        ({"reduce_by": "1.00"}, "2.00", "resting"),
        ({"reduce_to": "1"}, "1.00", "resting"),
        ({"reduce_to": "0"}, "0.00", "canceled"),
    ],
    ids=str,
)
async def test_decrease_answers_what_remains(venue, change, remaining, status):
    order_id = await placed(venue, count="3.00")
    answer = await venue.call("POST", f"{ORDERS}/{order_id}/decrease", change)
    assert (answer.status_code, answer.json()["remaining_count"]) == (200, remaining)
    assert await status_of(venue, order_id) == status


@pytest.mark.parametrize("change", [{}, {"reduce_by": "1", "reduce_to": "1"}], ids=str)
async def test_decrease_wants_exactly_one_of_by_and_to(venue, change):
    order_id = await placed(venue, count="3.00")
    assert code(await venue.call("POST", f"{ORDERS}/{order_id}/decrease", change)) == (400, "invalid_parameters")


@pytest.mark.parametrize("action", ["amend", "decrease"])
async def test_an_unknown_order_is_neither_amended_nor_decreased(venue, action):
    changes = {"amend": body(), "decrease": {"reduce_by": "1"}}
    assert code(await venue.call("POST", f"{ORDERS}/none/{action}", changes[action])) == (404, "not_found")


# --- batches --------------------------------------------------------------------------------------------


async def test_a_batch_is_created_entry_by_entry_in_order(venue):
    orders = [body(client_order_id="a"), body(price="0.4050", client_order_id="b"), body(client_order_id="a")]
    answer = await venue.call("POST", f"{ORDERS}/batched", {"orders": orders})
    assert answer.status_code == 201
    first, second, third = answer.json()["orders"]
    assert (first["client_order_id"], first["remaining_count"]) == ("a", "1.00")
    assert second == {"client_order_id": "b", "error": {"code": "invalid_price", "message": "invalid price"}}
    assert third["error"]["code"] == "order_already_exists"


async def test_a_batch_is_canceled_entry_by_entry_in_order(venue):
    order_id = await placed(venue, count="2.00")
    entries = {"orders": [{"order_id": order_id}, {"order_id": "none"}]}
    answer = await venue.call("DELETE", f"{ORDERS}/batched", entries)
    assert answer.status_code == 200
    first, second = answer.json()["orders"]
    assert (first["order_id"], first["reduced_by"]) == (order_id, "2.00")
    assert second == {"order_id": "none", "reduced_by": "0.00", "error": NOT_FOUND["error"]}


async def test_a_batch_that_the_bucket_cannot_pay_is_refused_whole(venue):
    venue.limiter.set_tier(1, "basic")
    answer = await venue.call("POST", f"{ORDERS}/batched", {"orders": [body()] * 11})
    assert (answer.status_code, answer.json()) == (429, {"error": "too many requests"})
    assert (await venue.get("/portfolio/orders?limit=1"))["orders"] == []


async def test_a_restricted_keys_batch_with_one_foreign_subaccount_is_refused_whole(venue):
    venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), DOLLAR))
    restricted = venue.add_key(1, subaccount=1)
    answer = await venue.call("POST", f"{ORDERS}/batched", {"orders": [body(), body(subaccount=0)]}, key=restricted)
    assert answer.status_code == 403
    assert (await venue.get("/portfolio/orders?limit=1"))["orders"] == []


# --- who and how often ------------------------------------------------------------------------------------


async def test_a_restricted_key_trades_in_its_subaccount(venue):
    venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), DOLLAR))
    answer = await create(venue, key=venue.add_key(1, subaccount=1))
    order = (await venue.get(f"/portfolio/orders/{answer.json()['order_id']}"))["order"]
    assert order["subaccount_number"] == 1


async def test_a_key_that_may_only_read_is_403(venue):
    assert (await create(venue, key=venue.add_key(1, scopes=frozenset(("read",))))).status_code == 403


async def test_an_unsigned_order_is_401(venue):
    assert (await venue.call("POST", ORDERS, body(), headers={})).status_code == 401


async def test_an_order_costs_ten_tokens_and_a_cancel_two(venue):
    venue.limiter.set_tier(1, "basic")
    for _ in range(9):
        await placed(venue)
    for _ in range(5):
        assert (await venue.call("DELETE", f"{ORDERS}/none")).status_code == 404
    assert (await venue.call("DELETE", f"{ORDERS}/none")).status_code == 429


class ClosedSink:
    async def submit(self, command):
        raise Unavailable

    async def submit_all(self, commands):
        raise Unavailable


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [("POST", ORDERS, body()), ("POST", f"{ORDERS}/batched", {"orders": [body()]}), ("DELETE", ORDERS, None)],
)
async def test_a_venue_that_takes_no_commands_answers_503(venue, method, path, sent):
    closed = venue.context.__class__(
        ClosedSink(),
        venue.views,
        venue.keys,
        venue.authenticator,
        venue.limiter,
        venue.context.history,
        venue.clock,
        venue.clock,
        venue.context.settings,
    )
    venue.app = OrderMutationsApp(OrderMutations(closed), venue.app)
    assert code(await venue.call(method, path, sent)) == (503, "service_unavailable")


# --- routing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (200, None)),
        ("?exchange_index=0", (200, None)),
        (f"?market_ticker={TICKER}", (200, None)),
        (f"?exchange_index=-1&market_ticker={TICKER}", (200, None)),
        ("?exchange_index=-1", (400, "invalid_parameters")),
        ("?market_ticker=KXNONE", (404, "market_not_found")),
        ("?exchange_index=3", (404, "market_not_found")),
    ],
)
async def test_an_order_is_looked_for_where_the_request_says(venue, query, expected):
    order_id = await placed(venue)
    canceled = await venue.call("DELETE", f"{ORDERS}/{order_id}{query}")
    assert (canceled.status_code, canceled.json().get("error", {}).get("code")) == expected


async def test_each_entry_of_a_batch_cancel_is_routed_by_itself(venue):
    first, second = await placed(venue), await placed(venue)
    entries = [{"order_id": first, "market_ticker": "KXNONE"}, {"order_id": second, "market_ticker": TICKER}]
    answer = await venue.call("DELETE", f"{ORDERS}/batched", {"orders": entries})
    outcomes = [entry.get("error", {}).get("code", entry["reduced_by"]) for entry in answer.json()["orders"]]
    assert outcomes == ["market_not_found", "1.00"]
