"""An API key and the private half of it; the headers and texts it signs (SEMANTICS F1, H2)."""

import time
from collections.abc import Callable
from pathlib import Path

from wire.signing import PrivateKey, parse_private_key, request_text, sign


def real_ms() -> int:
    """Unix milliseconds of this machine: what signatures are judged by."""
    return time.time_ns() // 1_000_000


class Credentials:
    """`now_ms` is the clock that signatures carry."""

    def __init__(self, key_id: str, key: PrivateKey, now_ms: Callable[[], int] = real_ms) -> None:
        self.key_id = key_id
        self.key = key
        self.now_ms = now_ms

    @classmethod
    def load(cls, key_id: str, pem: Path) -> "Credentials":
        """Raises OSError and KeyFormatError."""
        return cls(key_id, parse_private_key(pem.read_text()))

    def headers(self, method: str, path: str) -> dict[str, str]:
        """The three headers of a signed request; `path` from the host root, without its query."""
        stamp = str(self.now_ms())
        return {
            "KALSHI-ACCESS-KEY": self.key_id,
            "KALSHI-ACCESS-SIGNATURE": sign(self.key, request_text(stamp, method, path)),
            "KALSHI-ACCESS-TIMESTAMP": stamp,
        }
