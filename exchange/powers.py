"""What only a simulator can do: the routes of `/sandbox`, each with the part of the venue it has power over.

Where others can reach the venue they are closed, unless they were asked for.
"""

import time
from collections.abc import Callable
from typing import Protocol

from fastapi import APIRouter

from exchange.gateways.browser import Tokens, is_loopback
from exchange.gateways.chaos.stale import StaleReads
from exchange.gateways.context import VenueContext
from exchange.gateways.sandbox import (
    accounts,
    agents,
    books,
    chaos,
    clock,
    closed,
    exchange,
    markets,
    record,
    saved,
    session,
    state,
    tape,
)
from exchange.gateways.sandbox.agents import Agents
from exchange.inspection import Inspection
from exchange.keeper import Keeper
from exchange.options import VenueOptions
from exchange.ports import ClockSetting, OwnedClock, TapeDeck


class PoweredVenue(Protocol):
    """The venue, as far as powers over it go."""

    options: VenueOptions
    context: VenueContext
    clock: OwnedClock
    inspection: Inspection
    keeper: Keeper
    agents: Agents
    tapes: TapeDeck

    async def begin_again(self, name: str = "") -> None: ...


def powers(
    venue: PoweredVenue, save_clock: Callable[[ClockSetting], None], tokens: Tokens, stale: StaleReads
) -> list[APIRouter]:
    """`save_clock` keeps what the clock was set to; `stale` begins the views that lag when a rule asks for one."""
    asked = venue.options.sandbox
    if not (is_loopback(venue.options.host) if asked is None else asked):
        return [closed.router()]
    context, inspection = venue.context, venue.inspection
    return [
        state.router(context, inspection.state),
        clock.router(context, venue.clock, save_clock),
        markets.router(context),
        exchange.router(context),
        agents.router(lambda: venue.agents),
        tape.router(lambda: venue.tapes),
        accounts.router(context, inspection.members),
        saved.router(venue.keeper, venue.begin_again, lambda: context.views.seq, time.monotonic),
        record.router(inspection.record, inspection.verify),
        books.router(inspection.books),
        session.router(inspection.members, tokens),
        chaos.router(context.chaos, inspection.members, stale.open),
    ]
