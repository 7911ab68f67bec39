"""Mutated FIX through real sockets: no crash, nobody hangs, memory stays flat, and who behaves is not kept waiting.

MOCK_KALSHI_FIX_SOCKET_FUZZ sets how many messages; 1000000 is the long run, which also holds the venue to the second
that a heartbeat may be late. The same mutations without sockets: tests/sessions/fix/test_fix_fuzz.py.
"""

import asyncio
import contextlib
import os
import random
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fix_client import FixClient
from tests.sessions.fix.mutation import LINES, mutate, pieces
from tests.venue_process import VenueProcess, venue_process
from wire import signing
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.message import parse
from wire.fix.profiles import SessionKind
from wire.fix.timestamps import format_timestamp

COUNT = int(os.environ.get("MOCK_KALSHI_FIX_SOCKET_FUZZ", "12000"))
IS_LONG = COUNT >= 100_000
LATE_SECONDS = 1.0 if IS_LONG else 30.0
GROWTH_KB = 60_000
ATTACKERS = {1: SessionKind.RT, 2: SessionKind.NR, 3: SessionKind.MD}
MESSAGES_A_CONNECTION = 200
ROUND_TRIP_EVERY = 3
ROUND_TRIP_SECONDS = 0.01


class Budget:
    def __init__(self, messages: int) -> None:
        self.left = messages
        self.connections = 0
        self.answers = 0


async def attack(venue: VenueProcess, member: int, kind: SessionKind, budget: Budget) -> None:
    """Log on, send mutated messages until the venue has had enough, again and again."""
    rng = random.Random(member)
    while budget.left > 0:
        reader, writer = await asyncio.open_connection("127.0.0.1", venue.fix_ports[kind])
        budget.connections += 1
        state = SimpleNamespace(number=1, is_over=False, heard=asyncio.Event())
        reading = asyncio.create_task(listen(reader, state, budget))
        with contextlib.suppress(ConnectionError):
            if rng.random() < 0.95:
                writer.write(log_on(venue, member, kind))
                state.number = 2
            for _ in range(MESSAGES_A_CONNECTION):
                if state.is_over or budget.left <= 0:
                    break
                budget.left -= 1
                message_type, _, body = rng.choice(LINES).removeprefix("35=").partition("|")
                fields = [(tag, value) for tag, _, value in (field.partition("=") for field in body.split("|"))]
                now = format_timestamp(time.time_ns() // 1_000)
                data = encode_message(
                    message_type, f"key-{member}", kind.value, state.number, now, encode_fields(fields) if body else b""
                )
                state.number += 1
                for piece in pieces(mutate(data, rng) if rng.random() < 0.9 else data, rng):
                    writer.write(piece)
                    await asyncio.sleep(0)
                await writer.drain()
                if not budget.left % ROUND_TRIP_EVERY:
                    # Most faults end the session; what is sent behind them would only be dropped.
                    state.heard.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(state.heard.wait(), ROUND_TRIP_SECONDS)
        writer.close()
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await reading


def log_on(venue: VenueProcess, member: int, kind: SessionKind) -> bytes:
    now = format_timestamp(time.time_ns() // 1_000)
    signature = signing.sign(venue.key, signing.fix_logon_text(now, 1, f"key-{member}", kind.value))
    fields = [("98", "0"), ("108", "30"), ("95", str(len(signature))), ("96", signature), ("141", "Y"), ("1137", "9")]
    return encode_message("A", f"key-{member}", kind.value, 1, now, encode_fields(fields))


async def listen(reader: asyncio.StreamReader, state: Any, budget: Budget) -> None:
    """What the venue says is well-formed FIX, whatever it heard; what it asks for again is sent again."""
    framer = Framer()
    while data := await reader.read(65536):
        state.heard.set()
        for item in framer.feed(data):
            assert isinstance(item, bytes), item
            budget.answers += 1
            message = parse(item)
            if message.msg_type == "2":
                state.number = int(message["7"])
    state.is_over = True
    state.heard.set()


async def observe(fix: FixClient, stop: asyncio.Event) -> float:
    """The longest that an answer to a TestRequest took, in seconds."""
    worst = 0.0
    while not stop.is_set():
        began = time.perf_counter()
        await fix.quiet()
        worst = max(worst, time.perf_counter() - began)
        await asyncio.sleep(0.05)
    return worst


def memory_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.timeout(7200 if IS_LONG else 280)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the venue's memory from /proc")
async def test_mutated_messages_through_sockets_hurt_nobody_else(tmp_path):
    async with venue_process(tmp_path, fix=True) as venue:
        live = SimpleNamespace(venue=venue, writers=venue.writers)
        watcher = FixClient(SimpleNamespace(live=live, key_id="key-4", key=venue.key), "NR")
        await watcher.log_on(("21011", "Y"))
        stop = asyncio.Event()
        observing = asyncio.create_task(observe(watcher, stop))
        warm_up, budget = Budget(COUNT // 4), Budget(COUNT - COUNT // 4)
        began = time.perf_counter()
        await asyncio.gather(*(attack(venue, member, kind, warm_up) for member, kind in ATTACKERS.items()))
        before_kb = memory_kb(venue.pid)
        await asyncio.gather(*(attack(venue, member, kind, budget) for member, kind in ATTACKERS.items()))
        after_kb = memory_kb(venue.pid)
        seconds = time.perf_counter() - began
        stop.set()
        worst = await observing
        assert venue.process.returncode is None
        # Nobody is locked out: every key that attacked logs on as soon as its last connection is forgotten.
        for member, kind in ATTACKERS.items():
            await log_on_at_last(live, venue, member, kind)
        watcher.order("after", price="5", count="1")
        await watcher.expect("8", _150="0")
        state = await venue.state()
    assert state["invariants_broken"] == []
    assert after_kb - before_kb < GROWTH_KB
    assert worst < LATE_SECONDS
    print(
        f"{COUNT:,} mutated messages, {warm_up.connections + budget.connections:,} connections, "
        f"{warm_up.answers + budget.answers:,} answers in {seconds:.1f} s; memory {before_kb:,} -> {after_kb:,} kB; "
        f"an answer to another session took {worst * 1_000:.0f} ms at most"
    )
    log = (tmp_path / "output.log").read_text()
    assert "Traceback" not in log, log[-3_000:]


async def log_on_at_last(live: Any, venue: VenueProcess, member: int, kind: SessionKind) -> None:
    async with asyncio.timeout(60):
        while True:
            fix = FixClient(SimpleNamespace(live=live, key_id=f"key-{member}", key=venue.key), kind.name)
            with contextlib.suppress(AssertionError):
                await fix.log_on()
                await fix.quiet()
                return
            await asyncio.sleep(0.05)
