"""kill -9 under load, again and again: what was acknowledged is there, once, and the state is the journal's replay."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange.adapters.journal import FileJournal
from exchange.core.checks import check_invariants, state_hash
from exchange.core.engine import Engine
from exchange.recovery import apply_again
from tests.live import TICKER
from tests.venue_process import MEMBERS, VenueProcess, venue_process
from wire.units import parse_count, parse_price

IN_CI = bool(os.environ.get("CI"))
KILLS = {"os": 20 if IN_CI else 3, "fsync": 4 if IN_CI else 1}
ORDERS = "/portfolio/events/orders"


@dataclass
class Known:
    """What a client was told about one of its orders. `total` is fills and remaining together, as a Count."""

    body: dict[str, Any]
    order_id: str
    total: int
    price: int
    rests: bool
    canceled: int | None = None
    """What an acknowledged cancel took away."""
    doubtful: bool = False
    """A change was on its way when the venue died."""


@dataclass
class Memory:
    """Everything a member's client was ever told, over all lives of the venue."""

    member: int
    orders: dict[str, Known] = field(default_factory=dict)
    unanswered: dict[str, dict[str, Any]] = field(default_factory=dict)
    serial: int = 0


class Trader:
    """Places, amends, decreases and cancels as fast as it is answered, until the venue is gone."""

    def __init__(self, memory: Memory, http: httpx.AsyncClient, seed: int) -> None:
        self.memory = memory
        self.http = http
        self.random = random.Random(seed)

    async def run(self) -> None:
        try:
            while True:
                resting = [known for known in self.memory.orders.values() if known.rests and not known.doubtful]
                draw = self.random.random()
                if draw < 0.55 or not resting:
                    await self.create()
                else:
                    await self.change(self.random.choice(resting[-40:]), draw)
        except httpx.HTTPError:
            return

    async def create(self) -> None:
        memory, pick = self.memory, self.random
        memory.serial += 1
        name = f"m{memory.member}-{memory.serial}"
        takes = pick.random() < 0.2
        body = {
            "ticker": TICKER,
            "client_order_id": name,
            "side": "ask" if takes else "bid",
            "price": "0.0100" if takes else f"0.{pick.randint(2, 30):02d}00",
            "count": f"{pick.randint(1, 9)}.00",
            "time_in_force": "immediate_or_cancel" if takes else "good_till_canceled",
            "self_trade_prevention_type": "maker",
        }
        memory.unanswered[name] = body
        answer = await self.http.post(ORDERS, json=body)
        del memory.unanswered[name]
        if answer.status_code != 201:
            assert answer.status_code == 400, answer.text
            assert answer.json()["error"]["code"] == "insufficient_balance", answer.text
            return
        done = answer.json()
        total = parse_count(done["fill_count"]) + parse_count(done["remaining_count"])
        memory.orders[name] = Known(body, done["order_id"], total, parse_price(body["price"]), not takes)

    async def change(self, known: Known, draw: float) -> None:
        known.doubtful = True
        path = f"{ORDERS}/{known.order_id}"
        if draw < 0.80:
            answer = await self.http.delete(path)
            if answer.status_code == 200:
                known.canceled = parse_count(answer.json()["reduced_by"])
        elif draw < 0.9:
            answer = await self.http.post(path + "/decrease", json={"reduce_by": "1.00"})
            if answer.status_code == 200:
                if answer.json()["remaining_count"] == "0.00":
                    known.canceled = 100
                else:
                    known.total -= 100
        else:
            price, count = f"0.{self.random.randint(2, 30):02d}00", "12.00"
            body = {"ticker": TICKER, "side": "bid", "price": price, "count": count}
            answer = await self.http.post(path + "/amend", json=body)
            if answer.status_code == 200:
                known.total, known.price = parse_count(count), parse_price(price)
        # A 404 says that it was filled or taken down by the maker rule in the meantime; money may be short.
        assert answer.status_code in (200, 400, 404), answer.text
        known.rests = answer.status_code != 404 and known.canceled is None
        known.doubtful = False


