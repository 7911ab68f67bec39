"""What was too much to keep in memory, read again from the journal and written, until history is where the venue is.

With projections of its own, folded a few records at a time: the venue has the loop for as long as that took.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from exchange.adapters.history.gathering import Gathered
from exchange.adapters.history.stored import Stored
from exchange.projections.views import Projections
from wire.event_log import LogRecord, LogSource

PORTION = 5_000
"""Rows written at once."""

SLICE = 20
"""Records folded at once."""


@dataclass(frozen=True, slots=True)
class Again:
    """How to have the past again, from the journal."""

    views_at: Callable[[int], Projections]
    """Projections as they were at a seq, or at the nearest earlier one that is kept. Blocks: called in a thread."""
    log: Callable[[], LogSource]


async def catch_up(stored: Stored, again: Again, venue: Projections, stopping: asyncio.Event) -> Gathered | None:
    """Write what `stored` does not have, until its rows are those of `venue`.

    Returns the rows up to where `venue` is at this very moment that are not written yet; None when `stopping` was set.
    Raises LogError, HistoryRefused, and what the database does when in trouble.
    """
    views = await asyncio.to_thread(again.views_at, stored.seq)
    batch = Gathered(views, stored.seq)
    log = again.log()
    while views.seq != venue.seq:
        async with aclosing(log.read(views.seq, follow=False)) as records:
            async for some in records:
                batch = await _fold(some, batch, stored)
                if stopping.is_set():
                    return None
                if views.seq == venue.seq:
                    break
        venue.evict(venue.seq)
        if views.seq != venue.seq:
            await asyncio.sleep(0)
    # Nothing else has run since the two were found equal, or they would be compared again.
    return batch


async def _fold(records: Sequence[LogRecord], batch: Gathered, stored: Stored) -> Gathered:
    """The batch that `records` end in; those before it are written."""
    views, begun = batch.views, time.perf_counter()
    for place, record in enumerate(records, 1):
        views.fold(record)
        batch.fold((record,))
        if batch.size >= PORTION:
            await stored.write(batch)
            views.evict(stored.seq)
            batch = Gathered(views, batch.seq)
            begun = time.perf_counter()
        elif place % SLICE == 0:
            await asyncio.sleep(time.perf_counter() - begun)
            begun = time.perf_counter()
    return batch
