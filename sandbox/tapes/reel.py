"""One tape, whole in memory: its messages by their time, and the recorded book of any of its moments.

Knows a recording and nothing of a venue. A book is folded from the nearest one kept, so that no moment is further
away than `EVERY` messages.
"""

from array import array
from bisect import bisect_right

from sandbox.tapes.recording import LevelKey, Step, Tape, TapeError, fold

EVERY = 1_024
"""Messages between two kept books."""

LONGEST = 1_000_000
"""Messages of a tape; a busy market has two hundred thousand in a quarter of an hour."""


class Reel:
    """Times are milliseconds since the first message was received, and never fall."""

    def __init__(self, tape: Tape) -> None:
        """Reads all of it. Raises TapeError."""
        self.start_ms = tape.start_ms()
        self.steps: list[Step] = []
        self.times: array[int] = array("q")
        self._books: list[dict[LevelKey, int]] = []
        book: dict[LevelKey, int] = {}
        keys: dict[LevelKey, LevelKey] = {}
        now = 0
        for step in tape.steps():
            if len(self.steps) == LONGEST:
                raise TapeError(f"{tape.ticker}: has more than {LONGEST:,} messages; cut it into pieces")
            if len(self.steps) % EVERY == 0:
                self._books.append({keys.setdefault(key, key): count for key, count in book.items()})
            fold(book, step.message)
            # A message that was late is played when it came, behind those before it.
            now = max(now, step.message.ts_ms - self.start_ms)
            self.steps.append(step)
            self.times.append(now)

    @property
    def duration_ms(self) -> int:
        return self.times[-1]

    def count_until(self, position_ms: int) -> int:
        """How many messages came until then, those of that very millisecond included."""
        return bisect_right(self.times, position_ms)

    def book_after(self, count: int) -> dict[LevelKey, int]:
        """The recorded book after so many messages."""
        if not count:
            return {}
        kept = (count - 1) // EVERY
        book = dict(self._books[kept])
        for step in self.steps[kept * EVERY : count]:
            fold(book, step.message)
        return book
