"""`/sandbox/markets`: what an operator does to a market: make one, halt it, resume, close, settle (SEMANTICS D1)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from exchange.core.commands import (
    AnyCommand,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    DetermineMarket,
    HaltMarket,
    ResumeMarket,
    SetCloseTime,
    SettleMarket,
)
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.submit import submit
from exchange.projections.catalogue import MarketEntry
from wire.enums import FeeType, MarketResult, MarketStatus
from wire.rest.common import timestamp
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.rest.series import SeriesDetails
from wire.units import CONTRACT, MICROS, PrecisionError, UnitError, parse_price

TICKER = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,63}")
FEE_MULTIPLIER = 10_000


class MarketState(BaseModel):
    ticker: str
    event_ticker: str
    status: str
    result: str = ""
    close_time: str


class NewMarket(BaseModel):
    """A market that opens now. An event and a series that do not exist are made with it, named after the ticker."""

    model_config = ConfigDict(extra="forbid")

    ticker: str
    event_ticker: str | None = None
    """The ticker up to its last hyphen by default."""
    series_ticker: str | None = None
    """That of the event by default, or the event's ticker up to its first hyphen."""
    title: str = ""
    close_time: AwareDatetime | None = None
    """A day from now by default."""
    settlement_timer_seconds: Annotated[int, Field(ge=0, le=10**9)] = 0
    price_level_structure: str = "linear_cent"


class Settlement(BaseModel):
    """`value` is what a YES contract of a scalar market pays, in dollars; it needs no `result`."""

    model_config = ConfigDict(extra="forbid")

    result: Literal["yes", "no", "scalar"] | None = None
    value: str | None = None


def router(context: VenueContext) -> APIRouter:
    api = APIRouter(prefix="/sandbox/markets", tags=["sandbox"])

    async def carry_out(ticker: str, *commands: AnyCommand) -> MarketState:
        _known(context, ticker)
        for command in commands:
            await submit(context, command)
        return _state(_known(context, ticker))

    @api.post("", operation_id="SandboxCreateMarket", summary="A new market, open at once", status_code=201)
    async def create(wanted: NewMarket) -> MarketState:
        for command in _creation(context, wanted):
            await submit(context, command)
        return _state(_known(context, wanted.ticker))

    @api.post("/{ticker}/pause", operation_id="SandboxPauseMarket", summary="Halt trading in the market")
    async def pause(ticker: str) -> MarketState:
        return await carry_out(ticker, HaltMarket(ticker))

    @api.post("/{ticker}/resume", operation_id="SandboxResumeMarket", summary="Resume it; its resting orders go")
    async def resume(ticker: str) -> MarketState:
        return await carry_out(ticker, ResumeMarket(ticker))

    @api.post("/{ticker}/close", operation_id="SandboxCloseMarket", summary="Close the market now")
    async def close(ticker: str) -> MarketState:
        return await carry_out(ticker, SetCloseTime(ticker, 0))

    @api.post("/{ticker}/settle", operation_id="SandboxSettleMarket", summary="Close, determine and pay out at once")
    async def settle(ticker: str, wanted: Settlement) -> MarketState:
        await _settle(context, ticker, *_outcome(wanted))
        return _state(_known(context, ticker))

    return api


async def _settle(context: VenueContext, ticker: str, result: MarketResult, value: int) -> None:
    """From wherever it is to paid out. Raises ApiError."""
    status = _known(context, ticker).status
    if status is MarketStatus.INACTIVE:
        await submit(context, ResumeMarket(ticker))
    if status in (MarketStatus.ACTIVE, MarketStatus.INACTIVE):
        await submit(context, SetCloseTime(ticker, 0))
    await submit(context, DetermineMarket(ticker, result, value))
    try:
        await submit(context, SettleMarket(ticker))
    except ApiError:
        # A settlement timer of nothing may have been quicker.
        if _known(context, ticker).status is not MarketStatus.FINALIZED:
            raise


def _known(context: VenueContext, ticker: str) -> MarketEntry:
    """Raises ApiError."""
    market = context.views.catalogue.markets.get(ticker)
    if market is None:
        raise ApiError(404, "not_found", details=f"no market has the ticker {ticker!r}")
    return market


def _creation(context: VenueContext, wanted: NewMarket) -> list[AnyCommand]:
    """The commands that make it, and what it needs. Raises ApiError."""
    event_ticker = wanted.event_ticker or wanted.ticker.rpartition("-")[0] or wanted.ticker
    catalogue, now_us = context.views.catalogue, context.clock.now_us()
    known = catalogue.events.get(event_ticker)
    series_ticker = wanted.series_ticker or (known.series_ticker if known else event_ticker.partition("-")[0])
    for ticker in (wanted.ticker, event_ticker, series_ticker):
        if not TICKER.fullmatch(ticker):
            details = f"{ticker!r} is no ticker: upper-case letters, digits, '.' and '-', at most 64"
            raise ApiError(400, "invalid_parameters", details=details)
    if known is not None and known.series_ticker != series_ticker:
        details = f"the event {event_ticker} is of the series {known.series_ticker}, not {series_ticker}"
        raise ApiError(400, "invalid_parameters", details=details)
    close = wanted.close_time or datetime.fromtimestamp(now_us / MICROS, UTC) + timedelta(days=1)
    close_us = int(close.timestamp() * MICROS)
    if close_us <= now_us:
        raise ApiError(400, "invalid_parameters", details=f"close_time must be later than now, {timestamp(now_us)}")
    commands: list[AnyCommand] = []
    if series_ticker not in catalogue.series:
        series = msgspec.json.encode(SeriesDetails(title=series_ticker))
        commands.append(CreateSeries(series_ticker, FeeType.QUADRATIC, FEE_MULTIPLIER, series))
    if known is None:
        event = msgspec.json.encode(EventDetails(title=wanted.title or event_ticker))
        commands.append(CreateEvent(event_ticker, series_ticker, False, "", event))
    market = MarketDetails(
        title=wanted.title or wanted.ticker,
        yes_sub_title="Yes",
        no_sub_title="No",
        expected_expiration_time=timestamp(close_us),
        expiration_time=timestamp(close_us),
        latest_expiration_time=timestamp(close_us),
    )
    commands.append(
        CreateMarket(
            wanted.ticker,
            event_ticker,
            now_us,
            close_us,
            wanted.settlement_timer_seconds * MICROS,
            wanted.price_level_structure,
            (),
            msgspec.json.encode(market),
        )
    )
    return commands


def _outcome(wanted: Settlement) -> tuple[MarketResult, int]:
    """Result and scalar value. Raises ApiError."""
    if wanted.value is None:
        if wanted.result in (None, "scalar"):
            raise ApiError(400, "invalid_parameters", details="give a result of yes or no, or a value in dollars")
        return MarketResult(wanted.result), 0
    if wanted.result in ("yes", "no"):
        raise ApiError(400, "invalid_parameters", details="a value settles as scalar; leave the result out")
    try:
        # A Price has the four decimals that every body shows of a settlement value.
        return MarketResult.SCALAR, parse_price(wanted.value) * CONTRACT
    except PrecisionError:
        raise ApiError(400, "invalid_parameters", details=f"{wanted.value!r} has more than four decimals") from None
    except UnitError:
        raise ApiError(
            400, "invalid_parameters", details=f"{wanted.value!r} is neither yes nor no, and no amount in dollars"
        ) from None


def _state(market: MarketEntry) -> MarketState:
    return MarketState(
        ticker=market.ticker,
        event_ticker=market.event_ticker,
        status=market.status.value,
        result=market.result.value if market.result is not None else "",
        close_time=timestamp(market.close_us),
    )
