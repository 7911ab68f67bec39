"""A log line that cannot be written costs the line and nothing else."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from runtime.log import Unfailing


class FullDisk:
    def write(self, *text):
        raise OSError(errno.ENOSPC, "No space left on device")

    flush = write


@pytest.mark.parametrize("level", ["info", "error", "exception"])
def test_a_log_line_on_a_full_disk_does_not_raise(level):
    logger = structlog.wrap_logger(structlog.PrintLogger(Unfailing(FullDisk())))
    getattr(logger, level)("journal_write_failed", why="no space")


def test_a_log_line_to_a_closed_stream_does_not_raise(tmp_path):
    stream = (tmp_path / "log").open("w")
    stream.close()
    structlog.wrap_logger(structlog.PrintLogger(Unfailing(stream))).info("late")


SAYS = """
import logging, structlog
from runtime.log import log_to_stderr
log_to_stderr()
structlog.get_logger("a").info("told", seq=7)
logging.getLogger("some.library").warning("it %s", "rains")
"""


def said(log_format):
    return subprocess.run(
        [sys.executable, "-c", SAYS],
        env=os.environ | {"LOG_FORMAT": log_format, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_json_lines_are_one_object_each_whoever_speaks():
    ours, theirs = map(json.loads, said("json").stderr.splitlines())
    assert (ours["event"], ours["seq"], ours["level"]) == ("told", 7, "info")
    assert (theirs["event"], theirs["level"]) == ("it rains", "warning")


def test_console_lines_are_for_people():
    assert "told" in said("console").stderr
    assert "{" not in said("console").stderr


def test_another_log_format_ends_the_process_with_the_two_there_are():
    result = said("xml")
    assert result.returncode == 1
    assert "LOG_FORMAT" in result.stderr
    assert "'console' or 'json'" in result.stderr
