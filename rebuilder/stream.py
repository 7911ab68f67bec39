"""Who listens to the books, and what each is sent.

- mode `all`: every change of a level, in order, behind a snapshot of each book. Nothing may be skipped, so a reader
  that lets more than QUEUE_LIMIT messages pile up is dropped and has to come again. A market that is made later
  begins with nothing and has no snapshot.
- mode `top`: the best bid and ask. Only the newest counts: a slow reader gets fewer messages, never older ones, and
  one message a book is all that ever waits for it.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from rebuilder.bodies import TopBody, body, change, top
from rebuilder.order_book import Books, Change

QUEUE_LIMIT = 10_000

TOO_SLOW = "too slow"

Mode = Literal["top", "all"]

_encoder = msgspec.json.Encoder()


class Reader:
    """One connection. `tickers` empty and `prefix` empty means every market."""

    def __init__(self, mode: Mode, tickers: frozenset[str], prefix: str = "") -> None:
        self.mode = mode
        self.ended = ""
        """Why nothing more is sent: the reader has to come again for a fresh snapshot."""
        self._tickers = tickers
        self._prefix = prefix
        self._queue: deque[bytes] = deque()
        self._stale: dict[str, TopBody] = {}
        self._sent: dict[str, TopBody] = {}
        self._ready = asyncio.Event()

    def wants(self, ticker: str) -> bool:
        return ticker in self._tickers if self._tickers else ticker.startswith(self._prefix)

    def snapshot(self, books: Books) -> None:
        """The state from which everything later goes on."""
        for book in books:
            if not self.wants(book.ticker):
                continue
            if self.mode == "top":
                self._stale[book.ticker] = top(book)
            else:
                self._put({"type": "snapshot", "book": body(book, books.shard, books.seq, books.ts_us)})
        self._ready.set()

    def offer(self, books: Books, changes: Sequence[Change]) -> None:
        if self.ended:
            return
        if self.mode == "top":
            for ticker in {changed.ticker for changed in changes}:
                if self.wants(ticker) and (book := books.book(ticker)) is not None:
                    self._stale[ticker] = top(book)
        else:
            for changed in changes:
                if self.wants(changed.ticker):
                    self._put(change(changed))
        self._ready.set()

    def end(self, why: str) -> None:
        self._queue.clear()
        self._stale.clear()
        self.ended = why
        self._ready.set()

    async def next(self) -> list[bytes] | None:
        """What is to be sent now, after waiting for it; None when it is `ended`."""
        while True:
            if self.ended:
                return None
            if self._queue or self._stale:
                waiting = [*self._queue, *self._tops()]
                self._queue.clear()
                if waiting:
                    return waiting
            self._ready.clear()
            await self._ready.wait()

    def _tops(self) -> list[bytes]:
        """Those whose best prices or counts are others than those last sent."""
        stale, self._stale = self._stale, {}
        messages = []
        for ticker, now in stale.items():
            if _quote(self._sent.get(ticker)) != _quote(now):
                self._sent[ticker] = now
                messages.append(_encoder.encode({"type": "top", **msgspec.to_builtins(now)}))
        return messages

    def _put(self, message: object) -> None:
        self._queue.append(_encoder.encode(message))
        if len(self._queue) > QUEUE_LIMIT:
            self.end(TOO_SLOW)


class Stream:
    """The Listener of every follower: hands changes on to whoever reads."""

    def __init__(self) -> None:
        self.dropped = 0
        """Readers that were too slow."""
        self._readers: set[Reader] = set()

    def __len__(self) -> int:
        return len(self._readers)

    def join(self, reader: Reader, shards: Iterable[Books]) -> None:
        """From a snapshot on, without a change missing in between: both in one turn of the loop."""
        for books in shards:
            reader.snapshot(books)
        self._readers.add(reader)

    def leave(self, reader: Reader) -> None:
        self._readers.discard(reader)
        self.dropped += reader.ended == TOO_SLOW

    def changed(self, books: Books, changes: Sequence[Change]) -> None:
        for reader in self._readers:
            reader.offer(books, changes)

    def restarted(self) -> None:
        for reader in self._readers:
            reader.end("the books are being built again")


def _quote(body: TopBody | None) -> tuple[str | None, ...]:
    return () if body is None else (body.bid, body.bid_count, body.ask, body.ask_count)
