"""A file that is replaced whole: where API keys and the clock's setting survive a restart.

Knows how to put bytes in a file so that after a crash it holds either the old or the new ones. Refuses to
know what is in them.
"""

import os
from pathlib import Path


class WholeFile:
    """Bytes in a file, readable by its owner only. A KeyStore (exchange/gateways/auth.py)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> bytes | None:
        """What was saved last, or None when nothing ever was."""
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def save(self, data: bytes) -> None:
        """Replace the content; returns once it would survive a power loss. Raises OSError and changes nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        # The rename itself is only on disk once its folder is.
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
