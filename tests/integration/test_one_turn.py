"""Commands that come in one turn of the loop: whoever is told of them is told of each as it was then."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from exchange.core import commands as c
from tests.fix_client import FREE_PORTS, client
from tests.live import TICKER, LiveVenue, live
from wire.accounts import account_of
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import CONTRACT

PRICE = 4_000
RESTS, AT_CROSS = TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.TAKER_AT_CROSS


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


async def a_life_in_one_turn(venue: LiveVenue) -> None:
    """Member 1 bids for ten at 0.40, member 2 sells it four and then three, member 1 takes the rest back."""
    sequencer = venue.venue.sequencer
    order_id = sequencer.engine.state.seq + 1

    def place(member: int, side: BookSide, count: int, name: str) -> c.CreateOrder:
        return c.CreateOrder(
            account_of(member), TICKER, side, PRICE, count * CONTRACT, RESTS, AT_CROSS, client_order_id=name
        )

    receipts = await asyncio.gather(
        *sequencer.enqueue_all(
            [
                place(1, BookSide.BID, 10, "life"),
                place(2, BookSide.ASK, 4, "first"),
                place(2, BookSide.ASK, 3, "second"),
                c.CancelOrder(account_of(1), order_id),
            ]
        )
    )
    assert [receipt.seq for receipt in receipts] == list(range(order_id, order_id + 4))


@pytest.mark.parametrize("kind", ["NR", "RT"])
async def test_each_report_has_what_was_left_then(venue, kind):
    fix = await client(venue, 1, kind)
    await a_life_in_one_turn(venue)
    await fix.expect("8", _150="0", _39="0", _11="life", _14="0.00", _151="10.00")
    await fix.expect("8", _150="F", _39="1", _32="4.00", _14="4.00", _151="6.00", _38="10.00")
    await fix.expect("8", _150="F", _39="1", _32="3.00", _14="7.00", _151="3.00", _38="10.00")
    await fix.expect("8", _150="4", _39="4", _14="7.00", _151="0.00")


async def test_a_session_that_was_away_is_sent_the_same(venue):
    fix = await client(venue, 1, "RT")
    await fix.close()
    async with asyncio.timeout(60):
        while fix.trader.key_id in venue.venue._fix.acceptor.live:
            await asyncio.sleep(0.01)
    await a_life_in_one_turn(venue)
    await fix.log_on(("21011", "Y"), reset=False)
    fix.send("2", ("7", 2), ("16", 0))
    for exec_type, left in (("0", "10.00"), ("F", "6.00"), ("F", "3.00"), ("4", "0.00")):
        await fix.expect("8", _43="Y", _150=exec_type, _151=left)


async def test_each_order_message_and_each_delta_is_of_its_moment(venue):
    async with venue.trader(1).socket() as socket:
        wanted = {"channels": ["orderbook_delta", "user_orders", "ticker"], "market_tickers": [TICKER]}
        await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": wanted}))

        async def message():
            async with asyncio.timeout(60):
                return json.loads(await socket.recv())

        while (await message())["type"] != "orderbook_snapshot":
            pass
        await a_life_in_one_turn(venue)
        orders, deltas, tickers = [], [], []
        while len(orders) < 4 or len(deltas) < 4 or len(tickers) < 4:
            told = await message()
            if told["type"] == "user_order":
                orders.append((told["msg"]["status"], told["msg"]["remaining_count_fp"], told["msg"]["fill_count_fp"]))
            elif told["type"] == "orderbook_delta":
                deltas.append(told["msg"]["delta_fp"])
            elif told["type"] == "ticker":
                tickers.append((told["msg"]["yes_bid_dollars"], told["msg"]["yes_bid_size_fp"]))
    assert orders == [
        ("resting", "10.00", "0.00"),
        ("resting", "6.00", "4.00"),
        ("resting", "3.00", "7.00"),
        ("canceled", "0.00", "7.00"),
    ]
    assert deltas == ["10.00", "-4.00", "-3.00", "-3.00"]
    assert tickers == [("0.4000", "10.00"), ("0.4000", "6.00"), ("0.4000", "3.00"), ("0.0000", "0.00")]


async def test_each_increment_has_the_level_of_its_moment(venue):
    fix = await client(venue, 3, "MD")
    fix.send("V", ("263", 1), ("146", 1), ("55", TICKER))
    await fix.expect("W", _268="0")
    await a_life_in_one_turn(venue)
    await fix.expect("X", _279="0", _269="0", _271="10.00")
    for left in ("6.00", "3.00"):
        message = await fix.expect("X", _268="2")
        levels = [value for tag, value in message.pairs if tag == "271"]
        assert levels[-1] == left
    await fix.expect("X", _268="1", _279="2", _269="0")
