"""History's database killed, slowed and unreachable under load: trading goes on, no row is lost or doubled.

MOCK_KALSHI_OUTAGE_SECONDS makes the outages longer (10 without it).
"""

import asyncio
import itertools
import os
import signal
import time
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from sqlalchemy import text

from exchange.adapters.history import Database
from exchange.adapters.journal import FileJournal
from tests.live import TICKER
from tests.postgres import own_postgres
from tests.venue_process import venue_process
from wire.engine_events import BalanceChanged, OrderCanceled, PositionSettled, Trade

__all__ = ["own_postgres"]

OUTAGE_SECONDS = float(os.environ.get("MOCK_KALSHI_OUTAGE_SECONDS", "10"))
QUIET_SECONDS = min(OUTAGE_SECONDS / 3, 10)
DELAY_SECONDS = 0.2
FOREVER = 90


class Flow:
    """Two members trade with one another until stopped. `took` is how long each order took, by the phase it fell in."""

    def __init__(self, venue):
        self.phase = "before"
        self.took = {}
        self.placed = 0
        self._venue = venue
        self._task = asyncio.create_task(self._trade())

    async def _trade(self):
        async with self._venue.client(1) as maker, self._venue.client(2) as taker:
            for number in itertools.count():
                # Every second trade undoes the one before, so that nobody runs out of money.
                price = f"0.{10 + number // 2 % 80:02d}00"
                first, second = (maker, taker) if number % 2 else (taker, maker)
                for client, side in ((first, "bid"), (second, "ask")):
                    await self._place(client, side, price)

    async def _place(self, client, side, price):
        body = {
            "ticker": TICKER,
            "side": side,
            "price": price,
            "count": "1.00",
            "time_in_force": "good_till_canceled" if side == "bid" else "immediate_or_cancel",
            "self_trade_prevention_type": "taker_at_cross",
        }
        while True:
            begun, phase = time.perf_counter(), self.phase
            answer = await client.post("/portfolio/events/orders", json=body)
            if answer.status_code != 429:
                break
            await asyncio.sleep(0.05)
        assert answer.status_code == 201, answer.text
        self.took.setdefault(phase, []).append(time.perf_counter() - begun)
        self.placed += 1

    async def stop(self):
        self._task.cancel()
        (result,) = await asyncio.gather(self._task, return_exceptions=True)
        if not isinstance(result, asyncio.CancelledError | httpx.HTTPError):
            raise result

    def check(self):
        """Raises what ended it."""
        if self._task.done():
            self._task.result()

    def p99_ms(self, phase):
        took = sorted(self.took.get(phase, [0.0]))
        return took[int(len(took) * 0.99)] * 1_000

    def figures(self):
        return ", ".join(
            f"{phase}: {len(self.took[phase])} orders, p99 {self.p99_ms(phase):.1f} ms" for phase in self.took
        )


async def history(venue):
    async with httpx.AsyncClient(timeout=20) as client:
        return (await client.get(f"{venue.root}/health")).json()["history"]


async def until(condition, venue):
    async with asyncio.timeout(FOREVER):
        while not condition(now := await history(venue)):
            await asyncio.sleep(0.1)
    return now


def in_log(state):
    """How many rows each table must have, by the journal; and the ids of the orders that ended."""
    counts, ended = {"trades": 0, "settlements": 0, "ledger": 0}, set()
    names = {Trade: "trades", PositionSettled: "settlements", BalanceChanged: "ledger"}
    for entry in FileJournal(state / "journal").read(0):
        for event in entry.events:
            if type(event) in names:
                counts[names[type(event)]] += 1
            if isinstance(event, OrderCanceled):
                ended.add(event.order_id)
            elif isinstance(event, Trade):
                sides = ((event.maker_order_id, event.maker_remaining), (event.taker_order_id, event.taker_remaining))
                ended |= {order_id for order_id, remaining in sides if not remaining}
    return counts | {"orders": len(ended)}


