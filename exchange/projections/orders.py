"""Every order a member may ask about: what rests, and what ended lately.

Knows orders as the REST Order object and the user_orders channel show them. Refuses to know balances, and
what ended longer ago than the window: the history store has that.

A fill's cost is what the order's own leg cost: a bid pays the YES price, an ask 1 - price (SEMANTICS B1).
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from exchange.projections.handlers import Handlers
from wire.accounts import member_of, subaccount_of
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, OrderStatus, SelfTradePrevention, TimeInForce, UpdateReason
from wire.units import PAYOUT

_BID = BookSide.BID
_TRADE = UpdateReason.TRADE
_EXECUTED = OrderStatus.EXECUTED


class OrderRecord(msgspec.Struct, array_like=True, gc=False):
    """One order. Counts, Prices, Money and microseconds; `expiration_us` and `order_group` 0 = none.

    The projection changes it in place: whoever keeps one sees it change until it is terminal.
    """

    order_id: int
    account: int
    ticker: str
    client_order_id: str
    side: BookSide
    price: int
    initial_count: int
    """What may fill in total: set by create and amend, kept by cancel and decrease (SEMANTICS B5)."""
    remaining_count: int
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    post_only: bool
    reduce_only: bool
    cancel_order_on_pause: bool
    expiration_us: int
    order_group: int
    created_us: int
    updated_us: int
    queue_seq: int
    """The seq at which it took its place in the queue."""
    fill_count: int = 0
    taker_fill_cost: int = 0
    maker_fill_cost: int = 0
    taker_fees: int = 0
    maker_fees: int = 0
    status: OrderStatus = OrderStatus.RESTING
    last_update_reason: UpdateReason = UpdateReason.NONE

    @property
    def member(self) -> int:
        return member_of(self.account)

    @property
    def subaccount(self) -> int:
        return subaccount_of(self.account)

    @property
    def resting_value(self) -> int:
        """What the rest of it would cost at its limit, without fees: Money."""
        leg = self.price if self.side is BookSide.BID else PAYOUT - self.price
        return leg * self.remaining_count


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders a list wants. None = any; `before` is the order_id the page before ended with."""

    member: int
    subaccount: int | None = None
    tickers: frozenset[str] | None = None
    status: OrderStatus | None = None
    min_us: int | None = None
    max_us: int | None = None
    before: int | None = None
    cutoff_us: int = 0
    """Orders that ended before this time are archived; resting ones never are (SEMANTICS D6)."""
    is_archived: bool = False
    """Those behind the cutoff, instead of those on this side of it."""

    def wants(self, order: OrderRecord) -> bool:
        """All but `member` and `before`, which choose where to look."""
        return (
            (self.status is None or order.status is self.status)
            and (self.subaccount is None or order.subaccount == self.subaccount)
            and (self.tickers is None or order.ticker in self.tickers)
            and (self.min_us is None or order.created_us >= self.min_us)
            and (self.max_us is None or order.created_us <= self.max_us)
            and self.is_archived == (order.updated_us < self.cutoff_us and order.status is not OrderStatus.RESTING)
        )


