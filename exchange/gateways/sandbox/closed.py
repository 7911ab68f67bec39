"""What `/sandbox/*` answers where others can reach the venue and nobody asked for its powers: no, and why."""

from fastapi import APIRouter
from starlette.responses import Response

from exchange.gateways.errors import ApiError

METHODS = ["GET", "POST", "PUT", "DELETE"]


def router() -> APIRouter:
    api = APIRouter()

    @api.api_route("/sandbox/{path:path}", methods=METHODS, include_in_schema=False)
    async def closed(path: str) -> Response:
        raise ApiError(
            403,
            "forbidden",
            details="others can reach this venue, so its sandbox is closed; `mock-kalshi up --sandbox` opens it",
        )

    return api
