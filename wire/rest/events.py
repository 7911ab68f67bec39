"""Bodies of /events, and the descriptive fields an event is created with."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from wire.enums import FeeType
from wire.rest.common import Timestamp
from wire.rest.markets import Market
from wire.rest.series import SettlementSource


class EventDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `EventCreated.details` may say, in the words of OAS:EventData and its metadata. Other keys are ignored."""

    title: str = ""
    sub_title: str = ""
    category: str | None = None
    """None: the category of the series."""
    strike_date: Timestamp | None = None
    strike_period: str | None = None
    product_metadata: dict[str, Any] | None = None
    settlement_sources: tuple[SettlementSource, ...] | None = None
    """None: the sources of the series."""
    image_url: str = ""
    featured_image_url: str | None = None
    competition: str | None = None
    competition_scope: str | None = None


class EventData(msgspec.Struct, frozen=True, kw_only=True):
    """OAS:EventData. `markets` stands there only when asked for."""

    category: str
    collateral_return_type: str
    event_ticker: str
    exchange_index: int
    fee_multiplier_override: int | float | UnsetType = UNSET
    fee_type_override: FeeType | UnsetType = UNSET
    last_updated_ts: Timestamp
    markets: list[Market] | UnsetType = UNSET
    mutually_exclusive: bool
    product_metadata: dict[str, Any] | UnsetType = UNSET
    series_ticker: str
    settlement_sources: tuple[SettlementSource, ...]
    strike_date: Timestamp | UnsetType = UNSET
    strike_period: str | UnsetType = UNSET
    sub_title: str
    title: str


class GetEventResponse(msgspec.Struct, frozen=True):
    event: EventData
    markets: list[Market]


class GetEventsResponse(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    events: list[EventData]
    milestones: tuple[dict[str, Any], ...] | UnsetType = UNSET
    """Only when asked for; the venue has none."""


class GetMultivariateEventsResponse(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    events: list[EventData]


class MarketMetadata(msgspec.Struct, frozen=True, kw_only=True):
    color_code: str
    image_url: str
    market_ticker: str


class GetEventMetadataResponse(msgspec.Struct, frozen=True, kw_only=True):
    competition: str | UnsetType = UNSET
    competition_scope: str | UnsetType = UNSET
    featured_image_url: str | UnsetType = UNSET
    image_url: str
    market_details: list[MarketMetadata]
    settlement_sources: tuple[SettlementSource, ...]


class EventFeeChange(msgspec.Struct, frozen=True, kw_only=True):
    """Both overrides null: the override is cleared (SEMANTICS A3)."""

    event_ticker: str
    fee_multiplier_override: int | float | None
    fee_type_override: FeeType | None
    id: str
    scheduled_ts: Timestamp
    series_ticker: str


class GetEventFeeChangesResponse(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    event_fee_changes: list[EventFeeChange]
