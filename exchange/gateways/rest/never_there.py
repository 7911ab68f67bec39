"""Kinds of things that Kalshi lists and that this venue has none of: the lists are empty, and no id names one.

A client that reads milestones before it trades finds what it would find at Kalshi on a day without any. What would
make one is not simulated and says so (absent.py). Parameters are checked as everywhere.
"""

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter
from msgspec import Meta

from exchange.gateways.rest.empty import add_list, add_named
from exchange.gateways.rest.params import Seconds


class GetMilestonesParams(msgspec.Struct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=500)]
    minimum_start_date: str = ""
    category: str = ""
    competition: str = ""
    source_id: str = ""
    type: str = ""
    related_event_ticker: str = ""
    cursor: str = ""
    min_updated_ts: Seconds | None = None


class GetStructuredTargetsParams(msgspec.Struct, frozen=True, kw_only=True):
    ids: Annotated[tuple[str, ...], Meta(max_length=2000)] = ()
    type: str = ""
    competition: str = ""
    page_size: Annotated[int, Meta(ge=1, le=2000)] = 100
    cursor: str = ""


class GetMultivariateEventCollectionsParams(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["unopened", "open", "closed"] | None = None
    associated_event_ticker: str = ""
    series_ticker: str = ""
    limit: Annotated[int, Meta(ge=1, le=200)] | None = None
    cursor: str = ""


class GetIncentiveProgramsParams(msgspec.Struct, frozen=True, kw_only=True):
    status: Literal["all", "active", "upcoming", "closed", "paid_out"] | None = None
    type: Literal["all", "liquidity", "volume", "margin_maker_volume", "margin_taker_volume"] | None = None
    incentive_description: str = ""
    limit: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    cursor: str = ""


class GetLiveDatasParams(msgspec.Struct, frozen=True, kw_only=True):
    milestone_ids: Annotated[tuple[str, ...], Meta(max_length=100)]
    include_player_stats: bool = False


class GetLiveDataParams(msgspec.Struct, frozen=True):
    include_player_stats: bool = False


class GetEventLiveDataParams(msgspec.Struct, frozen=True):
    range: str = ""


def router() -> APIRouter:
    """Ten operations; all are public."""
    routes = APIRouter()
    add_list(routes, "/milestones", "GetMilestones", GetMilestonesParams, "milestones", "milestone")
    add_list(
        routes,
        "/structured_targets",
        "GetStructuredTargets",
        GetStructuredTargetsParams,
        "structured_targets",
        "structured-targets",
    )
    add_list(
        routes,
        "/multivariate_event_collections",
        "GetMultivariateEventCollections",
        GetMultivariateEventCollectionsParams,
        "multivariate_contracts",
        "multivariate",
    )
    add_list(
        routes,
        "/incentive_programs",
        "GetIncentivePrograms",
        GetIncentiveProgramsParams,
        "incentive_programs",
        "incentive-programs",
        cursor="next_cursor",
    )
    add_list(routes, "/live_data/batch", "GetLiveDatas", GetLiveDatasParams, "live_datas", "live-data", cursor="")
    add_named(routes, "/milestones/{milestone_id}", "GetMilestone", "milestone", "milestone")
    add_named(
        routes,
        "/structured_targets/{structured_target_id}",
        "GetStructuredTarget",
        "structured_target",
        "structured-targets",
    )
    add_named(
        routes,
        "/multivariate_event_collections/{collection_ticker}",
        "GetMultivariateEventCollection",
        "multivariate_contract",
        "multivariate",
    )
    live_data = ("live_data", "live-data")
    by_milestone, by_type = "/live_data/milestone/{milestone_id}", "/live_data/{type}/milestone/{milestone_id}"
    add_named(routes, f"{by_milestone}/game_stats", "GetGameStats", "pbp", "live-data")
    add_named(routes, by_milestone, "GetLiveDataByMilestone", *live_data, GetLiveDataParams)
    add_named(routes, by_type, "GetLiveData", *live_data, GetLiveDataParams)
    add_named(routes, "/live_data/events/{event_ticker}", "GetEventLiveData", *live_data, GetEventLiveDataParams)
    return routes
