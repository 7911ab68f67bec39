"""The journal on disk: segments of framed records, and snapshots beside them.

    journal/00000000000000000001.log     records from seq 1
            00000000000000250001.log     ... a new segment every SEGMENT_BYTES
            00000000000000250000.snapshot   the whole state after that seq

A record is framed as wire/journal_format.py says; its body is msgpack of a JournalRecord. Anything at the end of
the last segment that is not a whole, sound record is a torn tail: a write that was never acknowledged. It is cut
off, kept beside the segment (`.torn`), and said so. The same damage anywhere else means acknowledged records are
gone: that stops the start, unless a snapshot holds everything they said: then the log goes on behind the snapshot.
"""

import asyncio
import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from exchange.ports import JournalDamaged, JournalRecord, JournalWriteFailed
from wire.journal_format import FRAME, SEGMENT_PATTERN, bodies, segment_name

Durability = Literal["os", "fsync", "none"]

SEGMENT_BYTES = 64 * 1024 * 1024
KEPT_SNAPSHOTS = 2
"""The newest may turn out to be unreadable; the one before it is the way back."""

_PROBE = bytes(4096)
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(JournalRecord)
_log = structlog.get_logger("journal")


def framed(records: Iterable[JournalRecord]) -> bytearray:
    """Records as they stand in a segment."""
    encode_into, crc32, head = _encoder.encode_into, zlib.crc32, FRAME.pack
    data, body = bytearray(), bytearray()
    for record in records:
        # Into the same room each time: bytes of its own would be made larger several times while they are written.
        encode_into(record, body)
        data += head(len(body), crc32(body))
        data += body
    return data


def whole_records(data: bytes) -> Iterator[tuple[int, JournalRecord]]:
    """(end offset, record) of every sound record from the start of `data`, until the first that is not."""
    for end, body in bodies(data):
        try:
            record = _decoder.decode(body)
        except msgspec.DecodeError:
            return
        yield end, record


