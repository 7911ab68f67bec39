"""`python -m loadtest`: every benchmark, each figure beside a ceiling measured in the same run.

python -m loadtest                    all of them, about three minutes
python -m loadtest engine rest        some of them
python -m loadtest load               a minute of users over REST, WebSocket and FIX (make load)
python -m loadtest soak --minutes 5   the whole house under a crowd and two hundred readers
                                      (load and soak have a --help of their own)
python -m loadtest --write            also to loadtest/results/, with method and commit
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from exchange import compiled
from loadtest import engine_bench, fix_bench, journal_bench, load, rest_bench, soak, ws_bench
from loadtest.report import table

BENCHES = {
    "engine": ("Engine", engine_bench.run),
    "journal": ("Journal and recovery", journal_bench.run),
    "rest": ("Signed REST orders", rest_bench.run),
    "fix": ("FIX orders", fix_bench.run),
    "ws": ("WebSocket fan-out", ws_bench.run),
}


RUNS = {"load": load.main, "soak": soak.main}
"""What is no benchmark and has options of its own."""


def main() -> None:
    if sys.argv[1:] and sys.argv[1] in RUNS:
        raise SystemExit(RUNS[sys.argv[1]](sys.argv[2:]))
    parser = argparse.ArgumentParser(
        prog="python -m loadtest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", nargs="*", metavar="BENCH", help=f"{', '.join(BENCHES)}; all when none is named")
    parser.add_argument("--write", action="store_true", help="also write loadtest/results/DATE.md")
    options = parser.parse_args()
    for name in options.bench:
        if name not in BENCHES:
            parser.error(f"no benchmark is called {name!r}; there are {', '.join(BENCHES)}")
    parts = [_about()]
    for name in options.bench or BENCHES:
        title, run = BENCHES[name]
        print(f"... {title}", file=sys.stderr, flush=True)
        parts.append(table(title, run()))
        print(parts[-1], flush=True)
    if options.write:
        path = Path(__file__).parent / "results" / f"{datetime.now(UTC):%Y-%m-%d}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(parts))
        print(f"written to {path}", file=sys.stderr)


def _about() -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return (
        f"# Benchmarks, {datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip() or 'unknown'}\n\n"
        f"CPython {platform.python_version()}{_whose()}, {os.cpu_count()} cores, {platform.system()} "
        f"{platform.machine()}; the engine {'compiled' if compiled.is_used() else 'as sources'}; server on the first "
        "core, client on the last. Method: loadtest/README.md. A ratio is to a ceiling measured in the same run on the "
        "same machine; "
        "absolute figures move with the machine.\n"
    )


def _whose() -> str:
    """Whose build of Python it is, as far as one can tell: a distribution's is a fifth faster than a plain one."""
    if sys.base_prefix != "/usr":
        return ""
    return f" of {platform.freedesktop_os_release().get('PRETTY_NAME', 'the system')}"


if __name__ == "__main__":
    main()
