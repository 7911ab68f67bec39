"""`make load`'s command and the soak for some seconds, and what they refuse. Locust has an environment of its own."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from loadtest.load import PROFILES, shares
from loadtest.own_venue import NotOurs, check_loopback
from loadtest.soak import slope_a_minute

ROOT = Path(__file__).parents[2]
LOCUST = ROOT / ".venv-load" / "bin" / "python"
SECONDS = 240


def loadtest(*arguments):
    done = subprocess.run(
        [sys.executable, "-m", "loadtest", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(not LOCUST.exists(), reason="no .venv-load; `make load` makes it")
def test_a_short_load_of_all_three_kinds_is_answered_reported_and_verified(tmp_path, capsys):
    report = tmp_path / "load.html"
    code, said = loadtest(
        "load", "--seconds", "10", "--users", "8", "--markets", "2", "--python", str(LOCUST), "--report", str(report)
    )
    assert code == 0, said
    assert "verify ok, invariants hold" in said
    for name in ("POST +create", "WS +orderbook_delta", "FIX +create"):
        assert re.search(rf"^{name} +[1-9]", said, re.MULTILINE), said
    assert "<html" in report.read_text()
    with capsys.disabled():
        print("\n" + "\n".join(line for line in said.splitlines() if "Aggregated" in line or line.startswith("venue")))


def test_a_short_soak_ends_by_itself_and_says_what_it_saw():
    _, said = loadtest("soak", "--minutes", "0.1", "--mix", "quiet", "--readers", "3")
    assert re.search(r"^memory +\d+ MB", said, re.MULTILINE), said
    assert "verify ok" in said, said
    assert ", 0 gaps, 0 hung up" in said, said


@pytest.mark.parametrize(
    "url",
    [
        "https://api.elections.kalshi.com",
        "http://demo-api.kalshi.co/trade-api/v2",
        "http://127.0.0.1.example.com:9090",
        "http://192.168.1.10:9090",
        "https://127.0.0.1:9090",
        "127.0.0.1:9090",
    ],
)
def test_a_target_that_is_not_this_machine_is_refused(url):
    with pytest.raises(NotOurs, match="not on this machine"):
        check_loopback(url)


def test_the_refusal_is_in_words_and_has_an_exit_code_of_its_own():
    code, said = loadtest("load", "--host", "http://demo-api.kalshi.co")
    assert code == 2
    assert "refused: http://demo-api.kalshi.co is not on this machine" in said


def test_this_machine_is_taken_by_any_of_its_names():
    assert check_loopback("http://localhost:9090/trade-api/v2") == "http://localhost:9090"
    assert check_loopback("http://[::1]:9090") == "http://[::1]:9090"


@pytest.mark.parametrize("profile", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_profile_is_what_its_crowd_is_made_of(profile):
    """The same recorded figures: takers' sizes of a mix are the profile's."""
    found = tomllib.loads(profile.read_text())
    mix = tomllib.loads((ROOT / "market_maker" / "agents" / "mixes" / profile.name).read_text())
    assert found["orders"]["size"] == pytest.approx(mix["provider"]["count"], rel=0.03)
    assert found["orders"]["taker_size"] == pytest.approx(mix["noise"]["count"], rel=0.03)
    assert shares(found, None, fix=True) == {kind: found["users"][kind] for kind in ("rest", "websocket", "fix")}


def test_few_users_are_still_one_of_each_kind():
    profile = tomllib.loads((PROFILES / "quiet.toml").read_text())
    assert shares(profile, 3, fix=True) == {"rest": 1, "websocket": 1, "fix": 1}
    assert shares(profile, 3, fix=False)["fix"] == 0


def test_memory_that_grows_evenly_has_its_slope_and_the_warm_up_does_not_count():
    warm_up = [(float(second), 100.0 + 10 * second) for second in range(40)]
    later = [(float(second), 500.0 + second / 30) for second in range(40, 100)]
    assert slope_a_minute(warm_up + later) == pytest.approx(2.0)
