"""The log as the venue's journal files, read while the venue writes them.

Knows the files (wire/journal_format.py) and changes nothing in them. Believes the mark beside them: what the venue
has written but not released yet may be taken back. Without a mark, which is a journal nobody is writing, every
whole record counts.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec

from wire.engine_events import SCHEMA_VERSION
from wire.event_log import LogError, LogGap, LogRecord, LogTooShort, LogTrimmed, UnknownVersion
from wire.journal_format import (
    FRAME,
    MARK_BYTES,
    MARK_FILE,
    MAX_RECORD_BYTES,
    SEGMENT_PATTERN,
    PublicEntry,
    bodies,
    segment_name,
    unpack_mark,
)

CHUNK_BYTES = 256 * 1024
"""Read at once: some 500 records, a few milliseconds of work before the loop may do something else."""

POLL_SECONDS = 0.005
"""How long a follower at the end waits before it looks again."""

_UNMARKED = 1 << 62


class _Head(msgspec.Struct, frozen=True, array_like=True, gc=False):
    version: int
    seq: int


_entry_decoder = msgspec.msgpack.Decoder(PublicEntry)
_head_decoder = msgspec.msgpack.Decoder(_Head)


class JournalTail:
    """A LogSource over the journal folder of one shard; the folder need not exist yet."""

    def __init__(
        self, folder: Path, shard: int = 0, chunk_bytes: int = CHUNK_BYTES, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._folder = folder
        self._shard = shard
        self._chunk_bytes = chunk_bytes
        self._poll_seconds = poll_seconds

    async def read(self, after_seq: int, follow: bool = True) -> AsyncGenerator[Sequence[LogRecord], None]:
        end = self._end()
        if after_seq > end:
            raise LogTooShort(after_seq, end)
        cursor = _Cursor(self._folder, self._shard, after_seq, self._chunk_bytes)
        try:
            while follow or cursor.seq < end:
                limit = self._released() if follow else end
                if cursor.seq > limit:
                    raise LogTooShort(cursor.seq, limit)
                if batch := cursor.advance(limit):
                    yield batch
                    await asyncio.sleep(0)
                else:
                    await asyncio.sleep(self._poll_seconds)
        finally:
            cursor.close()

    async def end(self) -> int:
        return self._end()

    async def close(self) -> None:
        return None

    def _end(self) -> int:
        released = self._released()
        return _last_whole_seq(self._folder) if released == _UNMARKED else released

    def _released(self) -> int:
        """The mark; everything, when there is none."""
        try:
            while (seq := unpack_mark((self._folder / MARK_FILE).read_bytes()[:MARK_BYTES].ljust(MARK_BYTES))) is None:
                pass  # the venue is in the middle of writing 16 bytes
        except FileNotFoundError:
            return _UNMARKED
        return seq


class _Cursor:
    """A place in the files: `seq` is the last record that was handed out."""

    def __init__(self, folder: Path, shard: int, after_seq: int, chunk_bytes: int) -> None:
        self.seq = after_seq
        self._folder = folder
        self._shard = shard
        self._chunk_bytes = chunk_bytes
        self._file = -1
        self._path = Path()
        self._offset = 0

    def advance(self, limit: int) -> list[LogRecord]:
        """The next records up to seq `limit`; empty when there are none yet."""
        if self.seq >= limit or (self._file < 0 and not self._open_first()):
            return []
        size = self._chunk_bytes
        while True:
            data = os.pread(self._file, size, self._offset)
            before = self._offset
            batch = self._take(data, limit)
            if batch:
                return batch
            if self._offset > before:
                continue  # nothing but records from before the beginning
            if len(data) == size and size < MAX_RECORD_BYTES + FRAME.size:
                size *= 2  # a record larger than what was read
            elif not self._open_next():
                if limit != _UNMARKED:
                    self._explain(limit)
                return []

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, data: bytes, limit: int) -> list[LogRecord]:
        batch: list[LogRecord] = []
        start, shard, expected = self._offset, self._shard, self.seq + 1
        for end, body in bodies(data):
            if not batch and _head_decoder.decode(body).seq < expected:
                self._offset = start + end
                continue
            entry = _decode(body)
            if entry.seq > limit:
                break
            if entry.seq != expected:
                raise LogGap(expected, entry.seq)
            batch.append(LogRecord(entry.version, shard, entry.seq, entry.ts_us, entry.events))
            expected += 1
            self._offset = start + end
        self.seq = expected - 1
        return batch

    def _open_first(self) -> bool:
        """Open the segment that holds the next record, if there is any."""
        wanted = self.seq + 1
        segments = sorted(self._folder.glob(SEGMENT_PATTERN))
        if not segments:
            return False
        holding = [path for path in segments if int(path.stem) <= wanted]
        if not holding:
            raise LogTrimmed(wanted, int(segments[0].stem))
        return self._open(holding[-1])

    def _open_next(self) -> bool:
        """Go on to the segment that begins with the next record, if it is there."""
        path = self._folder / segment_name(self.seq + 1)
        return path != self._path and self._open(path)

    def _open(self, path: Path) -> bool:
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False  # let go of in this moment: the next look finds out
        self.close()
        self._file, self._path, self._offset = file, path, 0
        return True

    def _explain(self, limit: int) -> None:
        """The mark promises records that are not there. Raises."""
        try:
            same = self._path.stat().st_ino == os.fstat(self._file).st_ino
        except FileNotFoundError:
            same = False
        if not same:
            raise LogTooShort(self.seq, 0)
        raise LogError(f"{self._path.name} cannot be read behind seq {self.seq}, and the venue stands by seq {limit}")


def _decode(body: memoryview) -> PublicEntry:
    try:
        entry = _entry_decoder.decode(body)
    except msgspec.DecodeError:
        if (version := _head_decoder.decode(body).version) > SCHEMA_VERSION:
            raise UnknownVersion(version) from None
        raise
    if entry.version > SCHEMA_VERSION:
        raise UnknownVersion(entry.version)
    return entry


def _last_whole_seq(folder: Path) -> int:
    """The seq of the last sound record in the files, 0 when there are none."""
    for path in sorted(folder.glob(SEGMENT_PATTERN), reverse=True):
        last = None
        for _, body in bodies(path.read_bytes()):
            last = body
        if last is not None:
            return _head_decoder.decode(last).seq
        if int(path.stem) > 1:
            return int(path.stem) - 1
    return 0
