import asyncio

from exchange.gateways.fix.turns import SLICE_BYTES, TURN_BYTES, Turns


class House:
    """Turns, and what happened in which order: (who, what, how many bytes)."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str, int]] = []
        self.turns = Turns(asyncio.get_running_loop(), lambda: self.log.append(("", "keep", 0)))

    def steps(self) -> list[tuple[str, str]]:
        return [(name, what) for name, what, _ in self.log]

    def read(self) -> int:
        return sum(size for _, what, size in self.log if what == "read")


class Talker:
    """Has so many bytes to be read; `fails` at one of the steps."""

    def __init__(self, house: House, size: int, name: str, fails: str = "") -> None:
        self.unread = size
        self.name = name
        self._log = house.log
        self._fails = fails
        house.turns.queue(self)

    def has_unread(self) -> bool:
        return self.unread > 0

    def read_some(self, most: int) -> int:
        size = min(most, self.unread)
        self.unread -= size
        self._note("read", size)
        return size

    def obey(self) -> None:
        self._note("obey")

    def give_up(self) -> None:
        self._note("give up")

    def _note(self, what: str, size: int = 0) -> None:
        self._log.append((self.name, what, size))
        if what == self._fails:
            raise RuntimeError("a bug")


async def run_until_read(house: House, *talkers: Talker) -> list[int]:
    """Bytes read in each turn of the loop until nobody has any left."""
    found = []
    async with asyncio.timeout(60):
        while any(talker.has_unread() for talker in talkers):
            before = house.read()
            await asyncio.sleep(0)
            found.append(house.read() - before)
    return found


async def test_what_came_in_one_turn_goes_step_by_step_for_all():
    house = House()
    for name in "abc":
        Talker(house, 100, name)
    await asyncio.sleep(0)
    reads, obeys = [(name, "read") for name in "abc"], [(name, "obey") for name in "abc"]
    assert house.steps() == [*reads, *obeys, ("", "keep")]


async def test_nothing_is_read_before_its_turn_nor_twice():
    house = House()
    talker = Talker(house, 1, "a")
    assert house.log == []
    await asyncio.sleep(0)
    assert house.read() == 1
    await asyncio.sleep(0)
    assert house.steps() == [("a", "read"), ("a", "obey"), ("", "keep")]
    talker.unread = 1
    house.turns.queue(talker)
    await asyncio.sleep(0)
    assert house.read() == 2


async def test_who_has_nothing_any_more_is_asked_nothing():
    house = House()
    gone = Talker(house, 0, "gone")
    Talker(house, 5, "there")
    await asyncio.sleep(0)
    assert house.steps() == [(gone.name, "read"), ("there", "read"), ("there", "obey"), ("", "keep")]


async def test_a_turn_of_the_loop_reads_no_more_than_its_share_however_many_talk():
    house = House()
    talkers = [Talker(house, 10 * SLICE_BYTES, str(number)) for number in range(40)]
    sizes = await run_until_read(house, *talkers)
    assert max(sizes) <= TURN_BYTES
    assert sum(sizes) == 400 * SLICE_BYTES


async def test_who_comes_with_little_is_read_before_the_bursts_of_others_are_over():
    house = House()
    bursts = [Talker(house, 100 * TURN_BYTES, name) for name in "abc"]
    await asyncio.sleep(0)
    little = Talker(house, 80, "little")
    sizes = await run_until_read(house, little)
    assert sum(sizes) <= 2 * TURN_BYTES
    assert all(burst.has_unread() for burst in bursts)


async def test_one_alone_has_the_whole_turn():
    house = House()
    await run_until_read(house, Talker(house, 3 * TURN_BYTES, "a"))
    assert [size for _, what, size in house.log if what == "read"] == [TURN_BYTES] * 3


async def test_a_session_that_fails_is_given_up_and_the_others_go_on():
    house = House()
    Talker(house, TURN_BYTES, "reads badly", fails="read")
    Talker(house, 2 * SLICE_BYTES, "obeys badly", fails="obey")
    last = Talker(house, 2 * TURN_BYTES, "last")
    await run_until_read(house, last)
    assert [name for name, what in house.steps() if what == "give up"] == ["reads badly", "obeys badly"]
    assert ("reads badly", "obey") not in house.steps()
    assert house.steps()[-2:] == [("last", "obey"), ("", "keep")]