class Orders:
    """Order records by id, by member and by market. `window` is how many terminal ones stay."""

    def __init__(self, window: int = 100_000) -> None:
        self.evicted = False
        """Whether the history store has orders that are no longer here."""
        self._window = window
        self._orders: dict[int, OrderRecord] = {}
        self._ids: dict[int, list[int]] = {}
        """Order ids by member, oldest first; ids of evicted orders may still stand in it."""
        self._holes: dict[int, int] = {}
        """How many ids of evicted orders stand in a member's list."""
        self._resting: dict[int, dict[int, OrderRecord]] = {}
        self._book: dict[str, dict[int, OrderRecord]] = {}
        self._ended: deque[tuple[int, int]] = deque()
        """(seq, order id) of terminal orders in the order they ended."""

    # --- reading ------------------------------------------------------------------------------------

    def get(self, order_id: int) -> OrderRecord | None:
        return self._orders.get(order_id)

    def select(self, wanted: OrderFilter, limit: int) -> list[OrderRecord]:
        """The newest `limit` orders that pass the filter, newest first."""
        found: list[OrderRecord] = []
        for order in self._newest_first(wanted):
            if wanted.wants(order):
                found.append(order)
                if len(found) == limit:
                    break
        return found

    def resting(self, member: int) -> Iterable[OrderRecord]:
        """A member's resting orders, in no promised order."""
        return self._resting.get(member, {}).values()

    def resting_in(self, ticker: str) -> Iterable[OrderRecord]:
        """A market's resting orders, in no promised order."""
        return self._book.get(ticker, {}).values()

    def queue_position(self, order: OrderRecord) -> int:
        """Contracts (a Count) strictly ahead of a resting order at its side and price (SEMANTICS B3)."""
        return sum(
            other.remaining_count
            for other in self.resting_in(order.ticker)
            if other.price == order.price and other.side is order.side and other.queue_seq < order.queue_seq
        )

    def queue_positions(self, orders: Iterable[OrderRecord]) -> list[tuple[OrderRecord, int]]:
        """`queue_position` of many resting orders, each market looked through once."""
        by_ticker: dict[str, list[OrderRecord]] = {}
        for order in orders:
            by_ticker.setdefault(order.ticker, []).append(order)
        found = []
        for ticker, asked in by_ticker.items():
            levels: dict[tuple[BookSide, int], list[OrderRecord]] = {(o.side, o.price): [] for o in asked}
            for order in self.resting_in(ticker):
                level = levels.get((order.side, order.price))
                if level is not None:
                    level.append(order)
            ahead: dict[int, int] = {}
            for level in levels.values():
                total = 0
                for order in sorted(level, key=_queue_place):
                    ahead[order.order_id] = total
                    total += order.remaining_count
            found += [(order, ahead[order.order_id]) for order in asked]
        return found

    def _newest_first(self, wanted: OrderFilter) -> Iterator[OrderRecord]:
        if wanted.status is OrderStatus.RESTING:
            resting = self._resting.get(wanted.member, {})
            ids = sorted(resting)
        else:
            ids = self._ids.get(wanted.member, [])
        end = len(ids) if wanted.before is None else bisect_left(ids, wanted.before)
        for place in range(end - 1, -1, -1):
            order = self._orders.get(ids[place])
            if order is not None:
                yield order

    # --- folding ------------------------------------------------------------------------------------

    def handlers(self) -> Handlers:
        return {
            OrderAccepted: self._on_accepted,
            Trade: self._on_trade,
            OrderCanceled: self._on_canceled,
            OrderDecreased: self._on_decreased,
            OrderAmended: self._on_amended,
        }

    def evict(self, history_seq: int) -> None:
        """Forget terminal orders beyond the window that ended at or before `history_seq`."""
        ended = self._ended
        while len(ended) > self._window and ended[0][0] <= history_seq:
            self._forget(ended.popleft()[1])

    def _forget(self, order_id: int) -> None:
        member = self._orders.pop(order_id).member
        self.evicted = True
        self._holes[member] = self._holes.get(member, 0) + 1
        ids = self._ids[member]
        if 2 * self._holes[member] > len(ids):
            # Now and then, so that forgetting one order costs the same however many the member has.
            self._ids[member] = [known for known in ids if known in self._orders]
            self._holes[member] = 0

    def dump(self) -> bytes:
        return msgspec.msgpack.encode((self.evicted, list(self._orders.values()), list(self._ended)))

    def load(self, data: bytes) -> None:
        self.evicted, orders, ended = msgspec.msgpack.decode(
            data, type=tuple[bool, list[OrderRecord], list[tuple[int, int]]]
        )
        self._orders = {order.order_id: order for order in orders}
        self._ended = deque(ended)
        self._ids, self._holes, self._resting, self._book = {}, {}, {}, {}
        for order in orders:
            self._ids.setdefault(order.member, []).append(order.order_id)
            if order.status is OrderStatus.RESTING:
                self._rest(order)

    def _on_accepted(self, seq: int, ts_us: int, place: int, event: OrderAccepted) -> None:
        order_id = event.order_id
        order = OrderRecord(
            order_id,
            event.account,
            event.ticker,
            event.client_order_id,
            event.side,
            event.price,
            event.count,
            event.count,
            event.time_in_force,
            event.self_trade_prevention,
            event.post_only,
            event.reduce_only,
            event.cancel_order_on_pause,
            event.expiration_us,
            event.order_group,
            ts_us,
            ts_us,
            seq,
        )
        self._orders[order_id] = order
        member = event.account >> 6
        ids = self._ids.get(member)
        if ids is None:
            self._ids[member] = [order_id]
        else:
            ids.append(order_id)
        # What does not come to rest is ended by a later event of the same record.
        if event.resting_count:
            self._rest(order)

    def _on_trade(self, seq: int, ts_us: int, place: int, event: Trade) -> None:
        count, price = event.count, event.price
        yes_cost = price * count
        no_cost = (PAYOUT - price) * count
        maker_is_bid = event.maker_side is _BID

        maker = self._orders[event.maker_order_id]
        maker.remaining_count = event.maker_remaining
        maker.fill_count += count
        maker.maker_fill_cost += yes_cost if maker_is_bid else no_cost
        maker.maker_fees += event.maker_fee
        maker.updated_us = ts_us
        maker.last_update_reason = _TRADE
        if not event.maker_remaining:
            self._end(seq, maker, _EXECUTED)

        taker = self._orders[event.taker_order_id]
        taker.remaining_count = event.taker_remaining
        taker.fill_count += count
        taker.taker_fill_cost += no_cost if maker_is_bid else yes_cost
        taker.taker_fees += event.taker_fee
        taker.updated_us = ts_us
        taker.last_update_reason = _TRADE
        if not event.taker_remaining:
            self._end(seq, taker, _EXECUTED)

    def _on_canceled(self, seq: int, ts_us: int, place: int, event: OrderCanceled) -> None:
        order = self._orders[event.order_id]
        order.remaining_count = 0
        order.updated_us = ts_us
        order.last_update_reason = event.cause.update_reason
        self._end(seq, order, OrderStatus.CANCELED)

    def _on_decreased(self, seq: int, ts_us: int, place: int, event: OrderDecreased) -> None:
        order = self._orders[event.order_id]
        order.remaining_count = event.remaining_count
        order.updated_us = ts_us
        order.last_update_reason = UpdateReason.DECREASE

    def _on_amended(self, seq: int, ts_us: int, place: int, event: OrderAmended) -> None:
        order = self._orders[event.order_id]
        order.price = event.price
        order.initial_count = event.count
        order.remaining_count = event.count - order.fill_count
        order.client_order_id = event.client_order_id
        order.expiration_us = event.expiration_us
        order.updated_us = ts_us
        order.last_update_reason = UpdateReason.AMEND
        if not event.kept_queue_place:
            order.queue_seq = seq

    def _rest(self, order: OrderRecord) -> None:
        order_id, member, ticker = order.order_id, order.account >> 6, order.ticker
        resting = self._resting.get(member)
        if resting is None:
            resting = self._resting[member] = {}
        resting[order_id] = order
        book = self._book.get(ticker)
        if book is None:
            book = self._book[ticker] = {}
        book[order_id] = order

    def _end(self, seq: int, order: OrderRecord, status: OrderStatus) -> None:
        order.status = status
        order_id = order.order_id
        if self._book.get(order.ticker, _NOTHING).pop(order_id, None) is not None:
            del self._resting[order.account >> 6][order_id]
        self._ended.append((seq, order_id))


_NOTHING: dict[int, OrderRecord] = {}


def _queue_place(order: OrderRecord) -> int:
    return order.queue_seq
