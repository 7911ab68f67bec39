"""GET /portfolio/orders...: recording portfolio__orders_list, OAS:Order, SEMANTICS B3, C2, F2, K27."""

import json
import re
from pathlib import Path

import pytest

from exchange.adapters.history import Database, HistoryWriter, SqlHistoryReader
from exchange.core import commands as c
from tests.unit.exchange.private_venue import EVENT, OTHER, TICKER, PrivateVenue, uuid
from wire.accounts import account_of, user_uuid
from wire.enums import TimeInForce

RECORDINGS = Path(__file__).parents[6] / "shared" / "kalshi" / "recordings"
IOC = TimeInForce.IMMEDIATE_OR_CANCEL


@pytest.fixture
def venue():
    return PrivateVenue()


async def test_executed_order_looks_as_recorded():
    path = RECORDINGS / "portfolio__orders_list.json"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    recorded = json.loads(path.read_text())["orders"][0]
    venue = PrivateVenue(fees=True)
    venue.order(2, "ask", "0.52", "1")
    venue.order(1, "bid", "0.99", "1", time_in_force=IOC, client_order_id="mine")
    (order,) = (await venue.get("/portfolio/orders"))["orders"]
    same = set(recorded) - {"order_id", "user_id", "client_order_id", "ticker", "created_time", "last_update_time"}
    assert {name: order[name] for name in same} == {name: recorded[name] for name in same}
    assert set(order) - set(recorded) == {"exchange_index"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", order["created_time"])
    assert order["user_id"] == user_uuid(1)


async def test_ask_is_sell_yes_with_the_yes_price(venue):
    venue.order(1, "ask", "0.60", "2")
    (order,) = (await venue.get("/portfolio/orders"))["orders"]
    assert (order["action"], order["side"], order["book_side"], order["outcome_side"]) == ("sell", "yes", "ask", "no")
    assert (order["yes_price_dollars"], order["no_price_dollars"]) == ("0.6000", "0.4000")


async def test_optional_fields_stand_only_where_they_say_something(venue):
    group = venue.do(c.CreateOrderGroup(account_of(1), 1_000)).seq
    venue.order(1, "bid", "0.40", "1")
    expires = venue.clock.us + 60_000_000
    venue.order(1, "bid", "0.40", "1", expiration_us=expires, order_group=group, cancel_order_on_pause=True)
    full, plain = (await venue.get("/portfolio/orders"))["orders"]
    optional = {"expiration_time", "order_group_id", "cancel_order_on_pause"}
    assert optional <= set(full)
    assert not optional & set(plain)


async def test_pages_are_newest_first_and_end_with_an_empty_cursor(venue):
    ids = [uuid(venue.order(1, "bid", "0.40", "1")) for _ in range(5)]
    pages = await venue.pages("/portfolio/orders?limit=2", "orders")
    assert [[order["order_id"] for order in page] for page in pages] == [ids[:2:-1], ids[2:0:-1], ids[:1]]


async def test_foreign_cursor_is_the_first_page(venue):
    venue.order(1, "bid", "0.40", "1")
    assert len((await venue.get("/portfolio/orders?cursor=garbage"))["orders"]) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["c", "b", "a"]),
        ("?status=resting", ["b", "a"]),
        ("?status=canceled", ["c"]),
        ("?status=executed", []),
        (f"?ticker={OTHER}", ["b"]),
        (f"?event_ticker={EVENT}", ["c", "b", "a"]),
        (f"?event_ticker=KXNONE,{EVENT}&ticker={OTHER}", ["b"]),
        ("?event_ticker=KXNONE", []),
        ("?subaccount=0", ["c", "b", "a"]),
        ("?subaccount=1", []),
        ("?exchange_index=0", ["c", "b", "a"]),
        ("?exchange_index=1", []),
        ("?min_ts=1780000100", []),
        ("?max_ts=1780000100", ["c", "b", "a"]),
        ("?max_ts=1779999999", []),
    ],
)
async def test_filters(venue, query, found):
    venue.order(1, "bid", "0.40", "1", client_order_id="a")
    venue.order(1, "bid", "0.40", "1", OTHER, client_order_id="b")
    venue.order(1, "bid", "0.40", "1", client_order_id="c", time_in_force=IOC)
    body = await venue.get(f"/portfolio/orders{query}")
    assert [order["client_order_id"] for order in body["orders"]] == found


@pytest.mark.parametrize(
    ("query", "field", "tag"),
    [("limit=1001", "Limit", "max"), ("limit=0", "Limit", "min"), ("status=open", "Status", "oneof")],
)
async def test_bad_parameter_is_400_in_the_validators_words(venue, query, field, tag):
    answer = await venue.call("GET", f"/portfolio/orders?{query}")
    assert answer.status_code == 400
    assert f"Key: 'GetOrdersParams.{field}'" in answer.json()["msg"]
    assert f"'{tag}' tag" in answer.json()["msg"]


