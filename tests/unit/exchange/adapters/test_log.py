"""A log line that cannot be written costs the line and nothing else."""

import errno

import pytest
import structlog

from exchange.adapters.log import Unfailing


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
