"""Bytes to whole FIX messages and back: framing of a stream, checksum, encoding. What is in one is message.py's.

Garbled input (FIXT 1.1, "garbled message": BeginString, BodyLength, MsgType not the first three fields in
this order, a BodyLength that does not lead to the CheckSum, a CheckSum that is wrong) is dropped without an
answer and without counting its number; reading goes on at the next `8=FIX`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from zlib import adler32

from wire.fix.garbled import Garbled

BEGIN_STRING: Final = "FIXT.1.1"
SOH: Final = "\x01"

MAX_BODY_LENGTH: Final = 1_048_576
"""No message is longer: 10,000 symbols of a MarketDataRequest fit, 100 letters each. Bounds what one connection can
make us keep."""

_MARK: Final = b"8=FIX"
_HEAD: Final = re.compile(rb"8=(FIX[^\x01]{0,12})\x019=(\d{1,7})\x01")
_USUAL_HEAD: Final = b"8=FIXT.1.1\x019="
_LENGTH_DIGITS: Final = 7
_ZERO: Final = 0x30
_NINE: Final = 0x39
_EQUALS: Final = 0x3D
_HEAD_MAX: Final = 32
"""Bytes within which a head is complete: 2 + 15 + 1 + 2 + 7 + 1, and some."""

_TRAILER: Final = 7
"""`10=ddd` and SOH."""

_HEAD_START: Final = re.compile(rb"8(=(F(I(X[^\x01]{0,12}(\x01(9(=\d{0,7})?)?)?)?)?)?)?")
"""A head of which more may come."""

_NEXT_MESSAGE: Final = re.compile(rb"\x0110=\d{3}\x018=FIX")
_NEXT_MESSAGE_LENGTH: Final = 13
"""The end of one message and the start of another: nothing a body can hold."""

_SAFE_SUM: Final = 256
_SAFE_ASCII_SUM: Final = 515
"""How many bytes adler32's low half can add up before it wraps at 65,521: 255 x 256 and 127 x 515 stay below."""

_adler32: Final = adler32
"""For the compiled path: what a module imports is found by its name each time, this is not."""


def checksum(data: bytes) -> int:
    """The sum of all bytes modulo 256. adler32 does the adding in C: its low half is the sum plus 1, modulo 65,521."""
    size = len(data)
    if size <= _SAFE_SUM or (size <= _SAFE_ASCII_SUM and data.isascii()):
        return (_adler32(data) - 1) & 0xFF
    step = _SAFE_ASCII_SUM if data.isascii() else _SAFE_SUM
    return sum((_adler32(data[at : at + step]) & 0xFFFF) - 1 for at in range(0, size, step)) & 0xFF


