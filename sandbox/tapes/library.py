"""Which tapes there are: recordings in a folder, and the one that comes with the program.

A tape has the name of its market. One that cannot be played is listed with why.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from exchange.ports import ListedTape, TapeRefused
from sandbox.tapes.market import RecordedMarket, find_metadata
from sandbox.tapes.recording import Tape, TapeError, is_recording, tape_of, ticker_in

INCLUDED = Path(__file__).parent / "included"

Source = Literal["folder", "included"]


@dataclass(frozen=True, slots=True)
class Found:
    """A tape, or the file that is none; `market` None says that `problem` is not empty."""

    name: str
    source: Source
    tape: Tape
    market: RecordedMarket | None
    problem: str = ""

    def listed(self) -> ListedTape:
        title = self.market.title if self.market is not None else ""
        return ListedTape(_shown(self.name), title, self.source, sum(map(_size, self.tape.files)), _shown(self.problem))


class Library:
    """Reads the disk anew each time: a recorder may be writing."""

    def __init__(self, folder: Path, included: Path = INCLUDED) -> None:
        self.folder = folder
        self._included = included

    def listed(self) -> list[ListedTape]:
        """By name. Where both have a tape, the folder's hides the included one."""
        return [found.listed() for _, found in sorted(self._all().items())]

    def find(self, name: str) -> tuple[Tape, RecordedMarket]:
        """Raises TapeRefused."""
        found = self._all().get(name)
        if found is None:
            raise TapeRefused("unknown", f"there is no tape {name!r} in {self.folder}")
        if found.market is None:
            raise TapeRefused("bad", _shown(found.problem))
        return found.tape, found.market

    def _all(self) -> dict[str, Found]:
        found: dict[str, Found] = {}
        for source, folder in (("included", self._included), ("folder", self.folder)):
            found |= {one.name: one for one in _in(folder, "folder" if source == "folder" else "included")}
        return found


def _in(folder: Path, source: Source) -> Iterator[Found]:
    by_ticker: dict[str, list[Path]] = {}
    for path in sorted(Path(above, name) for above, _, names in os.walk(folder) for name in names):
        if not is_recording(path):
            continue
        try:
            ticker = ticker_in(path)
        except TapeError as error:
            yield Found(str(path.relative_to(folder)), source, Tape("", (path,)), None, str(error))
            continue
        if ticker:  # else: a recorder has just begun it
            by_ticker.setdefault(ticker, []).append(path)
    for ticker, paths in by_ticker.items():
        tape = tape_of(ticker, paths)
        try:
            yield Found(ticker, source, tape, find_metadata(tape, None))
        except TapeError as error:
            yield Found(ticker, source, tape, None, str(error))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # it has gone since it was found


def _shown(text: str) -> str:
    """A file's name as text: bytes of it that are none become question marks."""
    return text.encode(errors="replace").decode()
