"""One session's requests about orders: what they are paid with, where they are put in line, which are not yet answered.

A request that names an order is about what the order will be when everything before it is done. An order that is on
its way has no id yet, and so a cancel or replace of it waits here until it is there.
"""

from collections.abc import Callable
from typing import Final

from exchange.core.commands import AnyCommand
from exchange.core.commands import CancelOrder as CancelCommand
from exchange.gateways.context import VenueContext
from exchange.gateways.fix.facts import OrderFacts
from exchange.gateways.fix.hub import Box, Hub
from exchange.gateways.fix.rendering import render_pending
from exchange.ports import Answer, Receipt
from wire.fix import tags
from wire.fix.message import Message
from wire.fix.session import Session
from wire.fix.tags import BusinessRejectReason, MsgType

UNAVAILABLE: Final = "EXCHANGE_UNAVAILABLE"


class Requests:
    """What D, F, G, q and UOG of one session share."""

    def __init__(self, context: VenueContext, hub: Hub, box: Box, session: Session) -> None:
        self.context = context
        self.hub = hub
        self.box = box
        """The session as it logged on last."""
        self.desk = hub.desk(box.key.member)
        self.shard = context.settings.shard
        self.now_us = self.limits_us = self.seq = 0
        """The venue's time, that of the token buckets, and the last record, when what is being read came in."""
        self.when_idle: Callable[[], None] | None = None
        """To be called whenever nothing is left on its way, if by anyone."""
        self._limiter = context.limiter
        self._post = context.sink.post
        self._session = session
        self._on_its_way: dict[str, list[Callable[[], None]] | None] = {}
        """What waits for the answer to a request, by the request's ClOrdID; None as long as nothing does."""

    def begin(self) -> None:
        """Bytes have come: whatever is in them came now."""
        self.now_us = self.context.clock.now_us()
        self.limits_us = self.context.limits_us()
        self.seq = self.context.views.seq

    def draw(self, message: Message, bucket: str, cost: int) -> bool:
        """Take tokens from the buckets that REST draws from too (SEMANTICS H3); what has none left is rejected."""
        if self._limiter.take(self.box.client.member, bucket, cost, self.limits_us):
            return True
        self.reject(message, BusinessRejectReason.RATE_LIMIT_EXCEEDED, "Rate limit exceeded")
        return False

    # --- on its way -----------------------------------------------------------------------------------

    @property
    def are_answered(self) -> bool:
        """Whether nothing is on its way."""
        return not self._on_its_way

    def start(self, client_order_id: str) -> bool:
        """A request of this name is on its way from now on; whether none was."""
        if client_order_id in self._on_its_way:
            return False
        self._on_its_way[client_order_id] = None
        return True

    def when_there(self, original: str, run: Callable[[], None], own_name: str = "") -> None:
        """At once, or as soon as the request that gave the order this ClOrdID is answered.

        `own_name` is on its way from now on.
        """
        is_there = original not in self._on_its_way
        if own_name:
            self.start(own_name)
        if is_there:
            run()
        else:
            self._keep_waiting(original, run)

    def when_answered(self, run: Callable[[], None]) -> None:
        """At once, or as soon as the last request that is on its way is answered."""
        if self._on_its_way:
            self._keep_waiting(next(reversed(self._on_its_way)), run)
        else:
            run()

    def _keep_waiting(self, client_order_id: str, run: Callable[[], None]) -> None:
        waiting = self._on_its_way[client_order_id]
        if waiting is None:
            waiting = self._on_its_way[client_order_id] = []
        waiting.append(run)
        self.hub.waiting += 1

    def answered(self, client_order_id: str) -> None:
        """A request is no longer on its way: what waited for it goes on."""
        waiting = self._on_its_way.pop(client_order_id, None)
        if waiting is not None:
            for run in waiting:
                self.hub.waiting -= 1
                run()
        if self.when_idle is not None and not self._on_its_way:
            self.when_idle()

    # --- in line --------------------------------------------------------------------------------------

    def submit(self, command: AnyCommand, answer: Answer) -> None:
        """Put a command in line."""
        self._post(command, answer)

    def submit_cancel(self, account: int, order_id: int, name: str, answer: Answer) -> None:
        """The same of a cancel. The first in line for an order is what its report is called by; "" leaves its name."""
        command = CancelCommand(account, order_id, name)
        cancels = self.desk.cancels
        if order_id in cancels:
            self.submit(command, answer)
            return
        cancels[order_id] = name

        def first_answered(receipt: Receipt | None) -> None:
            del cancels[order_id]
            answer(receipt)

        self.submit(command, first_answered)

    # --- answers that only the sender hears -----------------------------------------------------------

    def pending(self, facts: OrderFacts, exec_type: str, client_order_id: str, now_us: int = 0) -> None:
        """Say that a request has come in, unless the session does without (21011)."""
        client = self.box.client
        if not client.skip_pending_exec_reports:
            at_us = now_us or self.context.clock.now_us()
            body = render_pending(facts, exec_type, client_order_id, self.shard, at_us, client)
            self.box.deliver(MsgType.EXECUTION_REPORT, body)

    def reject(self, message: Message, reason: int, text: str, ref_id: str = "") -> None:
        """35=j."""
        ref_id = ref_id or message.get(tags.CL_ORD_ID) or ""
        self._session.business_reject(message, reason, text, self.context.wall.now_us(), ref_id)
        self.box.wake()
