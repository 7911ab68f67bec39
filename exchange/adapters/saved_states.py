"""States one can go back to: each a copy of the journal, its newest snapshot and the clock, under a name.

    STATE/snapshots/<name>/journal/...    segments and snapshots, as far as they are needed
                           clock.json

A copy is whole or not there, and is looked through before anything is given up for it. Knows files; what is in them
is the journal's and the clock's business.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from exchange.adapters.journal import FileJournal
from exchange.ports import JournalDamaged

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class NoSuchState(Exception):
    """No state is saved under the name, or it is no name."""


class DamagedState(Exception):
    """A saved state that is not what was saved."""


@dataclass(frozen=True, slots=True)
class SavedState:
    """`seq` is the last record in it; `saved_us` by the machine's clock."""

    name: str
    seq: int
    saved_us: int
    size: int


class SavedStates:
    """All saved states of one venue."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, name: str) -> Path:
        """Where a saved state is. Raises NoSuchState."""
        path = self._path(name)
        if not path.is_dir():
            raise NoSuchState(f"no state is saved as {name!r}")
        return path

    def list(self) -> list[SavedState]:
        """The oldest first."""
        found = [self._state(path) for path in self._folder.glob("*") if NAME.fullmatch(path.name) and _seq_of(path)]
        return sorted(found, key=lambda state: (state.saved_us, state.name))

    def save(self, name: str, seq: int, journal: Path, clock: bytes) -> SavedState:
        """Copy a journal that nobody writes to at the moment, in place of what had the name. Raises OSError."""
        path = self._path(name)
        partial = path.with_name(f".{name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "journal").mkdir(parents=True)
        segments = sorted(journal.glob("*.log"))
        for segment in segments[:-1]:
            os.link(segment, partial / "journal" / segment.name)  # full ones are never written to again
        for file in (*segments[-1:], *journal.glob("*.snapshot")):
            shutil.copy2(file, partial / "journal")
        (partial / "clock.json").write_bytes(clock)
        (partial / "seq").write_text(str(seq))
        if path.exists():
            self.delete(name)
        partial.rename(path)
        return self._state(path)

    def fetch(self, name: str, journal: Path) -> Path:
        """Copy a state's journal to a folder, and see that it is whole; where the state is. Raises OSError too.

        Raises NoSuchState, DamagedState.
        """
        path = self.folder(name)
        shutil.rmtree(journal, ignore_errors=True)
        try:
            shutil.copytree(path / "journal", journal)
            copy = FileJournal(journal)
            copy.open()
            copy.close()
            if not copy.is_complete() or str(copy.last_seq) != _seq_of(path):
                raise DamagedState(f"{name!r} is damaged: it ends at seq {copy.last_seq}, not {_seq_of(path)}")
        except JournalDamaged as damage:
            raise DamagedState(f"{name!r} is damaged: {damage}") from None
        return path

    def delete(self, name: str) -> None:
        """Raises NoSuchState."""
        path, gone = self.folder(name), self._folder / f".{name}.gone"
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise NoSuchState(f"{name!r} is no name: letters, digits, '.', '_' and '-', at most 64")
        return self._folder / name

    @staticmethod
    def _state(path: Path) -> SavedState:
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        seq = path / "seq"
        return SavedState(path.name, int(_seq_of(path)), seq.stat().st_mtime_ns // 1_000, size)


def _seq_of(path: Path) -> str:
    """The last seq of a saved state; empty for a folder that is none."""
    try:
        return (path / "seq").read_text()
    except OSError:
        return ""
