"""Every order a member may ask about: what rests, and what ended lately.

Knows orders as the REST Order object and the user_orders channel show them. Refuses to know balances, and
what ended longer ago than the window: the history store has that.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from exchange.projections.handlers import Handlers
from exchange.projections.opened import OpenTrade
from exchange.projections.order_filter import OrderFilter
from exchange.projections.order_record import OrderFields, OrderRecord
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide, OrderStatus, UpdateReason
from wire.units import PAYOUT

_BID: Final = BookSide.BID
_NONE: Final = UpdateReason.NONE
_TRADE: Final = UpdateReason.TRADE
_RESTING: Final = OrderStatus.RESTING
_CANCELED: Final = OrderStatus.CANCELED
_EXECUTED: Final = OrderStatus.EXECUTED
"""For the compiled path: a member of an Enum is found by a search, these are not."""


_Dumped = tuple[bool, list[OrderFields], list[tuple[int, int]]]
"""Whether any was evicted, those that were not, and (seq, order id) of the terminal ones in the order they ended."""


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
        self._ended: deque[OrderRecord] = deque()
        """Terminal orders in the order they ended."""

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
        while len(ended) > self._window and ended[0].ended_seq <= history_seq:
            self._forget(ended.popleft())

    def _forget(self, order: OrderRecord) -> None:
        del self._orders[order.order_id]
        self.evicted = True
        member = order.member
        self._holes[member] = self._holes.get(member, 0) + 1
        ids = self._ids[member]
        if 2 * self._holes[member] > len(ids):
            # Now and then, so that forgetting one order costs the same however many the member has.
            self._ids[member] = [known for known in ids if known in self._orders]
            self._holes[member] = 0

    def dump(self) -> bytes:
        orders = [order.fields() for order in self._orders.values()]
        return msgspec.msgpack.encode((self.evicted, orders, [(o.ended_seq, o.order_id) for o in self._ended]))

    def load(self, data: bytes) -> None:
        self.evicted, orders, ended = msgspec.msgpack.decode(data, type=_Dumped)
        self._orders, self._ids, self._holes, self._resting, self._book = {}, {}, {}, {}, {}
        for fields in orders:
            order = OrderRecord(fields)
            self._add(order.order_id, order)
            if order.status is _RESTING:
                self._rest(order.order_id, order)
        self._ended = deque()
        for seq, order_id in ended:
            order = self._orders[order_id]
            order.ended_seq = seq
            self._ended.append(order)

    def _on_accepted(self, seq: int, ts_us: int, place: int, event: OrderAccepted) -> None:
        (
            order_id,
            account,
            ticker,
            client_order_id,
            side,
            price,
            count,
            resting_count,
            time_in_force,
            self_trade_prevention,
            post_only,
            reduce_only,
            cancel_order_on_pause,
            expiration_us,
            order_group,
        ) = astuple(event)
        order = OrderRecord(
            (
                order_id,
                account,
                ticker,
                client_order_id,
                side,
                price,
                count,
                count,
                time_in_force,
                self_trade_prevention,
                post_only,
                reduce_only,
                cancel_order_on_pause,
                expiration_us,
                order_group,
                ts_us,
                ts_us,
                seq,
                0,
                0,
                0,
                0,
                0,
                _RESTING,
                _NONE,
            )
        )
        self._add(order_id, order)
        # What does not come to rest is ended by a later event of the same record.
        if resting_count:
            self._rest(order_id, order)

    def _on_trade(self, seq: int, ts_us: int, place: int, trade: OpenTrade) -> None:
        count: int = trade.count
        price: int = trade.price
        yes_cost = price * count
        no_cost = (PAYOUT - price) * count
        maker_is_bid = trade.maker_side is _BID

        maker = self._orders[trade.maker_order_id]
        maker.remaining_count = trade.maker_remaining
        maker.fill_count += count
        maker.maker_fill_cost += yes_cost if maker_is_bid else no_cost
        maker.maker_fees += trade.maker_fee
        maker.updated_us = ts_us
        maker.last_update_reason = _TRADE
        if not trade.maker_remaining:
            self._end(seq, trade.maker_order_id, maker, _EXECUTED)

        taker = self._orders[trade.taker_order_id]
        taker.remaining_count = trade.taker_remaining
        taker.fill_count += count
        taker.taker_fill_cost += no_cost if maker_is_bid else yes_cost
        taker.taker_fees += trade.taker_fee
        taker.updated_us = ts_us
        taker.last_update_reason = _TRADE
        if not trade.taker_remaining:
            self._end(seq, trade.taker_order_id, taker, _EXECUTED)

    def _on_canceled(self, seq: int, ts_us: int, place: int, event: OrderCanceled) -> None:
        order_id = event.order_id
        order = self._orders[order_id]
        order.remaining_count = 0
        order.updated_us = ts_us
        order.last_update_reason = event.cause.update_reason
        self._end(seq, order_id, order, _CANCELED)

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

    def _add(self, order_id: Any, order: OrderRecord) -> None:
        self._orders[order_id] = order
        member = order.account >> 6
        ids = self._ids.get(member)
        if ids is None:
            self._ids[member] = [order_id]
        else:
            ids.append(order_id)

    def _rest(self, order_id: Any, order: OrderRecord) -> None:
        member, ticker = order.account >> 6, order.ticker
        resting = self._resting.get(member)
        if resting is None:
            resting = self._resting[member] = {}
        resting[order_id] = order
        book = self._book.get(ticker)
        if book is None:
            book = self._book[ticker] = {}
        book[order_id] = order

    def _end(self, seq: int, order_id: Any, order: OrderRecord, status: OrderStatus) -> None:
        order.status = status
        order.ended_seq = seq
        book = self._book.get(order.ticker)
        if book is not None and order_id in book:
            del book[order_id]
            del self._resting[order.account >> 6][order_id]
        self._ended.append(order)


def _queue_place(order: OrderRecord) -> int:
    return order.queue_seq
