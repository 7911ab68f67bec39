import os
import stat

import pytest

from sandbox.snippets import env_lines, environment, snippets
from sandbox.state_dir import RunInfo, StateDir, StateError


def run_info(**changes):
    facts = {
        "pid": os.getpid(),
        "host": "127.0.0.1",
        "port": 9090,
        "api": "v2",
        "durability": "os",
        "scenario": "demo.yaml",
        "started_us": 1,
        "is_new": True,
        "replayed": 0,
    }
    return RunInfo(**(facts | changes))


@pytest.fixture
def state(tmp_path):
    return StateDir(tmp_path / "venue")


def test_second_venue_in_the_same_folder_is_refused_with_the_first_ones_address(state):
    with state.lock():
        state.write_run(run_info())
        with pytest.raises(StateError, match=r"pid \d+ at http://127\.0\.0\.1:9090"), StateDir(state.path).lock():
            pass


def test_folder_is_free_after_a_venue(state):
    with state.lock():
        assert state.is_locked()
    assert not state.is_locked()


def test_run_info_of_a_dead_venue_is_not_running(state):
    with state.lock():
        state.write_run(run_info())
    with pytest.raises(StateError, match="no venue is running"):
        state.running()


def test_new_venue_removes_the_run_info_of_a_dead_one(state):
    with state.lock():
        state.write_run(run_info())
    with state.lock():
        assert state.run_info() is None


def test_folder_that_was_never_used_has_no_venue(state):
    with pytest.raises(StateError, match="mock-kalshi up"):
        state.running()


def test_missing_venue_names_the_ways_to_name_its_folder(state):
    with pytest.raises(StateError, match=r"--state DIR or MOCK_KALSHI_STATE"):
        state.running()


def test_free_folder_is_not_made_by_looking(state):
    state.check_free()
    assert not state.path.exists()


def test_folder_of_other_things_is_not_used(tmp_path):
    (tmp_path / "notes.txt").touch()
    assert not StateDir(tmp_path).is_used()


def test_begun_tapes_are_remembered(state):
    state.path.mkdir()
    assert state.tapes() == []
    state.write_tapes(["KXTAPE-1"])
    assert StateDir(state.path).tapes() == ["KXTAPE-1"]


def test_key_is_found_by_its_id(state):
    key = state.add_key("alice", 2, "id-1", "PEM")
    assert state.key_by_id("id-1") == key
    with pytest.raises(StateError, match="keys list"):
        state.key_by_id("id-2")


@pytest.mark.parametrize("account", [None, "alice"])
def test_a_folder_without_keys_says_how_to_get_one(tmp_path, account):
    with pytest.raises(StateError, match="account create"):
        StateDir(tmp_path).key_of(account)


def test_keys_of_nobody_are_those_of_the_first_account(state):
    for account, key_id in (("alice", "id-1"), ("bob", "id-2"), ("alice", "id-3")):
        state.add_key(account, 2, key_id, "PEM")
    assert [key.key_id for key in state.keys_of(None)] == ["id-1", "id-3"]


def test_snippets_name_the_folder_from_anywhere(state):
    key = state.add_key("alice", 2, "id-1", "PEM")
    assert f"--state {state.path}" in snippets(run_info(), state, key, "KXA-1")["curl"]


def test_damaged_run_info_counts_as_none(state):
    with state.lock():
        (state.path / "run.json").write_text("{")
        assert state.run_info() is None


def test_venue_that_listens_everywhere_is_reached_by_loopback():
    assert run_info(host="0.0.0.0").base_url == "http://127.0.0.1:9090/trade-api/v2"


def test_ipv6_address_stands_in_brackets():
    assert run_info(host="::1").ws_url == "ws://[::1]:9090/trade-api/ws/v2"


def test_private_key_is_readable_by_its_owner_only(state):
    key = state.add_key("alice", 2, "id-1", "PEM")
    assert stat.S_IMODE(state.pem_path(key).stat().st_mode) == 0o600


