"""What time does by itself: AdvanceTime fires every timer that is due, in order of time and then of kind.

A timer is only a reminder: each of these looks whether what it was set for still stands, and does nothing when
it does not.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING

from exchange.core.commands import AdvanceTime
from exchange.core.lifecycle import close, payout_value, set_status, sweep
from exchange.core.market import TRADED
from exchange.core.orders import Events
from exchange.core.resting import cancel
from exchange.core.schedule import event_fee_due, series_fee_due, start_pause
from exchange.core.settlement import determine, settle
from exchange.core.timers import TimerKind
from wire.engine_events import EngineEvent, MarketCloseChanged, PauseChanged
from wire.enums import CancelCause, MarketStatus

if TYPE_CHECKING:
    from exchange.core.state import State


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
        set_status(market, MarketStatus.ACTIVE, True, out)


def _close_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if market.status in TRADED and market.close_us == due_us:
        close(state, market, due_us, out)


def _sweep_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if due_us == market.close_us + state.settings.sweep_delay_us:
        sweep(state, market, out)


def _outcome_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    """The venue announces by itself; a market still open then is closed early first."""
    market = state.markets[str(key)]
    outcome = market.outcome
    if outcome is None or outcome.at_us != due_us or market.status not in (*TRADED, MarketStatus.CLOSED):
        return
    if market.status is not MarketStatus.CLOSED:
        market.close_us = due_us
        out.append(MarketCloseChanged(market.ticker, due_us))
        close(state, market, due_us, out)
    sweep(state, market, out)
    value = max(payout_value(outcome.result, outcome.value), market.settlement_floor * 100)
    determine(state, market, outcome.result, value, outcome.expiration_value, due_us, out)


def _settle_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    market = state.markets[str(key)]
    if market.settle_us == due_us and market.status in (MarketStatus.DETERMINED, MarketStatus.AMENDED):
        settle(state, market, out)


def _expiry_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    order = state.orders.get(int(key))
    if order is not None and order.expiration_us == due_us:
        cancel(state, order, CancelCause.EXPIRY, out)


def _fee_waiver_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    state.markets[str(key)].set_fees(due_us)


def _pause_start_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    for window in [window for window in state.scheduled_pauses if window[0] <= due_us]:
        state.scheduled_pauses.remove(window)
        _, end_us, scope = window
        if scope not in state.pauses:
            start_pause(state, scope, end_us, out)


def _pause_end_due(state: State, key: str | int, due_us: int, out: list[EngineEvent]) -> None:
    for scope in [scope for scope, resume_us in state.pauses.items() if resume_us == due_us]:
        del state.pauses[scope]
        out.append(PauseChanged(scope, False))


_DUE: dict[TimerKind, Callable[[State, str | int, int, list[EngineEvent]], None]] = {
    TimerKind.SERIES_FEE: series_fee_due,
    TimerKind.EVENT_FEE: event_fee_due,
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
