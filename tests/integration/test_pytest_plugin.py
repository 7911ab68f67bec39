"""The plugin as a stranger meets it: installed from a wheel, in a project whose folders are named like ours."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("wire", "exchange", "sandbox", "runtime", "eventlog", "rebuilder", "market_data", "market_maker", "tests")
SECONDS = 240

CONFTEST = """
import exchange, runtime, sandbox, wire

assert (wire.OWNER, exchange.OWNER, sandbox.OWNER, runtime.OWNER) == ("the user",) * 4
"""

INI = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""

TESTS = """
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

import sandbox
import wire


def test_our_folders_are_still_ours():
    assert (sandbox.OWNER, wire.OWNER) == ("the user", "the user")


def test_two_accounts_trade_and_the_market_pays(kalshi):
    maker, taker = kalshi.account(balance="500.00"), kalshi.account(balance=100, name="taker")
    ticker = kalshi.market()
    maker.order(ticker, "ask", "0.4000", "10.00")
    assert taker.order(ticker, "bid", "0.4000", "10.00")["fill_count"] == "10.00"
    assert [fill["ticker"] for fill in kalshi.fills()] == [ticker, ticker]
    assert len(kalshi.fills(taker)) == 1
    assert kalshi.settle(ticker, "yes")["status"] == "finalized"
    assert Path(taker.pem_path).read_text() == taker.pem
    assert kalshi.verify()["invariants_broken"] == []


@pytest.mark.parametrize("run", range(3))
def test_each_test_has_a_venue_in_which_nothing_happened(kalshi, run):
    assert kalshi.sandbox("GET", "/accounts") == {"accounts": [{"name": "operator", "member": 1}]}
    kalshi.account(name="somebody")
    kalshi.market("KXSAME-26-A")


def test_time_obeys(kalshi):
    account, ticker = kalshi.account(), kalshi.market()
    before = kalshi.clock.freeze()
    assert kalshi.clock.advance(hours=2) - before == timedelta(hours=2)
    assert kalshi.clock.advance(timedelta(days=1)) == kalshi.clock.now
    refused = account.client.post("/portfolio/events/orders", json={"ticker": ticker, "side": "bid",
        "price": "0.4000", "count": "1.00", "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross"})
    assert refused.is_error
    assert kalshi.clock.mode == "frozen"


async def test_an_async_test_trades_too(kalshi):
    account, ticker = kalshi.account(), kalshi.market()
    async with account.async_client() as client:
        answer = await client.get(f"/markets/{ticker}")
        assert answer.json()["market"]["status"] == "active"
        assert (await client.get("/portfolio/balance")).status_code == 200


async def test_the_feed_is_there(kalshi):
    import websockets

    account, ticker = kalshi.account(), kalshi.market()
    async with websockets.connect(kalshi.ws_url, additional_headers=account.ws_headers()) as socket:
        wanted = {"channels": ["orderbook_delta"], "market_tickers": [ticker]}
        await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": wanted}))
        assert json.loads(await socket.recv())["type"] == "subscribed"


def test_that_fails_on_purpose(kalshi):
    account = kalshi.account()
    account.order(kalshi.market(), "bid", "0.3000", "5.00")
    Path(os.environ["STATE_OF_THE_FAILED"]).write_text(json.dumps(kalshi.state()))
    assert kalshi.account().balance() == "more than there is"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Where a wheel of this checkout is unpacked, as pip would."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    for name in OURS:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text('OWNER = "the user"\n')
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text(INI)
    (folder / "tests" / "test_strategy.py").write_text(TESTS)
    return folder


def pytest_in(project, site, *arguments):
    """`python -m pytest`, which puts the project first on the module path; so does PYTHONPATH."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join((str(project), str(site)))
    environment["STATE_OF_THE_FAILED"] = str(project / "failed.json")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "--basetemp", str(project / "kept"), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_foreign_project_with_folders_named_like_ours_uses_it_under_xdist(project, site, capsys):
    said = pytest_in(project, site, "-n", "2")
    assert re.search(r"\b1 failed, 8 passed\b", said), said
    journal = re.search(r"^journal  (.+)$", said, re.MULTILINE)
    assert journal is not None, said
    assert re.search(r"^seed     0, scenario .*empty\.yaml$", said, re.MULTILINE), said
    figures = re.search(r"^mock-kalshi: 2 process.*$", said, re.MULTILINE)
    assert figures is not None, said
    with capsys.disabled():
        print(f"\n{figures[0]}")

    replayed = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "replay", journal[1], "-o", "json"],
        cwd=site,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    # The failing test joined one more account behind the state it wrote down: nothing but that is behind it.
    state = json.loads((project / "failed.json").read_text())
    until = subprocess.run(
        [sys.executable, "-m", "sandbox.cli", "replay", journal[1], "-o", "json", "--until-seq", str(state["seq"])],
        cwd=site,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert json.loads(until.stdout)["state_hash"] == state["state_hash"]
    assert json.loads(replayed.stdout)["seq"] == state["seq"] + 2


def test_what_the_venue_is_started_with_can_be_chosen(project, site):
    (project / "tests" / "test_strategy.py").write_text(
        "def test_the_demo(kalshi):\n"
        "    assert kalshi.seed == 7\n"
        "    names = [one['name'] for one in kalshi.sandbox('GET', '/accounts')['accounts']]\n"
        "    assert 'alice' in names\n"
    )
    said = pytest_in(project, site, "-p", "no:xdist", "--kalshi-scenario", "demo", "--kalshi-seed", "7")
    assert "1 passed" in said, said


def test_a_scenario_that_is_not_there_is_said_in_a_line(project, site):
    (project / "tests" / "test_strategy.py").write_text("def test_it(kalshi): pass\n")
    said = pytest_in(project, site, "-p", "no:xdist", "--kalshi-scenario", "nowhere.yaml")
    assert "there is no scenario 'nowhere.yaml'" in said, said


def test_a_project_that_does_not_ask_for_a_venue_pays_nothing(project, site):
    (project / "tests" / "test_strategy.py").write_text(
        "import sys\n\n\ndef test_it():\n    assert 'pytest_mock_kalshi.plugin' in sys.modules\n"
        "    assert 'pytest_mock_kalshi.venue' not in sys.modules\n"
    )
    said = pytest_in(project, site, "-p", "no:xdist")
    assert "1 passed" in said, said
    assert "fresh venues" not in said
