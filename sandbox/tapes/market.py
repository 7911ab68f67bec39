"""The recorded market: from its metadata to the commands that create it and the ones that end it.

Knows the body of Kalshi's GET /events/{event_ticker}, bare or as a recorder wraps it in {"response": ...}. All times
are moved by the same amount, so that what was an hour before the tape's start is an hour before ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from exchange.core.commands import (
    AnyCommand,
    CreateEvent,
    CreateMarket,
    CreateMember,
    CreateSeries,
    Deposit,
    DetermineMarket,
    ScheduledOutcome,
    SetCloseTime,
    SettleMarket,
)
from sandbox.tapes.recording import NOT_JSON, Tape, TapeError
from wire.accounts import account_of
from wire.engine_events import PriceRange
from wire.enums import FeeType, MarketResult
from wire.rest.common import parse_timestamp, timestamp
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.rest.series import SeriesDetails
from wire.units import DOLLAR, MICROS, parse_money, parse_price

REPLAY_MAKER = 1_000_001
REPLAY_TAKER = 1_000_002
"""The members in whose names tapes are played: far above what a person numbers by hand."""

REPLAY_BALANCE = 1_000_000_000 * DOLLAR
"""More than any recorded book needs as collateral."""

CLOSE_GRACE_US = 60 * MICROS
"""The market closes when the tape has ended, at the latest this long after its recorded close."""


class _Band(msgspec.Struct):
    start: str
    end: str
    step: str


class _Market(msgspec.Struct):
    """What the engine needs of a market body; the descriptive rest is read as MarketDetails."""

    ticker: str
    open_time: str
    close_time: str
    settlement_timer_seconds: int = 0
    price_level_structure: str = "linear_cent"
    price_ranges: list[_Band] = []
    result: Literal["", "yes", "no", "scalar"] = ""
    settlement_value_dollars: str = ""
    expiration_value: str = ""


class _Event(msgspec.Struct):
    event_ticker: str
    series_ticker: str
    mutually_exclusive: bool = False
    collateral_return_type: str = ""
    category: str = ""
    title: str = ""


class _Body(msgspec.Struct):
    event: msgspec.Raw
    markets: list[msgspec.Raw]


class _Envelope(msgspec.Struct):
    response: _Body | None = None


@dataclass(frozen=True, slots=True)
class RecordedMarket:
    """A market and its event as recorded; times still as they were."""

    market: _Market
    market_details: MarketDetails
    event: _Event
    event_details: EventDetails

    @property
    def result(self) -> str:
        """How it came out: yes, no, scalar, or "" when the recording does not say."""
        return self.market.result

    @property
    def title(self) -> str:
        return self.event.title or self.market_details.title

    def setup(self, start_us: int, now_us: int, speed: int = 1, open_for_us: int | None = None) -> Iterator[AnyCommand]:
        """Create series, event and market, the tape's `start_us` being `now_us`.

        `speed` shortens what lies ahead. The market stays open `CLOSE_GRACE_US` beyond its recorded close,
        because the recorder received messages after it; `ending` closes it. The recorded outcome is scheduled
        for that close: a market whose player is gone still settles. With `open_for_us` it closes so long from now,
        whatever was recorded, and its outcome is left to whoever settles it.
        """
        shift = now_us - start_us
        market, event = self.market, self.event
        open_us, close_us = _us(market.open_time), _us(market.close_time)
        last_us = now_us + max(0, close_us - start_us) // speed + CLOSE_GRACE_US
        if open_for_us is not None:
            last_us = now_us + open_for_us
        series = SeriesDetails(title=event.title, frequency="custom", category=event.category)
        yield CreateSeries(event.series_ticker, FeeType.QUADRATIC, 10_000, msgspec.json.encode(series))
        event_details = msgspec.structs.replace(
            self.event_details, strike_date=_moved(self.event_details.strike_date, shift)
        )
        yield CreateEvent(
            event.event_ticker,
            event.series_ticker,
            event.mutually_exclusive,
            event.collateral_return_type,
            msgspec.json.encode(event_details),
        )
        details = self.market_details
        details = msgspec.structs.replace(
            details,
            expected_expiration_time=_moved(details.expected_expiration_time, shift),
            expiration_time=_moved(details.expiration_time, shift),
            latest_expiration_time=_moved(details.latest_expiration_time, shift),
            occurrence_datetime=_moved(details.occurrence_datetime, shift),
        )
        yield CreateMarket(
            ticker=market.ticker,
            event_ticker=event.event_ticker,
            open_us=min(now_us, open_us + shift),
            close_us=last_us,
            settlement_timer_us=market.settlement_timer_seconds * MICROS,
            price_level_structure=market.price_level_structure,
            price_ranges=tuple(
                PriceRange(parse_price(band.start), parse_price(band.end), parse_price(band.step))
                for band in market.price_ranges
            ),
            details=msgspec.json.encode(details),
            outcome=ScheduledOutcome(last_us, MarketResult(market.result), self._value(), market.expiration_value)
            if market.result and open_for_us is None
            else None,
        )

    def ending(self, now_us: int) -> Iterator[AnyCommand]:
        """Close, determine and settle the market as recorded; an undetermined one only closes.

        The engine refuses what the scheduled outcome was faster with.
        """
        ticker = self.market.ticker
        yield SetCloseTime(ticker, now_us)
        if self.market.result:
            yield DetermineMarket(ticker, MarketResult(self.market.result), self._value(), self.market.expiration_value)
            yield SettleMarket(ticker)

    def _value(self) -> int:
        """What one YES contract paid, as Money; 0 when the recording does not say."""
        return parse_money(self.market.settlement_value_dollars) if self.market.settlement_value_dollars else 0


def replay_members() -> Iterator[AnyCommand]:
    """The two members of every tape, with money enough."""
    for member, name in ((REPLAY_MAKER, "replay-maker"), (REPLAY_TAKER, "replay-taker")):
        yield CreateMember(member, name)
        yield Deposit(account_of(member), REPLAY_BALANCE)


def read_metadata(path: Path, ticker: str) -> RecordedMarket | None:
    """The market of this ticker in a metadata file; None when it is about others. Raises TapeError."""
    try:
        data = path.read_bytes()
        body = msgspec.json.decode(data, type=_Envelope).response or msgspec.json.decode(data, type=_Body)
        for raw in body.markets:
            market = msgspec.json.decode(raw, type=_Market)
            if market.ticker == ticker:
                return RecordedMarket(
                    market,
                    msgspec.json.decode(raw, type=MarketDetails),
                    msgspec.json.decode(body.event, type=_Event),
                    msgspec.json.decode(body.event, type=EventDetails),
                )
    except (OSError, *NOT_JSON) as error:
        raise TapeError(f"{path}: is not the body of GET /events/{{event_ticker}} with its markets: {error}") from None
    return None


def find_metadata(tape: Tape, given: Path | None) -> RecordedMarket:
    """The tape's market: in the file or folder that was given, or in a `metadata` folder near the tape.

    Raises TapeError when no file describes it.
    """
    if given is not None:
        candidates = sorted(given.glob("*.json")) if given.is_dir() else [given]
    else:
        parents = list(tape.files[0].resolve().parents)[:3]
        candidates = [path for parent in parents for path in sorted((parent / "metadata").glob("*.json"))]
    for path in candidates:
        market = read_metadata(path, tape.ticker)
        if market is not None:
            return market
    where = str(given) if given is not None else "a `metadata` folder beside or above the tape"
    raise TapeError(f"{tape.ticker}: no description in {where}; give one with --metadata FILE")


def _us(text: str) -> int:
    us = parse_timestamp(text)
    if us is None:
        raise TapeError(f"{text!r} is not a time")
    return us


def _moved(text: str | None, shift_us: int) -> str | None:
    return None if text is None else timestamp(_us(text) + shift_us)
