"""Catalogue commands: series, events and markets come into being (SEMANTICS A2, D1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import CreateEvent, CreateMarket, CreateSeries, SetPriceGrid
from exchange.core.lifecycle import set_status
from exchange.core.market import TRADED, Event, Market, Series
from exchange.core.orders import Events, refuse
from exchange.core.price_grid import grid_of
from exchange.core.timers import TimerKind
from wire.engine_events import EngineEvent, EventCreated, MarketCreated, PriceGridChanged, SeriesCreated
from wire.enums import MarketStatus, RejectReason
from wire.units import PAYOUT

if TYPE_CHECKING:
    from exchange.core.state import State


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
        set_status(market, MarketStatus.ACTIVE, True, out)
    return tuple(out)


def schedule_market(state: State, market: Market) -> None:
    """Set every timer a market still has ahead of it; also how timers come back from a snapshot."""
    if market.status is MarketStatus.INITIALIZED:
        state.at(market.open_us, TimerKind.OPEN, market.ticker)
    if market.status in TRADED:
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
