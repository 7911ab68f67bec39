"""A venue in the background: the same command in a session of its own, and the wait until it answers."""

import asyncio
import subprocess
import sys
import time

from sandbox.commands.banner import announce
from sandbox.console import fail, out
from sandbox.launch import Launch
from sandbox.state_dir import RunInfo, StateDir

START_SECONDS = 120
"""How long it may take to answer: recovery of a large journal is part of it."""


def detach(launch: Launch) -> None:
    """Start the same command in a session of its own and wait until it answers."""
    state = launch.state
    if state.is_locked():
        running = state.run_info()
        fail(
            f"{state.path} is already in use"
            + (f" by pid {running.pid}; `mock-kalshi down` stops it" if running else "")
        )
    state.path.mkdir(parents=True, exist_ok=True)
    state.remove_run()
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with state.log.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (this very program)
            [sys.executable, "-m", "sandbox.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run_info = asyncio.run(_until_ready(state, process))
    if run_info is None:
        fail(f"the venue did not start:\n{state.log.read_text(errors='replace')[-2000:].rstrip()}")
    announce(launch, run_info)
    out.print(f"running in the background, pid {run_info.pid}, output in {state.log}", markup=False)


async def _until_ready(state: StateDir, process: "subprocess.Popen[bytes]") -> RunInfo | None:
    """The venue's run.json once it is there; None when the process ended or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        run_info = state.run_info()
        if run_info is not None and run_info.pid == process.pid:
            return run_info
        await asyncio.sleep(0.05)
    process.terminate()
    return None
