"""What a browser may do: tokens in place of signatures, and whose pages may read answers."""

import json
from typing import Any

import httpx
import pytest

from exchange.gateways.auth import ApiKey, Authenticator, KeyRing
from exchange.gateways.browser import LIFE_SECONDS, TOKENS_KEPT, BrowserDoor, Tokens, is_loopback
from exchange.gateways.errors import ApiError

UI = "http://127.0.0.1:8080"
ELSEWHERE = "https://example.com"


class Clock:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def test_a_token_stands_for_its_member():
    tokens = Tokens(Clock())
    holder = tokens.holder(tokens.issue(2, "alice"))
    assert holder is not None
    assert (holder.member, holder.allows("write::trade")) == (2, True)


def test_a_token_is_taken_with_the_word_bearer_before_it():
    tokens = Tokens(Clock())
    assert tokens.holder("Bearer " + tokens.issue(2, "alice")) is not None


def test_a_token_ends():
    clock = Clock()
    tokens = Tokens(clock)
    token = tokens.issue(2, "alice")
    clock.s = LIFE_SECONDS
    assert tokens.holder(token) is None


def test_only_so_many_tokens_are_kept():
    tokens = Tokens(Clock())
    first = tokens.issue(2, "alice")
    for _ in range(TOKENS_KEPT):
        last = tokens.issue(2, "alice")
    assert tokens.holder(first) is None
    assert tokens.holder(last) is not None


def authenticator(tokens: Tokens) -> Authenticator:
    return Authenticator(KeyRing(), lambda: 0, token_holder=tokens.holder)


def test_a_token_is_enough_where_no_key_is_named():
    tokens = Tokens(Clock())
    key = authenticator(tokens).authenticate(None, None, None, "GET", "/x", token=tokens.issue(2, "alice"))
    assert key.member == 2


def test_an_unknown_token_is_refused_like_no_signature_at_all():
    with pytest.raises(ApiError) as caught:
        authenticator(Tokens(Clock())).authenticate(None, None, None, "GET", "/x", token="Bearer nothing")
    assert caught.value.code == "signature_is_missing_from_headers"


def test_a_named_key_must_sign_whatever_token_it_brings():
    tokens = Tokens(Clock())
    keys = KeyRing()
    keys.add(ApiKey("key", 1, "key"))
    both = Authenticator(keys, lambda: 0, token_holder=tokens.holder)
    with pytest.raises(ApiError):
        both.authenticate("key", None, None, "GET", "/x", token=tokens.issue(2, "alice"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.168.0.7", False), ("", False)],
)
def test_loopback_is_what_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) is loopback


# --- the door ---------------------------------------------------------------------------------------


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"through"})


async def ask(method: str, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=BrowserDoor(echo, (UI,)))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
        return await client.request(method, path, headers=named)


async def test_without_an_origin_nothing_is_added():
    answer = await ask("GET", "/trade-api/v2/markets")
    assert (answer.text, dict(answer.headers)) == ("through", {})


async def test_the_ui_may_read_the_answer():
    answer = await ask("GET", "/trade-api/v2/markets", Origin=UI)
    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("through", UI)


async def test_the_ui_may_ask_before_it_sends_an_order():
    answer = await ask(
        "OPTIONS",
        "/trade-api/v2/portfolio/events/orders",
        Origin=UI,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,content-type",
    )
    assert answer.status_code == 200
    assert "POST" in answer.headers["access-control-allow-methods"]


async def test_another_site_may_not_read():
    answer = await ask("GET", "/trade-api/v2/markets", Origin=ELSEWHERE)
    assert (answer.text, dict(answer.headers)) == ("through", {})


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", "http://[", "http://127.0.0.1.example.com"])
async def test_another_site_may_not_change_the_sandbox(origin):
    answer = await ask("POST", "/sandbox/reset", Origin=origin)
    assert answer.status_code == 403
    assert json.loads(answer.text)["error"]["code"] == "forbidden"


async def test_the_venues_own_reference_page_may_change_the_sandbox():
    assert (await ask("POST", "/sandbox/reset", Origin="http://127.0.0.1:9090")).text == "through"