async def test_one_order(venue):
    order_id = uuid(venue.order(1, "bid", "0.40", "1"))
    assert (await venue.get(f"/portfolio/orders/{order_id}"))["order"]["order_id"] == order_id


async def test_unknown_malformed_and_foreign_orders_are_the_same_404(venue):
    foreign = uuid(venue.order(2, "bid", "0.40", "1"))
    bodies = []
    for order_id in ("00000000-0000-0000-0000-000000000000", "nonsense", foreign):
        answer = await venue.call("GET", f"/portfolio/orders/{order_id}")
        assert answer.status_code == 404
        bodies.append(answer.content)
    assert set(bodies) == {b'{"error":{"code":"not_found","message":"not found"}}'}


async def test_get_order_costs_two_tokens(venue):
    venue.limiter.set_tier(1, "basic")
    order_id = uuid(venue.order(1, "bid", "0.40", "1"))
    for _ in range(200):
        assert (await venue.call("GET", f"/portfolio/orders/{order_id}")).status_code == 200
    assert (await venue.call("GET", f"/portfolio/orders/{order_id}")).status_code == 429


async def test_queue_position_of_one_order(venue):
    venue.order(2, "bid", "0.40", "7")
    order_id = uuid(venue.order(1, "bid", "0.40", "1"))
    assert await venue.get(f"/portfolio/orders/{order_id}/queue_position") == {"queue_position_fp": "7.00"}


async def test_order_that_does_not_rest_has_no_queue_position(venue):
    order_id = uuid(venue.order(1, "bid", "0.40", "1", time_in_force=IOC))
    assert (await venue.call("GET", f"/portfolio/orders/{order_id}/queue_position")).status_code == 404


@pytest.mark.parametrize("query", [f"market_tickers={TICKER},{OTHER}", f"event_ticker={EVENT}"])
async def test_queue_positions_of_all_resting_orders(venue, query):
    venue.order(2, "bid", "0.40", "7")
    first, second = venue.order(1, "bid", "0.40", "2"), venue.order(1, "bid", "0.40", "1")
    other = venue.order(1, "ask", "0.60", "1", OTHER)
    body = await venue.get(f"/portfolio/orders/queue_positions?{query}")
    found = {row["order_id"]: row["queue_position_fp"] for row in body["queue_positions"]}
    assert found == {uuid(first): "7.00", uuid(second): "9.00", uuid(other): "0.00"}


async def test_queue_positions_want_a_market_or_an_event(venue):
    assert (await venue.call("GET", "/portfolio/orders/queue_positions")).status_code == 400


async def test_restricted_key_sees_its_subaccount_only(venue):
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 10_000_000, "t"))
    primary = uuid(venue.order(1, "bid", "0.40", "1"))
    own = uuid(venue.order(1, "bid", "0.40", "1", subaccount=1))
    key = venue.add_key(1, subaccount=1)
    listed = await venue.get("/portfolio/orders", key=key)
    assert [order["order_id"] for order in listed["orders"]] == [own]
    assert (await venue.call("GET", f"/portfolio/orders/{primary}", key=key)).status_code == 404
    assert (await venue.call("GET", f"/portfolio/orders/{primary}/queue_position", key=key)).status_code == 404
    assert (await venue.call("GET", "/portfolio/orders?subaccount=0", key=key)).status_code == 403


async def test_orders_beyond_memory_come_from_history(tmp_path):
    reader = SqlHistoryReader(Database(tmp_path / "h"))
    venue = PrivateVenue(window=2, history=reader)
    writer = HistoryWriter(Database(tmp_path / "h"), venue.views)
    await writer.open()
    resting = uuid(venue.order(1, "bid", "0.10", "1"))
    ended = [uuid(venue.order(1, "bid", "0.40", "1", time_in_force=IOC)) for _ in range(7)]
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await writer.stop()
    assert venue.views.orders.evicted
    pages = await venue.pages("/portfolio/orders?limit=3", "orders")
    assert [order["order_id"] for page in pages for order in page] == [*ended[::-1], resting]
    assert (await venue.get(f"/portfolio/orders/{ended[0]}"))["order"]["status"] == "canceled"
    await reader.close()


async def test_v1_adds_the_integer_fields_of_old():
    venue = PrivateVenue(api_v1=True)
    venue.order(1, "bid", "0.40", "10")
    (order,) = (await venue.get("/portfolio/orders"))["orders"]
    assert (order["yes_price"], order["no_price"], order["remaining_count"], order["queue_position"]) == (40, 60, 10, 0)
