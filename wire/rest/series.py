"""Bodies of /series, and the descriptive fields a series is created with."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from wire.enums import FeeType
from wire.rest.common import CountText, Timestamp


class SettlementSource(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class SeriesDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `SeriesCreated.details` may say, in the words of OAS:Series. Other keys are ignored."""

    title: str = ""
    frequency: str = "custom"
    category: str = ""
    categories: tuple[str, ...] | None = None
    """None: the category alone."""
    tags: tuple[str, ...] | None = None
    settlement_sources: tuple[SettlementSource, ...] | None = None
    contract_url: str = ""
    contract_terms_url: str = ""
    product_metadata: dict[str, Any] | None = None
    additional_prohibitions: tuple[str, ...] | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """OAS:Series. Lists are sent empty, never null: older clients refuse a null."""

    additional_prohibitions: tuple[str, ...]
    categories: tuple[str, ...]
    category: str
    contract_terms_url: str
    contract_url: str
    exchange_index: int
    fee_multiplier: int | float
    fee_type: FeeType
    frequency: str
    last_updated_ts: Timestamp
    product_metadata: dict[str, Any] | UnsetType = UNSET
    settlement_sources: tuple[SettlementSource, ...]
    tags: tuple[str, ...]
    ticker: str
    title: str
    volume_fp: CountText | UnsetType = UNSET
    """Only when asked for."""


class GetSeriesResponse(msgspec.Struct, frozen=True):
    series: Series


class GetSeriesListResponse(msgspec.Struct, frozen=True):
    series: list[Series]


class SeriesFeeChange(msgspec.Struct, frozen=True, kw_only=True):
    fee_multiplier: int | float
    fee_type: FeeType
    id: str
    scheduled_ts: Timestamp
    series_ticker: str


class GetSeriesFeeChangesResponse(msgspec.Struct, frozen=True):
    series_fee_change_arr: list[SeriesFeeChange]


def multiplier(ten_thousandths: int) -> int | float:
    """A fee multiplier as the JSON number the contract demands: 10_000 -> 1, 5_000 -> 0.5."""
    whole, rest = divmod(ten_thousandths, 10_000)
    return ten_thousandths / 10_000 if rest else whole
