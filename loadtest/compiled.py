"""The core through mypyc, in a folder of its own, so that the benchmark can show both.

The product runs the plain sources; this says what compiling them buys. Needs mypy and a C compiler, and says so
when one is missing.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import copytree, which

MODULES = (
    "engine",
    "fees",
    "ledger",
    "market",
    "matching",
    "order",
    "order_book",
    "order_groups",
    "orders",
    "price_grid",
    "resting",
    "state",
    "timers",
)
"""What the hot path runs through. Commands, events and snapshots are msgspec Structs: C already."""

ROOT = Path(__file__).parent.parent


def engine_rate() -> tuple[float, int] | None:
    """(commands a second, fills) of the compiled engine in a process of its own; None when it cannot be built."""
    if which("cc") is None and which("gcc") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for package in ("wire", "exchange", "loadtest"):
            copytree(
                ROOT / package, Path(folder) / package, ignore=lambda _, names: {"results", "__pycache__"} & set(names)
            )
        sources = [f"exchange/core/{name}.py" for name in MODULES]
        built = subprocess.run(
            [sys.executable, "-m", "mypyc", *sources, "wire/accounts.py"], cwd=folder, capture_output=True, check=False
        )
        if built.returncode:
            print(built.stdout.decode()[-2_000:], file=sys.stderr)
            return None
        code = (
            "import exchange.core.matching as m; assert not m.__file__.endswith('.py'), 'not compiled'\n"
            "from loadtest import engine_bench as b; print(*b.best_engine())"
        )
        ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
        rate, fills = ran.stdout.split()
        return float(rate), int(fills)
