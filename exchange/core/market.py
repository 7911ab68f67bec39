"""Series, events and markets: only what trading needs to know of them.

Titles, rules and strikes are carried through to the events as opaque bytes and live in the catalogue projection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.core.fees import fee_factors
from exchange.core.order_book import OrderBook
from wire.enums import FeeType, MarketResult, MarketStatus

if TYPE_CHECKING:
    from exchange.core.commands import ScheduledOutcome
    from exchange.core.ledger import Position
    from exchange.core.price_grid import PriceGrid


TRADED: Final = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)
"""The statuses that end at close_time."""


class Series:
    """Fees are set per series; `pending` are (at_us, fee_type, multiplier) still to come."""

    __slots__ = ("fee_multiplier", "fee_type", "markets", "pending", "series_ticker")

    def __init__(self, series_ticker: str, fee_type: FeeType, fee_multiplier: int) -> None:
        self.series_ticker = series_ticker
        self.fee_type = fee_type
        self.fee_multiplier = fee_multiplier
        self.pending: list[tuple[int, FeeType, int]] = []
        self.markets: list[Market] = []


class Event:
    """Kalshi's event: a set of markets of one series, with an optional fee override."""

    __slots__ = (
        "collateral_return_type",
        "event_ticker",
        "fee_multiplier",
        "fee_type",
        "mutually_exclusive",
        "pending",
        "series",
    )

    def __init__(
        self, event_ticker: str, series: Series, mutually_exclusive: bool, collateral_return_type: str
    ) -> None:
        self.event_ticker = event_ticker
        self.series = series
        self.mutually_exclusive = mutually_exclusive
        self.collateral_return_type = collateral_return_type
        self.fee_type: FeeType | None = None
        self.fee_multiplier: int | None = None
        self.pending: list[tuple[int, FeeType | None, int | None]] = []


class Market:
    """One binary contract. `swept` says the resting orders of a closed market are gone (SEMANTICS B11)."""

    __slots__ = (
        "book",
        "close_us",
        "event",
        "fee_waiver_us",
        "fees_collected",
        "grid",
        "legal_prices",
        "maker_factor",
        "open_us",
        "outcome",
        "positions",
        "price_level_structure",
        "result",
        "settle_us",
        "settlement_floor",
        "settlement_timer_us",
        "status",
        "swept",
        "taker_factor",
        "ticker",
        "value",
    )

    def __init__(
        self,
        ticker: str,
        event: Event,
        open_us: int,
        close_us: int,
        settlement_timer_us: int,
        price_level_structure: str,
        grid: PriceGrid,
        outcome: ScheduledOutcome | None,
        fee_waiver_us: int,
        settlement_floor: int,
    ) -> None:
        self.ticker = ticker
        self.event = event
        self.open_us = open_us
        self.close_us = close_us
        self.settlement_timer_us = settlement_timer_us
        self.price_level_structure = price_level_structure
        self.grid = grid
        self.legal_prices = grid.legal
        self.outcome = outcome
        self.fee_waiver_us = fee_waiver_us
        self.settlement_floor = settlement_floor
        self.status = MarketStatus.INITIALIZED
        self.swept = False
        self.result: MarketResult | None = None
        self.value = 0
        self.settle_us = 0
        self.taker_factor = 0
        self.maker_factor = 0
        self.fees_collected = 0
        self.book = OrderBook()
        self.positions: dict[int, Position] = {}

    def set_fees(self, now_us: int) -> None:
        """Work out the fee factors in force: event override before series, none while waived (SEMANTICS A3)."""
        if now_us < self.fee_waiver_us:
            self.taker_factor = self.maker_factor = 0
            return
        event, series = self.event, self.event.series
        self.taker_factor, self.maker_factor = fee_factors(
            series.fee_type if event.fee_type is None else event.fee_type,
            series.fee_multiplier if event.fee_multiplier is None else event.fee_multiplier,
        )

    def open_interest(self) -> int:
        """Contracts held long, which equals contracts held short."""
        return sum(position.count for position in self.positions.values() if position.count > 0)
