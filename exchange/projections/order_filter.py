"""Which orders a list wants: by whom, where, when, in what state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.enums import OrderStatus

if TYPE_CHECKING:
    from exchange.projections.order_record import OrderRecord


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
