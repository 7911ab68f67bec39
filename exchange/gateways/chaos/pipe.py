"""What is on its way to a peer behind a bad line: in order, each piece at its time.

Knows bytes and the event loop's clock. A connection has one from its first fault on, and writes everything through it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable


class Pipe:
    """`write` takes what arrives; `end` is called where the line breaks."""

    def __init__(self, write: Callable[[bytes], None], end: Callable[[], None]) -> None:
        self.unsent = 0
        """Bytes that have not arrived yet."""
        self.losing: dict[int, int] = {}
        """How many more messages of each sid go missing."""
        self._write = write
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, bytes | None]] = deque()
        self._last_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._held: list[bytes] = []
        self._patience: asyncio.TimerHandle | None = None

    def push(self, data: bytes, delay_s: float = 0.0) -> None:
        """Send behind everything before it, and what was held back behind that."""
        self.push_pieces((data,), delay_s, 0.0)

    def push_pieces(self, pieces: Iterable[bytes], delay_s: float, pause_s: float) -> None:
        """The same, in several writes; nothing comes between them."""
        for number, piece in enumerate(pieces):
            self._put(piece, delay_s + number * pause_s)
        self._let_go()

    def hold(self, data: bytes, patience_s: float) -> None:
        """Send behind the next message, or alone when none comes in time."""
        self._held.append(data)
        self.unsent += len(data)
        if self._patience is None:
            self._patience = self._loop.call_later(patience_s, self._let_go)

    def hang_up(self) -> None:
        """The line breaks behind everything before."""
        self._put(None, 0.0)

    def close(self) -> None:
        """The connection is gone."""
        for timer in (self._timer, self._patience):
            if timer is not None:
                timer.cancel()
        self._timer = self._patience = None
        self._queue.clear()
        self._held.clear()

    def _let_go(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        held, self._held = self._held, []
        for data in held:
            self.unsent -= len(data)
            self._put(data, 0.0)

    def _put(self, data: bytes | None, delay_s: float) -> None:
        now_s = self._loop.time()
        at_s = max(now_s + delay_s, self._last_s)
        if at_s <= now_s and not self._queue:
            self._hand_over(data)
            return
        self._last_s = at_s
        self.unsent += len(data or b"")
        self._queue.append((at_s, data))
        if self._timer is None:
            self._timer = self._loop.call_at(at_s, self._arrive)

    def _arrive(self) -> None:
        self._timer = None
        now_s = self._loop.time()
        while self._queue and self._queue[0][0] <= now_s:
            data = self._queue.popleft()[1]
            self.unsent -= len(data or b"")
            self._hand_over(data)
        if self._queue:
            self._timer = self._loop.call_at(self._queue[0][0], self._arrive)

    def _hand_over(self, data: bytes | None) -> None:
        if data is None:
            self._end()
        else:
            self._write(data)
