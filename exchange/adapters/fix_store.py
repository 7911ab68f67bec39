"""Where the FIX sessions that resend live: a folder with two files a session.

    STATE/fix/<key id>.<kind>.log     messages and numbers, appended
              <key id>.<kind>.logon   what the session last asked for, as JSON
              released                up to which seq of the journal all sessions were told (ReleaseMark)

A line of the log is a head (length of the body, MsgSeqNum, time, number expected of the client, seq of the record
it tells of, length of the MsgType), the MsgType and the body; without a MsgType it is only about the numbers.
The number expected of the client is never ahead of the journal: what a client sent and a crash took is asked for again.
Survives kill -9, not power loss. What is torn at the end is cut off; the folder belongs to one venue at a time.

A venue that was killed between the journal and this folder tells the last records again. Of these a session may
have been told a part: the seq in its last lines says what, and that much is passed over.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import Struct

import msgspec
import structlog

from wire.fix.logon import Logon
from wire.fix.profiles import SessionKind
from wire.fix.store import SentMessage

_HEAD = Struct("<IQQQQB")

_log = structlog.get_logger("fix")

COMPACT_AFTER = 16 * 1024 * 1024
"""Bytes of forgotten messages after which a log is written anew."""


class Place:
    """What the stores of one venue share. `is_journaled` says whether all commands put in line are in the journal."""

    def __init__(self, is_journaled: Callable[[], bool] = lambda: True) -> None:
        self.is_journaled = is_journaled
        self.seq = 0
        """Which record of the journal the messages that are kept now tell of; 0 = none."""
        self.stale: dict[FileStore, None] = {}
        """Those whose numbers moved since their last line."""


class FileStore:
    """A MessageStore on disk. Bodies are read back from the file; in memory is where they stand."""

    def __init__(self, path: Path, place: Place | None = None) -> None:
        self._path = path
        self._place = place or Place()
        self._told = (0, 0)
        """The record the last messages tell of, and how many of it there were when the venue started."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._begin()
        self._load()

    def _begin(self) -> None:
        self.next_out = self.next_in = self.first_kept = 1
        self._journaled_in = 1
        """What was expected of the client when all it had sent was carried out, or was nothing to carry out."""
        self._kept: deque[tuple[int, int, int, int, str]] = deque()
        """(seq_num, sent_us, offset of the body, its length, MsgType)."""
        self._end = 0

    def append(self, msg_type: str, body: bytes, now_us: int) -> int:
        """Keep a message, unless it was kept before the venue was killed. Raises OSError, and then has not."""
        seq_num = self.next_out
        record = self._place.seq
        if record and record <= self._told[0] and self._was_told(record):
            return seq_num - 1
        kind = msg_type.encode()
        offset = self._end + _HEAD.size + len(kind)
        self._write(_HEAD.pack(len(body), seq_num, now_us, self._journaled_in, record, len(kind)) + kind + body)
        self._kept.append((seq_num, now_us, offset, len(body), msg_type))
        self.next_out = seq_num + 1
        if self._journaled_in == self.next_in:
            self._place.stale.pop(self, None)
        return seq_num

    def skip(self) -> int:
        seq_num = self.next_out
        self.next_out = seq_num + 1
        self._place.stale[self] = None
        return seq_num

    def expect(self, next_in: int) -> None:
        self.next_in = next_in
        self._place.stale[self] = None

    def read(self, begin: int, end: int) -> Iterator[SentMessage]:
        # What is kept now, from the file as it is now: the reader may take its time while messages come and go.
        wanted = [kept for kept in self._kept if begin <= kept[0] <= end]
        file = os.dup(self._file)
        try:
            for seq_num, sent_us, offset, length, msg_type in wanted:
                yield SentMessage(seq_num, sent_us, msg_type, os.pread(file, length, offset))
        finally:
            os.close(file)

    def expire(self, before_us: int) -> None:
        while self._kept and self._kept[0][1] < before_us:
            self.first_kept = self._kept.popleft()[0] + 1
        if (self._kept[0][2] if self._kept else self._end) > COMPACT_AFTER:
            self._compact()

    def reset(self) -> None:
        os.ftruncate(self._file, 0)
        self._begin()
        self._place.stale[self] = None

    def flush(self) -> None:
        """Write the numbers if they moved since the last line. Raises OSError, and then they still have."""
        if self in self._place.stale:
            if self._place.is_journaled():
                self._journaled_in = self.next_in
            self._write(_HEAD.pack(0, self.next_out, 0, self._journaled_in, 0, 0))
            if self._journaled_in == self.next_in:
                del self._place.stale[self]

    def close(self) -> None:
        self.flush()
        os.close(self._file)

    def _was_told(self, record: int) -> bool:
        last, count = self._told
        if record == last:
            self._told = (last, count - 1)
        return record < last or count > 0

    def _write(self, line: bytes) -> None:
        written = os.pwrite(self._file, line, self._end)
        while written < len(line):
            written += os.pwrite(self._file, line[written:], self._end + written)
        self._end += len(line)

    def _load(self) -> None:
        size = os.fstat(self._file).st_size
        at = 0
        while at + _HEAD.size <= size:
            head = os.pread(self._file, _HEAD.size, at)
            length, seq_num, sent_us, next_in, record, kind_length = _HEAD.unpack(head)
            body_at = at + _HEAD.size + kind_length
            if body_at + length > size:
                break
            if kind_length:
                msg_type = os.pread(self._file, kind_length, at + _HEAD.size).decode()
                self._kept.append((seq_num, sent_us, body_at, length, msg_type))
                seq_num += 1
                if record:
                    self._told = (record, self._told[1] + 1 if record == self._told[0] else 1)
            elif length:
                break
            self.next_out, self.next_in, self._journaled_in = seq_num, next_in, next_in
            if sent_us and not kind_length:
                self.first_kept = sent_us
            at = body_at + length
        os.ftruncate(self._file, at)
        self._end = at

    def _compact(self) -> None:
        """The messages that are kept and the numbers, in a new file that takes the old one's place.

        `first_kept` goes where a line about the numbers has its time.
        """
        messages = list(self.read(1, self.next_out))
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.close(self._file)
        self._file, self._end = descriptor, 0
        self._kept.clear()
        for message in messages:
            kind = message.msg_type.encode()
            offset = self._end + _HEAD.size + len(kind)
            head = _HEAD.pack(len(message.body), message.seq_num, message.sent_us, self._journaled_in, 0, len(kind))
            self._write(head + kind + message.body)
            self._kept.append((message.seq_num, message.sent_us, offset, len(message.body), message.msg_type))
        self._write(_HEAD.pack(0, self.next_out, self.first_kept, self._journaled_in, 0, 0))
        fresh.replace(self._path)


