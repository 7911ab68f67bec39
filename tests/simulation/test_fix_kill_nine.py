"""kill -9 under FIX load: a KalshiRT session goes on with its numbers and is told all of it, once; owners are known."""

import asyncio
import contextlib
import os
import random
import signal
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fix_client import FixClient
from tests.live import TICKER
from tests.venue_process import VenueProcess, venue_process
from wire.fix.message import Message
from wire.fix.timestamps import format_timestamp

KILLS = 8 if os.environ.get("CI") else 3
PATIENCE_SECONDS = 60
BURST = 6


def trader(venue: VenueProcess, member: int) -> Any:
    """What FixClient knows a member by."""
    live = SimpleNamespace(venue=venue, writers=venue.writers)
    return SimpleNamespace(live=live, key_id=f"key-{member}", key=venue.key)


class RtEngine:
    """A FIX engine's memory: what it sent, what it expects, what it was told. Trades until the venue is gone."""

    def __init__(self, pick: random.Random) -> None:
        self.pick = pick
        self.sent: dict[int, tuple[str, list[tuple[str, str]]]] = {}
        self.out = 1
        self.expected = 1
        self.reports: list[Message] = []
        self.answered: set[str] = set()
        """The ClOrdIDs that were spoken of."""
        self.resting: list[str] = []
        self.serial = 0
        self.moved = asyncio.Event()
        self.is_gone = False

    async def log_on(self, venue: VenueProcess) -> None:
        """Connect; recover what either side lacks."""
        self.is_gone = False
        self.fix = FixClient(trader(venue, 1), "RT", seq_num=self.out)
        answer = await self.fix.log_on(("21011", "Y"), ("21026", "Y"), reset=self.out == 1)
        if self.out == 1:
            self.expected = 2
        elif int(answer["34"]) > self.expected:
            self.fix.send("2", ("7", self.expected), ("16", 0))
        else:
            self.take(answer)
        self.reading = asyncio.create_task(self.read())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.expected <= int(answer["34"]):
                await self.wait()
        self.out = self.fix.seq_num

    async def everything_answered(self) -> None:
        """Also what the venue had not come to, and was sent again."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.unanswered():
                    await self.wait()
        except TimeoutError:
            unanswered = self.unanswered()
            pytest.fail(f"nothing was said of {len(unanswered)} from {min(unanswered.items())} to {self.out}")

    def unanswered(self) -> dict[int, list[tuple[str, str]]]:
        """What was sent and not spoken of, by number."""
        return {n: fields for n, (_, fields) in self.sent.items() if dict(fields)["11"] not in self.answered}

    async def wait(self) -> None:
        self.moved.clear()
        await self.moved.wait()

    async def read(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            while True:
                self.take(await self.fix.next())
                self.moved.set()
        self.is_gone = True
        self.moved.set()

    def take(self, message: Message) -> None:
        seq_num = int(message["34"])
        if message.msg_type == "2":
            self.resend(int(message["7"]))
        if seq_num > self.expected:
            return  # it comes again
        if message.msg_type == "4":
            self.expected = max(self.expected, int(message["36"]))
        elif seq_num == self.expected:
            self.expected += 1
            if message.msg_type in ("8", "9"):
                self.answered.add(message["11"])
            elif message.msg_type == "j":
                self.answered.add(message["379"])  # more than the member's tier allows
            if message.msg_type == "8":
                self.reports.append(message)
                if message["150"] == "0":
                    self.resting.append(message["11"])
                elif message["39"] in ("2", "4"):
                    self.resting.remove(message.get("41") or message["11"])

    def resend(self, begin: int) -> None:
        """Business again, marked as a possible duplicate; the rest is a gap."""
        at = begin
        for number in range(begin, self.fix.seq_num):
            if number in self.sent:
                if number > at:
                    self.fix.send("4", ("43", "Y"), ("123", "Y"), ("36", number), seq_num=at)
                msg_type, fields = self.sent[number]
                self.fix.send(msg_type, ("43", "Y"), ("122", format_timestamp(0)), *fields, seq_num=number)
                at = number + 1
        if at < self.fix.seq_num:
            self.fix.send("4", ("43", "Y"), ("123", "Y"), ("36", self.fix.seq_num), seq_num=at)

    def send(self, msg_type: str, **fields: Any) -> None:
        listed = [(tag[1:], str(value)) for tag, value in fields.items()]
        self.sent[self.fix.seq_num] = (msg_type, listed)
        self.fix.send(msg_type, *listed)

    async def trade(self) -> None:
        pick = self.pick
        while not self.is_gone:
            for _ in range(BURST):
                self.serial += 1
                if self.resting and pick.random() < 0.3:
                    name = pick.choice(self.resting)
                    self.send("F", _11=f"x{self.serial}", _41=name, _54=1, _55=TICKER)
                else:
                    price, count = pick.randint(2, 30), pick.randint(1, 3)
                    fields = {"_11": f"o{self.serial}", "_38": count, "_40": 2, "_44": price, "_54": 1, "_55": TICKER}
                    self.send("D", **fields, _59=1)
            self.out = self.fix.seq_num
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.wait()


async def sell(venue: VenueProcess, pick: random.Random) -> None:
    """A member that fills the resting bids by REST, until the venue is gone."""
    async with venue.client(4) as http:
        with contextlib.suppress(Exception):
            while True:
                body = {
                    "ticker": TICKER,
                    "side": "ask",
                    "price": "0.0100",
                    "count": f"{pick.randint(1, 4)}.00",
                    "time_in_force": "immediate_or_cancel",
                    "self_trade_prevention_type": "maker",
                }
                await http.post("/portfolio/events/orders", json=body)


async def drop_copy(venue: VenueProcess, member: int, begin: str) -> list[str]:
    """The ExecIDs of every report of a member."""
    drop = FixClient(trader(venue, member), "DC")
    await drop.log_on(("21026", "Y"))
    drop.send("U1", ("21001", begin))
    found = []
    while (message := await drop.next()).msg_type == "8":
        found.append(message["17"])
    assert (message.msg_type, message["21003"]) == ("U2", str(len(found)))
    await drop.close()
    return found


@pytest.mark.timeout(280)
async def test_an_rt_session_is_told_everything_once_over_kill_nine(tmp_path):
    pick = random.Random(20261121)
    engine = RtEngine(pick)
    for _ in range(KILLS):
        async with venue_process(tmp_path, fix=True, snapshot_every=400) as venue:
            await engine.log_on(venue)
            selling = asyncio.create_task(sell(venue, pick))
            trading = asyncio.create_task(engine.trade())
            await asyncio.sleep(pick.uniform(0.1, 0.6))
            assert await venue.end(signal.SIGKILL) == -signal.SIGKILL
            await asyncio.gather(selling, trading, engine.reading)
    async with venue_process(tmp_path, fix=True) as venue:
        await engine.log_on(venue)
        await engine.everything_answered()
        await engine.fix.close()
        await engine.reading
        told = [report["17"] for report in engine.reports if report["150"] != "8"]
        assert len(set(told)) == len(told), "told once"
        # One key has one connection; member 1 has one key, so the drop copy waits for the first to be gone.
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    kept = await drop_copy(venue, 1, told[0])
                    break
                except AssertionError as refused:
                    if "already exists" not in str(refused):
                        raise
        assert sorted(told) == sorted(kept)
        assert [report for report in engine.reports if report["150"] == "8"] == []
        assert await resting(venue, 1) == set(engine.resting)
    print(f"{KILLS} kills under FIX load: {len(told):,} reports, each told once")


async def test_whose_an_order_is_and_what_goes_with_a_connection_is_known_after_kill_nine(tmp_path):
    async with venue_process(tmp_path, fix=True) as venue:
        armed, mine = FixClient(trader(venue, 2), "NR"), FixClient(trader(venue, 3), "NR")
        await armed.log_on(("8013", "Y"), ("21011", "Y"))
        await mine.log_on(("21011", "Y"))
        for fix, member in ((armed, 2), (mine, 3)):
            for number in range(3):
                fix.order(f"fix-{number}", price="10")
                await fix.expect("8", _150="0")
            async with venue.client(member) as http:
                assert (await http.post("/portfolio/events/orders", json=rest_order())).status_code == 201
            await fix.expect("8", _150="0", _11="rest")
        # Renamed, it is still the same order of the same session.
        mine.send("G", ("11", "new"), ("38", 9), ("40", 2), ("41", "fix-0"), ("44", 11), ("54", 1), ("55", TICKER))
        await mine.expect("8", _150="5")
        mine.order("last", price="12")
        assert await venue.end(signal.SIGKILL) == -signal.SIGKILL
    async with venue_process(tmp_path, fix=True) as venue:
        assert await resting(venue, 2) == {"rest"}
        assert await resting(venue, 3) - {"last"} == {"rest", "new", "fix-1", "fix-2"}
        again = FixClient(trader(venue, 3), "NR")
        await again.log_on(("21011", "Y"))
        again.send("q", ("11", "all"), ("530", 6))
        await again.expect("r", _531="6")
        await again.quiet_after("4")
        assert await resting(venue, 3) == {"rest"}


async def resting(venue: VenueProcess, member: int) -> set[str]:
    names: set[str] = set()
    cursor = ""
    async with venue.client(member) as http:
        while True:
            params = {"status": "resting", "limit": 1000, "cursor": cursor}
            page = (await http.get("/portfolio/orders", params=params)).json()
            names |= {order["client_order_id"] for order in page["orders"]}
            cursor = page.get("cursor", "")
            if not cursor:
                return names


def rest_order() -> dict[str, str]:
    return {
        "ticker": TICKER,
        "client_order_id": "rest",
        "side": "bid",
        "price": "0.0500",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "maker",
    }
