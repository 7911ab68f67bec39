"""A maker whose quotes are taken while its requests are on their way, who hears of its fills late, or not at all."""

import asyncio
import random
from collections import deque
from contextlib import asynccontextmanager

import pytest

from exchange.core import commands as c
from exchange.gateways.auth import ApiKey
from market_maker.account import Account
from market_maker.bot import MarketMaker
from market_maker.clock import LiveClock
from market_maker.desk import Desk, asked
from market_maker.maker import Maker
from market_maker.settings import MakerSettings
from market_maker.strategy.ladder import Ladder
from market_maker.venue.credentials import Credentials
from market_maker.venue.feed import Feed
from market_maker.venue.fix import FixVenue
from market_maker.venue.port import Uncertain
from market_maker.venue.rest import RestVenue
from tests.fix_client import FREE_PORTS
from tests.integration.test_market_maker import until
from tests.live import TICKER, basic_scenario, live
from wire import signing
from wire.accounts import account_of
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.fix.profiles import SessionKind
from wire.units import CONTRACT, DOLLAR

MAKER, TAKER = account_of(1), account_of(2)
LIMIT = 150 * CONTRACT
ROUNDS = 150


class Race:
    """A taker who acts between the maker's requests, and news of it that come when luck has it."""

    def __init__(self, running, seed):
        self.running = running
        self.luck = random.Random(seed)
        self.news = deque()
        self.widest = self.fills = 0

    @property
    def position(self):
        """The maker's, as the engine has it."""
        return self.running.venue.sequencer.engine.state.accounts[MAKER].positions.get(TICKER)

    async def take(self):
        """Somebody takes through several levels, or nobody does."""
        if self.luck.random() < 0.5:
            return
        side = self.luck.choice(list(BookSide))
        price, size = 9_900 if side is BookSide.BID else 100, self.luck.choice((10, 40, 90, 200))
        before = self.position and self.position.count
        await self.running.do(
            c.CreateOrder(
                TAKER,
                TICKER,
                side,
                price,
                size * CONTRACT,
                TimeInForce.IMMEDIATE_OR_CANCEL,
                SelfTradePrevention.TAKER_AT_CROSS,
            )
        )
        self.fills += (self.position and self.position.count) != before

    def measure(self):
        """How far the maker's position would go if all of one side filled now."""
        if held := self.position:
            self.widest = max(self.widest, held.count + held.bids_count, held.asks_count - held.count)

    def hear(self, account, share):
        for _ in range(round(len(self.news) * share)):
            account.heard(*self.news.popleft())

    def fair(self, now_us):
        return self.luck.choice((0.40, 0.42, 0.45, 0.50, 0.55))


def raced(carrier, race, lost=0.0):
    """A carrier between whose requests somebody takes. A share of them is lost, half of these once they were done."""

    async def between(request, what):
        fate = race.luck.random()
        await race.take()
        if fate < lost / 2:
            raise Uncertain("it got lost")
        try:
            answer = await request(*what)
        finally:
            race.measure()
            await race.take()
        if fate > 1 - lost / 2:
            raise Uncertain("its answer got lost")
        return answer

    class Raced(carrier):
        async def create(self, *what):
            return await between(super().create, what)

        async def amend(self, *what):
            return await between(super().amend, what)

        async def cancel(self, *what):
            return await between(super().cancel, what)

    return Raced


@asynccontextmanager
async def racing(folder, carrier, seed, lost=0.0):
    """(race, venue to trade at, its feed of own orders) over REST or FIX, with a market and money."""
    scenario = [*basic_scenario(), *(c.Deposit(account, 1_000_000 * DOLLAR) for account in (MAKER, TAKER))]
    async with live(folder, scenario, fix=FREE_PORTS) as running:
        key = signing.generate_key("ed25519")
        running.venue.keys.add(ApiKey("maker", 1, "maker", key_type="ed25519", public_key_pem=signing.public_pem(key)))
        credentials = Credentials("maker", key)
        race = Race(running, seed)
        fix = ("127.0.0.1", running.venue.fix_ports[SessionKind.NR]) if carrier is FixVenue else ()
        yield race, raced(carrier, race, lost)(running.url, credentials, *fix), Feed(running.url, credentials, 30, True)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("carrier", [RestVenue, FixVenue])
async def test_what_is_held_and_what_may_fill_stay_within_the_limit(tmp_path, carrier, seed):
    async with racing(tmp_path, carrier, seed) as (race, venue, feed):
        await venue.open()
        feed.on_order = lambda *news: race.news.append(news)
        feeding = asyncio.create_task(feed.run())
        account = Account()
        desk = Desk(venue, account, "mm-", "t", asked(venue))
        (market,) = await venue.markets()
        ladder = Ladder(count=40 * CONTRACT, spread=100, levels=3, ticks=1, lean=100, growth=30)
        maker = Maker(desk, market, ladder, LIMIT, 1_000, 0, race.fair)
        try:
            await until(lambda: feed.is_connected)
            for _ in range(ROUNDS):
                race.hear(account, race.luck.choice((0, 0, 0.5, 1)))
                await maker.act(market.open_us)
            await until(lambda: race.hear(account, 1) or account.positions.get(TICKER) == race.position.count)
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await venue.close()
    print(f"{race.fills} times taken, at the worst {race.widest / CONTRACT}, {dict(desk.refused)}")
    assert race.fills > ROUNDS / 4
    assert LIMIT * 0.9 < race.widest <= LIMIT


@pytest.mark.parametrize("carrier", [RestVenue, FixVenue])
async def test_nor_is_it_left_when_requests_and_answers_get_lost(tmp_path, carrier):
    """The whole maker, which then takes everything down and begins again."""
    async with racing(tmp_path, carrier, 1, lost=0.03) as (race, venue, feed):
        settings = MakerSettings(
            venue_url=race.running.url,
            key_id="maker",
            private_key_path="known",
            ticker=TICKER,
            interval_ms=10,
            pause_s=0,
            strategy="oscillate",
            quantity=90,
            position_limit=LIMIT // CONTRACT,
            group_limit=1_000_000,
            health_port=0,
        )
        clock = LiveClock(race.running.url)
        bot = MarketMaker(settings, venue, feed, clock)
        making = asyncio.create_task(bot.run())

        try:
            await until(lambda: race.fills > ROUNDS and sum(bot.doubts.values()) >= 10)
        finally:
            bot.stop()
            await asyncio.wait({making})
            await clock.close()
        making.result()
    print(f"{race.fills} times taken, at the worst {race.widest / CONTRACT}, {bot.doubts}, {dict(bot.desk.refused)}")
    assert LIMIT * 0.9 < race.widest <= LIMIT