class FileJournal:
    """The journal of one shard in a folder. One writer; `open` first."""

    def __init__(self, folder: Path, durability: Durability = "os", segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self.durability = durability
        self.last_seq = 0
        self.cut_bytes = 0
        """How much torn tail `open` cut off."""
        self._segment_bytes = segment_bytes
        self._file = -1
        self._path = Path()
        self._length = 0
        self._finished: list[int] = []
        """Segments that are full and not synced yet (durability `fsync`)."""
        self._durable = (Path(), 0, 0)
        """(segment, length, seq) up to which the disk certainly has everything."""

    def open(self) -> None:
        """Find the end of the log, cut a torn tail, be ready to append. Raises JournalDamaged."""
        self.folder.mkdir(parents=True, exist_ok=True)
        segments = self._segments()
        if segments:
            self._cut_torn_tail(segments)
        covered = next((seq for seq, _ in self.read_snapshots()), 0) if self._snapshot_is_ahead() else 0
        if covered > self.last_seq or not segments:
            if segments:
                _log.warning("records_lost_before_snapshot", first=self.last_seq + 1, last=covered)
            self._start_segment(1 + covered)
            self.last_seq = covered
        self._durable = (self._path, self._length, self.last_seq)

    def append(self, records: Sequence[JournalRecord]) -> None:
        """Store a batch in one write; a failed write leaves the journal as it was."""
        data = framed(records)
        try:
            if self._length + len(data) > self._segment_bytes and self._length:
                self._start_segment(records[0].seq)
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:] if written else data)
        except OSError as error:
            self._take_back()
            raise JournalWriteFailed(str(error)) from error
        self._length += len(data)
        self.last_seq = records[-1].seq

    async def sync(self) -> None:
        """With durability `fsync`: on the disk. Otherwise the operating system has it, and that is enough."""
        if self.durability != "fsync":
            return
        covered = (self._path, self._length, self.last_seq)
        # A descriptor of our own: the segment may be full, and closed, before the disk has answered.
        files, self._finished = [*self._finished, os.dup(self._file)], []
        try:
            await asyncio.to_thread(_sync_and_close, files)
        except OSError as error:
            self._cut_to_durable()
            raise JournalWriteFailed(str(error)) from error
        self._durable = covered

    def can_write(self) -> bool:
        """Try to write and take back a few bytes: is there space again?"""
        try:
            # Where there is room for a part, a part is written, and that is no error.
            is_whole = os.pwrite(self._file, _PROBE, self._length) == len(_PROBE)
            os.fsync(self._file)
        except OSError:
            return False
        finally:
            self._take_back()
        return is_whole

    def read(self, after_seq: int) -> Iterator[JournalRecord]:
        """Records with seq > after_seq. Raises JournalDamaged when one in between cannot be read."""
        segments = self._segments()
        expected = after_seq + 1
        for number, path in enumerate(segments):
            following = self._first_seq(segments[number + 1]) if number + 1 < len(segments) else None
            if following is not None and following <= expected:
                continue
            for _, record in whole_records(path.read_bytes()):
                if record.seq < expected:
                    continue
                if record.seq != expected:
                    raise JournalDamaged(f"{path.name}: expected seq {expected}, found {record.seq}")
                yield record
                expected += 1
            if following is not None and following != expected:
                raise JournalDamaged(f"{path.name} ends before seq {expected}; the next segment starts at {following}")

    def first_seq(self) -> int:
        """The seq of the oldest record that is kept, 1 for an empty journal."""
        return min(map(self._first_seq, self._segments()), default=1)

    def begin_again(self, source: Path | None = None) -> None:
        """Forget every record and snapshot; with `source` go on with those of that folder, and empty it.

        Raises OSError.
        """
        self.close()
        for finished in self._finished:
            os.close(finished)
        self._finished, self.last_seq, self.cut_bytes = [], 0, 0
        for pattern in ("*.log", "*.snapshot", "*.torn"):
            for path in self.folder.glob(pattern):
                path.unlink()
        for path in source.iterdir() if source is not None else ():
            path.replace(self.folder / path.name)
        self.open()

    def is_complete(self) -> bool:
        """Whether every state since the beginning, or since a snapshot that is whole, can be built again."""
        return self.first_seq() == 1 or next(self.read_snapshots(), None) is not None

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    # --- snapshots ----------------------------------------------------------------------------------

    def snapshots(self) -> list[tuple[int, Path]]:
        """(seq, file) of every snapshot, newest first."""
        return sorted(((int(path.stem), path) for path in self.folder.glob("*.snapshot")), reverse=True)

    def write_snapshot(self, seq: int, state: bytes, needed_seq: int | None = None) -> None:
        """Store a snapshot whole or not at all, and forget what it makes superfluous. Raises OSError.

        The one from which the records behind `needed_seq` can be read again is kept with them.
        """
        path = self.folder / f"{seq:020d}.snapshot"
        partial = path.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                file.write(FRAME.pack(len(state), zlib.crc32(state)) + state)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            # On a full disk the half of a snapshot must not keep the room the journal is waiting for.
            partial.unlink(missing_ok=True)
        needed = None if needed_seq is None else self.base_of(needed_seq)
        for kept, old in self.snapshots()[KEPT_SNAPSHOTS:]:
            if kept != needed:
                old.unlink(missing_ok=True)

    def base_of(self, seq: int) -> int:
        """The newest snapshot that is not past `seq`; without one the oldest there is, 0 when there is none."""
        known = [number for number, _ in self.snapshots()]
        return next((number for number in known if number <= seq), min(known, default=0))

    def read_snapshots(self) -> Iterator[tuple[int, bytes]]:
        """(seq, state) of every sound snapshot, newest first."""
        for seq, path in self.snapshots():
            data = path.read_bytes()
            if len(data) >= FRAME.size:
                length, crc = FRAME.unpack_from(data)
                state = data[FRAME.size :]
                if len(state) == length and zlib.crc32(state) == crc:
                    yield seq, state
                    continue
            _log.warning("snapshot_unreadable", file=path.name)

    def retain(self, after_seq: int) -> None:
        """Delete segments that hold nothing later than `after_seq`; never the one being written."""
        segments = self._segments()
        for path, following in pairwise(segments):
            if self._first_seq(following) <= after_seq + 1:
                path.unlink()

    # --- parts --------------------------------------------------------------------------------------

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob(SEGMENT_PATTERN))

    @staticmethod
    def _first_seq(path: Path) -> int:
        return int(path.stem)

    def _start_segment(self, first_seq: int) -> None:
        path = self.folder / segment_name(first_seq)
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
        if self.durability == "fsync":
            try:
                self._sync_folder()
            except OSError:
                # The old segment goes on, past this one's first seq: it must not stay as an empty lie.
                os.close(file)
                path.unlink()
                raise
            if self._file >= 0:
                self._finished.append(os.dup(self._file))
        self.close()
        self._file, self._path, self._length = file, path, os.fstat(file).st_size

    def _cut_torn_tail(self, segments: list[Path]) -> None:
        path = segments[-1]
        data = path.read_bytes()
        end, last_seq = 0, self._first_seq(path) - 1
        for offset, record in whole_records(data):
            if record.seq != last_seq + 1:
                break
            end, last_seq = offset, record.seq
        self._file, self._path, self._length = os.open(path, os.O_RDWR | os.O_APPEND), path, end
        self.last_seq = last_seq
        self.cut_bytes = len(data) - end
        if self.cut_bytes:
            kept = path.with_suffix(f".{end}.torn")
            with suppress(OSError):
                kept.write_bytes(data[end:])
            _log.warning(
                "torn_tail_cut", file=path.name, at=end, bytes=self.cut_bytes, last_seq=last_seq, kept_in=kept.name
            )
            self._take_back()

    def _cut_to_durable(self) -> None:
        """After a failed sync nobody knows what the disk has: forget everything later than the last good one."""
        path, length, seq = self._durable
        for finished in self._finished:
            os.close(finished)
        self._finished = []
        for later in self._segments():
            if self._first_seq(later) > self._first_seq(path):
                later.unlink()
        if self._path != path:
            self.close()
            self._file, self._path = os.open(path, os.O_RDWR | os.O_APPEND), path
        self._length, self.last_seq = length, seq
        self._take_back()

    def _snapshot_is_ahead(self) -> bool:
        """Whether the newest snapshot, if it is sound, is of a later seq than the log's end."""
        return any(seq > self.last_seq for seq, _ in self.snapshots()[:1])

    def _sync_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _take_back(self) -> None:
        """Cut the segment to its last good length. Truncating needs no space, so it works on a full disk."""
        os.ftruncate(self._file, self._length)


def _sync_and_close(files: Sequence[int]) -> None:
    try:
        for file in files:
            os.fdatasync(file)
    finally:
        for file in files:
            os.close(file)


class NoJournal:
    """Durability `none`: nothing survives; what happened lately is in memory for who asks for it again."""

    last_seq = 0

    def __init__(self, keep: int = 100_000) -> None:
        self._recent: deque[JournalRecord] = deque(maxlen=keep)

    def append(self, records: Sequence[JournalRecord]) -> None:
        self._recent.extend(records)

    def first_seq(self) -> int:
        """The seq of the oldest record that is in memory, 1 when there is none."""
        return self._recent[0].seq if self._recent else 1

    async def sync(self) -> None:
        return None

    def can_write(self) -> bool:
        return True

    def read(self, after_seq: int) -> Iterator[JournalRecord]:
        """Records with seq > after_seq that are in memory now, in order."""
        recent = self._recent
        return iter(list(islice(recent, max(after_seq + 1 - self.first_seq(), 0), None)))
