"""The market-data server as a process beside a venue: its books, trades and bars are the venue's, on every way out."""

import asyncio
import json
import os
import sys
import time

import pytest
import websockets

from eventlog.files import JournalTail
from eventlog.kafka import KafkaLog
from exchange.publisher import Publisher
from sandbox.kafka_broker import BrokerUnavailable, KafkaBroker
from tests.kafka import skip_or_fail
from tests.live import TICKER, live
from tests.market_data_process import ROOT, Listener, MarketData, free_port
from tests.redis_server import redis_server  # noqa: F401  # a fixture
from wire.units import parse_count, parse_price


async def venue_book(venue):
    sides = (await venue.public.get(f"/markets/{TICKER}/orderbook")).json()["orderbook_fp"]
    return {
        (side, parse_price(price)): parse_count(count)
        for side in ("yes", "no")
        for price, count in sides[f"{side}_dollars"]
    }


async def trade_some(buyer, seller, rounds=6):
    """Quotes on both sides, and a trade in each round."""
    for number in range(rounds):
        for trader, side, price in ((buyer, "bid", 40 + number % 5), (seller, "ask", 60 - number % 5)):
            assert (await trader.order(side, f"0.{price}00", "3.00")).status_code == 201
        assert (await buyer.order("bid", f"0.{60 - number % 5}00", "1.00")).status_code == 201


def journal(venue):
    return venue.venue.options.state / "journal"


@pytest.fixture
async def venue(tmp_path):
    async with live(tmp_path / "state") as running:
        yield running


async def test_rest_and_sockets_show_what_the_venue_shows(venue, tmp_path):
    buyer, seller = venue.trader(1), venue.trader(2)
    await trade_some(buyer, seller)
    async with MarketData(tmp_path, journal(venue)) as server, Listener(server.ws_url + "?channels=book,trade") as ours:
        await trade_some(buyer, seller, rounds=30)
        book = await venue_book(venue)
        await server.comes_to(TICKER, book)
        await ours.comes_to(TICKER, book)
        assert ours.skipped == 0
        assert 0.7 < ours.deltas / (ours.deltas + ours.snapshots) <= 0.92
        theirs = (await venue.public.get("/markets/trades", params={"ticker": TICKER, "limit": 100})).json()["trades"]
        mine = (await server.get(f"/markets/{TICKER}/trades?limit=100"))["trades"]
        assert [row["trade"]["trade_id"] for row in mine] == [trade["trade_id"] for trade in theirs]
        assert len(ours.trades) == 30
        assert {one["msg"]["trade_id"] for one in ours.trades} <= {trade["trade_id"] for trade in theirs}
        now = int(time.time())
        params = {"start_ts": now - 3_600, "end_ts": now + 3_600, "period_interval": 1}
        bars = (await venue.public.get(f"/series/KXTEST/markets/{TICKER}/candlesticks", params=params)).json()
        query = "&".join(f"{name}={value}" for name, value in params.items())
        assert (await server.get(f"/markets/{TICKER}/candlesticks?{query}"))["candlesticks"] == bars["candlesticks"]
        market = (await venue.public.get(f"/markets/{TICKER}")).json()["market"]
        listed = (await server.get(f"/markets/{TICKER}"))["market"]
        for name in ("title", "status", "open_time", "close_time", "event_ticker", "price_ranges", "yes_sub_title"):
            assert listed[name] == market[name], name
        for name in ("yes_bid_dollars", "yes_ask_dollars", "yes_bid_size_fp", "volume_fp", "open_interest_fp"):
            assert listed["prices"][name] == market[name], name
        stats = await server.get("/stats")
        assert stats["delta_ratio"] == round(ours.deltas / (ours.deltas + ours.snapshots), 4)
        print(f"delta ratio {stats['delta_ratio']:.1%}, latency {stats['latency']['engine_to_send']}")


async def test_a_kill_costs_nothing_the_log_does_not_give_back(venue, tmp_path):
    buyer, seller = venue.trader(1), venue.trader(2)
    async with MarketData(tmp_path, journal(venue)) as server:
        await trade_some(buyer, seller)
        await server.kill()
        await trade_some(buyer, seller)
        await server.start()
        await server.ready()
        await server.comes_to(TICKER, await venue_book(venue))
        assert len((await server.get(f"/markets/{TICKER}/trades"))["trades"]) == 12


async def test_from_kafka_it_is_the_same(venue, tmp_path):
    broker = KafkaBroker(tmp_path / "kafka")
    try:
        await asyncio.to_thread(broker.start)
    except BrokerUnavailable as error:
        skip_or_fail(f"no Kafka: {error}")
    target = KafkaLog(broker.bootstrap)
    publishing = asyncio.create_task(Publisher(JournalTail(journal(venue)), target, target.create_topic).run())
    buyer, seller = venue.trader(1), venue.trader(2)
    try:
        await trade_some(buyer, seller)
        none = tmp_path / "no-journal"
        async with (
            MarketData(tmp_path, none, KAFKA_BOOTSTRAP_SERVERS=broker.bootstrap) as server,
            Listener(server.ws_url + "?channels=book") as ours,
        ):
            await trade_some(buyer, seller)
            book = await venue_book(venue)
            await server.comes_to(TICKER, book)
            await ours.comes_to(TICKER, book)
    finally:
        publishing.cancel()
        await asyncio.wait((publishing,))
        await target.close()
        await asyncio.to_thread(broker.stop)


