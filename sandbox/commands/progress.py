"""How far the tapes are: one line that overwrites itself on a terminal, a line per tenth in a log."""

from rich.console import Console

from sandbox.tapes.player import Progress

TENTHS = 10


class TapeProgress:
    """Call it with every report of every tape. `facts` gets lines that stay, `screen` the one that does not."""

    def __init__(self, facts: Console, screen: Console) -> None:
        self._facts = facts
        self._screen = screen
        self._live: dict[str, Progress] = {}
        """The newest report of each tape that is being played."""
        self._said: dict[str, int] = {}
        """Tenths that are in the log."""

    def __call__(self, progress: Progress) -> None:
        is_new = progress.ticker not in self._said
        self._live[progress.ticker] = progress
        if is_new:
            self._said[progress.ticker] = 0
            self._say(_beginning(progress))
        if progress.ended:
            del self._live[progress.ticker]
            self._say(_ending(progress))
        tenth = progress.played * TENTHS // max(1, progress.total)
        if self._screen.is_terminal:
            self._draw()
        elif not progress.ended and tenth > self._said[progress.ticker]:
            self._said[progress.ticker] = tenth
            self._say(_now(progress))

    def _draw(self) -> None:
        """All tapes in one line, cut where the terminal ends: a line that wraps could not be overwritten."""
        line = "   ".join(map(_now, self._live.values()))
        width = self._screen.width - 1
        self._screen.print(line[:width].ljust(width), end="\r", markup=False)

    def _say(self, line: str) -> None:
        if self._screen.is_terminal:
            self._screen.print(" " * (self._screen.width - 1), end="\r")
        self._facts.print(line, markup=False)


def _beginning(progress: Progress) -> str:
    pace = "as fast as it goes" if progress.speed is None else f"at speed {progress.speed}"
    takes = "" if progress.speed is None else f", which takes {_span(progress.left_s)}"
    return f"{progress.ticker}: playing {progress.total:,} messages of {_span(progress.duration_s)} {pace}{takes}"


def _now(progress: Progress) -> str:
    share = progress.played * 100 // max(1, progress.total)
    pace = f", {progress.per_second:,}/s, {_span(progress.left_s)} left" if progress.played else ""
    return f"{progress.ticker}: {share}%, {progress.played:,} of {progress.total:,} messages{pace}"


def _ending(progress: Progress) -> str:
    return (
        f"{progress.ticker}: played {progress.played:,} of {progress.total:,} messages, "
        f"{progress.per_second:,}/s; the market ended as recorded"
    )


def _span(seconds: float) -> str:
    """A span as people read it: 45s, 12m05s, 1h02m."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m{rest:02}s" if minutes < 60 else f"{minutes // 60}h{minutes % 60:02}m"
