"""The port on which a maker or a mix says how it is: /health/live, /health/ready, /status, /metrics."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from market_maker.status import Reporter


class _Figures(Collector):
    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def collect(self) -> Iterator[Metric]:
        return self._reporter.metrics()


class _Server(uvicorn.Server):
    """Leaves the signals to the process: quotes have to come down before it ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with nullcontext():
            yield


class HealthServer:
    """`start` listens; `port` is the one it got. `stop` ends it."""

    def __init__(self, reporter: Reporter, host: str, port: int) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Figures(reporter))
        self._app = _app(reporter, registry)
        self._host = host
        self.port = port
        self._serving: asyncio.Task[None] | None = None
        self._server: uvicorn.Server | None = None

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        listening = socket.create_server((self._host, self.port))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(self._app, lifespan="off", access_log=False, log_config=None)
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def stop(self) -> None:
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving


def _app(reporter: Reporter, registry: CollectorRegistry) -> FastAPI:
    app = FastAPI(title="mock-kalshi market maker", docs_url=None, redoc_url=None)

    @app.get("/health/live", summary="This process answers")
    async def live() -> Response:
        return _json({"status": "ok"})

    @app.get("/health/ready", summary="Quotes rest in every open market; 503 otherwise")
    async def ready() -> Response:
        is_ready = reporter.is_ready()
        return _json({"status": "ready" if is_ready else "not ready"}, 200 if is_ready else 503)

    @app.get("/status", summary="PnL, inventory, quotes, uptime of quotes, refusals, the last error")
    async def status() -> Response:
        return _json(reporter.status())

    @app.get("/metrics", summary="The same figures for Prometheus")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return app


def _json(body: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
