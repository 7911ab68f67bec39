"""Books on disk: where a restart goes on, and from where a look into the past begins.

A checkpoint is one file, whole or not there. It holds the books, the seq they are at, and a fingerprint of the
record of that seq: a checkpoint of another log, or of this one before it was reset, is told apart by it. The seq is
all a reader needs to find its place, in files and in Kafka alike; an offset would be a second truth.
"""

import os
import struct
import zlib
from pathlib import Path

import msgspec
import structlog

from rebuilder.order_book import BooksState
from wire.event_log import LogRecord, encode

KEPT = 24
_FRAME = struct.Struct("<QI")
_VERSION = 1
_log = structlog.get_logger("rebuilder.checkpoint")


class Checkpoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    version: int
    fingerprint: int
    state: BooksState


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Checkpoint)


def fingerprint(record: LogRecord) -> int:
    """Tells a record from another of the same seq."""
    return zlib.crc32(encode(record))


class Checkpoints:
    """The checkpoints of one shard in a folder of their own."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept

    def write(self, state: BooksState, last: LogRecord) -> None:
        """Store the books as they are behind the record `last`. Raises OSError and leaves nothing half done."""
        assert state.seq == last.seq, "a checkpoint holds the books behind its last record"
        body = _encoder.encode(Checkpoint(_VERSION, fingerprint(last), state))
        self._folder.mkdir(parents=True, exist_ok=True)
        # The time is in the name, so that a moment is found without reading any of them.
        path = self._folder / f"{state.seq:020d}-{state.ts_us:020d}.books"
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                file.write(_FRAME.pack(len(body), zlib.crc32(body)) + body)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        self._thin_out()

    def newest(self, seq: int | None = None, ts_us: int | None = None) -> Checkpoint | None:
        """The newest sound one that is not later than a seq and strictly before the end of a time."""
        for path_seq, path_us, path in sorted(self._files(), reverse=True):
            if (seq is None or path_seq <= seq) and (ts_us is None or path_us <= ts_us):
                if (found := self._read(path)) is not None:
                    return found
                _log.warning("checkpoint_unreadable", file=path.name)
        return None

    def clear(self) -> None:
        """Forget all of them: they are of another log."""
        for _, _, path in self._files():
            path.unlink(missing_ok=True)

    def seqs(self) -> list[int]:
        """Where there are checkpoints, ascending."""
        return sorted(seq for seq, _, _ in self._files())

    def _files(self) -> list[tuple[int, int, Path]]:
        named = ((path.stem.partition("-"), path) for path in self._folder.glob("*.books"))
        return [(int(seq), int(ts_us), path) for (seq, _, ts_us), path in named]

    def _read(self, path: Path) -> Checkpoint | None:
        data = path.read_bytes()
        body = data[_FRAME.size :]
        if len(data) < _FRAME.size or _FRAME.unpack_from(data) != (len(body), zlib.crc32(body)):
            return None
        try:
            found = _decoder.decode(body)
        except msgspec.DecodeError:
            return None
        return found if found.version == _VERSION else None

    def _thin_out(self) -> None:
        """Keep the newest half as they are and every other one of the rest: the past gets coarser, not shorter."""
        files = sorted(self._files())
        if len(files) > self._kept:
            for _, _, path in files[1 : self._kept // 2 : 2]:
                path.unlink(missing_ok=True)
