"""The same inputs under any hash seed, compiled or not: the same journal, byte for byte, and the same snapshot."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange import compiled

COMMANDS = 20_000 if os.environ.get("CI") else 4_000
ROOT = Path(__file__).parents[2]

RUN = """
import os, sys
from pathlib import Path
from tests.recorded import RecordedRun
from exchange.core import engine
assert engine.__file__.endswith(".py") == (os.environ["MOCK_KALSHI_CORE"] == "plain"), engine.__file__
run = RecordedRun(Path(sys.argv[1]), seed=99, segment_bytes=400_000, markets=20, accounts=60)
run.go(int(sys.argv[2]))
run.snapshot()
"""


def recorded(folder: Path, hash_seed: str, core: str = "plain") -> dict[str, str]:
    """File name -> sha256 of everything a run leaves, made by a process with this PYTHONHASHSEED."""
    subprocess.run(
        [sys.executable, "-c", RUN, str(folder), str(COMMANDS)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), compiled.CHOICE: core},
        check=True,
        timeout=240,
    )
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_three_hash_seeds_give_byte_identical_journals(tmp_path):
    runs = [recorded(tmp_path / seed, seed) for seed in ("0", "1", "random")]
    assert runs[0] == runs[1] == runs[2]
    segments = [name for name in runs[0] if name.endswith(".log")]
    assert len(segments) > 1
    size = sum(path.stat().st_size for path in (tmp_path / "0").glob("*.log"))
    print(f"{COMMANDS:,} commands, {len(segments)} segments, {size:,} bytes: 3 processes, one sha256 each")


def test_the_compiled_core_writes_the_same_journal(tmp_path, monkeypatch):
    # A cache of its own: what other tests run must not depend on whether this one has run.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    try:
        compiled.build()
    except compiled.CompileFailed as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    assert recorded(tmp_path / "compiled", "0", core="") == recorded(tmp_path / "plain", "0")
