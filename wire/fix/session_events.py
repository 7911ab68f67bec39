"""What a FIX session is in, and what it tells its owner."""

from enum import Enum, auto

import msgspec

from wire.fix.fault import Fault
from wire.fix.garbled import Garbled
from wire.fix.logon import Logon
from wire.fix.message import Message


class State(Enum):
    AWAITING_LOGON = auto()
    ACTIVE = auto()
    LOGGING_OUT = auto()
    """We sent Logout and wait for the client's."""
    CLOSED = auto()


class LoggedOn(msgspec.Struct, frozen=True):
    """The client is in. Comes again when it resets its numbers with another Logon."""

    logon: Logon


class Rejected(msgspec.Struct, frozen=True):
    """We answered a message with 35=3 or, when the fault is of business, 35=j. Nothing is left to do."""

    message: Message
    fault: Fault


class PeerRejected(msgspec.Struct, frozen=True):
    """The client rejected a message of ours (35=3)."""

    message: Message


class Closed(msgspec.Struct, frozen=True):
    """The session is over: write what is left and close the connection. `reason` is for the log.

    `clean` is True when both sides said Logout.
    """

    reason: str
    clean: bool = False


SessionEvent = LoggedOn | Message | Rejected | PeerRejected | Garbled | Closed
"""A Message is one of business, that keeps to the dictionary and may be sent on this session."""
