"""The tape deck of a running venue, by its verbs and by HTTP: seeks, restarts, new beginnings, and what it refuses."""

import os
import signal

import httpx
import pytest

from sandbox.state_dir import StateDir
from tests.integration.test_cli import Cli, until
from tests.integration.test_cli_powers import Verbs
from tests.tape_files import TICKER, random_tape, write_tape

EVERY_MS = 500
LINES, BOOKS = random_tape(seed=3, messages=400, every_ms=EVERY_MS)


class Venue(Verbs):
    """A venue with a folder of tapes: its verbs, and its HTTP."""

    def __init__(self, folder):
        self.tapes = folder / "tapes"
        write_tape(self.tapes, LINES)
        self.command = Cli(folder)
        super().__init__(self.command.state)

    def up(self):
        self.command.up("--no-fix", "--scenario", "empty", "--tapes", str(self.tapes))

    @property
    def root(self):
        where = self.json("status", "-o", "json")
        return f"http://{where['host']}:{where['port']}"

    def ask(self, method, path, **body):
        return httpx.request(method, f"{self.root}/sandbox{path}", json=body or None, timeout=60)

    def book(self, ticker=TICKER):
        """The whole book as REST shows it, in the words of the tape."""
        sides = httpx.get(f"{self.root}/trade-api/v2/markets/{ticker}/orderbook", timeout=60).json()["orderbook_fp"]
        rows = [(side, price, count) for side in ("yes", "no") for price, count in sides[f"{side}_dollars"]]
        return {(side, price): int(count.replace(".", "")) for side, price, count in rows}


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    made = Venue(tmp_path_factory.mktemp("deck"))
    made.up()
    yield made
    made.command("down")


@pytest.fixture(autouse=True)
def fresh(venue):
    assert venue("reset", "--yes").exit_code == 0


def test_the_verbs_load_seek_and_eject_a_tape(venue):
    assert [tape["name"] for tape in venue.json("tape", "list", "-o", "json") if tape["source"] == "folder"] == [TICKER]
    loaded = venue.json("tape", "load", TICKER, "--at", "1m", "--speed", "60x", "-o", "json")
    assert (loaded["loaded"], loaded["position_ms"], loaded["speed"], loaded["playing"]) == (True, 60_000, 60, False)
    assert venue.book() == BOOKS[120]
    assert venue.json("tape", "seek", "2m", "-o", "json")["position_ms"] == 120_000
    assert venue.book() == BOOKS[240]
    assert venue.json("tape", "seek", "-90s", "-o", "json")["position_ms"] == 30_000
    assert venue.book() == BOOKS[60]
    assert venue.json("tape", "seek", "+1h", "-o", "json")["position_ms"] == loaded["duration_ms"]
    assert not venue.json("tape", "eject", "-o", "json")["loaded"]
    assert venue.book() == {}


def test_a_tape_plays_by_the_venues_clock(venue):
    assert venue("time", "freeze").exit_code == 0
    venue.json("tape", "load", TICKER, "-o", "json")
    assert venue.json("tape", "play", "-o", "json")["playing"]
    assert venue("time", "advance", "40s").exit_code == 0
    shown = {"position_ms": 0}
    while shown["position_ms"] < 40_000:
        shown = venue.json("tape", "show", "-o", "json")
    assert (shown["position_ms"], shown["in_step"]) == (40_000, True)
    assert venue.book() == BOOKS[80]
    assert not venue.json("tape", "pause", "-o", "json")["playing"]


def test_every_move_of_the_tape_is_in_the_log(venue):
    venue.json("tape", "load", TICKER, "--at", "1m", "-o", "json")
    venue.json("tape", "seek", "3m", "-o", "json")
    venue.json("tape", "seek", "10s", "-o", "json")
    verified = venue.ask("GET", "/verify").json()
    assert (verified["ok"], verified["problem"]) == (True, "")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/tape/seek", {"position_ms": 200_001}, 400, "beyond the end of the tape"),
        ("POST", "/tape/seek", {"position_ms": -1}, 400, "greater than or equal to 0"),
        ("POST", "/tape/seek", {}, 400, "Field required"),
        ("POST", "/tape/speed", {"speed": 0}, 400, "greater than or equal to 1"),
        ("POST", "/tape/speed", {"speed": 1_001}, 400, "less than or equal to 1000"),
        ("POST", "/tape/load", {"name": "KXNOT-THERE"}, 404, "there is no tape 'KXNOT-THERE'"),
        ("POST", "/tape/load", {"name": TICKER, "backwards": True}, 400, "Extra inputs"),
        ("POST", "/tape/load", {"name": TICKER, "queue": "lucky"}, 400, "'pessimistic' or 'optimistic'"),
    ],
)
def test_a_wrong_wish_is_refused_in_words_and_changes_nothing(venue, method, path, body, status, says):
    before = venue.json("tape", "load", TICKER, "--at", "1m", "-o", "json")
    answer = venue.ask(method, path, **body)
    assert answer.status_code == status
    assert says in answer.json()["error"]["details"]
    assert venue.json("tape", "show", "-o", "json") == before


def test_a_broken_tape_is_refused_with_its_file_and_line(venue):
    path = write_tape(venue.tapes, [LINES[0].replace(TICKER, "KXBROKEN-26-A"), "{not json"], "KXBROKEN-26-A")
    answer = venue.ask("POST", "/tape/load", name="KXBROKEN-26-A")
    assert answer.status_code == 400
    assert f"{path.name}:2: " in answer.json()["error"]["details"]
    assert not venue.json("tape", "show", "-o", "json")["loaded"]


def test_an_empty_deck_refuses_to_play(venue):
    refused = venue("tape", "play")
    assert refused.exit_code == 1
    assert "no tape is in" in refused.stderr


def test_a_reset_and_a_saved_state_eject_the_tape(venue):
    assert venue("snapshot", "save", "before").exit_code == 0
    for back in (("snapshot", "load", "before"), ("reset", "--yes")):
        venue.json("tape", "load", TICKER, "-o", "json")
        venue.json("tape", "play", "-o", "json")
        assert venue(*back).exit_code == 0
        assert not venue.json("tape", "show", "-o", "json")["loaded"]
        markets = httpx.get(f"{venue.root}/trade-api/v2/markets", params={"tickers": TICKER}, timeout=60).json()
        assert markets["markets"] == []


@pytest.mark.parametrize("way", ["down", "kill"])
def test_a_tape_is_back_after_a_restart_standing_still_where_it_was(venue, way):
    venue.json("tape", "load", TICKER, "--at", "50s", "--speed", "7", "-o", "json")
    if way == "down":
        assert venue.command("down").returncode == 0
    else:
        os.kill(venue.command.pid(), signal.SIGKILL)
        until(lambda: not StateDir(venue.state).is_locked())
    venue.up()
    shown = venue.json("tape", "show", "-o", "json")
    assert (shown["name"], shown["position_ms"], shown["speed"], shown["playing"]) == (TICKER, 50_000, 7, False)
    assert venue.book() == BOOKS[100]
    venue.json("tape", "seek", "5s", "-o", "json")
    assert venue.book() == BOOKS[10]


def test_the_reference_describes_every_button(venue):
    paths = httpx.get(f"{venue.root}/openapi.json", timeout=60).json()["paths"]
    buttons = {path for path in paths if path.startswith("/sandbox/tape")}
    assert buttons == {
        "/sandbox/tapes",
        "/sandbox/tape",
        *(f"/sandbox/tape/{button}" for button in ("load", "play", "pause", "speed", "seek")),
    }
    assert all(operation["summary"] for path in buttons for operation in paths[path].values())
