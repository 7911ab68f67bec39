"""Everything that happened, as one file, and done again: equal, cut short, gone on with, or found to differ."""

import gzip
import json

import httpx
import pytest

from exchange.app import VenueOptions, replay_file, replay_journal
from exchange.ports import JournalDamaged
from exchange.recovery import ReplayDiffers
from tests.live import live
from wire import signing


async def some_trading(running):
    maker, taker = running.trader(1), running.trader(2)
    assert (await maker.order("ask", "0.4000", "10.00")).status_code == 201
    assert (await taker.order("bid", "0.4000", "4.00")).status_code == 201
    assert (await taker.order("bid", "0.2000", "4.00")).status_code == 201


async def sandbox(running, path):
    async with httpx.AsyncClient(base_url=running.url, timeout=60) as client:
        return await client.get(f"/sandbox{path}")


@pytest.fixture
async def recorded(tmp_path):
    """(the file, the state of the venue it is of)."""
    async with live(tmp_path / "state") as running:
        await some_trading(running)
        state = (await sandbox(running, "/state")).json()
        file = tmp_path / "venue.ndjson.gz"
        file.write_bytes((await sandbox(running, "/record")).content)
    return file, state


async def test_a_recorded_venue_comes_out_the_same(recorded):
    file, state = recorded
    done = replay_file(file)
    assert (done.seq, done.state_hash) == (state["seq"], state["state_hash"])
    assert done.invariants_broken == ()


async def test_each_line_says_what_was_asked_and_what_it_caused(recorded):
    file, state = recorded
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, state["seq"] + 1))
    order = next(line for line in lines if line["command"][0] == "CreateOrder")
    assert order["events"][0][0] == "OrderAccepted"


async def test_a_replay_stops_where_it_is_told(recorded):
    file, state = recorded
    assert replay_file(file, state["seq"] - 1).seq == state["seq"] - 1


async def test_a_replay_leaves_a_journal_a_venue_goes_on_from(recorded, tmp_path):
    file, state = recorded
    replay_file(file, into=tmp_path / "again" / "journal")
    again = replay_journal(VenueOptions(tmp_path / "again"))
    assert again.state_hash == state["state_hash"]
    async with live(tmp_path / "again") as running:
        assert not running.venue.is_new
        found = (await sandbox(running, "/state")).json()
        assert (found["seq"], found["state_hash"]) == (state["seq"], state["state_hash"])


async def test_an_event_that_is_not_caused_any_more_is_shown(recorded):
    file, _ = recorded
    lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    trade = next(line for line in lines if any(event[0] == "Trade" for event in line["events"]))
    next(event for event in trade["events"] if event[0] == "Trade")[2] += 100
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(ReplayDiffers, match=f"seq {trade['seq']}"):
        replay_file(file)


async def test_a_file_that_breaks_off_is_damaged_and_not_short(recorded):
    file, _ = recorded
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(JournalDamaged, match="ends or breaks"):
        replay_file(file)


async def test_a_file_without_its_middle_is_damaged(recorded):
    file, _ = recorded
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:3] + lines[4:]))
    with pytest.raises(JournalDamaged, match="expected seq 4"):
        replay_file(file)


def test_a_folder_with_nothing_of_ours_is_refused(tmp_path):
    with pytest.raises(JournalDamaged, match="no journal"):
        replay_file(tmp_path)


async def test_a_running_venue_verifies_itself(tmp_path):
    async with live(tmp_path / "state") as running:
        await some_trading(running)
        found = (await sandbox(running, "/verify")).json()
        state = (await sandbox(running, "/state")).json()
    assert found["ok"]
    assert found["seq"] == state["seq"] == found["records"]
    assert found["state_hash"] == found["live_state_hash"] == state["state_hash"]


async def test_a_state_that_is_not_the_journals_is_said(tmp_path):
    async with live(tmp_path / "state") as running:
        await some_trading(running)
        next(iter(running.venue.sequencer.engine.state.accounts.values())).cash += 1
        found = (await sandbox(running, "/verify")).json()
    assert not found["ok"]
    assert found["invariants_broken"]


async def test_a_venue_without_a_journal_has_its_memory_recorded_and_nothing_to_verify(tmp_path):
    async with live(tmp_path / "state", durability="none") as running:
        await some_trading(running)
        assert (await sandbox(running, "/verify")).status_code == 409
        file = tmp_path / "venue.ndjson.gz"
        file.write_bytes((await sandbox(running, "/record")).content)
        state = (await sandbox(running, "/state")).json()
    assert replay_file(file).state_hash == state["state_hash"]


async def test_an_account_is_made_for_a_key_one_has(tmp_path):
    key = signing.generate_key("ed25519")
    async with live(tmp_path / "state") as running, httpx.AsyncClient(base_url=running.url) as client:
        body = {"name": "mine", "public_key_pem": signing.public_pem(key)}
        made = await client.post("/sandbox/accounts", json=body)
        assert made.status_code == 201
        assert made.json()["private_key_pem"] == ""
        stored = running.venue.keys.get(made.json()["key_id"])
        assert stored is not None
        assert stored.key_type == "ed25519"
        refused = await client.post("/sandbox/accounts", json={"name": "other", "public_key_pem": "no key"})
        assert refused.status_code == 400
        assert "other" not in running.venue.inspection.members()
