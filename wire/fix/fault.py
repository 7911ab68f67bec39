"""What is wrong with a message, as it is told to its sender."""

import msgspec

from wire.fix.tags import SessionRejectReason

Reason = SessionRejectReason

TEXTS: dict[int, str] = {
    Reason.INVALID_TAG_NUMBER: "Invalid tag number",
    Reason.REQUIRED_TAG_MISSING: "Required tag missing",
    Reason.TAG_NOT_DEFINED_FOR_MESSAGE: "Tag not defined for this message type",
    Reason.UNDEFINED_TAG: "Undefined tag received",
    Reason.TAG_WITHOUT_VALUE: "Tag specified without a value",
    Reason.VALUE_INCORRECT: "Value is incorrect (out of range) for this tag",
    Reason.INCORRECT_DATA_FORMAT: "Incorrect data format for value",
    Reason.SIGNATURE_PROBLEM: "Signature problem",
    Reason.COMP_ID_PROBLEM: "CompID problem",
    Reason.SENDING_TIME_ACCURACY: "SendingTime accuracy problem",
    Reason.INVALID_MSG_TYPE: "Invalid MsgType",
    Reason.TAG_APPEARS_MORE_THAN_ONCE: "Tag appears more than once",
    Reason.TAG_OUT_OF_ORDER: "Tag specified out of required order",
    Reason.GROUP_FIELDS_OUT_OF_ORDER: "Repeating group fields out of order",
    Reason.GROUP_COUNT_INCORRECT: "Incorrect NumInGroup count for repeating group",
}
"""Tag 58 of a session reject, by its 373. "Undefined tag received" is Kalshi's (FIX/error-handling)."""


class Fault(msgspec.Struct, frozen=True, gc=False):
    """Why a message is rejected: 35=3 with 371 and 373, or 35=j with 380 when `is_business`. No tag is ""."""

    reason: int
    tag: str
    text: str
    is_business: bool = False


def session_fault(reason: int, tag: str = "", text: str = "") -> Fault:
    """A fault that becomes 35=3; `text` defaults to the reason's."""
    return Fault(reason, tag, text or TEXTS[reason])
