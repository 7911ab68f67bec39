"""One WebSocket reader: what it wants, and what becomes of it when it does not keep up.

While the socket takes what is written, a reader gets everything. Once its socket holds more than the buffer limit the
reader is *behind*: nothing more is written to it until it has drained, and meanwhile

| channel | may be skipped | never skipped |
|---|---|---|
| `book` | changes; in their place comes one snapshot that says how many | being told: no gap in `n` without one |
| `top` | every ticker but the newest | the newest |
| `trade`, `market` | nothing | all are kept for it, in order; more than KEPT_FACTS of them end the reader |

So what a reader costs is bounded by the buffer limit, one turn of the loop, a mark for each market, and KEPT_FACTS
references to messages that are shared. A reader that stays behind for longer than the server's patience is cut off
(socket.py). Nobody waits for anybody.
"""

from collections import deque
from collections.abc import Iterable
from typing import Literal, Protocol, get_args

Channel = Literal["book", "top", "trade", "market"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

KEPT_FACTS = 10_000


class Outlet(Protocol):
    """Where a reader's bytes go."""

    def write(self, data: bytes) -> None:
        """Hand over whole frames. Must not raise, also when the connection is gone."""
        ...

    def unsent(self) -> int:
        """Bytes that the peer has not taken."""
        ...

    def give_up(self, why: str) -> None:
        """Tell the peer to come again later, and hang up."""
        ...


class Reader:
    """`behind` is set and cleared by its socket."""

    __slots__ = ("behind", "facts", "outlet", "pending", "stale", "wants")

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.behind = False
        self.wants: dict[Channel, set[str] | None] = {}
        """The tickers of each channel; None is every market, also those still to be made."""
        self.pending: list[bytes] = []
        """Frames of this turn of the loop."""
        self.stale: dict[tuple[Channel, str], int] = {}
        """Books and tops that must be sent anew, and how many changes were skipped."""
        self.facts: deque[bytes] = deque()
        """Trades and listings that wait until it has drained; not framed yet."""

    def skip(self, channel: Channel, ticker: str, bodies: Iterable[bytes], changes: int) -> bool:
        """It is behind: note what it misses. False when that is more than may be kept."""
        if channel in ("book", "top"):
            name = (channel, ticker)
            self.stale[name] = self.stale.get(name, 0) + changes
            return True
        self.facts.extend(bodies)
        return len(self.facts) <= KEPT_FACTS

    def forget(self) -> None:
        self.pending.clear()
        self.stale.clear()
        self.facts.clear()
