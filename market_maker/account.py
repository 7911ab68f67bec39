"""One account's resting orders and positions, folded from answers and from `user_order` messages.

Pure. Orders and positions are one consistent cut: a position changes only with the fill count of an order, in the
same message that makes the order smaller, and an order is there until the venue has said how it ended. So what may
still fill plus what is held (`worst`) is never counted too low, and the inventory limits hold however late messages
are (market_positions messages say what it all cost, not how much).
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping

import msgspec

from market_maker.quotes import ASK, BID, OwnOrder
from market_maker.venue.port import Acknowledged, NewOrder
from wire.enums import BookSide

REMEMBERED = 10_000
"""Ended orders whose fill count is kept: a message about one may come late, or twice."""

COUNTED = 1 << 62
"""The fill count of an order whose every fill is in the positions already, whatever is still said of it."""


class Account:
    """`orders` are all that rest, oldest queue place first; `positions` are signed Counts by ticker."""

    def __init__(self) -> None:
        self.orders: dict[str, OwnOrder] = {}
        self.positions: dict[str, int] = {}
        self.version = 0
        """Moves with everything that is heard or answered: a listing is of one moment when it did not move."""
        self.is_stale = False
        """Something may have happened that was not heard: what the venue lists is needed (reconcile.py)."""
        self._filled: OrderedDict[str, int] = OrderedDict()
        self._expected: set[str] = set()
        self._since_ms = 0

    def of_market(self, ticker: str, prefix: str = "") -> list[OwnOrder]:
        """The orders in one market whose client_order_id begins with `prefix`."""
        return [
            order
            for order in self.orders.values()
            if order.ticker == ticker and order.client_order_id.startswith(prefix)
        ]

    def worst(self, ticker: str, side: BookSide, prefix: str = "") -> int:
        """How far the position goes to this side when every order there fills, as a Count."""
        held = self.positions.get(ticker, 0)
        resting = sum(order.remaining for order in self.of_market(ticker, prefix) if order.side is side)
        return (held if side is BID else -held) + resting

    def replace(
        self, orders: Iterable[OwnOrder], positions: Mapping[str, int], tickers: tuple[str, ...] = (), since_ms: int = 0
    ) -> None:
        """Begin anew from what the venue lists, in the named markets only when some are named.

        Orders created before `since_ms` that are not among them have ended, and their fills are in the positions.
        """
        if tickers:
            kept = {name: order for name, order in self.orders.items() if order.ticker not in tickers}
            self.positions |= {ticker: positions.get(ticker, 0) for ticker in tickers}
        else:
            kept = {}
            self.positions = dict(positions)
            self.is_stale = False
            self._filled = OrderedDict.fromkeys(self._filled, COUNTED)
            self._expected.clear()
        self.orders = kept | {order.order_id: order for order in orders}
        for order in self.orders.values():
            self._remember(order.order_id, order.filled)
        self._since_ms = max(self._since_ms, since_ms)

    def expect(self, client_order_id: str) -> None:
        """An order of this name is being sent: whatever is heard of it is news, whatever the clocks say."""
        self._expected.add(client_order_id)

    def refused(self, client_order_id: str) -> None:
        """No order of this name came to be."""
        self._expected.discard(client_order_id)

    def created(self, order: NewOrder, answer: Acknowledged) -> None:
        """An answer to a create. What has been heard of the order before is newer."""
        self.version += 1
        self._expected.discard(order.client_order_id)
        if answer.order_id in self._filled:
            return
        resting = OwnOrder(
            order_id=answer.order_id,
            client_order_id=answer.client_order_id,
            ticker=order.ticker,
            side=order.side,
            price=order.price,
            remaining=answer.remaining,
            filled=answer.filled,
            expires_us=order.expires_us,
            group=order.group,
            updated_ms=answer.ts_ms,
        )
        self._take(resting, is_resting=answer.remaining > 0)

    def amended(self, order: OwnOrder, price: int, answer: Acknowledged, expires_us: int) -> None:
        """An answer to an amend, unless something newer has been heard since."""
        self.version += 1
        known = self.orders.get(order.order_id)
        if known is None:
            return
        if known.updated_ms > answer.ts_ms or known.filled > answer.filled:
            # Only the name is taken over: under FIX the order goes by the new one.
            self.orders[order.order_id] = msgspec.structs.replace(known, client_order_id=answer.client_order_id)
            return
        changed = msgspec.structs.replace(
            known,
            client_order_id=answer.client_order_id,
            price=price,
            remaining=answer.remaining,
            filled=answer.filled,
            expires_us=expires_us or known.expires_us,
            updated_ms=answer.ts_ms,
        )
        if price != known.price or answer.remaining > known.remaining:
            # To the back of the queue, and of this list.
            del self.orders[order.order_id]
        self._take(changed, is_resting=answer.remaining > 0)

    def canceled(self, order: OwnOrder, filled: int) -> None:
        """The order is over, with so much of it filled in all."""
        self.version += 1
        self._take(msgspec.structs.replace(order, filled=filled, remaining=0), is_resting=False)

    def forget(self, order: OwnOrder) -> None:
        """The venue knows none of that name. Fills of it that are heard of later are still counted."""
        self.version += 1
        self.orders.pop(order.order_id, None)

    def heard(self, order: OwnOrder, is_resting: bool, created_ms: int) -> None:
        """A `user_order` message, or the same asked for: the whole state of an order."""
        self.version += 1
        is_news = order.order_id in self._filled or order.client_order_id in self._expected
        if not is_news and created_ms < self._since_ms:
            return
        known = self.orders.get(order.order_id)
        if known is not None and order.updated_ms < known.updated_ms:
            return
        if known is not None and (order.price != known.price or order.remaining > known.remaining):
            del self.orders[order.order_id]
        is_gone = known is None and order.order_id in self._filled
        self._take(order, is_resting=is_resting and not is_gone)

    def _take(self, order: OwnOrder, is_resting: bool) -> None:
        by = order.filled - self._filled.get(order.order_id, 0)
        if by > 0:
            signed = -by if order.side is ASK else by
            self.positions[order.ticker] = self.positions.get(order.ticker, 0) + signed
        self._remember(order.order_id, max(order.filled, self._filled.get(order.order_id, 0)))
        if is_resting and order.remaining:
            self.orders[order.order_id] = order
        else:
            self.orders.pop(order.order_id, None)

    def _remember(self, order_id: str, filled: int) -> None:
        self._filled[order_id] = filled
        self._filled.move_to_end(order_id)
        while len(self._filled) > REMEMBERED:
            self._filled.popitem(last=False)
