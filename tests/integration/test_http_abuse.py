"""REST under attack: requests no client should send, and the same order sent by several at once."""

import asyncio
import contextlib
import json
import os
import random
import socket
import time
from contextlib import AsyncExitStack

import pytest

from exchange.gateways.context import GatewaySettings
from tests.live import API, TICKER, live, signed_headers
from tests.raw_http import ORDERS, Presigned, connection, request

TRIPLED = 10_000 if os.environ.get("CI") else 300
RACES = 300 if os.environ.get("CI") else 60


def body(**fields):
    return {
        "ticker": TICKER,
        "side": "bid",
        "price": "0.1000",
        "count": "1.00",
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    } | fields


@pytest.fixture
async def venue(tmp_path):
    """Signatures are made once and used for a whole test, so an old one is good for an hour here."""
    async with live(tmp_path, gateways=GatewaySettings(skew_ms=3_600_000)) as running:
        yield running


async def healthy(venue) -> None:
    state = venue.venue.inspection.state()
    assert (state.degraded, state.invariants_broken) == ("", [])


# --- what is not a request of the contract ----------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/trade-api/v2/nothing", 404),
        ("GET", "/trade-api/v3/markets", 404),
        ("GET", "//trade-api/v2/markets", 404),
        ("GET", "/trade-api/v2/../v2/markets", 404),
        ("GET", "/trade-api/v2/markets/%00", 404),
        ("GET", "/trade-api/v2/markets/%FF%FE", 404),
        ("GET", "/trade-api/v2/markets/KX%E2%82%AC-%F0%9F%98%80", 404),
        ("GET", "/trade-api/v2/markets/" + "A" * 20_000, 404),
        ("GET", "/trade-api/v2/markets/%0A", 404),
        ("PATCH", "/trade-api/v2/markets", 405),
        ("DELETE", "/trade-api/v2/exchange/status", 405),
        ("PUT", "/trade-api/v2/portfolio/events/orders", 405),
        ("BREW", "/trade-api/v2/markets", 400),
        ("POST", "/trade-api/v2/portfolio/events/orders%0A", 404),
        ("POST", "/trade-api/v2/portfolio/events/orders/batched%0A", 404),
        ("POST", "/trade-api/v2/portfolio/events/orders/x/amend%0A", 404),
        ("DELETE", "/trade-api/v2/portfolio/events/orders/x%0A", 401),
        ("POST", "/trade-api/v2/portfolio/events/ordersx", 404),
        ("POST", "/trade-api/v2/portfolio/events/orders/x/y/z", 404),
        ("POST", "/trade-api/v2/portfolio/events/orders/x/explode", 404),
    ],
)
async def test_what_is_not_in_the_contract_is_refused(venue, method, path, status):
    async with connection(venue) as client:
        answered, text = await client.ask(request(method, path, {}))
        assert answered == status, text
        if method != "BREW":
            assert json.loads(text)["error"]["code"]


async def test_a_path_of_the_hot_routes_with_a_line_end_is_no_order(venue):
    """A router's `$` matches before a last line end; the order routes must not be reached that way."""
    trader = venue.trader(1)
    async with connection(venue) as client:
        for path in (ORDERS + "%0A", ORDERS + "/batched%0A", ORDERS + "/x/amend%0A", ORDERS + "/x/decrease%0A"):
            answered, text = await client.ask(Presigned(trader).request("POST", path, body()))
            assert answered == 404, (path, text)


@pytest.mark.parametrize(
    "given", [None, "", "text/plain", "application/xml", "multipart/form-data", "application/json5"]
)
async def test_a_body_that_does_not_say_it_is_json_is_refused(venue, given):
    trader = venue.trader(1)
    headers = signed_headers(trader.key_id, trader.key, "POST", API + ORDERS)
    if given is not None:
        headers["Content-Type"] = given
    async with connection(venue) as client:
        answered, text = await client.ask(request("POST", API + ORDERS, headers, json.dumps(body()).encode()))
        assert (answered, json.loads(text)["code"]) == (400, "invalid_content_type")


