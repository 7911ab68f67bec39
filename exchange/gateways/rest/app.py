"""The REST application: every route, and one place where errors become bodies.

No middleware and no dependencies: the order is written down here, from the outside in: order mutations on the
hot path, then FastAPI with the routers below.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, unavailable
from exchange.gateways.rest import (
    absent,
    account,
    api_keys,
    communications,
    events,
    exchange,
    historical,
    markets,
    never_there,
    openapi,
    order_groups,
    order_mutations,
    orders,
    portfolio,
    search,
    series,
    subaccounts,
    v1_orders,
)
from exchange.gateways.rest.operations import Operations
from exchange.gateways.rest.order_mutations_app import OrderMutationsApp
from exchange.ports import HistoryUnavailable

API = "/trade-api/v2"
_log = structlog.get_logger("rest")
_CODES: Mapping[int, str] = {404: "not_found", 405: "method_not_allowed"}


def build(context: VenueContext, extra: tuple[Any, ...] = ()) -> OrderMutationsApp:
    """The whole of /trade-api/v2, with `extra` routers mounted at the root."""
    app = FastAPIOffline(
        title="mock-kalshi",
        description="A Kalshi exchange on your laptop. A simulator: no real money, no affiliation.",
        version="3.34.0",
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            ApiError: _api_error,
            HistoryUnavailable: _no_history,
            HTTPException: _http_error,
            RequestValidationError: _invalid_request,
            Exception: _internal_error,
        },
    )
    parts = [
        order_mutations.document(),
        *(
            module.router(context)
            for module in (
                exchange,
                series,
                events,
                markets,
                orders,
                order_groups,
                portfolio,
                historical,
                subaccounts,
                api_keys,
                account,
                search,
                communications,
            )
        ),
        never_there.router(),
        absent.router(),
    ]
    parts.append(v1_orders.router(context) if context.settings.api_v1 else absent.retired_v1())
    routes = [route for part in parts for route in part.routes]
    for part in parts:
        app.include_router(part, prefix=API)
    for part in extra:
        app.include_router(part)
    app.add_route("/", _reference, include_in_schema=False)
    openapi.install(app)
    return OrderMutationsApp(order_mutations.OrderMutations(context), app, Operations(API, routes))


async def _reference(request: Request) -> Response:
    """A browser that comes to the root wants to read."""
    return RedirectResponse("/docs")


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError), "registered for ApiError"
    return Response(error.body(), error.status, media_type="application/json")


async def _no_history(request: Request, error: Exception) -> Response:
    """What is asked for left memory, and its database does not answer: later."""
    refusal = unavailable()
    return Response(refusal.body(), refusal.status, media_type="application/json")


async def _http_error(request: Request, error: Exception) -> Response:
    """What the router itself refuses: unknown paths, wrong methods; a trailing slash is sent on (SEMANTICS D2)."""
    assert isinstance(error, HTTPException), "registered for HTTPException"
    path = request.url.path
    if error.status_code == 404 and path.endswith("/") and path != "/":
        return RedirectResponse(str(request.url.replace(path=path.rstrip("/"))), 301)
    refusal = ApiError(error.status_code, _CODES.get(error.status_code, "bad_request"))
    return Response(refusal.body(), refusal.status, dict(error.headers or {}), "application/json")


async def _invalid_request(request: Request, error: Exception) -> Response:
    """A body that is not what the simulator's own endpoints read: each fault with its place."""
    assert isinstance(error, RequestValidationError), "registered for RequestValidationError"
    faults = [
        f"{'.'.join(map(str, fault['loc'][1:])) or 'body'}: {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors()
    ]
    refusal = ApiError(400, "invalid_parameters", details="; ".join(faults))
    return Response(refusal.body(), 400, media_type="application/json")


async def _internal_error(request: Request, error: Exception) -> Response:
    """The process edge: a bug of ours is logged and answered, never shown."""
    _log.error("request_failed", path=request.url.path, exc_info=error)
    refusal = ApiError(500, "internal_error")
    return Response(refusal.body(), 500, media_type="application/json")