async def test_a_server_without_the_log_is_fed_through_redis(venue, tmp_path, redis_server):  # noqa: F811
    buyer, seller = venue.trader(1), venue.trader(2)
    await trade_some(buyer, seller)
    none = tmp_path / "no-journal"
    async with (
        MarketData(tmp_path, journal(venue), REDIS_URL=redis_server.url) as feeder,
        MarketData(tmp_path, none, REDIS_URL=redis_server.url, FOLLOW_LOG="false") as first,
        MarketData(tmp_path, none, REDIS_URL=redis_server.url, FOLLOW_LOG="false") as second,
        Listener(first.ws_url + "?channels=book,trade") as one,
        Listener(second.ws_url + f"?channels=book,trade&tickers={TICKER}") as other,
        Listener(feeder.ws_url + "?channels=book,trade") as direct,
    ):
        await trade_some(buyer, seller, rounds=40)
        book = await venue_book(venue)
        for server in (feeder, first, second):
            await server.comes_to(TICKER, book)
        for listener in (one, other, direct):
            await listener.comes_to(TICKER, book)
            assert listener.skipped == 0
        assert one.n == other.n == direct.n
        assert [trade["msg"] for trade in one.trades] == [trade["msg"] for trade in direct.trades]
        prices = await feeder.get(f"/markets/{TICKER}/ticker")
        assert await second.get(f"/markets/{TICKER}/ticker") == prices
        refused = await first.http.get(f"/markets/{TICKER}/candlesticks?start_ts=0&end_ts=1")
        assert refused.status_code == 503


async def test_commands_on_the_socket_are_answered(venue, tmp_path):
    buyer, seller = venue.trader(1), venue.trader(2)
    async with (
        MarketData(tmp_path, journal(venue)) as server,
        websockets.connect(server.ws_url, close_timeout=0.1) as socket,
    ):

        async def ask(**command):
            await socket.send(json.dumps(command))
            return json.loads(await asyncio.wait_for(socket.recv(), 60))

        for bad, says in (
            ({"cmd": "dance", "channels": ["book"]}, "unknown command"),
            ({"cmd": "subscribe"}, "channels are missing"),
            ({"cmd": "subscribe", "channels": ["news"]}, "not a command"),
            ({"cmd": "subscribe", "channels": ["book"], "tickers": ["KXNO"]}, "no market KXNO"),
            ({"cmd": "subscribe", "channels": ["book"], "colour": 1}, "not a command"),
        ):
            answer = await ask(**bad)
            assert answer["type"] == "error"
            assert says in answer["message"]
        await socket.send("{")
        assert json.loads(await socket.recv())["type"] == "error"
        answer = await ask(id=7, cmd="subscribe", channels=["top"], tickers=[TICKER])
        assert (answer["type"], answer["id"]) == ("subscribed", 7)
        assert json.loads(await socket.recv())["type"] == "ticker"
        await trade_some(buyer, seller, rounds=1)
        message = json.loads(await asyncio.wait_for(socket.recv(), 60))
        assert message["type"] == "ticker"
        assert 0 < message["engine_us"] <= message["publish_us"] <= message["send_us"]
        answer = await ask(id=8, cmd="unsubscribe", channels=["top"])
        while answer["type"] == "ticker":
            answer = json.loads(await asyncio.wait_for(socket.recv(), 60))
        assert (answer["type"], answer["id"]) == ("unsubscribed", 8)


async def test_a_wrong_upgrade_is_refused_in_words(venue, tmp_path):
    async with MarketData(tmp_path, journal(venue)) as server:
        for path, origin, status in (
            ("/other", None, 404),
            ("/ws?channels=news", None, 400),
            ("/ws?tickers=KXNO", None, 400),
            ("/ws?colour=red", None, 400),
            ("/ws", "http://evil.example", 403),
        ):
            with pytest.raises(websockets.InvalidStatus) as refused:
                await websockets.connect(f"ws://127.0.0.1:{server.port}{path}", origin=origin)
            assert refused.value.response.status_code == status
            assert json.loads(refused.value.response.body)["error"]


async def test_a_page_of_the_trading_screen_may_connect(venue, tmp_path):
    async with (
        MarketData(tmp_path, journal(venue), ALLOWED_ORIGINS="http://screen:1") as server,
        websockets.connect(server.ws_url + "?channels=book", origin="http://screen:1") as socket,
    ):
        assert json.loads(await socket.recv())["type"] == "subscribed"


async def run(*arguments, **environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "market_data",
        *arguments,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, errors = await process.communicate()
    return process.returncode, out.decode(), errors.decode()


async def test_help_prints_the_settings_and_starts_nothing():
    status, out, _ = await run("--help", MARKET_DATA_PORT="not a port")
    assert status == 0
    for name in ("MARKET_DATA_PORT", "MARKET_DATA_JOURNAL", "MARKET_DATA_SNAPSHOT_EVERY", "REDIS_URL"):
        assert name in out


async def test_a_wrong_setting_is_a_clear_error_at_the_start():
    status, _, errors = await run(MARKET_DATA_PORT="eight thousand")
    assert status == 1
    assert "a setting is wrong" in errors
    assert "MARKET_DATA_PORT" in errors
    assert "Traceback" not in errors


async def test_a_port_that_is_taken_is_a_clear_error_at_the_start(tmp_path):
    port = free_port()
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    status, _, errors = await run(MARKET_DATA_PORT=str(port), MARKET_DATA_JOURNAL=str(tmp_path))
    taken.close()
    assert status == 1
    assert f"cannot listen on 127.0.0.1:{port}" in errors