BAD_JSON = {
    "nothing": b" ",
    "a word": b"hello",
    "half": b'{"ticker":',
    "two": b"{}{}",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "a trailing comma": b'{"ticker":"X",}',
    "single quotes": b"{'ticker':'X'}",
    "NaN": b'{"price":NaN}',
    "bad UTF-8": b'{"ticker":"\xff\xfe"}',
    "UTF-16": json.dumps({"ticker": "X"}).encode("utf-16"),
    "a lone surrogate": b'{"ticker":"\\ud800"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000,
    "deep inside a field": b'{"ticker":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an enormous number": b'{"subaccount":' + b"9" * 100_000 + b"}",
    "an enormous exponent": b'{"subaccount":1e999999999}',
    "gzip": bytes.fromhex("1f8b0800000000000003"),
}


@pytest.mark.parametrize(
    "path",
    [
        ORDERS,
        ORDERS + "/batched",
        ORDERS + "/x/amend",
        "/portfolio/order_groups/create",
        "/portfolio/subaccounts/transfer",
        "/api_keys",
    ],
)
async def test_a_body_that_is_not_json_is_400(venue, path):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        for what, data in BAD_JSON.items():
            answered, text = await client.ask(signer.request("POST", path, data))
            assert answered == 400, (what, text)
    await healthy(venue)


FIELDS = {
    "price": ["-0.5", "1.0000", "0", "0.00", "0.005", "0.12345", "1e-1", "NaN", "inf", "", " 0.5", "0.5 ", ".5",
              "\u0660.\u0665", "5.", "0x1", "9" * 40, "-" + "9" * 40, "0." + "9" * 40, 0.5, 50, None, True, [], {},
              "0,5", "+0.5", "\x00"],
    "count": ["-1", "0", "0.00", "0.001", "1e9", "999999999999999", "9" * 40, "-" + "9" * 15, 1, 1.5, None, "", "NaN",
              "100000000.01", [], "1_000"],
    "side": ["yes", "BID", "", None, 1, [], "bid "],
    "ticker": ["", "KXNO", "KX\u20ac", "\U0001f600", "a\x00b", "x" * 100_000, None, 5, "'; DROP TABLE orders; --",
               "../..", TICKER.lower(), TICKER + " ", "\u202e" + TICKER, TICKER + "\n"],
    "time_in_force": ["", "gtc", None, 1],
    "self_trade_prevention_type": ["", "none", None, 1],
    "client_order_id": ["a" * 65, "has.dot", 5, [], {}],
    "subaccount": [-1, 64, 63, 2**31, 2**63 - 1, -(2**63), 2**63, 10**40, 0.5, "0", True, []],
    "exchange_index": [1, -2, 2**63 - 1, 2**63, 10**40, "0", 0.5, True],
    "expiration_time": [-1, -(2**63), 1, 2**63, 10**40, 0.5, "tomorrow", True],
    "order_group_id": ["x", "00000000-0000-0000-0000-000000000000", 5, "\x00", "x" * 10_000],
    "post_only": ["true", 1, []],
    "reduce_only": [True, "x", 1],
    "cancel_order_on_pause": ["x", 1],
}  # fmt: skip


async def test_every_wrong_field_of_an_order_is_refused_and_nothing_rests(venue):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        for name, values in FIELDS.items():
            for value in values:
                answered, text = await client.ask(signer.request("POST", ORDERS, body(**{name: value})))
                assert 400 <= answered < 500, (name, value, answered, text)
                error = json.loads(text)
                assert error.get("code") or error["error"]["code"], (name, value)
    assert venue.venue.inspection.state().orders_resting == 0
    await healthy(venue)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("field", ["price", "count"])
async def test_a_number_of_fifteen_digits_is_refused_like_any_other_and_costs_nobody_a_command(venue, sign, field):
    signer = Presigned(venue.trader(1))
    number = sign + "9" * 15 + (".9999" if field == "price" else ".99")
    async with connection(venue) as client:
        for side in ("bid", "ask"):
            answered, text = await client.ask(signer.request("POST", ORDERS, body(side=side, **{field: number})))
            assert answered == 400, text
    assert venue.venue.inspection.state().degraded == ""
    await healthy(venue)


async def test_money_without_end_is_refused_before_the_ledger_cannot_hold_it(venue):
    fund = f"{venue.url}/sandbox/accounts/member 1/fund"
    assert (await venue.public.post(fund, json={"amount": "999999000000"})).status_code == 200
    refused = await venue.public.post(fund, json={"amount": "1000000000000"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_parameters")
    assert "1000000000000.0000" in refused.json()["error"]["details"]


async def test_wrong_fields_of_the_other_writes_are_refused(venue):
    trader = venue.trader(1)
    order_id = (await trader.order("bid", "0.1000", "1.00")).json()["order_id"]
    signer = Presigned(trader)
    junk = (-1, 2**63, 10**40, 0.5, "x", "", None, [], {}, True, "\x00", "9" * 30, "-1")
    bodies = {
        ("POST", f"{ORDERS}/{order_id}/amend"): ({"ticker": TICKER, "side": "bid", "price": "0.2", "count": "1"}, ()),
        ("POST", f"{ORDERS}/{order_id}/decrease"): ({"reduce_by": "0.5"}, ("reduce_to",)),
        ("POST", "/portfolio/order_groups/create"): ({"contracts_limit": 5}, ("contracts_limit_fp", "subaccount")),
        ("POST", "/portfolio/subaccounts/transfer"): (
            {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 5, "client_transfer_id": "x"},
            ("exchange_index",),
        ),
        ("PUT", "/portfolio/subaccounts/netting"): ({"subaccount_number": 0, "enabled": True}, ()),
        ("POST", "/api_keys/generate"): ({"name": "k"}, ("scopes", "subaccount", "key_type")),
        ("POST", "/api_keys"): ({"name": "k", "public_key": "x"}, ("scopes",)),
        ("POST", f"{ORDERS}/batched"): ({"orders": [body()]}, ()),
        ("DELETE", f"{ORDERS}/batched"): ({"orders": [{"order_id": "x"}]}, ()),
    }
    async with connection(venue) as client:
        for (method, path), (good, more) in bodies.items():
            for name in (*good, *more):
                for value in junk:
                    answered, text = await client.ask(signer.request(method, path, good | {name: value}))
                    assert answered < 500, (method, path, name, value, text)
    await healthy(venue)


async def test_queries_out_of_any_range_are_refused_or_empty(venue):
    signer = Presigned(venue.trader(1))
    paths = {
        "/portfolio/orders": ("limit", "cursor", "ticker", "event_ticker", "min_ts", "max_ts", "status", "subaccount"),
        "/portfolio/fills": ("limit", "cursor", "ticker", "order_id", "min_ts", "max_ts", "subaccount"),
        "/portfolio/positions": ("limit", "cursor", "ticker", "event_ticker", "count_filter", "subaccount"),
        "/portfolio/settlements": ("limit", "cursor", "ticker", "min_ts", "max_ts", "subaccount"),
        "/portfolio/balance": ("subaccount", "exchange_index"),
        "/markets": ("limit", "cursor", "tickers", "status", "min_close_ts", "max_close_ts", "series_ticker"),
        "/markets/trades": ("limit", "cursor", "ticker", "min_ts", "max_ts"),
        f"/markets/{TICKER}/orderbook": ("depth",),
        "/markets/candlesticks": ("market_tickers", "start_ts", "end_ts", "period_interval"),
        "/series/KXTEST/markets/KXTEST-26-A/candlesticks": ("start_ts", "end_ts", "period_interval"),
        "/events": ("limit", "cursor", "status", "series_ticker", "min_close_ts"),
    }
    values = ("-1", "0", "9" * 30, "-" + "9" * 18, "9223372036854775807", "9223372036854775808", "1e5", "x", "", "%00",
              "%FF", "%F0%9F%98%80", "1.5", "true", "a" * 5_000, "1&{0}=2")  # fmt: skip
    async with connection(venue) as client:
        for path, names in paths.items():
            for name in names:
                for value in values:
                    asked = f"{path}?{name}={value.replace('{0}', name)}"
                    answered, text = await client.ask(signer.request("GET", asked))
                    assert answered in (200, 400, 404, 429), (asked, answered, text)
    await healthy(venue)


# --- HTTP itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ORDERS, "/portfolio/order_groups/create"])
async def test_a_body_that_is_too_long_is_413_and_the_venue_serves_on(venue, path):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        answered, text = await client.ask(signer.request("POST", path, b'{"ticker":"' + b"x" * 3_000_000 + b'"}'))
        assert answered == 413, text
    async with connection(venue) as client:
        assert (await client.ask(signer.request("POST", ORDERS, body())))[0] == 201


def chunked(signed: bytes, size: int) -> bytes:
    """The same request with its body in chunks."""
    head, _, data = signed.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    tail = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", b""]) + tail


async def test_a_body_in_chunks_is_a_body(venue):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        for size in (1, 7, 1_000):
            answered, text = await client.ask(chunked(signer.request("POST", ORDERS, body()), size))
            assert answered == 201, text


async def test_chunks_without_end_are_413(venue):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        sent = chunked(signer.request("POST", ORDERS, b"[" + b" " * 2_500_000 + b"]"), 60_000)
        assert (await client.ask(sent))[0] == 413


HEADS = {
    "a header": b"GET /trade-api/v2/markets HTTP/1.1\r\nHost: x\r\nX-Long: ",
    "a path": b"GET /",
    "a trailer": b"POST /trade-api/v2/portfolio/events/orders HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Long: ",
}


@pytest.mark.parametrize("begun", HEADS.values(), ids=HEADS.keys())
async def test_a_head_without_end_ends_its_own_connection(venue, begun):
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.venue.port)
    sent = 0
    with contextlib.suppress(ConnectionError):
        writer.write(begun)
        while sent < 16 * 2**20:
            writer.write(b"a" * 16_384)
            await writer.drain()
            sent += 16_384
            if reader.at_eof() or writer.is_closing():
                break
            await asyncio.sleep(0)
    with contextlib.suppress(ConnectionError):
        answer = await reader.read(100)
        assert answer.split(b" ")[1] in (b"400", b"401", b"431"), answer
    writer.close()
    assert sent < 16 * 2**20
    await healthy(venue)


async def test_a_path_that_is_too_long_is_told_so_though_it_came_whole(venue):
    reader, writer = await asyncio.open_connection("127.0.0.1", venue.venue.port)
    writer.write(b"GET /trade-api/v2/markets?tickers=" + b"A" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 431 "), answer[:100]
    await healthy(venue)


async def test_who_connects_and_asks_for_nothing_is_hung_up_on(venue):
    async with asyncio.timeout(60):
        for begun in (b"", b"GET /health HTTP/1.1\r\nHos"):
            venue.venue.http._server.config.timeout_keep_alive = 1
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.venue.port)
            writer.write(begun)
            assert await reader.read() == b""
            writer.close()


async def test_pipelined_requests_are_answered_in_order(venue):
    signer = Presigned(venue.trader(1))
    async with connection(venue) as client:
        for number in range(50):
            client.writer.write(signer.request("POST", ORDERS, body(client_order_id=f"p{number}")))
            client.writer.write(signer.request("GET", f"/markets/{TICKER}"))
        for number in range(50):
            answered, text = await client.answer()
            assert (answered, json.loads(text)["client_order_id"]) == (201, f"p{number}")
            answered, text = await client.answer()
            assert (answered, json.loads(text)["market"]["ticker"]) == (200, TICKER)


async def test_headers_that_contradict_themselves_are_refused(venue):
    trader = venue.trader(1)
    good = list(signed_headers(trader.key_id, trader.key, "POST", API + ORDERS).items())
    good.append(("Content-Type", "application/json"))
    data = json.dumps(body()).encode()
    attempts = {
        "two lengths": [*good, ("Content-Length", "5"), ("Content-Length", str(len(data)))],
        "a length and chunks": [*good, ("Content-Length", "5"), ("Transfer-Encoding", "chunked")],
        "a negative length": [*good, ("Content-Length", "-1")],
        "a length that is a word": [*good, ("Content-Length", "many")],
        "an enormous length": [*good, ("Content-Length", "9" * 40)],
        "another key first": [("KALSHI-ACCESS-KEY", "nobody"), *good],
        "another signature first": [("KALSHI-ACCESS-SIGNATURE", "AAAA"), *good],
        "bytes beyond ASCII": [*good[:1], ("KALSHI-ACCESS-SIGNATURE", "\xff\xfe"), *good[2:]],
    }
    for what, headers in attempts.items():
        async with connection(venue) as client, asyncio.timeout(10):
            client.writer.write(request("POST", API + ORDERS, headers, data))
            answered, _ = await client.answer()
            assert answered in (0, 400, 401), what
    await healthy(venue)


async def test_of_a_header_given_twice_the_first_counts_at_every_door(venue):
    trader = venue.trader(1)
    async with connection(venue) as client:
        for method, path in (("DELETE", ORDERS), ("GET", "/portfolio/balance")):
            good = list(signed_headers(trader.key_id, trader.key, method, API + path).items())
            assert (await client.ask(request(method, API + path, [*good, ("KALSHI-ACCESS-KEY", "nobody")])))[0] < 300
            assert (await client.ask(request(method, API + path, [("KALSHI-ACCESS-KEY", "nobody"), *good])))[0] == 401


async def test_answers_do_not_wait_for_acknowledgements(venue):
    """Nagle's algorithm holds back the second piece of an answer for 40 ms; the venue must have it off."""
    async with connection(venue) as client:
        await client.ask(request("GET", "/trade-api/v2/exchange/status", {}))
        (server,) = venue.venue.http.connections
        accepted = server.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_clients_that_leave_in_mid_request_leave_nothing_behind(venue):
    signer, pick = Presigned(venue.trader(1)), random.Random(1)
    whole = signer.request("POST", ORDERS, body())

    async def leave(cut: int) -> None:
        async with connection(venue) as client:
            client.writer.write(whole[:cut])
            await asyncio.sleep(0)
            client.writer.transport.abort()

    await asyncio.gather(*(leave(pick.randrange(len(whole))) for _ in range(200)))
    async with connection(venue) as client:
        assert (await client.ask(whole))[0] == 201
    await healthy(venue)


# --- the same thing at the same time ----------------------------------------------------------------


@pytest.mark.timeout(280)
async def test_an_order_posted_by_three_at_once_exists_exactly_once(venue):
    signer = Presigned(venue.trader(1))
    started = time.perf_counter()
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connection(venue)) for _ in range(3)]
        again = 0
        for number in range(TRIPLED):
            sent = signer.request("POST", ORDERS, body(client_order_id=f"c{number}", count="0.10", price="0.0100"))
            for client in clients:
                client.writer.write(sent)
            answers = [await client.answer() for client in clients]
            while any(status == 429 for status, _ in answers):
                again += 1
                await asyncio.sleep(0.005)
                limited = [place for place, (status, _) in enumerate(answers) if status == 429]
                for place in limited:
                    answers[place] = await clients[place].ask(sent)
            assert sorted(status for status, _ in answers) == [201, 409, 409], (number, answers)
            for status, text in answers:
                if status == 409:
                    assert json.loads(text)["error"]["code"] == "order_already_exists"
    seconds = time.perf_counter() - started
    state = venue.venue.inspection.state()
    assert state.orders_resting == TRIPLED
    book = (await venue.public.get(f"/markets/{TICKER}/orderbook")).json()["orderbook_fp"]["yes_dollars"]
    assert book == [["0.0100", f"{TRIPLED / 10:.2f}"]]
    await healthy(venue)
    print(f"{TRIPLED:,} orders, each posted three times at once: one each, in {seconds:.1f} s ({again} rate limits)")


