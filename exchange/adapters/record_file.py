"""A venue's commands in one file, to be kept, sent and replayed: gzip of one JSON object a line.

    {"version":1,"seq":1,"ts_us":...,"command":["CreateMember",1,"alice",true],"events":[["MemberCreated",...]]}

Commands and events stand as they do in the journal, `details` in base64. The events are there so that a replay can
tell whether it still does what was done. Knows the file; what replays it is exchange/recovery.py.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from exchange.core.commands import AnyCommand
from exchange.ports import JournalDamaged, JournalRecord
from wire.engine_events import AnyEvent

LINES_A_PIECE = 500
"""How many are compressed together: what a reader of the stream waits for."""

_encoder = msgspec.json.Encoder()


class _Line(msgspec.Struct, frozen=True, gc=False):
    version: int
    seq: int
    ts_us: int
    command: AnyCommand
    events: tuple[AnyEvent, ...]


_decoder = msgspec.json.Decoder(_Line)


def write(records: Iterable[JournalRecord]) -> Iterator[bytes]:
    """The file, in pieces."""
    packer = zlib.compressobj(6, wbits=31)
    for number, entry in enumerate(records, 1):
        line = _Line(entry.version, entry.seq, entry.ts_us, entry.command, entry.events)
        piece = packer.compress(_encoder.encode(line) + b"\n")
        if number % LINES_A_PIECE == 0:
            piece += packer.flush(zlib.Z_SYNC_FLUSH)
        if piece:
            yield piece
    yield packer.flush()


class RecordFile:
    """A Recording (exchange/ports.py) in such a file, compressed or not. Raises OSError, JournalDamaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.last_seq = 0

    def first_seq(self) -> int:
        return next((entry.seq for entry in self._entries()), 1)

    def read(self, after_seq: int) -> Iterator[JournalRecord]:
        """Records with seq > after_seq, in order. Raises JournalDamaged."""
        for expected, entry in enumerate(self._entries(), 1):
            if entry.seq != expected:
                raise JournalDamaged(f"{self._path.name}: expected seq {expected}, found {entry.seq}")
            self.last_seq = entry.seq
            if entry.seq > after_seq:
                yield entry

    def read_snapshots(self) -> Iterator[tuple[int, bytes]]:
        return iter(())

    def _entries(self) -> Iterator[JournalRecord]:
        with self._path.open("rb") as raw:
            is_packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            lines = gzip.GzipFile(fileobj=raw) if is_packed else raw
            number = 0
            try:
                for number, line in enumerate(lines, 1):  # noqa: B007  # said when the file breaks off
                    entry = _decoder.decode(line)
                    yield JournalRecord(entry.version, entry.seq, entry.ts_us, entry.command, entry.events)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise JournalDamaged(f"{self._path.name} ends or breaks behind line {number}: {error}") from error
            except msgspec.DecodeError as error:
                raise JournalDamaged(f"{self._path.name}: line {number} is no record: {error}") from error
