"""A walk through the venue with Kalshi's own clients of today, kalshi-python-sync and -async, as their users write it.

Run by test_client_walks.py in their Python, once for each: `KALSHI_CLIENT` names the package. They are generated from
one description and have the same methods; those of the second are awaited here one by one, and together where many
orders come at once. Only the host, the key ids and the PEM files are ours; settling and the passage of time are asked
of /sandbox. What is expected follows from the rules: a taker pays 0.07 * count * p * (1 - p), a maker nothing
(SEMANTICS A3); a trade prints at the resting price (B3); errors are nested or flat by their kind (F4).
"""

import asyncio
import importlib
import json
import os
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

kalshi = importlib.import_module(os.environ["KALSHI_CLIENT"])

TICKER = os.environ["TICKER"]
BASE = os.environ["KALSHI_API_BASE_URL"]
LOOP = asyncio.new_event_loop()
IS_ASYNC = kalshi.__name__.endswith("_async")


class Account:
    """A client of either package, whose methods answer at once."""

    def __init__(self, key_id=None, private_key_pem=None):
        configuration = kalshi.Configuration(host=BASE)
        if key_id is not None:
            configuration.api_key_id = key_id
            configuration.private_key_pem = private_key_pem
        self.client = kalshi.KalshiClient(configuration)
        everyone.append(self)

    def __getattr__(self, name):
        method = getattr(self.client, name)
        if not IS_ASYNC:
            return method
        return lambda *arguments, **named: LOOP.run_until_complete(method(*arguments, **named))

    def at_once(self, name, bodies):
        """The method called with each body, all of them under way together."""
        method = getattr(self.client, name)
        if not IS_ASYNC:
            with ThreadPoolExecutor(4) as threads:
                return list(threads.map(lambda body: method(**body), bodies))

        async def together():
            return await asyncio.gather(*(method(**body) for body in bodies))

        return LOOP.run_until_complete(together())


def from_environment(suffix):
    pem = Path(os.environ[f"KALSHI_PRIVATE_KEY_PATH{suffix}"]).read_text()
    return Account(os.environ[f"KALSHI_KEY_ID{suffix}"], pem)


