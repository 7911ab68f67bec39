"""What a maker and a mix say of themselves: one body for /status, the same figures for /metrics.

Money is in dollars here, as decimal strings: this is for people and screens.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from market_maker import pnl
from market_maker.bot import MarketMaker
from market_maker.venue.port import Position
from wire.units import CONTRACT, DOLLAR, PAYOUT, format_count, format_money, format_price


class Reporter(Protocol):
    """What the health server needs of whoever it speaks for."""

    def is_ready(self) -> bool: ...

    def status(self) -> dict[str, Any]: ...

    def metrics(self) -> Iterator[Metric]: ...


class MakerReporter:
    def __init__(self, bot: MarketMaker) -> None:
        self._bot = bot

    def is_ready(self) -> bool:
        return self._bot.is_ready

    def status(self) -> dict[str, Any]:
        bot = self._bot
        return {
            "state": bot.state,
            "venue": bot.settings.venue_url,
            "carrier": bot.settings.venue,
            "strategy": bot.settings.strategy,
            "uptime_s": round(time.monotonic() - bot.began_s, 1),
            "markets": [self._market(ticker) for ticker in bot.settings.tickers],
            "pnl_dollars": format_money(sum(self._pnl(ticker) for ticker in bot.settings.tickers)),
            "sent": bot.desk.sent,
            "refused": dict(bot.desk.refused),
            "doubts": bot.doubts,
            "kill_switch_pulls": bot.switch.pulls,
            "order_group": bot.switch.group,
            "feed_connects": bot.feed.connects,
            "last_error": bot.last_error,
        }

    def metrics(self) -> Iterator[Metric]:
        bot = self._bot
        now_s = time.monotonic()
        families: dict[str, tuple[str, Callable[[str], float]]] = {
            "position_contracts": (
                "Signed position, +YES",
                lambda ticker: bot.account.positions.get(ticker, 0) / CONTRACT,
            ),
            "pnl_dollars": (
                "Profit and loss after fees, marked at the fair value",
                lambda ticker: self._pnl(ticker) / DOLLAR,
            ),
            "resting_orders": (
                "Own orders that rest",
                lambda ticker: len(bot.account.of_market(ticker, bot.desk.prefix)),
            ),
            "quote_uptime": (
                "Share of the time with quotes on both sides",
                lambda ticker: bot.uptime[ticker].share(now_s),
            ),
        }
        for name, (text, figure) in families.items():
            gauge = GaugeMetricFamily(f"market_maker_{name}", text, labels=["ticker"])
            for ticker in bot.settings.tickers:
                gauge.add_metric([ticker], float(figure(ticker)))
            yield gauge
        yield GaugeMetricFamily("market_maker_quoting", "1 while quoting", value=float(bot.state == "quoting"))
        yield CounterMetricFamily("market_maker_sent", "Requests sent about orders", value=bot.desk.sent)
        refused = CounterMetricFamily("market_maker_refused", "Requests refused", labels=["code"])
        for code, count in bot.desk.refused.items():
            refused.add_metric([code], count)
        yield refused
        doubts = CounterMetricFamily("market_maker_doubts", "Times everything was taken down", labels=["doubt"])
        for name, count in bot.doubts.items():
            doubts.add_metric([name], count)
        yield doubts

    def _market(self, ticker: str) -> dict[str, Any]:
        bot = self._bot
        maker = bot.makers.get(ticker)
        position = self._position(ticker)
        mark = self._mark(ticker)
        return {
            "ticker": ticker,
            "is_open": maker is not None and not maker.is_done,
            "fair": None if maker is None or maker.fair is None else round(maker.fair, 4),
            "position": format_count(position.count),
            "realized_dollars": format_money(position.realized),
            "unrealized_dollars": format_money(pnl.unrealized(position, mark)),
            "fees_dollars": format_money(position.fees),
            "quotes": [
                {"side": quote.side, "price": format_price(quote.price), "count": format_count(quote.count)}
                for quote in (() if maker is None else maker.desired)
            ],
            "resting": [
                {
                    "order_id": order.order_id,
                    "side": order.side,
                    "price": format_price(order.price),
                    "remaining": format_count(order.remaining),
                }
                for order in bot.account.of_market(ticker, bot.desk.prefix)
            ],
            "quote_uptime": round(bot.uptime[ticker].share(time.monotonic()), 4),
        }

    def _position(self, ticker: str) -> Position:
        return self._bot.positions.get(ticker, Position())

    def _mark(self, ticker: str) -> int:
        maker = self._bot.makers.get(ticker)
        return round(maker.fair * PAYOUT) if maker is not None and maker.fair is not None else PAYOUT // 2

    def _pnl(self, ticker: str) -> int:
        return pnl.total(self._position(ticker), self._mark(ticker))
