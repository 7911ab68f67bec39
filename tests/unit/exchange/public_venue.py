"""A venue made of records: events go in by hand, GETs come out, and nothing else of the house is there."""

import json
from collections.abc import Iterable
from typing import Any, cast

import httpx
from fastapi import FastAPI, Request
from starlette.responses import Response

from exchange.gateways.context import GatewaySettings, VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rest import events, exchange, markets, openapi, series
from exchange.projections.books import Books
from exchange.projections.catalogue import Catalogue
from exchange.projections.opened import opened
from exchange.projections.tape import Tape
from exchange.projections.trade_row import TradeRow
from tests.unit.exchange.no_history import NoHistory
from wire.accounts import account_of
from wire.engine_events import (
    EngineEvent,
    EventCreated,
    MarketCreated,
    MarketStatusChanged,
    OrderAccepted,
    PriceRange,
    SeriesCreated,
    Trade,
)
from wire.enums import BookSide, FeeType, MarketStatus, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord, record
from wire.units import MICROS

START = 1_780_000_020
"""Unix seconds, a whole minute."""

MAKER, TAKER = account_of(1), account_of(2)
BID, ASK = BookSide.BID, BookSide.ASK

CENT_GRID = (PriceRange(0, 10_000, 100),)


class FixedClock:
    """Stands where it was put."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now_us(self) -> int:
        return int(self.seconds * MICROS)


class ListedHistory(NoHistory):
    """A history store that holds the given trades, newest first."""

    def __init__(self, rows: list[TradeRow]) -> None:
        self.rows = rows

    async def trades(
        self,
        ticker: str | None,
        min_ts_us: int | None,
        max_ts_us: int | None,
        before: tuple[int, int] | None,
        limit: int,
    ) -> list[TradeRow]:
        kept = [row for row in self.rows if ticker in (None, row.ticker) and (before is None or row.key < before)]
        return kept[:limit]


class PublicViews:
    """The three projections of public data; the events here are too bare for the members' own."""

    def __init__(self, window: int) -> None:
        self.catalogue = Catalogue()
        self.books = Books()
        self.tape = Tape(window)

    def fold(self, entry: LogRecord) -> None:
        for place, event in enumerate(entry.events):
            for part in (self.catalogue, self.books, self.tape):
                handler = part.handlers().get(type(event))
                if handler is not None:
                    handler(entry.seq, entry.ts_us, place, opened(event))


class PublicVenue:
    """Feed it events with `tell` and ask it with `get`."""

    def __init__(self, *, api_v1: bool = False, window: int = 100_000) -> None:
        self.views = PublicViews(window)
        self.clock = FixedClock(START)
        self.history = ListedHistory([])
        self.seq = 0
        nobody = cast(Any, None)
        context = VenueContext(
            sink=nobody,
            views=cast(Any, self.views),
            keys=nobody,
            authenticator=nobody,
            limiter=nobody,
            history=self.history,
            clock=self.clock,
            wall=self.clock,
            settings=GatewaySettings(api_v1=api_v1),
        )
        self.app = FastAPI()
        for door in (exchange, series, events, markets):
            self.app.include_router(door.router(context), prefix="/trade-api/v2")
        self.app.add_exception_handler(ApiError, _refuse)
        openapi.install(self.app)

    def tell(self, *told: EngineEvent, at: float | None = None) -> int:
        """Fold the events as one record at this time in Unix seconds, or now; returns its seq."""
        if at is not None:
            self.clock.seconds = at
        self.seq += 1
        self.views.fold(record(0, self.seq, self.clock.now_us(), cast(Any, told)))
        return self.seq

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
            return await client.get(f"/trade-api/v2{path}", headers=headers)

    async def body(self, path: str) -> Any:
        """The JSON of a 200."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def open_market(self, ticker: str = "KXRAIN-26-A", event: str = "KXRAIN-26", series_ticker: str = "KXRAIN") -> str:
        """One active market, with its event and series where they are not there yet."""
        told: list[EngineEvent] = []
        if series_ticker not in self.views.catalogue.series:
            told.append(series_created(series_ticker))
        if event not in self.views.catalogue.events:
            told.append(event_created(event, series_ticker))
        self.tell(*told, market_created(ticker, event, series_ticker))
        self.tell(MarketStatusChanged(ticker, MarketStatus.INITIALIZED, MarketStatus.ACTIVE, True))
        return ticker


async def _refuse(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return Response(error.body(), error.status, media_type="application/json")


def details(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def series_created(ticker: str = "KXRAIN", about: bytes = b"{}", multiplier: int = 10_000) -> SeriesCreated:
    return SeriesCreated(ticker, FeeType.QUADRATIC, multiplier, about)


def event_created(ticker: str = "KXRAIN-26", series_ticker: str = "KXRAIN", about: bytes = b"{}") -> EventCreated:
    return EventCreated(ticker, series_ticker, False, "", about)


def market_created(
    ticker: str = "KXRAIN-26-A",
    event: str = "KXRAIN-26",
    series_ticker: str = "KXRAIN",
    about: bytes = b"{}",
    settlement_floor: int = 0,
) -> MarketCreated:
    open_us, close_us = START * MICROS, (START + 86_400) * MICROS
    return MarketCreated(
        ticker, event, series_ticker, MarketStatus.INITIALIZED, open_us, close_us, 60 * MICROS,
        "linear_cent", CENT_GRID, about, settlement_floor=settlement_floor,
    )  # fmt: skip


def accepted(ticker: str, side: BookSide, price: int, count: int, resting: int | None = None) -> OrderAccepted:
    return OrderAccepted(
        1, MAKER, ticker, "", side, price, count, count if resting is None else resting,
        TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.TAKER_AT_CROSS, False, False, False, 0, 0,
    )  # fmt: skip


def traded(
    ticker: str, maker_side: BookSide, price: int, count: int, maker_position: int = 0, taker_position: int = 0
) -> Trade:
    """A print against a resting order; positions are those after it."""
    return Trade(
        ticker, price, count, maker_side,
        1, MAKER, 0, 0, maker_position, 0, 0, 0,
        2, TAKER, 0, 0, taker_position, 0, 0, 0,
    )  # fmt: skip


def tickers(bodies: Iterable[dict[str, Any]], key: str = "ticker") -> list[str]:
    return [body[key] for body in bodies]
