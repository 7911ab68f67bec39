"""The server's figures: as /stats says them, and in Prometheus' words. Read when they are asked for."""

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from market_data.server import Server


def stats(server: Server) -> dict[str, Any]:
    """Latencies in microseconds: from the venue's clock to our state, from there to the socket, and both."""
    broadcast, board = server.broadcast, server.board
    figures = broadcast.figures
    feed, mirror = server.feed, server.mirror
    because = server.stale_because()
    return {
        "fresh": not because,
        "stale_because": because,
        "age_seconds": None if server.age() == float("inf") else round(server.age(), 3),
        "venue_url": server.settings.venue_url,
        "shard": board.shard,
        "seq": board.seq,
        "markets": len(board.markets),
        "changes": board.changes,
        "trades": board.trades,
        "log": feed
        and {
            "status": feed.status,
            "halted_because": feed.halted_because,
            "lag": feed.lag,
            "records": feed.records,
            "records_per_second": round(feed.rate, 1),
            "duplicates": feed.state.duplicates,
            "gaps": feed.gaps,
            "rewinds": feed.rewinds,
        },
        "mirror": mirror and {"unavailable": mirror.unavailable, "resyncs": mirror.resyncs},
        "readers": {
            "connected": len(broadcast),
            "behind": broadcast.behind,
            "unsent_bytes": broadcast.unsent_bytes,
            "cut_off": figures.too_slow,
            "changes_skipped": figures.skipped,
        },
        "messages": figures.messages,
        "deltas": figures.deltas,
        "snapshots": figures.snapshots,
        "delta_ratio": round(figures.delta_ratio, 4),
        "latency": {
            "engine_to_publish": figures.engine_to_publish.figures(),
            "publish_to_send": figures.publish_to_send.figures(),
            "engine_to_send": figures.engine_to_send.figures(),
        },
        "stores": [
            {"leading": one.leading, "unavailable": one.unavailable, "healed": one.healed, "writes": one.writes}
            for one in server.keepers
        ],
    }


class Metrics(Collector):
    """One process."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def collect(self) -> Iterator[Metric]:
        server = self._server
        broadcast, figures = server.broadcast, server.broadcast.figures
        gauges = {
            "fresh": ("1 while prices can be served", not server.stale_because()),
            "seq": ("Seq of the last record in the state", server.board.seq),
            "markets": ("Markets", len(server.board.markets)),
            "lag_records": ("Records in the log that are not in the state yet", server.feed.lag if server.feed else 0),
            "readers": ("WebSocket readers", len(broadcast)),
            "readers_behind": ("Readers that do not keep up at this moment", broadcast.behind),
            "unsent_bytes": ("Bytes in the readers' buffers", broadcast.unsent_bytes),
            "delta_ratio": ("Deltas among deltas and snapshots sent", figures.delta_ratio),
            "stores_unavailable": ("Stores that do not answer", sum(bool(one.unavailable) for one in server.keepers)),
        }
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(f"market_data_{name}", text, value=float(value))
        counters = {
            "messages": ("Messages sent, counted per reader", figures.messages),
            "deltas": ("Deltas sent, counted per reader", figures.deltas),
            "snapshots": ("Snapshots sent, counted per reader", figures.snapshots),
            "changes_skipped": ("Changes that slow readers got a snapshot in place of", figures.skipped),
            "readers_cut_off": ("Readers that were too slow", figures.too_slow),
            "store_writes": ("Values written to stores", sum(one.writes for one in server.keepers)),
            "store_heals": ("Times a store was written as a whole", sum(one.healed for one in server.keepers)),
        }
        for name, (text, count) in counters.items():
            yield CounterMetricFamily(f"market_data_{name}", text, value=float(count))
        latency = GaugeMetricFamily(
            "market_data_latency_seconds", "Percentiles since the start", labels=["from_to", "percentile"]
        )
        for leg in ("engine_to_publish", "publish_to_send", "engine_to_send"):
            for percent in (50, 90, 99):
                latency.add_metric([leg, str(percent)], getattr(figures, leg).percentile(percent) / 1_000_000)
        yield latency
