"""Redis flushed, killed and brought back under trading; the feeder killed: what is served is right, or not served.

A watcher asks all the while, and holds every answer against the venue: no price older than its time to live, whatever
happens. Healing is printed against its goal of 2 s, and held to a bound that a very busy machine keeps too.
"""

import asyncio
import time
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from exchange.core.commands import CancelOrder, CreateOrder
from market_data.bodies import BookBody
from tests.live import TICKER, live
from tests.market_data_process import MarketData
from tests.redis_server import redis_server  # noqa: F401  # a fixture
from wire.accounts import account_of
from wire.engine_events import OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import PAYOUT, parse_count, parse_price

PRICE_TTL = 2.0
GOAL_SECONDS = 2.0
BOUND_SECONDS = 30.0
SLACK_SECONDS = 0.5
"""Between a request's arrival and our reading of its answer."""


class Trading:
    """Orders come and go in one market; `seqs` says when the book's newest change was what."""

    def __init__(self, venue):
        self._venue = venue
        self.seqs = []
        self.paused = False

    async def run(self):
        resting, number = [], 0
        while True:
            number += 1
            if not self.paused:
                if len(resting) > 40:
                    command = CancelOrder(account_of(1), resting.pop(0))
                else:
                    side, price = (BookSide.BID, 3_000) if number % 2 else (BookSide.ASK, 6_000)
                    command = CreateOrder(
                        account_of(1),
                        TICKER,
                        side,
                        price + 100 * (number % 20),
                        100,
                        TimeInForce.GOOD_TILL_CANCELED,
                        SelfTradePrevention.TAKER_AT_CROSS,
                    )
                (receipt,) = await self._venue.venue.sequencer.submit_all([command])
                if isinstance(receipt.events[0], OrderAccepted):
                    resting.append(receipt.events[0].order_id)
                self.seqs.append((time.monotonic(), self.book.clock))
            await asyncio.sleep(0.01)

    @property
    def book(self):
        return self._venue.venue.views.books.book(TICKER)

    def levels(self):
        return {(side, price): count for side in ("yes", "no") for price, count in self.book.levels(side)}

    def seq_before(self, seconds):
        """What the book's newest change was so long ago."""
        then = time.monotonic() - seconds
        return max((seq for at, seq in self.seqs if at <= then), default=0)


class Watcher:
    """Asks a server for a price again and again."""

    def __init__(self, server, trading):
        self._server = server
        self._trading = trading
        self.served = self.refused = 0

    async def run(self):
        while True:
            oldest = self._trading.seq_before(PRICE_TTL + SLACK_SECONDS)
            try:
                answer = await self._server.http.get(f"/markets/{TICKER}/book")
                price = await self._server.http.get(f"/markets/{TICKER}/ticker")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if price.status_code == 200 and answer.status_code == 200:
                # The book's key and the price's are written together, and the price's is the shorter-lived.
                assert answer.json()["seq"] >= oldest, (answer.json()["seq"], oldest)
                self.served += 1
            else:
                assert 503 in (price.status_code, answer.status_code), (price.text, answer.text)
                self.refused += 1
            await asyncio.sleep(0.02)


@asynccontextmanager
async def tasks(*coroutines):
    running = [asyncio.create_task(one) for one in coroutines]
    try:
        yield running
        for task in running:
            if task.done():
                task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.wait(running)


async def stored_book(redis):
    value = await redis.get(f"orderbook:kalshi:{TICKER}")
    price = await redis.get(f"price:kalshi:{TICKER}")
    if value is None or price is None:
        return None
    body = msgspec.json.decode(value, type=BookBody)
    return {("yes", parse_price(price)): parse_count(count) for price, count in body.bids} | {
        ("no", PAYOUT - parse_price(price)): parse_count(count) for price, count in body.asks
    }


async def seconds_until(condition):
    began = time.monotonic()
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.005)
    return time.monotonic() - began


