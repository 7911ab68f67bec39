"""Execution reports asked for again on KalshiDC: U1 answered with 35=8 and U2, or with U3 (SEMANTICS H6).

They are read from the journal, so that restarts do not matter, nor whether the member was on FIX at all. That is
done in a thread, a slice at a time, and no slice is read ahead of what the client takes: other sessions do not wait.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice

import structlog

from exchange.gateways.context import VenueContext
from exchange.gateways.fix.hub import Box
from exchange.gateways.fix.past import Past, TooOld, read_past
from exchange.gateways.fix.rendering import render
from exchange.gateways.rate_limit import DEFAULT_COST, READ
from exchange.ports import JournalDamaged
from wire.fix import tags
from wire.fix.fault import Fault
from wire.fix.message import Message
from wire.fix.messages.drop_copy import (
    EventResendRequest,
    ResendRejectReason,
    encode_event_resend_complete,
    encode_event_resend_reject,
    read_event_resend_request,
)
from wire.fix.session import Session
from wire.fix.tags import MsgType

DROP_COPY_US = 3 * 3600 * 1_000_000
"""How long reports can be asked for again."""

SLICE_RECORDS = 5_000
"""Records that are read before what they gave is sent."""

_log = structlog.get_logger("fix")


class DropCopy:
    """One KalshiDC session. `drained` waits until the client has read most of what was sent."""

    def __init__(
        self, context: VenueContext, journal: Past, box: Box, session: Session, drained: Callable[[], Awaitable[None]]
    ) -> None:
        self.box = box
        self._context = context
        self._journal = journal
        self._session = session
        self._drained = drained
        self._running: asyncio.Task[None] | None = None

    def receive(self, message: Message) -> None:
        """Take a U1. One is answered at a time: another meanwhile is one too many."""
        wanted = read_event_resend_request(message)
        if isinstance(wanted, Fault):
            now_us = self._context.wall.now_us()
            self._session.reject(message, wanted.reason, wanted.tag, now_us, wanted.text)
            self.box.wake()
            return
        ref = message[tags.MSG_SEQ_NUM]
        is_busy = self._running is not None and not self._running.done()
        limits_us = self._context.limits_us()
        if is_busy or not self._context.limiter.take(self.box.key.member, READ, DEFAULT_COST, limits_us):
            self._refuse(ref, ResendRejectReason.TOO_MANY_REQUESTS)
        elif wanted.begin[2] != self._context.settings.shard or not self._is_kept(wanted):
            self._refuse(ref, ResendRejectReason.BEGIN_TOO_SMALL)
        elif wanted.end is not None and wanted.end[0] > self._context.views.seq:
            self._refuse(ref, ResendRejectReason.END_TOO_LARGE)
        else:
            self._running = asyncio.get_running_loop().create_task(self._resend(wanted, ref))

    def lost(self) -> None:
        """The connection is gone."""
        if self._running is not None:
            self._running.cancel()

    def _is_kept(self, wanted: EventResendRequest) -> bool:
        return wanted.begin[0] >= self._journal.first_seq()

    async def _resend(self, wanted: EventResendRequest, ref: str) -> None:
        try:
            count = await self._send(wanted)
        except TooOld:
            self._refuse(ref, ResendRejectReason.BEGIN_TOO_SMALL)
        except (JournalDamaged, OSError) as error:
            _log.error("drop_copy_failed", key_id=self.box.key.key_id, error=str(error))
            self._refuse(ref, ResendRejectReason.SERVER_ERROR)
        else:
            self.box.deliver(MsgType.EVENT_RESEND_COMPLETE, encode_event_resend_complete(ref, count))

    async def _send(self, wanted: EventResendRequest) -> int:
        """Send the reports; how many. Raises TooOld before the first one is sent."""
        context, box = self._context, self.box
        shard = context.settings.shard
        oldest_us = context.clock.now_us() - DROP_COPY_US
        begin = wanted.begin[:2]
        end = (context.views.seq, 1 << 40) if wanted.end is None else wanted.end[:2]
        count = 0
        past = read_past(self._journal, shard, (box.key.member,), begin[0], end[0])
        while slice_ := await asyncio.to_thread(lambda: list(islice(past, SLICE_RECORDS))):
            for record, reports in slice_:
                if record is not None and record.seq == begin[0] and record.ts_us < oldest_us:
                    raise TooOld
                for report in reports:
                    if begin <= (report.seq, report.event) <= end and box.sees(report.account):
                        body = render(report, shard, box.client)
                        if body is not None:
                            box.deliver(MsgType.EXECUTION_REPORT, body)
                            count += 1
            await self._drained()
        return count

    def _refuse(self, ref: str, reason: ResendRejectReason) -> None:
        self.box.deliver(MsgType.EVENT_RESEND_REJECT, encode_event_resend_reject(ref, reason))
