"""The rebuilder as a process beside a venue: from the journal's files and from a real Kafka, killed in between."""

import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import websockets

from exchange.adapters.clock import VenueClock
from exchange.app import Venue, VenueOptions
from exchange.ports import ClockMode, ClockSetting
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from tests.kafka import skip_or_fail
from tests.random_commands import START_US, RandomCommands

ROOT = Path(__file__).resolve().parents[2]


class BusyVenue:
    """A venue under random commands, its journal marked for other processes, its books to be asked for over HTTP."""

    def __init__(self, folder, seed, kafka=""):
        self.clock = VenueClock(ClockSetting(ClockMode.FROZEN, START_US))
        self.venue = Venue(VenueOptions(folder, port=0, kafka=kafka), self.clock)
        self.stream = RandomCommands(seed, markets=10, accounts=24)
        self.url = ""

    @asynccontextmanager
    async def running(self):
        await self.venue.start()
        serving = asyncio.create_task(self.venue.serve())
        self.url = f"http://127.0.0.1:{self.venue.port}"
        await self.venue.sequencer.submit_all(list(self.stream.setup()))
        try:
            yield self
        finally:
            await self.venue.stop()
            await serving

    @property
    def seq(self):
        return self.venue.views.seq

    async def trade(self, commands):
        for _ in range(commands // 20):
            self.clock.advance(20_000)
            batch = [self.stream.next_command(self.clock.now_us()) for _ in range(20)]
            for receipt in await self.venue.sequencer.submit_all(batch):
                self.stream.learn(receipt.events)


class Rebuilder:
    """`python -m rebuilder` with these settings in its environment."""

    def __init__(self, folder, venue, **settings):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = (
            os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "REBUILDER_PORT": str(self.port),
                "REBUILDER_JOURNAL": str(venue.venue.options.state / "journal"),
                "REBUILDER_CHECKPOINTS": str(folder / "checkpoints"),
                "REBUILDER_CHECKPOINT_EVERY": "500",
                "REBUILDER_VENUE_URL": venue.url,
            }
            | settings
        )
        self.http = httpx.AsyncClient(base_url=self.url, timeout=60)

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "rebuilder", env=self.environment, stdout=asyncio.subprocess.DEVNULL
        )

    async def kill(self):
        self.process.kill()
        await self.process.wait()

    async def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert await self.process.wait() in (0, -signal.SIGTERM)
        await self.http.aclose()

    async def get(self, path):
        return (await self.http.get(path)).json()

    async def reached(self, seq):
        async with asyncio.timeout(60):
            while True:
                try:
                    shard = (await self.get("/stats"))["shards"][0]
                    assert shard["status"] != "halted", shard
                    if shard["seq"] >= seq:
                        return shard
                except httpx.ConnectError:
                    pass
                await asyncio.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
async def busy(tmp_path):
    async with BusyVenue(tmp_path / "state", seed=17).running() as venue:
        yield venue


@pytest.fixture
async def kafka(tmp_path):
    broker = KafkaBroker(tmp_path / "kafka")
    try:
        await asyncio.to_thread(broker.start)
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    yield broker
    await asyncio.to_thread(broker.stop)


async def check_kills(busy, rebuilder, kills):
    """Trade on while the rebuilder is killed again and again; it is right each time."""
    pick = random.Random(3)
    await rebuilder.start()
    for _ in range(kills):
        await busy.trade(1_000)
        await rebuilder.reached(pick.randrange(1, busy.seq))
        await rebuilder.kill()
        await busy.trade(500)
        await rebuilder.start()
        await rebuilder.reached(busy.seq)
        verdict = await rebuilder.get("/verify")
        assert verdict["equal"], verdict
        assert (verdict["seq"], verdict["orders_resting"] > 0) == (busy.seq, True)


async def test_from_the_journals_files_it_is_right_however_often_it_is_killed(busy, tmp_path):
    rebuilder = Rebuilder(tmp_path, busy)
    await check_kills(busy, rebuilder, kills=4)
    assert (await rebuilder.get("/health/ready"))["status"] == "ok"
    await rebuilder.stop()


async def test_from_kafka_it_is_right_however_often_it_or_the_broker_is_killed(kafka, tmp_path):
    async with BusyVenue(tmp_path / "state", seed=17, kafka=kafka.bootstrap).running() as busy:
        publisher = busy.venue.publishing.publisher
        rebuilder = Rebuilder(tmp_path, busy, KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap)
        await check_kills(busy, rebuilder, kills=2)
        await asyncio.to_thread(kafka.kill)
        await busy.trade(2_000)
        assert await publisher.lag() >= 2_000
        await asyncio.to_thread(kafka.start)
        back = time.perf_counter()
        await rebuilder.reached(busy.seq)
        print(f"level {time.perf_counter() - back:.1f} s after the broker was back")
        verdict = await rebuilder.get("/verify")
        assert verdict["equal"], verdict
        async with asyncio.timeout(60):
            while await publisher.lag():
                await asyncio.sleep(0.02)
        await rebuilder.stop()


async def test_sent_back_to_random_seqs_it_is_right_again(busy, tmp_path):
    rebuilder = Rebuilder(tmp_path, busy)
    await rebuilder.start()
    await busy.trade(2_000)
    await rebuilder.reached(busy.seq)
    before = await rebuilder.get("/verify")
    pick = random.Random(5)
    for sent in range(1, 6):
        answer = await rebuilder.http.post("/rewind", params={"to_seq": pick.randrange(busy.seq)})
        assert answer.status_code == 202
        shard = await rebuilder.reached(busy.seq)
        assert shard["rewinds"] == sent
        after = await rebuilder.get("/verify")
        assert (after["equal"], after["rebuilt_hash"]) == (True, before["rebuilt_hash"])
    await rebuilder.stop()


async def test_a_reader_on_the_socket_sees_the_books_move(busy, tmp_path):
    rebuilder = Rebuilder(tmp_path, busy)
    await rebuilder.start()
    await busy.trade(400)
    await rebuilder.reached(busy.seq)
    socket_url = f"ws://127.0.0.1:{rebuilder.port}/ws"
    async with (
        websockets.connect(f"{socket_url}?mode=all", close_timeout=0.1) as everything,
        websockets.connect(f"{socket_url}?mode=top", close_timeout=0.1) as tops,
    ):
        first = json.loads(await everything.recv())
        assert (first["type"], first["book"]["as_of_seq"]) == ("snapshot", busy.seq)
        assert json.loads(await tops.recv())["type"] == "top"
        before = busy.seq
        await busy.trade(400)
        for reader, kind in ((everything, "change"), (tops, "top")):
            async with asyncio.timeout(20):
                while True:
                    message = json.loads(await reader.recv())
                    if message["type"] == kind and message["seq"] > before:
                        break
    await rebuilder.stop()


async def test_help_lists_the_settings_and_starts_nothing():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rebuilder",
        "--help",
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    for line in (b"REBUILDER_PORT=8085", b"REBUILDER_KAFKA_BOOTSTRAP_SERVERS or KAFKA_BOOTSTRAP_SERVERS="):
        assert line in said


async def test_a_wrong_setting_is_a_clear_error_at_the_start(tmp_path):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "rebuilder",
        env=os.environ | {"PYTHONPATH": str(ROOT), "REBUILDER_PORT": "eight thousand"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 1
    assert b"a setting is wrong" in errors
    assert b"REBUILDER_PORT" in errors or b"port" in errors
    assert b"Traceback" not in errors
