"""Child processes of a venue: started with it, started again when they die, ended with it.

Knows command lines, environments, process ids and whether an address answers. A child that cannot live is said
loudly, again and again and ever more slowly, and never harms the venue.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from sandbox.readers import HEALTH, Reader, Scene
from sandbox.tether import Tether

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 30.0
"""Who lived this long and dies is started again at once."""
STOP_SECONDS = 10.0
ASK_SECONDS = 0.25

_log = structlog.get_logger("processes")


@dataclass(frozen=True, slots=True)
class Child:
    """One process: `python -m module`."""

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    url: str
    log: Path


def children(readers: Sequence[Reader], ports: Mapping[str, int], scene: Scene) -> list[Child]:
    """The readers as children, each told where the others are. `ports` are real ones, none is 0."""
    return [
        Child(
            reader.name,
            reader.module,
            reader.arguments,
            reader.environment(scene, ports[reader.name]),
            scene.urls[reader.name],
            scene.state / "logs" / f"{reader.name}.log",
        )
        for reader in readers
    ]


def free_port(host: str) -> int:
    """A port that nobody listens at now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class Processes:
    """Keeps children alive from `start` to `stop`."""

    def __init__(self, kept: Sequence[Child]) -> None:
        self.kept = {child.name: child for child in kept}
        self._keeping: dict[str, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Those that do not run."""
        for name in self.kept:
            self.start_one(name)

    def start_one(self, name: str) -> None:
        if name not in self._keeping:
            self._keeping[name] = asyncio.get_running_loop().create_task(_keep(self.kept[name]))

    def is_kept(self, name: str) -> bool:
        """Whether it runs, or is about to run again."""
        return name in self._keeping

    async def stop(self) -> None:
        """End all of them: asked first, then made to."""
        await asyncio.gather(*[self.stop_one(name) for name in list(self._keeping)])

    async def stop_one(self, name: str) -> None:
        task = self._keeping.pop(name, None)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})


async def _keep(child: Child) -> None:
    """Have the child running until canceled."""
    wait = FIRST_WAIT_SECONDS
    while True:
        begun = time.monotonic()
        try:
            code = await _run(child)
        except OSError as error:
            _log.error("reader_cannot_start", name=child.name, error=str(error), again_in_s=wait)
        else:
            if time.monotonic() - begun > STEADY_SECONDS:
                wait = FIRST_WAIT_SECONDS
            _log.error("reader_died", name=child.name, code=code, output=str(child.log), again_in_s=wait)
        await asyncio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


async def _run(child: Child) -> int:
    """From its start to its end; its exit code. Canceled, it ends the child. Raises OSError."""
    child.log.parent.mkdir(parents=True, exist_ok=True)
    with child.log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            child.module,
            *child.arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **child.environment},
            # Ctrl-C in the terminal is for the venue, which then ends its children in order.
            start_new_session=True,
        )
    tether = Tether(process.pid)
    telling = asyncio.get_running_loop().create_task(_tell_when_ready(child, process.pid))
    try:
        return await process.wait()
    finally:
        telling.cancel()
        await _end(process)
        tether.release()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _tell_when_ready(child: Child, pid: int) -> None:
    import httpx  # by those who have somebody to ask

    # Plain HTTP to our own children: no certificates to load, which would hold up the venue's loop.
    async with httpx.AsyncClient(trust_env=False, timeout=5, verify=False) as client:  # noqa: S501
        while True:
            with suppress(httpx.HTTPError):
                if (await client.get(child.url + HEALTH)).is_success:
                    _log.info("reader_answers", name=child.name, url=child.url, pid=pid)
                    return
            await asyncio.sleep(ASK_SECONDS)
