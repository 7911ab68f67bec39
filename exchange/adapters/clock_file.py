"""Where the clock's setting survives a restart, so that a frozen venue wakes up frozen."""

from pathlib import Path

import msgspec
import structlog

from exchange.adapters.whole_file import WholeFile
from exchange.ports import ClockSetting

_log = structlog.get_logger("clock")


class ClockFile:
    """One file, replaced whole."""

    def __init__(self, path: Path) -> None:
        self._file = WholeFile(path)

    def load(self) -> ClockSetting | None:
        """What was saved last; None when nothing was, or nothing that can be read."""
        data = self._file.load()
        if data is None:
            return None
        try:
            return msgspec.json.decode(data, type=ClockSetting)
        except msgspec.DecodeError:
            _log.warning("clock_setting_unreadable")
            return None

    def save(self, setting: ClockSetting) -> None:
        """Raises OSError and changes nothing."""
        self._file.save(msgspec.json.encode(setting))
