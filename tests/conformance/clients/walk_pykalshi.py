"""A walk through the venue with pykalshi, as its users write it. Run by test_client_walks.py in its own process.

Only the host, the key ids and the PEM files are ours. What is expected follows from the rules: a taker pays
0.07 * count * p * (1 - p), a maker nothing (SEMANTICS A3); a trade prints at the resting price (B3).
"""

import os
import threading

from pykalshi import KalshiAPIError, KalshiClient, MarketStatus, OrderbookManager, OrderStatus, ResourceNotFoundError

TICKER = os.environ["TICKER"]


def client(suffix):
    return KalshiClient(
        api_key_id=os.environ[f"KALSHI_KEY_ID{suffix}"],
        private_key_path=os.environ[f"KALSHI_PRIVATE_KEY_PATH{suffix}"],
        api_base=os.environ["KALSHI_API_BASE_URL"],
    )


def sides(book):
    return [tuple(level) for level in book.yes_dollars or ()], [tuple(level) for level in book.no_dollars or ()]


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except KalshiAPIError as error:
        return error
    raise AssertionError("was not refused")


def read_markets(ann):
    assert ann.exchange.get_status().trading_active
    (market,) = ann.get_markets(status=MarketStatus.OPEN)
    assert (market.ticker, market.yes_bid_dollars, market.yes_ask_dollars) == (TICKER, "0.4000", "0.6000")
    book = market.get_orderbook()
    assert sides(book.orderbook) == ([("0.4000", "50.00")], [("0.4000", "50.00")])
    assert market.get_event().event_ticker == market.event_ticker
    assert [series.ticker for series in ann.get_all_series()] == [market.resolve_series_ticker()]
    assert market.get_trades() == []


def rest_amend_decrease_cancel(ann):
    order = ann.portfolio.place_order(
        TICKER, book_side="bid", price_dollars="0.45", count_fp="10", client_order_id="walk-1"
    )
    assert (order.status, order.remaining_count_fp) == (OrderStatus.RESTING, "10.00")
    order.amend(price_dollars="0.46", count_fp="12")
    order.decrease("2")
    order.refresh()
    assert (order.status, order.yes_price_dollars, order.remaining_count_fp) == (OrderStatus.RESTING, "0.4600", "10.00")
    assert ann.portfolio.get_queue_position(order.order_id).queue_position_fp == "0.00"
    assert [each.order_id for each in ann.portfolio.get_orders(status=OrderStatus.RESTING)] == [order.order_id]
    again = {"book_side": "bid", "price_dollars": "0.45", "count_fp": "1", "client_order_id": "walk-1"}
    refusal = refused(ann.portfolio.place_order, TICKER, **again)
    assert (refusal.status_code, refusal.error_code) == (409, "order_already_exists")
    order.cancel()
    assert order.refresh().status is OrderStatus.CANCELED
    assert isinstance(refused(ann.portfolio.cancel_order, order.order_id), ResourceNotFoundError)
    batch = [
        {"ticker": TICKER, "book_side": "bid", "price_dollars": price, "count_fp": "1"} for price in ("0.41", "0.42")
    ]
    placed = ann.portfolio.batch_place_orders(batch)
    assert len(ann.portfolio.batch_cancel_orders([each.order_id for each in placed])) == 2


def cross(ann, bob):
    resting = ann.portfolio.place_order(TICKER, book_side="bid", price_dollars="0.50", count_fp="5")
    taken = bob.portfolio.place_order(TICKER, book_side="ask", price_dollars="0.48", count_fp="5")
    assert taken.status is OrderStatus.EXECUTED
    assert resting.wait_until_terminal(timeout=5).status is OrderStatus.EXECUTED
    (made,), (took,) = ann.portfolio.get_fills(), bob.portfolio.get_fills()
    assert (made.order_id, made.is_taker, took.is_taker) == (resting.order_id, False, True)
    assert (made.trade_id, made.yes_price_dollars) == (took.trade_id, "0.5000")
    assert took.fee_cost_dollars == "0.087500"
    (long,), (short,) = (each.portfolio.get_positions() for each in (ann, bob))
    assert (long.position_fp, short.position_fp) == ("5.00", "-5.00")
    assert (ann.portfolio.get_balance().balance, bob.portfolio.get_balance().balance) == (99750, 99741)
    assert ann.portfolio.get_settlements() == []


def group_orders(ann):
    group = ann.portfolio.create_order_group("10.00").id
    order = ann.portfolio.place_order(TICKER, book_side="bid", price_dollars="0.44", count_fp="2", order_group_id=group)
    assert len(ann.portfolio.get_order_groups()) == 1
    ann.portfolio.update_order_group_limit(group, "20.00")
    ann.portfolio.reset_order_group(group)
    ann.portfolio.trigger_order_group(group)
    assert order.refresh().status is OrderStatus.CANCELED


def follow_book(ann, bob):
    book, heard = OrderbookManager(TICKER), threading.Condition()
    feed = ann.feed()
    feed._ws_url = os.environ["KALSHI_WS_URL"]  # this client has no other way to name a host of one's own

    @feed.on("orderbook_delta")
    def hear(message):
        with heard:
            if hasattr(message, "yes_dollars"):
                book.apply_snapshot(message.yes_dollars, message.no_dollars)
            else:
                book.apply_delta(message.side, message.price_dollars, message.delta_fp)
            heard.notify()

    feed.subscribe("orderbook_delta", market_ticker=TICKER)
    feed.start()
    try:
        one = ann.portfolio.place_order(TICKER, book_side="bid", price_dollars="0.47", count_fp="3")
        ann.portfolio.place_order(TICKER, book_side="ask", price_dollars="0.55", count_fp="4")
        bob.portfolio.place_order(TICKER, book_side="bid", price_dollars="0.60", count_fp="1")
        one.cancel()
        yes, no = sides(ann.get_market(TICKER).get_orderbook().orderbook)
        with heard:
            assert heard.wait_for(lambda: book.yes == dict(yes) and book.no == dict(no), 20), (book, yes, no)
    finally:
        feed.stop()


with client("") as ann, client("_2") as bob:
    read_markets(ann)
    rest_amend_decrease_cancel(ann)
    cross(ann, bob)
    group_orders(ann)
    follow_book(ann, bob)
print("walked")
