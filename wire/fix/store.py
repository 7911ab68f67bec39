"""Where a session's numbers and sent messages live: the port, and a store in memory.

The numbers of KalshiRT and KalshiPT outlive the connection and the process, and their application messages are
kept to be sent again (SEMANTICS H3); a venue gives those sessions a store on disk. Admin messages only take a
number: they are never sent again but gap-filled.
"""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

import msgspec


class SentMessage(msgspec.Struct, frozen=True, gc=False):
    """An application message as it was first sent; `body` is its encoded fields behind the header."""

    seq_num: int
    sent_us: int
    msg_type: str
    body: bytes


class MessageStore(Protocol):
    """One session's memory. Used by one live connection at a time; while there is none, `append` still works."""

    @property
    def next_out(self) -> int:
        """MsgSeqNum of the next message to the client."""
        ...

    @property
    def next_in(self) -> int:
        """MsgSeqNum expected of the client's next message."""
        ...

    @property
    def first_kept(self) -> int:
        """Below this number messages may have left the retention window; nothing at or above it has."""
        ...

    def append(self, msg_type: str, body: bytes, now_us: int) -> int:
        """Keep an application message under the next number, which is returned. Raises OSError."""
        ...

    def skip(self) -> int:
        """Take the next number for an admin message."""
        ...

    def expect(self, next_in: int) -> None:
        """Set the number expected of the client."""
        ...

    def read(self, begin: int, end: int) -> Iterator[SentMessage]:
        """Kept messages with begin <= seq_num <= end, in order; what is added or expires meanwhile is no matter."""
        ...

    def expire(self, before_us: int) -> None:
        """Forget messages sent before this time: the retention window has passed them."""
        ...

    def reset(self) -> None:
        """Both numbers back to 1, nothing kept (ResetSeqNumFlag=Y)."""
        ...


class MemoryStore:
    """A MessageStore that ends with the process. With `keeps` off it only counts: kinds that cannot resend."""

    def __init__(self, *, keeps: bool = True) -> None:
        self.next_out = 1
        self.next_in = 1
        self.first_kept = 1
        self._keeps = keeps
        self._messages: deque[SentMessage] = deque()

    def append(self, msg_type: str, body: bytes, now_us: int) -> int:
        seq_num = self.next_out
        self.next_out = seq_num + 1
        if self._keeps:
            self._messages.append(SentMessage(seq_num, now_us, msg_type, body))
        return seq_num

    def skip(self) -> int:
        seq_num = self.next_out
        self.next_out = seq_num + 1
        return seq_num

    def expect(self, next_in: int) -> None:
        self.next_in = next_in

    def read(self, begin: int, end: int) -> Iterator[SentMessage]:
        return iter([message for message in self._messages if begin <= message.seq_num <= end])

    def expire(self, before_us: int) -> None:
        while self._messages and self._messages[0].sent_us < before_us:
            self.first_kept = self._messages.popleft().seq_num + 1

    def reset(self) -> None:
        self.next_out = self.next_in = self.first_kept = 1
        self._messages.clear()
