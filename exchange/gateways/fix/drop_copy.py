"""Execution reports asked for again on KalshiDC: U1 answered with 35=8 and U2, or with U3 (SEMANTICS H6).

What the member's desk keeps is there: from the member's first FIX logon since the venue started, three hours at
most. An older begin is refused as too small, which is what a client must be ready for anyway.
"""

from exchange.gateways.context import VenueContext
from exchange.gateways.fix.hub import DROP_COPY_US, Box, Desk
from exchange.gateways.fix.reports import render
from exchange.gateways.rate_limit import DEFAULT_COST, READ
from wire.fix import tags
from wire.fix.codec import Message
from wire.fix.messages.drop_copy import (
    ResendRejectReason,
    encode_event_resend_complete,
    encode_event_resend_reject,
    read_event_resend_request,
)
from wire.fix.session import Session
from wire.fix.tags import MsgType
from wire.fix.validation import Fault


def resend_events(context: VenueContext, desk: Desk, box: Box, session: Session, message: Message) -> None:
    """Answer a U1."""
    now_us = context.clock.now_us()
    wanted = read_event_resend_request(message)
    if isinstance(wanted, Fault):
        session.reject(message, wanted.reason, wanted.tag, now_us, wanted.text)
        box.wake()
        return
    ref = message[tags.MSG_SEQ_NUM]
    shard = context.settings.shard
    begin = wanted.begin[:2]
    refusal: ResendRejectReason | None = None
    if not context.limiter.take(box.key.member, READ, DEFAULT_COST, now_us):
        refusal = ResendRejectReason.TOO_MANY_REQUESTS
    elif wanted.begin[2] != shard or begin <= desk.forgotten:
        refusal = ResendRejectReason.BEGIN_TOO_SMALL
    elif wanted.end is not None and wanted.end[0] > context.views.seq:
        refusal = ResendRejectReason.END_TOO_LARGE
    if refusal is not None:
        box.deliver(MsgType.EVENT_RESEND_REJECT, encode_event_resend_reject(ref, refusal))
        return
    end = None if wanted.end is None else wanted.end[:2]
    count = 0
    for report in desk.reports:
        place = (report.seq, report.event)
        if place < begin or report.ts_us < now_us - DROP_COPY_US or not box.sees(report.account):
            continue
        if end is not None and place > end:
            break
        body = render(report, shard, box.logon)
        if body is not None:
            box.deliver(MsgType.EXECUTION_REPORT, body)
            count += 1
    box.deliver(MsgType.EVENT_RESEND_COMPLETE, encode_event_resend_complete(ref, count))
