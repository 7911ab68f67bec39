"""The house as `make run` starts it, sixty times as fast, with a market maker beside the crowd; then both are killed.

What is asserted is read from the journal afterwards, in venue time: a slow machine proves as much as a quick one.
"""

import asyncio
import contextlib
import os
import signal
from collections import defaultdict

import httpx

from exchange.adapters.journal import FileJournal
from market_maker.agents.mix import load_mix
from sandbox.state_dir import StateDir
from tests.integration.test_up_readers import SECONDS, Cli
from tests.live import API, Signed
from tests.maker_process import maker_process
from wire import signing
from wire.accounts import account_of
from wire.engine_events import MarketStatusChanged, OrderAccepted, OrderAmended, OrderCanceled, Trade
from wire.enums import MarketStatus
from wire.units import CONTRACT, MICROS

SPEED = 60
MINUTES = 30 if os.environ.get("CI") == "true" else 3
TICKER = "KXHIGHMOCK-DEMO-B63"
LIMIT = 150
LIFETIME_S = 20
CROWD_LIFETIME_S = 30
WRONG_S = 40
"""By so much of the venue's time agents may be wrong: they look at its clock every half second (LiveClock)."""
MUCH = 100
"""Resting orders: what a crowd that acts has out at the least, beside the house's own liquidity, is some dozens."""
CROWD_ACCOUNTS = tuple(account_of(number) for number in (4, 5, 6, 7))
"""Of the demo: the first makes."""


async def until(ask):
    """The first true answer."""
    async with asyncio.timeout(SECONDS):
        while not (answer := await ask()):
            await asyncio.sleep(0.05)
    return answer


class House:
    """`mock-kalshi up` with everything beside it, and an account with a key for a market maker of ours."""

    def __init__(self, folder):
        self.folder = folder
        self.cli = Cli(folder / "venue")
        self.cli.up("--mix", "quiet", "--seed", "7")
        status = self.cli.status()
        self.url = status["KALSHI_API_BASE_URL"].removesuffix(API)
        self.crowd_url = status["MOCK_KALSHI_MARKET_MAKER_URL"]
        self.http = httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False)

    async def sandbox(self, method, path, **body):
        answer = await self.http.request(method, f"/sandbox{path}", json=body or None)
        assert answer.is_success, answer.text
        return answer.json()

    async def now_us(self):
        return (await self.sandbox("GET", "/clock"))["now_us"]

    async def passes(self, seconds, meanwhile=None):
        """So much of the venue's time."""
        until_us = await self.now_us() + seconds * MICROS

        async def is_over():
            if meanwhile is not None:
                await meanwhile()
            return await self.now_us() >= until_us

        await until(is_over)

    async def crowd(self):
        """What the crowd says of itself once it acts."""
        with contextlib.suppress(httpx.TransportError):
            said = (await self.http.get(f"{self.crowd_url}/status")).json()
            return said if said["state"] == "acting" and said["sent"] else None

    def pid_of(self, reader):
        return self.cli.said("reader_answers", name=reader)[-1]["pid"]

    async def account(self, name):
        """A funded account: its member's number, its key's id, and what signs for it."""
        key = signing.generate_key("ed25519")
        made = await self.sandbox(
            "POST", "/accounts", name=name, balance="100000", public_key_pem=signing.public_pem(key)
        )
        return made["member"], made["key_id"], key

    async def hire(self):
        """An account for a maker: its member's number, and the environment to start it with."""
        member, key_id, key = await self.account("maker")
        self.signed = Signed(key_id, key)
        pem = self.folder / "maker.pem"
        pem.write_text(signing.private_pem(key))
        settings = {
            "VENUE_URL": self.url,
            "KEY_ID": key_id,
            "PRIVATE_KEY_PATH": str(pem),
            "TICKER": TICKER,
            "STRATEGY": "ladder",
            "SPREAD": "1",
            "LEVELS": "3",
            "QUANTITY": "40",
            "POSITION_LIMIT": str(LIMIT),
            "QUOTE_LIFETIME_S": str(LIFETIME_S),
            "HEALTH_PORT": "0",
        }
        return member, {f"MARKET_MAKER_{name}": value for name, value in settings.items()}

    async def push(self, signed, side):
        """Somebody who takes whatever stands in the maker's market."""
        order = {
            "ticker": TICKER,
            "side": side,
            "price": "0.9900" if side == "bid" else "0.0100",
            "count": "90.00",
            "time_in_force": "immediate_or_cancel",
            "self_trade_prevention_type": "taker_at_cross",
        }
        await self.http.post(f"{API}/portfolio/events/orders", json=order, auth=signed)

    async def is_taken(self, signed):
        """Somebody takes, and the maker has a fill."""
        await self.push(signed, "ask")
        return (await self.http.get(f"{API}/portfolio/fills", auth=self.signed)).json()["fills"]

    async def quotes(self):
        """The maker's resting orders."""
        answer = await self.http.get(f"{API}/portfolio/orders", params={"status": "resting"}, auth=self.signed)
        return answer.json()["orders"]