async def listed(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Every order of the member, of every status."""
    orders: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await http.get("/portfolio/orders", params={"limit": 1000, "cursor": cursor})).json()
        orders += page["orders"]
        cursor = page.get("cursor", "")
        if not cursor:
            return orders


async def check(venue: VenueProcess, memory: Memory, pick: random.Random) -> None:
    """Everything the member was told is true, and everything is there once."""
    async with venue.client(memory.member) as http:
        orders = await listed(http)
        names = Counter(order["client_order_id"] for order in orders)
        assert [name for name, count in names.items() if count > 1] == []
        by_name = {order["client_order_id"]: order for order in orders}
        lost = [name for name in memory.orders if name not in by_name]
        assert lost == []
        for name, known in memory.orders.items():
            order = by_name[name]
            assert order["order_id"] == known.order_id
            filled, remaining = parse_count(order["fill_count_fp"]), parse_count(order["remaining_count_fp"])
            if known.doubtful:
                continue
            assert parse_price(order["yes_price_dollars"]) == known.price, name
            if known.canceled is not None:
                assert order["status"] == "canceled", name
                assert (remaining, filled + known.canceled) == (0, known.total), name
            elif order["status"] == "resting":
                assert known.rests, name
                assert filled + remaining == known.total, name
            elif order["status"] == "executed" or known.body["time_in_force"] == "immediate_or_cancel":
                assert filled == known.total, name
        for name in pick.sample(sorted(memory.orders), min(40, len(memory.orders))):
            again = await http.post(ORDERS, json=memory.orders[name].body)
            assert again.status_code == 409, (name, again.text)
            assert again.json()["error"]["code"] == "order_already_exists"
        # What nobody was told about either happened, once, or did not happen at all.
        for name, body in memory.unanswered.items():
            answer = await http.post(ORDERS, json=body)
            if name in by_name:
                assert answer.status_code == 409, answer.text
            elif answer.status_code == 201:
                done = answer.json()
                total = parse_count(done["fill_count"]) + parse_count(done["remaining_count"])
                rests = body["side"] == "bid"
                memory.orders[name] = Known(body, done["order_id"], total, parse_price(body["price"]), rests)
            else:
                # A short purse may refuse; that uses up no name.
                assert answer.status_code == 400, answer.text
        memory.unanswered.clear()
        for known in memory.orders.values():
            if known.doubtful:
                settle_doubt(known, by_name[known.body["client_order_id"]])


def settle_doubt(known: Known, order: dict[str, Any]) -> None:
    """What the venue says now is what the client will hold it to from here on."""
    filled, remaining = parse_count(order["fill_count_fp"]), parse_count(order["remaining_count_fp"])
    known.doubtful, known.rests = False, order["status"] == "resting"
    known.total, known.price = filled + remaining, parse_price(order["yes_price_dollars"])
    known.canceled = 0 if order["status"] == "canceled" else None


def replayed_hash(state: Path, seq: int) -> str:
    """The state after `seq`, by nothing but the journal's files."""
    engine = Engine()
    for entry in FileJournal(state / "journal").read(0):
        if entry.seq > seq:
            break
        apply_again(engine, entry)
    assert check_invariants(engine.state) == []
    return state_hash(engine.state)


@pytest.mark.timeout(280)
@pytest.mark.parametrize("durability", ["os", "fsync"])
async def test_nothing_acknowledged_is_lost_or_doubled_by_kill_nine(tmp_path, durability):
    pick = random.Random(20261121)
    memories = [Memory(member) for member in MEMBERS]
    recoveries: list[float] = []
    starts: list[float] = []
    kills = KILLS[durability]
    for kill in range(kills + 1):
        began = time.perf_counter()
        async with venue_process(tmp_path, durability, snapshot_every=700) as venue:
            starts.append(time.perf_counter() - began)
            recoveries.append(venue.recovery_ms)
            state = await venue.state()
            assert state["state_hash"] == replayed_hash(tmp_path, state["seq"])
            assert state["invariants_broken"] == []
            await asyncio.gather(*(check(venue, memory, pick) for memory in memories))
            if kill == kills:
                before = await venue.state()
                assert await venue.end(signal.SIGTERM) == 0
                break
            clients = [venue.client(memory.member) for memory in memories]
            traders = [
                asyncio.create_task(Trader(memory, client, pick.getrandbits(32)).run())
                for memory, client in zip(memories, clients, strict=True)
            ]
            await asyncio.sleep(pick.uniform(0.05, 0.6))
            assert await venue.end(signal.SIGKILL) == -signal.SIGKILL
            await asyncio.gather(*traders)
            for client in clients:
                await client.aclose()
    async with venue_process(tmp_path, durability) as venue:
        after = await venue.state()
        assert (after["seq"], after["state_hash"]) == (before["seq"], before["state_hash"])
        assert venue.replayed == 0
    acknowledged = sum(len(memory.orders) for memory in memories)
    recoveries.sort()
    print(
        f"{durability}: {kills} kills, {acknowledged:,} acknowledged orders, {before['seq']:,} records: 0 lost, "
        f"0 doubled, state equal to the replay; recovery median {recoveries[len(recoveries) // 2]:.0f} ms, "
        f"worst {recoveries[-1]:.0f} ms; process start worst {max(starts) * 1_000:.0f} ms"
    )
