"""The house's orders of markets that open later, against a real engine with a hand-made loop of turns."""

import asyncio

import pytest

from exchange.core.commands import AdvanceTime, CreateOrder, Pause, Resume
from exchange.core.engine import Engine
from exchange.ports import Unavailable
from sandbox.house import House
from sandbox.scenario import DEMO, commands, load, opening_orders
from wire.engine_events import OrderAccepted
from wire.enums import MarketStatus, PauseScope
from wire.event_log import record

NOW_US = 1_800_000_000_000_000
MINUTE_US = 60_000_000
TICKER = "KXCOIN5M-DEMO2-10"


class Venue:
    """The demo at its first start, with whoever listens."""

    def __init__(self):
        self.engine = Engine()
        self.seq = 0
        self.now_us = NOW_US
        self.readers = []
        for command in commands(load(DEMO), NOW_US):
            self.apply(command)

    def apply(self, command):
        self.seq += 1
        events = self.engine.apply(command, self.seq, self.now_us)
        for reader in self.readers:
            reader.fold([record(0, self.seq, self.now_us, events)])
            reader.flush()
        return record(0, self.seq, self.now_us, events)

    async def submit_all(self, sent):
        return [self.apply(command) for command in sent]

    def at(self, minutes):
        self.now_us = NOW_US + minutes * MINUTE_US
        self.apply(AdvanceTime())

    def is_open(self, ticker):
        return self.engine.state.markets[ticker].status is MarketStatus.ACTIVE

    def orders(self):
        return list(self.engine.state.markets[TICKER].book.orders())


def house_of(venue):
    house = House(opening_orders(load(DEMO), NOW_US), venue.submit_all)
    venue.readers = [house]
    house.begin(venue.is_open)
    return house


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def venue():
    return Venue()


async def test_market_gets_its_orders_when_it_opens_and_not_before(venue):
    house = house_of(venue)
    await settled()
    assert venue.orders() == []
    venue.at(5)
    await settled()
    assert len(venue.orders()) == 20
    await house.close()


async def test_restart_does_not_place_them_twice(venue):
    await house_of(venue).close()
    house_of(venue)
    venue.at(5)
    await settled()
    before = venue.orders()
    house = house_of(venue)
    await settled()
    assert venue.orders() == before
    await house.close()


async def test_start_after_the_opening_places_what_is_missing(venue):
    venue.at(6)
    await house_of(venue).close()
    assert len(venue.orders()) == 20


async def test_orders_kept_out_by_a_pause_come_when_it_ends(venue):
    house = house_of(venue)
    venue.apply(Pause(PauseScope.TRADING, 0))
    venue.at(5)
    await settled()
    assert venue.orders() == []
    venue.apply(Resume(PauseScope.TRADING))
    await settled()
    assert len(venue.orders()) == 20
    await house.close()


async def test_venue_that_takes_no_commands_ends_no_task_in_an_error(venue):
    async def refuse(sent):
        raise Unavailable("shutting down")

    house = House(opening_orders(load(DEMO), NOW_US), refuse)
    venue.readers = [house]
    venue.at(5)
    await settled()
    await house.close()


def test_orders_are_the_same_each_time_they_are_asked_for():
    first, second = (opening_orders(load(DEMO), NOW_US, seed=7) for _ in range(2))
    assert first == second
    assert all(type(order) is CreateOrder and order.client_order_id for orders in first.values() for order in orders)


async def test_receipts_are_orders_at_the_scenarios_prices(venue):
    (orders,) = opening_orders(load(DEMO), NOW_US).values()
    venue.at(5)
    accepted = [event for order in orders for event in venue.apply(order).events if isinstance(event, OrderAccepted)]
    assert max(event.price for event in accepted if event.side == "bid") == 4_470
    assert min(event.price for event in accepted if event.side == "ask") == 4_550
