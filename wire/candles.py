"""One market's minute, hour and day bars of its best prices and its trades.

A bar exists only for a period in which something changed, and it carries what it started from, so a quiet
night costs nothing and any longer period is a merge of bars. Bars of minutes roll up into hours and days when
their minute is over. Knows no book and no wire: it is told each change of the best prices and each trade.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import msgspec

from wire.units import MICROS, PAYOUT

MINUTE, HOUR, DAY = 60, 3_600, 86_400
"""The periods bars are kept for, in seconds; they end at multiples of themselves, in Unix time."""

KEPT_MINUTES = 20_000
"""Minute bars kept per market, two weeks without a quiet minute; hours and days stay for good."""

NO_PRICE = -1
"""No trade yet."""


class Bar(msgspec.Struct, array_like=True, gc=False):
    """What happened in the period (end - its length, end]. Prices are YES-leg Prices, sizes Counts.

    `previous` is the last trade before the period; open, high, low, close are NO_PRICE without a trade in it;
    `turnover` is Money; `total_volume` is the market's volume since it was created, at the end of the period.
    """

    end: int
    bid_open: int
    bid_high: int
    bid_low: int
    bid_close: int
    ask_open: int
    ask_high: int
    ask_low: int
    ask_close: int
    previous: int
    open: int = NO_PRICE
    high: int = NO_PRICE
    low: int = NO_PRICE
    close: int = NO_PRICE
    volume: int = 0
    turnover: int = 0
    open_interest: int = 0
    total_volume: int = 0

    @property
    def last_price(self) -> int:
        """The last trade by the end of the period, NO_PRICE if there never was one."""
        return self.previous if self.close == NO_PRICE else self.close

    def absorb(self, later: "Bar") -> None:
        """Become the bar of both: `later` follows this one within the same period."""
        self.bid_high = max(self.bid_high, later.bid_high)
        self.bid_low = min(self.bid_low, later.bid_low)
        self.bid_close = later.bid_close
        self.ask_high = max(self.ask_high, later.ask_high)
        self.ask_low = min(self.ask_low, later.ask_low)
        self.ask_close = later.ask_close
        if later.close != NO_PRICE:
            if self.close == NO_PRICE:
                self.open, self.high, self.low = later.open, later.high, later.low
            else:
                self.high = max(self.high, later.high)
                self.low = min(self.low, later.low)
            self.close = later.close
        self.volume += later.volume
        self.turnover += later.turnover
        self.open_interest = later.open_interest
        self.total_volume = later.total_volume

    def for_period(self, seconds: int) -> "Bar":
        """A copy that ends where the longer period it lies in ends."""
        return msgspec.structs.replace(self, end=-(-self.end // seconds) * seconds)


class Candles(msgspec.Struct, array_like=True):
    """All bars of one market, oldest first; `live` is the last minute, still being written."""

    live: Bar | None = None
    minutes: list[Bar] = []
    hours: list[Bar] = []
    days: list[Bar] = []

    def quote(self, ts_us: int, bid: int, ask: int) -> None:
        """The best prices changed; 0 and PAYOUT stand for an empty side (SEMANTICS B2)."""
        bar = self.live
        if bar is None or ts_us > bar.end * MICROS:
            bar = self._begin(ts_us)
        bar.bid_close = bid
        bar.ask_close = ask
        if bid > bar.bid_high:
            bar.bid_high = bid
        elif bid < bar.bid_low:
            bar.bid_low = bid
        if ask > bar.ask_high:
            bar.ask_high = ask
        elif ask < bar.ask_low:
            bar.ask_low = ask

    def trade(self, ts_us: int, price: int, count: int, open_interest: int) -> None:
        """A trade printed; `open_interest` is what it left."""
        bar = self.live
        if bar is None or ts_us > bar.end * MICROS:
            bar = self._begin(ts_us)
        if bar.close == NO_PRICE:
            bar.open = bar.high = bar.low = price
        elif price > bar.high:
            bar.high = price
        elif price < bar.low:
            bar.low = price
        bar.close = price
        bar.volume += count
        bar.turnover += price * count
        bar.total_volume += count
        bar.open_interest = open_interest

    def between(self, start: int, end: int, period: int) -> Iterator[Bar]:
        """Bars of `period` seconds (a multiple of a minute) whose end lies in start..end, both inclusive."""
        kept = self._kept_for(period)
        period_before = -(-start // period) * period - period
        merged: Bar | None = None
        for bar in chain(
            islice(kept, bisect_right(kept, period_before, key=_end), None), self._live_after(period_before)
        ):
            whole = bar.for_period(period)
            if whole.end > end:
                break
            if merged is None:
                merged = whole
            elif merged.end == whole.end:
                merged.absorb(whole)
            else:
                yield merged
                merged = whole
        if merged is not None:
            yield merged

    def lacks(self, start: int, period: int) -> bool:
        """Whether bars of `period` seconds are made of minutes that are kept no longer, from `start` on."""
        return (
            self._kept_for(period) is self.minutes and len(self.minutes) >= KEPT_MINUTES and self.minutes[0].end > start
        )

    def with_minutes(self, past: Iterable[Bar]) -> "Candles":
        """These with minutes that are kept no longer; hours and days are as they were."""
        whole = {bar.end: bar for bar in past} | {bar.end: bar for bar in self.minutes}
        if self.live is not None:
            whole.pop(self.live.end, None)
        return Candles(self.live, [whole[end] for end in sorted(whole)], self.hours, self.days)

    def last_before(self, start: int, period: int) -> Bar | None:
        """The bar with what stood at the end of the latest bar of `period` seconds that ended before `start`."""
        period_before = (start - 1) // period * period
        if self.live is not None and self.live.end <= period_before:
            return self.live
        return _last_until(self._kept_for(period), period_before) or self.at(period_before)

    def at(self, moment: int) -> Bar | None:
        """The last bar that ended at or before `moment`, to the minute where minutes are still kept."""
        if self.live is not None and self.live.end <= moment:
            return self.live
        return _last_until(self.minutes, moment) or _last_until(self.hours, moment) or _last_until(self.days, moment)

    def _begin(self, ts_us: int) -> Bar:
        """Close the live bar and begin the one of this minute, from where that one ended."""
        end = -(-ts_us // (MINUTE * MICROS)) * MINUTE
        old = self.live
        if old is None:
            self.live = bar = Bar(end, 0, 0, 0, 0, PAYOUT, PAYOUT, PAYOUT, PAYOUT, NO_PRICE)
            return bar
        self.minutes.append(old)
        _roll_up(self.hours, old.for_period(HOUR))
        _roll_up(self.days, old.for_period(DAY))
        if len(self.minutes) > KEPT_MINUTES + KEPT_MINUTES // 10:
            del self.minutes[:-KEPT_MINUTES]
        bid, ask = old.bid_close, old.ask_close
        self.live = bar = Bar(end, bid, bid, bid, bid, ask, ask, ask, ask, old.last_price)
        bar.open_interest = old.open_interest
        bar.total_volume = old.total_volume
        return bar

    def _kept_for(self, period: int) -> list[Bar]:
        """The longest bars that make up whole periods."""
        if period % DAY == 0:
            return self.days
        return self.hours if period % HOUR == 0 else self.minutes

    def _live_after(self, moment: int) -> tuple[Bar, ...]:
        return (self.live,) if self.live is not None and self.live.end > moment else ()


def _roll_up(bars: list[Bar], later: Bar) -> None:
    if bars and bars[-1].end == later.end:
        bars[-1].absorb(later)
    else:
        bars.append(later)


def _last_until(bars: list[Bar], moment: int) -> Bar | None:
    at = bisect_right(bars, moment, key=_end)
    return bars[at - 1] if at else None


def _end(bar: Bar) -> int:
    return bar.end
