"""Catalogue and lifecycle commands, pauses, and what time does by itself (SEMANTICS D1, B11)."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

from exchange.core.commands import (
    AdvanceTime,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    DetermineMarket,
    DisputeMarket,
    HaltMarket,
    Pause,
    Resume,
    ResumeMarket,
    ScheduleEventFee,
    SchedulePause,
    ScheduleSeriesFee,
    SetCloseTime,
    SetPriceGrid,
    SettleMarket,
)
from exchange.core.market import Event, Market, Series
from exchange.core.orders import Events, refuse
from exchange.core.price_grid import grid_of
from exchange.core.resting import cancel
from exchange.core.settlement import determine, settle
from exchange.core.timers import TimerKind
from wire.engine_events import (
    EngineEvent,
    EventCreated,
    EventFeeChanged,
    MarketCloseChanged,
    MarketCreated,
    MarketStatusChanged,
    PauseChanged,
    PauseScheduled,
    PriceGridChanged,
    SeriesCreated,
    SeriesFeeChanged,
)
from wire.enums import CancelCause, MarketResult, MarketStatus, PauseScope, RejectReason
from wire.units import DOLLAR, PAYOUT

if TYPE_CHECKING:
    from exchange.core.state import State

_TRADED = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)

# --- catalogue --------------------------------------------------------------------------------------


def create_series(state: State, command: CreateSeries, seq: int, now_us: int) -> Events:
    if not command.series_ticker or command.fee_multiplier < 0:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "series_ticker or fee_multiplier")
    if command.series_ticker in state.series:
        return refuse(RejectReason.ALREADY_EXISTS, 0, f"series {command.series_ticker} exists")
    state.series[command.series_ticker] = Series(command.series_ticker, command.fee_type, command.fee_multiplier)
    return (SeriesCreated(command.series_ticker, command.fee_type, command.fee_multiplier, command.details),)


def create_event(state: State, command: CreateEvent, seq: int, now_us: int) -> Events:
    series = state.series.get(command.series_ticker)
    if series is None:
        return refuse(RejectReason.SERIES_NOT_FOUND, 0, command.series_ticker)
    if not command.event_ticker:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "event_ticker")
    if command.event_ticker in state.events:
        return refuse(RejectReason.ALREADY_EXISTS, 0, f"event {command.event_ticker} exists")
    state.events[command.event_ticker] = Event(
        command.event_ticker, series, command.mutually_exclusive, command.collateral_return_type
    )
    return (
        EventCreated(
            command.event_ticker,
            command.series_ticker,
            command.mutually_exclusive,
            command.collateral_return_type,
            command.details,
        ),
    )


def create_market(state: State, command: CreateMarket, seq: int, now_us: int) -> Events:
    """A market starts initialized, and is active at once when its open time has passed."""
    event = state.events.get(command.event_ticker)
    if event is None:
        return refuse(RejectReason.EVENT_NOT_FOUND, 0, command.event_ticker)
    if not command.ticker or command.close_us <= command.open_us or command.settlement_timer_us < 0:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "ticker, open and close time, or settlement timer")
    if command.close_us <= now_us:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "close time has passed")
    if not 0 <= command.settlement_floor <= PAYOUT:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "settlement_floor")
    if command.ticker in state.markets:
        return refuse(RejectReason.ALREADY_EXISTS, 0, f"market {command.ticker} exists")
    try:
        grid = grid_of(command.price_level_structure, command.price_ranges)
    except ValueError as error:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, str(error))
    market = state.markets[command.ticker] = Market(
        command.ticker,
        event,
        command.open_us,
        command.close_us,
        command.settlement_timer_us,
        command.price_level_structure,
        grid,
        command.outcome,
        command.fee_waiver_us,
        command.settlement_floor,
    )
    event.series.markets.append(market)
    market.set_fees(now_us)
    schedule_market(state, market)
    out: list[EngineEvent] = [
        MarketCreated(
            command.ticker,
            command.event_ticker,
            event.series.series_ticker,
            MarketStatus.INITIALIZED,
            command.open_us,
            command.close_us,
            command.settlement_timer_us,
            command.price_level_structure,
            grid.ranges,
            command.details,
            command.fee_waiver_us,
            command.settlement_floor,
        )
    ]
    if command.open_us <= now_us:
        _set_status(market, MarketStatus.ACTIVE, True, out)
    return tuple(out)


def schedule_market(state: State, market: Market) -> None:
    """Set every timer a market still has ahead of it; also how timers come back from a snapshot."""
    if market.status is MarketStatus.INITIALIZED:
        state.at(market.open_us, TimerKind.OPEN, market.ticker)
    if market.status in _TRADED:
        state.at(market.close_us, TimerKind.CLOSE, market.ticker)
    if market.status is MarketStatus.CLOSED and not market.swept:
        state.at(market.close_us + state.settings.sweep_delay_us, TimerKind.SWEEP, market.ticker)
    if market.outcome is not None and market.result is None:
        state.at(market.outcome.at_us, TimerKind.OUTCOME, market.ticker)
    if market.settle_us:
        state.at(market.settle_us, TimerKind.SETTLE, market.ticker)
    if market.fee_waiver_us:
        state.at(market.fee_waiver_us, TimerKind.FEE_WAIVER_END, market.ticker)


def set_price_grid(state: State, command: SetPriceGrid, seq: int, now_us: int) -> Events:
    """Resting orders stay where they are, on or off the new grid (SEMANTICS A2)."""
    market = state.markets.get(command.ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, command.ticker)
    try:
        grid = grid_of(command.price_level_structure, command.price_ranges)
    except ValueError as error:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, str(error))
    market.grid, market.legal_prices = grid, grid.legal
    market.price_level_structure = command.price_level_structure
    return (PriceGridChanged(command.ticker, command.price_level_structure, grid.ranges),)


# --- lifecycle --------------------------------------------------------------------------------------


def set_close_time(state: State, command: SetCloseTime, seq: int, now_us: int) -> Events:
    """Move the close: a past time closes now, a later one reopens a closed market."""
    market = state.markets.get(command.ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, command.ticker)
    if market.status not in (*_TRADED, MarketStatus.CLOSED):
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.ticker} is {market.status}")
    market.close_us = max(command.close_us, now_us)
    out: list[EngineEvent] = [MarketCloseChanged(command.ticker, market.close_us)]
    if market.close_us > now_us:
        if market.status is MarketStatus.CLOSED:
            _cancel_resting(state, market, CancelCause.CLOSE, out)
            market.swept = False
            _set_status(market, MarketStatus.ACTIVE, False, out)
        state.at(market.close_us, TimerKind.CLOSE, command.ticker)
    elif market.status is not MarketStatus.CLOSED:
        _close(state, market, market.close_us, out)
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
    value = _value(command.result, command.value)
    if value < market.settlement_floor * 100:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "value is below the settlement floor")
    out: list[EngineEvent] = []
    _sweep(state, market, out)
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


# --- fees and pauses --------------------------------------------------------------------------------


def schedule_series_fee(state: State, command: ScheduleSeriesFee, seq: int, now_us: int) -> Events:
    series = state.series.get(command.series_ticker)
    if series is None:
        return refuse(RejectReason.SERIES_NOT_FOUND, 0, command.series_ticker)
    if command.fee_multiplier < 0:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "fee_multiplier must not be negative")
    series.pending.append((command.at_us, command.fee_type, command.fee_multiplier))
    out: list[EngineEvent] = [
        SeriesFeeChanged(command.series_ticker, command.fee_type, command.fee_multiplier, command.at_us, False)
    ]
    if command.at_us <= now_us:
        _series_fee_due(state, command.series_ticker, now_us, out)
    else:
        state.at(command.at_us, TimerKind.SERIES_FEE, command.series_ticker)
    return tuple(out)


def schedule_event_fee(state: State, command: ScheduleEventFee, seq: int, now_us: int) -> Events:
    event = state.events.get(command.event_ticker)
    if event is None:
        return refuse(RejectReason.EVENT_NOT_FOUND, 0, command.event_ticker)
    if (command.fee_type is None) != (command.fee_multiplier is None):
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "give both fee_type and fee_multiplier, or neither")
    if command.fee_multiplier is not None and command.fee_multiplier < 0:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "fee_multiplier must not be negative")
    event.pending.append((command.at_us, command.fee_type, command.fee_multiplier))
    out: list[EngineEvent] = [
        EventFeeChanged(command.event_ticker, command.fee_type, command.fee_multiplier, command.at_us, False)
    ]
    if command.at_us <= now_us:
        _event_fee_due(state, command.event_ticker, now_us, out)
    else:
        state.at(command.at_us, TimerKind.EVENT_FEE, command.event_ticker)
    return tuple(out)


def pause(state: State, command: Pause, seq: int, now_us: int) -> Events:
    if command.scope in state.pauses:
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.scope} is already paused")
    if 0 < command.resume_us <= now_us:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "resume time has passed")
    out: list[EngineEvent] = []
    _start_pause(state, command.scope, command.resume_us, out)
    return tuple(out)


def resume(state: State, command: Resume, seq: int, now_us: int) -> Events:
    if command.scope not in state.pauses:
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.scope} is not paused")
    del state.pauses[command.scope]
    return (PauseChanged(command.scope, False),)


def schedule_pause(state: State, command: SchedulePause, seq: int, now_us: int) -> Events:
    if not now_us < command.start_us < command.end_us:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "a pause starts in the future and ends after it starts")
    window = (command.start_us, command.end_us, command.scope)
    if window in state.scheduled_pauses:
        return refuse(RejectReason.ALREADY_EXISTS, 0, "this pause is scheduled already")
    state.scheduled_pauses.append(window)
    state.at(command.start_us, TimerKind.PAUSE_START)
    return (PauseScheduled(command.scope, command.start_us, command.end_us),)


# --- time -------------------------------------------------------------------------------------------


def advance_time(state: State, command: AdvanceTime, seq: int, now_us: int) -> Events:
    """Fire every timer that is due, in order of time and then of kind."""
    out: list[EngineEvent] = []
    while state.timers and state.timers[0][0] <= now_us:
        due_us, kind, key = heapq.heappop(state.timers)
        _DUE[kind](state, key, due_us, out)
    return tuple(out)


def _open_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if market.status is MarketStatus.INITIALIZED and market.open_us == due_us:
        _set_status(market, MarketStatus.ACTIVE, True, out)


def _close_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if market.status in _TRADED and market.close_us == due_us:
        _close(state, market, due_us, out)


def _sweep_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if due_us == market.close_us + state.settings.sweep_delay_us:
        _sweep(state, market, out)


def _outcome_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    """The venue announces by itself; a market still open then is closed early first."""
    market = state.markets[str(key)]
    outcome = market.outcome
    if outcome is None or outcome.at_us != due_us or market.status not in (*_TRADED, MarketStatus.CLOSED):
        return
    if market.status is not MarketStatus.CLOSED:
        market.close_us = due_us
        out.append(MarketCloseChanged(market.ticker, due_us))
        _close(state, market, due_us, out)
    _sweep(state, market, out)
    value = max(_value(outcome.result, outcome.value), market.settlement_floor * 100)
    determine(state, market, outcome.result, value, outcome.expiration_value, due_us, out)


def _settle_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if market.settle_us == due_us and market.status in (MarketStatus.DETERMINED, MarketStatus.AMENDED):
        settle(state, market, out)


def _expiry_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    order = state.orders.get(int(key))
    if order is not None and order.expiration_us == due_us:
        cancel(state, order, CancelCause.EXPIRY, out)


def _series_fee_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    series = state.series[str(key)]
    for change in [change for change in series.pending if change[0] <= due_us]:
        series.pending.remove(change)
        at_us, series.fee_type, series.fee_multiplier = change
        out.append(SeriesFeeChanged(series.series_ticker, series.fee_type, series.fee_multiplier, at_us, True))
    for market in series.markets:
        market.set_fees(due_us)


def _event_fee_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    event = state.events[str(key)]
    for change in [change for change in event.pending if change[0] <= due_us]:
        event.pending.remove(change)
        at_us, event.fee_type, event.fee_multiplier = change
        out.append(EventFeeChanged(event.event_ticker, event.fee_type, event.fee_multiplier, at_us, True))
    for market in event.series.markets:
        if market.event is event:
            market.set_fees(due_us)


def _fee_waiver_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    state.markets[str(key)].set_fees(due_us)


def _pause_start_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    for window in [window for window in state.scheduled_pauses if window[0] <= due_us]:
        state.scheduled_pauses.remove(window)
        _, end_us, scope = window
        if scope not in state.pauses:
            _start_pause(state, scope, end_us, out)


def _pause_end_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    for scope in [scope for scope, resume_us in state.pauses.items() if resume_us == due_us]:
        del state.pauses[scope]
        out.append(PauseChanged(scope, False))


_DUE: dict[TimerKind, Callable[[State, str | int, int, list[EngineEvent]], None]] = {
    TimerKind.SERIES_FEE: _series_fee_due,
    TimerKind.EVENT_FEE: _event_fee_due,
    TimerKind.FEE_WAIVER_END: _fee_waiver_due,
    TimerKind.PAUSE_END: _pause_end_due,
    TimerKind.PAUSE_START: _pause_start_due,
    TimerKind.OPEN: _open_due,
    TimerKind.ORDER_EXPIRY: _expiry_due,
    TimerKind.CLOSE: _close_due,
    TimerKind.SWEEP: _sweep_due,
    TimerKind.OUTCOME: _outcome_due,
    TimerKind.SETTLE: _settle_due,
}


# --- parts ------------------------------------------------------------------------------------------


def _set_status(market: Market, new: MarketStatus, scheduled: bool, out: list[EngineEvent]) -> None:
    out.append(MarketStatusChanged(market.ticker, market.status, new, scheduled))
    market.status = new


def _move(state: State, ticker: str, old: MarketStatus, new: MarketStatus) -> Events:
    """A transition that somebody asked for and that has nothing else to it."""
    market = state.markets.get(ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, 0, ticker)
    if market.status is not old:
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{ticker} is {market.status}, not {old}")
    out: list[EngineEvent] = []
    _set_status(market, new, False, out)
    return tuple(out)


def _close(state: State, market: Market, close_us: int, out: list[EngineEvent]) -> None:
    _set_status(market, MarketStatus.CLOSED, True, out)
    state.at(close_us + state.settings.sweep_delay_us, TimerKind.SWEEP, market.ticker)


def _sweep(state: State, market: Market, out: list[EngineEvent]) -> None:
    """The resting orders of a closed market go, once."""
    if market.status is MarketStatus.CLOSED and not market.swept:
        market.swept = True
        _cancel_resting(state, market, CancelCause.CLOSE, out)


def _cancel_resting(state: State, market: Market, cause: CancelCause, out: list[EngineEvent]) -> None:
    for order in list(market.book.orders()):
        cancel(state, order, cause, out)


def _start_pause(state: State, scope: PauseScope, resume_us: int, out: list[EngineEvent]) -> None:
    """A pause of any kind takes down the orders that asked for it (SEMANTICS B5 cancel_order_on_pause)."""
    state.pauses[scope] = resume_us
    if resume_us:
        state.at(resume_us, TimerKind.PAUSE_END)
    out.append(PauseChanged(scope, True, resume_us))
    for order in [order for order in state.orders.values() if order.cancel_on_pause]:
        cancel(state, order, CancelCause.HALT, out)


def _value(result: MarketResult, scalar: int) -> int:
    """What one YES contract pays, as Money."""
    if result is MarketResult.SCALAR:
        return scalar
    return DOLLAR if result is MarketResult.YES else 0