class Told:
    """What a journal says of orders and positions."""

    def __init__(self, journal):
        self.acts = []
        """(seq, time, account) of every member's command."""
        self.rested = {}
        """Order -> (seq, time, account, ticker) at which it came to rest."""
        self.ends = {}
        """Order -> (seq, time) at which it was there no more."""
        self.expiries = {}
        """Order -> when it says that it ends, by its newest word."""
        self.positions = defaultdict(list)
        """(account, ticker) -> the position after each trade."""
        self.opened = {}
        """Ticker -> when it opened."""
        for record in journal.read(0):
            seq, ts_us = record.seq, record.ts_us
            if hasattr(record.command, "account"):
                self.acts.append((seq, ts_us, record.command.account))
            for event in record.events:
                self._take(seq, ts_us, event)
        self.last_seq = seq

    def _take(self, seq, ts_us, event):
        match event:
            case OrderAccepted() if event.resting_count:
                self.rested[event.order_id] = seq, ts_us, event.account, event.ticker
                self.expiries[event.order_id] = event.expiration_us
            case OrderAmended():
                self.expiries[event.order_id] = event.expiration_us
            case OrderCanceled():
                self.ends[event.order_id] = seq, ts_us
            case Trade():
                self.positions[event.maker_account, event.ticker].append(event.maker_position)
                self.positions[event.taker_account, event.ticker].append(event.taker_position)
                if not event.maker_remaining:
                    self.ends[event.maker_order_id] = seq, ts_us
            case MarketStatusChanged(new=MarketStatus.ACTIVE):
                self.opened.setdefault(event.ticker, ts_us)

    def markets_moved(self, started_us):
        """The crowd brought the book of every market that was open to life."""
        by_crowd = [(ts_us, ticker) for _, ts_us, account, ticker in self.rested.values() if account in CROWD_ACCOUNTS]
        began_us = by_crowd[0][0]
        first = {}
        for ts_us, ticker in by_crowd:
            first.setdefault(ticker, ts_us)
        open_then = {ticker for ticker, opened_us in self.opened.items() if opened_us < began_us}
        assert open_then <= first.keys()
        moved_s = max(first[ticker] - began_us for ticker in open_then) / MICROS
        print(
            f"first order {(began_us - started_us) / MICROS:.2f} s behind the start, "
            f"the books of all {len(open_then)} open markets moved {moved_s:.2f} s later"
        )

    def positions_within(self, account, limits):
        held = {ticker: after for (whose, ticker), after in self.positions.items() if whose == account}
        widest = {ticker: max(map(abs, after)) / CONTRACT for ticker, after in held.items()}
        print(f"account {account}: {sum(map(len, held.values()))} fills, at most {widest}")
        for ticker, after in held.items():
            assert max(map(abs, after)) <= limits[ticker], ticker
        return list(held)

    def ended_soon_after(self, killed_seq, accounts, lifetime_s):
        """What rested behind the last words before a death was gone when it had said it would be."""
        last_seq, last_us, _ = [act for act in self.acts if act[0] <= killed_seq and act[2] in accounts][-1]
        orphans = [
            order_id
            for order_id, (seq, _, account, _) in self.rested.items()
            if account in accounts
            and seq <= last_seq
            and (order_id not in self.ends or self.ends[order_id][0] > last_seq)
        ]
        assert orphans, "somebody was killed who had nothing to leave behind"
        assert [order_id for order_id in orphans if order_id not in self.ends] == []
        late = [order_id for order_id in orphans if self.ends[order_id][1] > self.expiries[order_id]]
        assert late == [], "gone when it had said it would be"
        longest_s = max(self.expiries[order_id] - last_us for order_id in orphans) / MICROS
        print(f"{len(orphans)} quotes left behind, the last gone within {longest_s:.1f} s")
        assert longest_s <= lifetime_s + WRONG_S


async def test_half_an_hour_at_sixty_times_the_pace_and_two_sudden_deaths(tmp_path):
    house = House(tmp_path)
    try:
        crowd_began = await until(house.crowd)
        member, environment = await house.hire()
        _, *key = await house.account("pusher")
        pusher = Signed(*key)
        async with maker_process(environment, asyncio.subprocess.DEVNULL) as maker:
            await until(house.quotes)
            await house.sandbox("POST", "/clock", action="speed", speed=SPEED)
            for side in ("ask", "bid"):
                await house.passes(30 * MINUTES, lambda side=side: house.push(pusher, side))
            await house.sandbox("POST", "/clock", action="speed", speed=1)
            # However slow the machine was until now.
            await until(lambda: house.is_taken(pusher))
            await until(house.quotes)
            assert maker.returncode is None
            maker.kill()
            await maker.wait()
            killed_seq = (await house.sandbox("GET", "/state"))["seq"]

        async def much_rests():
            return (await house.sandbox("GET", "/state"))["orders_resting"] > MUCH

        async def nothing_rests():
            return await house.quotes() == []

        await until(much_rests)
        os.kill(house.pid_of("market-maker"), signal.SIGKILL)
        crowd_killed_seq = (await house.sandbox("GET", "/state"))["seq"]
        await house.sandbox("POST", "/clock", action="speed", speed=SPEED)
        await house.passes(CROWD_LIFETIME_S + WRONG_S)
        await until(nothing_rests)
        state, verified = await house.sandbox("GET", "/state"), await house.sandbox("GET", "/verify")
        assert state["invariants_broken"] == []
        assert verified["ok"], verified
    finally:
        started_us = StateDir(house.cli.state).run_info().started_us
        await house.http.aclose()
        house.cli("down")
    told = Told(FileJournal(house.cli.state / "journal"))
    print(f"{told.last_seq} commands; crowd: {crowd_began['agents']}")
    told.markets_moved(started_us)
    assert told.positions_within(account_of(member), {TICKER: LIMIT * CONTRACT}) == [TICKER]
    told.positions_within(CROWD_ACCOUNTS[0], defaultdict(lambda: load_mix("quiet").maker.limit * CONTRACT))
    told.ended_soon_after(killed_seq, (account_of(member),), LIFETIME_S)
    told.ended_soon_after(crowd_killed_seq, CROWD_ACCOUNTS, CROWD_LIFETIME_S)
