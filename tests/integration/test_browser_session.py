"""A browser's way into a running venue: accounts, a token, REST and WebSocket with it."""

import json

import httpx
import websockets

from tests.live import API, SOCKET, TICKER, live

UI = "http://127.0.0.1:8080"
ORDER = {
    "ticker": TICKER,
    "side": "bid",
    "price": "0.5000",
    "count": "1.00",
    "time_in_force": "good_till_canceled",
    "self_trade_prevention_type": "taker_at_cross",
}


async def test_a_token_trades_and_listens_for_its_account(tmp_path):
    async with live(tmp_path) as venue, httpx.AsyncClient(base_url=venue.url, headers={"Origin": UI}) as page:
        names = [entry["name"] for entry in (await page.get("/sandbox/accounts")).json()["accounts"]]
        assert names == ["member 1", "member 2", "member 3"]
        granted = await page.post("/sandbox/session", json={"account": "member 2"})
        assert granted.status_code == 201
        token = granted.json()["token"]
        page.headers["Authorization"] = f"Bearer {token}"
        async with websockets.connect(f"ws://127.0.0.1:{venue.venue.port}{SOCKET}?token={token}", origin=UI) as socket:
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": {"channels": ["user_orders"]}}))
            assert json.loads(await socket.recv())["type"] == "subscribed"
            placed = await page.post(f"{API}/portfolio/events/orders", json=ORDER)
            assert placed.status_code == 201, placed.text
            assert placed.headers["access-control-allow-origin"] == UI
            heard = json.loads(await socket.recv())["msg"]
        assert heard["order_id"] == placed.json()["order_id"]
        listed = (await page.get(f"{API}/portfolio/orders")).json()["orders"]
        assert [order["order_id"] for order in listed] == [heard["order_id"]]


async def test_a_session_needs_an_account_that_is_there(tmp_path):
    async with live(tmp_path) as venue, httpx.AsyncClient(base_url=venue.url) as page:
        refused = await page.post("/sandbox/session", json={"account": "nobody"})
        assert (refused.status_code, refused.json()["error"]["details"]) == (404, "no account is called 'nobody'")


async def test_a_session_is_asked_for_in_json(tmp_path):
    async with live(tmp_path) as venue, httpx.AsyncClient(base_url=venue.url) as page:
        assert (await page.post("/sandbox/session", data={"account": "member 1"})).status_code == 400
        assert (await page.post("/sandbox/session", json=["member 1"])).status_code == 400


async def test_a_venue_that_others_can_reach_has_no_powers_unless_asked(tmp_path):
    async with live(tmp_path, sandbox=False) as venue, httpx.AsyncClient(base_url=venue.url) as page:
        assert (await page.post("/sandbox/session", json={"account": "member 1"})).status_code == 403
        for method, path in (("GET", "/sandbox/state"), ("POST", "/sandbox/reset"), ("DELETE", "/sandbox/snapshots/x")):
            answer = await page.request(method, path)
            assert (answer.status_code, "--sandbox" in answer.json()["error"]["details"]) == (403, True)
        assert (await page.get("/trade-api/v2/exchange/status")).status_code == 200
