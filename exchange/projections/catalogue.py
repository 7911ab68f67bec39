"""Series, events and markets as the world sees them, and whether the venue is paused.

Knows titles and rules, statuses and times, fees and results. Refuses to know prices: what trades at what is in
the books and on the tape. Descriptive fields arrive as a JSON object in the words of the contract; what is
missing or wrong in them is served as a default.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from exchange.projections.handlers import Handlers
from wire.engine_events import (
    EventCreated,
    EventFeeChanged,
    MarketCloseChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    PauseChanged,
    PauseScheduled,
    PriceGridChanged,
    PriceRange,
    SeriesCreated,
    SeriesFeeChanged,
)
from wire.enums import FeeType, MarketResult, MarketStatus, PauseScope
from wire.ids import IdKind, format_id
from wire.rest.common import ListKey
from wire.rest.details import read_details
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.rest.series import SeriesDetails


class SeriesEntry(msgspec.Struct):
    """A series with what it is worth knowing of its fees. `fee_multiplier` in 1e-4."""

    ticker: str
    fee_type: FeeType
    fee_multiplier: int
    details: SeriesDetails
    created_us: int
    updated_us: int
    events: list[str] = []

    @property
    def key(self) -> ListKey:
        return self.created_us, self.ticker

    @property
    def categories(self) -> tuple[str, ...]:
        """Where the series is found; its own category unless it says otherwise."""
        if self.details.categories is not None:
            return self.details.categories
        return (self.details.category,) if self.details.category else ()


class EventEntry(msgspec.Struct):
    """Kalshi's event, with its fee override if there is one."""

    ticker: str
    series_ticker: str
    mutually_exclusive: bool
    collateral_return_type: str
    details: EventDetails
    created_us: int
    updated_us: int
    fee_type: FeeType | None = None
    fee_multiplier: int | None = None
    markets: list[str] = []

    @property
    def key(self) -> ListKey:
        return self.created_us, self.ticker


class MarketEntry(msgspec.Struct):
    """A market. `seq` and `place` are where it was created; `updated_us` is its last change other than trading.

    `value` is what one YES contract pays, as Money, and with `result` None means nothing yet; `settle_us` is
    when it will be or was paid, `determined_us` and `settled_us` are 0 before it happened.
    """

    ticker: str
    event_ticker: str
    series_ticker: str
    seq: int
    place: int
    status: MarketStatus
    open_us: int
    close_us: int
    settlement_timer_us: int
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    details: MarketDetails
    created_us: int
    updated_us: int
    result: MarketResult | None = None
    value: int = 0
    settle_us: int = 0
    expiration_value: str = ""
    determined_us: int = 0
    settled_us: int = 0
    fee_waiver_us: int = 0
    settlement_floor: int = 0

    @property
    def key(self) -> ListKey:
        return self.created_us, self.ticker

    def market_id(self, shard: int) -> str:
        """The market's UUID, `market_id` of the WebSocket messages."""
        return format_id(IdKind.MARKET, shard, self.seq, self.place)


class FeeChange(msgspec.Struct, array_like=True):
    """A fee change of a series or an override of an event (both fees None: it ends), scheduled or in force."""

    seq: int
    place: int
    ticker: str
    fee_type: FeeType | None
    fee_multiplier: int | None
    scheduled_us: int
    effective: bool

    @property
    def id(self) -> str:
        return f"{self.seq:x}-{self.place:x}"


class PauseState(msgspec.Struct, array_like=True):
    """A pause of one scope, when it began and is expected to end (0 = unknown)."""

    active: bool = False
    since_us: int = 0
    resume_us: int = 0


@dataclass(slots=True)
class _State:
    series: dict[str, SeriesEntry] = field(default_factory=dict)
    events: dict[str, EventEntry] = field(default_factory=dict)
    markets: dict[str, MarketEntry] = field(default_factory=dict)
    series_fee_changes: list[FeeChange] = field(default_factory=list)
    event_fee_changes: list[FeeChange] = field(default_factory=list)
    scheduled_pauses: list[tuple[int, int]] = field(default_factory=list)
    trading_pause: PauseState = field(default_factory=PauseState)
    exchange_pause: PauseState = field(default_factory=PauseState)


