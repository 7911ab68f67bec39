"""What stands around a running venue and must be set up anew when it begins again: house orders, tapes, readers.

Knows what a venue began with. How it began the first time is the supervisor's business.
"""

import asyncio
import shutil

import structlog

from sandbox.beginning import Beginning, store
from sandbox.house import House
from sandbox.launch import Launch
from sandbox.maintenance import weekly_maintenance
from sandbox.processes import Processes
from sandbox.readers import CROWD
from sandbox.scenario import commands
from sandbox.tapes.deck import Deck
from sandbox.tapes.library import Library
from sandbox.venue import RunningVenue

READERS_KEEP = ("rebuilder",)
"""Folders in which readers keep what they made of the log."""

READ_NOTHING = ("ui",)
"""Readers that made nothing of it, and go on: a page may be loading."""

_log = structlog.get_logger("stage")


class Stage:
    """`set_up` once; from then on `begin_again` whenever the venue has."""

    def __init__(self, launch: Launch, venue: RunningVenue, beginning: Beginning) -> None:
        self._launch = launch
        self._venue = venue
        self._beginning = beginning
        self._house = House({}, venue.submit_all)
        self._deck = Deck(Library(launch.tapes_folder), venue, launch.state.deck)
        self._readers = Processes(())
        self._restarting: asyncio.Task[None] | None = None

    async def set_up(self) -> None:
        """The house's orders, and the maintenance windows if they are asked for."""
        self._house = House(self._beginning.opening_orders(), self._venue.submit_all)
        self._venue.listen(self._house)
        self._house.begin(self._venue.is_open)
        if self._launch.weekly_maintenance:
            await self._venue.build(weekly_maintenance(self._venue.now_us()), repeated=True)
        self._venue.when_it_begins_again(self.begin_again)
        self._venue.lets_stop(self)
        self._venue.plays_tapes(self._deck)

    async def go_on(self) -> None:
        """Whatever stood on the stage when the venue ended."""
        await self._deck.put_back()

    def start(self, readers: Processes) -> None:
        self._readers = readers
        readers.start()

    async def begin_again(self, is_new: bool) -> None:
        """The venue was emptied (`is_new`: the scenario is built), or is where it was once."""
        await self._house.close()
        if is_new:
            began = self._beginning
            self._beginning = Beginning(began.scenario, began.source, began.seed, self._venue.now_us())
            store(self._beginning, self._launch.state.beginning)
            await self._venue.build(commands(began.scenario, self._beginning.at_us, began.seed))
        await self.set_up()
        if self._restarting is None or self._restarting.done():
            self._restarting = asyncio.get_running_loop().create_task(self._restart_readers())

    # --- who can be stopped through the venue ---

    def agents(self) -> dict[str, tuple[bool, str]]:
        """Name -> (whether it runs, where it answers)."""
        crowd = self._readers.kept.get(CROWD)
        return {} if crowd is None else {CROWD: (self._readers.is_kept(CROWD), crowd.url)}

    async def start_agent(self, name: str) -> None:
        self._readers.start_one(name)

    async def stop_agent(self, name: str) -> None:
        await self._readers.stop_one(name)

    async def close(self) -> None:
        """Before the venue stops."""
        await self._deck.close()
        if self._restarting is not None:
            await asyncio.wait({self._restarting})
        await self._readers.stop()
        await self._house.close()

    async def _restart_readers(self) -> None:
        """What they made of the log that was is worth nothing now."""
        reading = [name for name in self._readers.kept if name not in READ_NOTHING]
        await asyncio.gather(*[self._readers.stop_one(name) for name in reading])
        for name in READERS_KEEP:
            shutil.rmtree(self._launch.state.path / name, ignore_errors=True)
        self._readers.start()
