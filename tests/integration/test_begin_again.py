"""A running venue that begins again: reset to its scenario, or back to a saved state, with clients connected."""

import asyncio
import json
import sqlite3
import time
from contextlib import closing, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from exchange.app import VenueOptions, replay_journal
from exchange.core import commands as c
from tests.live import EVENT, TICKER, live

DAY_US = 86_400_000_000


async def post(venue, path, body=None, status=200):
    answer = await venue.public.post(f"{venue.url}/sandbox{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def balance(trader):
    return (await trader.http.get("/portfolio/balance")).json()["balance_dollars"]


async def orders(trader):
    return [each["order_id"] for each in (await trader.http.get("/portfolio/orders")).json()["orders"]]


async def trade(ann, bob):
    assert (await ann.order("bid", "0.4000", "10.00", client_order_id="once")).status_code == 201
    assert (await bob.order("ask", "0.4000", "3.00")).status_code == 201


@pytest.mark.parametrize("durability", ["os", "none"])
async def test_a_reset_venue_is_its_scenario_again_and_knows_its_keys(tmp_path, durability):
    async with live(tmp_path, durability=durability) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        for _ in range(3):
            await trade(ann, bob)
            assert await balance(ann) != "1000.0000"
            place = await post(venue, "/reset")
            print(f"reset in {place['took_ms']} ms ({durability})")
            assert await balance(ann) == "1000.0000"
            assert await orders(ann) == []
            assert (await ann.http.get("/portfolio/fills")).json()["fills"] == []
        # A client id is free again, and history holds nothing of what never was.
        await trade(ann, bob)
        assert venue.venue.inspection.state().invariants_broken == []


async def test_what_happened_behind_a_reset_survives_a_restart_and_verifies(tmp_path):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        await trade(ann, bob)
        await post(venue, "/reset")
        await ann.order("bid", "0.2000", "5.00")
        kept, state = await orders(ann), venue.venue.inspection.state().state_hash
    assert replay_journal(VenueOptions(tmp_path)).state_hash == state
    async with live(tmp_path) as again:
        assert again.venue.inspection.state().state_hash == state
        assert await orders(again.trader(1)) == kept


async def test_a_saved_state_can_be_gone_back_to_more_than_once(tmp_path):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        await trade(ann, bob)
        saved = await post(venue, "/snapshots", {"name": "traded"}, 201)
        then = venue.venue.inspection.state().state_hash
        book = (await ann.http.get(f"/markets/{TICKER}/orderbook")).json()
        assert saved["seq"] == venue.venue.inspection.state().seq
        for _ in range(2):
            await ann.order("bid", "0.3000", "7.00")
            await bob.order("ask", "0.3000", "20.00")
            place = await post(venue, "/snapshots/traded/load")
            print(f"loaded in {place['took_ms']} ms")
            assert venue.venue.inspection.state().state_hash == then
            assert (await ann.http.get(f"/markets/{TICKER}/orderbook")).json() == book
            fills = (await ann.http.get("/portfolio/fills")).json()["fills"]
            assert [each["count_fp"] for each in fills] == ["3.00"]
            assert (await ann.order("bid", "0.3000", "1.00", client_order_id="once")).status_code == 409
        listed = (await venue.public.get(f"{venue.url}/sandbox/snapshots")).json()["snapshots"]
        assert [each["name"] for each in listed] == ["traded"]
        gone = await venue.public.delete(f"{venue.url}/sandbox/snapshots/traded")
        assert gone.status_code == 204
        await post(venue, "/snapshots/traded/load", status=404)


def cut(folder):
    """Its journal ends in the middle of a record."""
    (segment,) = (folder / "journal").glob("*.log")
    segment.write_bytes(segment.read_bytes()[:-20])
    for snapshot in (folder / "journal").glob("*.snapshot"):
        snapshot.write_bytes(b"no snapshot")


def emptied(folder):
    for path in (folder / "journal").iterdir():
        path.unlink()


def half_deleted(folder):
    emptied(folder)
    (folder / "journal").rmdir()


@pytest.mark.parametrize("harm", [cut, emptied, half_deleted])
async def test_a_saved_state_that_is_damaged_is_refused_and_the_venue_stays_as_it_is(tmp_path, harm):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        await trade(ann, bob)
        await post(venue, "/snapshots", {"name": "traded"}, 201)
        harm(tmp_path / "snapshots" / "traded")
        await ann.order("bid", "0.3000", "7.00")
        before = venue.venue.inspection.state().state_hash
        await post(venue, "/snapshots/traded/load", status=409)
        assert venue.venue.inspection.state().state_hash == before
        assert (await ann.order("bid", "0.3000", "1.00")).status_code == 201
        assert not (tmp_path / "incoming").exists()


async def test_a_saved_state_deleted_while_others_wait_to_load_it_costs_the_venue_nothing(tmp_path):
    async with live(tmp_path) as venue:
        await trade(venue.trader(1), venue.trader(2))
        await post(venue, "/snapshots", {"name": "traded"}, 201)
        root = f"{venue.url}/sandbox/snapshots/traded"
        loads = [venue.public.post(f"{root}/load") for _ in range(3)]
        answers = await asyncio.gather(*loads[:2], venue.public.delete(root), *loads[2:])
        assert {answer.status_code for answer in answers} <= {200, 204, 404}
        assert (await venue.trader(1).order("bid", "0.3000", "1.00")).status_code == 201


async def test_a_folder_that_is_no_saved_state_is_not_listed(tmp_path):
    async with live(tmp_path) as venue:
        (tmp_path / "snapshots" / "mine").mkdir(parents=True)
        assert (await venue.public.get(f"{venue.url}/sandbox/snapshots")).json() == {"snapshots": []}


async def test_a_saved_state_knows_its_time(tmp_path):
    async with live(tmp_path) as venue:
        await post(venue, "/clock", {"action": "freeze"})
        saved = await post(venue, "/clock", {"action": "advance", "by_ms": 60_000})
        await post(venue, "/snapshots", {"name": "then"}, 201)
        await post(venue, "/clock", {"action": "advance", "by_ms": 3_600_000})
        await post(venue, "/snapshots/then/load")
        now = (await venue.public.get(f"{venue.url}/sandbox/clock")).json()
        assert (now["mode"], now["now_us"]) == ("frozen", saved["now_us"])


async def test_a_market_that_comes_to_be_at_another_place_has_another_id_on_the_socket(tmp_path):
    async with live(tmp_path) as venue:
        ann = venue.trader(1)
        told = []
        for names in (("KXTEST-26-B",), ("KXTEST-26-C", "KXTEST-26-B")):
            await post(venue, "/reset")
            now_us = time.time_ns() // 1_000
            for name in names:
                await venue.do(c.CreateMarket(name, EVENT, now_us, now_us + DAY_US, 0, "linear_cent", (), b"{}"))
            async with ann.socket() as socket:
                command = {"channels": ["orderbook_delta"], "market_tickers": ["KXTEST-26-B"]}
                await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": command}))
                await socket.recv()
                snapshot = json.loads(await socket.recv())["msg"]
            assert snapshot["market_id"] == venue.venue.views.catalogue.markets["KXTEST-26-B"].market_id(0)
            told.append(snapshot["market_id"])
        assert told[0] != told[1]


async def test_who_was_subscribed_is_hung_up_on_and_may_come_back(tmp_path):
    async with live(tmp_path) as venue:
        ann = venue.trader(1)
        subscribe = json.dumps(
            {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_tickers": [TICKER]}}
        )
        async with ann.socket() as socket:
            await socket.send(subscribe)
            await socket.recv()
            await ann.order("bid", "0.2000", "5.00")
            await post(venue, "/reset")
            async with asyncio.timeout(30):
                with suppress(ConnectionClosed):
                    while True:
                        await socket.recv()
            assert socket.close_code == 1001
        async with ann.socket() as socket:
            await socket.send(subscribe)
            await socket.recv()
            snapshot = json.loads(await socket.recv())
            assert snapshot["type"] == "orderbook_snapshot"
            assert "yes_dollars_fp" not in snapshot["msg"]


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65])
async def test_a_name_that_is_none_is_refused(tmp_path, name):
    async with live(tmp_path) as venue:
        await post(venue, "/snapshots", {"name": name}, 400)