async def in_database(url):
    engine = Database(url).open()
    async with engine.connect() as connection:
        counts = {
            table: await connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("trades", "settlements", "ledger", "orders")
        }
    await engine.dispose()
    return counts


async def phase(flow, name, seconds):
    """Let orders flow for so long, and see that they do."""
    flow.phase, before = name, flow.placed
    await asyncio.sleep(seconds)  # the outage itself, not a wait for something
    async with asyncio.timeout(FOREVER):
        while flow.placed == before:
            flow.check()
            await asyncio.sleep(0.05)


class SlowProxy:
    """Passes bytes on to a port, each way so late."""

    def __init__(self, port):
        self.delay = 0.0
        self.port = 0
        self._target = port
        self._writers = []

    async def start(self):
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self):
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _accept(self, reader, writer):
        with suppress(OSError):
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers += [writer, there_writer]
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    async def _pass(self, reader, writer):
        with suppress(OSError):
            while data := await reader.read(65_536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def proxied(server):
    proxy = SlowProxy(server.port)
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.mark.parametrize("limit", [200_000, 50], ids=["rows wait in memory", "rows are read again from the journal"])
async def test_a_database_killed_under_load_is_whole_again_and_nobody_waited(tmp_path, own_postgres, limit):
    async with venue_process(tmp_path, history=own_postgres.url, history_limit=limit) as venue:
        flow = Flow(venue)
        await phase(flow, "before", QUIET_SECONDS)
        await asyncio.to_thread(own_postgres.kill)
        await phase(flow, "killed", OUTAGE_SECONDS)
        away = await until(lambda now: now["trouble"], venue)
        assert away["lag"] > 0
        assert (await venue.health("ready")) == 200
        await asyncio.to_thread(own_postgres.start)
        back = time.perf_counter()
        await phase(flow, "back", QUIET_SECONDS)
        await flow.stop()
        await until(lambda now: not now["lag"] and not now["behind"], venue)
        print(f"{flow.figures()}; caught up {time.perf_counter() - back:.1f} s after it was back")
        assert await venue.end(signal.SIGTERM) == 0
    assert await in_database(own_postgres.url) == in_log(tmp_path)


async def test_a_slow_database_slows_no_order_and_a_killed_venue_doubles_no_row(tmp_path, own_postgres):
    async with proxied(own_postgres) as proxy:
        url = own_postgres.url.replace(str(own_postgres.port), str(proxy.port))
        async with venue_process(tmp_path, history=url) as venue:
            flow = Flow(venue)
            await phase(flow, "before", QUIET_SECONDS)
            proxy.delay = DELAY_SECONDS
            await phase(flow, "slow", OUTAGE_SECONDS / 2)
            # In the middle of whatever it was writing.
            await venue.end(signal.SIGKILL)
            await flow.stop()
            print(flow.figures())
        async with venue_process(tmp_path, history=url) as venue:
            flow = Flow(venue)
            await phase(flow, "slow again", QUIET_SECONDS)
            await flow.stop()
            await until(lambda now: not now["lag"], venue)
            assert await venue.end(signal.SIGTERM) == 0
    assert await in_database(own_postgres.url) == in_log(tmp_path)


async def test_a_venue_starts_without_its_database_and_history_catches_up(tmp_path, own_postgres):
    await asyncio.to_thread(own_postgres.kill)
    async with venue_process(tmp_path, snapshot_every=50, history=own_postgres.url) as venue:
        assert "history_unavailable" in (tmp_path / "output.log").read_text()
        assert (await history(venue))["trouble"]
        flow = Flow(venue)
        await phase(flow, "without", QUIET_SECONDS)
        await flow.stop()
        await venue.end(signal.SIGKILL)
    async with venue_process(tmp_path, history=own_postgres.url) as venue:
        await asyncio.to_thread(own_postgres.start)
        now = await until(lambda now: not now["lag"] and not now["behind"], venue)
        assert not now["trouble"]
        assert await venue.end(signal.SIGTERM) == 0
    assert await in_database(own_postgres.url) == in_log(tmp_path)
