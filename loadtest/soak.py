"""`python -m loadtest soak`: the house as `make run` starts it, for some minutes, with a crowd of WebSocket readers.

Ends by itself. Says the slope of every process's memory behind a warm-up, every error in any log, every gap a reader
saw, whether the invariants hold and whether the journal verifies; exit code 1 when one of these is not as it should be.
The venue keeps a small window of ended orders in memory, so that it is full when the warm-up is over. Meant for a quiet
machine: readers and venue share its cores.
"""

import argparse
import asyncio
import json
import os
import random
import re
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop
import websockets

from loadtest.own_venue import ask, own_venue
from wire import signing

SOCKET = "/trade-api/ws/v2"
SAMPLE_SECONDS = 1.0
WARM_UP_SHARE = 0.4
WORST_SLOPE_MB = 1.0
CHECKED = 10
"""Of the readers so many read every number; for 200 that decode a machine of their own would be needed."""
BAD_LINE = re.compile(r"Traceback|\berror\b|\bcritical\b|exception|reader_died", re.IGNORECASE)
SHARE_OF_PAGE = os.sysconf("SC_PAGE_SIZE") / 2**20


Memory = list[tuple[float, float]]
"""(seconds since the beginning, megabytes)."""


@dataclass
class Seen:
    """What the readers saw."""

    messages: int = 0
    gaps: int = 0
    hung_up: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtest soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--mix", default="game-night", choices=["quiet", "game-night", "news-shock", "settlement-rush"])
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--markets", type=int, default=3, help="that each reader subscribes to")
    parser.add_argument("--window", type=int, default=2_000, help="`up --window`: what memory may grow to fill")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args(arguments)
    with own_venue("demo", "--readers", "--mix", options.mix, "--window", str(options.window)) as (root, folder, run):
        print(f"{options.mix} at {root}, {options.readers} readers, {options.minutes:g} minutes", flush=True)
        memory, seen = uvloop.run(_soak(root, run["pid"], options))
        state = ask(root, "GET", "/state")
        verified = ask(root, "GET", "/verify")
        troubles = _troubles(folder)
    return _tell(memory, seen, state, verified, troubles)


async def _soak(root: str, pid: int, options: argparse.Namespace) -> tuple[dict[str, Memory], Seen]:
    """The memory of each process, and what the readers saw."""
    key = signing.generate_key("ed25519")
    body = {"name": "soak", "balance": "1", "public_key_pem": signing.public_pem(key)}
    key_id = ask(root, "POST", "/accounts", body)["key_id"]
    pick, seen = random.Random(options.seed), Seen()
    tickers = _open_markets(root, key, key_id)
    reading = [
        asyncio.create_task(
            _read(root, key, key_id, pick.sample(tickers, min(options.markets, len(tickers))), seen, number < CHECKED)
        )
        for number in range(options.readers)
    ]
    began = time.monotonic()
    memory: dict[str, Memory] = {}
    while (passed := time.monotonic() - began) < options.minutes * 60:
        for name, process in _processes(pid).items():
            memory.setdefault(name, []).append((passed, _megabytes(process)))
        await asyncio.sleep(SAMPLE_SECONDS)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    return memory, seen


async def _read(root: str, key: signing.PrivateKey, key_id: str, tickers: list[str], seen: Seen, check: bool) -> None:
    """Subscribe and read until canceled."""
    address = root.replace("http", "ws", 1) + SOCKET
    try:
        async with websockets.connect(
            address, additional_headers=_headers(key, key_id, SOCKET), compression=None, open_timeout=120
        ) as socket:
            params = {"channels": ["orderbook_delta", "trade", "ticker"], "market_tickers": tickers}
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
            last: dict[int, int] = {}
            async for text in socket:
                seen.messages += 1
                if check:
                    message = json.loads(text)
                    sid, seq = message.get("sid", 0), message.get("seq")
                    if seq is not None:
                        seen.gaps += seq != last.get(sid, 0) + 1
                        last[sid] = seq
        seen.hung_up.append("the venue closed the socket")
    except (OSError, websockets.WebSocketException) as error:
        seen.hung_up.append(repr(error))


def _open_markets(root: str, key: signing.PrivateKey, key_id: str) -> list[str]:
    path = "/trade-api/v2/markets"
    request = urllib.request.Request(f"{root}{path}?status=open&limit=100", headers=_headers(key, key_id, path))
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [market["ticker"] for market in json.load(answer)["markets"]]


def _headers(key: signing.PrivateKey, key_id: str, path: str) -> dict[str, str]:
    stamp = str(time.time_ns() // 1_000_000)
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-SIGNATURE": signing.sign(key, signing.request_text(stamp, "GET", path)),
        "KALSHI-ACCESS-TIMESTAMP": stamp,
    }


def _processes(pid: int) -> dict[str, int]:
    """The venue and the readers that run beside it, by their modules' names."""
    found = {"venue": pid}
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            if "-m" in command:
                found[command[command.index("-m") + 1]] = int(child)
    return found


def _megabytes(pid: int) -> float:
    """Resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * SHARE_OF_PAGE


def slope_a_minute(memory: Memory) -> float:
    """Megabytes a minute by least squares, behind the warm-up."""
    later = memory[int(len(memory) * WARM_UP_SHARE) :]
    if len(later) < 2:
        return 0.0
    mean_s = sum(at for at, _ in later) / len(later)
    mean_mb = sum(mb for _, mb in later) / len(later)
    spread = sum((at - mean_s) ** 2 for at, _ in later)
    return 60 * sum((at - mean_s) * (mb - mean_mb) for at, mb in later) / spread


def _troubles(folder: Path) -> list[str]:
    """Lines of any log that speak of an error."""
    return [
        f"{log.name}: {line.strip()[:300]}"
        for log in [folder / "output.log", *(folder / "state").rglob("*.log")]
        if log.parent.name != "journal"
        for line in log.read_text(errors="replace").splitlines()
        if BAD_LINE.search(line)
    ]


def _tell(
    memory: dict[str, Memory], seen: Seen, state: dict[str, Any], verified: dict[str, Any], troubles: list[str]
) -> int:
    slopes = {name: slope_a_minute(samples) for name, samples in memory.items()}
    faults = [
        *(f"{name} grows by {slope:.2f} MB a minute" for name, slope in slopes.items() if slope >= WORST_SLOPE_MB),
        *([f"{seen.gaps} gaps seen"] if seen.gaps else []),
        *([f"{len(seen.hung_up)} readers were hung up, first: {seen.hung_up[0]}"] if seen.hung_up else []),
        *(f"invariant broken: {line}" for line in state["invariants_broken"]),
        *([] if verified["ok"] else [f"verify failed: {verified}"]),
        *(f"log: {line}" for line in troubles[:20]),
    ]
    for name, samples in memory.items():
        print(
            f"memory      {samples[0][1]:.0f} MB at first, {samples[-1][1]:.0f} MB at last, {slopes[name]:+.2f} MB a "
            f"minute behind the first {WARM_UP_SHARE:.0%}: {name}"
        )
    print(f"readers     {seen.messages:,} messages, {seen.gaps} gaps, {len(seen.hung_up)} hung up")
    print(f"commands    {verified['seq']:,}, verify {'ok' if verified['ok'] else 'FAILED'}")
    print(f"logs        {len(troubles)} lines of trouble")
    for fault in faults:
        print(f"FAULT       {fault}")
    return int(bool(faults))