def test_second_key_of_an_account_gets_a_file_of_its_own(state):
    state.add_key("alice", 2, "id-1", "PEM 1")
    state.add_key("alice", 2, "id-2", "PEM 2")
    assert [key.pem for key in state.known_keys()] == ["alice.pem", "alice-2.pem"]


def test_unknown_account_names_the_known_ones(state):
    state.add_key("alice", 2, "id-1", "PEM")
    with pytest.raises(StateError, match="accounts with keys: alice"):
        state.key_of("carol")


def test_reset_leaves_what_is_not_the_venues(state):
    with state.lock():
        state.add_key("alice", 2, "id-1", "PEM")
        (state.path / "journal").mkdir()
        (state.path / "history.sqlite-wal").touch()
        (state.path / "notes.txt").touch()
        state.clear()
    assert sorted(path.name for path in state.path.iterdir()) == ["lock", "notes.txt"]


def test_environment_has_exactly_the_names_scripts_rely_on(state):
    state.add_key("alice", 2, "id-1", "PEM")
    state.add_key("alice", 2, "id-2", "PEM")
    state.add_key("bob", 3, "id-3", "PEM")
    state.add_key("alice", 2, "id-4", "PEM")
    assert environment(run_info(), state) == {
        "KALSHI_API_BASE_URL": "http://127.0.0.1:9090/trade-api/v2",
        "KALSHI_WS_URL": "ws://127.0.0.1:9090/trade-api/ws/v2",
        "KALSHI_KEY_ID": "id-1",
        "KALSHI_PRIVATE_KEY_PATH": str(state.path / "keys" / "alice.pem"),
        "KALSHI_KEY_ID_2": "id-3",
        "KALSHI_PRIVATE_KEY_PATH_2": str(state.path / "keys" / "bob.pem"),
    }


def test_environment_lines_survive_a_shell():
    assert env_lines({"A": "plain", "B": "with blank"}) == "A=plain\nB='with blank'\n"


def test_every_popular_client_has_a_snippet(state):
    key = state.add_key("alice", 2, "id-1", "PEM")
    clients = " ".join(snippets(run_info(), state, key, "KXA-1"))
    assert all(name in clients for name in ("curl", "kalshi-sdk", "pykalshi", "kalshi-python-sync"))


def test_only_old_versions_of_kalshis_own_client_are_said_to_need_the_retired_api(state):
    key = state.add_key("alice", 2, "id-1", "PEM")
    (said,) = (name for name in snippets(run_info(), state, key, "KXA-1") if name.startswith("kalshi-python"))
    assert said.index("3.2.0") < said.index("--api v1")
    assert "kalshi-python-sync" in snippets(run_info(api="v1"), state, key, "KXA-1")


# --- the first start ---


def used(state):
    """A folder with something of everything."""
    state.add_key("alice", 1, "id-1", "PEM")
    (state.path / "journal").mkdir(exist_ok=True)
    (state.path / "journal" / "00000000000000000001.log").write_bytes(b"x")
    for name in ("api_keys.json", "history.sqlite", "history.sqlite-wal", "beginning.json", "mine.txt"):
        (state.path / name).touch()
    return state


def test_first_start_is_unfinished_until_it_is_complete(state):
    with state.lock():
        assert not state.is_unfinished()
        state.begin()
        assert state.is_unfinished()
        state.complete()
        assert not state.is_unfinished()


def test_first_start_takes_away_what_an_earlier_one_left_and_nothing_else(state):
    with state.lock():
        used(state).begin()
    assert sorted(path.name for path in state.path.iterdir()) == ["building", "lock", "mine.txt"]


def test_only_a_journal_that_holds_something_counts(state):
    assert not state.has_journal()
    (state.path / "journal").mkdir(parents=True)
    (state.path / "journal" / "00000000000000000001.log").touch()
    assert not state.has_journal()
    assert used(state).has_journal()


def test_reset_that_dies_half_way_leaves_a_venue_that_begins_again(state, monkeypatch):
    def die(path):
        raise KeyboardInterrupt

    with state.lock(), monkeypatch.context() as patch:
        used(state)
        patch.setattr("shutil.rmtree", die)
        with pytest.raises(KeyboardInterrupt):
            state.clear()
    assert state.is_unfinished()
