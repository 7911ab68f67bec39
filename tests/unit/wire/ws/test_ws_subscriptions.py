"""The subscription session: limits, effects, and that nothing a client says gets past it. Scripts: tests/sessions."""

import json
import os
import random
from typing import Any

import pytest

from wire.ws.channels import CHANNELS
from wire.ws.effects import Join, Leave, Send, SendSnapshot, SendTicker
from wire.ws.errors import ERROR_TEXTS
from wire.ws.subscriptions import Session

FUZZ_ROUNDS = int(os.environ.get("MOCK_KALSHI_WS_FUZZ", "2000"))


class FakeMarkets:
    """Markets M0 to M9, whose ids are id-M0 to id-M9."""

    def knows(self, ticker: str) -> bool:
        return len(ticker) == 2 and ticker[0] == "M" and ticker[1].isdigit()

    def ticker_of(self, market_id: str) -> str | None:
        return market_id[3:] if market_id.startswith("id-") and self.knows(market_id[3:]) else None

    def id_of(self, ticker: str) -> str:
        return "id-" + ticker


def session(**limits: int) -> Session:
    return Session(FakeMarkets(), **limits)


def command(name: str, command_id: int = 1, **params: Any) -> str:
    return json.dumps({"id": command_id, "cmd": name, "params": params})


def sent(effects) -> list[dict[str, Any]]:
    return [json.loads(effect.text) for effect in effects if isinstance(effect, Send)]


def codes(effects) -> list[int]:
    return [message["msg"]["code"] for message in sent(effects) if message["type"] == "error"]


def test_effects_of_a_first_subscribe_come_in_order():
    effects = session().receive(command("subscribe", channels=["orderbook_delta"], market_tickers=["M1", "M2"]), 0)
    assert [type(effect) for effect in effects] == [Send, Join, SendSnapshot, SendSnapshot]
    assert effects[1].tickers == ("M1", "M2")
    assert [(effect.ticker, effect.seq, effect.command_id) for effect in effects[2:]] == [("M1", 1, 0), ("M2", 2, 0)]


def test_subscription_without_markets_joins_everything():
    effects = session().receive(command("subscribe", channels=["trade"]), 0)
    assert effects[1].tickers is None


def test_subscribing_to_everything_widens_a_held_selection():
    held = session()
    held.receive(command("subscribe", channels=["trade"], market_ticker="M1"), 0)
    effects = held.receive(command("subscribe", channels=["trade"]), 0)
    assert [type(effect) for effect in effects] == [Send, Leave, Join]
    assert (effects[1].tickers, effects[2].tickers) == (("M1",), None)


def test_selection_added_to_everything_changes_nothing():
    held = session()
    held.receive(command("subscribe", channels=["trade"]), 0)
    effects = held.receive(command("subscribe", channels=["trade"], market_ticker="M1"), 0)
    assert [type(effect) for effect in effects] == [Send]


def test_emptied_selection_does_not_become_everything():
    held = session()
    held.receive(command("subscribe", channels=["trade"], market_ticker="M1"), 0)
    held.receive(command("update_subscription", sid=1, action="delete_markets", market_ticker="M1"), 0)
    assert held.subscriptions[1].markets == {}


def test_initial_ticker_for_added_markets_only_on_request():
    held = session()
    held.receive(command("subscribe", channels=["ticker"], market_ticker="M1"), 0)
    quiet = held.receive(command("update_subscription", sid=1, action="add_markets", market_ticker="M2"), 0)
    loud = held.receive(
        command(
            "update_subscription",
            sid=1,
            action="add_markets",
            market_tickers=["M2", "M3"],
            send_initial_snapshot=True,
        ),
        0,
    )
    assert not any(isinstance(effect, SendTicker) for effect in quiet)
    assert [effect.ticker for effect in loud if isinstance(effect, SendTicker)] == ["M3"]


def test_market_limit_counts_all_channels_and_refuses_whole_with_26():
    limited = session(market_limit=3)
    assert codes(limited.receive(command("subscribe", channels=["trade"], market_tickers=["M1", "M2"]), 0)) == []
    assert codes(limited.receive(command("subscribe", channels=["fill"], market_tickers=["M1", "M2"]), 0)) == [26]
    assert codes(limited.receive(command("subscribe", channels=["fill"], market_tickers=["M1"]), 0)) == []
    update = command("update_subscription", sid=1, action="add_markets", market_tickers=["M3"])
    assert codes(limited.receive(update, 0)) == [26]
    assert limited.subscriptions[1].seq == 0


def test_market_limit_frees_what_was_left():
    limited = session(market_limit=1)
    limited.receive(command("subscribe", channels=["trade"], market_ticker="M1"), 0)
    limited.receive(command("unsubscribe", sids=[1]), 0)
    assert codes(limited.receive(command("subscribe", channels=["trade"], market_ticker="M2"), 0)) == []


def test_command_rate_answers_27_and_refills_with_time():
    busy = session(commands_per_second=2)
    listing = command("list_subscriptions", 5)
    now_us = 1_000_000
    assert [codes(busy.receive(listing, now_us)) for _ in range(3)] == [[], [], [27]]
    assert codes(busy.receive(listing, now_us + 499_999)) == [27]
    assert codes(busy.receive(listing, now_us + 500_000)) == []
    assert sent(busy.receive(listing, now_us + 500_000)) == [
        {"type": "error", "id": 5, "msg": {"code": 27, "msg": "Too many requests"}}
    ]


