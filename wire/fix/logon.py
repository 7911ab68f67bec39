"""The Logon message: what it asks for, Kalshi's rules about it, and its answer (SEMANTICS H2).

Knows what a Logon says. Whether its signature is good and its key free is asked of the owner through LogonPort.
"""

from typing import Protocol

import msgspec

from wire.fix import tags
from wire.fix.message import Message
from wire.fix.profiles import Profile, SessionKind
from wire.fix.store import MessageStore
from wire.signing import fix_logon_text

HOUR_US = 3_600_000_000

DEFAULT_RETENTION_HOURS = 24
"""Messages stay resendable this long unless 20200 says otherwise (FIX/authentication)."""

MIN_HEARTBEAT_S = 4
"""HeartBtInt must be greater than 3."""


class Logon(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted wish: who, on which kind of session, with which flags (20126 ... in the order of SEMANTICS H2)."""

    key_id: str
    kind: SessionKind
    seq_num: int
    heartbeat_us: int
    next_expected: int
    """NextExpectedMsgSeqNum (789), 0 = not given."""
    signature: str
    """Base64, as it stands in RawData."""
    signed_text: str
    resets: bool
    cancel_orders_on_disconnect: bool
    listener_session: bool
    receive_settlement_reports: bool
    retention_us: int
    use_dollars: bool
    cancel_order_on_pause: bool
    """In the published dictionary's Logon only: what orders without 21006 do on a pause."""
    enable_ioc_cancel_report: bool
    preserve_original_order_qty: bool
    skip_pending_exec_reports: bool
    use_expired_ord_status: bool
    always_emit_new_before_trade: bool
    split_collateral_return: bool


class LogonPort(Protocol):
    """What a session asks its owner before it lets a client in. A refusal is the Text of the Logout, never "" ."""

    def authenticate(self, key_id: str, signature: str, text: str) -> str:
        """Check the base64 signature of the key over the text: "" if it is good, else the refusal."""
        ...

    def claim(self, logon: Logon) -> "MessageStore | str":
        """Take the key's one live connection: the session's store, or the refusal (`already exists`)."""
        ...


class Refusal(msgspec.Struct, frozen=True):
    """Why a Logon is answered with Logout; `text` is its tag 58."""

    text: str


def read_logon(message: Message, profile: Profile) -> Logon | Refusal:
    """What a Logon that keeps to the dictionary asks for, or the rule of Kalshi's it breaks.

    A flag of another session kind (20127 outside RT and PT) is passed over.
    """
    heartbeat = int(message[tags.HEART_BT_INT])
    if heartbeat < MIN_HEARTBEAT_S:
        return Refusal("HeartBtInt must be greater than 3")
    resets = message.flag(tags.RESET_SEQ_NUM_FLAG)
    if not resets and not profile.resends:
        # FIX/authentication, message retransmission.
        return Refusal(f"ResetSeqNumFlag must be Y on {profile.kind}")
    listens = message.flag(tags.LISTENER_SESSION)
    if listens:
        # FIX/listener-sessions, required fields and restrictions.
        if not profile.may_listen:
            return Refusal(f"ListenerSession is not available on {profile.kind}")
        if not message.flag(tags.SKIP_PENDING_EXEC_REPORTS):
            return Refusal("ListenerSession requires SkipPendingExecReports=Y")
        if message.flag(tags.CANCEL_ORDERS_ON_DISCONNECT):
            return Refusal("ListenerSession does not allow CancelOrdersOnDisconnect=Y")
    settles = message.get(tags.RECEIVE_SETTLEMENT_REPORTS)
    hours = int(message.get(tags.MESSAGE_RETENTION_PERIOD) or DEFAULT_RETENTION_HOURS)
    key_id, target = message[tags.SENDER_COMP_ID], message[tags.TARGET_COMP_ID]
    seq_num = int(message[tags.MSG_SEQ_NUM])
    return Logon(
        key_id=key_id,
        kind=profile.kind,
        seq_num=seq_num,
        heartbeat_us=heartbeat * 1_000_000,
        next_expected=int(message.get(tags.NEXT_EXPECTED_MSG_SEQ_NUM) or 0),
        signature=message[tags.RAW_DATA],
        signed_text=fix_logon_text(message[tags.SENDING_TIME], seq_num, key_id, target),
        resets=resets,
        cancel_orders_on_disconnect=message.flag(tags.CANCEL_ORDERS_ON_DISCONNECT),
        listener_session=listens,
        receive_settlement_reports=profile.may_settle
        and (profile.settles_by_default if settles is None else settles == "Y"),
        retention_us=hours * HOUR_US,
        use_dollars=message.flag(tags.USE_DOLLARS),
        cancel_order_on_pause=message.flag(tags.CANCEL_ORDER_ON_PAUSE),
        enable_ioc_cancel_report=message.flag(tags.ENABLE_IOC_CANCEL_REPORT),
        preserve_original_order_qty=message.flag(tags.PRESERVE_ORIGINAL_ORDER_QTY),
        skip_pending_exec_reports=message.flag(tags.SKIP_PENDING_EXEC_REPORTS),
        use_expired_ord_status=message.flag(tags.USE_EXPIRED_ORD_STATUS),
        always_emit_new_before_trade=message.flag(tags.ALWAYS_EMIT_NEW_BEFORE_TRADE),
        split_collateral_return=message.flag(tags.SPLIT_COLLATERAL_RETURN),
    )


def refusal_of_numbers(logon: Logon, expected: int, next_out: int) -> str:
    """Why its numbers cannot be made to agree with ours, the Text of the Logout; "" when they can.

    `expected` is the MsgSeqNum we wait for, `next_out` the next one of ours: both 1 when it resets.
    """
    if logon.seq_num < expected:
        return f"MsgSeqNum too low, expecting {expected} but received {logon.seq_num}"
    if logon.seq_num > expected and logon.resets:
        return f"MsgSeqNum too high, expecting {expected} but received {logon.seq_num}"
    if logon.next_expected > next_out:
        return f"NextExpectedMsgSeqNum too high, expecting {next_out} but received {logon.next_expected}"
    return ""


def answer_fields(logon: Logon, next_in: int) -> list[tuple[str, str]]:
    """The body of our Logon. `next_in`, the number we wait for now, is told to who told us its own."""
    answer = [(tags.ENCRYPT_METHOD, "0"), (tags.HEART_BT_INT, str(logon.heartbeat_us // 1_000_000))]
    if logon.resets:
        answer.append((tags.RESET_SEQ_NUM_FLAG, "Y"))
    if logon.next_expected:
        answer.append((tags.NEXT_EXPECTED_MSG_SEQ_NUM, str(next_in)))
    answer.append((tags.DEFAULT_APPL_VER_ID, "9"))
    return answer
