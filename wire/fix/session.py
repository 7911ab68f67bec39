"""The venue's half of a FIX session, without a socket: bytes and the time in, events and bytes out.

Theory of operation
- The owner feeds what arrives to `receive`, calls `on_deadline` when `next_deadline_us` has come, and after
  either, and after every `send`, writes `data_to_send()`. When an event is `Closed` it writes that and closes
  the connection; when the connection goes by itself it says so with `lost`.
- Nothing here reads a clock. A session never raises over what a client sends: garbled bytes are dropped,
  faults answered, and what cannot be answered ends the session.
- Each message passes the same gates, in this order: BeginString, MsgSeqNum there, CompIDs, SendingTime,
  sequence, dictionary; then the transition table says what happens. The rules are of the FIXT 1.1 session
  protocol and its test cases (numbers like 2c), but where Kalshi's pages are cited.
- The numbers of RT and PT outlive the connection; the other kinds start at 1 at every Logon, cannot resend and
  end at a gap (SEMANTICS H3).
"""

from collections.abc import Callable, Mapping
from typing import Final

from wire.fix import tags
from wire.fix.codec import BEGIN_STRING, Framer, encode_fields
from wire.fix.dictionary import ADMIN_TYPES
from wire.fix.fault import Fault, session_fault
from wire.fix.garbled import Garbled
from wire.fix.gates import (
    HEADER,
    accepted_types,
    find_header_fault,
    find_message_fault,
    find_signature_fault,
)
from wire.fix.logon import Logon, LogonPort, Refusal, answer_fields, read_logon, refusal_of_numbers
from wire.fix.message import Message, parse
from wire.fix.outbound import Outbound, number_of, reject_body
from wire.fix.profiles import Profile
from wire.fix.session_events import (
    Closed,
    LoggedOn,
    PeerRejected,
    Rejected,
    SessionEvent,
    State,
)
from wire.fix.tags import MsgType, SessionRejectReason
from wire.fix.validation import find_fault

_APPLICATION: Final = "application"
"""The key in the transition table of every message that is not an admin message."""

LOGON_TIMEOUT_US: Final = 10_000_000
"""A connection that has not logged on by then is closed."""

LOGOUT_TIMEOUT_US: Final = 5_000_000
"""How long an answer to our Logout is waited for."""

TEST_REQUEST_AFTER_TENTHS: Final = 12
"""TestRequest after this many tenths of HeartBtInt of silence: one interval, and some time for transmission (4d)."""

CLOSE_AFTER_TENTHS: Final = 20
"""Silence that ends the session: at 30 s within the minute that Kalshi tells a client to wait for a lost connection
to be noticed (FIX/error-handling, duplicate session)."""

STORE_UNAVAILABLE: Final = "session store is not available"
"""The Text of the Logout when the store does not keep what was to be sent."""

EXPIRE_EVERY: Final = 1024
"""Messages that have left the retention window are forgotten each time this many have been sent."""

_AWAITING_LOGON: Final = State.AWAITING_LOGON
_ACTIVE: Final = State.ACTIVE
_LOGGING_OUT: Final = State.LOGGING_OUT
_CLOSED: Final = State.CLOSED
"""For the compiled path: a member of an Enum is found by a search, these are not."""

Handler = Callable[["Session", Message, int], None]
"""What a message does to a session, at a time."""


