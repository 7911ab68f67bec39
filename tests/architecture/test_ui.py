"""The trading screen's own checks, run from here so that nobody forgets them: types, style, zones, unit tests."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import ui_types

UI = Path(__file__).parents[2] / "ui"


def npm(*arguments: str) -> None:
    """Run npm in ui/; its output when it fails."""
    if shutil.which("npm") is None or not (UI / "node_modules").is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("npm or ui/node_modules is missing (make ui)")
    done = subprocess.run(["npm", *arguments], cwd=UI, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_style_zones_and_lengths_of_files_hold():
    npm("run", "--silent", "check")


def test_model_and_feed_pass_their_unit_tests():
    npm("test", "--silent")


def test_the_types_are_those_of_the_venues_own_openapi_document():
    npm("--version")
    assert ui_types.TYPES.read_text() == ui_types.types_of(asyncio.run(ui_types.document())), "make ui-types"


def test_the_lock_names_no_registry():
    assert '"resolved"' not in (UI / "package-lock.json").read_text()
