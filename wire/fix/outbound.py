"""The venue's way out of a FIX session: numbers, headers, what is sent again, bytes not yet written.

Knows the store and the two CompIDs. When something is to be sent, and what, is for session.py.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

from wire.fix import tags
from wire.fix.codec import Heads, encode_fields, encode_message
from wire.fix.fault import Fault
from wire.fix.message import Message
from wire.fix.store import MemoryStore, MessageStore
from wire.fix.tags import MsgType
from wire.fix.timestamps import TimeField, format_timestamp

RESENT_AT_ONCE: Final = 256
"""Messages that are sent again in one piece: a few milliseconds, and far less than a client's socket holds."""


class Outbound:
    """Messages to the client, in order, until `take` hands them to the socket.

    What is asked for again is read from the store a piece at a time; what is new meanwhile goes out behind it.
    """

    def __init__(self, now_us: int) -> None:
        # Until a store is claimed, refusals are numbered from 1: what the client expects is not known.
        self.store: MessageStore = MemoryStore(keeps=False)
        self.address("", "")
        self._sending_time = TimeField(tags.SENDING_TIME)
        self.sent_us = now_us
        """When the last message went out."""
        self._bytes: list[bytes] = []
        self._resends: deque[Iterator[bytes]] = deque()
        self._behind: list[bytes] = []
        """What was sent while a resend goes on."""
        self._behind_from = 0
        """The number of the first of these."""
        self.behind_size = 0
        """The bytes of all of these."""
        self._resend_us = 0

    @property
    def is_resending(self) -> bool:
        return bool(self._resends)

    def take(self, now_us: int = 0) -> bytes:
        """What is to be written since the last call, with the next piece of a resend."""
        if self._resends:
            self._resend_some(now_us)
        data = b"".join(self._bytes)
        self._bytes.clear()
        return data

    def address(self, sender: str, target: str) -> None:
        """Say who writes to whom from now on: the CompIDs."""
        self.sender, self.target = sender, target
        self._heads = Heads(sender, target)

    def keep(self, msg_type: str, body: bytes, now_us: int) -> int:
        """Give a message its number, and keep it if the store does. Raises OSError."""
        store = self.store
        if isinstance(store, MemoryStore):
            return store.append(msg_type, body, now_us)  # as below, but compiled code calls it directly
        return store.append(msg_type, body, now_us)

    def expect(self, next_in: int) -> None:
        """Set the number expected of the client."""
        store = self.store
        if isinstance(store, MemoryStore):
            store.expect(next_in)  # likewise
        else:
            store.expect(next_in)

    def write(self, msg_type: str, seq_num: int, body: bytes, now_us: int) -> None:
        """Send a message under a number the store has given."""
        data = self._heads.message(msg_type, seq_num, self._sending_time.text(now_us), body)
        if self._resends:
            if not self._behind:
                self._behind_from = seq_num
            self._behind.append(data)
            self.behind_size += len(data)
        else:
            self._bytes.append(data)
        self.sent_us = now_us

    def write_admin(self, msg_type: str, body: bytes, now_us: int) -> int:
        """Send an admin message under the next number, which is returned; it will be gap-filled, never sent again."""
        seq_num = self.store.skip()
        self.write(msg_type, seq_num, body, now_us)
        return seq_num

    def resend(self, begin: int, end: int, now_us: int) -> None:
        """Kept messages of the range with PossDupFlag and their first SendingTime; everything else gap-filled.

        What has not left yet behind another resend is not sent again: it comes, for the first time.
        """
        if self._behind:
            end = min(end, self._behind_from - 1)
        self._resend_us = self.sent_us = now_us
        self._resends.append(self._sent_again(begin, end))

    def stop_resending(self) -> None:
        """The session ends: what was not sent again is left out, what came behind it is not."""
        self._resends.clear()
        self._bytes += self._behind
        self._behind = []
        self.behind_size = 0

    def _resend_some(self, now_us: int) -> None:
        if now_us:
            self._resend_us = self.sent_us = now_us
        for _ in range(RESENT_AT_ONCE):
            data = next(self._resends[0], None)
            if data is not None:
                self._bytes.append(data)
                continue
            self._resends.popleft()
            if not self._resends:
                self.stop_resending()
                return

    def _sent_again(self, begin: int, end: int) -> Iterator[bytes]:
        at = begin
        for kept in self.store.read(begin, end):
            if kept.seq_num > at:
                yield self._fill_gap(at, kept.seq_num)
            yield encode_message(
                kept.msg_type,
                self.sender,
                self.target,
                kept.seq_num,
                format_timestamp(self._resend_us),
                kept.body,
                duplicate_of=format_timestamp(kept.sent_us),
            )
            at = kept.seq_num + 1
        if at <= end:
            yield self._fill_gap(at, end + 1)

    def _fill_gap(self, begin: int, new_seq_no: int) -> bytes:
        now = format_timestamp(self._resend_us)
        body = encode_fields([(tags.GAP_FILL_FLAG, "Y"), (tags.NEW_SEQ_NO, str(new_seq_no))])
        return encode_message(MsgType.SEQUENCE_RESET, self.sender, self.target, begin, now, body, duplicate_of=now)


def reject_body(message: Message, fault: Fault, ref_id: str) -> bytes:
    """The body of 35=3, or of 35=j when the fault is of business, about a message; `ref_id` is its business id."""
    body = [(tags.REF_SEQ_NUM, str(number_of(message.get(tags.MSG_SEQ_NUM)) or 0))]
    if fault.tag.isascii() and fault.tag.isdigit() and len(fault.tag) < 10:
        body.append((tags.REF_TAG_ID, fault.tag))
    if message.msg_type and message.msg_type.isascii():
        body.append((tags.REF_MSG_TYPE, message.msg_type))
    if ref_id:
        body.append((tags.BUSINESS_REJECT_REF_ID, ref_id))
    reason = tags.BUSINESS_REJECT_REASON if fault.is_business else tags.SESSION_REJECT_REASON
    return encode_fields([*body, (reason, str(fault.reason)), (tags.TEXT, fault.text)])


def number_of(text: str | None) -> int | None:
    """A MsgSeqNum, or None when it is missing or no number."""
    # Of latin-1's digits the decimals are ASCII's: no superscript is one.
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