class Session:
    """One connection of one client. `profiles` are the session kinds served where it came in, by TargetCompID."""

    def __init__(self, profiles: Mapping[str, Profile], port: LogonPort, now_us: int) -> None:
        self.state = _AWAITING_LOGON
        self.logon: Logon | None = None
        self._profiles = profiles
        self._port = port
        self._profile: Profile | None = None
        self._accepted: frozenset[str] = frozenset()
        """Message types that may come; known with the Logon."""
        self._framer = Framer()
        self._events: list[SessionEvent] = []
        self._out = Outbound(now_us)
        self._next_in = 1
        self._heartbeat_us = 0
        self._received_us = now_us
        self._test_requests = 0
        self._awaits_heartbeat = False
        self._gap_from = 0
        self._gap_asked_us = 0

    # --- the owner's side -------------------------------------------------------------------------------

    def receive(self, data: bytes, now_us: int) -> list[SessionEvent]:
        """Take bytes of the connection. What comes behind the end of the session is dropped."""
        if self.is_closed:
            return []
        # Step by step for all of it: the code of a step stays in the processor's cache.
        for item in [parse(item) if isinstance(item, bytes) else item for item in self._framer.feed(data)]:
            self._take_item(item, now_us)
        return self._take_events()

    @property
    def is_closed(self) -> bool:
        return self.state is _CLOSED

    @property
    def next_deadline_us(self) -> int | None:
        """When `on_deadline` is to be called; None once closed."""
        if self.state is _AWAITING_LOGON:
            return self._out.sent_us + LOGON_TIMEOUT_US
        if self.state is _LOGGING_OUT:
            return self._out.sent_us + LOGOUT_TIMEOUT_US
        if self.state is _CLOSED:
            return None
        return min(self._out.sent_us + self._heartbeat_us, self._silence_deadline())

    def on_deadline(self, now_us: int) -> list[SessionEvent]:
        """Do what is due: Heartbeat, TestRequest, or give the client up. Harmless when called early."""
        deadline = self.next_deadline_us
        if deadline is None or now_us < deadline:
            return []
        if self.state is _AWAITING_LOGON:
            self._close("no Logon in time")
        elif self.state is _LOGGING_OUT:
            self._close("Logout was not answered")
        elif now_us < self._silence_deadline():
            # 4a: nothing sent for HeartBtInt.
            self._out.write_admin(MsgType.HEARTBEAT, b"", now_us)
        elif self._awaits_heartbeat:
            # FIX/authentication, heartbeat: the connection ends when the answer does not come within the interval.
            self._close("heartbeat timeout")
        else:
            # 6: silence of HeartBtInt and some is questioned.
            self._test_requests += 1
            self._awaits_heartbeat = True
            body = encode_fields([(tags.TEST_REQ_ID, str(self._test_requests))])
            self._out.write_admin(MsgType.TEST_REQUEST, body, now_us)
        return self._take_events()

    def send(self, msg_type: str, body: bytes, now_us: int) -> int:
        """Send an application message; its MsgSeqNum. `body` is encoded fields, see codec.encode_fields.

        On a session that has ended, a kind that resends keeps it for the next connection; elsewhere it is lost.
        """
        seq_num = self._out.keep(msg_type, body, now_us)
        if self.state is _ACTIVE:
            self._out.write(msg_type, seq_num, body, now_us)
        if self.logon is not None and seq_num % EXPIRE_EVERY == 0:
            self._out.store.expire(now_us - self.logon.retention_us)
        return seq_num

    def skip(self, count: int) -> None:
        """Leave out so many numbers, as a venue that lost messages would; asked for them, it fills the gap."""
        for _ in range(count):
            self._out.store.skip()

    def reject(self, message: Message, reason: int, tag: str, now_us: int, text: str = "") -> None:
        """Refuse a business message with 35=3: a field the dictionary let through is malformed."""
        self._send_reject(message, session_fault(reason, tag, text), now_us)

    def business_reject(self, message: Message, reason: int, text: str, now_us: int, ref_id: str = "") -> None:
        """Refuse a business message with 35=j. `ref_id` is the business id of the message (379)."""
        self._send_reject(message, Fault(reason, "", text, is_business=True), now_us, ref_id)

    def log_out(self, text: str, now_us: int) -> None:
        """Begin a Logout; the client's answer, or its absence, ends the session."""
        if self.state is _ACTIVE:
            self._send_logout(text, now_us)
            self.state = _LOGGING_OUT

    def terminate(self, text: str, now_us: int) -> list[SessionEvent]:
        """Say Logout and end without waiting: maintenance, shutdown, a client that does not read."""
        if self.state in (_ACTIVE, _LOGGING_OUT):
            self._log_out_at_once(text, now_us)
        elif self.state is _AWAITING_LOGON:
            self._close(text)
        return self._take_events()

    def lost(self) -> list[SessionEvent]:
        """The connection is gone."""
        self._close("connection lost")
        return self._take_events()

    def data_to_send(self, now_us: int = 0) -> bytes:
        """What is to be written since the last call; of a long resend as much as one turn may cost.

        `now_us` is the SendingTime of what is sent again, by default that of the request.
        """
        return self._out.take(now_us)

    @property
    def has_more_to_send(self) -> bool:
        """Whether a resend goes on: ask `data_to_send` again once the client has taken what there is."""
        return self._out.is_resending

    @property
    def waiting_size(self) -> int:
        """Bytes of what is new and goes out behind a resend."""
        return self._out.behind_size

    # --- gates ------------------------------------------------------------------------------------------

    def _take_item(self, item: Message | Garbled, now_us: int) -> None:
        if self.state is _CLOSED:
            return
        if isinstance(item, Message):
            self._received_us = now_us
            self._awaits_heartbeat = False
            self._take(item, now_us)
            return
        self._events.append(item)
        if self.state is _AWAITING_LOGON:
            # 1d: a Logon that is garbled gets no answer.
            self._close("garbled message before Logon")

    def _take(self, message: Message, now_us: int) -> None:
        if self.state is _AWAITING_LOGON:
            self._take_first(message, now_us)
            return
        if message.begin_string != BEGIN_STRING:
            self._log_out_at_once("Incorrect BeginString", now_us)  # 2i
            return
        header = message.pick(HEADER)
        seq_num = number_of(header[0])
        if seq_num is None:
            # FIX/session-management: an empty MsgSeqNum ends the session.
            self._log_out_at_once("MsgSeqNum is missing or not a number", now_us)
            return
        is_expected = seq_num == self._next_in
        fault = find_header_fault(header, message.msg_type, self._out.target, self._out.sender, now_us)
        if fault is not None:
            # 2k, 2o: rejected, then the session ends.
            if is_expected:
                self._expect(seq_num + 1)
            self._reject(message, fault, now_us)
            if fault.reason != SessionRejectReason.REQUIRED_TAG_MISSING:
                self._log_out_at_once(fault.text, now_us)
            return
        msg_type = message.msg_type
        if msg_type == MsgType.LOGON and message.flag(tags.RESET_SEQ_NUM_FLAG) and self.state is _ACTIVE:
            self._log_on(message, now_us)  # both sides start again at 1, whatever came before
            return
        if msg_type == MsgType.SEQUENCE_RESET and msg_type in self._accepted and not message.flag(tags.GAP_FILL_FLAG):
            self._judge(message, now_us, counts=False)  # 11: in reset mode MsgSeqNum is not looked at
            return
        if is_expected:
            self._judge(message, now_us, counts=True)
        elif seq_num < self._next_in:
            self._take_too_low(message, seq_num, now_us)
        else:
            self._take_too_high(message, seq_num, now_us)

    def _take_first(self, message: Message, now_us: int) -> None:
        """1c, 1d, 1e: only a Logon of a client and to a session there is gets an answer at all."""
        header = message.pick(HEADER)
        self._out.address(header[2] or "", header[1] or "")
        if message.msg_type != MsgType.LOGON:
            self._close("first message is not a Logon")
        elif not (self._out.sender and self._out.target and self._out.sender.isascii() and self._out.target.isascii()):
            self._close("Logon without CompIDs")
        elif message.begin_string != BEGIN_STRING:
            self._log_out_at_once("Incorrect BeginString", now_us)
        elif self._out.sender not in self._profiles:
            self._log_out_at_once("Unknown TargetCompID", now_us)
        elif not number_of(header[0]):
            self._log_out_at_once("MsgSeqNum is missing or not a number", now_us)
        else:
            self._profile = self._profiles[self._out.sender]
            fault = find_header_fault(header, message.msg_type, self._out.target, self._out.sender, now_us)
            if fault is not None:
                self._reject(message, fault, now_us)
                self._log_out_at_once(fault.text, now_us)
            else:
                self._log_on(message, now_us)

    def _take_too_low(self, message: Message, seq_num: int, now_us: int) -> None:
        """2c, 2e, 10c, 10d: a possible duplicate was had before; anything else is a serious failure."""
        if not message.flag(tags.POSS_DUP_FLAG):
            self._log_out_at_once(f"MsgSeqNum too low, expecting {self._next_in} but received {seq_num}", now_us)

    def _take_too_high(self, message: Message, seq_num: int, now_us: int) -> None:
        """2b, 10a: messages are missing. Kinds that resend ask for them; what came early will come again.

        A Logout is answered and a ResendRequest obeyed before that, so that both sides can recover at once (20).
        """
        assert self._profile is not None
        if message.msg_type == MsgType.LOGOUT:
            self._judge(message, now_us, counts=False)
        elif not self._profile.resends:
            # FIX/authentication: recoverable on KalshiRT and KalshiPT only.
            self._log_out_at_once(f"MsgSeqNum too high, expecting {self._next_in} but received {seq_num}", now_us)
        else:
            if message.msg_type == MsgType.RESEND_REQUEST:
                self._judge(message, now_us, counts=False)
            self._ask_for_missing(now_us)

    def _ask_for_missing(self, now_us: int) -> None:
        """One ResendRequest a gap; again only if the gap is still there a heartbeat interval later."""
        if self._gap_from == self._next_in and now_us - self._gap_asked_us < self._heartbeat_us:
            return
        self._gap_from, self._gap_asked_us = self._next_in, now_us
        body = encode_fields([(tags.BEGIN_SEQ_NO, str(self._next_in)), (tags.END_SEQ_NO, "0")])
        self._out.write_admin(MsgType.RESEND_REQUEST, body, now_us)

    def _judge(self, message: Message, now_us: int, *, counts: bool) -> None:
        """The dictionary's word on a message whose turn it is, then the table's."""
        if counts:
            self._expect(self._next_in + 1)
        assert self._profile is not None
        assert self.logon is not None
        msg_type = message.msg_type
        fault = find_message_fault(message, self._accepted, self._profile.kind)
        if fault is not None:
            self._reject(message, fault, now_us)
            return
        if self.state is _ACTIVE and msg_type not in ADMIN_TYPES:
            self._deliver(message, now_us)  # the table's line for most of what comes
            return
        handle = _TABLE[self.state].get(msg_type if msg_type in ADMIN_TYPES else _APPLICATION)
        if handle is not None:
            handle(self, message, now_us)

    # --- what the messages do: the entries of the table -----------------------------------------------

    def _log_on(self, message: Message, now_us: int) -> None:
        assert self._profile is not None
        fault = find_fault(message) or find_signature_fault(message)
        if fault is not None:
            # 1d: a Logon that breaks the dictionary is rejected, then the session ends.
            self._reject(message, fault, now_us)
            self._log_out_at_once(fault.text, now_us)
            return
        logon = read_logon(message, self._profile)
        refusal = logon.text if isinstance(logon, Refusal) else ""
        if isinstance(logon, Logon):
            refusal = self._port.authenticate(logon.key_id, logon.signature, logon.signed_text)
        if refusal or isinstance(logon, Refusal):
            self._log_out_at_once(refusal, now_us)  # FIX/authentication: failure is answered with Logout
            return
        if self.logon is None:
            claimed = self._port.claim(logon)
            if isinstance(claimed, str):
                self._log_out_at_once(claimed, now_us)  # 1b
                return
            self._out.store = claimed
        self._begin(logon, now_us)

    def _begin(self, logon: Logon, now_us: int) -> None:
        """The numbers agree or can be made to: answer Logon, recover what is missing on either side."""
        store = self._out.store
        expected = 1 if logon.resets else store.next_in
        next_out = 1 if logon.resets else store.next_out
        refusal = refusal_of_numbers(logon, expected, next_out)
        if refusal:
            self._log_out_at_once(refusal, now_us)
            return
        if logon.resets:
            self._out.stop_resending()
            store.reset()
        self.logon = logon
        self._accepted = accepted_types(logon.kind, logon)
        self._heartbeat_us = logon.heartbeat_us
        self._next_in = expected
        self.state = _ACTIVE
        self._gap_from = 0
        self._awaits_heartbeat = False
        if logon.seq_num == expected:
            self._expect(expected + 1)
        answer = encode_fields(answer_fields(logon, self._next_in))
        own_seq_num = self._out.write_admin(MsgType.LOGON, answer, now_us)
        self._events.append(LoggedOn(logon))
        if logon.seq_num > expected:
            self._ask_for_missing(now_us)  # 1a
        if 0 < logon.next_expected < own_seq_num:
            self._out.resend(logon.next_expected, own_seq_num, now_us)

    def _log_on_again(self, message: Message, now_us: int) -> None:
        self._log_out_at_once("Logon received while logged on", now_us)

    def _take_heartbeat(self, message: Message, now_us: int) -> None:
        """4c, 4e: any message shows that the client lives, so what TestReqID a Heartbeat carries does not matter."""

    def _answer_test_request(self, message: Message, now_us: int) -> None:
        self._out.write_admin(MsgType.HEARTBEAT, encode_fields([(tags.TEST_REQ_ID, message[tags.TEST_REQ_ID])]), now_us)

    def _take_peer_reject(self, message: Message, now_us: int) -> None:
        self._events.append(PeerRejected(message))

    def _take_resend_request(self, message: Message, now_us: int) -> None:
        """8: the range again, inclusive; 0 as its end is the last message sent."""
        assert self.logon is not None
        last = self._out.store.next_out - 1
        begin, end = int(message[tags.BEGIN_SEQ_NO]), int(message[tags.END_SEQ_NO])
        if end == 0 or end > last:
            end = last
        self._out.store.expire(now_us - self.logon.retention_us)
        if begin < self._out.store.first_kept:
            # FIX/session-management, limitations: before the lookback window is a Reject.
            text = f"BeginSeqNo is outside the retention window, which begins at {self._out.store.first_kept}"
            self._reject(message, session_fault(SessionRejectReason.VALUE_INCORRECT, tags.BEGIN_SEQ_NO, text), now_us)
        elif not begin or begin > end:
            self._reject(message, session_fault(SessionRejectReason.VALUE_INCORRECT, tags.BEGIN_SEQ_NO), now_us)
        else:
            self._out.resend(begin, end, now_us)

    def _take_sequence_reset(self, message: Message, now_us: int) -> None:
        """10, 11: forward only. A gap fill has been counted as one message when it gets here."""
        new = int(message[tags.NEW_SEQ_NO])
        lowest = int(message[tags.MSG_SEQ_NUM]) + 1 if message.flag(tags.GAP_FILL_FLAG) else self._next_in
        if new < lowest:
            text = f"Attempt to lower sequence number, invalid value NewSeqNo={new}"
            self._reject(message, session_fault(SessionRejectReason.VALUE_INCORRECT, tags.NEW_SEQ_NO, text), now_us)
        else:
            self._expect(new)

    def _answer_logout(self, message: Message, now_us: int) -> None:
        """13: answered without a Text, then the connection ends (FIX/session-management)."""
        self._send_logout("", now_us)
        self._close("logged out by the client", clean=True)

    def _take_logout_answer(self, message: Message, now_us: int) -> None:
        self._close("logged out", clean=True)

    def _deliver(self, message: Message, now_us: int) -> None:
        self._events.append(message)

    # --- sending ----------------------------------------------------------------------------------------

    def _send_logout(self, text: str, now_us: int) -> None:
        self._out.write_admin(MsgType.LOGOUT, encode_fields([(tags.TEXT, text)]) if text else b"", now_us)

    def _log_out_at_once(self, text: str, now_us: int) -> None:
        self._send_logout(text, now_us)
        self._close(text)

    def _reject(self, message: Message, fault: Fault, now_us: int) -> None:
        self._send_reject(message, fault, now_us)
        self._events.append(Rejected(message, fault))

    def _send_reject(self, message: Message, fault: Fault, now_us: int, ref_id: str = "") -> None:
        body = reject_body(message, fault, ref_id)
        if not fault.is_business:
            self._out.write_admin(MsgType.REJECT, body, now_us)
            return
        try:
            self.send(MsgType.BUSINESS_MESSAGE_REJECT, body, now_us)
        except OSError:
            # What is sent must be there to be sent again.
            self._log_out_at_once(STORE_UNAVAILABLE, now_us)

    # --- small things -----------------------------------------------------------------------------------

    def _expect(self, next_in: int) -> None:
        self._next_in = next_in
        self._out.expect(next_in)

    def _silence_deadline(self) -> int:
        tenths = CLOSE_AFTER_TENTHS if self._awaits_heartbeat else TEST_REQUEST_AFTER_TENTHS
        return self._received_us + self._heartbeat_us * tenths // 10

    def _close(self, reason: str, *, clean: bool = False) -> None:
        if self.state is not _CLOSED:
            self.state = _CLOSED
            self._out.stop_resending()
            self._events.append(Closed(reason, clean))

    def _take_events(self) -> list[SessionEvent]:
        events, self._events = self._events, []
        return events


