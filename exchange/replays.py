"""What a venue left, applied again: a state folder, a bare journal folder, or a file of `mock-kalshi record`.

Looks at it without touching it, whether the venue runs or not; `copy_until` makes a journal of its own of it.
"""

from collections.abc import Iterator
from pathlib import Path

from exchange.adapters.journal import FileJournal
from exchange.adapters.record_file import RecordFile
from exchange.core.state import EngineSettings
from exchange.options import SHARD, VenueOptions
from exchange.ports import JournalDamaged, JournalRecord, Recording
from exchange.recovery import Replay, replay
from wire.event_log import LogRecord

BATCH = 10_000


def replay_journal(options: VenueOptions, until_seq: int | None = None) -> Replay:
    """Apply the journal of a venue again, running or not; see `recovery.replay`."""
    return replay(FileJournal(options.state / "journal"), options.engine, SHARD, until_seq)


def replay_file(source: Path, until_seq: int | None = None, into: Path | None = None) -> Replay:
    """Apply a file of /sandbox/record, a journal or a venue's folder again; see `recovery.replay`.

    `into` is a folder for a journal of what was replayed. Raises OSError as well.
    """
    done = replay(recording(source), EngineSettings(), SHARD, until_seq)
    if into is not None:
        copy_until(recording(source), into, done.seq)
    return done


def read_recording(source: Path) -> Iterator[LogRecord]:
    """The events in a file of /sandbox/record, a journal or a venue's folder. Raises JournalDamaged, OSError."""
    found = recording(source)
    for entry in found.read(found.first_seq() - 1):
        yield LogRecord(entry.version, SHARD, entry.seq, entry.ts_us, entry.events)


def recording(source: Path) -> Recording:
    """What is in a file or folder. Raises JournalDamaged when it is none of the three."""
    if source.is_file():
        return RecordFile(source)
    for folder in (source / "journal", source):
        if any(folder.glob("*.log")):
            return FileJournal(folder)
    raise JournalDamaged(f"{source} is no file of `mock-kalshi record`, no journal and no state folder")


def copy_until(source: Recording, folder: Path, last_seq: int) -> None:
    """A journal in an empty folder, with everything up to `last_seq`. Raises JournalDamaged, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise JournalDamaged(f"{folder} is not empty")
    start = 0
    target = FileJournal(folder)
    if source.first_seq() > 1:
        # Older records are gone: what they came to is in the snapshot the replay began with.
        start, state = min(source.read_snapshots(), key=lambda snapshot: snapshot[0])
        target.write_snapshot(start, state)
    target.open()
    for batch in _batches(source, start, last_seq):
        target.append(batch)
    target.close()


def _batches(source: Recording, after_seq: int, last_seq: int) -> Iterator[list[JournalRecord]]:
    batch: list[JournalRecord] = []
    for entry in source.read(after_seq):
        if entry.seq > last_seq:
            break
        batch.append(entry)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
