"""A process that must not outlive this one, however this one ends, kill -9 included.

A shell beside it reads a pipe whose other end only we hold. When we are gone the kernel closes that end, the shell
reads the end of its input, and kills. Works for any program, and wherever there is a shell.
"""

import subprocess
from contextlib import suppress

_WATCH = 'read -r _ || kill -9 "$0"'


class Tether:
    """Holds one process, which leads a session of its own, until `release`."""

    def __init__(self, pid: int) -> None:
        self._watch = subprocess.Popen(  # noqa: S603  # a fixed command
            ["/bin/sh", "-c", _WATCH, str(pid)], stdin=subprocess.PIPE, start_new_session=True
        )

    def release(self) -> None:
        """The process has ended: its number may soon be somebody else's."""
        assert self._watch.stdin is not None, "piped"
        with suppress(BrokenPipeError):
            self._watch.stdin.write(b"\n")
            self._watch.stdin.flush()
        self._watch.stdin.close()
        self._watch.wait()
