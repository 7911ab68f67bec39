"""The same inputs under any hash seed, compiled or not: the same journal, byte for byte, and the same snapshot."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange import compiled

COMMANDS = 20_000 if os.environ.get("CI") else 4_000
MESSAGES = 6_000 if os.environ.get("CI") else 3_000
ROOT = Path(__file__).parents[2]

RUN = """
import gc, os, sys
from pathlib import Path
from tests.recorded import RecordedRun
from exchange.core import engine
assert engine.__file__.endswith(".py") == (os.environ["MOCK_KALSHI_CORE"] == "plain"), engine.__file__
run = RecordedRun(Path(sys.argv[1]), seed=99, segment_bytes=400_000, markets=20, accounts=60)
run.go(int(sys.argv[2]))
run.snapshot()
assert run.engine.state.orders, "some rest"
del run
gc.collect()
left = {type(thing).__name__ for thing in gc.get_objects()} & {"Position", "Level", "Market", "OrderGroup"}
assert not left, f"a dropped engine left {left}"
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


def spoken(folder: Path, core: str) -> tuple[bytes, bytes]:
    """What FIX sessions were told in a run of tests/fix_run.py, and the journal it left."""
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-m", "tests.fix_run", str(folder), str(MESSAGES)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT), compiled.CHOICE: core},
        check=True,
        timeout=240,
        stdout=subprocess.DEVNULL,
    )
    journal = b"".join(path.read_bytes() for path in sorted((folder / "state" / "journal").glob("*.log")))
    return (folder / "told").read_bytes(), journal


# Compiling takes its time on a machine that has other things to do.
@pytest.mark.timeout(1_200)
def test_compiled_code_writes_the_same_journal_and_says_the_same_by_fix(tmp_path, monkeypatch):
    # A cache of its own: what other tests run must not depend on whether this one has run.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    try:
        compiled.build()
    except compiled.CompileFailed as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    assert recorded(tmp_path / "compiled", "0", core="") == recorded(tmp_path / "plain", "0")
    plain, machine = spoken(tmp_path / "fix plain", "plain"), spoken(tmp_path / "fix compiled", "")
    assert plain == machine
    told = plain[0]
    said = {kind: told.count(b"\x0135=%b\x01" % kind.encode()) for kind in "A8935jWXr2"}
    assert min(said[kind] for kind in "A8935j") > 0, said
    print(f"{MESSAGES:,} messages, {len(told):,} bytes of answers, {len(plain[1]):,} of journal: {said}")
