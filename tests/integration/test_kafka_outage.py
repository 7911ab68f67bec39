"""A venue at 2,000 events a second while its Kafka is away: it does not notice, and nothing is lost or told twice.

The outage lasts a minute where everything must run, and some seconds elsewhere.
"""

import asyncio
import os
import time
from contextlib import aclosing

import pytest

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from exchange.app import Venue, VenueOptions
from exchange.core.commands import Deposit, Withdraw
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from tests.kafka import skip_or_fail
from tests.live import basic_scenario
from wire.accounts import account_of
from wire.units import DOLLAR

RATE = 2_000
AWAY_SECONDS = 60 if os.environ.get("CI") == "true" else 5
DEADLINE_SECONDS = 120
BEAT = 0.05


class Load:
    """`RATE` commands a second, one event each, with the time each beat took to be answered."""

    def __init__(self, venue):
        self.answers = []
        self._venue = venue
        self.task = asyncio.create_task(self._run())

    async def _run(self):
        account = account_of(1, 0)
        batch = [Deposit(account, DOLLAR), Withdraw(account, DOLLAR)] * int(RATE * BEAT / 2)
        due = time.perf_counter()
        while True:
            begun = time.perf_counter()
            await self._venue.sequencer.submit_all(batch)
            self.answers.append(time.perf_counter() - begun)
            due += BEAT
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    def percentile(self, share):
        return sorted(self.answers)[int(share * (len(self.answers) - 1))]


async def until(condition, seconds):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def broker(tmp_path):
    broker = KafkaBroker(tmp_path / "kafka")
    try:
        broker.start()
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    yield broker
    broker.stop()


@pytest.fixture
async def venue(tmp_path, broker):
    venue = Venue(VenueOptions(tmp_path / "state", port=0, kafka=broker.bootstrap))
    await venue.start(basic_scenario())
    yield venue
    venue.http._socket.close()
    await venue.stop()


@pytest.mark.slow
async def test_an_outage_of_kafka_costs_nothing_but_lag(venue, broker):
    journal = JournalTail(venue.options.state / "journal")
    publisher = venue.publishing.publisher
    load = Load(venue)
    await until(lambda: publisher.published_seq > RATE, DEADLINE_SECONDS)
    before, load.answers = load.percentile(0.99), []

    await asyncio.to_thread(broker.kill)
    await asyncio.sleep(AWAY_SECONDS)  # the outage itself, not a wait for something
    during = load.percentile(0.99)
    lag = await publisher.lag()
    assert lag > RATE
    assert publisher.outages or AWAY_SECONDS < 10

    await asyncio.to_thread(broker.start)
    back = time.perf_counter()
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await publisher.lag() > RATE * BEAT * 4:
            await asyncio.sleep(0.02)
    gone = time.perf_counter() - back
    load.task.cancel()
    await asyncio.wait((load.task,))
    await venue.sequencer.drain()
    end = venue.views.seq
    await until(lambda: publisher.published_seq == end, DEADLINE_SECONDS)

    published = [entry async for batch in KafkaLog(broker.bootstrap).read(0, follow=False) for entry in batch]
    async with aclosing(journal.read(0, follow=False)) as batches:
        journaled = [entry async for batch in batches for entry in batch]
    assert [entry.seq for entry in published] == list(range(1, end + 1))
    assert published == journaled
    print(
        f"away {AWAY_SECONDS} s: lag {lag:,} records, gone {gone:.1f} s after the broker was back; {end:,} records "
        f"once and in order; a beat of {int(RATE * BEAT)} commands is answered within {1_000 * before:.1f} ms (p99) "
        f"before, {1_000 * during:.1f} ms during"
    )