def test_overflow_ends_every_subscription_with_25_and_sids_go_on():
    held = session()
    held.receive(command("subscribe", channels=["orderbook_delta", "ticker"], market_ticker="M1"), 0)
    effects = held.overflow()
    assert [type(effect) for effect in effects] == [Leave, Send, Leave, Send]
    assert sent(effects) == [
        {"type": "error", "sid": 1, "seq": 2, "msg": {"code": 25, "msg": "Subscription buffer overflow"}},
        {"type": "error", "sid": 2, "msg": {"code": 25, "msg": "Subscription buffer overflow"}},
    ]
    assert held.subscriptions == {}
    assert sent(held.receive(command("subscribe", channels=["ticker"]), 0))[0]["msg"]["sid"] == 3


# --- whatever a client says -------------------------------------------------------------------------

VALUES = (
    None, True, False, 0, 1, 2, -1, 101, 2**63, 10**30, 1.5, "", "M1", "M2", "no-such", "id-M3", "\ud800", "self", [],
    ["M1"], ["M1", "no-such"], [1], [1, 2], [None], [[]], {}, {"a": 1}, ["BRTI"], ["all"],
    "add_markets", "get_snapshot",
    "delete_markets", "indexlist", "subscribe_indices", "unsubscribe_indices", "underlying_list",
    "subscribe_underlyings", "unsubscribe_underlyings", ["trade", "nonsense"], list(CHANNELS), ["orderbook_delta"],
    ["ticker", "ticker"], ["communications"], ["pyth_value", "cfbenchmarks_value"],
)  # fmt: skip
KEYS = (
    "channels", "market_ticker", "market_tickers", "market_id", "market_ids", "send_initial_snapshot",
    "skip_ticker_ack",
    "use_yes_price", "user_filter", "shard_factor", "shard_key", "index_ids", "underlying_tickers", "sid", "sids",
    "action", "nonsense",
)  # fmt: skip
COMMANDS_PER_CONNECTION = 40
"""Few enough that the small sids a random command names are still held."""
COMMANDS = ("subscribe", "unsubscribe", "update_subscription", "list_subscriptions", "nonsense", "", None, 7)
LIKELY: dict[str, tuple[str, ...]] = {
    "subscribe": ("channels", "market_tickers"),
    "unsubscribe": ("sids",),
    "update_subscription": ("sid", "action", "market_tickers"),
}
"""What each command is mostly made of, so that many get past the first check."""


def _value(rng: random.Random, key: str) -> Any:
    """Mostly something that fits the key, else anything."""
    if rng.random() < 0.15:
        return rng.choice(VALUES)
    if key == "channels":
        return rng.sample(list(CHANNELS), rng.randrange(1, 4))
    if key in ("sid", "sids"):
        sid = rng.randrange(1, 20)
        return sid if key == "sid" else [sid]
    if key == "action":
        return rng.choice(("add_markets", "delete_markets", "get_snapshot", "subscribe_indices", "indexlist"))
    return [f"M{rng.randrange(10)}" for _ in range(rng.randrange(4))] if key == "market_tickers" else rng.choice(VALUES)


def random_command(rng: random.Random) -> str:
    """A command that is more or less wrong; also used on the whole hub."""
    body: dict[str, Any] = {}
    if rng.random() < 0.95:
        body["id"] = rng.choice((1, 2, 0)) if rng.random() < 0.9 else rng.choice(VALUES)
    if rng.random() < 0.97:
        body["cmd"] = rng.choice(COMMANDS[:3]) if rng.random() < 0.85 else rng.choice(COMMANDS)
    if rng.random() < 0.95:
        keys = [*LIKELY.get(str(body.get("cmd")), ()), *rng.sample(KEYS, rng.choice((0, 0, 1, 2)))]
        params = {key: _value(rng, key) for key in keys}
        body["params"] = params if rng.random() < 0.97 else rng.choice(VALUES)
    text = json.dumps(body)
    if rng.random() < 0.05:
        cut = rng.randrange(len(text) + 1)
        text = text[:cut] + rng.choice(("", "\x00", "}", "[" * 50, '"', "\\u", "é")) + text[cut + rng.randrange(3) :]
    return text


def test_malformed_commands_get_documented_codes_only():
    """MOCK_KALSHI_WS_FUZZ=50000 for the long run; the seed is fixed, so a failure repeats."""
    rng = random.Random(20261121)
    kinds = set()
    for turn in range(FUZZ_ROUNDS):
        if turn % COMMANDS_PER_CONNECTION == 0:
            held, seqs = session(), dict[int, int]()
        text = random_command(rng)
        effects = held.receive(text, 0)
        assert effects, text
        for message in sent(effects):
            kinds.add(message["type"])
            if message["type"] == "error":
                assert ERROR_TEXTS[message["msg"]["code"]] == message["msg"]["msg"]
            else:
                assert message["type"] in {"subscribed", "unsubscribed", "ok"} or message["type"].endswith("list")
        for sid, seq in _numbers(effects):
            assert seq == seqs.get(sid, 0) + 1, text
            seqs[sid] = seq
        assert len({held.channel.name for held in held.subscriptions.values()}) == len(held.subscriptions)
    assert {"error", "subscribed", "unsubscribed", "ok"} <= kinds


def _numbers(effects) -> list[tuple[int, int]]:
    """(sid, seq) of everything numbered, in the order in which it goes out."""
    numbers = []
    for effect in effects:
        if isinstance(effect, SendSnapshot):
            numbers.append((effect.subscription.sid, effect.seq))
        elif isinstance(effect, Send):
            message = json.loads(effect.text)
            if "seq" in message:
                numbers.append((message["sid"], message["seq"]))
    return numbers


@pytest.mark.parametrize("text", ["", "null", "[]", '"x"', "{", "[" * 100_000, '{"id":"1","cmd":"subscribe"}'])
def test_what_is_not_a_command_is_code_1_without_id(text):
    assert sent(session().receive(text, 0)) == [
        {"type": "error", "msg": {"code": 1, "msg": "Unable to process message"}}
    ]