def order(side, price, count, client_order_id, **more):
    return {
        "ticker": TICKER,
        "client_order_id": client_order_id,
        "side": side,
        "price": price,
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | more


def refused(kind, code, call, *arguments, **named):
    """Assert that a call raises the client's exception of this kind, with this code in its body; None: any."""
    try:
        call(*arguments, **named)
    except kind as error:
        body = json.loads(error.body)
        assert code in (None, body.get("error", body).get("code")), body
        return
    raise AssertionError(f"was not refused: {code}")


def sandbox(path, body):
    """What only the venue's owner can do."""
    request = urllib.request.Request(
        BASE.removesuffix("/trade-api/v2") + "/sandbox" + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def pages(method, field, limit, **named):
    """Every row of a list, page by page."""
    page = method(limit=limit, **named)
    rows = list(getattr(page, field))
    while page.cursor:
        page = method(limit=limit, cursor=page.cursor, **named)
        rows += getattr(page, field)
    return rows


def read_markets(anyone):
    """All of this without a key."""
    status = anyone.get_exchange_status()
    assert (status.exchange_active, status.trading_active) == (True, True)
    assert anyone.get_exchange_schedule().schedule.standard_hours
    assert anyone.get_user_data_timestamp().as_of_time.timestamp() > time.time() - 3600
    (market,) = anyone.get_markets(status="open", limit=5, mve_filter="exclude").markets
    assert (market.ticker, market.status, market.result) == (TICKER, "active", "")
    assert (market.yes_bid_dollars, market.yes_ask_dollars, market.no_bid_dollars) == ("0.4000", "0.6000", "0.4000")
    assert anyone.get_market(TICKER).market.close_time == market.close_time
    assert anyone.get_markets(tickers=f"{TICKER},KXNONE").markets[0].ticker == TICKER
    book = anyone.get_market_orderbook(TICKER, depth=10).orderbook_fp
    assert (book.yes_dollars, book.no_dollars) == ([["0.4000", "50.00"]], [["0.4000", "50.00"]])
    (same,) = anyone.get_market_orderbooks([TICKER]).orderbooks
    assert (same.ticker, same.orderbook_fp.yes_dollars) == (TICKER, book.yes_dollars)
    (event,) = anyone.get_events(with_nested_markets=True, with_milestones=True, status="open").events
    assert [each.ticker for each in event.markets] == [TICKER]
    found = anyone.get_event(event.event_ticker, with_nested_markets=True)
    assert found.event.markets[0].ticker == found.markets[0].ticker == TICKER
    assert anyone.get_event_metadata(event.event_ticker).market_details[0].market_ticker == TICKER
    (series,) = anyone.get_series_list(include_volume=True, include_product_metadata=True).series
    assert anyone.get_series(series.ticker).series.fee_type == "quadratic"
    assert anyone.get_series_fee_changes(show_historical=True).series_fee_change_arr == []
    assert anyone.get_event_fee_changes().event_fee_changes == []
    assert anyone.get_multivariate_events().events == []
    assert anyone.get_trades(ticker=TICKER).trades == []
    assert anyone.get_account_endpoint_costs().default_cost == 10
    refused(kalshi.UnauthorizedException, "signature_is_missing_from_headers", anyone.get_balance)
    for call in (anyone.get_market, anyone.get_event, anyone.get_series, anyone.get_market_orderbook):
        refused(kalshi.NotFoundException, "not_found", call, "KXNONE")
    return series.ticker, event.event_ticker


def rest_amend_decrease_cancel(ann):
    created = ann.create_order_v2(**order("bid", "0.4500", "10", "walk-1"))
    assert (created.client_order_id, created.fill_count, created.remaining_count) == ("walk-1", "0.00", "10.00")
    assert (created.average_fill_price, created.average_fee_paid) == (None, None)
    amended = ann.amend_order_v2(
        created.order_id,
        ticker=TICKER,
        side="bid",
        price="0.46",
        count="12",
        client_order_id="walk-1",
        updated_client_order_id="walk-1b",
    )
    assert (amended.client_order_id, amended.remaining_count) == ("walk-1b", "12.00")
    assert ann.decrease_order_v2(created.order_id, reduce_by="2").remaining_count == "10.00"
    assert ann.decrease_order_v2(created.order_id, reduce_to="8.50", market_ticker=TICKER).remaining_count == "8.50"
    known = ann.get_order(created.order_id).order
    assert (known.status, known.yes_price_dollars, known.remaining_count_fp) == ("resting", "0.4600", "8.50")
    assert (known.book_side, known.outcome_side, known.client_order_id) == ("bid", "yes", "walk-1b")
    assert ann.get_order_queue_position(created.order_id).queue_position_fp == "0.00"
    (place,) = ann.get_order_queue_positions(market_tickers=TICKER).queue_positions
    assert (place.order_id, place.market_ticker) == (created.order_id, TICKER)
    assert [each.order_id for each in ann.get_orders(status="resting", ticker=TICKER).orders] == [created.order_id]
    # 8.5 contracts at 46 cents, in cents.
    assert ann.get_portfolio_resting_order_total_value().total_resting_order_value == 391
    assert ann.cancel_order_v2(created.order_id, market_ticker=TICKER).reduced_by == "8.50"
    assert ann.get_order(created.order_id).order.status == "canceled"
    refused(kalshi.NotFoundException, "not_found", ann.cancel_order_v2, created.order_id)


def refuse_orders(ann):
    refused(
        kalshi.ConflictException, "order_already_exists", ann.create_order_v2, **order("bid", "0.45", "1", "walk-1")
    )
    for code, fields in {
        "invalid_price": {"price": "0.4550"},
        "insufficient_balance": {"count": "100000"},
        "invalid_order": {"price": "0.60", "post_only": True},
    }.items():
        body = order("bid", "0.45", "1", f"bad-{code}") | fields
        refused(kalshi.BadRequestException, code, ann.create_order_v2, **body)
    only_closing = order("ask", "0.90", "1", "bad-1", reduce_only=True)
    refused(kalshi.BadRequestException, "invalid_order", ann.create_order_v2, **only_closing)
    elsewhere = order("bid", "0.45", "1", "bad-2") | {"ticker": "KXNONE"}
    refused(kalshi.NotFoundException, "market_not_found", ann.create_order_v2, **elsewhere)


def batch_and_cancel_all(ann):
    bodies = [order("bid", "0.41", "1", "b-1"), order("ask", "0.59", "1", "b-2"), order("bid", "0.41", "1", "b-1")]
    made = ann.batch_create_orders_v2(orders=bodies).orders
    assert [each.error and each.error.code for each in made] == [None, None, "order_already_exists"]
    ids = [each.order_id for each in made[:2]]
    gone = ann.batch_cancel_orders_v2(orders=[{"order_id": each} for each in [*ids, str(uuid4())]]).orders
    assert [each.reduced_by for each in gone] == ["1.00", "1.00", "0.00"]
    assert [each.error and each.error.code for each in gone] == [None, None, "not_found"]
    many = ann.at_once("create_order_v2", [order("bid", "0.39", "1", f"many-{n}") for n in range(20)])
    resting = pages(ann.get_orders, "orders", 7, status="resting")
    assert {each.order_id for each in resting} == {each.order_id for each in many}
    ann.cancel_all_orders()
    assert ann.get_orders(status="resting").orders == []


def cross(ann, bob):
    resting = ann.create_order_v2(**order("bid", "0.50", "5", "cross-1"))
    taken = bob.create_order_v2(**order("ask", "0.48", "5", "cross-2"))
    assert (taken.fill_count, taken.remaining_count) == ("5.00", "0.00")
    assert (taken.average_fill_price, taken.average_fee_paid) == ("0.5000", "0.0175")
    (made,), (took,) = (each.get_fills(ticker=TICKER).fills for each in (ann, bob))
    assert (made.order_id, made.is_taker, took.is_taker) == (resting.order_id, False, True)
    assert (made.trade_id, made.count_fp, made.yes_price_dollars) == (took.trade_id, "5.00", "0.5000")
    assert (took.outcome_side, took.book_side, took.fee_cost) == ("no", "ask", "0.087500")
    (trade,) = ann.get_trades(ticker=TICKER, is_block_trade=False).trades
    assert (trade.trade_id, trade.taker_outcome_side) == (made.trade_id, "no")
    (long,), (short,) = (each.get_positions(ticker=TICKER).market_positions for each in (ann, bob))
    assert (long.position_fp, short.position_fp) == ("5.00", "-5.00")
    assert (ann.get_balance().balance_dollars, bob.get_balance().balance_dollars) == ("997.5000", "997.4125")
    assert ann.get_order(resting.order_id).order.status == "executed"


def immediate_kinds_and_expiration(ann):
    missed = ann.create_order_v2(**order("bid", "0.59", "3", "ioc-1", time_in_force="immediate_or_cancel"))
    assert (missed.fill_count, missed.remaining_count) == ("0.00", "0.00")
    too_many = order("bid", "0.60", "51", "fok-1", time_in_force="fill_or_kill")
    refused(kalshi.ConflictException, "fill_or_kill_insufficient_resting_volume", ann.create_order_v2, **too_many)
    bought = ann.create_order_v2(**order("bid", "0.65", "2", "ioc-2", time_in_force="immediate_or_cancel"))
    assert (bought.fill_count, bought.average_fill_price, bought.average_fee_paid) == ("2.00", "0.6000", "0.0168")
    at = int(time.time()) + 3600
    brief = ann.create_order_v2(**order("bid", "0.10", "1", "gtd-1", expiration_time=at, cancel_order_on_pause=True))
    known = ann.get_order(brief.order_id).order
    assert (int(known.expiration_time.timestamp()), known.cancel_order_on_pause) == (at, True)
    sandbox("/clock", {"action": "advance", "by_ms": 3_601_000})
    assert ann.get_order(brief.order_id).order.status == "canceled"
    refused(
        kalshi.BadRequestException,
        "invalid_order",
        ann.create_order_v2,
        **order("bid", "0.1", "1", "gtd-2", expiration_time=at),
    )


def group_orders(ann):
    group = ann.create_order_group(contracts_limit=10).order_group_id
    (listed,) = ann.get_order_groups(subaccount=0).order_groups
    assert (listed.id, listed.contracts_limit_fp, listed.is_auto_cancel_enabled) == (group, "10.00", True)
    inside = ann.create_order_v2(**order("bid", "0.44", "2", "grouped", order_group_id=group))
    assert ann.get_order_group(group).orders == [inside.order_id]
    ann.update_order_group_limit(group, contracts_limit_fp="20.50")
    assert ann.get_order_group(group).contracts_limit_fp == "20.50"
    ann.trigger_order_group(group)  # without a body, but with its content type
    assert ann.get_order(inside.order_id).order.status == "canceled"
    assert not ann.get_order_group(group).is_auto_cancel_enabled
    ann.reset_order_group(group, body={})
    assert ann.get_order_group(group).is_auto_cancel_enabled
    ann.delete_order_group(group, subaccount=0)
    assert ann.get_order_groups().order_groups is None
    refused(kalshi.NotFoundException, "order_group_not_found", ann.get_order_group, group)


def move_money(bob):
    number = bob.create_subaccount().subaccount_number
    transfer = {"client_transfer_id": str(uuid4()), "from_subaccount": 0, "to_subaccount": number, "amount_cents": 2500}
    bob.apply_subaccount_transfer(**transfer)
    refused(kalshi.ApiException, "transfer_already_applied", bob.apply_subaccount_transfer, **transfer)
    (moved,) = bob.get_subaccount_transfers().transfers
    assert (moved.from_subaccount, moved.to_subaccount, moved.amount_cents) == (0, number, 2500)
    balances = {each.subaccount_number: each.balance for each in bob.get_subaccount_balances().subaccount_balances}
    assert balances == {0: "972.4125", number: "25.0000"}
    bob.update_subaccount_netting(subaccount_number=number, enabled=True)
    netting = {each.subaccount_number: each.enabled for each in bob.get_subaccount_netting().netting_configs}
    assert netting[number] is True
    assert [each.amount_cents for each in bob.get_deposits().deposits] == [100_000]
    assert bob.get_withdrawals().withdrawals == []
    return number


def manage_keys(bob, number):
    """New keys of both kinds sign, each as far as it may."""
    reader = bob.generate_api_key(name="reader", key_type="rsa", scopes=["read"])
    bound = bob.generate_api_key(name="bound", key_type="ed25519", subaccount=number)
    listed = {each.api_key_id: each for each in bob.get_api_keys().api_keys}
    assert [str(each.value) for each in listed[reader.api_key_id].scopes] == ["read"]
    assert listed[bound.api_key_id].subaccount == number
    looking = Account(reader.api_key_id, reader.private_key)
    assert looking.get_positions().market_positions[0].position_fp == "-5.00"
    refused(kalshi.ForbiddenException, None, looking.create_order_v2, **order("bid", "0.01", "1", "reader-1"))
    inside = Account(bound.api_key_id, bound.private_key)
    placed = inside.create_order_v2(**order("bid", "0.01", "1", "bound-1"))
    assert bob.get_orders(subaccount=number).orders[0].order_id == placed.order_id
    inside.cancel_all_orders()
    assert inside.get_balance().balance_dollars == "25.0000"
    bob.delete_api_key(reader.api_key_id)
    refused(kalshi.UnauthorizedException, "authentication_error", looking.get_positions)
    refused(kalshi.NotFoundException, "not_found", bob.delete_api_key, reader.api_key_id)


def read_limits(ann):
    assert ann.get_account_api_limits().usage_tier == "prestige"
    (progress,) = ann.get_account_api_usage_level_volume_progress().volume_progress
    assert progress.trailing_30d_volume_fp == "7.00"
    if IS_ASYNC:
        ann.upgrade_account_api_usage_level()
    else:
        # Its request has no body and says no content type, which the exchange refuses (SEMANTICS F4).
        refused(kalshi.BadRequestException, "invalid_content_type", ann.upgrade_account_api_usage_level)
    assert ann.get_milestones(limit=10).milestones == []
    refused(kalshi.ServiceException, "not_implemented", ann.get_target_balance_allocation)


def settle(ann, bob, series, event):
    sandbox(f"/markets/{TICKER}/settle", {"result": "yes"})
    market = ann.get_market(TICKER).market
    assert (market.status, market.result, market.settlement_value_dollars) == ("finalized", "yes", "1.0000")
    (won,), (lost,) = (each.get_settlements(ticker=TICKER).settlements for each in (ann, bob))
    assert (won.market_result, won.yes_count_fp, won.yes_total_cost_dollars) == ("yes", "7.00", "3.700000")
    assert (won.revenue, won.value, won.fee_cost) == (700, 100, "0.033600")
    assert (lost.no_count_fp, lost.no_total_cost_dollars, lost.revenue) == ("5.00", "2.500000", 0)
    # 1000 - 2.50 - 1.20 - 0.0336 + 7, in cents
    assert (ann.get_balance().balance, ann.get_balance().portfolio_value) == (100326, 0)
    (position,) = ann.get_positions(settlement_status="settled").market_positions
    assert (position.position_fp, position.fees_paid_dollars) == ("0.00", "0.033600")
    refused(kalshi.ConflictException, "market_closed", ann.create_order_v2, **order("bid", "0.5", "1", "late"))
    now = int(ann.get_user_data_timestamp().as_of_time.timestamp())
    span = {"start_ts": now - 2 * 3600, "end_ts": now + 60, "period_interval": 60}
    of_market = ann.get_market_candlesticks(series, TICKER, **span).candlesticks
    assert sum(float(each.volume_fp) for each in of_market) == 7
    (batched,) = ann.batch_get_market_candlesticks(TICKER, include_latest_before_start=True, **span).markets
    assert [each.end_period_ts for each in batched.candlesticks][-len(of_market) :] == [
        each.end_period_ts for each in of_market
    ]
    (of_event,) = ann.get_market_candlesticks_by_event(event, series, **span).market_candlesticks
    assert of_event == of_market


def look_back(ann, event):
    """A hundred days later all of it is history."""
    sandbox("/clock", {"action": "advance", "by_ms": 100 * 86_400_000})
    refused(kalshi.NotFoundException, "not_found", ann.get_market, TICKER)
    assert ann.get_fills().fills == ann.get_trades().trades == []
    assert ann.get_historical_cutoff().market_settled_ts.timestamp() > time.time()
    assert [each.ticker for each in ann.get_historical_markets(event_ticker=event).markets] == [TICKER]
    assert ann.get_historical_market(TICKER).market.result == "yes"
    assert [each.count_fp for each in ann.get_fills_historical(ticker=TICKER).fills] == ["2.00", "5.00"]
    assert [each.count_fp for each in ann.get_trades_historical(ticker=TICKER).trades] == ["2.00", "5.00"]
    assert len(pages(ann.get_historical_orders, "orders", 9, ticker=TICKER)) == 28
    (position,) = ann.get_historical_positions().market_positions
    assert (position.ticker, position.total_traded_dollars) == (TICKER, "3.700000")
    now = int(time.time())
    bars = ann.get_market_candlesticks_historical(TICKER, now - 86_400, now + 86_400, 60).candlesticks
    assert sum(float(bar.volume) for bar in bars) == 7


everyone = []
ann, bob = from_environment(""), from_environment("_2")
series, event = read_markets(Account())
rest_amend_decrease_cancel(ann)
refuse_orders(ann)
batch_and_cancel_all(ann)
cross(ann, bob)
immediate_kinds_and_expiration(ann)
group_orders(ann)
number = move_money(bob)
manage_keys(bob, number)
read_limits(ann)
settle(ann, bob, series, event)
look_back(ann, event)
if IS_ASYNC:
    for account in everyone:
        account.close()
print("walked")
