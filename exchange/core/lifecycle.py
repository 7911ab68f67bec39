"""What a market goes through, by command; what time does by itself is in due.py (SEMANTICS D1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import (
    DetermineMarket,
    DisputeMarket,
    HaltMarket,
    ResumeMarket,
    SetCloseTime,
    SettleMarket,
)
from exchange.core.market import TRADED, Market
from exchange.core.orders import Events, refuse
from exchange.core.resting import cancel
from exchange.core.settlement import determine, settle
from exchange.core.timers import TimerKind
from wire.engine_events import EngineEvent, MarketCloseChanged, MarketStatusChanged
from wire.enums import CancelCause, MarketResult, MarketStatus, RejectReason
from wire.units import DOLLAR

if TYPE_CHECKING:
    from exchange.core.state import State


def set_close_time(state: State, command: SetCloseTime, seq: int, now_us: int) -> Events:
    """Move the close: a past time closes now, a later one reopens a closed market."""
    market = state.markets.get(command.ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, command.ticker)
    if market.status not in (*TRADED, MarketStatus.CLOSED):
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.ticker} is {market.status}")
    market.close_us = max(command.close_us, now_us)
    out: list[EngineEvent] = [MarketCloseChanged(command.ticker, market.close_us)]
    if market.close_us > now_us:
        if market.status is MarketStatus.CLOSED:
            _cancel_resting(state, market, CancelCause.CLOSE, out)
            market.swept = False
            set_status(market, MarketStatus.ACTIVE, False, out)
        state.at(market.close_us, TimerKind.CLOSE, command.ticker)
    elif market.status is not MarketStatus.CLOSED:
        close(state, market, market.close_us, out)
    elif not market.swept:
        _sweep_later(state, market, market.close_us)
    return tuple(out)


def halt_market(state: State, command: HaltMarket, seq: int, now_us: int) -> Events:
    return _move(state, command.ticker, MarketStatus.ACTIVE, MarketStatus.INACTIVE)


def resume_market(state: State, command: ResumeMarket, seq: int, now_us: int) -> Events:
    """Coming back from inactive wipes every resting order (SEMANTICS J21)."""
    market = state.markets.get(command.ticker)
    moved = _move(state, command.ticker, MarketStatus.INACTIVE, MarketStatus.ACTIVE)
    out: list[EngineEvent] = list(moved)
    if market is not None and isinstance(moved[0], MarketStatusChanged):
        _cancel_resting(state, market, CancelCause.REOPEN, out)
    return tuple(out)


def determine_market(state: State, command: DetermineMarket, seq: int, now_us: int) -> Events:
    """closed -> determined, disputed -> amended; the settlement timer starts (again)."""
    market = state.markets.get(command.ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, command.ticker)
    if market.status not in (MarketStatus.CLOSED, MarketStatus.DISPUTED):
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.ticker} is {market.status}")
    if command.result is MarketResult.SCALAR and not 0 <= command.value <= DOLLAR:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "a scalar value lies between 0 and 1 dollar")
    value = payout_value(command.result, command.value)
    if value < market.settlement_floor * 100:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "value is below the settlement floor")
    out: list[EngineEvent] = []
    sweep(state, market, out)
    determine(state, market, command.result, value, command.expiration_value, now_us, out)
    return tuple(out)


def dispute_market(state: State, command: DisputeMarket, seq: int, now_us: int) -> Events:
    market = state.markets.get(command.ticker)
    moved = _move(state, command.ticker, MarketStatus.DETERMINED, MarketStatus.DISPUTED)
    if market is not None and isinstance(moved[0], MarketStatusChanged):
        market.settle_us = 0
    return moved


def settle_market(state: State, command: SettleMarket, seq: int, now_us: int) -> Events:
    market = state.markets.get(command.ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, command.ticker)
    if market.status not in (MarketStatus.DETERMINED, MarketStatus.AMENDED):
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.ticker} is {market.status}")
    out: list[EngineEvent] = []
    settle(state, market, out)
    return tuple(out)


# --- parts, shared with what time does ----------------------------------------------------------------


def set_status(market: Market, new: MarketStatus, scheduled: bool, out: list[EngineEvent]) -> None:
    out.append(MarketStatusChanged(market.ticker, market.status, new, scheduled))
    market.status = new


def close(state: State, market: Market, close_us: int, out: list[EngineEvent]) -> None:
    set_status(market, MarketStatus.CLOSED, True, out)
    _sweep_later(state, market, close_us)


def _sweep_later(state: State, market: Market, close_us: int) -> None:
    state.at(close_us + state.settings.sweep_delay_us, TimerKind.SWEEP, market.ticker)


def sweep(state: State, market: Market, out: list[EngineEvent]) -> None:
    """The resting orders of a closed market go, once."""
    if market.status is MarketStatus.CLOSED and not market.swept:
        market.swept = True
        _cancel_resting(state, market, CancelCause.CLOSE, out)


def payout_value(result: MarketResult, scalar: int) -> int:
    """What one YES contract pays, as Money."""
    if result is MarketResult.SCALAR:
        return scalar
    return DOLLAR if result is MarketResult.YES else 0


def _move(state: State, ticker: str, old: MarketStatus, new: MarketStatus) -> Events:
    """A transition that somebody asked for and that has nothing else to it."""
    market = state.markets.get(ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, ticker)
    if market.status is not old:
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{ticker} is {market.status}, not {old}")
    out: list[EngineEvent] = []
    set_status(market, new, False, out)
    return tuple(out)


def _cancel_resting(state: State, market: Market, cause: CancelCause, out: list[EngineEvent]) -> None:
    for order in list(market.book.orders()):
        cancel(state, order, cause, out)
