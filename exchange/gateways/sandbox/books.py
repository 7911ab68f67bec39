"""`GET /sandbox/books`: every resting order of the venue by hash, or one by one, for whoever rebuilt them from the log.

Not part of Kalshi's API and unsigned, like all of `/sandbox`.
"""

from collections.abc import Callable
from typing import Literal

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from wire.books_text import BooksImage


def router(books: Callable[[bool], BooksImage]) -> APIRouter:
    """`books(detail)` is asked once a request, between two turns of the sequencer."""
    api = APIRouter(prefix="/sandbox", tags=["sandbox"])

    @api.get("/books", summary="The order-level books of the running venue: their hash, or every order")
    async def image(detail: Literal["hash", "orders"] = "hash") -> Response:
        return Response(msgspec.json.encode(books(detail == "orders")), media_type="application/json")

    return api
