"""The book as it stands on the screen, read in one go, and the same rows cut from a book the venue has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from exchange.projections.views import Projections
from wire.event_log import LogRecord
from wire.units import PAYOUT

ROWS = 30
"""A side, as the screen shows them."""

_READ = """() => {
  const book = document.querySelector('[data-testid=book]');
  if (!book) return null;
  const half = (side) => [...book.querySelectorAll(`button[data-side=${side}]`)]
    .map((row) => [Number(row.dataset.price), Number(row.dataset.size)]);
  const live = book.dataset.live === 'true';
  return { clock: Number(book.dataset.clock), live, bids: half('bid'), asks: half('ask') };
}"""

Rows = list[tuple[int, int]]


@dataclass(frozen=True)
class ShownBook:
    """`bids` and `asks` best first in YES prices; `clock` is the matching clock of the newest message in it."""

    clock: int
    live: bool
    bids: Rows
    asks: Rows

    @property
    def rows(self) -> tuple[Rows, Rows]:
        return self.bids, self.asks


async def read(page: Page) -> ShownBook | None:
    """None while there is no book on the screen."""
    found = await page.evaluate(_READ)
    return None if found is None else _shown(found)


async def note(page: Page, every_ms: int) -> None:
    """Have the page note by itself what its live book shows: a browser that is asked from outside, while thousands
    of messages come in, answers seconds later.
    """
    await page.evaluate(
        f"""() => {{ const read = {_READ}; window.noted = [];
        setInterval(() => {{ const book = read(); if (book?.live) window.noted.push(book); }}, {every_ms}); }}"""
    )


async def noted(page: Page) -> list[ShownBook]:
    """What was noted since `note`."""
    return [_shown(found) for found in await page.evaluate("window.noted")]


def _shown(found: dict[str, Any]) -> ShownBook:
    return ShownBook(found["clock"], found["live"], *([tuple(row) for row in found[side]] for side in ("bids", "asks")))


def rows_of(yes: Iterable[tuple[int, int]], no: Iterable[tuple[int, int]]) -> tuple[Rows, Rows]:
    """What the screen must show of a book given in own-leg prices."""
    bids = sorted(yes, reverse=True)[:ROWS]
    asks = sorted((PAYOUT - price, count) for price, count in no)[:ROWS]
    return bids, asks


class History:
    """Every state one market's book was in, by clock. An EventSink that must be attached behind the projections."""

    def __init__(self, views: Projections, ticker: str) -> None:
        self._views = views
        self._ticker = ticker
        self.states: dict[int, tuple[Rows, Rows]] = {}
        """Own-leg levels of YES and NO."""

    def fold(self, records: Sequence[LogRecord]) -> None:
        if self._ticker in self._views.catalogue.markets:
            book = self._views.books.book(self._ticker)
            self.states[book.clock] = (book.levels("yes"), book.levels("no"))

    def rows(self, clock: int) -> tuple[Rows, Rows] | None:
        """What the screen must show of the state that begins with this clock."""
        return rows_of(*self.states[clock]) if clock in self.states else None

    def flush(self) -> None:
        """Nothing is held back."""
