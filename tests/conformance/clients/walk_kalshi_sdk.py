"""A walk through the venue with kalshi-sdk, as its users write it. Run by test_client_walks.py in its own Python.

Only the host, the key ids and the PEM files are ours. What is expected follows from the rules: a taker pays
0.07 * count * p * (1 - p), a maker nothing (SEMANTICS A3); a trade prints at the resting price (B3).
"""

import asyncio
import os
from decimal import Decimal

from kalshi import KalshiAuth, KalshiClient, KalshiConfig
from kalshi.errors import KalshiError
from kalshi.models import AmendOrderV2Request, BatchCreateOrdersV2Request, CreateOrderV2Request, DecreaseOrderV2Request
from kalshi.ws import KalshiWebSocket

TICKER = os.environ["TICKER"]
CONFIG = KalshiConfig(base_url=os.environ["KALSHI_API_BASE_URL"], ws_base_url=os.environ["KALSHI_WS_URL"])


def client(suffix):
    return KalshiClient(
        key_id=os.environ[f"KALSHI_KEY_ID{suffix}"],
        private_key_path=os.environ[f"KALSHI_PRIVATE_KEY_PATH{suffix}"],
        config=CONFIG,
    )


def order(side, price, count, client_order_id, **more):
    return CreateOrderV2Request(
        ticker=TICKER,
        client_order_id=client_order_id,
        side=side,
        count=Decimal(count),
        price=Decimal(price),
        time_in_force="good_till_canceled",
        self_trade_prevention_type="taker_at_cross",
        **more,
    )


def levels(side):
    return [(level.price, level.quantity) for level in side]


