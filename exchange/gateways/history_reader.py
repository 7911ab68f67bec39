"""What left the projections' memory, as the gateways read it.

Same records, same filters, same order as the projections: newest first, `before` already inside the filter.
A list is the projection's answer and the history's together; `merged` puts them in one.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from exchange.projections.order_filter import OrderFilter
from exchange.projections.order_record import OrderRecord
from exchange.projections.portfolio_records import FillFilter, FillRecord, SettlementFilter, SettlementRecord
from exchange.projections.trade_row import TradeRow
from wire.candles import Bar

Row = TypeVar("Row")


class HistoryReader(Protocol):
    """Terminal orders, fills, settlements and trades, newest first. Each raises HistoryUnavailable."""

    async def order(self, order_id: int) -> OrderRecord | None:
        """A terminal order, None when it is not in history."""
        ...

    async def orders(self, wanted: OrderFilter, limit: int) -> list[OrderRecord]: ...

    async def fills(self, wanted: FillFilter, limit: int) -> list[FillRecord]: ...

    async def settlements(self, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]: ...

    async def trades(
        self,
        ticker: str | None,
        min_ts_us: int | None,
        max_ts_us: int | None,
        before: tuple[int, int] | None,
        limit: int,
    ) -> list[TradeRow]:
        """Trades of one market or all; `before` is the (seq, place) the page before ended with."""
        ...

    async def minutes(self, ticker: str, start: int, end: int) -> list[Bar]:
        """A market's minutes that ended in start..end (Unix seconds), both inclusive, oldest first."""
        ...


def merged(recent: list[Row], past: list[Row], key: Callable[[Row], object], limit: int) -> list[Row]:
    """The newest `limit` of two lists that are newest first; what stands in both counts once, as in memory."""
    rows = {key(row): row for row in past}
    rows.update({key(row): row for row in recent})
    return [rows[place] for place in sorted(rows, reverse=True)][:limit]  # type: ignore[type-var]
