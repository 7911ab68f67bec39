"""`mock-kalshi down`: stop a venue."""

import os
import signal
import time

from sandbox.commands.options import DEFAULT, State
from sandbox.console import fail, out
from sandbox.state_dir import StateDir

STOP_SECONDS = 60
"""The venue, its readers, and a broker of its own."""


def down(state: State = DEFAULT) -> None:
    """Stop the venue of a folder; nothing acknowledged is lost. Without one it does nothing.

    Example:

      mock-kalshi down --state /tmp/venue
    """
    folder = StateDir(state)
    run = folder.run_info()
    if not folder.is_locked():
        folder.remove_run()
        out.print(f"no venue is running in {folder.path}", markup=False)
        return
    if run is None:
        fail(f"a venue is starting or stopping in {folder.path}; try again in a moment")
    os.kill(run.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.is_locked():
        if time.monotonic() > deadline:
            fail(
                f"pid {run.pid} has not stopped after {STOP_SECONDS} s; `kill -9 {run.pid}` loses nothing acknowledged"
            )
        time.sleep(0.02)
    out.print(f"stopped pid {run.pid}", markup=False)
