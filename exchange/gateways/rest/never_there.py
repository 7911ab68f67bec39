"""Kinds of things that Kalshi lists and that this venue has none of: the lists are empty, and no id names one.

A client that reads milestones before it trades finds what it would find at Kalshi on a day without any. What would
make one is not simulated and says so (absent.py). Parameters are checked as everywhere.
"""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.errors import not_found
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.params import Seconds, read
from wire.rest.common import LAST_PAGE

Thing = dict[str, Any]


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
    _list(routes, "/milestones", "GetMilestones", GetMilestonesParams, "milestones", "milestone")
    _list(
        routes,
        "/structured_targets",
        "GetStructuredTargets",
        GetStructuredTargetsParams,
        "structured_targets",
        "structured-targets",
    )
    _list(
        routes,
        "/multivariate_event_collections",
        "GetMultivariateEventCollections",
        GetMultivariateEventCollectionsParams,
        "multivariate_contracts",
        "multivariate",
    )
    _list(
        routes,
        "/incentive_programs",
        "GetIncentivePrograms",
        GetIncentiveProgramsParams,
        "incentive_programs",
        "incentive-programs",
        cursor="next_cursor",
    )
    _list(routes, "/live_data/batch", "GetLiveDatas", GetLiveDatasParams, "live_datas", "live-data", cursor="")
    _named(routes, "/milestones/{milestone_id}", "GetMilestone", "milestone", "milestone")
    _named(
        routes,
        "/structured_targets/{structured_target_id}",
        "GetStructuredTarget",
        "structured_target",
        "structured-targets",
    )
    _named(
        routes,
        "/multivariate_event_collections/{collection_ticker}",
        "GetMultivariateEventCollection",
        "multivariate_contract",
        "multivariate",
    )
    live_data = ("live_data", "live-data")
    by_milestone, by_type = "/live_data/milestone/{milestone_id}", "/live_data/{type}/milestone/{milestone_id}"
    _named(routes, f"{by_milestone}/game_stats", "GetGameStats", "pbp", "live-data")
    _named(routes, by_milestone, "GetLiveDataByMilestone", *live_data, GetLiveDataParams)
    _named(routes, by_type, "GetLiveData", *live_data, GetLiveDataParams)
    _named(routes, "/live_data/events/{event_ticker}", "GetEventLiveData", *live_data, GetEventLiveDataParams)
    return routes


def _list(
    routes: APIRouter,
    path: str,
    operation_id: str,
    query: type[msgspec.Struct],
    field: str,
    tag: str,
    cursor: str = "cursor",
) -> None:
    """An operation whose answer is a list, in `field`; `cursor` "" where it has no pages."""
    nothing: dict[str, Any] = {field: []}
    fields: list[tuple[str, Any]] = [(field, list[Thing])]
    if cursor:
        nothing[cursor] = LAST_PAGE
        fields.append((cursor, str))
    response = msgspec.defstruct(f"{operation_id}Response", fields)

    async def get_none(request: Request) -> Response:
        read(query, request.query_params)
        return answer(nothing)

    routes.get(path, **operation(operation_id, response, query=query, errors=(400,), tag=tag))(get_none)


def _named(
    routes: APIRouter, path: str, operation_id: str, field: str, tag: str, query: type[msgspec.Struct] | None = None
) -> None:
    """An operation whose answer is one thing, in `field`."""
    response = msgspec.defstruct(f"{operation_id}Response", [(field, Thing)])

    async def get_nothing(request: Request) -> Response:
        if query is not None:
            read(query, request.query_params)
        raise not_found()

    errors = (404,) if query is None else (400, 404)
    routes.get(path, **operation(operation_id, response, query=query, errors=errors, tag=tag, path=path))(get_nothing)
