"""The mark beside the journal: up to which seq readers in other processes may believe it.

Attach it to the sequencer behind every reader of the venue's own process. A command that was journaled but whose
write or sync then failed never happened; a reader that tails the files must not have seen it. The mark moves when
a batch is released, which is when its receipts are given out. It costs one store into shared memory a batch.
"""

import mmap
from collections.abc import Sequence
from pathlib import Path

from wire.event_log import LogRecord
from wire.journal_format import MARK_BYTES, MARK_FILE, pack_mark, unpack_mark


def read_mark(folder: Path) -> int | None:
    """Where the mark in a folder stands; None when there is none that can be read."""
    try:
        data = (folder / MARK_FILE).read_bytes()
    except FileNotFoundError:
        return None
    return unpack_mark(data) if len(data) == MARK_BYTES else None


class ReleaseMark:
    """An EventSink. `last_seq` is where recovery found the journal's end: all of that is the truth by now."""

    def __init__(self, folder: Path, last_seq: int) -> None:
        path = folder / MARK_FILE
        # Written, not truncated to size: a page the disk has no room for would kill the process at its first store.
        with path.open("w+b") as file:
            file.write(pack_mark(last_seq))
            file.flush()
            self._memory = mmap.mmap(file.fileno(), MARK_BYTES)
        self._seq = last_seq

    def fold(self, records: Sequence[LogRecord]) -> None:
        self._seq = records[-1].seq

    def flush(self) -> None:
        self._memory[:] = pack_mark(self._seq)

    def close(self) -> None:
        self._memory.close()
