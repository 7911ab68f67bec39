import asyncio

from exchange.gateways.fix.turns import SLICE_BYTES, TURN_BYTES, Turns


class Talker:
    """Has so many bytes to be read, and notes in which turn of the loop how many were."""

    def __init__(self, turns: Turns, size: int, log: list[tuple[str, int]], name: str) -> None:
        self.unread = size
        self.log = log
        self.name = name
        turns.queue(self)

    def has_unread(self) -> bool:
        return self.unread > 0

    def read_some(self, most: int) -> int:
        size = min(most, self.unread)
        self.unread -= size
        self.log.append((self.name, size))
        return size


async def run_until_read(*talkers: Talker) -> list[int]:
    """Bytes read in each turn of the loop until nobody has any left."""
    log = talkers[0].log
    found = []
    async with asyncio.timeout(60):
        while any(talker.has_unread() for talker in talkers):
            before = sum(size for _, size in log)
            await asyncio.sleep(0)
            found.append(sum(size for _, size in log) - before)
    return found


async def test_what_fits_into_the_turn_is_read_at_once_and_the_rest_is_not():
    turns = Turns(asyncio.get_running_loop())
    assert turns.grant(TURN_BYTES - 10)
    assert not turns.grant(11)
    assert turns.grant(10)
    await asyncio.sleep(0)
    assert turns.grant(TURN_BYTES)


async def test_nobody_is_read_past_those_who_wait():
    turns = Turns(asyncio.get_running_loop())
    Talker(turns, 1, [], "a")
    assert not turns.grant(1)
    await asyncio.sleep(0)
    assert turns.grant(1)


async def test_a_turn_of_the_loop_reads_no_more_than_its_share_however_many_talk():
    turns = Turns(asyncio.get_running_loop())
    log: list[tuple[str, int]] = []
    talkers = [Talker(turns, 10 * SLICE_BYTES, log, str(number)) for number in range(40)]
    sizes = await run_until_read(*talkers)
    assert max(sizes) <= TURN_BYTES
    assert sum(sizes) == 400 * SLICE_BYTES


async def test_who_comes_with_little_is_read_before_the_bursts_of_others_are_over():
    turns = Turns(asyncio.get_running_loop())
    log: list[tuple[str, int]] = []
    bursts = [Talker(turns, 100 * TURN_BYTES, log, name) for name in "abc"]
    await asyncio.sleep(0)
    little = Talker(turns, 80, log, "little")
    sizes = await run_until_read(little)
    assert sum(sizes) <= 2 * TURN_BYTES
    assert all(burst.has_unread() for burst in bursts)


async def test_one_alone_has_the_whole_turn():
    turns = Turns(asyncio.get_running_loop())
    log: list[tuple[str, int]] = []
    await run_until_read(Talker(turns, 3 * TURN_BYTES, log, "a"))
    assert log == [("a", TURN_BYTES)] * 3
