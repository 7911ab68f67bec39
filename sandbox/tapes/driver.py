"""The tape driver: keeps the replay members' part of one market's book equal to the recorded book.

Sans-I/O: it is given tape messages and yields commands; it is told every engine event of the venue and knows
from them what of its own still rests. Refuses to know time, files and how commands travel.

Rules (docs/tapes.md)
- A recorded increase is an order of the replay maker at the back of the queue. It may trade with members'
  orders that stand in its way; it is then topped up until the tape's part is what was recorded.
- A recorded trade is an immediate_or_cancel order of the replay taker, so whoever stands first in the queue is
  filled first, members included. What members took of it is then taken off the tape's own orders.
- Any other recorded decrease cancels orders of the replay maker: the newest ones, so that a recorded cancel
  moves a member forward only when nothing of the tape stands behind; `queue="optimistic"` takes the oldest.
- What members take from the tape's orders is put back at the next message.
"""

from collections.abc import Generator, Iterable
from typing import Literal

from exchange.core.commands import AnyCommand, CancelOrder, CreateOrder, DecreaseOrder
from sandbox.tapes.recording import Delta, LevelKey, Snapshot, Step, fold
from wire.engine_events import (
    AnyEvent,
    OrderAccepted,
    OrderCanceled,
    OrderDecreased,
    OrderRejected,
    Trade,
)
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.units import MAX_COUNT

Queue = Literal["pessimistic", "optimistic"]

Commands = Generator[AnyCommand, Iterable[AnyEvent], None]
"""Yields a command; is sent the events of its receipt, after `fold` has seen them."""


