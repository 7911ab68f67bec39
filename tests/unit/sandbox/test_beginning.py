from sandbox.beginning import Beginning, store, stored
from sandbox.scenario import DEMO, load

NOW_US = 1_800_000_000_000_000
MINUTE_US = 60_000_000


def demo():
    return Beginning(load(DEMO), "demo.yaml", 7, NOW_US)


def test_what_was_stored_is_read_back(tmp_path):
    store(demo(), tmp_path / "beginning.json")
    assert stored(tmp_path / "beginning.json") == demo()


def test_folder_without_one_has_none(tmp_path):
    assert stored(tmp_path / "beginning.json") is None


def test_file_of_another_version_counts_as_none(tmp_path):
    (tmp_path / "beginning.json").write_text('{"scenario": {"name": "x", "unheard_of": 1}}')
    assert stored(tmp_path / "beginning.json") is None


def test_example_is_a_market_that_is_still_open():
    assert demo().example(NOW_US) == "KXHIGHMOCK-DEMO-T62"
    # Two days later the daily markets have closed.
    assert demo().example(NOW_US + 2 * 24 * 60 * MINUTE_US) == "KXCOIN5M-DEMO3-T100000"


def test_markets_that_open_later_have_their_orders_waiting():
    assert list(demo().opening_orders()) == ["KXCOIN5M-DEMO2-10"]
