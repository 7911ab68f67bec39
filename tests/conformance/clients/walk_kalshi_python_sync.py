"""A walk through a venue with the V1 API on, with kalshi-python-sync, as its users write it: integer cents.

Run by test_client_walks.py in its own Python. Only the host, the key ids and the PEM files are ours. What is
expected follows from the rules: a taker pays 0.07 * count * p * (1 - p), a maker nothing (SEMANTICS A3). Its
models of 2025 refuse a body that lacks one of the integer fields of then.
"""

import os
from pathlib import Path

import kalshi_python_sync as kalshi
from kalshi_python_sync.exceptions import ApiException

TICKER = os.environ["TICKER"]


def client(suffix):
    configuration = kalshi.Configuration(host=os.environ["KALSHI_API_BASE_URL"])
    configuration.api_key_id = os.environ[f"KALSHI_KEY_ID{suffix}"]
    configuration.private_key_pem = Path(os.environ[f"KALSHI_PRIVATE_KEY_PATH{suffix}"]).read_text()
    return kalshi.KalshiClient(configuration)


def request(action, side, count, client_order_id, **more):
    return {
        "ticker": TICKER,
        "action": action,
        "side": side,
        "count": count,
        "client_order_id": client_order_id,
    } | more


def place(account, *arguments, **more):
    return account.create_order(**request(*arguments, **more)).order


def status_of(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ApiException as error:
        return error.status
    raise AssertionError("was not refused")


def read_markets(ann):
    assert ann.get_exchange_status().trading_active
    (market,) = ann.get_markets(status="open").markets
    assert (market.ticker, market.yes_bid, market.yes_ask, market.status) == (TICKER, 40, 60, "active")
    assert ann.get_market(TICKER).market.no_bid == 40
    book = ann.get_market_orderbook(TICKER).orderbook  # of its integer sides it reads neither: they have no names
    assert (book.yes_dollars, book.no_dollars) == ([["0.4000", "50.00"]], [["0.4000", "50.00"]])
    (event,) = ann.get_events().events
    assert ann.get_event(event.event_ticker).event.event_ticker == event.event_ticker
    (series,) = ann.get_series_list().series
    assert ann.get_series(series.ticker).series.fee_type == "quadratic"
    assert ann.get_trades(ticker=TICKER).trades == []


def rest_amend_decrease_cancel(ann):
    order = place(ann, "buy", "yes", 10, "walk-1", type="limit", yes_price=45)
    assert (order.status, order.yes_price, order.remaining_count) == ("resting", 45, 10)
    amended = ann.amend_order(
        order.order_id,
        ticker=TICKER,
        side="yes",
        action="buy",
        client_order_id="walk-1",
        updated_client_order_id="walk-1b",
        yes_price=46,
        count=12,
    )
    assert (amended.old_order.yes_price, amended.order.yes_price, amended.order.remaining_count) == (45, 46, 12)
    assert amended.order.client_order_id == "walk-1b"
    decreased = ann.decrease_order(order.order_id, reduce_by=2).order
    assert decreased.remaining_count == 10
    assert ann.get_order(order.order_id).order.remaining_count == 10
    assert [each.order_id for each in ann.get_orders(status="resting").orders] == [order.order_id]
    assert status_of(ann.create_order, **request("buy", "yes", 1, "walk-1", yes_price=45)) == 409
    canceled = ann.cancel_order(order.order_id)
    assert (canceled.reduced_by, canceled.order.status, canceled.order.remaining_count) == (10, "canceled", 0)
    assert status_of(ann.cancel_order, order.order_id) == 404
    batch = ann.batch_create_orders(
        orders=[
            request("buy", "yes", 1, "batch-1", yes_price=41),
            request("buy", "no", 1, "batch-2", no_price=39),
            request("buy", "yes", 1, "batch-1", yes_price=41),
        ]
    ).orders
    assert [each.error and each.error.code for each in batch] == [None, None, "order_already_exists"]
    assert batch[1].order.yes_price == 61
    ids = [each.order.order_id for each in batch[:2]]
    ended = ann.batch_cancel_orders(ids=ids).orders
    assert [(each.order_id, each.reduced_by) for each in ended] == [(each, 1) for each in ids]


def cross(ann, bob):
    resting = place(ann, "buy", "yes", 5, "cross-1", yes_price=50)
    taken = place(bob, "buy", "no", 5, "cross-2", no_price=52)
    assert (taken.status, taken.fill_count, taken.taker_fill_cost, taken.taker_fees) == ("executed", 5, 250, 8)
    (made,), (took,) = (each.get_fills().fills for each in (ann, bob))
    assert (made.order_id, made.is_taker, took.is_taker) == (resting.order_id, False, True)
    assert (made.trade_id, made.count, made.yes_price) == (took.trade_id, 5, 50)
    (long,), (short,) = (each.get_positions().market_positions for each in (ann, bob))
    assert (long.position, short.position) == (5, -5)
    assert (ann.get_balance().balance, bob.get_balance().balance) == (99750, 99741)
    assert ann.get_settlements().settlements == []
    sold = place(ann, "sell", "yes", 2, "market-1", type="market")
    assert (sold.status, sold.fill_count) == ("executed", 2)
    bought = place(ann, "buy", "yes", 2, "market-2", type="market", buy_max_cost=120)
    assert (bought.status, bought.taker_fill_cost) == ("executed", 120)
    too_dear = request("buy", "yes", 2, "market-3", type="market", buy_max_cost=119)
    assert status_of(ann.create_order, **too_dear) == 409


def group_orders(ann):
    group = ann.create_order_group(contracts_limit=10).order_group_id
    order = place(ann, "buy", "yes", 2, "grouped", yes_price=44, order_group_id=group)
    assert [each.id for each in ann.get_order_groups().order_groups] == [group]
    assert ann.get_order_group(group).orders == [order.order_id]
    ann.reset_order_group(group)
    ann.delete_order_group(group)
    assert ann.get_order(order.order_id).order.status == "canceled"


ann, bob = client(""), client("_2")
read_markets(ann)
rest_amend_decrease_cancel(ann)
cross(ann, bob)
group_orders(ann)
print("walked")
