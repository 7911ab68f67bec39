"""A venue in a process of its own, to be killed: `python -m tests.venue_process STATE DURABILITY SNAPSHOTS [fix]`.

The parent side is `VenueProcess`. Members 1 to 4 have the keys `key-1` to `key-4`, all with the Ed25519 key in
STATE/key.pem. The child prints one line of JSON when it answers, and stops on SIGTERM. TEST_VENUE_PORT and
TEST_UI_ORIGINS (separated by commas) are for tests that come back to the same address from a page, TEST_HISTORY and
TEST_HISTORY_LIMIT for those with a database.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop

from exchange.app import Venue, VenueOptions, log_to_stderr
from exchange.core.commands import Deposit
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import GatewaySettings
from tests.live import API, Signed, basic_scenario
from wire import signing
from wire.accounts import account_of
from wire.fix.profiles import SessionKind
from wire.units import DOLLAR

ROOT = Path(__file__).parents[1]
MEMBERS = (1, 2, 3, 4)
READY_SECONDS = 60


class VenueProcess:
    """A running child: where it answers, how long recovery took, and how to end it."""

    def __init__(self, process: asyncio.subprocess.Process, key: signing.PrivateKey, ready: dict[str, Any]) -> None:
        self.process = process
        self.pid: int = ready["pid"]
        self.port: int = ready["port"]
        self.replayed: int = ready["replayed"]
        self.recovery_ms: float = ready["recovery_ms"]
        self.root = f"http://127.0.0.1:{self.port}"
        self.key = key
        self.writers: list[asyncio.StreamWriter] = []
        """Plain connections of tests, hung up at the end."""
        self.fix_ports = {SessionKind(kind): port for kind, port in ready["fix_ports"].items()}

    def client(self, member: int) -> httpx.AsyncClient:
        """A signed client of a member."""
        return httpx.AsyncClient(base_url=self.root + API, auth=Signed(f"key-{member}", self.key), timeout=20)

    async def state(self) -> dict[str, Any]:
        """GET /sandbox/state."""
        async with httpx.AsyncClient(timeout=20) as client:
            body: dict[str, Any] = (await client.get(self.root + "/sandbox/state")).json()
            return body

    async def health(self, which: str) -> int:
        """The status of GET /health/live or /health/ready."""
        async with httpx.AsyncClient(timeout=20) as client:
            return (await client.get(f"{self.root}/health/{which}")).status_code

    async def end(self, number: signal.Signals) -> int:
        """Send the signal to this very process and wait; its return code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def venue_process(
    state: Path,
    durability: str = "os",
    snapshot_every: int = 500_000,
    port: int = 0,
    ui_origins: str = "",
    *,
    fix: bool = False,
    history: str = "",
    history_limit: int = 200_000,
) -> AsyncIterator[VenueProcess]:
    """A child that answers; killed at the end of the block if it still lives. Its output is in STATE/output.log."""
    state.mkdir(parents=True, exist_ok=True)
    pem = state / "key.pem"
    if not pem.exists():
        pem.write_text(signing.private_pem(signing.generate_key("ed25519")))
    with (state / "output.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.venue_process",
            str(state),
            durability,
            str(snapshot_every),
            *(["fix"] if fix else []),
            cwd=ROOT,
            env=os.environ
            | {
                "TEST_VENUE_PORT": str(port),
                "TEST_UI_ORIGINS": ui_origins,
                "TEST_HISTORY": history,
                "TEST_HISTORY_LIMIT": str(history_limit),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None, "piped"
    try:
        async with asyncio.timeout(READY_SECONDS):
            line = await process.stdout.readline()
        assert line, f"the venue did not start:\n{(state / 'output.log').read_text()[-3_000:]}"
        running = VenueProcess(process, signing.parse_private_key(pem.read_text()), json.loads(line))
        try:
            yield running
        finally:
            for writer in running.writers:
                writer.close()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# --- the child --------------------------------------------------------------------------------------


async def serve(state: Path, durability: Any, snapshot_every: int, *, fix: bool) -> None:
    began = time.perf_counter()
    port = int(os.environ["TEST_VENUE_PORT"])
    gateways = GatewaySettings(ui_origins=tuple(os.environ["TEST_UI_ORIGINS"].split(",")))
    ports = dict.fromkeys(SessionKind, 0) if fix else None
    venue = Venue(
        VenueOptions(
            state,
            port=port,
            durability=durability,
            snapshot_every=snapshot_every,
            gateways=gateways,
            fix=ports,
            history=os.environ["TEST_HISTORY"],
            history_limit=int(os.environ["TEST_HISTORY_LIMIT"]),
        )
    )
    scenario = basic_scenario(len(MEMBERS))
    if fix:
        # Enough for as many orders as a quick machine sends.
        scenario += [Deposit(account_of(member), 10**7 * DOLLAR) for member in MEMBERS]
    await venue.start(scenario)
    recovery_ms = (time.perf_counter() - began) * 1_000
    pem = signing.public_pem(signing.parse_private_key((state / "key.pem").read_text()))
    for member in MEMBERS:
        if venue.keys.get(f"key-{member}") is None:
            key_type = "ed25519"
            venue.keys.add(ApiKey(f"key-{member}", member, "test", key_type=key_type, public_key_pem=pem))
    serving = asyncio.create_task(venue.serve())
    ready = {
        "pid": os.getpid(),
        "port": venue.port,
        "fix_ports": venue.fix_ports,
        "replayed": venue.replayed,
        "recovery_ms": recovery_ms,
    }
    print(json.dumps(ready), flush=True)
    await serving
    await venue.stop()


if __name__ == "__main__":
    log_to_stderr()
    with contextlib.suppress(KeyboardInterrupt):
        # Uvicorn hands SIGTERM on once it has stopped for it; that must not end us before the venue has.
        signal.signal(signal.SIGTERM, lambda *_: None)
        uvloop.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), fix="fix" in sys.argv))
