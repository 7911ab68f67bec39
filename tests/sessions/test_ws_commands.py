"""Command scripts: what a client sends and what it must get, line by line (SEMANTICS G2-G7, AsyncAPI examples).

A line is (command, replies). A reply is a whole message; a book is written as {"book": ticker, "sid", "seq"} with
"id" when it answers get_snapshot, a ticker as {"ticker": ticker, "sid"}.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from wire.ws.effects import Effect, Send, SendSnapshot, SendTicker
from wire.ws.subscriptions import Session

RECORDINGS = Path(__file__).resolve().parents[2].parent / "shared" / "kalshi" / "recordings"

MARKETS = {"FED-1": "9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1", "FED-2": "9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a2"}
LIVE = "KXWTACHALLENGERMATCH-26JUN11JIMLEP-LEP"


class KnownMarkets:
    def ticker_of(self, market_id: str) -> str | None:
        return next((ticker for ticker, known in MARKETS.items() if known == market_id), None)

    def id_of(self, ticker: str) -> str:
        return MARKETS.get(ticker, "")


def cmd(command_id: int, name: str, **params: Any) -> dict[str, Any]:
    return {"id": command_id, "cmd": name, "params": params}


def subscribe(command_id: int, *channels: str, **params: Any) -> dict[str, Any]:
    return cmd(command_id, "subscribe", channels=list(channels), **params)


def update(command_id: int, **params: Any) -> dict[str, Any]:
    return cmd(command_id, "update_subscription", **params)


def subscribed(command_id: int, channel: str, sid: int) -> dict[str, Any]:
    return {"type": "subscribed", "id": command_id, "msg": {"channel": channel, "sid": sid}}


def ok(command_id: int, sid: int, seq: int, **lists: list[str]) -> dict[str, Any]:
    return {"type": "ok", "id": command_id, "sid": sid, "seq": seq, "msg": lists}


def error(command_id: int, code: int, text: str, **about: Any) -> dict[str, Any]:
    return {"type": "error", "id": command_id, "msg": {"code": code, "msg": text, **about}}


def book(ticker: str, sid: int, seq: int, **more: int) -> dict[str, Any]:
    return {"book": ticker, "sid": sid, "seq": seq, **more}


INVALID = (11, "Invalid parameter")

SCRIPTS: dict[str, list[tuple[Any, list[dict[str, Any]]]]] = {
    "one ack per channel, all with the same id, then the books": [
        (
            subscribe(2, "orderbook_delta", "ticker", market_tickers=["FED-1", "FED-2"]),
            [
                subscribed(2, "orderbook_delta", 1),
                subscribed(2, "ticker", 2),
                book("FED-1", 1, 1),
                book("FED-2", 1, 2),
            ],
        ),
    ],
    "the order book needs markets, named by ticker": [
        (subscribe(1, "orderbook_delta"), [error(1, 14, "Market Ticker required")]),
        (subscribe(2, "orderbook_delta", market_tickers=[]), [error(2, 14, "Market Ticker required")]),
        (subscribe(3, "orderbook_delta", market_ticker=""), [error(3, 14, "Market Ticker required")]),
        (subscribe(4, "orderbook_delta", market_id=MARKETS["FED-1"]), [error(4, *INVALID)]),
    ],
    "other market channels do without markets": [
        (
            subscribe(1, "trade", "fill", "market_positions", "user_orders", "ticker"),
            [
                subscribed(1, "trade", 1),
                subscribed(1, "fill", 2),
                subscribed(1, "market_positions", 3),
                subscribed(1, "user_orders", 4),
                subscribed(1, "ticker", 5),
            ],
        ),
    ],
    "only the ticker takes ids": [
        (subscribe(1, "trade", market_ids=[MARKETS["FED-1"]]), [error(1, *INVALID)]),
        (
            subscribe(2, "ticker", market_ids=[MARKETS["FED-1"]], send_initial_snapshot=True),
            [subscribed(2, "ticker", 1), {"ticker": "FED-1", "sid": 1}],
        ),
        (
            update(3, sid=1, action="add_markets", market_id=MARKETS["FED-2"]),
            [ok(3, 1, 1, market_tickers=["FED-1", "FED-2"], market_ids=list(MARKETS.values()))],
        ),
        (subscribe(4, "ticker", market_id=MARKETS["FED-1"], market_ticker="FED-1"), [error(4, *INVALID)]),
    ],
    "market_ticker and market_tickers exclude each other": [
        (subscribe(1, "trade", market_ticker="FED-1", market_tickers=["FED-2"]), [error(1, *INVALID)]),
    ],
    "lifecycle, communications and groups ignore markets": [
        (
            subscribe(
                1,
                "market_lifecycle_v2",
                "multivariate_market_lifecycle",
                "communications",
                "order_group_updates",
                market_ticker="NO-SUCH",
            ),
            [
                subscribed(1, "market_lifecycle_v2", 1),
                subscribed(1, "multivariate_market_lifecycle", 2),
                subscribed(1, "communications", 3),
                subscribed(1, "order_group_updates", 4),
            ],
        ),
        (update(2, sid=1, action="add_markets", market_ticker="FED-1"), [error(2, 13, "Unsupported action")]),
    ],
    "a bad channel is refused and the others stand": [
        (
            subscribe(1, "ticker", "multivariate", "orderbook_delta", "trade"),
            [
                subscribed(1, "ticker", 1),
                error(1, 8, "Unknown channel name"),
                error(1, 14, "Market Ticker required"),
                subscribed(1, "trade", 2),
            ],
        ),
    ],
    "a market that does not exist is listened to like one that does": [
        (
            subscribe(1, "orderbook_delta", market_tickers=["FED-1", "NO-1"]),
            [subscribed(1, "orderbook_delta", 1), book("FED-1", 1, 1), book("NO-1", 1, 2)],
        ),
        (subscribe(2, "trade", market_ticker="NO-1"), [subscribed(2, "trade", 2)]),
        (
            update(3, sid=1, action="add_markets", market_tickers=["NO-2"]),
            [ok(3, 1, 3, market_tickers=["FED-1", "NO-1", "NO-2"]), book("NO-2", 1, 4)],
        ),
        (update(4, sid=1, action="get_snapshot", market_tickers=["NO-3"]), [book("NO-3", 1, 5, id=4)]),
        (
            update(5, sid=1, action="delete_markets", market_tickers=["NO-1", "NO-3"]),
            [ok(5, 1, 6, market_tickers=["FED-1", "NO-2"])],
        ),
    ],
    "ids of no market are named and the others stand": [
        (
            subscribe(1, "ticker", market_ids=[MARKETS["FED-1"], "id-1", "id-2"]),
            [subscribed(1, "ticker", 1), error(1, *INVALID, market_tickers=["id-1", "id-2"])],
        ),
        (update(2, sid=1, action="add_markets", market_id="id-1"), [error(2, *INVALID, market_ticker="id-1")]),
        (
            update(3, sid=1, action="add_markets", market_ids=["id-1", MARKETS["FED-2"]]),
            [
                ok(3, 1, 1, market_tickers=["FED-1", "FED-2"], market_ids=list(MARKETS.values())),
                error(3, *INVALID, market_ticker="id-1"),
            ],
        ),
        (subscribe(4, "ticker", market_id="id-1"), [error(4, *INVALID, market_ticker="id-1")]),
    ],
    "subscribing again adds new markets to the same sid": [
        (
            subscribe(1, "orderbook_delta", market_ticker="FED-1"),
            [subscribed(1, "orderbook_delta", 1), book("FED-1", 1, 1)],
        ),
        (subscribe(2, "orderbook_delta", market_ticker="FED-1"), [subscribed(2, "orderbook_delta", 1)]),
        (
            subscribe(3, "orderbook_delta", market_tickers=["FED-1", "FED-2"]),
            [subscribed(3, "orderbook_delta", 1), book("FED-2", 1, 2)],
        ),
    ],
    "a channel named twice is one subscription": [
        (subscribe(1, "trade", "trade"), [subscribed(1, "trade", 1)]),
    ],
    "update answers with the whole list and takes the next number": [
        (
            subscribe(1, "orderbook_delta", market_ticker="FED-1"),
            [subscribed(1, "orderbook_delta", 1), book("FED-1", 1, 1)],
        ),
        (
            update(124, sids=[1], action="add_markets", market_tickers=["FED-2"]),
            [ok(124, 1, 2, market_tickers=["FED-1", "FED-2"]), book("FED-2", 1, 3)],
        ),
        (
            update(125, sids=[1], action="delete_markets", market_tickers=["FED-1", "NO-1"]),
            [ok(125, 1, 4, market_tickers=["FED-2"])],
        ),
        (
            update(126, sid=1, action="add_markets", market_tickers=["FED-2"]),
            [ok(126, 1, 5, market_tickers=["FED-2"])],
        ),
    ],
    "skip_ticker_ack leaves the lists out": [
        (subscribe(1, "trade", market_ticker="FED-1", skip_ticker_ack=True), [subscribed(1, "trade", 1)]),
        (update(2, sid=1, action="add_markets", market_tickers=["FED-2"]), [ok(2, 1, 1)]),
    ],
    "get_snapshot answers with the book and its id, and needs market_tickers": [
        (
            subscribe(1, "orderbook_delta", market_ticker="FED-1"),
            [subscribed(1, "orderbook_delta", 1), book("FED-1", 1, 1)],
        ),
        (
            update(127, sids=[1], action="get_snapshot", market_tickers=["FED-2", "FED-1"]),
            [book("FED-2", 1, 2, id=127), book("FED-1", 1, 3, id=127)],
        ),
        (update(128, sid=1, action="get_snapshot"), [error(128, 14, "Market Ticker required")]),
        (update(129, sid=1, action="get_snapshot", market_ticker="FED-1"), [error(129, 14, "Market Ticker required")]),
        (
            cmd(130, "list_subscriptions"),
            [{"type": "ok", "id": 130, "msg": [{"channel": "orderbook_delta", "sid": 1}]}],
        ),
    ],
    "get_snapshot is for the order book only": [
        (subscribe(1, "ticker"), [subscribed(1, "ticker", 1)]),
        (
            update(2, sid=1, action="get_snapshot", market_tickers=["FED-1"]),
            [error(2, 13, "Unsupported action")],
        ),
    ],
    "update wants exactly one sid, a known one, and an action": [
        (subscribe(1, "trade"), [subscribed(1, "trade", 1)]),
        (update(2, action="add_markets"), [error(2, 12, "Exactly one subscription ID is required")]),
        (update(3, sids=[], action="add_markets"), [error(3, 12, "Exactly one subscription ID is required")]),
        (update(4, sids=[1, 2], action="add_markets"), [error(4, 12, "Exactly one subscription ID is required")]),
        (update(5, sid=1, sids=[1], action="add_markets"), [error(5, 12, "Exactly one subscription ID is required")]),
        (update(6, sid=9, action="add_markets"), [error(6, 7, "Unknown subscription ID")]),
        (update(7, sid=1), [error(7, 15, "Action required")]),
        (update(8, sid=1, action="explode"), [error(8, 13, "Unsupported action")]),
        (update(9, sid=1, action="add_markets"), [error(9, 14, "Market Ticker required")]),
        (update(10, sid=1, action="delete_markets"), [error(10, 14, "Market Ticker required")]),
    ],
    "unsubscribe acks each sid with its next number; sids are never used again": [
        (
            subscribe(1, "orderbook_delta", "ticker", market_ticker="FED-1"),
            [subscribed(1, "orderbook_delta", 1), subscribed(1, "ticker", 2), book("FED-1", 1, 1)],
        ),
        (
            cmd(102, "unsubscribe", sids=[1, 2]),
            [
                {"type": "unsubscribed", "id": 102, "sid": 1, "seq": 2},
                {"type": "unsubscribed", "id": 102, "sid": 2, "seq": 1},
            ],
        ),
        (cmd(103, "unsubscribe", sids=[1]), [error(103, 7, "Unknown subscription ID")]),
        (subscribe(104, "ticker"), [subscribed(104, "ticker", 3)]),
    ],
    "unsubscribe without sids": [
        (cmd(1, "unsubscribe"), [error(1, 4, "Subscription IDs required")]),
        (cmd(2, "unsubscribe", sids=[]), [error(2, 4, "Subscription IDs required")]),
    ],
    "list_subscriptions needs no params": [
        ({"id": 3, "cmd": "list_subscriptions"}, [{"type": "ok", "id": 3, "msg": []}]),
    ],
    "commands that lack their parts": [
        ({"id": 1, "cmd": "subscribe"}, [error(1, 2, "Params required")]),
        ({"id": 2, "cmd": "subscribe", "params": None}, [error(2, 2, "Params required")]),
        ({"id": 3, "cmd": "subscribe", "params": {}}, [error(3, 3, "Channels required")]),
        (subscribe(4), [error(4, 3, "Channels required")]),
        ({"id": 5, "cmd": "sing", "params": {}}, [error(5, 5, "Unknown command")]),
        ({"id": 6}, [error(6, 5, "Unknown command")]),
        ({"id": 7, "cmd": "subscribe", "params": {"channels": "trade"}}, [error(7, *INVALID)]),
        ({"id": 8, "cmd": "subscribe", "params": []}, [error(8, *INVALID)]),
    ],
    "id 0 is the same as no id": [
        (
            {"id": 0, "cmd": "subscribe", "params": {"channels": ["trade"]}},
            [{"type": "subscribed", "msg": {"channel": "trade", "sid": 1}}],
        ),
        ({"cmd": "sing"}, [{"type": "error", "msg": {"code": 5, "msg": "Unknown command"}}]),
    ],
    "sharding of communications": [
        (subscribe(1, "communications", shard_factor=0), [error(1, 19, "shard_factor must be > 0")]),
        (
            subscribe(2, "communications", shard_key=0),
            [error(2, 20, "shard_factor is required when shard_key is set")],
        ),
        (
            subscribe(3, "communications", shard_factor=4, shard_key=4),
            [error(3, 21, "shard_key must be >= 0 and < shard_factor")],
        ),
        (
            subscribe(4, "communications", shard_factor=4, shard_key=-1),
            [error(4, 21, "shard_key must be >= 0 and < shard_factor")],
        ),
        (subscribe(5, "communications", shard_factor=101), [error(5, 22, "shard_factor must be <= 100")]),
        (subscribe(6, "communications", user_filter="others"), [error(6, *INVALID)]),
        (
            subscribe(7, "communications", shard_factor=100, shard_key=99, user_filter="self"),
            [subscribed(7, "communications", 1)],
        ),
    ],
    "index feeds keep their list and have nothing to offer": [
        (subscribe(1, "cfbenchmarks_value", index_ids=["BRTI"]), [subscribed(1, "cfbenchmarks_value", 1)]),
        (
            update(2, sid=1, action="indexlist"),
            [{"type": "cfbenchmarks_value_indexlist", "id": 2, "sid": 1, "seq": 1, "msg": {"index_ids": []}}],
        ),
        (
            update(3, sid=1, action="subscribe_indices", index_ids=["ETHUSD_RTI"]),
            [ok(3, 1, 2, index_ids=["BRTI", "ETHUSD_RTI"])],
        ),
        (update(4, sid=1, action="unsubscribe_indices", index_ids=["BRTI"]), [ok(4, 1, 3, index_ids=["ETHUSD_RTI"])]),
        (update(5, sid=1, action="subscribe_indices"), [error(5, 24, "Index IDs required")]),
        (update(6, sid=1, action="subscribe_indices", index_ids=["all"]), [ok(6, 1, 4, index_ids=["all"])]),
        (update(7, sid=1, action="unsubscribe_indices", index_ids=["all"]), [ok(7, 1, 5, index_ids=["ETHUSD_RTI"])]),
        (update(8, sid=1, action="add_markets", market_ticker="FED-1"), [error(8, 13, "Unsupported action")]),
    ],
    "underlyings are named by their own key": [
        (subscribe(1, "pyth_value"), [subscribed(1, "pyth_value", 1)]),
        (update(2, sid=1, action="subscribe_underlyings"), [error(2, 28, "Underlying tickers required")]),
        (
            update(3, sid=1, action="subscribe_underlyings", underlying_tickers=["Metal.XPT/USD"]),
            [ok(3, 1, 1, underlying_tickers=["Metal.XPT/USD"])],
        ),
        (
            update(4, sid=1, action="underlying_list"),
            [{"type": "pyth_value_underlying_list", "id": 4, "sid": 1, "seq": 2, "msg": {"underlying_tickers": []}}],
        ),
        (update(5, sid=1, action="indexlist"), [error(5, 13, "Unsupported action")]),
    ],
    "the 5 Hz feed answers under its own name": [
        (subscribe(1, "cfbenchmarks_value_5hz"), [subscribed(1, "cfbenchmarks_value_5hz", 1)]),
        (
            update(2, sid=1, action="indexlist"),
            [{"type": "cfbenchmarks_value_5hz_indexlist", "id": 2, "sid": 1, "seq": 1, "msg": {"index_ids": []}}],
        ),
    ],
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_script(script):
    session = Session(KnownMarkets())
    for command, replies in script:
        assert [
            written for effect in session.receive(json.dumps(command), 0) if (written := _written(effect))
        ] == replies


def test_recorded_subscribe_is_answered_as_recorded():
    """Recording ws__orderbook_trade_yes: both acks first, then the book with the first number of its sid."""
    meta, frames = RECORDINGS / "ws__orderbook_trade_yes.meta.json", RECORDINGS / "ws__orderbook_trade_yes.jsonl"
    if not frames.exists():
        pytest.skip(f"the recordings are not at {RECORDINGS}")
    recorded = [json.loads(line) for line in frames.read_text().splitlines() if line.strip()]
    command = json.loads(meta.read_text())["subscribe_cmd"]
    written = [_written(effect) for effect in Session(KnownMarkets()).receive(json.dumps(command), 0)]
    replies = [reply for reply in written if reply]
    assert replies[:2] == recorded[:2]
    assert replies[2] == book(LIVE, recorded[2]["sid"], recorded[2]["seq"])


def _written(effect: Effect) -> dict[str, Any] | None:
    """An effect the way the scripts write it; None for what the client does not see."""
    if isinstance(effect, Send):
        return json.loads(effect.text)
    if isinstance(effect, SendSnapshot):
        more = {"id": effect.command_id} if effect.command_id else {}
        return book(effect.ticker, effect.subscription.sid, effect.seq, **more)
    if isinstance(effect, SendTicker):
        return {"ticker": effect.ticker, "sid": effect.subscription.sid}
    return None
