"""Routes of lists that are empty here, and of ids that name nothing: whoever asks is checked as everywhere.

Knows the shape of such answers, and nothing of what is listed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.errors import not_found
from exchange.gateways.rest.openapi import answer, operation
from exchange.gateways.rest.params import read
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
    check: Check | None = None,
    errors: tuple[int, ...] = (400,),
    cursor: str = "cursor",
) -> None:
    """An operation whose answer is a list, in `field`; `cursor` "" where it has no pages.

    Without a `check` of its own it is public, and its query is all there is to check.
    """
    checked = check or partial(_check_query, query)
    nothing: dict[str, Any] = {field: []}
    fields: list[tuple[str, Any]] = [(field, list[_Thing])]
    if cursor:
        nothing[cursor] = LAST_PAGE
        fields.append((cursor, str))
    response = msgspec.defstruct(f"{operation_id}Response", fields)

    async def get_none(request: Request) -> Response:
        checked(request)
        return answer(nothing)

    routes.get(path, **operation(operation_id, response, query=query, errors=errors, tag=tag))(get_none)


def add_named(
    routes: APIRouter,
    path: str,
    operation_id: str,
    field: str,
    tag: str,
    query: type[msgspec.Struct] | None = None,
    check: Check | None = None,
    errors: tuple[int, ...] = (),
) -> None:
    """An operation whose answer is one thing, in `field`: there is none of any name. `check` as above."""
    checked = check or partial(_check_query, query)
    errors = errors or ((400, 404) if query else (404,))
    response = msgspec.defstruct(f"{operation_id}Response", [(field, _Thing)])

    async def get_nothing(request: Request) -> Response:
        checked(request)
        raise not_found()

    routes.get(path, **operation(operation_id, response, query=query, errors=errors, tag=tag, path=path))(get_nothing)


def _check_query(query: type[msgspec.Struct] | None, asked: Request) -> None:
    if query is not None:
        read(query, asked.query_params)
