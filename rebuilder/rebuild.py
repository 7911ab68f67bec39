"""The log, or the part of it behind a checkpoint, to the books at a seq or at a time."""

from contextlib import aclosing

from rebuilder.checkpoint import Checkpoints
from rebuilder.order_book import Books
from wire.event_log import LogSource


async def rebuild(
    source: LogSource, books: Books, until_seq: int | None = None, until_us: int | None = None, wait: bool = False
) -> Books:
    """Fold what follows `books` into them, up to a seq, or through the last record of a time, or to the end.

    With `wait` it waits for a seq the log has not reached yet. Raises LogError and BookBroken; LogUnavailable when
    nobody answers.
    """
    if until_seq is not None and books.seq >= until_seq:
        return books
    async with aclosing(source.read(books.seq, follow=wait)) as batches:
        async for batch in batches:
            for record in batch:
                if until_us is not None and record.ts_us > until_us:
                    return books
                books.fold(record)
                if record.seq == until_seq:
                    return books
    return books


async def books_at(
    source: LogSource,
    checkpoints: Checkpoints,
    shard: int,
    seq: int | None = None,
    ts_us: int | None = None,
    wait: bool = False,
) -> Books:
    """The books as they were, by the shortest way: from the newest checkpoint before the moment."""
    start = checkpoints.newest(seq, ts_us)
    return await rebuild(source, Books(shard) if start is None else Books.load(start.state), seq, ts_us, wait)
