"""Server-to-client text frames: unmasked, unfragmented, uncompressed (RFC 6455 section 5.2).

Knows only the few bytes in front of a payload. Everything else of the protocol is the `websockets` library's.
"""

_FIN_TEXT = b"\x81"


def _header(size: int) -> bytes:
    if size < 126:
        return _FIN_TEXT + size.to_bytes(1, "big")
    if size < 65_536:
        return _FIN_TEXT + b"\x7e" + size.to_bytes(2, "big")
    return _FIN_TEXT + b"\x7f" + size.to_bytes(8, "big")


_HEADERS = tuple(_header(size) for size in range(2048))
"""Nearly every message is shorter than this; a table costs less than building the header."""


def text_frame(payload: bytes) -> bytes:
    """A whole text frame."""
    size = len(payload)
    return (_HEADERS[size] if size < 2048 else _header(size)) + payload
