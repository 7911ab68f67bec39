"""How long messages take, as percentiles: counts in buckets that grow by a tenth, so memory and cost never grow."""

from bisect import bisect_left

_BOUNDS_US: tuple[int, ...] = tuple(sorted({round(10 * 1.1**step) for step in range(150)}))
"""10 us to 15 s, each bucket a tenth wider than the one before: a percentile is right to a tenth."""


class Latency:
    """Durations in microseconds. What the clocks make negative counts as nothing."""

    def __init__(self) -> None:
        self.count = 0
        self._buckets = [0] * (len(_BOUNDS_US) + 1)

    def add(self, us: int, times: int = 1) -> None:
        self._buckets[bisect_left(_BOUNDS_US, us)] += times
        self.count += times

    def percentile(self, percent: float) -> int:
        """The upper end of the bucket it lies in; 0 when nothing was counted."""
        rank, seen = self.count * percent / 100, 0
        for bucket, count in enumerate(self._buckets):
            seen += count
            if count and seen >= rank:
                return _BOUNDS_US[min(bucket, len(_BOUNDS_US) - 1)]
        return 0

    def figures(self) -> dict[str, int]:
        """For /stats."""
        return {"count": self.count} | {f"p{percent}_us": self.percentile(percent) for percent in (50, 90, 99)}
