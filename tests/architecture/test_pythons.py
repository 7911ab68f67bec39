"""The Pythons that are promised: one oldest, named alike wherever a tool is told, and a setup that suffices on each."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
LOCKED = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))


def test_the_oldest_python_is_the_same_for_every_tool():
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=")
    major, minor = oldest.split(".")
    assert {
        "classifiers": PROJECT["project"]["classifiers"][0].rpartition(" ")[2],
        "ruff": PROJECT["tool"]["ruff"]["target-version"],
        "mypy": PROJECT["tool"]["mypy"]["python_version"],
        "the lock": re.findall(r"pip compile .*--python-version (\S+)", MAKEFILE),
        "make setup": re.findall(r"sys.version_info < \((.+?)\)", MAKEFILE),
    } == {
        "classifiers": oldest,
        "ruff": f"py{major}{minor}",
        "mypy": oldest,
        "the lock": [oldest],
        "make setup": [f"{major}, {minor}"],
    }


def test_setup_brings_what_compiling_needs():
    # mypyc builds with setuptools, and no environment has it by itself from Python 3.12 on.
    assert {"mypy", "setuptools"} <= LOCKED
