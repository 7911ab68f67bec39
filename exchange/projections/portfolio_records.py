"""What the portfolio keeps of what happened: fills, settlements and cash moves; and which of them a list wants.

Knows shapes and units, and how a payout becomes a record. What is kept of them, and how long, is for
portfolio.py and recent.py.
"""

from dataclasses import dataclass

import msgspec

from wire.accounts import subaccount_of
from wire.engine_events import PositionSettled
from wire.enums import BookSide, MarketResult


class FillRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One member's side of a trade. The trade is (seq, place); `price` is YES-leg, `fee` net."""

    seq: int
    place: int
    is_taker: bool
    ts_us: int
    account: int
    order_id: int
    ticker: str
    side: BookSide
    price: int
    count: int
    fee: int

    @property
    def key(self) -> tuple[int, int, int]:
        """A member may stand on both sides of a trade, with two subaccounts: the maker's fill is first."""
        return self.seq, self.place, int(self.is_taker)


class SettlementRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One account's position paid out. `value` is what one YES contract paid, as Money; `fee` is every fee the
    account paid in the market, for its fills and for a sub-cent payout (OAS:Settlement.fee_cost).
    """

    seq: int
    place: int
    ts_us: int
    account: int
    ticker: str
    event_ticker: str
    result: MarketResult
    value: int
    position: int
    cost: int
    payout: int
    fee: int

    @property
    def key(self) -> tuple[int, int]:
        return self.seq, self.place


class CashRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A deposit or withdrawal, applied at once; `amount` is positive Money."""

    seq: int
    place: int
    ts_us: int
    account: int
    amount: int


class TransferRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Money moved between two subaccounts of one member."""

    seq: int
    place: int
    ts_us: int
    from_account: int
    to_account: int
    amount: int


class MarketFacts(msgspec.Struct, array_like=True, gc=False):
    """What a position must know of its market. `settled_us` 0 = not yet."""

    event_ticker: str
    result: MarketResult | None = None
    value: int = 0
    settled_us: int = 0


@dataclass(frozen=True, slots=True)
class FillFilter:
    """Which fills a list wants. None = any; `before` is the key the page before ended with."""

    member: int
    subaccount: int | None = None
    tickers: frozenset[str] | None = None
    order_id: int | None = None
    min_us: int | None = None
    max_us: int | None = None
    before: tuple[int, int, int] | None = None

    def wants(self, fill: FillRecord) -> bool:
        return (
            (self.order_id is None or fill.order_id == self.order_id)
            and (self.subaccount is None or subaccount_of(fill.account) == self.subaccount)
            and (self.tickers is None or fill.ticker in self.tickers)
            and (self.min_us is None or fill.ts_us >= self.min_us)
            and (self.max_us is None or fill.ts_us <= self.max_us)
        )


@dataclass(frozen=True, slots=True)
class SettlementFilter:
    """Which settlements a list wants. None = any; `before` is the key the page before ended with."""

    member: int
    subaccount: int | None = None
    ticker: str | None = None
    event_ticker: str | None = None
    min_us: int | None = None
    max_us: int | None = None
    before: tuple[int, int] | None = None

    def wants(self, settlement: SettlementRecord) -> bool:
        return (
            (self.subaccount is None or subaccount_of(settlement.account) == self.subaccount)
            and (self.ticker is None or settlement.ticker == self.ticker)
            and (self.event_ticker is None or settlement.event_ticker == self.event_ticker)
            and (self.min_us is None or settlement.ts_us >= self.min_us)
            and (self.max_us is None or settlement.ts_us <= self.max_us)
        )


def settlement_of(
    seq: int, ts_us: int, place: int, event: PositionSettled, market: MarketFacts, fees: int
) -> SettlementRecord:
    """The record of one account's payout; the market has its result by then. `fees` is all it paid there."""
    assert market.result is not None, f"{event.ticker} was paid out before it was determined"
    return SettlementRecord(
        seq,
        place,
        ts_us,
        event.account,
        event.ticker,
        market.event_ticker,
        market.result,
        market.value,
        event.position,
        event.cost,
        event.payout,
        fees,
    )