async def test_a_venue_without_a_journal_says_that_it_cannot_be_saved(tmp_path):
    async with live(tmp_path, durability="none") as venue:
        await post(venue, "/snapshots", {"name": "x"}, 409)


async def test_a_venue_that_is_busy_refuses_to_begin_again(tmp_path):
    async with live(tmp_path) as venue:
        venue.venue.busy_with = "the tape of X"
        await post(venue, "/reset", status=409)


async def test_a_key_of_an_account_that_is_no_more_is_answered_without_a_fault(tmp_path):
    async with live(tmp_path) as venue:
        made = await post(venue, "/accounts", {"name": "late", "balance": "50.00"}, 201)
        late = venue.trader(made["member"])
        assert await balance(late) == "50.0000"
        await post(venue, "/reset")
        for path in ("balance", "orders", "positions", "fills", "settlements"):
            assert (await late.http.get(f"/portfolio/{path}")).status_code < 500, path
        assert (await late.order("bid", "0.1000", "1.00")).status_code in (400, 401, 404)


async def test_resets_that_come_together_happen_one_after_the_other(tmp_path):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        await trade(ann, bob)
        await asyncio.gather(*[post(venue, "/reset") for _ in range(4)])
        assert venue.venue.inspection.state().degraded == ""
        assert await balance(ann) == "1000.0000"
        await trade(ann, bob)
        assert venue.venue.inspection.state().invariants_broken == []


async def test_a_reset_while_the_history_file_is_locked_leaves_nothing_of_the_past_in_it(tmp_path):
    async with live(tmp_path) as venue:
        await trade(venue.trader(1), venue.trader(2))
        with closing(sqlite3.connect(tmp_path / "history.sqlite", isolation_level=None)) as locked:
            async with asyncio.timeout(60):
                while venue.venue.history.checkpoint() != venue.venue.views.seq:
                    await asyncio.sleep(0.02)
            locked.execute("BEGIN EXCLUSIVE")
            await post(venue, "/reset")
            locked.execute("ROLLBACK")
            assert (await venue.trader(1).order("bid", "0.1000", "1.00")).status_code == 201
            await venue.trader(1).http.delete("/portfolio/events/orders")
            async with asyncio.timeout(60):
                while venue.venue.history.checkpoint() != venue.venue.views.seq:
                    await asyncio.sleep(0.02)
            assert locked.execute("select count(*) from trades").fetchone() == (0,)
            assert locked.execute("select price from orders").fetchall() == [(1_000,)]
