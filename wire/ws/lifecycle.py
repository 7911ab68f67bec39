"""Engine events -> the messages of market_lifecycle_v2, which also carries event_lifecycle and event_fee_update.

Here the `msg` object, as bytes; sid and seq are the session's. Knows no subscriber.
"""

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from wire.engine_events import (
    AnyEvent,
    EventCreated,
    EventFeeChanged,
    MarketCloseChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    PriceGridChanged,
    PriceRange,
)
from wire.enums import MarketResult, MarketStatus
from wire.rest.common import parse_timestamp
from wire.rest.details import read_details
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.units import MICROS, PAYOUT, format_fixed, format_money4, format_price
from wire.ws.messages import (
    AdditionalMetadata,
    EventFeeMsg,
    EventLifecycleMsg,
    MarketLifecycleMsg,
    PriceRangeMsg,
    encode,
)
from wire.ws.public_feed import Stamp

_V = TypeVar("_V")


class LifecycleMessage(NamedTuple):
    """`kind` is the message's type: one channel carries three of them."""

    kind: str
    msg: bytes


def lifecycle_msg(event: AnyEvent, shard: int, stamp: Stamp) -> LifecycleMessage | None:
    """What market_lifecycle_v2 says of an event; None for what it is silent about (SEMANTICS D1, J20)."""
    if isinstance(event, EventCreated):
        return LifecycleMessage("event_lifecycle", encode(_event_created(event, shard)))
    if isinstance(event, EventFeeChanged):
        return LifecycleMessage("event_fee_update", encode(_fee_changed(event))) if event.effective else None
    change = _market_change(event, shard, stamp)
    return None if change is None else LifecycleMessage("market_lifecycle_v2", encode(change))


def _market_change(event: AnyEvent, shard: int, stamp: Stamp) -> MarketLifecycleMsg | None:
    match event:
        case MarketCreated():
            return _market_created(event, shard)
        case MarketStatusChanged(scheduled=False, new=MarketStatus.ACTIVE):
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="activated", is_deactivated=False)
        case MarketStatusChanged(scheduled=False, new=MarketStatus.INACTIVE):
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="deactivated", is_deactivated=True)
        case MarketCloseChanged():
            return MarketLifecycleMsg(
                market_ticker=event.ticker, event_type="close_date_updated", close_ts=event.close_us // MICROS
            )
        case MarketDetermined():
            return MarketLifecycleMsg(
                market_ticker=event.ticker,
                event_type="determined",
                determination_ts=stamp.seconds,
                result=event.result,
                settlement_value=_settlement_value(event),
            )
        case MarketSettled():
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="settled", settled_ts=stamp.seconds)
        case PriceGridChanged():
            return MarketLifecycleMsg(
                market_ticker=event.ticker,
                event_type="price_level_structure_updated",
                price_level_structure=event.price_level_structure,
                price_ranges=_ranges(event.price_ranges),
            )
        case _:
            return None


def _market_created(event: MarketCreated, shard: int) -> MarketLifecycleMsg:
    details = read_details(event.details, MarketDetails)
    expected = _seconds(details.expected_expiration_time)
    return MarketLifecycleMsg(
        market_ticker=event.ticker,
        event_type="created",
        exchange_index=shard,
        open_ts=event.open_us // MICROS,
        close_ts=event.close_us // MICROS,
        additional_metadata=AdditionalMetadata(
            # The contract has a name beside the title and REST has not: they are the same here.
            name=details.title,
            title=details.title,
            yes_sub_title=details.yes_sub_title,
            no_sub_title=details.no_name,
            rules_primary=details.rules_primary,
            rules_secondary=details.rules_secondary,
            can_close_early=details.can_close_early,
            event_ticker=event.event_ticker,
            expected_expiration_ts=event.close_us // MICROS if expected is UNSET else expected,
            strike_type=_or_unset(details.strike_type),
            floor_strike=_or_unset(details.floor_strike),
            cap_strike=_or_unset(details.cap_strike),
            custom_strike=_or_unset(details.custom_strike),
        ),
        price_level_structure=event.price_level_structure,
        price_ranges=_ranges(event.price_ranges),
    )


def _event_created(event: EventCreated, shard: int) -> EventLifecycleMsg:
    details = read_details(event.details, EventDetails)
    return EventLifecycleMsg(
        event_ticker=event.event_ticker,
        exchange_index=shard,
        title=details.title,
        subtitle=details.sub_title,
        collateral_return_type=event.collateral_return_type,
        series_ticker=event.series_ticker,
        strike_date=_seconds(details.strike_date),
        strike_period=_or_unset(details.strike_period),
    )


def _fee_changed(event: EventFeeChanged) -> EventFeeMsg:
    multiplier = event.fee_multiplier
    if multiplier is None:
        return EventFeeMsg(event.event_ticker, event.fee_type, None)
    # A JSON number, written from the integer: no float on the way.
    number = format_fixed(multiplier, 4).rstrip("0").rstrip(".")
    return EventFeeMsg(event.event_ticker, event.fee_type, msgspec.Raw(number.encode()))


def _settlement_value(event: MarketDetermined) -> str:
    if event.result is MarketResult.SCALAR:
        return format_money4(event.value)
    return format_price(PAYOUT if event.result is MarketResult.YES else 0)


def _ranges(ranges: Iterable[PriceRange]) -> tuple[PriceRangeMsg, ...]:
    return tuple(PriceRangeMsg(format_price(r.start), format_price(r.end), format_price(r.step)) for r in ranges)


def _or_unset(value: _V | None) -> _V | UnsetType:
    return UNSET if value is None else value


def _seconds(time: str | None) -> int | UnsetType:
    """An RFC 3339 time as Unix seconds, UNSET when there is none or it is not one."""
    us = None if time is None else parse_timestamp(time)
    return UNSET if us is None else us // MICROS
