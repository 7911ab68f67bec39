"""The six kinds of FIX session and what each allows (SEMANTICS H1, FIX/connectivity).

Which messages a kind carries stands with the messages, in the dictionary.
"""

from enum import StrEnum

import msgspec


class SessionKind(StrEnum):
    """A kind is named by the TargetCompID a client logs on to."""

    NR = "KalshiNR"
    DC = "KalshiDC"
    RT = "KalshiRT"
    PT = "KalshiPT"
    RFQ = "KalshiRFQ"
    MD = "KalshiMD"


class Profile(msgspec.Struct, frozen=True):
    """What a session kind allows.

    `resends` is ResendRequest and SequenceReset both ways, numbers that survive a disconnect, and messages kept
    for it; a kind without must reset its numbers at every logon (FIX/authentication, message retransmission).
    """

    kind: SessionKind
    port: int
    """Kalshi's; a venue may listen elsewhere."""
    resends: bool = False
    may_listen: bool = False
    """ListenerSession (20126) may be Y (FIX/listener-sessions)."""
    may_settle: bool = False
    """ReceiveSettlementReports (20127) may be Y."""
    settles_by_default: bool = False


PROFILES: dict[str, Profile] = {
    profile.kind.value: profile
    for profile in (
        Profile(SessionKind.NR, 8228, may_listen=True),
        Profile(SessionKind.DC, 8229),
        Profile(SessionKind.RT, 8230, resends=True, may_listen=True, may_settle=True),
        Profile(SessionKind.PT, 8231, resends=True, may_settle=True, settles_by_default=True),
        Profile(SessionKind.RFQ, 8232),
        Profile(SessionKind.MD, 8233),
    )
}
