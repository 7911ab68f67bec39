"""A venue whose files cannot grow: writes are refused, reads go on, nothing acknowledged is lost, and it recovers.

The limit is the kernel's (RLIMIT_FSIZE of the child, set and lifted from outside while it runs): a write beyond it
fails with EFBIG half way through, as ENOSPC does on a full disk.
"""

import asyncio
import resource
import signal
import sys

import pytest

from exchange.adapters.journal import FileJournal
from tests.live import TICKER
from tests.venue_process import VenueProcess, venue_process

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prlimit")

ORDERS = "/portfolio/events/orders"
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def fill_up(venue: VenueProcess, folder, room: int) -> None:
    """Let the venue's files grow by `room` bytes beyond the journal's present end."""
    size = max(path.stat().st_size for path in (folder / "journal").glob("*.log"))
    resource.prlimit(venue.pid, resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))


def make_room(venue: VenueProcess) -> None:
    resource.prlimit(venue.pid, resource.RLIMIT_FSIZE, UNLIMITED)


def order(name: str, **fields):
    return {
        "ticker": TICKER,
        "client_order_id": name,
        "side": "bid",
        "price": "0.1000",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | fields


async def until_writable(venue: VenueProcess) -> None:
    async with asyncio.timeout(10):
        while (await venue.state())["degraded"]:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("durability", ["os", "fsync"])
async def test_a_full_disk_refuses_writes_and_loses_nothing_acknowledged(tmp_path, durability):
    acknowledged: dict[str, str] = {}
    refused: list[str] = []
    async with venue_process(tmp_path, durability) as venue, venue.client(1) as http:
        for number in range(5):
            answer = await http.post(ORDERS, json=order(f"before-{number}"))
            acknowledged[f"before-{number}"] = answer.json()["order_id"]
        fill_up(venue, tmp_path, room=1_500)
        for number in range(30):
            answer = await http.post(ORDERS, json=order(f"full-{number}"))
            if answer.status_code == 201:
                acknowledged[f"full-{number}"] = answer.json()["order_id"]
                continue
            assert answer.status_code == 503, answer.text
            assert answer.json() == {"error": {"code": "service_unavailable", "message": "service unavailable"}}
            refused.append(f"full-{number}")
        assert refused, "the limit was reached"
        victim = acknowledged["before-0"]
        for method, path, body in (
            ("DELETE", f"{ORDERS}/{victim}", None),
            ("POST", f"{ORDERS}/{victim}/decrease", {"reduce_by": "0.50"}),
            ("POST", f"{ORDERS}/{victim}/amend", {"ticker": TICKER, "side": "bid", "price": "0.2", "count": "1"}),
            ("DELETE", ORDERS, None),
            ("POST", f"{ORDERS}/batched", {"orders": [order("batch")]}),
            ("DELETE", f"{ORDERS}/batched", {"orders": [{"order_id": victim}]}),
            ("POST", "/portfolio/order_groups/create", {"contracts_limit": 5}),
            ("POST", "/portfolio/subaccounts", {}),
        ):
            answer = await http.request(method, path, json=body)
            assert answer.status_code == 503, (method, path, answer.text)
        # Reads go on, and show nothing of what was refused.
        state = await venue.state()
        assert "cannot be written" in state["degraded"]
        assert state["invariants_broken"] == []
        listed = (await http.get("/portfolio/orders", params={"limit": 1000})).json()["orders"]
        assert {entry["client_order_id"] for entry in listed} == set(acknowledged)
        assert (await http.get("/portfolio/balance")).status_code == 200
        book = (await http.get(f"/markets/{TICKER}/orderbook")).json()["orderbook_fp"]["yes_dollars"]
        assert book == [["0.1000", f"{len(acknowledged)}.00"]]
        # Space again: service again, and a refused order was truly not applied.
        make_room(venue)
        await until_writable(venue)
        for name in refused[:5]:
            answer = await http.post(ORDERS, json=order(name))
            assert answer.status_code == 201, answer.text
            acknowledged[name] = answer.json()["order_id"]
        before = await venue.state()
        await venue.end(signal.SIGKILL)
    async with venue_process(tmp_path, durability) as venue, venue.client(1) as http:
        after = await venue.state()
        assert (after["seq"], after["state_hash"]) == (before["seq"], before["state_hash"])
        for order_id in acknowledged.values():
            found = (await http.get(f"/portfolio/orders/{order_id}")).json()["order"]
            assert found["status"] == "resting"
    print(f"{durability}: {len(acknowledged)} acknowledged and kept, {len(refused)} refused with 503")


async def test_a_kill_while_the_disk_is_full_loses_nothing_acknowledged(tmp_path):
    acknowledged: list[str] = []
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        fill_up(venue, tmp_path, room=3_000)
        answers = await asyncio.gather(*(http.post(ORDERS, json=order(f"c{number}")) for number in range(60)))
        for answer in answers:
            assert answer.status_code in (201, 503), answer.text
            if answer.status_code == 201:
                acknowledged.append(answer.json()["order_id"])
        assert len(acknowledged) < 60
        await venue.end(signal.SIGKILL)
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        listed = (await http.get("/portfolio/orders", params={"limit": 1000})).json()["orders"]
        assert sorted(entry["order_id"] for entry in listed) == sorted(acknowledged)


async def test_api_keys_are_refused_too_and_history_catches_up(tmp_path):
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        fill_up(venue, tmp_path, room=-2_000)
        made = await http.post("/api_keys/generate", json={"name": "k", "key_type": "ed25519"})
        assert made.status_code in (201, 503), made.text
        assert (await http.post(ORDERS, json=order("full"))).status_code == 503
        assert [await venue.health("live"), await venue.health("ready")] == [200, 503]
        make_room(venue)
        await until_writable(venue)
        assert await venue.health("ready") == 200
        created = (await http.post(ORDERS, json=order("ended"))).json()["order_id"]
        assert (await http.delete(f"{ORDERS}/{created}")).status_code == 200
        assert await venue.end(signal.SIGTERM) == 0
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        assert (await http.get(f"/portfolio/orders/{created}")).json()["order"]["status"] == "canceled"
        keys = (await http.get("/api_keys")).json()["api_keys"]
        assert len(keys) == 1 + (made.status_code == 201)


async def test_a_stop_while_the_disk_is_full_is_clean_and_only_costs_a_replay(tmp_path):
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        for number in range(20):
            created = (await http.post(ORDERS, json=order(f"c{number}"))).json()["order_id"]
        before = await venue.state()
        fill_up(venue, tmp_path, room=-100)
        resource.prlimit(venue.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        assert await venue.end(signal.SIGTERM) == 0
    assert FileJournal(tmp_path / "journal").snapshots() == []
    assert list((tmp_path / "journal").glob("*.partial")) == []
    async with venue_process(tmp_path) as venue, venue.client(1) as http:
        assert (await venue.state())["state_hash"] == before["state_hash"]
        assert venue.replayed == before["seq"]
        assert (await http.get(f"/portfolio/orders/{created}")).json()["order"]["status"] == "resting"
