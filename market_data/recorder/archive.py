"""Parquet by day and market: `parquet/day=2026-08-05/market=KX.../part-....parquet`.

One row for each delta and trade, and one for each level of a snapshot. Integers as everywhere in the house:
`price` in 1e-4 dollars of the leg named by `side`, `count` in 1e-2 contracts, signed in a delta. A trade's price is the
YES price and its side the taker's outcome. Parts are written whole or not at all.
"""

from pathlib import Path
from typing import Any

import polars as pl

from market_data.recorder.tape import day_of
from wire.units import parse_count, parse_price

ROWS_AT_ONCE = 50_000

SCHEMA = {
    "recv_ms": pl.Int64,
    "ts_ms": pl.Int64,
    "seq": pl.Int64,
    "type": pl.String,
    "side": pl.String,
    "price": pl.Int32,
    "count": pl.Int64,
    "trade_id": pl.String,
}

Row = tuple[int, int | None, int | None, str, str, int, int, str | None]


class Archive:
    """Below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "parquet"
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._count = 0

    def write(self, ticker: str, recv_ms: int, event: dict[str, Any]) -> None:
        """Keep a message's rows; on disk with the next flush. Raises OSError, UnitError, KeyError."""
        rows = rows_of(recv_ms, event)
        self._rows.setdefault((day_of(recv_ms), ticker), []).extend(rows)
        self._count += len(rows)
        if self._count >= ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Raises OSError."""
        rows, self._rows, self._count = self._rows, {}, 0
        for (day, ticker), of_market in rows.items():
            if not of_market:
                continue
            folder = self._folder / f"day={day}" / f"market={ticker}"
            folder.mkdir(parents=True, exist_ok=True)
            number = len(list(folder.glob("part-*.parquet")))
            path = folder / f"part-{of_market[0][0]}-{number:06d}.parquet"
            partial = path.with_suffix(".partial")
            pl.DataFrame(of_market, schema=SCHEMA, orient="row").write_parquet(partial)
            partial.replace(path)


def rows_of(recv_ms: int, event: dict[str, Any]) -> list[Row]:
    """The rows of an `orderbook_snapshot`, `orderbook_delta` or `trade` message."""
    msg, seq = event["msg"], event.get("seq")
    ts_ms = msg.get("ts_ms")
    if event["type"] == "orderbook_snapshot":
        return [
            (recv_ms, ts_ms, seq, "snapshot", side, parse_price(price), parse_count(count), None)
            for side in ("yes", "no")
            for price, count in msg.get(f"{side}_dollars_fp", ())
        ]
    if event["type"] == "orderbook_delta":
        price, count = parse_price(msg["price_dollars"]), parse_count(msg["delta_fp"])
        return [(recv_ms, ts_ms, seq, "delta", msg["side"], price, count, None)]
    price, count = parse_price(msg["yes_price_dollars"]), parse_count(msg["count_fp"])
    return [(recv_ms, ts_ms, seq, "trade", msg["taker_side"], price, count, msg["trade_id"])]
