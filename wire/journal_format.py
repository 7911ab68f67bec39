"""How the journal lies on disk, as far as a reader outside the venue may know.

A record is `length u32 | crc32 u32 | body`, little endian; the body is msgpack of an array that holds version,
seq, ts_us, the command and the events. The command is the venue's own: a reader skips it unread. Segments are
named by the seq of their first record.

The mark beside them says up to which seq the venue stands by what it wrote: a record beyond it may still be
taken back, when a write or a sync fails, and nobody has been told of it.
"""

import struct
import zlib
from collections.abc import Iterator

import msgspec

from wire.engine_events import AnyEvent

FRAME = struct.Struct("<II")
MAX_RECORD_BYTES = 64 * 1024 * 1024
SEGMENT_PATTERN = "*.log"

MARK_FILE = "released"
MARK_BYTES = 16
_MARK = struct.Struct("<Qq")


class PublicEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A journal record without what is private in it."""

    version: int
    seq: int
    ts_us: int
    command: msgspec.Raw
    events: tuple[AnyEvent, ...]


def segment_name(first_seq: int) -> str:
    return f"{first_seq:020d}.log"


def bodies(data: bytes) -> Iterator[tuple[int, memoryview]]:
    """(end offset, body) of every sound record from the start of `data`, until the first that is not."""
    offset, size, view = 0, len(data), memoryview(data)
    head = FRAME.size
    while offset + head <= size:
        length, crc = FRAME.unpack_from(data, offset)
        end = offset + head + length
        if length > MAX_RECORD_BYTES or end > size:
            return
        body = view[offset + head : end]
        if zlib.crc32(body) != crc:
            return
        yield end, body
        offset = end


def pack_mark(seq: int) -> bytes:
    """The seq twice, so that half a write is not taken for a number."""
    return _MARK.pack(seq, ~seq)


def unpack_mark(data: bytes) -> int | None:
    """The seq, or None while it is being written."""
    seq, check = _MARK.unpack(data)
    return seq if check == ~seq else None
