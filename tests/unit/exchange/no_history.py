"""A HistoryReader of a venue whose memory holds everything."""

from exchange.projections.order_filter import OrderFilter
from exchange.projections.order_record import OrderRecord
from exchange.projections.portfolio_records import FillFilter, FillRecord, SettlementFilter, SettlementRecord
from exchange.projections.trade_row import TradeRow
from wire.candles import Bar


class NoHistory:
    """Nothing ever left memory."""

    async def order(self, order_id: int) -> OrderRecord | None:
        return None

    async def orders(self, wanted: OrderFilter, limit: int) -> list[OrderRecord]:
        return []

    async def fills(self, wanted: FillFilter, limit: int) -> list[FillRecord]:
        return []

    async def settlements(self, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]:
        return []

    async def trades(
        self,
        ticker: str | None,
        min_ts_us: int | None,
        max_ts_us: int | None,
        before: tuple[int, int] | None,
        limit: int,
    ) -> list[TradeRow]:
        return []

    async def minutes(self, ticker: str, start: int, end: int) -> list[Bar]:
        return []
