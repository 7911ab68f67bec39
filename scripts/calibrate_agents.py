"""Figures of recorded tapes that the agents' mixes are built on: `python scripts/calibrate_agents.py TAPES`.

TAPES is a file or folder of recordings (docs/tapes.md). Prints one table: each figure at the 10th, 50th and 90th
percentile of all recorded minutes, and in the last two minutes before the recordings end, which is the settlement
rush. docs/agents.md says what each figure is and what is made of it.
"""

import math
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from sandbox.tapes.recording import Delta, LevelKey, Print, Snapshot, Tape, TapeMessage, find
from wire.enums import BookSide

T = TypeVar("T")

MINUTE_MS = 60_000
LAST_MINUTES = 2
FLEETING_MS = 1_000
"""An addition that is taken back within a second was never meant to trade."""
SWEEP_LEVELS = 3
"""Trades of one millisecond over so many prices are one sweep."""


@dataclass
class Minute:
    """What happened in one minute of one market. Counts are Counts, distances in cents."""

    is_last: bool = False
    adds: int = 0
    cancels: int = 0
    fleeting: int = 0
    sizes: list[int] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    takers: list[tuple[int, int]] = field(default_factory=list)
    """(Count, how many prices) of each taker: the trades of one millisecond and one side."""
    sides: list[BookSide] = field(default_factory=list)
    odds: list[float] = field(default_factory=list)
    """Log-odds of the middle, once a second."""
    spreads: list[float] = field(default_factory=list)


class Book:
    """Levels by side in YES prices."""

    def __init__(self) -> None:
        self.levels: dict[LevelKey, int] = {}

    def take(self, message: TapeMessage) -> None:
        if isinstance(message, Snapshot):
            self.levels = dict(message.levels)
        elif isinstance(message, Delta):
            left = self.levels.get(message.key, 0) + message.count
            if left > 0:
                self.levels[message.key] = left
            else:
                self.levels.pop(message.key, None)

    def touch(self) -> tuple[int, int] | None:
        bids = [key.price for key in self.levels if key.side is BookSide.BID]
        asks = [key.price for key in self.levels if key.side is BookSide.ASK]
        return (max(bids), min(asks)) if bids and asks and max(bids) < min(asks) else None


def minutes(tape: Tape) -> Iterator[Minute]:
    """The whole minutes of a tape from its first message, the cut one at the end left out."""
    start = end = 0
    for message in tape.messages():
        start = start or message.ts_ms
        end = max(end, message.ts_ms)
    count = (end - start) // MINUTE_MS
    found = [Minute(is_last=number >= count - LAST_MINUTES) for number in range(count)]
    book, second = Book(), 0
    added: dict[tuple[LevelKey, int], list[int]] = {}
    taker: tuple[int, BookSide] | None = None
    for step in tape.steps():
        message = step.message
        at = (message.ts_ms - start) // MINUTE_MS
        touch = book.touch()
        if 0 <= at < count:
            minute = found[at]
            if message.ts_ms // 1_000 > second and touch is not None:
                second = message.ts_ms // 1_000
                middle = sum(touch) / 20_000
                minute.odds.append(math.log(middle / (1 - middle)))
                minute.spreads.append((touch[1] - touch[0]) / 100)
            if isinstance(message, Delta):
                _note_delta(minute, message, step.traded, touch, added)
            elif isinstance(message, Print):
                taker = _note_print(minute, message, taker)
        book.take(message)
    yield from found


def _note_delta(
    minute: Minute,
    message: Delta,
    traded: bool,
    touch: tuple[int, int] | None,
    added: dict[tuple[LevelKey, int], list[int]],
) -> None:
    if message.count > 0:
        minute.adds += 1
        minute.sizes.append(message.count)
        added.setdefault((message.key, message.count), []).append(message.ts_ms)
        if touch is not None:
            bid, ask = touch
            away = bid - message.key.price if message.key.side is BookSide.BID else message.key.price - ask
            minute.distances.append(away / 100)
    elif not traded:
        minute.cancels += 1
        times = added.get((message.key, -message.count))
        if times and message.ts_ms - times.pop() <= FLEETING_MS:
            minute.fleeting += 1


def _note_print(minute: Minute, message: Print, taker: tuple[int, BookSide] | None) -> tuple[int, BookSide]:
    name = (message.ts_ms, message.key.side)
    if taker == name and minute.takers:
        count, levels = minute.takers[-1]
        minute.takers[-1] = (count + message.count, levels + 1)
    else:
        minute.takers.append((message.count, 1))
        # Who takes from the asks bids.
        minute.sides.append(BookSide.BID if message.key.side is BookSide.ASK else BookSide.ASK)
    return name


def figures(group: Sequence[Minute]) -> dict[str, list[float]]:
    """Name -> the value of each minute that has one."""
    found: dict[str, list[float]] = {}

    def add(name: str, values: Iterable[float | None]) -> None:
        found[name] = [value for value in values if value is not None]

    add("additions a second", (m.adds / 60 for m in group))
    add("cancels a second", (m.cancels / 60 for m in group))
    add("share of cancels within 1 s of their addition", (m.fleeting / m.cancels if m.cancels else None for m in group))
    add("takers a second", (len(m.takers) / 60 for m in group))
    add("addition size, median, contracts", (statistics.median(m.sizes) / 100 if m.sizes else None for m in group))
    add("addition distance from the best, median, cents", (_median(m.distances) for m in group))
    add("additions inside or at the best, share", (_share(m.distances, lambda away: away <= 0) for m in group))
    add("taker size, median, contracts", (_median([count / 100 for count, _ in m.takers]) for m in group))
    add("taker size, log deviation", (_log_deviation([count for count, _ in m.takers]) for m in group))
    add("takers over 3 prices and more, share", (_share(m.takers, lambda t: t[1] >= SWEEP_LEVELS) for m in group))
    add("taker on the side of the one before, share", (_repeats(m.sides) for m in group))
    add("spread, median, cents", (_median(m.spreads) for m in group))
    add("log-odds, deviation over 1 s", (_deviation(m.odds) for m in group))
    return found


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _share(values: Sequence[T], test: Callable[[T], bool]) -> float | None:
    return sum(map(test, values)) / len(values) if values else None


def _log_deviation(values: Sequence[int]) -> float | None:
    return statistics.stdev(map(math.log, values)) if len(values) > 5 else None


def _repeats(sides: Sequence[BookSide]) -> float | None:
    if len(sides) < 5:
        return None
    return sum(one is other for one, other in pairwise(sides)) / (len(sides) - 1)


def _deviation(odds: Sequence[float]) -> float | None:
    steps = [other - one for one, other in pairwise(odds)]
    return math.sqrt(statistics.fmean(step * step for step in steps)) if len(steps) > 10 else None


def percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[round((len(ordered) - 1) * percent / 100)]


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tapes = find(Path(sys.argv[1]))
    every = [minute for tape in tapes for minute in minutes(tape)]
    ends = figures([minute for minute in every if minute.is_last])
    print(f"{len(tapes)} tapes, {len(every)} minutes, {sum(m.adds + m.cancels for m in every):,} changes of a book\n")
    print("| figure | p10 | p50 | p90 | last two minutes, median |")
    print("|---|---|---|---|---|")
    for name, values in figures(every).items():
        cells = [percentile(values, percent) for percent in (10, 50, 90)]
        cells.append(statistics.median(ends[name]) if ends[name] else math.nan)
        print(f"| {name} | " + " | ".join(f"{cell:.3g}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
