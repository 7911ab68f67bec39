"""The client's half of a FIX session that begins anew at every logon (KalshiNR), without a socket (SEMANTICS H1 to H3).

Bytes and the time in, messages and bytes out, like the venue's half in wire/fix/session.py. Knows logon,
heartbeats and numbers. There is nothing to resend on this kind: a gap, a logout or garbled bytes end it.
"""

from collections.abc import Iterable

from market_maker.venue.credentials import Credentials
from wire.fix import tags
from wire.fix.codec import Framer, encode_fields, encode_message
from wire.fix.garbled import Garbled
from wire.fix.message import Message, parse
from wire.fix.tags import MsgType
from wire.fix.timestamps import format_timestamp
from wire.signing import fix_logon_text, sign


class SessionEnded(Exception):
    """The session is over; the message says why."""


class Initiator:
    """`flags` are further fields of the Logon. Times are Unix microseconds."""

    def __init__(
        self, credentials: Credentials, target: str, heartbeat_s: int, flags: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.is_logged_on = False
        self._credentials = credentials
        self._target = target
        self._heartbeat_s = heartbeat_s
        self._flags = tuple(flags)
        self._framer = Framer()
        self._output: list[bytes] = []
        self._next_out = self._next_in = 1
        self._sent_us = self._received_us = 0
        self._asked = False

    def log_on(self, now_us: int) -> None:
        """The first message of a connection."""
        self._received_us = now_us
        text = fix_logon_text(format_timestamp(now_us), 1, self._credentials.key_id, self._target)
        signature = sign(self._credentials.key, text)
        fields = [
            (tags.ENCRYPT_METHOD, "0"),
            (tags.HEART_BT_INT, str(self._heartbeat_s)),
            (tags.RAW_DATA_LENGTH, str(len(signature))),
            (tags.RAW_DATA, signature),
            (tags.RESET_SEQ_NUM_FLAG, "Y"),
            (tags.DEFAULT_APPL_VER_ID, "9"),
        ]
        self.send(MsgType.LOGON, (*fields, *self._flags), now_us)

    def send(self, msg_type: str, fields: Iterable[tuple[str, str]], now_us: int) -> int:
        """Queue a message; its MsgSeqNum."""
        seq_num = self._next_out
        self._next_out += 1
        self._sent_us = now_us
        self._output.append(
            encode_message(
                msg_type,
                self._credentials.key_id,
                self._target,
                seq_num,
                format_timestamp(now_us),
                encode_fields(fields),
            )
        )
        return seq_num

    def receive(self, data: bytes, now_us: int) -> list[Message]:
        """The business messages in `data`, rejects (35=3) included. Raises SessionEnded."""
        found: list[Message] = []
        for item in self._framer.feed(data):
            if isinstance(item, Garbled):
                raise SessionEnded(f"garbled message: {item.reason}")
            message = parse(item)
            self._received_us = now_us
            self._asked = False
            seq_num = int(message.get(tags.MSG_SEQ_NUM) or 0)
            if message.msg_type == MsgType.LOGOUT:
                raise SessionEnded(f"logout: {message.get(tags.TEXT) or 'no reason given'}")
            if seq_num != self._next_in:
                raise SessionEnded(f"expected MsgSeqNum {self._next_in}, received {seq_num}")
            self._next_in += 1
            if message.msg_type == MsgType.LOGON:
                self.is_logged_on = True
            elif message.msg_type == MsgType.TEST_REQUEST:
                self.send(MsgType.HEARTBEAT, [(tags.TEST_REQ_ID, message.get(tags.TEST_REQ_ID) or "")], now_us)
            elif message.msg_type != MsgType.HEARTBEAT:
                found.append(message)
        return found

    def on_time(self, now_us: int) -> None:
        """Call about once a second: heartbeats, and the question whether the venue is there. Raises SessionEnded."""
        interval_us = self._heartbeat_s * 1_000_000
        if now_us - self._received_us >= 2 * interval_us:
            raise SessionEnded("nothing heard for two heartbeat intervals")
        if now_us - self._received_us >= interval_us * 6 // 5 and not self._asked:
            self._asked = True
            self.send(MsgType.TEST_REQUEST, [(tags.TEST_REQ_ID, str(self._next_out))], now_us)
        elif now_us - self._sent_us >= interval_us:
            self.send(MsgType.HEARTBEAT, [], now_us)

    def log_out(self, now_us: int) -> None:
        self.send(MsgType.LOGOUT, [], now_us)

    def data_to_send(self) -> bytes:
        data = b"".join(self._output)
        self._output.clear()
        return data