@pytest.fixture
async def house(tmp_path, redis_server):  # noqa: F811
    """A venue that trades, a feeder, a server fed through Redis, and somebody who watches each."""
    async with live(tmp_path / "state") as venue:
        journal = venue.venue.options.state / "journal"
        common = {"REDIS_URL": redis_server.url, "PRICE_TTL": str(PRICE_TTL), "BOOK_TTL": str(PRICE_TTL)}
        async with (
            MarketData(tmp_path, journal, **common) as feeder,
            MarketData(tmp_path, tmp_path / "none", FOLLOW_LOG="false", **common) as fed,
        ):
            trading = Trading(venue)
            watchers = [Watcher(feeder, trading), Watcher(fed, trading)]
            redis = Redis.from_url(redis_server.url)
            async with tasks(trading.run(), *(watcher.run() for watcher in watchers)):
                yield trading, feeder, fed, watchers, redis
            await redis.aclose()


async def served_again(server):
    async def served():
        return await server.book(TICKER) is not None

    return await seconds_until(served)


async def heals(trading, redis, *servers):
    """How long until Redis has the right book and a feeder again, in a quiet market; servers have it, too."""
    trading.paused = True

    async def right():
        try:
            return await stored_book(redis) == trading.levels() and await redis.exists("feeder:kalshi")
        except RedisError:
            return False  # our own connection was to the one that died

    seconds = await seconds_until(right)
    for server in servers:
        await server.comes_to(TICKER, trading.levels())
    trading.paused = False
    return seconds


async def test_a_flushed_redis_is_written_anew_from_the_log(house):
    trading, feeder, fed, watchers, redis = house
    await heals(trading, redis, feeder, fed)
    figures = []
    for _ in range(3):
        trading.paused = True  # else the next change brings the book back by itself
        await redis.flushall()
        figures.append(await heals(trading, redis, feeder, fed))
    assert max(figures) < BOUND_SECONDS
    assert all(watcher.served for watcher in watchers)
    stats = await feeder.get("/stats")
    assert stats["stores"][1]["healed"] >= 4, "once at the start, and after each flush"
    print(f"\nRedis flushed: written anew after {', '.join(f'{one:.2f}' for one in figures)} s (goal {GOAL_SECONDS} s)")


async def test_a_killed_redis_takes_no_right_answer_from_the_feeder_and_heals_when_it_is_back(
    house,
    redis_server,  # noqa: F811
):
    trading, feeder, fed, watchers, redis = house
    await heals(trading, redis, feeder, fed)
    redis_server.kill()

    async def fed_refuses():
        return await fed.book(TICKER) is None and (await fed.http.get("/health/ready")).status_code == 503

    await seconds_until(fed_refuses)
    before = watchers[0].served
    refused = watchers[0].refused

    async def feeder_went_on():
        return watchers[0].served > before + 20

    await seconds_until(feeder_went_on)
    assert watchers[0].refused == refused, "the feeder needs no Redis for what it knows itself"
    trading.paused = True
    await feeder.comes_to(TICKER, trading.levels())
    trading.paused = False
    redis_server.start()
    seconds = await heals(trading, redis, feeder, fed)
    await fed.ready()
    assert seconds < BOUND_SECONDS
    print(f"\nRedis killed with -9 and back: written anew after {seconds:.2f} s (goal {GOAL_SECONDS} s)")


async def test_a_killed_feeder_leaves_no_price_behind_that_is_too_old(house):
    trading, feeder, fed, _, redis = house
    await heals(trading, redis, feeder, fed)
    await feeder.kill()
    began = time.monotonic()

    async def refused():
        return await fed.book(TICKER) is None and await stored_book(redis) is None

    await seconds_until(refused)
    silent = time.monotonic() - began
    await feeder.start()
    await feeder.ready()
    await heals(trading, redis, feeder, fed)
    print(f"\nFeeder killed: prices gone after {silent:.2f} s (TTL {PRICE_TTL} s), right again with the next one")
