"""One order through the whole house: REST in, engine, journal, WebSocket and REST out, and back after a crash."""

import json

from tests.live import TICKER, live


async def messages(socket, count):
    return [json.loads(await socket.recv()) for _ in range(count)]


async def test_an_order_is_answered_booked_streamed_and_still_there_after_a_restart(tmp_path):
    async with live(tmp_path) as venue:
        ann, bob = venue.trader(1), venue.trader(2)
        async with ann.socket() as socket:
            await socket.send(
                json.dumps(
                    {"id": 1, "cmd": "subscribe", "params": {"channels": ["orderbook_delta"], "market_ticker": TICKER}}
                )
            )
            subscribed, snapshot = await messages(socket, 2)
            assert subscribed == {"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}}
            assert (snapshot["sid"], snapshot["seq"]) == (1, 1)
            created = await ann.order("bid", "0.5600", "10.00", client_order_id="first")
            assert created.status_code == 201
            assert created.json() | {"order_id": "", "ts_ms": 0} == {
                "client_order_id": "first",
                "fill_count": "0.00",
                "order_id": "",
                "remaining_count": "10.00",
                "ts_ms": 0,
            }
            (delta,) = await messages(socket, 1)
            assert delta["msg"]["price_dollars"] == "0.5600"
            assert delta["msg"]["delta_fp"] == "10.00"
            assert delta["msg"]["client_order_id"] == "first"
        taken = await bob.order("ask", "0.5000", "4.00", time_in_force="immediate_or_cancel")
        assert (taken.json()["fill_count"], taken.json()["average_fill_price"]) == ("4.00", "0.5600")
        book = (await venue.public.get(f"/markets/{TICKER}/orderbook")).json()
        assert book == {"orderbook_fp": {"yes_dollars": [["0.5600", "6.00"]], "no_dollars": []}}
        order_id = created.json()["order_id"]
        before = venue.venue.inspection.state()
    async with live(tmp_path, scenario=[]) as venue:
        ann = venue.trader(1)
        after = venue.venue.inspection.state()
        assert after.state_hash == before.state_hash
        order = (await ann.http.get(f"/portfolio/orders/{order_id}")).json()["order"]
        assert (order["status"], order["remaining_count_fp"], order["fill_count_fp"]) == ("resting", "6.00", "4.00")
        again = await ann.order("bid", "0.5600", "10.00", client_order_id="first")
        assert again.status_code == 409
        assert again.json() == {"error": {"code": "order_already_exists", "message": "order already exists"}}