def status_of(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except KalshiError as error:
        return error.status_code
    raise AssertionError("was not refused")


def read_markets(ann):
    assert ann.exchange.status().trading_active
    (market,) = ann.markets.list(status="open")
    assert (market.ticker, market.yes_bid, market.yes_ask) == (TICKER, Decimal("0.40"), Decimal("0.60"))
    assert ann.markets.get(TICKER).status == "active"
    book = ann.markets.orderbook(TICKER)
    assert levels(book.yes) == [(Decimal("0.40"), Decimal(50))]
    assert levels(book.no) == [(Decimal("0.40"), Decimal(50))]
    (same,) = ann.markets.bulk_orderbooks(tickers=[TICKER])
    assert levels(same.yes) == levels(book.yes)
    assert [event.event_ticker for event in ann.events.list()] == [market.event_ticker]
    assert ann.events.get(market.event_ticker, with_nested_markets=True).markets
    (series,) = ann.series.list()
    assert ann.series.get(series.ticker).fee_type == "quadratic"


def rest_amend_decrease_cancel(ann):
    created = ann.orders.create_v2(request=order("bid", "0.45", "10", "walk-1"))
    assert (created.fill_count, created.remaining_count) == (0, 10)
    amended = ann.orders.amend_v2(
        created.order_id,
        request=AmendOrderV2Request(ticker=TICKER, side="bid", price=Decimal("0.46"), count=Decimal(12)),
    )
    assert amended.remaining_count == 12
    decreased = ann.orders.decrease_v2(created.order_id, request=DecreaseOrderV2Request(reduce_by=Decimal(2)))
    assert decreased.remaining_count == 10
    known = ann.orders.get(created.order_id)
    assert (known.status, known.yes_price, known.remaining_count) == ("resting", Decimal("0.46"), 10)
    assert ann.orders.queue_position(created.order_id) == 0
    assert [place.order_id for place in ann.orders.queue_positions(market_tickers=[TICKER])] == [created.order_id]
    assert [each.order_id for each in ann.orders.list_all(status="resting")] == [created.order_id]
    assert status_of(ann.orders.create_v2, request=order("bid", "0.45", "10", "walk-1")) == 409
    assert ann.orders.cancel_v2(created.order_id).reduced_by == 10
    assert ann.orders.get(created.order_id).status == "canceled"
    assert status_of(ann.orders.cancel_v2, created.order_id) == 404
    batch = BatchCreateOrdersV2Request(orders=[order("bid", "0.41", "1", "b-1"), order("bid", "0.42", "1", "b-2")])
    assert [each.error for each in ann.orders.batch_create_v2(request=batch).orders] == [None, None]
    ann.orders.cancel_all_v2()
    assert list(ann.orders.list(status="resting")) == []


def cross(ann, bob):
    resting = ann.orders.create_v2(request=order("bid", "0.50", "5", "cross-1"))
    taken = bob.orders.create_v2(request=order("ask", "0.48", "5", "cross-2"))
    assert (taken.fill_count, taken.remaining_count) == (5, 0)
    assert (taken.average_fill_price, taken.average_fee_paid) == (Decimal("0.5000"), Decimal("0.0175"))
    (made,), (took,) = ann.portfolio.fills(), bob.portfolio.fills()
    assert (made.order_id, made.is_taker, took.is_taker) == (resting.order_id, False, True)
    assert made.trade_id == took.trade_id
    assert [trade.trade_id for trade in ann.markets.list_all_trades(ticker=TICKER)] == [made.trade_id]
    (long,), (short,) = (each.portfolio.positions().market_positions for each in (ann, bob))
    assert (long.position, short.position) == (5, -5)
    assert ann.portfolio.balance().balance_dollars == Decimal("997.5000")
    assert bob.portfolio.balance().balance_dollars == Decimal("997.4125")
    assert list(ann.portfolio.settlements()) == []
    assert ann.portfolio.total_resting_order_value().total_resting_order_value == 0


def group_orders(ann):
    group = ann.order_groups.create(contracts_limit=10).order_group_id
    assert [each.id for each in ann.order_groups.list()] == [group]
    inside = ann.orders.create_v2(request=order("bid", "0.44", "2", "grouped", order_group_id=group))
    assert ann.order_groups.get(group).orders == [inside.order_id]
    ann.order_groups.update_limit(group, contracts_limit=20)
    ann.order_groups.reset(group)
    ann.order_groups.trigger(group)
    assert ann.orders.get(inside.order_id).status == "canceled"
    ann.order_groups.delete(group)
    assert ann.order_groups.list() == []


def manage_account(ann):
    assert ann.account.limits().usage_tier == "prestige"
    assert ann.account.endpoint_costs().default_cost == 10
    number = ann.subaccounts.create().subaccount_number
    assert number in [each.subaccount_number for each in ann.subaccounts.list_balances().subaccount_balances]
    ann.subaccounts.update_netting(subaccount_number=number, enabled=True)
    assert ann.api_keys.list().api_keys


async def follow_book(ann, bob):
    socket = KalshiWebSocket(
        auth=KalshiAuth.from_key_path(os.environ["KALSHI_KEY_ID"], os.environ["KALSHI_PRIVATE_KEY_PATH"]),
        config=CONFIG,
    )
    async with socket.connect() as session:
        # The book comes last: while this client subscribes, it drops what other channels already send.
        fills = await session.subscribe_fill()
        books = await session.orderbook(TICKER)
        await anext(books)
        one = await asyncio.to_thread(ann.orders.create_v2, request=order("bid", "0.47", "3", "ws-1"))
        await asyncio.to_thread(ann.orders.create_v2, request=order("ask", "0.55", "4", "ws-2"))
        await asyncio.to_thread(bob.orders.create_v2, request=order("bid", "0.60", "1", "ws-3"))
        await asyncio.to_thread(ann.orders.cancel_v2, one.order_id)
        wanted = await asyncio.to_thread(ann.markets.orderbook, TICKER)
        async with asyncio.timeout(20):
            async for book in books:
                if (levels(book.yes), levels(book.no)) == (levels(wanted.yes), levels(wanted.no)):
                    break
            first = await anext(aiter(fills))
        assert first.msg.market_ticker == TICKER


with client("") as ann, client("_2") as bob:
    read_markets(ann)
    rest_amend_decrease_cancel(ann)
    cross(ann, bob)
    group_orders(ann)
    manage_account(ann)
    asyncio.run(follow_book(ann, bob))
print("walked")
