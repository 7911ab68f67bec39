"""Ordering faults: the HTTP endpoints, who may, and when rules go."""

import json

import pytest
from typer.testing import CliRunner

from exchange.gateways.chaos.profiles import PROFILES
from sandbox.cli import app
from tests.chaos import order_fault, rules
from tests.live import live


async def test_rules_are_listed_and_removed(tmp_path):
    async with live(tmp_path) as venue:
        first = await order_fault(venue, "rest", "latency", ms=1)
        second = await order_fault(venue, "ws", "drop", probability=0.1)
        assert list(await rules(venue)) == [first, second]
        assert (await venue.public.delete(f"{venue.url}/sandbox/chaos/{first}")).status_code == 204
        assert list(await rules(venue)) == [second]
        assert (await venue.public.delete(f"{venue.url}/sandbox/chaos/{first}")).status_code == 404
        assert (await venue.public.delete(f"{venue.url}/sandbox/chaos")).status_code == 204
        assert await rules(venue) == {}


@pytest.mark.parametrize("name", PROFILES)
async def test_a_profile_adds_its_rules(tmp_path, name):
    async with live(tmp_path) as venue:
        answer = await venue.public.post(f"{venue.url}/sandbox/chaos/profiles/{name}")
        assert answer.status_code == 201
        assert len(await rules(venue)) == len(PROFILES[name]) == len(answer.json()["rules"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"channel": "rest", "fault": "gap"}, "rest has no fault gap"),
        ({"channel": "ws", "fault": "drop", "nth": 2, "probability": 0.5}, "not both"),
        ({"channel": "ws", "fault": "drop", "ms": 5}, "drop has no ms"),
        ({"channel": "ws", "fault": "drop", "colour": "red"}, "colour"),
        ({"channel": "ws", "fault": "drop", "probability": 2}, "probability"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_in_words(tmp_path, fields, words):
    async with live(tmp_path) as venue:
        answer = await venue.public.post(f"{venue.url}/sandbox/chaos", json=fields)
        assert answer.status_code == 400
        assert words in answer.json()["error"]["details"]
        assert await rules(venue) == {}


async def test_an_account_nobody_knows_and_a_profile_nobody_knows_are_404(tmp_path):
    async with live(tmp_path) as venue:
        body = {"channel": "rest", "fault": "latency", "account": "nobody"}
        assert (await venue.public.post(f"{venue.url}/sandbox/chaos", json=body)).status_code == 404
        assert (await venue.public.post(f"{venue.url}/sandbox/chaos/profiles/none")).status_code == 404


@pytest.mark.parametrize(("anywhere", "status"), [(False, 403), (True, 201)])
async def test_a_venue_others_can_reach_takes_faults_only_when_asked_to(tmp_path, monkeypatch, anywhere, status):
    monkeypatch.setattr("exchange.powers.is_loopback", lambda host: False)
    async with live(tmp_path, sandbox=anywhere or None) as venue:
        for path, body in (("", {"channel": "rest", "fault": "latency"}), ("/profiles/flaky-wifi", None)):
            answer = await venue.public.post(f"{venue.url}/sandbox/chaos{path}", json=body)
            assert answer.status_code == status
            assert status == 201 or "--sandbox" in answer.json()["error"]["details"]


async def test_a_reset_venue_has_no_rules(tmp_path):
    async with live(tmp_path) as venue:
        await order_fault(venue, "rest", "stale-read")
        first = await order_fault(venue, "ws", "drop")
        assert (await venue.public.post(f"{venue.url}/sandbox/reset")).status_code == 200
        assert await rules(venue) == {}
        assert await order_fault(venue, "ws", "drop") != first, "ids begin again at the first"
        assert not venue.venue.chaos.rest


async def test_the_sandbox_itself_is_never_hit(tmp_path):
    async with live(tmp_path) as venue:
        await order_fault(venue, "rest", "disconnect")
        assert (await venue.public.get(f"{venue.url}/sandbox/state")).status_code == 200


def test_every_verb_explains_itself_with_an_example():
    for verb in ("add", "list", "remove", "profile"):
        shown = CliRunner().invoke(app, ["chaos", verb, "--help"])
        assert shown.exit_code == 0
        assert f"mock-kalshi chaos {verb}" in shown.stdout


def test_the_verbs_order_list_and_take_back(tmp_path):
    from tests.integration.test_cli import Cli

    command = Cli(tmp_path)
    command.up("--no-fix", "--no-readers")
    try:

        def run(*arguments):
            result = CliRunner().invoke(app, ["chaos", *arguments], env={"MOCK_KALSHI_STATE": str(command.state)})
            assert result.exit_code == 0, result.stdout + result.stderr
            return result.stdout

        (made,) = json.loads(run("add", "rest", "latency", "--ms", "5", "--duration", "10m", "-o", "json"))
        assert (made["id"], made["rule"]["ms"], made["rule"]["duration_ms"]) == ("c1", 5, 600_000)
        assert "latency" in run("list")
        run("remove", "c1")
        assert json.loads(run("list", "-o", "json")) == []
        assert len(json.loads(run("profile", "flaky-wifi", "-o", "json"))) == len(PROFILES["flaky-wifi"])
        run("remove", "all")
    finally:
        command("down")
