"""The retired integer twins of public market data, for clients that still require them.

Before 3.34 every `*_dollars` price also came as integer cents, every `*_fp` count as whole contracts, and a
few fields more (SEMANTICS A6). Knows how to put them beside the present ones; sent only with the V1 API on.
"""

from typing import Any

import msgspec

from wire.units import parse_fixed

_OLD_STATUS = {
    "inactive": "closed",
    "disputed": "determined",
    "amended": "determined",
    "finalized": "settled",
}
"""The old vocabulary of market statuses knew no more than initialized, active, closed, determined, settled."""

_PRICE_PLACES, _COUNT_PLACES, _CENT, _CONTRACT = 6, 2, 10_000, 100


def with_retired_fields(body: object) -> Any:
    """A body as plain data, with the retired fields of everything in it added."""
    return _widen(msgspec.to_builtins(body))


def _widen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_widen(item) for item in value]
    if not isinstance(value, dict):
        return value
    wide: dict[str, Any] = {}
    for name, item in value.items():
        wide[name] = _widen(item)
        if name.endswith("_dollars") and (item is None or isinstance(item, str)):
            wide[name.removesuffix("_dollars")] = None if item is None else _cents(item)
        elif name.endswith("_fp") and isinstance(item, str):
            wide[name.removesuffix("_fp")] = parse_fixed(item, _COUNT_PLACES) // _CONTRACT
    if "market_type" in wide:
        _add_market_fields(wide)
    elif "mutually_exclusive" in wide:
        wide.setdefault("product_metadata", None)
        wide["available_on_brokers"] = False
    elif "trade_id" in wide:
        wide["price"] = parse_fixed(value["yes_price_dollars"], _PRICE_PLACES) / 1_000_000
    elif "orderbook_fp" in wide:
        wide["orderbook"] = _old_orderbook(wide["orderbook_fp"])
    return wide


def _add_market_fields(market: dict[str, Any]) -> None:
    market["status"] = _OLD_STATUS.get(market["status"], market["status"])
    market["result"] = "" if market["result"] == "scalar" else market["result"]
    market["tick_size"] = max(1, min(_cents(band["step"]) for band in market["price_ranges"]))
    market.setdefault("subtitle", market["yes_sub_title"])
    market |= {
        "fractional_trading_enabled": True,
        "response_price_units": "usd_cent",
        "risk_limit_cents": 0,
        "category": "",
    }


def _old_orderbook(book: dict[str, Any]) -> dict[str, Any]:
    old = dict(book)
    for side in ("yes", "no"):
        levels = book[f"{side}_dollars"]
        old[side] = [[_cents(price), parse_fixed(count, _COUNT_PLACES) // _CONTRACT] for price, count in levels]
    return old


def _cents(text: str) -> int:
    return parse_fixed(text, _PRICE_PLACES) // _CENT
