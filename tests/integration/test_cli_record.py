"""record, replay and report as a person types them, on a venue that runs, on its folder, and on what replay left."""

import json

import pytest
from typer.testing import CliRunner

from sandbox.cli import app
from tests.integration.test_cli import Cli


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def facts(*arguments):
    result = run(*arguments, "-o", "json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    """The state folder of a venue that runs, with a trade in it."""
    command = Cli(tmp_path_factory.mktemp("recorded"))
    command.up("--no-fix", "--scenario", "empty")
    state = ("--state", command.state)
    for account in ("maker", "taker"):
        assert run("account", "create", account, *state).exit_code == 0
    assert run("market", "create", "KXREC-26-A", *state).exit_code == 0
    for account, side in (("maker", "ask"), ("taker", "bid")):
        order = {
            "ticker": "KXREC-26-A",
            "side": side,
            "price": "0.4000",
            "count": "10.00",
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        }
        placed = run("curl", "POST", "/portfolio/events/orders", "-d", json.dumps(order), "--account", account, *state)
        assert placed.exit_code == 0, placed.output
    yield command.state
    command("down")


def test_what_was_recorded_is_replayed_and_gone_on_from(venue, tmp_path):
    file = tmp_path / "venue.ndjson.gz"
    assert facts("record", file, "--state", venue)["bytes"] == file.stat().st_size
    live = json.loads(run("curl", "GET", "/sandbox/state", "--state", venue).stdout)
    replayed = facts("replay", file, "--into", tmp_path / "again")
    assert (replayed["seq"], replayed["state_hash"]) == (live["seq"], live["state_hash"])
    assert facts("verify", "--state", tmp_path / "again")["state_hash"] == live["state_hash"]


def test_a_state_folder_is_replayed_up_to_a_record_with_its_keys(venue, tmp_path):
    again = tmp_path / "again"
    assert facts("replay", venue, "--until-seq", "3", "--into", again)["seq"] == 3
    assert sorted(path.name for path in (again / "keys").glob("*.pem")) == ["maker.pem", "taker.pem"]
    refused = run("replay", venue, "--into", again)
    assert refused.exit_code == 2
    assert "is not empty" in refused.output


def test_nothing_is_left_half_written_when_no_venue_runs(tmp_path):
    file = tmp_path / "venue.ndjson.gz"
    assert run("record", file, "--state", tmp_path / "nobody").exit_code == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_recording_is_refused_in_words(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not json\n")
    result = run("replay", file)
    assert result.exit_code == 1
    assert "line 1 is no record" in result.output


def test_the_report_is_in_the_terminal_in_json_and_on_a_page(venue, tmp_path):
    page = tmp_path / "card.html"
    shown = run("report", "--state", venue, "--html", page)
    assert shown.exit_code == 0, shown.output
    assert "maker" in shown.output
    assert "all hold" in shown.output
    assert "<svg" in page.read_text()
    card = facts("report", "--state", venue)
    by_name = {one["account"]: one for one in card["accounts"]}
    assert by_name["maker"]["maker_count"] == by_name["taker"]["taker_count"] == "10.00"
    assert by_name["taker"]["taker_dollars"] == "4.000000"
    assert card["invariants_broken"] == []


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
def test_no_figure_of_a_report_is_broken_by_a_narrow_terminal(venue, monkeypatch, columns):
    monkeypatch.setattr("sandbox.commands.report.out.width", columns)
    shown = run("report", "--state", venue).output
    for one in facts("report", "--state", venue)["accounts"]:
        assert one["account"] in shown
    assert "rested, filled" in shown
    assert "…" not in shown
