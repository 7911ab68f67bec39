"""The house's orders in markets that open while the venue runs: placed in the turn after the market opened.

Knows the waiting orders and listens for what lets them in: a market that becomes active, a pause that ends. A
start sends the orders of every market that is open by then; those that were placed before it are refused as
repeated, because each has its own client_order_id.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import chain

import structlog

from exchange.core.commands import AnyCommand, CreateOrder
from exchange.ports import Receipt, Unavailable
from wire.engine_events import MarketStatusChanged, OrderRejected, PauseChanged
from wire.enums import MarketStatus, RejectReason
from wire.event_log import LogRecord

_AGAIN_LATER = (RejectReason.EXCHANGE_PAUSED, RejectReason.TRADING_PAUSED)

_log = structlog.get_logger("house")

SubmitAll = Callable[[Sequence[AnyCommand]], Awaitable[Sequence[Receipt]]]


class House:
    """Waiting orders by ticker. An EventSink: let it `fold` every record, and `close` it before the venue stops."""

    def __init__(self, waiting: Mapping[str, Sequence[CreateOrder]], submit_all: SubmitAll) -> None:
        self._waiting = dict(waiting)
        self._submit_all = submit_all
        self._due: dict[str, None] = {}
        self._paused: dict[str, None] = {}
        """Open markets whose orders a pause kept out."""
        self._placing: set[asyncio.Task[None]] = set()

    def begin(self, is_open: Callable[[str], bool]) -> None:
        """Place the orders of markets that have opened already."""
        self._due.update((ticker, None) for ticker in self._waiting if is_open(ticker))
        self.flush()

    def fold(self, records: Sequence[LogRecord]) -> None:
        for event in chain.from_iterable(record.events for record in records):
            if isinstance(event, MarketStatusChanged):
                if event.old is MarketStatus.INITIALIZED and event.new is MarketStatus.ACTIVE:
                    self._due[event.ticker] = None
            elif isinstance(event, PauseChanged) and not event.active:
                self._due |= self._paused
                self._paused = {}

    def flush(self) -> None:
        """Send what has become due, without making the log's other readers wait."""
        for ticker in self._due:
            if ticker in self._waiting:
                task = asyncio.get_running_loop().create_task(self._place(ticker, self._waiting.pop(ticker)))
                self._placing.add(task)
                task.add_done_callback(self._placing.discard)
        self._due = {}

    async def close(self) -> None:
        """Place nothing more; what was sent is answered first."""
        self._waiting = {}
        await asyncio.gather(*self._placing)

    async def _place(self, ticker: str, orders: Sequence[CreateOrder]) -> None:
        try:
            receipts = await self._submit_all(orders)
        except Unavailable as error:
            _log.warning("house_orders_not_placed", ticker=ticker, why=str(error))
            return
        refused = [event for receipt in receipts for event in receipt.events if isinstance(event, OrderRejected)]
        if any(event.reason in _AGAIN_LATER for event in refused):
            self._waiting[ticker] = orders
            self._paused[ticker] = None
        for event in refused:
            if event.reason not in (*_AGAIN_LATER, RejectReason.ORDER_ALREADY_EXISTS):
                _log.warning("house_order_refused", ticker=ticker, reason=event.reason, detail=event.detail)
