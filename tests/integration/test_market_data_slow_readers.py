"""A hundred readers at 5,000 deltas a second, of whom one never reads and one reads 1 KB a second.

The ninety-eight others must get every change in order; the two must cost no more than their buffers and be cut off.
How long a change takes to the others with and without the two is printed beside the goal (p99 moves by less than a
tenth), and held only to what a machine that is busy with something else keeps as well.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

from market_data.broadcast import TURN_BYTES
from market_data.socket import KERNEL_BUFFER
from tests.log_records import FileKeeper
from tests.market_data_process import ROOT, MarketData
from tests.slow_readers_client import upgraded
from wire.engine_events import MarketCreated, OrderAccepted, OrderCanceled
from wire.enums import BookSide, CancelCause, MarketStatus, SelfTradePrevention, TimeInForce
from wire.event_log import record

QUICK = 98
PER_SECOND = 5_000
TURN = 25
CHANGES = 15_000
"""In each of the two runs."""

BUFFER = 65_536
PATIENCE_SECONDS = 5.0
TICKER = "KXSLOW-26-A"
RSS_BOUND_MB = 50


class Log:
    """The journal of a venue in which one order after the other is placed and canceled."""

    def __init__(self, folder):
        self._keeper = FileKeeper(folder, segment_bytes=1 << 26)
        self._seq = 0
        self.changes = 0

    async def list_market(self):
        event = MarketCreated(
            TICKER, "KXSLOW-26", "KXSLOW", MarketStatus.ACTIVE, 1, 1 << 52, 0, "linear_cent", (), b'{"title":"Slow"}'
        )
        await self._write([(event,)])

    async def run(self, changes):
        """So many changes at the pace, whoever reads them."""
        began, until = time.perf_counter(), self.changes + changes
        first = self.changes
        while self.changes < until:
            await self._write([(self._change(self.changes + number),) for number in range(TURN)])
            self.changes += TURN
            wait = began + (self.changes - first) / PER_SECOND - time.perf_counter()
            await asyncio.sleep(max(0.0, wait))
        return changes / (time.perf_counter() - began)

    async def close(self):
        await self._keeper.close()

    async def _write(self, records):
        now_us = time.time_ns() // 1_000
        batch = []
        for events in records:
            self._seq += 1
            batch.append(record(0, self._seq, now_us, events))
        await self._keeper.write(batch)

    def _change(self, number):
        order_id, price = number // 2 + 1, 100 * (1 + number // 2 % 80)
        if number % 2:
            return OrderCanceled(order_id, 64, TICKER, BookSide.BID, price, 100, 100, CancelCause.MEMBER)
        return OrderAccepted(
            order_id, 64, TICKER, "", BookSide.BID, price, 100, 100, TimeInForce.GOOD_TILL_CANCELED,
            SelfTradePrevention.TAKER_AT_CROSS, False, False, False, 0, 0,
        )  # fmt: skip


class Slow:
    """A socket that takes 1 KB a second, or nothing at all."""

    def __init__(self, port, bytes_per_second):
        self._socket = upgraded(port, receive_buffer=16_384)
        self._socket.setblocking(False)
        self._bytes_per_second = bytes_per_second

    async def run(self):
        loop = asyncio.get_running_loop()
        while self._bytes_per_second:
            with suppress(ConnectionError):
                await loop.sock_recv(self._socket, self._bytes_per_second)
            await asyncio.sleep(1)

    def close(self):
        self._socket.close()


async def quick_readers(port, last):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.slow_readers_client", str(port), str(QUICK), str(last), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"subscribed\n"
    return process


def resident_mb(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096 / 1_048_576


async def drill(server, log, slow=()):
    """One run; the quick readers' report, and the most that was ever waiting in the server."""
    readers = await quick_readers(server.port, log.changes + CHANGES)
    reading = [asyncio.create_task(one.run()) for one in slow]
    running = asyncio.create_task(log.run(CHANGES))
    most_unsent, most_resident = 0, 0.0
    while not running.done():
        most_unsent = max(most_unsent, (await server.get("/stats"))["readers"]["unsent_bytes"])
        most_resident = max(most_resident, resident_mb(server.process.pid))
        await asyncio.wait((running,), timeout=0.2)
    async with asyncio.timeout(150):
        out, _ = await readers.communicate()
    for task in reading:
        task.cancel()
    report = json.loads(out)
    assert report["unfinished"] == 0, report
    assert report["lost"] == 0, report
    return report | {"rate": running.result(), "most_unsent": most_unsent, "most_resident": most_resident}


async def test_two_slow_readers_among_a_hundred_cost_the_others_nothing(tmp_path, capsys):
    log = Log(tmp_path / "journal")
    await log.list_market()
    settings = {"READER_BUFFER_BYTES": str(BUFFER), "READER_PATIENCE_SECONDS": str(PATIENCE_SECONDS)}
    async with MarketData(tmp_path, tmp_path / "journal", **settings) as server:
        alone = await drill(server, log)
        cut_off_before = (await server.get("/stats"))["readers"]["cut_off"]
        slow = [Slow(server.port, 0), Slow(server.port, 1_024)]
        beside = await drill(server, log, slow)
        async with asyncio.timeout(60):
            while (await server.get("/stats"))["readers"]["cut_off"] < cut_off_before + len(slow):
                await asyncio.sleep(0.05)
        stats = await server.get("/stats")
        for one in slow:
            one.close()
    await log.close()
    for report in (alone, beside):
        # A quick reader that the machine kept from reading was told how many changes its snapshot stands for.
        assert sum(report["changes"]) + report["skipped"] == QUICK * CHANGES, report
    # A reader holds its buffer and the turn that went beyond it, and a snapshot; so do quick ones on a busy machine.
    assert max(alone["most_unsent"], beside["most_unsent"]) <= (QUICK + 2) * (BUFFER + 2 * TURN_BYTES)
    assert beside["most_resident"] - alone["most_resident"] < RSS_BOUND_MB
    assert beside["p99_us"] < 10 * alone["p99_us"] + 3_000_000
    moved = beside["p99_us"] / alone["p99_us"] - 1
    with capsys.disabled():
        print(
            f"\n{QUICK} readers, {alone['rate']:,.0f} and {beside['rate']:,.0f} deltas/s, without and with 2 slow: "
            f"p50 {alone['p50_us'] / 1000:.1f} and {beside['p50_us'] / 1000:.1f} ms, "
            f"p99 {alone['p99_us'] / 1000:.1f} and {beside['p99_us'] / 1000:.1f} ms ({moved:+.0%}, goal < +10 %); "
            f"skipped by quick readers {alone['skipped']} and {beside['skipped']}; "
            f"most unsent {alone['most_unsent'] / 1024:,.0f} and {beside['most_unsent'] / 1024:,.0f} KB of at most "
            f"2 x {BUFFER // 1024} KB and a turn each (the system holds {KERNEL_BUFFER // 1024} KB more a socket); "
            f"resident {alone['most_resident']:.0f} and {beside['most_resident']:.0f} MB; "
            f"server's publish to send p99 {stats['latency']['publish_to_send']['p99_us'] / 1000:.1f} ms"
        )
