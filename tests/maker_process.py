"""`python -m market_maker` in a process of its own."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


@contextlib.asynccontextmanager
async def maker_process(environment, output=asyncio.subprocess.PIPE):
    """Killed at the end if it still lives."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "market_maker"),
        cwd=ROOT,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        stdout=output,
        stderr=output,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()
