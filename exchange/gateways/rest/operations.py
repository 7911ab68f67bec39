"""Which operation of the contract a request is, by the routes that answer it."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.routing import compile_path
from starlette.types import Scope


class Operations:
    """`routes` are those of the routers, whose paths begin behind `prefix`. A look-up tries one after the other."""

    def __init__(self, prefix: str = "", routes: Iterable[Any] = ()) -> None:
        self._known = [
            (route.methods, compile_path(prefix + route.path)[0], route.operation_id)
            for route in routes
            if getattr(route, "operation_id", None)
        ]

    def of(self, scope: Scope) -> tuple[str, Mapping[str, str]]:
        """(operationId, parameters of the path); ("", {}) for what the contract does not know."""
        for methods, path, operation_id in self._known:
            if scope["method"] in methods and (found := path.match(scope["path"])):
                return operation_id, found.groupdict()
        return "", {}
