"""What can be wrong with a message before its type says what it does: header, signature, a type that is not for here.

The numbers are those of the FIXT session test cases. Knows no sequence and no state: session.py asks in its order.
"""

from typing import Final

from wire.fix import tags
from wire.fix.dictionary import MESSAGES, STANDARD_MSG_TYPES
from wire.fix.fault import Fault, session_fault
from wire.fix.logon import Logon
from wire.fix.message import Message, Wanted
from wire.fix.profiles import SessionKind
from wire.fix.tags import BusinessRejectReason, MsgType, SessionRejectReason
from wire.fix.timestamps import parse_timestamp
from wire.fix.validation import find_fault

SENDING_TIME_TOLERANCE_US: Final = 30_000_000
"""SendingTime may be this far from our clock, either way (FIX/authentication; SEMANTICS K11)."""

_INVALID_TYPE: Final = session_fault(SessionRejectReason.INVALID_MSG_TYPE, tags.MSG_TYPE)
_UNSUPPORTED: Final = Fault(
    BusinessRejectReason.UNSUPPORTED_MESSAGE_TYPE, "", "Unsupported message type on this session", is_business=True
)
_LISTENS_ONLY: Final = Fault(
    BusinessRejectReason.NOT_AUTHORIZED, "", "Not authorized: this is a listener session", is_business=True
)


HEADER: Final = Wanted(
    tags.MSG_SEQ_NUM,
    tags.SENDER_COMP_ID,
    tags.TARGET_COMP_ID,
    tags.SENDING_TIME,
    tags.POSS_DUP_FLAG,
    tags.ORIG_SENDING_TIME,
)
"""What of its header a message is judged by."""


def find_header_fault(header: list[str | None], msg_type: str, client: str, venue: str, now_us: int) -> Fault | None:
    """CompIDs as at Logon (2k), SendingTime there and near (2o), what a possible duplicate needs (2f, 2g).

    `header` is what HEADER picks.
    """
    if header[1] != client:
        return session_fault(SessionRejectReason.COMP_ID_PROBLEM, tags.SENDER_COMP_ID)
    if header[2] != venue:
        return session_fault(SessionRejectReason.COMP_ID_PROBLEM, tags.TARGET_COMP_ID)
    text = header[3]
    if not text:
        return session_fault(SessionRejectReason.REQUIRED_TAG_MISSING, tags.SENDING_TIME)
    sending_us = parse_timestamp(text)
    if sending_us is None or abs(sending_us - now_us) > SENDING_TIME_TOLERANCE_US:
        return session_fault(SessionRejectReason.SENDING_TIME_ACCURACY, tags.SENDING_TIME)
    if header[4] == "Y" and msg_type != MsgType.SEQUENCE_RESET:
        original = header[5]
        if not original:
            return session_fault(SessionRejectReason.REQUIRED_TAG_MISSING, tags.ORIG_SENDING_TIME)
        original_us = parse_timestamp(original)
        if original_us is None or original_us > sending_us:
            return session_fault(SessionRejectReason.SENDING_TIME_ACCURACY, tags.ORIG_SENDING_TIME)
    return None


def accepted_types(kind: SessionKind, logon: Logon) -> frozenset[str]:
    """The message types that a session of this kind takes from a client that logged on like this."""
    return frozenset(
        msg_type
        for msg_type, spec in MESSAGES.items()
        if kind in spec.from_client and (spec.is_admin or not logon.listener_session)
    )


def find_message_fault(message: Message, accepted: frozenset[str], kind: SessionKind) -> Fault | None:
    """The dictionary's word on a message: is there such a type, may it come here, is it well-formed."""
    if message.msg_type in accepted:
        return find_fault(message)
    spec = MESSAGES.get(message.msg_type)
    if spec is None:
        return _UNSUPPORTED if message.msg_type in STANDARD_MSG_TYPES else _INVALID_TYPE  # 2r, 2q
    if kind not in spec.from_client:
        return _INVALID_TYPE if spec.is_admin else _UNSUPPORTED
    return _LISTENS_ONLY


def find_signature_fault(message: Message) -> Fault | None:
    """Kalshi requires RawData (FIX/session-management); its length need not be given, but not wrongly."""
    signature = message.get(tags.RAW_DATA)
    if signature is None:
        return session_fault(SessionRejectReason.REQUIRED_TAG_MISSING, tags.RAW_DATA)
    length = message.get(tags.RAW_DATA_LENGTH)
    if length is not None and int(length) != len(signature):
        return session_fault(SessionRejectReason.VALUE_INCORRECT, tags.RAW_DATA_LENGTH)
    return None
