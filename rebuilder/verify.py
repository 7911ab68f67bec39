"""Rebuilt books against the venue's own, at the same seq: equal by hash, or the first order that differs by name."""

import asyncio
from typing import Protocol

import httpx
import msgspec

from rebuilder.checkpoint import Checkpoints
from rebuilder.order_book import Books
from rebuilder.rebuild import books_at
from wire.books_text import BooksImage, Difference, first_difference
from wire.event_log import LogSource, LogUnavailable

WAIT_SECONDS = 30.0


class VenueUnreachable(Exception):
    """The venue does not answer, or not with its books."""


class VenueBooks(Protocol):
    """Whoever can say what the venue's books are at this moment."""

    async def image(self, detail: bool) -> BooksImage:
        """Raises VenueUnreachable."""
        ...


class Verdict(msgspec.Struct, frozen=True):
    """`seq` is where both were looked at."""

    equal: bool
    shard: int
    seq: int
    orders_resting: int
    rebuilt_hash: str
    venue_hash: str
    first_difference: Difference | None = None


class HttpVenue:
    """`GET /sandbox/books` of a running venue."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def image(self, detail: bool) -> BooksImage:
        try:
            answer = await self._client.get("/sandbox/books", params={"detail": "orders" if detail else "hash"})
            answer.raise_for_status()
            return msgspec.json.decode(answer.content, type=BooksImage)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise VenueUnreachable(f"{self._client.base_url}: {error}") from error


async def verify(source: LogSource, checkpoints: Checkpoints, shard: int, venue: VenueBooks) -> Verdict:
    """Ask the venue, rebuild to the seq it answered with, compare; when they differ, ask again order by order.

    Raises VenueUnreachable, LogError, LogUnavailable.
    """
    theirs = await venue.image(detail=False)
    ours = (await _books_at(source, checkpoints, shard, theirs.seq)).image()
    if _same(ours, theirs):
        return Verdict(True, shard, theirs.seq, ours.orders_resting, ours.books_hash, theirs.books_hash)
    theirs = await venue.image(detail=True)
    ours = (await _books_at(source, checkpoints, shard, theirs.seq)).image(detail=True)
    return Verdict(
        _same(ours, theirs),
        shard,
        theirs.seq,
        ours.orders_resting,
        ours.books_hash,
        theirs.books_hash,
        first_difference(ours.lines or (), theirs.lines or ()),
    )


async def _books_at(source: LogSource, checkpoints: Checkpoints, shard: int, seq: int) -> Books:
    """The venue may be some records ahead of what it has published."""
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await books_at(source, checkpoints, shard, seq, wait=True)
    except TimeoutError:
        raise LogUnavailable(f"the venue is at seq {seq}, the log did not get there in {WAIT_SECONDS:.0f} s") from None


def _same(ours: BooksImage, theirs: BooksImage) -> bool:
    return (ours.seq, ours.books_hash) == (theirs.seq, theirs.books_hash)
