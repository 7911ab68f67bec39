"""`mock-kalshi up` with everything beside the venue: a Kafka of its own, the rebuilder, and what if they die."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import httpx
import pytest

from eventlog.kafka import KafkaLog
from sandbox.kafka_broker import BrokerUnavailable, jars
from sandbox.state_dir import StateDir
from tests.integration.test_cli import ENVIRONMENT, ORDER
from tests.kafka import skip_or_fail

SECONDS = 120


class Cli:
    """The command with the same folder, and readers on free ports."""

    def __init__(self, state, **settings):
        self.state = state
        self.environment = ENVIRONMENT | {"LOG_FORMAT": "json"} | settings

    def __call__(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "sandbox.cli", *arguments, "--state", str(self.state)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=self.environment,
        )

    def up(self, *arguments):
        result = self("up", "--port", "0", "--no-fix", "--detach", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def status(self):
        return json.loads(self("status", "-o", "json").stdout)

    def place(self, count):
        for _ in range(count):
            result = self("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
            assert result.returncode == 0, result.stderr

    def said(self, event, **about):
        """What the venue logged under this name, about something."""
        lines = [line for line in (self.state / "venue.log").read_text().splitlines() if line.startswith('{"')]
        about["event"] = event
        return [entry for entry in map(json.loads, lines) if about.items() <= entry.items()]


def until(condition):
    """The first true answer."""
    deadline = time.monotonic() + SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
    return answer


def verdict(url):
    """What the rebuilder says of itself, None when it says nothing."""
    try:
        answer = httpx.get(url + "/verify", timeout=30)
    except httpx.TransportError:
        return None
    return answer.json() if answer.status_code in (200, 409) else None


def listens(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.fixture
def cli(tmp_path):
    command = Cli(tmp_path / "venue", REBUILDER_CHECKPOINT_EVERY="50")
    yield command
    command("down")


async def seqs_in(bootstrap):
    return [entry.seq async for batch in KafkaLog(bootstrap).read(0, follow=False) for entry in batch]


def test_orders_reach_kafka_and_a_rebuilder_that_reads_it_and_a_killed_venue_leaves_nothing_behind(cli):
    try:
        jars()
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    if shutil.which("java") is None:
        skip_or_fail("no Kafka: no java")
    cli.up("--kafka", "local")
    cli.place(2)
    facts = cli.status()
    kafka, rebuilder = facts["KAFKA_BOOTSTRAP_SERVERS"], facts["MOCK_KALSHI_REBUILDER_URL"]
    root = facts["KALSHI_API_BASE_URL"].removesuffix("/trade-api/v2")
    seq = httpx.get(root + "/sandbox/state").json()["seq"]
    until(lambda: httpx.get(root + "/health").json()["publisher"]["published_seq"] >= seq)
    published = asyncio.run(seqs_in(kafka))
    assert published == list(range(1, len(published) + 1))
    assert len(published) >= seq
    found = until(lambda: verdict(rebuilder))
    assert (found["equal"], found["seq"] >= seq) == (True, True)

    os.kill(facts["pid"], signal.SIGKILL)
    until(lambda: not StateDir(cli.state).is_locked())
    until(lambda: not listens(kafka))
    until(lambda: not listens(urlsplit(rebuilder).netloc))

    cli.up("--kafka", "local")
    rebuilder = cli.status()["MOCK_KALSHI_REBUILDER_URL"]
    assert until(lambda: verdict(rebuilder))["equal"]
    assert cli("down").returncode == 0
    assert cli("reset", "--yes").returncode == 0
    assert not (cli.state / "kafka").exists()


def test_a_killed_rebuilder_is_started_again_and_goes_on_from_its_checkpoint(cli):
    cli.up()
    url = cli.status()["MOCK_KALSHI_REBUILDER_URL"]
    assert until(lambda: verdict(url))["equal"]
    (first,) = until(lambda: cli.said("reader_answers", name="rebuilder"))
    until(lambda: any(path.is_file() for path in (cli.state / "rebuilder").rglob("*")))
    cli.place(1)
    os.kill(first["pid"], signal.SIGKILL)
    until(lambda: len(cli.said("reader_answers", name="rebuilder")) == 2)
    assert until(lambda: verdict(url))["equal"]
    assert cli.said("reader_died")[0]["code"] == -signal.SIGKILL
    starts = [json.loads(line) for line in (cli.state / "logs" / "rebuilder.log").read_text().splitlines()]
    begun_at = [line["seq"] for line in starts if line["event"] == "shard_begins"]
    assert begun_at[0] == 0
    assert begun_at[1] >= 50
    assert cli("down").returncode == 0
    assert not listens(urlsplit(url).netloc)


def test_a_rebuilder_that_cannot_start_is_said_and_harms_nobody(tmp_path):
    cli = Cli(tmp_path / "venue", REBUILDER_SHARDS="none")
    try:
        cli.up()
        died = until(lambda: cli.said("reader_died"))[0]
        assert (died["name"], died["code"]) == ("rebuilder", 1)
        assert "REBUILDER_SHARDS" in (cli.state / "logs" / "rebuilder.log").read_text()
        cli.place(1)
        assert cli.status()["readers"]["rebuilder"]["answers"] is False
        assert "logs/rebuilder.log" in cli("status").stderr
    finally:
        cli("down")


def test_a_taken_port_of_a_reader_is_said_before_anything_starts(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = cli("up", "--port", "0", "--rebuilder-port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "--rebuilder-port 0" in result.stderr
    assert not cli.state.exists()


def test_without_readers_there_are_none(cli):
    cli.up("--no-readers")
    facts = cli.status()
    assert facts["readers"] == {}
    assert "MOCK_KALSHI_REBUILDER_URL" not in facts


def test_a_log_that_is_not_kept_cannot_be_published(cli):
    result = cli("up", "--durability", "none", "--kafka", "127.0.0.1:1")
    assert result.returncode == 2
    assert "--kafka" in result.stderr


def test_the_crowd_trades_and_is_stopped_and_started_through_the_venue(cli):
    cli.up()
    venue = cli.status()["KALSHI_API_BASE_URL"].removesuffix("/trade-api/v2")
    assert until(lambda: httpx.get(f"{venue}/trade-api/v2/markets/trades").json()["trades"])

    def running():
        return [each["running"] for each in httpx.get(f"{venue}/sandbox/agents").json()["agents"]]

    assert running() == [True]
    assert httpx.post(f"{venue}/sandbox/agents/market-maker/stop", timeout=60).is_success
    assert running() == [False]
    resting = httpx.get(f"{venue}/sandbox/state").json()["seq"]
    assert httpx.post(f"{venue}/sandbox/agents/market-maker/start").is_success
    assert until(lambda: httpx.get(f"{venue}/sandbox/state").json()["seq"] > resting + 20)
    assert httpx.post(f"{venue}/sandbox/agents/nobody/stop").status_code == 404
