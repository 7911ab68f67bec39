"""The outcome and the payout (SEMANTICS D1, C2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.timers import TimerKind
from wire.engine_events import (
    EngineEvent,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    PositionSettled,
)
from wire.enums import MarketResult, MarketStatus
from wire.units import CONTRACT, DOLLAR

if TYPE_CHECKING:
    from exchange.core.market import Market
    from exchange.core.state import State


def determine(
    state: State,
    market: Market,
    result: MarketResult,
    value: int,
    expiration_value: str,
    at_us: int,
    out: list[EngineEvent],
) -> None:
    """The result is known; the settlement timer starts from `at_us`."""
    new = MarketStatus.AMENDED if market.status is MarketStatus.DISPUTED else MarketStatus.DETERMINED
    out.append(MarketStatusChanged(market.ticker, market.status, new, False))
    market.status = new
    market.result = result
    market.value = value
    market.settle_us = at_us + market.settlement_timer_us
    state.at(market.settle_us, TimerKind.SETTLE, market.ticker)
    out.append(MarketDetermined(market.ticker, result, value, market.settle_us, expiration_value))


def settle(state: State, market: Market, out: list[EngineEvent]) -> None:
    """Pay every position and let the engine forget them. The escrow is $1 a pair; what it holds beyond the
    payouts (the sub-cent remainders) goes to the venue's fees.
    """
    assert market.result is not None, "only a determined market settles"
    assert not market.book.yes.occupied, "a market is swept before it is determined"
    assert not market.book.no.occupied, "a market is swept before it is determined"
    escrow = market.open_interest() * DOLLAR // CONTRACT
    for account in sorted(market.positions):
        position = market.positions[account]
        if position.count:
            count, cost = position.count, position.cost
            payout, remainder = position.pay_out(market.value)
            escrow -= payout
            out.append(
                PositionSettled(
                    market.ticker, account, count, cost, payout, remainder, payout - cost, position.account.cash
                )
            )
        del position.account.positions[market.ticker]
    market.positions.clear()
    market.fees_collected += escrow
    assert market.fees_collected >= 0, "a settlement never pays more than the escrow holds"
    out.append(MarketStatusChanged(market.ticker, market.status, MarketStatus.FINALIZED, True))
    market.status = MarketStatus.FINALIZED
    market.settle_us = 0
    out.append(MarketSettled(market.ticker, market.result, market.value))
