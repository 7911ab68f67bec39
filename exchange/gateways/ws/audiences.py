"""Who listens to what: connections, their subscriptions, and the subscribers of a channel or of one market's book.

Knows who may see whose account. What is said to them is the hub's.
"""

from collections.abc import Iterable
from typing import Protocol

from exchange.gateways.chaos.pipe import Pipe
from wire.accounts import member_of, subaccount_of
from wire.ws.channels import Subscription
from wire.ws.messages import head, sequenced_head
from wire.ws.subscriptions import Session


class Outlet(Protocol):
    """Where a connection's bytes go."""

    def write(self, data: bytes) -> None:
        """Hand over whole frames. Must not raise, also when the connection is gone."""
        ...

    def bad_line(self) -> Pipe:
        """The line that faults play on; from the first call on everything goes through it."""
        ...

    def unsent(self) -> int:
        """Bytes of earlier writes that the peer has not taken."""
        ...

    def overflowed(self) -> None:
        """The peer was told that it reads too slowly: give up on it if it does not read that either."""
        ...


class Client:
    """One connection: whose it is, what it subscribed to, and what goes out at the next flush.

    `subaccount` not None is the one a restricted key may see.
    """

    __slots__ = ("member", "outlet", "pending", "session", "streams", "subaccount")

    def __init__(self, member: int, subaccount: int | None, session: Session, outlet: Outlet) -> None:
        self.member = member
        self.subaccount = subaccount
        self.session = session
        self.outlet = outlet
        self.pending: list[bytes] = []
        self.streams: dict[int, Stream] = {}

    def may_see(self, account: int) -> bool:
        """Whether the account is the key's to look at."""
        return member_of(account) == self.member and self.subaccount in (None, subaccount_of(account))


class Stream:
    """A subscription as the fan-out sees it; `head` is its constant prefix."""

    __slots__ = ("client", "head", "pending", "subscription")

    def __init__(self, client: Client, subscription: Subscription, kind: str) -> None:
        self.client = client
        self.subscription = subscription
        self.pending = client.pending
        make = sequenced_head if subscription.channel.sequenced else head
        self.head = make(kind, subscription.sid)


class Audience:
    """Who listens to a channel: to some markets, or to everything."""

    __slots__ = ("everything", "markets")

    def __init__(self) -> None:
        self.everything: dict[Stream, None] = {}
        self.markets: dict[str, dict[Stream, None]] = {}

    def __bool__(self) -> bool:
        return bool(self.everything or self.markets)

    def of(self, ticker: str | None) -> list[Stream]:
        """Everyone who gets messages about this market."""
        if ticker is None or ticker not in self.markets:
            return list(self.everything)
        return [*self.everything, *self.markets[ticker]]

    def join(self, stream: Stream, tickers: Iterable[str] | None) -> None:
        if tickers is None:
            self.everything[stream] = None
            return
        for ticker in tickers:
            self.markets.setdefault(ticker, {})[stream] = None

    def leave(self, stream: Stream, tickers: Iterable[str] | None) -> None:
        if tickers is None:
            self.everything.pop(stream, None)
        for ticker in stream.subscription.markets or () if tickers is None else tickers:
            streams = self.markets.get(ticker)
            if streams is not None:
                streams.pop(stream, None)
                if not streams:
                    del self.markets[ticker]


class BookAudience:
    """Who reads one market's book. The value of a stream is the seq up to which its snapshot was."""

    __slots__ = ("members", "no_priced", "since", "yes_priced")

    def __init__(self) -> None:
        self.no_priced: dict[Stream, int] = {}
        self.yes_priced: dict[Stream, int] = {}
        self.members: dict[int, int] = {}
        """How many connections of each member are among them: most changes are caused by nobody here."""
        self.since = 0
        """The newest of the snapshots: behind it nobody has to be asked."""

    def __bool__(self) -> bool:
        return bool(self.members)

    def join(self, stream: Stream, seq: int) -> None:
        self._streams(stream)[stream] = self.since = seq
        self.members[stream.client.member] = self.members.get(stream.client.member, 0) + 1

    def leave(self, stream: Stream) -> None:
        if self._streams(stream).pop(stream, None) is not None:
            member = stream.client.member
            self.members[member] -= 1
            if not self.members[member]:
                del self.members[member]

    def _streams(self, stream: Stream) -> dict[Stream, int]:
        return self.yes_priced if stream.subscription.use_yes_price else self.no_priced