# --- the transition table ---------------------------------------------------------------------------------

_TABLE: Final[dict[State, dict[str, Handler]]] = {
    _AWAITING_LOGON: {},  # 1e: whatever is not a Logon closes, before the table is asked
    _ACTIVE: {
        MsgType.HEARTBEAT: Session._take_heartbeat,  # 4c, 5
        MsgType.TEST_REQUEST: Session._answer_test_request,  # 4b; FIX/session-management, heartbeat protocol
        MsgType.RESEND_REQUEST: Session._take_resend_request,  # 8; FIX/session-management, ResendRequest
        MsgType.REJECT: Session._take_peer_reject,  # 7
        MsgType.SEQUENCE_RESET: Session._take_sequence_reset,  # 10, 11
        MsgType.LOGOUT: Session._answer_logout,  # 13; FIX/session-management, Logout
        MsgType.LOGON: Session._log_on_again,  # a Logon on a live session must reset (141=Y): `_take` lets that pass
        _APPLICATION: Session._deliver,
    },
    _LOGGING_OUT: {
        # 12: the side that said Logout still resends, and waits for the answer; business is over.
        MsgType.RESEND_REQUEST: Session._take_resend_request,
        MsgType.SEQUENCE_RESET: Session._take_sequence_reset,
        MsgType.LOGOUT: Session._take_logout_answer,
    },
    _CLOSED: {},
}
"""state -> message type -> what it does. A message without a line is counted and has no effect."""
