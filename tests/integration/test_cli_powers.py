"""The verbs that have a running venue in hand, as a person types them, each with its HTTP twin behind it."""

import json

import pytest
from typer.testing import CliRunner

from sandbox.cli import app
from tests.integration.test_cli import ORDER, Cli

TICKER = ORDER["ticker"]


class Verbs:
    """The command in this process: a verb is some milliseconds then, and not a second."""

    def __init__(self, state):
        self.state = state

    def __call__(self, *arguments):
        return CliRunner().invoke(app, [*arguments], env={"MOCK_KALSHI_STATE": str(self.state)})

    def json(self, *arguments):
        result = self(*arguments)
        assert result.exit_code == 0, result.stdout + result.stderr
        return json.loads(result.stdout)


@pytest.fixture(scope="module")
def cli(tmp_path_factory):
    command = Cli(tmp_path_factory.mktemp("powers"))
    command.up("--no-fix")
    yield Verbs(command.state)
    command("down")


@pytest.fixture(autouse=True)
def fresh(cli):
    """The scenario again, at its own time."""
    assert cli("reset", "--yes").exit_code == 0


def test_time_is_frozen_moved_and_let_go(cli):
    frozen = cli.json("time", "freeze", "-o", "json")
    assert frozen["mode"] == "frozen"
    moved = cli.json("time", "advance", "15m", "-o", "json")
    assert moved["now_us"] - frozen["now_us"] == 900_000_000
    assert cli.json("time", "set", "+1h", "-o", "json")["now_us"] - moved["now_us"] == 3_600_000_000
    assert cli.json("time", "speed", "60x", "-o", "json")["speed"] == 60
    assert cli.json("time", "resume", "-o", "json")["mode"] == "real"


def test_a_market_is_made_paused_resumed_closed_and_settled(cli):
    made = cli.json("market", "create", "KXCLI-26-A", "--title", "Will it?", "--close", "+2h", "-o", "json")
    assert made["status"] == "active"
    assert cli.json("pause", "KXCLI-26-A", "-o", "json")["status"] == "inactive"
    assert cli.json("resume", "KXCLI-26-A", "-o", "json")["status"] == "active"
    assert cli.json("close", "KXCLI-26-A", "-o", "json")["status"] == "closed"
    settled = cli.json("settle", "KXCLI-26-A", "0.37", "-o", "json")
    assert (settled["status"], settled["result"]) == ("finalized", "scalar")


def test_an_open_market_settles_in_one_word_and_pays(cli):
    before = cli.json("curl", "GET", "/portfolio/balance")["balance"]
    crossing = json.dumps(ORDER | {"price": "0.9900", "time_in_force": "immediate_or_cancel"})
    assert cli.json("curl", "POST", "/portfolio/events/orders", "-d", crossing)["fill_count"] == "3.00"
    assert cli.json("settle", TICKER, "yes", "-o", "json")["status"] == "finalized"
    assert cli.json("curl", "GET", "/portfolio/balance")["balance"] > before


def test_a_pause_of_trading_stops_orders_until_it_ends(cli):
    assert cli.json("pause", "trading", "-o", "json") == {"trading_active": False, "exchange_active": True}
    refused = cli("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    assert (refused.exit_code, "trading_is_paused" in refused.stdout) == (1, True)
    assert cli.json("resume", "trading", "-o", "json")["trading_active"]


def test_a_new_account_has_money_and_its_key_signs(cli):
    made = cli.json("account", "create", "carol", "--balance", "250", "-o", "json")
    assert cli.json("curl", "GET", "/portfolio/balance", "--account", "carol")["balance"] == 25_000
    assert cli.json("fund", "carol", "50", "-o", "json")["balance"] == "300.0000"
    names = [each["name"] for each in cli.json("account", "list", "-o", "json")]
    assert made["account"] in names


def test_a_state_is_saved_listed_loaded_and_deleted(cli):
    cli.json("snapshot", "save", "then", "-o", "json")
    cli.json("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(ORDER))
    assert len(cli.json("curl", "GET", "/portfolio/orders")["orders"]) == 1
    assert [each["name"] for each in cli.json("snapshot", "list", "-o", "json")] == ["then"]
    cli.json("snapshot", "load", "then", "-o", "json")
    assert cli.json("curl", "GET", "/portfolio/orders")["orders"] == []
    assert cli("snapshot", "delete", "then").exit_code == 0


def test_a_refused_signature_is_explained(cli):
    assert cli("curl", "GET", "/portfolio/balance", "--key", "nobody").exit_code == 1
    cli("curl", "GET", "/portfolio/balance")
    assert isinstance(cli.json("auth-failures", "-o", "json"), list)


@pytest.mark.parametrize(
    ("verb", "says"),
    [
        (("settle", "KXNONE", "yes"), "no market has the ticker 'KXNONE'"),
        (("settle", TICKER, "maybe"), "neither yes nor no, and no amount in dollars"),
        (("chaos", "add", "rest", "gap"), "error: body: rest has no fault gap; it has latency"),
        (("time", "advance", "soon"), "not a duration"),
        (("time", "set", "yesterday"), "not a time"),
        (("time", "speed", "fast"), "no speed"),
        (("fund", "nobody", "5"), "no account is called"),
        (("fund", "alice", "--", "-5"), "no amount"),
        (("snapshot", "load", "nothing"), "no state is saved"),
        (("resume", "trading"), "not paused"),
        (("market", "create", "lower-case"), "is no ticker"),
    ],
)
def test_what_cannot_be_done_is_said(cli, verb, says):
    result = cli(*verb)
    assert result.exit_code in (1, 2)
    assert says in result.stderr


@pytest.mark.parametrize(
    "verb",
    ["time freeze", "time advance", "time set", "time speed", "time resume", "time show", "settle", "pause", "resume",
     "close", "fund", "market create", "account create", "account list", "auth-failures", "snapshot save",
     "snapshot load", "snapshot list", "snapshot delete"],
)  # fmt: skip
def test_every_verb_teaches_with_an_example(verb):
    shown = CliRunner().invoke(app, [*verb.split(), "--help"])
    assert f"mock-kalshi {verb}" in shown.stdout
