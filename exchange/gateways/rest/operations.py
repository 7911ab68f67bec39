"""Which operation of the contract a request is, by the routes that answer it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import Match
from starlette.types import Scope


class Operations:
    """`routes` are the application's. A look-up tries one after the other: for the unhurried only."""

    def __init__(self, routes: Sequence[Any]) -> None:
        self._routes = routes

    def of(self, scope: Scope) -> tuple[str, Mapping[str, str]]:
        """(operationId, parameters of the path); ("", {}) for what the contract does not know."""
        for route in self._routes:
            match, found = route.matches(scope)
            if match is Match.FULL:
                return getattr(route, "operation_id", None) or "", found.get("path_params", {})
        return "", {}
