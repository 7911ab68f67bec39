"""The followers' figures in Prometheus' words, read when they are asked for."""

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rebuilder.follower import Follower
from rebuilder.stream import Stream

_FiguresByName = dict[str, tuple[str, Callable[[Follower], float]]]


class Figures(Collector):
    """One sample a shard; the sum is the reader's to make."""

    def __init__(self, followers: Sequence[Follower], stream: Stream) -> None:
        self._followers = followers
        self._stream = stream

    def collect(self) -> Iterator[Metric]:
        gauges: _FiguresByName = {
            "seq": ("Seq of the last record in the books", lambda one: one.books.seq),
            "lag_records": ("Records in the log that are not in the books yet", lambda one: one.lag),
            "halted": ("1 while the shard waits for a rewind", lambda one: one.status == "halted"),
            "log_unavailable": ("1 while nobody answers for the log", lambda one: bool(one.log_unavailable)),
            "markets": ("Markets with a book", lambda one: len(one.books)),
            "orders_resting": ("Orders in the books", lambda one: one.books.orders_resting),
            "records_per_second": ("Records folded a second", lambda one: one.rate),
        }
        for name, (text, figure) in gauges.items():
            gauge = GaugeMetricFamily(f"rebuilder_{name}", text, labels=["shard"])
            for follower in self._followers:
                gauge.add_metric([str(follower.shard)], float(figure(follower)))
            yield gauge
        counters: _FiguresByName = {
            "records": ("Records folded", lambda one: one.records),
            "duplicates": ("Records that came again and were dropped", lambda one: one.books.duplicates),
            "halts": ("Times the shard was halted", lambda one: one.gaps),
            "rewinds": ("Times the shard was sent back", lambda one: one.rewinds),
        }
        for name, (text, figure) in counters.items():
            counter = CounterMetricFamily(f"rebuilder_{name}", text, labels=["shard"])
            for follower in self._followers:
                counter.add_metric([str(follower.shard)], float(figure(follower)))
            yield counter
        yield GaugeMetricFamily("rebuilder_readers", "WebSocket readers", value=float(len(self._stream)))
        yield CounterMetricFamily("rebuilder_readers_dropped", "Readers that were too slow", value=self._stream.dropped)
