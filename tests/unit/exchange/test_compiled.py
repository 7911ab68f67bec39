import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from exchange import compiled

ROOT = Path(__file__).parents[3]
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A cache in which everything seems to be compiled."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    built = compiled.folder()
    built.mkdir(parents=True)
    for group in compiled.GROUPS:
        for name in group:
            (built / f"{name}{SUFFIX}").touch()
    return tmp_path


def origins(cache: Path, first: str, core: str = "") -> list[str]:
    """Where a process that imports `first` before the venue would take one module of each group from."""
    code = f"""
import importlib.util, {first}, exchange
for name in ("exchange.core.engine", "wire.fix.codec", "exchange.gateways.fix.reports"):
    print(importlib.util.find_spec(name).origin)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache), compiled.CHOICE: core},
        check=True,
        capture_output=True,
        text=True,
    )
    return ["machine code" if line.endswith(SUFFIX) else "source" for line in done.stdout.split()]


def test_both_groups_are_taken_from_the_cache(cache):
    assert origins(cache, "sys") == ["machine code"] * 3


def test_fix_stays_a_source_where_a_part_of_it_was_imported_before_the_venue(cache):
    assert origins(cache, "wire.fix.timestamps") == ["machine code", "source", "source"]


def test_the_sources_run_where_that_is_asked_for(cache):
    assert origins(cache, "sys", core="plain") == ["source"] * 3


def test_another_version_of_any_source_has_a_place_of_its_own(tmp_path, monkeypatch):
    before = compiled.folder()
    for name in ("wire", "exchange"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.setattr(compiled, "_ROOT", tmp_path)
    (tmp_path / "wire").unlink()
    (tmp_path / "wire").mkdir()
    assert compiled.folder() != before