class Framer:
    """Cuts a byte stream into messages, across any split of the bytes."""

    __slots__ = ("_rest", "_searched")

    def __init__(self) -> None:
        self._rest = b""
        self._searched = 0

    @property
    def buffered(self) -> int:
        """Bytes kept for later."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes | Garbled]:
        """Take bytes; the whole messages they complete, each checked, and a Garbled for each stretch dropped."""
        buffer = self._rest + data if self._rest else data
        found: list[bytes | Garbled] = []
        searched, self._searched = self._searched, 0
        at, size = 0, len(buffer)
        while at < size:
            fault: str | None
            body, length = _body_of(buffer, at)
            if not body:
                if size - at < _HEAD_MAX and _HEAD_START.fullmatch(buffer, at):
                    break
                fault = "no BeginString and BodyLength where a message should start"
            else:
                end = body + length + _TRAILER
                if end - body > MAX_BODY_LENGTH:
                    fault = "BodyLength too large"
                elif end <= size:
                    fault = _fault(buffer, at, body, end)
                    if fault is None:
                        found.append(buffer[at:end])
                        at, searched = end, 0
                        continue
                elif _NEXT_MESSAGE.search(buffer, max(body - 1, searched)):
                    fault = "BodyLength too long"
                else:
                    # What has been searched need not be searched again when the next bytes come.
                    self._searched = max(0, size - at - _NEXT_MESSAGE_LENGTH)
                    break
            if not (found and isinstance(found[-1], Garbled)):
                found.append(Garbled(fault))
            at, searched = _next_mark(buffer, at + 1), 0
        self._rest = buffer[at:]
        return found


def _body_of(buffer: bytes, at: int) -> tuple[int, int]:
    """Where the body of the message starts whose head is at `at`, and its BodyLength; (0, 0) when there is no head."""
    place = at + len(_USUAL_HEAD)
    if buffer[at:place] == _USUAL_HEAD:
        # Byte by byte: a number of three digits is read before a search has begun.
        end, length = min(place + _LENGTH_DIGITS, len(buffer) - 1), 0
        while place < end and _ZERO <= buffer[place] <= _NINE:
            length = 10 * length + buffer[place] - _ZERO
            place += 1
        if place < len(buffer) and buffer[place] == 1 and buffer[place - 1] != _EQUALS:
            return place + 1, length
        return 0, 0
    head = _HEAD.match(buffer, at)
    return (0, 0) if head is None else (head.end(), int(head[2]))


def _next_mark(buffer: bytes, at: int) -> int:
    """Where the next message may start: a mark, or the start of one at the very end."""
    mark = buffer.find(_MARK, at)
    if mark >= 0:
        return mark
    size = len(buffer)
    return next((size - n for n in range(len(_MARK) - 1, 0, -1) if buffer.endswith(_MARK[:n]) and size - n >= at), size)


_CHECK_SUMS: Final = tuple(b"10=%03d\x01" % value for value in range(256))


def _fault(buffer: bytes, start: int, body: int, end: int) -> str | None:
    """What is wrong with a frame whose head was right; None if nothing."""
    trailer = end - _TRAILER
    if buffer[trailer:end] == _CHECK_SUMS[checksum(buffer[start:trailer])] and buffer[trailer - 1] == 1:
        return None if buffer[body : body + 3] == b"35=" else "MsgType is not the third field"
    if buffer[trailer - 1] != 1 or buffer[trailer : trailer + 3] != b"10=" or buffer[end - 1] != 1:
        return "BodyLength does not lead to the CheckSum"
    return "CheckSum is wrong"


def encode_fields(fields: Iterable[tuple[str, str]]) -> bytes:
    """Body fields as bytes, each ended by SOH. No value may hold SOH; what is not latin-1 becomes `?`."""
    return "".join([f"{tag}={value}\x01" for tag, value in fields]).encode("latin-1", "replace")


def encode_group(count_tag: str, entries: Sequence[Iterable[tuple[str, str]]]) -> bytes:
    """A repeating group: its count, then the fields of each entry; nothing for no entries."""
    if not entries:
        return b""
    return b"%b=%d\x01" % (count_tag.encode(), len(entries)) + b"".join([encode_fields(entry) for entry in entries])


def frame_message(content: bytes) -> bytes:
    """Put BeginString and BodyLength before, CheckSum behind `content`, which runs from `35=` to the last SOH."""
    return frame_parts("", content)


def frame_parts(header: str, body: bytes) -> bytes:
    """A whole message of what runs from `35=` to the last SOH: its header, in latin-1, and its body."""
    content = f"8=FIXT.1.1\x019={len(header) + len(body)}\x01{header}".encode("latin-1") + body
    return content + _CHECK_SUMS[checksum(content)]


class Heads:
    """The headers of what one side of a session sends: the same each time but for number and time."""

    __slots__ = ("_comp_ids", "_starts")

    def __init__(self, sender: str, target: str) -> None:
        self._comp_ids = f"49={sender}\x0156={target}"
        self._starts: dict[str, str] = {}

    def message(self, msg_type: str, seq_num: int, sending_time: str, body: bytes) -> bytes:
        """A whole message; `sending_time` is the whole field."""
        start = self._starts.get(msg_type)
        if start is None:
            start = self._starts[msg_type] = f"35={msg_type}\x01{self._comp_ids}\x0134="
        return frame_parts(f"{start}{seq_num}\x01{sending_time}", body)


def encode_message(
    msg_type: str, sender: str, target: str, seq_num: int, sending_time: str, body: bytes = b"", duplicate_of: str = ""
) -> bytes:
    """A whole message. `duplicate_of` is the first SendingTime of a message sent again (43=Y, 122)."""
    again = f"43=Y\x01122={duplicate_of}\x01" if duplicate_of else ""
    return frame_parts(
        f"35={msg_type}\x0149={sender}\x0156={target}\x0134={seq_num}\x01{again}52={sending_time}\x01", body
    )
