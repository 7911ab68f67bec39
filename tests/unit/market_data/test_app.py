"""The market-data server's REST over a random log: what is right, what is refused, what is too old."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi.openapi.utils import get_openapi

from eventlog.memory import MemoryLog
from market_data.app import build
from market_data.server import Server
from market_data.settings import Settings
from tests.random_log import RandomLog
from wire.event_log import LogUnavailable
from wire.units import format_count, format_price


class Log(MemoryLog):
    """That can be away."""

    away = False

    async def end(self):
        if self.away:
            raise LogUnavailable("nobody answers")
        return await super().end()


def settings(**changed):
    return Settings(_env_file=None, price_ttl=2, **changed)


@asynccontextmanager
async def serving(source, **changed):
    server = Server(settings(**changed), source)
    running = asyncio.create_task(server.run())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(server)), base_url="http://md") as client:
        client.server = server
        yield client
    running.cancel()
    await asyncio.wait((running,))


async def until(condition):
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def scene():
    source = Log()
    records = list(RandomLog(6, markets=6).records(800))
    await source.append(records)
    async with serving(source) as client:

        async def shown():
            markets = client.server.board.markets
            bodies = (await client.get("/tickers", params={"tickers": ",".join(markets) or "none"})).json()
            return markets and client.server.board.seq == len(records) and not bodies["stale"]

        await until(shown)
        client.source = source
        yield client


def busiest(client):
    return max(client.server.board, key=lambda market: len(market.trades))


async def test_a_book_shows_yes_prices_from_the_best(scene):
    market = busiest(scene)
    body = (await scene.get(f"/markets/{market.ticker}/book")).json()
    assert (body["n"], body["seq"]) == (market.n, market.seq)
    bids, asks = ([float(price) for price, _ in body[side]] for side in ("bids", "asks"))
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    best = market.best_bid()
    assert body["bids"][0] == [format_price(best[0]), format_count(best[1])]
    best = market.best_ask()
    assert body["asks"][0] == [format_price(best[0]), format_count(best[1])]


async def test_a_book_can_be_cut(scene):
    ticker = busiest(scene).ticker
    whole = (await scene.get(f"/markets/{ticker}/book")).json()
    cut = (await scene.get(f"/markets/{ticker}/book", params={"depth": 1})).json()
    assert (cut["bids"], cut["asks"]) == (whole["bids"][:1], whole["asks"][:1])


async def test_a_ticker_has_the_feeds_fields(scene):
    market = busiest(scene)
    body = (await scene.get(f"/markets/{market.ticker}/ticker")).json()
    assert body["market_ticker"] == market.ticker
    assert body["price_dollars"] == format_price(market.last_price)
    assert body["volume_fp"] == format_count(market.volume)


async def test_trades_come_newest_first_and_page(scene):
    market = busiest(scene)
    first = (await scene.get(f"/markets/{market.ticker}/trades", params={"limit": 2})).json()["trades"]
    assert [row["seq"] for row in first] == [one.seq for one in reversed(market.trades)][:2]
    older = (await scene.get(f"/markets/{market.ticker}/trades", params={"before": first[-1]["seq"]})).json()["trades"]
    assert all(row["seq"] < first[-1]["seq"] for row in older)
    assert older[0]["trade"]["market_ticker"] == market.ticker


async def test_candlesticks_are_the_venues(scene):
    market = busiest(scene)
    params = {"start_ts": 0, "end_ts": 2_000_000_000, "period_interval": 1440}
    bars = (await scene.get(f"/markets/{market.ticker}/candlesticks", params=params)).json()["candlesticks"]
    assert bars[-1]["price"]["close_dollars"] == format_price(market.last_price)
    assert sum(round(float(bar["volume_fp"]) * 100) for bar in bars) == market.volume


async def test_markets_are_listed_by_ticker_with_their_prices_and_paged(scene):
    first = (await scene.get("/markets", params={"limit": 4})).json()
    rest = (await scene.get("/markets", params={"cursor": first["cursor"]})).json()
    found = first["markets"] + rest["markets"]
    assert [body["ticker"] for body in found] == sorted(scene.server.board.markets)
    assert rest["cursor"] == ""
    assert all(body["prices"]["market_ticker"] == body["ticker"] for body in found)


async def test_markets_are_found_by_prefix_status_and_event(scene):
    market = busiest(scene)
    for params in ({"prefix": market.ticker}, {"event_ticker": market.listing.event_ticker, "limit": 1000}):
        found = (await scene.get("/markets", params=params)).json()["markets"]
        assert market.ticker in [body["ticker"] for body in found]
    status = market.listing.status.value
    found = (await scene.get("/markets", params={"status": status})).json()["markets"]
    assert {body["status"] for body in found} == {status}


async def test_search_finds_by_beginning_of_the_ticker_and_by_title(scene):
    market = busiest(scene)
    by_ticker = (await scene.get("/search", params={"q": market.ticker.lower()})).json()["markets"]
    assert [body["ticker"] for body in by_ticker] == [market.ticker]
    assert (await scene.get("/search", params={"q": "no such thing"})).json()["markets"] == []


async def test_many_tickers_come_at_once_and_strangers_are_named(scene):
    wanted = [*scene.server.board.markets, "KXNOBODY"]
    body = (await scene.get("/tickers", params={"tickers": ",".join(wanted)})).json()
    assert [one["market_ticker"] for one in body["tickers"]] == wanted[:-1]
    assert (body["missing"], body["stale"]) == (["KXNOBODY"], [])


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/markets/KXNOBODY", 404, "no market KXNOBODY"),
        ("/markets/KXNOBODY/book", 404, "no market KXNOBODY"),
        ("/markets/KXNOBODY/ticker", 404, "no market"),
        ("/markets/KXNOBODY/trades", 404, "no market"),
        ("/markets/KXRANDOM-000/book?depth=-1", 400, "depth"),
        ("/markets/KXRANDOM-000/trades?limit=0", 400, "limit"),
        ("/markets/KXRANDOM-000/trades?limit=ten", 400, "limit"),
        ("/markets/KXRANDOM-000/candlesticks", 400, "start_ts"),
        ("/markets/KXRANDOM-000/candlesticks?start_ts=2&end_ts=1", 400, "start_ts"),
        ("/markets/KXRANDOM-000/candlesticks?start_ts=1&end_ts=2&period_interval=7", 400, "period_interval"),
        ("/markets/KXRANDOM-000/candlesticks?start_ts=1&end_ts=99999999999999999999", 400, "end_ts"),
        ("/markets?limit=0", 400, "limit"),
        ("/markets?limit=100000", 400, "limit"),
        ("/markets?status=open", 400, "status"),
        ("/search", 400, "q"),
        ("/search?q=", 400, "q"),
        ("/tickers", 400, "tickers"),
        ("/tickers?tickers=,", 400, "1 to 500"),
        ("/tickers?tickers=" + ",".join(f"T{number}" for number in range(501)), 400, "1 to 500"),
        ("/nothing", 404, "Not Found"),
    ],
)
async def test_bad_input_is_refused_in_words(scene, path, status, says):
    answer = await scene.get(path)
    assert answer.status_code == status
    assert says in answer.json()["error"]


async def test_another_method_is_refused(scene):
    assert (await scene.post("/markets")).status_code == 405


async def test_a_page_of_an_allowed_origin_may_ask_and_another_may_not(scene):
    allowed = await scene.get("/markets", headers={"Origin": "http://localhost:8080"})
    assert allowed.headers["access-control-allow-origin"] == "http://localhost:8080"
    other = await scene.get("/markets", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in other.headers


async def test_prices_expire_when_the_log_cannot_confirm_them_and_come_back_with_it(scene):
    ticker = busiest(scene).ticker
    scene.source.away = True

    async def expired():
        age = scene.server.age()
        served = (await scene.get(f"/markets/{ticker}/ticker")).status_code == 200
        assert not served or age < 2.01, "older than its time to live"
        return not served

    await until(expired)
    assert (await scene.get("/health/ready")).status_code == 503
    assert "nobody answers" in (await scene.get("/health")).json()["because"]
    assert (await scene.get("/health/live")).status_code == 200
    assert (await scene.get(f"/markets/{ticker}")).json()["market"]["prices"] is None
    assert ticker in (await scene.get("/tickers", params={"tickers": ticker})).json()["stale"]
    scene.source.away = False

    async def back():
        return (await scene.get(f"/markets/{ticker}/ticker")).status_code == 200

    await until(back)
    assert (await scene.get("/health/ready")).status_code == 200


async def test_before_the_log_is_read_prices_are_unavailable_not_unknown():
    source = Log()
    source.away = True
    async with serving(source) as client:
        answer = await client.get("/markets/KXANY/book")
        assert answer.status_code == 503
        assert (await client.get("/markets")).status_code == 503


async def test_figures_are_served_in_both_forms(scene):
    stats = (await scene.get("/stats")).json()
    assert stats["fresh"] is True
    assert stats["markets"] == 6
    assert stats["log"]["status"] == "following"
    assert set(stats["latency"]) == {"engine_to_publish", "publish_to_send", "engine_to_send"}
    text = (await scene.get("/metrics")).text
    assert "market_data_fresh 1.0" in text
    assert 'market_data_latency_seconds{from_to="engine_to_send",percentile="99"}' in text


async def test_the_description_names_every_path(scene):
    app = build(scene.server)
    paths = get_openapi(title="x", version="1", routes=app.routes)["paths"]
    assert {"/markets", "/markets/{ticker}/book", "/tickers", "/search", "/stats"} <= set(paths)