class Catalogue:
    """Everything there is to trade, by ticker and by what it belongs to."""

    def __init__(self) -> None:
        self._state = _State()
        self._events: list[ListKey] = []
        self._markets: list[ListKey] = []

    @property
    def series(self) -> dict[str, SeriesEntry]:
        """By ticker, oldest first."""
        return self._state.series

    @property
    def events(self) -> dict[str, EventEntry]:
        """By ticker, oldest first."""
        return self._state.events

    @property
    def markets(self) -> dict[str, MarketEntry]:
        """By ticker, oldest first."""
        return self._state.markets

    @property
    def series_fee_changes(self) -> list[FeeChange]:
        """Of all series, in the order they were announced."""
        return self._state.series_fee_changes

    @property
    def event_fee_changes(self) -> list[FeeChange]:
        """Of all events, in the order they were announced."""
        return self._state.event_fee_changes

    def pause(self, scope: PauseScope) -> PauseState:
        """Whether trading or the whole exchange is paused; an exchange pause also stops trading."""
        return self._state.trading_pause if scope is PauseScope.TRADING else self._state.exchange_pause

    @property
    def takes_nothing(self) -> bool:
        """Whether not even cancels are taken: an exchange pause (SEMANTICS B11, J24)."""
        return self._state.exchange_pause.active

    def markets_of_event(self, event_ticker: str) -> list[MarketEntry]:
        """In the order they were created; none for an unknown event."""
        event = self.events.get(event_ticker)
        return [self.markets[ticker] for ticker in event.markets] if event else []

    def markets_of_series(self, series_ticker: str) -> list[MarketEntry]:
        """In the order their events and they were created; none for an unknown series."""
        series = self.series.get(series_ticker)
        return list(chain.from_iterable(map(self.markets_of_event, series.events))) if series else []

    def market_keys(self, among: Iterable[MarketEntry] | None = None) -> list[ListKey]:
        """Keys of all markets, or of these, oldest first."""
        return self._markets if among is None else sorted(market.key for market in among)

    def event_keys(self, among: Iterable[EventEntry] | None = None) -> list[ListKey]:
        """Keys of all events, or of these, oldest first."""
        return self._events if among is None else sorted(event.key for event in among)

    def maintenance_windows(self, now_us: int) -> list[tuple[int, int]]:
        """(start_us, end_us) of every announced pause that is not over, earliest first."""
        running = [
            (pause.since_us, pause.resume_us)
            for pause in (self._state.trading_pause, self._state.exchange_pause)
            if pause.active and pause.resume_us
        ]
        return sorted({*running, *(window for window in self._state.scheduled_pauses if window[0] > now_us)})

    def handlers(self) -> Handlers:
        return {
            SeriesCreated: self._series_created,
            EventCreated: self._event_created,
            MarketCreated: self._market_created,
            MarketStatusChanged: self._status_changed,
            MarketCloseChanged: self._close_changed,
            PriceGridChanged: self._grid_changed,
            MarketDetermined: self._determined,
            MarketSettled: self._settled,
            SeriesFeeChanged: self._series_fee_changed,
            EventFeeChanged: self._event_fee_changed,
            PauseChanged: self._pause_changed,
            PauseScheduled: self._pause_scheduled,
        }

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def load(self, data: bytes) -> None:
        self._state = msgspec.msgpack.decode(data, type=_State)
        self._events = sorted(event.key for event in self.events.values())
        self._markets = sorted(market.key for market in self.markets.values())

    def _series_created(self, seq: int, ts_us: int, place: int, event: SeriesCreated) -> None:
        self.series[event.series_ticker] = SeriesEntry(
            ticker=event.series_ticker,
            fee_type=event.fee_type,
            fee_multiplier=event.fee_multiplier,
            details=read_details(event.details, SeriesDetails),
            created_us=ts_us,
            updated_us=ts_us,
        )

    def _event_created(self, seq: int, ts_us: int, place: int, event: EventCreated) -> None:
        entry = self.events[event.event_ticker] = EventEntry(
            ticker=event.event_ticker,
            series_ticker=event.series_ticker,
            mutually_exclusive=event.mutually_exclusive,
            collateral_return_type=event.collateral_return_type,
            details=read_details(event.details, EventDetails),
            created_us=ts_us,
            updated_us=ts_us,
        )
        insort(self._events, entry.key)
        self.series[event.series_ticker].events.append(event.event_ticker)

    def _market_created(self, seq: int, ts_us: int, place: int, event: MarketCreated) -> None:
        entry = self.markets[event.ticker] = MarketEntry(
            ticker=event.ticker,
            event_ticker=event.event_ticker,
            series_ticker=event.series_ticker,
            seq=seq,
            place=place,
            status=event.status,
            open_us=event.open_us,
            close_us=event.close_us,
            settlement_timer_us=event.settlement_timer_us,
            price_level_structure=event.price_level_structure,
            price_ranges=event.price_ranges,
            details=read_details(event.details, MarketDetails),
            created_us=ts_us,
            updated_us=ts_us,
            fee_waiver_us=event.fee_waiver_us,
            settlement_floor=event.settlement_floor,
        )
        insort(self._markets, entry.key)
        self.events[event.event_ticker].markets.append(event.ticker)

    def _status_changed(self, seq: int, ts_us: int, place: int, event: MarketStatusChanged) -> None:
        market = self.markets[event.ticker]
        market.status = event.new
        market.updated_us = ts_us

    def _close_changed(self, seq: int, ts_us: int, place: int, event: MarketCloseChanged) -> None:
        market = self.markets[event.ticker]
        market.close_us = event.close_us
        market.updated_us = ts_us

    def _grid_changed(self, seq: int, ts_us: int, place: int, event: PriceGridChanged) -> None:
        market = self.markets[event.ticker]
        market.price_level_structure = event.price_level_structure
        market.price_ranges = event.price_ranges
        market.updated_us = ts_us

    def _determined(self, seq: int, ts_us: int, place: int, event: MarketDetermined) -> None:
        market = self.markets[event.ticker]
        market.result = event.result
        market.value = event.value
        market.settle_us = event.settle_us
        market.expiration_value = event.expiration_value
        market.determined_us = ts_us
        market.updated_us = ts_us

    def _settled(self, seq: int, ts_us: int, place: int, event: MarketSettled) -> None:
        market = self.markets[event.ticker]
        market.result = event.result
        market.value = event.value
        market.settled_us = ts_us
        market.updated_us = ts_us

    def _series_fee_changed(self, seq: int, ts_us: int, place: int, event: SeriesFeeChanged) -> None:
        change = FeeChange(
            seq, place, event.series_ticker, event.fee_type, event.fee_multiplier, event.scheduled_us, event.effective
        )
        _note(self.series_fee_changes, change)
        if event.effective:
            series = self.series[event.series_ticker]
            series.fee_type = event.fee_type
            series.fee_multiplier = event.fee_multiplier
            series.updated_us = ts_us

    def _event_fee_changed(self, seq: int, ts_us: int, place: int, event: EventFeeChanged) -> None:
        change = FeeChange(
            seq, place, event.event_ticker, event.fee_type, event.fee_multiplier, event.scheduled_us, event.effective
        )
        _note(self.event_fee_changes, change)
        if event.effective:
            entry = self.events[event.event_ticker]
            entry.fee_type = event.fee_type
            entry.fee_multiplier = event.fee_multiplier
            entry.updated_us = ts_us

    def _pause_changed(self, seq: int, ts_us: int, place: int, event: PauseChanged) -> None:
        state = PauseState(event.active, ts_us, event.resume_us)
        if event.scope is PauseScope.TRADING:
            self._state.trading_pause = state
        else:
            self._state.exchange_pause = state

    def _pause_scheduled(self, seq: int, ts_us: int, place: int, event: PauseScheduled) -> None:
        upcoming = [window for window in self._state.scheduled_pauses if window[1] > ts_us]
        self._state.scheduled_pauses = [*upcoming, (event.start_us, event.end_us)]


def _note(changes: list[FeeChange], change: FeeChange) -> None:
    """A change that comes into force is the one that was announced for that time, if one was."""
    if change.effective:
        for known in changes:
            if known.ticker == change.ticker and known.scheduled_us == change.scheduled_us and not known.effective:
                known.effective = True
                return
    changes.append(change)