async def test_cancel_amend_and_fill_at_once_add_up_for_every_order(venue):
    ann, bob = venue.trader(1), venue.trader(2)
    signers = Presigned(ann), Presigned(bob)
    pick = random.Random(4)
    seen: dict[tuple[int, ...], int] = {}
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connection(venue)) for _ in range(4)]
        for number in range(RACES):
            _, text = await clients[0].ask(signers[0].request("POST", ORDERS, body(count="3.00")))
            order_id = json.loads(text)["order_id"]
            take = body(side="ask", count="2.00", time_in_force="immediate_or_cancel")
            amend = {"ticker": TICKER, "side": "bid", "price": "0.1000", "count": "5.00"}
            attempts = [
                signers[0].request("DELETE", f"{ORDERS}/{order_id}"),
                signers[0].request("POST", f"{ORDERS}/{order_id}/amend", amend),
                signers[1].request("POST", ORDERS, take),
                signers[0].request("POST", f"{ORDERS}/{order_id}/decrease", {"reduce_by": "1.00"}),
            ]
            order = list(range(4))
            pick.shuffle(order)
            for place in order:
                clients[place].writer.write(attempts[place])
            canceled, amended, taken, decreased = [await client.answer() for client in clients]
            statuses = tuple(status for status, _ in (canceled, amended, taken, decreased))
            seen[statuses] = seen.get(statuses, 0) + 1
            assert canceled[0] in (200, 404)
            assert amended[0] in (200, 404)
            assert taken[0] == 201
            assert decreased[0] in (200, 404)
            found = (await ann.http.get(f"/portfolio/orders/{order_id}")).json()["order"]
            assert found["status"] in ("canceled", "executed"), (number, found)
            assert found["fill_count_fp"] == json.loads(taken[1])["fill_count"]
            if canceled[0] == 200:
                # An amend sets the whole count, whatever was taken off it before.
                smaller = decreased[0] == 200
                totals = {5, 5 - smaller} if amended[0] == 200 else {3 - smaller}
                ended = float(json.loads(canceled[1])["reduced_by"]) + float(found["fill_count_fp"])
                assert ended in totals, (number, statuses)
    assert venue.venue.inspection.state().orders_resting == 0
    await healthy(venue)
    print(f"{RACES} races of cancel, amend, fill and decrease: {seen}")
