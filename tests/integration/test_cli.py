"""The `mock-kalshi` command, as a person types it: real processes, loopback, a folder of its own each."""

import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox.scenario import DEMO, load
from sandbox.state_dir import StateDir

PEMS = sorted(f"{account.name}.pem" for account in load(DEMO).accounts for _ in range(account.keys))
"""A key for each account of the demo, and no second one."""

ORDER = {
    "ticker": "KXHIGHMOCK-DEMO-T62",
    "side": "bid",
    "price": "0.0500",
    "count": "3.00",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}


# What a developer or a test run has set for itself is not for the venues of these tests.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in ("MOCK_KALSHI_STATE", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL")
}


class Cli:
    """The command, always with the same folder."""

    def __init__(self, state):
        self.state = state

    def __call__(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "sandbox.cli", *arguments, "--state", str(self.state)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=ENVIRONMENT,
        )

    def up(self, *arguments):
        result = self("up", "--port", "0", "--no-readers", "--detach", *arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def json(self, *arguments):
        result = self(*arguments)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout)

    def pid(self):
        return StateDir(self.state).run_info().pid


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def cli(tmp_path):
    command = Cli(tmp_path / "venue")
    yield command
    command("down")


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    """A running venue that several tests look at; none of them stops it."""
    command = Cli(tmp_path_factory.mktemp("shared") / "venue")
    command.said = command.up()
    yield command
    command("down")


def test_up_prints_where_it_is_and_how_every_client_reaches_it(venue):
    said = venue.said
    base = venue.json("status", "-o", "json")["KALSHI_API_BASE_URL"]
    assert "not Kalshi" in said
    assert base in said
    for client in ("curl", "kalshi-sdk", "pykalshi", "kalshi-python-sync"):
        assert client in said
    assert str(venue.state / "keys" / "alice.pem") in said


def test_status_env_points_an_unsigned_client_at_the_venue(venue):
    values = dict(line.split("=", 1) for line in venue("status", "-o", "env").stdout.splitlines())
    assert httpx.get(values["KALSHI_API_BASE_URL"] + "/exchange/status").json()["exchange_active"] is True


