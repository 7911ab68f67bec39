"""Everything down at once: an order group, and when that cannot be had, every order by itself (SEMANTICS B9).

A group is the right switch because it works on what is still on its way too: an order that arrives after the trigger
is refused. `down` is believed only when the venue lists no order of ours any more.
"""

import structlog

from market_maker.quotes import OwnOrder
from market_maker.venue.port import Refused, Uncertain, Venue, VenueError

_log = structlog.get_logger("kill_switch")


class KillSwitch:
    """`contracts` whole contracts in 15 seconds trip the group by themselves; `prefix` is of all our orders ever."""

    def __init__(self, venue: Venue, contracts: int, prefix: str) -> None:
        self.group = ""
        self.pulls = 0
        self._venue = venue
        self._contracts = contracts
        self._prefix = prefix

    async def arm(self, adopted: list[OwnOrder]) -> list[OwnOrder]:
        """Have a group that orders can go into; the adopted orders that are in it. Raises VenueError.

        The group of old orders is used again, so that one trigger takes them down as well.
        """
        groups = [order.group for order in adopted if order.group]
        if not self.group and groups:
            self.group = max(groups, key=groups.count)
        if self.group:
            try:
                await self._venue.reset_group(self.group)
            except Refused:
                self.group = ""
        if not self.group:
            self.group = await self._venue.create_group(self._contracts)
        return [order for order in adopted if order.group == self.group]

    async def pull(self) -> None:
        """Returns when the venue lists no order of ours. Raises VenueError when that cannot be reached now."""
        self.pulls += 1
        if self.group:
            try:
                await self._venue.trigger_group(self.group)
            except VenueError as error:
                _log.warning("group_not_triggered", error=str(error))
        await self.cancel(await self.ours())
        left = await self.ours()
        if left:
            raise Uncertain(f"{len(left)} orders still rest")

    async def disarm(self) -> None:
        """The group goes, and with it whatever may still be in it. Raises VenueError."""
        if self.group:
            await self._venue.delete_group(self.group)
            self.group = ""

    async def ours(self) -> list[OwnOrder]:
        """Every resting order of any run of ours."""
        return [order for order in await self._venue.resting() if order.client_order_id.startswith(self._prefix)]

    async def cancel(self, orders: list[OwnOrder]) -> None:
        """One by one; those that are gone meanwhile are no failure. Raises Uncertain and RateLimited."""
        for number, order in enumerate(orders):
            try:
                await self._venue.cancel(order, f"{self._prefix}x{self.pulls}-{number}-{order.order_id[-12:]}")
            except Refused as refusal:
                if refusal.code == "too_many_requests":
                    raise
                _log.info("not_canceled", order=order.order_id, why=refusal.code)
