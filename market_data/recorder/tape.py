"""Tapes: raw WebSocket messages of a market by day, in the form docs/tapes.md describes.

    events/{ticker}/{UTC day}.ndjson.gz    {"recv_ms": ..., "event": <the message as it came>}
    metadata/{event_ticker}.json           {"fetched_at_ms": ..., "response": <GET /events/{event_ticker}>}

Every `flush` appends one gzip member of its own: what was flushed is a whole file, however the process ends.
"""

import gzip
from datetime import UTC, datetime
from pathlib import Path

FLUSH_BYTES = 1024 * 1024


def day_of(recv_ms: int) -> str:
    """The UTC day of a moment, as files are named."""
    return datetime.fromtimestamp(recv_ms / 1000, UTC).strftime("%Y-%m-%d")


class TapeWriter:
    """Below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[tuple[str, str], list[bytes]] = {}
        self._bytes = 0

    def write(self, ticker: str, recv_ms: int, message: bytes) -> None:
        """Keep a message as it came; on disk with the next flush. Raises OSError."""
        line = b'{"recv_ms":%d,"event":%b}\n' % (recv_ms, message.strip())
        self._lines.setdefault((ticker, day_of(recv_ms)), []).append(line)
        self._bytes += len(line)
        if self._bytes >= FLUSH_BYTES:
            self.flush()

    def metadata(self, event_ticker: str, fetched_at_ms: int, response: bytes) -> None:
        """Raises OSError."""
        path = self._folder / "metadata" / f"{event_ticker}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'{"fetched_at_ms":%d,"response":%b}\n' % (fetched_at_ms, response.strip()))

    def flush(self) -> None:
        """Raises OSError."""
        lines, self._lines, self._bytes = self._lines, {}, 0
        for (ticker, day), of_market in lines.items():
            path = self._folder / "events" / ticker / f"{day}.ndjson.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(gzip.compress(b"".join(of_market), 6))