def test_curl_signs_places_an_order_and_shows_the_signed_string(venue):
    result = venue("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER), "-v")
    assert json.loads(result.stdout)["remaining_count"] == "3.00"
    assert "POST/trade-api/v2/portfolio/events/orders" in result.stderr


def test_curl_ends_with_1_when_the_answer_is_an_error(venue):
    result = venue("curl", "GET", "/portfolio/orders/unknown")
    assert result.returncode == 1
    assert json.loads(result.stdout)["error"]["code"] == "not_found"


def test_curl_reads_the_sandbox_unsigned(venue):
    result = venue("curl", "GET", "/sandbox/state", "-v")
    assert json.loads(result.stdout)["invariants_broken"] == []
    assert "signing" not in result.stderr


def test_curl_signs_with_the_next_key_when_the_first_is_gone(cli):
    cli.up()
    first = StateDir(cli.state).key_of(None).key_id
    (second,) = cli.json("keys", "new", "-o", "json")
    deleted = cli("curl", "DELETE", f"/api_keys/{first}", "--key", second["key_id"])
    assert deleted.stdout.strip() == "204 No Content"
    result = cli("curl", "GET", "/portfolio/balance")
    assert result.returncode == 0
    assert second["key_id"] in result.stderr


def test_options_of_a_tape_are_refused_without_one(cli):
    for option, value in (("--speed", "2"), ("--queue", "optimistic"), ("--metadata", "x.json")):
        result = cli("up", option, value)
        assert result.returncode == 2
        assert option in result.stderr


def test_unknown_scope_is_refused_with_the_known_ones(venue):
    result = venue("keys", "new", "--scope", "all")
    assert result.returncode == 2
    assert "write::trade" in result.stderr


def test_second_account_signs_with_its_own_key(venue):
    venue.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    assert venue.json("curl", "GET", "/portfolio/orders", "--account", "bob")["orders"] == []


def test_keys_new_makes_a_key_that_works(venue):
    (made,) = venue.json("keys", "new", "--account", "bob", "--type", "ed25519", "-o", "json")
    listed = venue.json("curl", "GET", "/api_keys", "--account", "bob")["api_keys"]
    assert made["key_id"] in [key["api_key_id"] for key in listed]
    assert Path(made["pem"]).read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_orders_and_keys_survive_down_and_up(cli):
    cli.up()
    placed = cli.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    assert cli("down").returncode == 0
    said = cli.up()
    assert "recovered" in said
    found = cli.json("curl", "GET", f"/portfolio/orders/{placed['order_id']}")
    assert found["order"]["status"] == "resting"


def test_orders_survive_kill_9(cli):
    cli.up()
    placed = cli.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    os.kill(cli.pid(), signal.SIGKILL)
    until(lambda: not StateDir(cli.state).is_locked())
    assert cli("status").returncode == 1
    cli.up()
    found = cli.json("curl", "GET", f"/portfolio/orders/{placed['order_id']}")
    assert found["order"]["remaining_count_fp"] == "3.00"


def test_verify_agrees_with_the_running_and_with_the_stopped_venue(cli):
    cli.up()
    cli.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    running = cli.json("verify", "-o", "json")
    cli("down")
    stopped = cli.json("verify", "-o", "json")
    assert running["equal"] == ["the running venue"]
    assert stopped["equal"] == [f"the snapshot at seq {stopped['seq']:,}"]
    assert running["state_hash"] == stopped["state_hash"]
    assert running["invariants_broken"] == stopped["invariants_broken"] == []


def test_verify_says_when_the_journal_is_damaged(cli):
    cli.up("--durability", "os")
    cli("down")
    (segment,) = (cli.state / "journal").glob("*.log")
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 0xFF
    segment.write_bytes(data)
    assert cli("verify").returncode == 1


DIES = """
import os, signal
from {module} import {name} as place
from sandbox.cli import main

whole = place.{method}

def die(*arguments):
    {before}
    os.kill(os.getpid(), signal.SIGKILL)

place.{method} = die
main()
"""


@pytest.mark.parametrize(
    ("module", "name", "method", "before"),
    [
        ("sandbox.state_dir", "StateDir", "add_key", "whole(*arguments)"),
        ("sandbox.venue", "RunningVenue", "build", "pass"),
        ("sandbox.state_dir", "StateDir", "complete", "pass"),
    ],
    ids=["after the first key", "between keys and scenario", "between journal and the end of the first start"],
)
def test_first_start_killed_before_it_was_whole_begins_again(cli, module, name, method, before):
    code = DIES.format(module=module, name=name, method=method, before=before)
    died = subprocess.run(
        [sys.executable, "-c", code, "up", "--port", "0", "--no-readers", "--state", str(cli.state)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL
    assert "the first start had died" in cli.up()
    assert sorted(path.name for path in (cli.state / "keys").glob("*.pem")) == PEMS
    for account in ("alice", "bob"):
        assert len(cli.json("curl", "GET", "/api_keys", "--account", account)["api_keys"]) == 1
    assert len(cli.json("curl", "GET", "/markets?limit=100")["markets"]) == 15
    assert cli.json("verify", "-o", "json")["different"] == []
    cli("down")
    assert "recovered" in cli.up()


def test_used_folder_is_not_hidden_behind_durability_none(cli):
    cli.up()
    cli("down")
    result = cli("up", "--port", "0", "--durability", "none")
    assert result.returncode == 1
    assert "mock-kalshi reset" in result.stderr
    assert "recovered" in cli.up()


def test_venue_without_a_journal_begins_anew_with_new_keys(cli):
    cli.up("--durability", "none")
    cli.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    cli("down")
    cli.up("--durability", "none")
    assert cli.json("curl", "GET", "/portfolio/orders")["orders"] == []
    assert sorted(path.name for path in (cli.state / "keys").glob("*.pem")) == PEMS


def test_later_start_says_that_another_scenario_is_not_used(cli, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("name: other\naccounts: [{name: carol, member: 7, balance: 1}]\nseries: []\n")
    cli.up("--scenario", str(other))
    cli("down")
    plain = cli.up()
    assert "recovered" in plain
    assert "carol.pem" in plain
    cli("down")
    third = tmp_path / "third.yaml"
    third.write_text(other.read_text())
    assert f"{third} was not used" in cli.up("--scenario", str(third))


def test_weekly_maintenance_is_scheduled_once_and_shown(cli):
    cli.up("--weekly-maintenance")
    first = cli.json("curl", "GET", "/exchange/schedule")["schedule"]["maintenance_windows"]
    cli("down")
    cli.up("--weekly-maintenance")
    assert cli.json("curl", "GET", "/exchange/schedule")["schedule"]["maintenance_windows"] == first
    assert len(first) == 52


def test_second_up_in_the_same_folder_is_refused(venue):
    result = venue("up", "--port", "0")
    assert result.returncode == 1
    assert f"pid {venue.pid()}" in result.stderr


def test_taken_port_is_said_clearly(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = cli("up", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert "--port 0" in result.stderr
    assert not cli.state.exists()


def test_down_without_a_venue_is_no_error(cli):
    assert cli("down").returncode == 0


def test_status_without_a_venue_ends_with_1(cli):
    result = cli("status")
    assert result.returncode == 1
    assert "mock-kalshi up" in result.stderr


def test_reset_begins_again_with_the_scenario(cli):
    cli.up()
    cli("down")
    assert cli("reset", "--yes").returncode == 0
    assert "scenario demo" in cli.up()


def test_bad_scenario_is_refused_before_anything_is_made(cli, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("name: bad\naccounts: []\nseries: []\n")
    result = cli("up", "--scenario", str(path))
    assert result.returncode == 2
    assert "accounts: is empty" in result.stderr
    assert not cli.state.exists()


def test_foreground_venue_ends_at_ctrl_c_and_leaves_no_run_file(cli):
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox.cli", "up", "--port", "0", "--no-readers", "--state", str(cli.state)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(lambda: StateDir(cli.state).run_info() is not None)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert StateDir(cli.state).run_info() is None


TAPE = "KXTAPE-1"


@pytest.fixture
def tape(tmp_path):
    """A folder with a tape of three messages."""
    ticker, start_ms = TAPE, 1_785_901_540_000
    messages = [
        ("orderbook_snapshot", {"yes_dollars_fp": [["0.4000", "10.00"]], "no_dollars_fp": [["0.5500", "8.00"]]}),
        ("orderbook_delta", {"side": "yes", "price_dollars": "0.4000", "delta_fp": "-4.00", "ts_ms": start_ms + 5}),
        (
            "trade",
            {"yes_price_dollars": "0.4000", "count_fp": "4.00", "taker_book_side": "ask", "ts_ms": start_ms + 5},
        ),
    ]
    folder = tmp_path / "tapes"
    (folder / "metadata").mkdir(parents=True)
    with gzip.open(folder / "2026-08-05.ndjson.gz", "wt") as file:
        for kind, msg in messages:
            event = {"type": kind, "sid": 1, "seq": 1, "msg": {"market_ticker": ticker, **msg}}
            file.write(json.dumps({"recv_ms": start_ms, "event": event}) + "\n")
    market = {
        "ticker": ticker,
        "open_time": "2026-08-05T03:45:00Z",
        "close_time": "2026-08-05T04:00:00Z",
        "settlement_timer_seconds": 1,
        "result": "yes",
        "settlement_value_dollars": "1.0000",
    }
    body = {"event": {"event_ticker": "KXTAPE-E", "series_ticker": "KXTAPE"}, "markets": [market]}
    (folder / "metadata" / "tape.json").write_text(json.dumps(body))
    return str(folder)


def test_tape_is_played_to_its_settlement(cli, tape):
    cli.up("--tape", tape, "--speed", "max")
    until(lambda: cli.json("curl", "GET", f"/markets/{TAPE}")["market"]["status"] == "finalized")
    settled = cli.json("curl", "GET", f"/markets/{TAPE}")["market"]
    assert settled["result"] == "yes"
    assert settled["volume_fp"] == "4.00"
    assert "played 3 of 3 messages" in (cli.state / "venue.log").read_text()


def test_interrupted_tape_is_warned_of_and_not_played_again(cli, tape):
    late_ms = 1_785_901_540_000 + 600_000
    late = {"side": "yes", "price_dollars": "0.4000", "delta_fp": "1.00", "ts_ms": late_ms, "market_ticker": TAPE}
    with gzip.open(Path(tape) / "2026-08-06.ndjson.gz", "wt") as file:
        event = {"type": "orderbook_delta", "sid": 1, "seq": 2, "msg": late}
        file.write(json.dumps({"recv_ms": late_ms, "event": event}) + "\n")
    said = cli.up("--tape", tape, "--speed", "1")
    assert f'"ticker":"{TAPE}"' in said
    until(lambda: TAPE in StateDir(cli.state).tapes())
    until(lambda: cli("curl", "GET", f"/markets/{TAPE}").returncode == 0)
    os.kill(cli.pid(), signal.SIGKILL)
    until(lambda: not StateDir(cli.state).is_locked())
    assert f"the tape of {TAPE} was interrupted" in cli.up()
    cli("down")
    refused = cli("up", "--port", "0", "--tape", tape)
    assert refused.returncode == 1
    assert f"{TAPE} already exists" in refused.stderr
    assert "simulator" not in refused.stdout


def test_fix_dictionary_writes_both_files(tmp_path):
    arguments = ("fix", "dictionary", str(tmp_path / "spec"))
    subprocess.run([sys.executable, "-m", "sandbox.cli", *arguments], check=True, timeout=120, capture_output=True)
    assert sorted(path.name for path in (tmp_path / "spec").iterdir()) == ["FIX50SP2.xml", "FIXT11.xml"]


def test_every_verb_explains_itself_with_an_example():
    for verb in ("up", "down", "status", "curl", "reset", "verify", "keys list", "keys new", "fix dictionary"):
        result = subprocess.run(
            [sys.executable, "-m", "sandbox.cli", *verb.split(), "--help"], capture_output=True, text=True, check=True
        )
        assert "Example" in result.stdout, verb
