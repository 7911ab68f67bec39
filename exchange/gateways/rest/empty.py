"""Routes of lists that are empty here, and of ids that name nothing: whoever asks is checked as everywhere.

Knows the shape of such answers, and nothing of what is listed.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.errors import not_found
from exchange.gateways.rest.openapi import answer, operation
from wire.rest.common import LAST_PAGE

Check = Callable[[Request], object]
"""Refuses a request that is at fault: raises ApiError."""

_Thing = dict[str, Any]


def add_list(
    routes: APIRouter,
    path: str,
    operation_id: str,
    query: type[msgspec.Struct],
    field: str,
    tag: str,
    check: Check,
    errors: tuple[int, ...] = (400,),
    cursor: str = "cursor",
) -> None:
    """An operation whose answer is a list, in `field`; `cursor` "" where it has no pages."""
    nothing: dict[str, Any] = {field: []}
    fields: list[tuple[str, Any]] = [(field, list[_Thing])]
    if cursor:
        nothing[cursor] = LAST_PAGE
        fields.append((cursor, str))
    response = msgspec.defstruct(f"{operation_id}Response", fields)

    async def get_none(request: Request) -> Response:
        check(request)
        return answer(nothing)

    routes.get(path, **operation(operation_id, response, query=query, errors=errors, tag=tag))(get_none)


def add_named(
    routes: APIRouter,
    path: str,
    operation_id: str,
    field: str,
    tag: str,
    check: Check,
    errors: tuple[int, ...] = (404,),
    query: type[msgspec.Struct] | None = None,
) -> None:
    """An operation whose answer is one thing, in `field`: there is none of any name."""
    response = msgspec.defstruct(f"{operation_id}Response", [(field, _Thing)])

    async def get_nothing(request: Request) -> Response:
        check(request)
        raise not_found()

    routes.get(path, **operation(operation_id, response, query=query, errors=errors, tag=tag, path=path))(get_nothing)