class FileStores:
    """All sessions' stores of one venue; see Place."""

    def __init__(self, folder: Path, is_journaled: Callable[[], bool] = lambda: True) -> None:
        self._folder = folder
        self._place = Place(is_journaled)
        self._open: dict[tuple[str, SessionKind], FileStore] = {}

    def open(self, key_id: str, kind: SessionKind) -> FileStore:
        store = self._open.get((key_id, kind))
        if store is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            store = self._open[key_id, kind] = FileStore(self._folder / f"{key_id}.{kind}.log", self._place)
        return store

    def telling(self, seq: int) -> None:
        """What is kept from now on tells of this record of the journal; 0 = of none."""
        self._place.seq = seq

    def flush(self) -> None:
        for store in list(self._place.stale):
            try:
                store.flush()
            except OSError as error:
                key_id, kind = next(name for name, other in self._open.items() if other is store)
                _log.error("fix_store_not_written", key_id=key_id, kind=kind.value, error=str(error))

    def remember(self, logon: Logon) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{logon.key_id}.{logon.kind}.logon"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(logon))
        fresh.replace(path)

    def remembered(self) -> list[Logon]:
        return [msgspec.json.decode(path.read_bytes(), type=Logon) for path in sorted(self._folder.glob("*.logon"))]

    def close(self) -> None:
        for store in self._open.values():
            store.close()
        self._open.clear()

    def clear(self) -> None:
        """Forget every session: a venue without a journal begins anew every time."""
        for path in self._folder.glob("*.lo*"):
            path.unlink()
