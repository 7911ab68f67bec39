"""The outbox between the journal and the published log."""

import asyncio

import pytest

from eventlog.memory import MemoryLog
from exchange.publisher import LogsDiffer, Publisher
from tests.log_records import entries
from wire.engine_events import BalanceChanged
from wire.enums import BalanceCause
from wire.event_log import LogUnavailable, record


class FlakyLog(MemoryLog):
    """Takes what it is given and fails in between, before or after having stored it."""

    def __init__(self, fail_before=(), fail_after=()):
        super().__init__()
        self.calls = 0
        self.fail_before = fail_before
        self.fail_after = fail_after

    async def append(self, batch):
        self.calls += 1
        if self.calls in self.fail_before:
            raise LogUnavailable("away")
        last = await super().append(batch)
        if self.calls in self.fail_after:
            raise LogUnavailable("the answer was lost")
        return last


@pytest.fixture
async def journal():
    log = MemoryLog(batch=7)
    await log.append(entries(1, 100))
    return log


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("exchange.publisher.RETRY_SECONDS", 0.0)
    monkeypatch.setattr("exchange.publisher.LONGEST_RETRY_SECONDS", 0.0)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def everything(log):
    return [shared async for batch in log.read(0, follow=False) for shared in batch]


async def published(publisher, seq):
    running = asyncio.create_task(publisher.run())
    await until(lambda: publisher.published_seq >= seq or running.done())
    running.cancel()
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def test_everything_in_the_journal_is_published_in_order(journal):
    target = MemoryLog()
    await published(Publisher(journal, target), 100)
    assert await everything(target) == entries(1, 100)


async def test_what_is_published_already_is_not_published_again(journal):
    target = FlakyLog()
    await target.append(entries(1, 98))
    await published(Publisher(journal, target), 100)
    assert target.calls == 2
    assert await everything(target) == entries(1, 100)


@pytest.mark.parametrize("failure", [{"fail_before": (3, 4, 9)}, {"fail_after": (3, 4, 9)}])
async def test_an_outage_costs_nothing_but_lag(journal, failure):
    target = FlakyLog(**failure)
    publisher = Publisher(journal, target)
    await published(publisher, 100)
    assert await everything(target) == entries(1, 100)
    assert publisher.outages


async def test_lag_is_what_the_journal_has_and_the_log_has_not(journal):
    publisher = Publisher(journal, MemoryLog())
    assert await publisher.lag() == 100
    await published(publisher, 100)
    assert await publisher.lag() == 0
    await journal.append(entries(101, 103))
    assert await publisher.lag() == 3


async def test_it_goes_on_with_what_the_journal_gets_later(journal):
    target = MemoryLog()
    publisher = Publisher(journal, target)
    running = asyncio.create_task(publisher.run())
    await until(lambda: publisher.published_seq == 100)
    await journal.append(entries(101, 120))
    await until(lambda: publisher.published_seq == 120)
    running.cancel()
    assert await everything(target) == entries(1, 120)


async def test_a_published_log_that_is_ahead_of_the_journal_stops_it(journal):
    target = MemoryLog()
    await target.append(entries(1, 101))
    with pytest.raises(LogsDiffer, match="ends at seq 101, the journal at 100"):
        await Publisher(journal, target).run()


async def test_a_published_log_of_another_venue_stops_it(journal):
    target = MemoryLog()
    await target.append([*entries(1, 49), record(0, 50, 1, (BalanceChanged(64, BalanceCause.DEPOSIT, 1, 1),))])
    publisher = Publisher(journal, target)
    with pytest.raises(LogsDiffer, match="seq 50"):
        await publisher.run()
    assert "seq 50" in publisher.trouble
