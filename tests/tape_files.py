"""Recordings written by hand or by a seed, in the form of the recorder (docs/market_data.md)."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

TICKER = "KXREEL-26-A"
START_MS = 1_785_901_540_000

Levels = dict[tuple[str, str], int]
"""(yes or no, price in the leg's own dollars) -> hundredths of a contract."""


def line(kind: str, at_ms: int, ticker: str = TICKER, **msg: Any) -> str:
    """A message that came `at_ms` after the start of the recording."""
    body = {"market_ticker": ticker, "ts_ms": START_MS + at_ms} | msg
    return json.dumps({"recv_ms": START_MS + at_ms, "event": {"type": kind, "sid": 1, "seq": 7, "msg": body}})


def snapshot(at_ms: int, levels: Levels) -> str:
    sides: dict[str, list[list[str]]] = {}
    for (side, price), count in levels.items():
        sides.setdefault(f"{side}_dollars_fp", []).append([price, _count(count)])
    return line("orderbook_snapshot", at_ms, **sides)


def delta(at_ms: int, side: str, price: str, count: int) -> str:
    return line("orderbook_delta", at_ms, side=side, price_dollars=price, delta_fp=_count(count))


def _count(hundredths: int) -> str:
    return f"{'-' if hundredths < 0 else ''}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def random_tape(seed: int, messages: int, every_ms: int) -> tuple[list[str], list[Levels]]:
    """Lines, and the book after each. YES stays below 50 cents and NO too, so that no recorded book is crossed."""
    drawn = random.Random(seed)
    book: Levels = {("yes", "0.4500"): 1_000, ("no", "0.4400"): 700}
    lines, books = [snapshot(0, book)], [dict(book)]
    for number in range(1, messages):
        key = (drawn.choice(("yes", "no")), f"0.{drawn.randint(30, 49)}00")
        rests = book.get(key, 0)
        change = -drawn.randint(1, rests) if rests and drawn.random() < 0.5 else drawn.randint(1, 5_000)
        if drawn.random() < 0.3:
            change = -rests or change
        book[key] = rests + change
        if not book[key]:
            del book[key]
        lines.append(delta(number * every_ms, *key, change))
        books.append(dict(book))
    return lines, books


def write_tape(folder: Path, lines: list[str], ticker: str = TICKER, described: bool = True) -> Path:
    """A recording in a folder, with the description of its market unless told otherwise."""
    path = folder / "events" / ticker / "2026-08-05.ndjson.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{each}\n" for each in lines).encode()))
    if described:
        event = {"event_ticker": ticker.rpartition("-")[0], "series_ticker": ticker.partition("-")[0], "title": "Reel"}
        market = {
            "ticker": ticker,
            "open_time": "2026-08-05T03:45:00Z",
            "close_time": "2026-08-05T04:00:00Z",
            "price_level_structure": "linear_cent",
            "result": "yes",
        }
        (folder / "metadata").mkdir(exist_ok=True)
        body = {"event": event, "markets": [market]}
        (folder / "metadata" / f"{event['event_ticker']}.json").write_text(json.dumps({"response": body}))
    return path
