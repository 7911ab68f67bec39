"""Bodies of /search. Knows fields and their types, and nothing of where they come from."""

from typing import Any

import msgspec


class GetTagsForSeriesCategoriesResponse(msgspec.Struct, frozen=True):
    tags_by_categories: dict[str, list[str]]


class GetFiltersBySportsResponse(msgspec.Struct, frozen=True):
    filters_by_sports: dict[str, dict[str, Any]]
    sport_ordering: tuple[str, ...]
