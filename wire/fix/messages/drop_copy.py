"""Drop copy: U1 read, U2 and U3 written (SEMANTICS H6, FIX/drop-copy)."""

from enum import IntEnum

import msgspec

from wire.fix import tags
from wire.fix.codec import encode_fields
from wire.fix.fault import Fault, session_fault
from wire.fix.message import Message
from wire.fix.messages.values import parse_exec_id
from wire.fix.tags import SessionRejectReason

ExecId = tuple[int, int, int]
"""(clock, event, shard)."""


class ResendRejectReason(IntEnum):
    """Tag 21004."""

    TOO_MANY_REQUESTS = 1
    SERVER_ERROR = 2
    BEGIN_TOO_SMALL = 3
    END_TOO_LARGE = 4


class EventResendRequest(msgspec.Struct, frozen=True, gc=False):
    """EventResendRequest (35=U1): reports from `begin` to `end`, both included; no end is the latest."""

    begin: ExecId
    end: ExecId | None


def read_event_resend_request(message: Message) -> EventResendRequest | Fault:
    """U1. Both ids are ExecIDs of one shard; anything else is rejected."""
    begin = parse_exec_id(message[tags.BEGIN_EXEC_ID])
    if begin is None:
        return session_fault(SessionRejectReason.INCORRECT_DATA_FORMAT, tags.BEGIN_EXEC_ID)
    end_text = message.get(tags.END_EXEC_ID)
    end = None if end_text is None else parse_exec_id(end_text)
    if end_text is not None and end is None:
        return session_fault(SessionRejectReason.INCORRECT_DATA_FORMAT, tags.END_EXEC_ID)
    if end is not None and end[2] != begin[2]:
        return session_fault(SessionRejectReason.VALUE_INCORRECT, tags.END_EXEC_ID)
    return EventResendRequest(begin, end)


def encode_event_resend_complete(ref_seq_num: str, event_count: int) -> bytes:
    """The body of U2, behind the reports."""
    return encode_fields([(tags.REF_SEQ_NUM, ref_seq_num), (tags.RESEND_EVENT_COUNT, str(event_count))])


def encode_event_resend_reject(ref_seq_num: str, reason: ResendRejectReason) -> bytes:
    """The body of U3."""
    return encode_fields([(tags.REF_SEQ_NUM, ref_seq_num), (tags.EVENT_RESEND_REJECT_REASON, str(int(reason)))])
