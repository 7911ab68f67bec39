"""`/health`, `/health/live`, `/health/ready`, `/metrics`: what watches over a venue asks it. Outside Kalshi's paths.

Live: the process answers. Ready: it takes orders; 503 while it does not, with the reason. A Kafka or a history
database that is away or has stopped is told in both bodies and in the figures, and is no reason to be unready: trading
needs neither.
"""

from collections.abc import Callable, Iterator

import msgspec
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response


class PublisherHealth(msgspec.Struct, frozen=True):
    """How far the log has got in Kafka."""

    bootstrap: str
    published_seq: int
    lag: int
    """Records in the journal that are not published yet."""
    outages: int
    """How often Kafka could not be reached, or was lost."""
    stopped: bool
    """Nothing will be published until the venue is started again; `trouble` says why."""
    trouble: str
    """Why nothing is published at the moment, empty when all is well."""


class HistoryHealth(msgspec.Struct, frozen=True):
    """How far history has got in its database."""

    database: str
    """Its URL, without the password."""
    stored_seq: int
    """Everything up to this seq is in it; 0 also while it has not answered since the start."""
    lag: int
    """Records behind that seq."""
    behind: bool
    """Some of them are no longer in memory: what left it cannot be read until they are stored."""
    outages: int
    """How often it could not be reached, or was lost."""
    stopped: bool
    """Nothing will be stored until the venue is started again; `trouble` says why."""
    trouble: str
    """Why nothing is stored at the moment, empty when all is well."""


class Health(msgspec.Struct, frozen=True):
    """The venue as those who watch over it see it."""

    status: str
    """ok, or unavailable while commands are refused."""
    refusing_because: str
    seq: int
    orders_resting: int
    markets: int
    websocket_clients: int
    publisher: PublisherHealth | None
    """None when the log is not published."""
    history: HistoryHealth


def router(inspect: Callable[[], Health]) -> APIRouter:
    """`inspect` is asked once a request."""
    api = APIRouter(tags=["health"])
    registry = CollectorRegistry()
    registry.register(Figures(inspect))

    @api.get("/health/live", summary="This process answers")
    async def live() -> Response:
        return _json(inspect(), 200)

    @api.get("/health/ready", summary="Commands are taken; 503 while they are refused")
    async def ready() -> Response:
        return _readiness(inspect())

    @api.get("/health", summary="The same as /health/ready")
    async def health() -> Response:
        return _readiness(inspect())

    @api.get("/metrics", summary="The same figures for Prometheus")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return api


class Figures(Collector):
    """The figures in Prometheus' words, read when they are asked for."""

    def __init__(self, inspect: Callable[[], Health]) -> None:
        self._inspect = inspect

    def collect(self) -> Iterator[Metric]:
        now = self._inspect()
        yield _gauge("seq", "Seq of the last record", now.seq)
        yield _gauge("ready", "1 while commands are taken", now.status == "ok")
        yield _gauge("orders_resting", "Orders in the books", now.orders_resting)
        yield _gauge("markets", "Markets that were ever listed", now.markets)
        yield _gauge("websocket_clients", "WebSocket connections", now.websocket_clients)
        history = now.history
        yield _gauge("history_stored_seq", "Last seq that is certainly in the history database", history.stored_seq)
        yield _gauge("history_lag_records", "Records that are not in the history database yet", history.lag)
        yield _gauge("history_in_trouble", "1 while nothing can be stored", bool(history.trouble))
        yield CounterMetricFamily(
            "venue_history_outages",
            "Times the history database could not be reached or was lost",
            float(history.outages),
        )
        if (publisher := now.publisher) is None:
            return
        yield _gauge("published_seq", "Last seq that is certainly in Kafka", publisher.published_seq)
        yield _gauge("publisher_lag_records", "Records in the journal that are not in Kafka yet", publisher.lag)
        yield _gauge("publisher_in_trouble", "1 while nothing can be published", bool(publisher.trouble))
        yield _gauge("publisher_stopped", "1 when nothing will be published until the next start", publisher.stopped)
        yield CounterMetricFamily(
            "venue_publisher_outages", "Times Kafka could not be reached or was lost", value=float(publisher.outages)
        )


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"venue_{name}", text, value=float(value))


def _readiness(health: Health) -> Response:
    return _json(health, 200 if health.status == "ok" else 503)


def _json(body: object, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
