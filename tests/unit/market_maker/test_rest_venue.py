"""What an answer of the venue means: bodies as Kalshi writes them (SEMANTICS A1, B7, F4), no sockets."""

import httpx
import msgspec
import pytest

from market_maker.quotes import ASK, BID, OwnOrder
from market_maker.venue.credentials import Credentials
from market_maker.venue.port import NewOrder, RateLimited, Refused, Uncertain
from market_maker.venue.rest import RestVenue
from wire import signing
from wire.units import MICROS

KEY = signing.generate_key("ed25519")
ORDER = OwnOrder(
    order_id="o1", client_order_id="mm-1", ticker="T", side=BID, price=4_800, remaining=700, filled=300, updated_ms=1
)


class Venue(httpx.AsyncBaseTransport):
    """Answers each request with the next of `answers`: (status, body), or an exception."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    async def handle_async_request(self, request):
        self.requests.append((request.method, request.url, dict(request.headers), await request.aread()))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        content = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
        return httpx.Response(status, content=content, request=request)

    def sent(self, at=-1):
        return msgspec.json.decode(self.requests[at][3])


def rest(*answers):
    transport = Venue(*answers)
    return RestVenue("http://venue", Credentials("key", KEY, lambda: 123), transport), transport


async def test_a_request_is_signed_over_time_method_and_path_without_its_query():
    venue, seen = rest((200, {"orders": [], "cursor": ""}))
    await venue.resting(("T",))
    _, url, headers, _ = seen.requests[0]
    assert dict(url.params) == {"status": "resting", "ticker": "T", "limit": "1000"}
    signature = signing.decode_signature(headers["kalshi-access-signature"])
    assert signing.verify(KEY.public_key(), signature, "123GET/trade-api/v2/portfolio/orders")


async def test_an_order_is_written_in_fixed_point_strings_and_unix_seconds():
    created = {"order_id": "o9", "fill_count": "0.00", "remaining_count": "2.50", "ts_ms": 77}
    venue, seen = rest((201, created))
    answer = await venue.create(
        NewOrder(
            ticker="T",
            side=ASK,
            price=56,
            count=250,
            client_order_id="mm-1",
            post_only=True,
            expires_us=90 * MICROS + 999_999,
            group="g",
        )
    )
    assert seen.sent() == {
        "ticker": "T",
        "side": "ask",
        "price": "0.0056",
        "count": "2.50",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
        "client_order_id": "mm-1",
        "post_only": True,
        "expiration_time": 90,
        "order_group_id": "g",
    }
    assert (answer.order_id, answer.remaining, answer.filled, answer.ts_ms) == ("o9", 250, 0, 77)


async def test_the_count_of_an_amend_is_what_is_filled_and_what_should_rest():
    venue, seen = rest((200, {"order_id": "o1", "ts_ms": 5}))
    answer = await venue.amend(ORDER, 4_900, 500, "", 0)
    assert seen.sent()["count"] == "8.00"
    assert "expiration_time" not in seen.sent()
    assert (answer.filled, answer.remaining) == (300, 500)


async def test_what_filled_before_an_amend_shows_in_what_it_leaves():
    venue, _ = rest((200, {"order_id": "o1", "ts_ms": 5, "fill_count": "0.00", "remaining_count": "1.00"}))
    answer = await venue.amend(ORDER, 4_800, 500, "", 0)
    assert (answer.filled, answer.remaining) == (700, 100)


async def test_a_cancel_says_how_much_had_been_filled():
    venue, _ = rest((200, {"order_id": "o1", "reduced_by": "5.00", "ts_ms": 5}))
    assert await venue.cancel(ORDER, "") == 500


@pytest.mark.parametrize(("status", "rests"), [("resting", True), ("executed", False), ("canceled", False)])
async def test_an_order_is_asked_for_by_its_id(status, rests):
    row = {
        "order_id": "o1",
        "client_order_id": "mm-1",
        "ticker": "T",
        "book_side": "bid",
        "yes_price_dollars": "0.4800",
        "remaining_count_fp": "7.00",
        "fill_count_fp": "3.00",
        "created_time": "2026-06-11T06:29:22Z",
        "status": status,
    }
    venue, seen = rest((200, {"order": row}))
    order, is_resting = await venue.order("o1")
    assert seen.requests[0][1].path == "/trade-api/v2/portfolio/orders/o1"
    assert (order.remaining, order.filled, is_resting) == (700, 300, rests)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "insufficient_balance", "message": "x"}}, "insufficient_balance"),
        ({"code": "bad_request", "message": "bad request", "details": "json"}, "bad_request"),
        ({"msg": "Parameter validation failed"}, "http_400"),
        ("not json", "http_400"),
    ],
)
async def test_each_error_body_is_a_refusal_with_its_code(body, code):
    venue, _ = rest((400, body))
    with pytest.raises(Refused) as caught:
        await venue.cancel(ORDER, "")
    assert caught.value.code == code


async def test_an_empty_bucket_is_told_apart():
    venue, _ = rest((429, '"too many requests"'))
    with pytest.raises(RateLimited):
        await venue.cancel(ORDER, "")


@pytest.mark.parametrize(
    "answer", [(500, "{}"), (503, "{}"), httpx.ReadTimeout("slow"), httpx.ConnectError("gone"), (200, "{half")]
)
async def test_what_may_have_happened_is_uncertain_and_not_sent_again(answer):
    venue, seen = rest(answer)
    with pytest.raises(Uncertain):
        await venue.cancel(ORDER, "")
    assert len(seen.requests) == 1


async def test_every_page_is_read_and_orders_come_oldest_first():
    def row(name, created):
        return {
            "order_id": name,
            "client_order_id": "mm-" + name,
            "ticker": "T",
            "book_side": "bid",
            "yes_price_dollars": "0.4800",
            "remaining_count_fp": "1.00",
            "fill_count_fp": "0.00",
            "created_time": created,
        }

    newest = row("c", "2026-06-11T06:29:22Z")
    older = [row("b", "2026-06-11T06:29:21Z"), row("a", "2026-06-11T06:29:20.5Z")]
    venue, seen = rest((200, {"orders": [newest], "cursor": "next"}), (200, {"orders": older, "cursor": ""}))
    assert [order.order_id for order in await venue.resting()] == ["a", "b", "c"]
    assert seen.requests[1][1].params["cursor"] == "next"
