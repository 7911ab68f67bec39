"""The reader's half of the order book: levels from `orderbook_snapshot` and `orderbook_delta` messages.

Knows how deltas add up and when one is missing (SEMANTICS G3, G4). Refuses to know orders: the feed shows
levels only. Prices inside are own-leg: a NO level at p is an offer of YES at 1 - p, whichever way the
subscription has its prices written.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from wire.units import PAYOUT, parse_count, parse_price

Level = tuple[int, int]
"""(price, count) of one level."""


class BookError(Exception):
    """The feed cannot be right: the book must be thrown away and a fresh snapshot asked for."""


class SequenceGapError(BookError):
    """A message of the subscription is missing or came twice."""

    def __init__(self, sid: int, expected: int, received: int) -> None:
        super().__init__(f"sid {sid}: expected seq {expected}, received {received}")
        self.sid = sid
        self.expected = expected
        self.received = received


class LevelBook:
    """The levels of one market. `clock` is the exchange clock of the newest change in it, 0 = none."""

    def __init__(self) -> None:
        self.clock = 0
        self._sides: dict[str, dict[int, int]] = {"yes": {}, "no": {}}

    def replace(self, yes: list[Level], no: list[Level], clock: int) -> None:
        """Take a snapshot's levels in place of everything."""
        self._sides = {"yes": dict(yes), "no": dict(no)}
        self.clock = clock

    def add(self, side: str, price: int, count: int, clock: int) -> None:
        """Change one level by a signed count; a level at 0 is gone. Raises BookError below 0."""
        levels = self._sides[side]
        left = levels.get(price, 0) + count
        if left < 0:
            raise BookError(f"{side} level {price} would hold {left}")
        if left:
            levels[price] = left
        else:
            levels.pop(price, None)
        self.clock = clock

    def levels(self, side: str) -> list[Level]:
        """(own-leg price, count) of `yes` or `no`, ascending: the best is last (SEMANTICS J11)."""
        return sorted(self._sides[side].items())

    def best_bid(self) -> Level | None:
        """The highest YES bid and its count."""
        levels = self._sides["yes"]
        return (price := max(levels), levels[price]) if levels else None

    def best_ask(self) -> Level | None:
        """The lowest YES offer, which is the highest NO bid's complement, and its count."""
        levels = self._sides["no"]
        return (PAYOUT - (price := max(levels)), levels[price]) if levels else None


class BookReader:
    """The books of one orderbook_delta subscription, checked message by message.

    Feed it every message of the connection that carries the subscription's sid: acks take numbers of the
    sequence too (SEMANTICS G3). After a BookError it must be thrown away with its subscription.
    """

    def __init__(self, sid: int, use_yes_price: bool = False) -> None:
        self.books: dict[str, LevelBook] = {}
        self.seq = 0
        self.sid = sid
        self._use_yes_price = use_yes_price

    def receive(self, message: bytes | str | Mapping[str, Any]) -> str | None:
        """Take one message; the ticker of the book it changed, None if it changed none.

        Raises SequenceGapError when its seq does not follow, BookError when it cannot be applied.
        """
        decoded = msgspec.json.decode(message) if isinstance(message, (bytes, str)) else message
        if decoded.get("sid") != self.sid or "seq" not in decoded:
            return None
        if decoded["seq"] != self.seq + 1:
            raise SequenceGapError(self.sid, self.seq + 1, decoded["seq"])
        self.seq += 1
        if decoded["type"] == "orderbook_snapshot":
            return self._snapshot(decoded["msg"])
        if decoded["type"] == "orderbook_delta":
            return self._delta(decoded["msg"])
        return None

    def _snapshot(self, msg: Mapping[str, Any]) -> str:
        ticker: str = msg["market_ticker"]
        book = self.books.setdefault(ticker, LevelBook())
        yes = self._levels("yes", msg.get("yes_dollars_fp", ()))
        no = self._levels("no", msg.get("no_dollars_fp", ()))
        # `clock` is absent in feeds recorded before it was introduced.
        book.replace(yes, no, msg.get("clock", 0))
        return ticker

    def _delta(self, msg: Mapping[str, Any]) -> str:
        ticker: str = msg["market_ticker"]
        book = self.books.get(ticker)
        if book is None:
            raise BookError(f"delta for {ticker} before its snapshot")
        side: str = msg["side"]
        price = self._own_leg(side, parse_price(msg["price_dollars"]))
        book.add(side, price, parse_count(msg["delta_fp"]), msg.get("clock", 0))
        return ticker

    def _levels(self, side: str, rows: Iterable[Sequence[str]]) -> list[Level]:
        return [(self._own_leg(side, parse_price(price)), parse_count(count)) for price, count in rows]

    def _own_leg(self, side: str, price: int) -> int:
        return PAYOUT - price if side == "no" and self._use_yes_price else price