class TapeDriver:
    """Plays one market's tape in the names of two accounts."""

    def __init__(self, ticker: str, maker: int, taker: int, queue: Queue = "pessimistic") -> None:
        self.ticker = ticker
        self.target: dict[LevelKey, int] = {}
        """The recorded book: the fold of the messages played so far."""
        self.resting: dict[LevelKey, int] = {}
        """The replay maker's part of the venue's book, level by level."""
        self.refused = 0
        """Commands the venue did not take, e.g. in a pause; their levels are tried again at the next message."""
        self._maker = maker
        self._taker = taker
        self._oldest_first = queue == "optimistic"
        self._orders: dict[int, tuple[LevelKey, int]] = {}
        """order_id -> its level and what of it rests."""
        self._queues: dict[LevelKey, dict[int, None]] = {}
        """The replay maker's orders of a level, in the order of their queue places."""
        self._dirty: dict[LevelKey, None] = {}
        """Levels where `resting` and `target` may differ."""

    def play(self, step: Step) -> Commands:
        """The commands that carry one message into the venue; at the end the tape's part equals the tape."""
        message = step.message
        if isinstance(message, Snapshot):
            self._dirty |= dict.fromkeys([*self.target, *message.levels])
            fold(self.target, message)
        elif isinstance(message, Delta):
            key = message.key
            was_best = step.traded and key == self._best(key.side)
            self._dirty[key] = None
            fold(self.target, message)
            # A trade away from the best level would take the better ones instead: a sweep recorded out of order.
            if was_best:
                yield self._take(key, -message.count)
        if self._dirty:
            yield from self._mend()

    def adopt(self, order_id: int, key: LevelKey, remaining: int) -> None:
        """An order of the replay maker that rests already; to be told in the order of their queue places."""
        self._set(order_id, key, remaining)

    @property
    def in_step(self) -> bool:
        """Whether the tape's part of the venue's book is the recorded book."""
        return self.resting == self.target

    def fold(self, events: Iterable[AnyEvent]) -> None:
        """Take the events of one record of the venue, whoever caused them."""
        for event in events:
            if isinstance(event, Trade):
                order = self._orders.get(event.maker_order_id)
                if order is not None:
                    self._set(event.maker_order_id, order[0], event.maker_remaining)
            elif isinstance(event, OrderAccepted):
                if event.account == self._maker and event.ticker == self.ticker and event.resting_count:
                    self._set(event.order_id, LevelKey(event.side, event.price), event.resting_count)
            elif isinstance(event, OrderCanceled):
                order = self._orders.get(event.order_id)
                if order is not None:
                    self._set(event.order_id, order[0], 0)
            elif isinstance(event, OrderDecreased):
                order = self._orders.get(event.order_id)
                if order is not None:
                    self._set(event.order_id, order[0], event.remaining_count)

    # --- what it holds ---

    def _set(self, order_id: int, key: LevelKey, remaining: int) -> None:
        """One of our orders now rests with `remaining`, 0 = it is gone."""
        _, before = self._orders.get(order_id, (key, 0))
        total = self.resting.get(key, 0) + remaining - before
        if total:
            self.resting[key] = total
        else:
            self.resting.pop(key, None)
        if remaining:
            self._orders[order_id] = (key, remaining)
            self._queues.setdefault(key, {})[order_id] = None
        else:
            self._orders.pop(order_id, None)
            queue = self._queues[key]
            del queue[order_id]
            if not queue:
                del self._queues[key]
        if total != self.target.get(key, 0):
            self._dirty[key] = None

    def _best(self, side: BookSide) -> LevelKey | None:
        """The best recorded level of a side."""
        prices = [key.price for key in self.target if key.side is side]
        if not prices:
            return None
        return LevelKey(side, max(prices) if side is BookSide.BID else min(prices))

    # --- what it does ---

    def _mend(self) -> Commands:
        """Bring every level that differs back to the tape: first down, then up, so that it never meets itself."""
        for key in list(self._dirty):
            if self.resting.get(key, 0) > self.target.get(key, 0):
                yield from self._trim(key)
        for key in list(self._dirty):
            if self.resting.get(key, 0) < self.target.get(key, 0):
                yield from self._top_up(key)
            if self.resting.get(key, 0) == self.target.get(key, 0):
                self._dirty.pop(key, None)

    def _trim(self, key: LevelKey) -> Commands:
        """Cancel or decrease our orders of a level until no more rests than was recorded."""
        while (surplus := self.resting.get(key, 0) - self.target.get(key, 0)) > 0:
            queue = self._queues[key]
            order_id = next(iter(queue)) if self._oldest_first else next(reversed(queue))
            if self._orders[order_id][1] <= surplus:
                events = yield CancelOrder(self._maker, order_id)
            else:
                events = yield DecreaseOrder(self._maker, order_id, reduce_by=surplus)
            # Between two commands a member may have taken the order: then the fold has moved on by itself.
            if self._is_refused(events) and order_id in self._orders:
                return

    def _top_up(self, key: LevelKey) -> Commands:
        """Place orders until as much rests as was recorded; what trades on the way does not rest."""
        while (missing := self.target.get(key, 0) - self.resting.get(key, 0)) > 0:
            events = yield CreateOrder(
                account=self._maker,
                ticker=self.ticker,
                side=key.side,
                price=key.price,
                count=min(missing, MAX_COUNT),
                time_in_force=TimeInForce.GOOD_TILL_CANCELED,
                self_trade_prevention=SelfTradePrevention.TAKER_AT_CROSS,
            )
            if self._is_refused(events) or not _moved(events):
                return

    def _take(self, key: LevelKey, count: int) -> CreateOrder:
        """The recorded taker, limited to the level it took from."""
        return CreateOrder(
            account=self._taker,
            ticker=self.ticker,
            side=BookSide.ASK if key.side is BookSide.BID else BookSide.BID,
            price=key.price,
            count=min(count, MAX_COUNT),
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
            self_trade_prevention=SelfTradePrevention.TAKER_AT_CROSS,
        )

    def _is_refused(self, events: Iterable[AnyEvent]) -> bool:
        refused = any(isinstance(event, OrderRejected) for event in events)
        self.refused += refused
        return refused


def _moved(events: Iterable[AnyEvent]) -> bool:
    """Whether an order came to rest or traded at all."""
    return any(
        isinstance(event, Trade) or (isinstance(event, OrderAccepted) and event.resting_count) for event in events
    )
