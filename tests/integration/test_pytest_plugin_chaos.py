"""`kalshi.chaos` on a real venue: the wrapper's words are those of /sandbox/chaos."""

import pytest

from pytest_mock_kalshi.account import KeyPair
from pytest_mock_kalshi.plugin import SCENARIOS
from pytest_mock_kalshi.process import Settings, VenueProcess
from pytest_mock_kalshi.venue import Kalshi, Sandbox


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """Makes what the fixture hands to a test."""
    folder = tmp_path_factory.mktemp("venue")
    process = VenueProcess(folder, Settings(SCENARIOS / "empty.yaml"))
    process.start()
    key = KeyPair(folder)
    try:
        process.wait()
        sandbox = Sandbox(process)

        def begin_again():
            sandbox.ask("POST", "/reset")
            return Kalshi(process, sandbox, key)

        yield begin_again
        sandbox.close()
    finally:
        process.stop()


def test_a_fault_is_ordered_met_once_and_gone(fresh):
    kalshi = fresh()
    account = kalshi.account()
    kalshi.chaos.add("rate-limit", channel="rest", count=1)
    statuses = [account.client.get("/portfolio/positions").status_code for _ in range(2)]
    assert statuses == [429, 200]
    assert [rule["hits"] for rule in kalshi.chaos.list()] == [1]
    kalshi.chaos.clear()
    assert kalshi.chaos.list() == []
    kalshi.dispose()


def test_a_fault_is_gone_with_its_test(fresh):
    fresh().chaos.add("error-before", channel="rest")
    kalshi = fresh()
    assert kalshi.chaos.list() == []
    assert kalshi.account().client.get("/portfolio/positions").status_code == 200
    kalshi.dispose()
