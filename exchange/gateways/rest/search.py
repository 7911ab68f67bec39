"""GET /search/*: what a client builds its menus from. Public."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.rest.openapi import answer, operation
from wire.rest.search import GetFiltersBySportsResponse, GetTagsForSeriesCategoriesResponse


def router(context: VenueContext) -> APIRouter:
    """The two operations of /search."""
    routes = APIRouter(prefix="/search")
    catalogue = context.views.catalogue

    @routes.get(
        "/tags_by_categories",
        **operation("GetTagsForSeriesCategories", GetTagsForSeriesCategoriesResponse, tag="search"),
    )
    async def get_tags_by_categories(request: Request) -> Response:
        tags: dict[str, set[str]] = {}
        for series in catalogue.series.values():
            for category in series.categories:
                tags.setdefault(category, set()).update(series.details.tags or ())
        by_category = {category: sorted(tags[category]) for category in sorted(tags)}
        return answer(GetTagsForSeriesCategoriesResponse(tags_by_categories=by_category))

    @routes.get(
        "/filters_by_sport",
        **operation("GetFiltersForSports", GetFiltersBySportsResponse, tag="search"),
    )
    async def get_filters_by_sport(request: Request) -> Response:
        # No market here says which sport, scope or competition it belongs to.
        return answer(GetFiltersBySportsResponse(filters_by_sports={}, sport_ordering=()))

    return routes
