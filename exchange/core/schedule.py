"""Fee changes and pauses, now or announced for later (SEMANTICS A3, B11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import Pause, Resume, ScheduleEventFee, SchedulePause, ScheduleSeriesFee
from exchange.core.orders import Events, refuse
from exchange.core.resting import cancel
from exchange.core.timers import TimerKind
from wire.engine_events import EngineEvent, EventFeeChanged, PauseChanged, PauseScheduled, SeriesFeeChanged
from wire.enums import CancelCause, PauseScope, RejectReason

if TYPE_CHECKING:
    from exchange.core.state import State


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
        series_fee_due(state, command.series_ticker, now_us, out)
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
        event_fee_due(state, command.event_ticker, now_us, out)
    else:
        state.at(command.at_us, TimerKind.EVENT_FEE, command.event_ticker)
    return tuple(out)


def pause(state: State, command: Pause, seq: int, now_us: int) -> Events:
    if command.scope in state.pauses:
        return refuse(RejectReason.INVALID_TRANSITION, 0, f"{command.scope} is already paused")
    if 0 < command.resume_us <= now_us:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "resume time has passed")
    out: list[EngineEvent] = []
    start_pause(state, command.scope, command.resume_us, out)
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


# --- parts, shared with what time does ----------------------------------------------------------------


def series_fee_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    series = state.series[str(key)]
    for change in [change for change in series.pending if change[0] <= due_us]:
        series.pending.remove(change)
        at_us, series.fee_type, series.fee_multiplier = change
        out.append(SeriesFeeChanged(series.series_ticker, series.fee_type, series.fee_multiplier, at_us, True))
    for market in series.markets:
        market.set_fees(due_us)


def event_fee_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    event = state.events[str(key)]
    for change in [change for change in event.pending if change[0] <= due_us]:
        event.pending.remove(change)
        at_us, event.fee_type, event.fee_multiplier = change
        out.append(EventFeeChanged(event.event_ticker, event.fee_type, event.fee_multiplier, at_us, True))
    for market in event.series.markets:
        if market.event is event:
            market.set_fees(due_us)


def start_pause(state: State, scope: PauseScope, resume_us: int, out: list[EngineEvent]) -> None:
    """A pause of any kind takes down the orders that asked for it (SEMANTICS B5 cancel_order_on_pause)."""
    state.pauses[scope] = resume_us
    if resume_us:
        state.at(resume_us, TimerKind.PAUSE_END)
    out.append(PauseChanged(scope, True, resume_us))
    for order in [order for order in state.orders.values() if order.cancel_on_pause]:
        cancel(state, order, CancelCause.HALT, out)
