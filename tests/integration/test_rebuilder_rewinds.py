"""Two hundred times killed or sent back to a random seq, and the rebuilder's books are the same afterwards."""

import asyncio
import random

from eventlog.files import JournalTail
from exchange.book_lines import books_image
from rebuilder.checkpoint import Checkpoints
from rebuilder.follower import Follower
from tests.log_records import FileKeeper
from tests.random_log import RandomLog

OPERATIONS = 4_000
TIMES = 200


async def level(follower, seq):
    """Wait until the books are at the log's end."""
    async with asyncio.timeout(60):
        while follower.books.seq < seq:
            assert follower.status != "halted", follower.halted_because
            await asyncio.sleep(0.001)


async def test_books_are_the_same_after_two_hundred_kills_and_rewinds(tmp_path):
    log, pick = RandomLog(31), random.Random(31)
    keeper = FileKeeper(tmp_path / "journal", segment_bytes=200_000)
    records = list(log.records(OPERATIONS))
    await keeper.write(records)
    end, expected = records[-1].seq, books_image(log.engine.state).books_hash
    checkpoints = tmp_path / "checkpoints"

    def begin():
        follower = Follower(JournalTail(tmp_path / "journal"), Checkpoints(checkpoints), checkpoint_every=300)
        return follower, asyncio.create_task(follower.run())

    follower, running = begin()
    await level(follower, end)
    begun_at = set()
    for _ in range(TIMES):
        if pick.random() < 0.5:
            running.cancel()
            await asyncio.wait((running,))
            newest = Checkpoints(checkpoints).newest()
            begun_at.add(newest.state.seq if newest else 0)
            follower, running = begin()
        else:
            thrown_away = follower.books
            follower.rewind(pick.randrange(end))
            async with asyncio.timeout(60):
                while follower.books is thrown_away:
                    await asyncio.sleep(0)
        await level(follower, end)
        assert follower.books.image().books_hash == expected
    running.cancel()
    await asyncio.wait((running,))
    await keeper.close()
    assert max(begun_at) > 0, "a checkpoint was gone on from"
