"""Moments of a venue kept under names, and gone back to (`mock-kalshi snapshot`)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import msgspec

from exchange.adapters.journal import FileJournal, NoJournal
from exchange.adapters.saved_states import DamagedState, NoSuchState, SavedState, SavedStates
from exchange.gateways.errors import ApiError
from exchange.gateways.sandbox.saved import cannot_save, no_such_state
from exchange.ports import ClockSetting, OwnedClock
from exchange.projections.views import Projections
from exchange.sequencer import Sequencer
from exchange.snapshotter import Snapshotter


class KeptVenue(Protocol):
    """The venue, as far as it can be kept and begun again."""

    journal: FileJournal | NoJournal
    views: Projections
    clock: OwnedClock
    sequencer: Sequencer
    snapshotter: Snapshotter

    async def begin_again(self, name: str = "") -> None: ...


class Keeper:
    """A StateKeeper (gateways/sandbox/saved.py) of one venue."""

    def __init__(self, venue: KeptVenue, folder: Path) -> None:
        self._venue = venue
        self._saved = SavedStates(folder)

    async def save_state(self, name: str) -> SavedState:
        """Keep this moment under a name. Raises ApiError."""
        venue = self._venue
        if not isinstance(venue.journal, FileJournal):
            raise cannot_save("a venue with --durability none keeps no journal to go back to")
        await venue.sequencer.drain()
        await venue.snapshotter.finish()
        if venue.sequencer.degraded is not None or not await venue.snapshotter.take():
            raise cannot_save(venue.sequencer.degraded or "the disk did not take a snapshot")
        # Nothing else runs before the copy is made: it is of one moment.
        try:
            clock = msgspec.json.encode(_resumable(venue.clock))
            return self._saved.save(name, venue.views.seq, venue.journal.folder, clock)
        except NoSuchState as error:
            raise ApiError(400, "invalid_parameters", details=str(error)) from None
        except OSError as error:
            raise cannot_save(str(error)) from error

    async def load_state(self, name: str) -> None:
        """Be where a state was saved. Raises ApiError."""
        if not isinstance(self._venue.journal, FileJournal):
            raise cannot_save("a venue with --durability none keeps no journal to go back to")
        await self._venue.begin_again(name)

    def fetch(self, name: str, journal: Path) -> Path:
        """A saved state's journal, whole and ready to take the place of ours; where the rest is. Raises ApiError."""
        try:
            return self._saved.fetch(name, journal)
        except NoSuchState as error:
            raise no_such_state(str(error)) from None
        except (DamagedState, OSError) as error:
            shutil.rmtree(journal, ignore_errors=True)
            raise cannot_save(str(error)) from error

    def saved_states(self) -> list[SavedState]:
        return self._saved.list()

    def delete_state(self, name: str) -> None:
        """Raises ApiError."""
        try:
            self._saved.delete(name)
        except NoSuchState as error:
            raise no_such_state(str(error)) from None


def _resumable(clock: OwnedClock) -> ClockSetting:
    """The clock's setting for another time: whatever it ran at, it goes on from this moment."""
    setting, now_us = clock.setting, clock.now_us()
    return ClockSetting(setting.mode, now_us, 0, setting.speed)
