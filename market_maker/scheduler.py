"""Who acts when. Agents say when they are due next, in venue time; the scheduler lets them.

Lockstep: the venue's clock stands still, the agents act one after another in the order of their due times (of
equals, the order they were given in), each awaits its answers, and then the clock is moved to the next due time. So
the venue gets the same commands at the same times in every run of one seed. An agent that fails waits as it does live,
in venue time, so that a run under seeded faults is repeated too.
"""

import asyncio
import heapq
from collections.abc import Sequence
from typing import Protocol

import structlog

from market_maker.clock import LiveClock, Stepper
from market_maker.venue.port import VenueError
from wire.units import MICROS

AFTER_FAILURE_US = 2 * MICROS
"""An agent whose venue did not answer tries again so much later."""

_log = structlog.get_logger("scheduler")


class Agent(Protocol):
    """`act` does what is due and moves `due_us` on, in whole milliseconds. It may raise VenueError."""

    name: str
    due_us: int

    @property
    def is_done(self) -> bool:
        """Its market is over."""
        ...

    async def act(self, now_us: int) -> None: ...


async def run_lockstep(agents: Sequence[Agent], stepper: Stepper, until_us: int) -> int:
    """Let the agents act until the venue's time is `until_us`; how often they acted. Raises VenueError.

    An agent may add others to `agents`, at its end. What the stepper cannot do ends the run; what an agent cannot does
    not.
    """
    waiting: list[tuple[int, int]] = []
    known = acts = 0

    def join() -> None:
        nonlocal known
        for number in range(known, len(agents)):
            heapq.heappush(waiting, (agents[number].due_us, number))
        known = len(agents)

    join()
    while waiting and waiting[0][0] <= until_us:
        due_us, number = heapq.heappop(waiting)
        agent = agents[number]
        if agent.is_done:
            continue
        if due_us > stepper.now_us():
            await stepper.advance_to(due_us)
        now_us = stepper.now_us()
        try:
            await agent.act(now_us)
        except VenueError as error:
            _failed(agent, error, now_us)
        acts += 1
        assert agent.due_us > due_us, f"{agent.name} does not let time pass"
        heapq.heappush(waiting, (agent.due_us, number))
        join()
    await stepper.advance_to(until_us)
    return acts


async def run_live(agent: Agent, clock: LiveClock) -> None:
    """One agent on the venue's running clock, until its market is over."""
    while not agent.is_done:
        await clock.sleep_until(agent.due_us)
        try:
            await agent.act(clock.now_us())
        except VenueError as error:
            _failed(agent, error, clock.now_us())
        # An agent that fell behind does not catch up: that would be a burst nobody asked for.
        agent.due_us = max(agent.due_us, clock.now_us())
        await asyncio.sleep(0)


def _failed(agent: Agent, error: VenueError, now_us: int) -> None:
    _log.warning("agent_failed", agent=agent.name, error=str(error))
    agent.due_us = max(agent.due_us, now_us + AFTER_FAILURE_US)
