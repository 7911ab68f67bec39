"""The market-data server over REST (the WebSocket is socket.py).

GET  /markets?prefix=&status=&event_ticker=&limit=&cursor=    listings with their tickers, by ticker
GET  /markets/{ticker}                                        one of them
GET  /search?q=&limit=                                        ticker begins with, or a title has, the text
GET  /markets/{ticker}/book?depth=, /ticker, /trades?limit=&before=, /candlesticks?start_ts=&end_ts=&period_interval=
GET  /tickers?tickers=A,B                                     many at once
GET  /stats, /health, /health/live, /health/ready, /metrics

Knows bodies and refusals. Whatever has a price in it comes out of the store, where nothing outlives its time: a market
that is there and whose price is not answers 503 with the reason. A refusal is {"error": "..."}.
"""

from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from fastapi import FastAPI, HTTPException, Path, Query
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from market_data.board import KEPT_TRADES, Market
from market_data.bodies import BookBody
from market_data.messages import listing_body
from market_data.metrics import Metrics, stats
from market_data.server import Server
from market_data.store import StoreUnavailable
from wire.candles import MINUTE
from wire.candlesticks import GetMarketCandlesticksResponse, candlestick
from wire.enums import MarketStatus

MAX_PAGE = 1_000
MAX_BULK = 500
MAX_CANDLES = 5_000

_books = msgspec.json.Decoder(BookBody)

Ticker = Annotated[str, Path(description="market ticker")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Seconds = Annotated[int, Query(ge=0, le=32_503_680_000, description="Unix seconds")]


def build(server: Server) -> FastAPI:
    """The ASGI app over a server that somebody else runs."""
    app = FastAPIOffline(title="mock-kalshi market data", redoc_url=None)
    app.add_middleware(
        CORSMiddleware, allow_origins=sorted(server.settings.origins), allow_methods=["GET"], allow_headers=["*"]
    )
    _markets(app, server)
    _prices(app, server)
    _health(app, server)

    @app.exception_handler(RequestValidationError)
    async def wrong_input(_: object, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return _json({"error": f"{first['loc'][-1]}: {first['msg']}"}, 400)

    @app.exception_handler(AnyHTTPException)
    async def refused(_: object, error: AnyHTTPException) -> Response:
        return _json({"error": error.detail}, error.status_code)

    @app.exception_handler(StoreUnavailable)
    async def no_store(_: object, error: StoreUnavailable) -> Response:
        return _json({"error": f"the store does not answer: {error}"}, 503)

    return app


def _markets(app: FastAPI, server: Server) -> None:
    @app.get("/markets", summary="Listings with their tickers, by ticker")
    async def markets(
        prefix: str = "",
        status: MarketStatus | None = None,
        event_ticker: str = "",
        limit: Limit = 100,
        cursor: str = "",
    ) -> Response:
        _check_listings(server)
        found = (
            market
            for market in server.board
            if market.ticker > cursor
            and market.ticker.startswith(prefix)
            and status in (None, market.listing.status)
            and event_ticker in ("", market.listing.event_ticker)
        )
        page = list(islice(found, limit + 1))
        following = page[limit - 1].ticker if len(page) > limit else ""
        return _json({"markets": await _with_tickers(server, page[:limit]), "cursor": following})

    @app.get("/markets/{ticker}", summary="One market's listing and ticker")
    async def market(ticker: Ticker) -> Response:
        _check_listings(server)
        (body,) = await _with_tickers(server, [_market(server, ticker)])
        return _json({"market": body})

    @app.get("/search", summary="Markets whose ticker begins with a text, or whose titles have it in them")
    async def search(q: Annotated[str, Query(min_length=1, max_length=200)], limit: Limit = 100) -> Response:
        _check_listings(server)
        upper, lower = q.upper(), q.lower()
        found = (
            market
            for market in server.board
            if market.ticker.startswith(upper)
            or any(
                lower in text.lower()
                for text in (market.listing.title, market.listing.yes_sub_title, market.listing.no_sub_title)
            )
        )
        return _json({"markets": await _with_tickers(server, list(islice(found, limit)))})


def _prices(app: FastAPI, server: Server) -> None:
    @app.get("/markets/{ticker}/book", summary="The order book in YES prices, best first")
    async def book(
        ticker: Ticker, depth: Annotated[int, Query(ge=0, le=10_000, description="levels a side, 0 is all")] = 0
    ) -> Response:
        value = await _stored(server, "orderbook", ticker)
        if not depth:
            return Response(value, media_type="application/json")
        whole = _books.decode(value)
        return _json(msgspec.structs.replace(whole, bids=whole.bids[:depth], asks=whole.asks[:depth]))

    @app.get("/markets/{ticker}/ticker", summary="Best prices, last trade, volume, open interest")
    async def ticker_of(ticker: Ticker) -> Response:
        return Response(await _stored(server, "price", ticker), media_type="application/json")

    @app.get("/markets/{ticker}/trades", summary="The last trades, newest first")
    async def trades(
        ticker: Ticker,
        limit: Annotated[int, Query(ge=1, le=KEPT_TRADES)] = 100,
        before: Annotated[int | None, Query(ge=1, description="only trades of an earlier seq")] = None,
    ) -> Response:
        _check_listings(server)
        found = (one for one in reversed(_market(server, ticker).trades) if before is None or one.seq < before)
        page = list(islice(found, limit))
        rows = [{"seq": one.seq, "ts_us": one.ts_us, "trade": msgspec.Raw(one.msg)} for one in page]
        return _json({"ticker": ticker, "trades": rows})

    @app.get("/markets/{ticker}/candlesticks", summary="Bars whose end lies in the range, both ends included")
    async def candlesticks(
        ticker: Ticker, start_ts: Seconds, end_ts: Seconds, period_interval: Literal["1", "60", "1440"] = "1"
    ) -> Response:
        _check_listings(server)
        if server.feed is None:
            raise HTTPException(503, "candlesticks are at a server that reads the log (MARKET_DATA_FOLLOW_LOG)")
        if start_ts > end_ts:
            raise HTTPException(400, "start_ts must not be after end_ts")
        bars = _market(server, ticker).candles.between(start_ts, end_ts, int(period_interval) * MINUTE)
        found = [candlestick(bar) for bar in islice(bars, MAX_CANDLES + 1)]
        if len(found) > MAX_CANDLES:
            raise HTTPException(400, f"more than {MAX_CANDLES} candlesticks: ask for a shorter range")
        return _json(GetMarketCandlesticksResponse(ticker=ticker, candlesticks=found))

    @app.get("/tickers", summary="Many tickers at once; those without a fresh one are named")
    async def tickers(tickers: str) -> Response:
        wanted = [ticker for ticker in dict.fromkeys(tickers.split(",")) if ticker]
        if not 0 < len(wanted) <= MAX_BULK:
            raise HTTPException(400, f"1 to {MAX_BULK} tickers, separated by commas")
        values = await server.store.get([_key(server, "price", ticker) for ticker in wanted])
        known = server.board.markets
        return _json(
            {
                "tickers": [msgspec.Raw(value) for value in values if value is not None],
                "missing": [ticker for ticker in wanted if ticker not in known],
                "stale": [one for one, value in zip(wanted, values, strict=True) if value is None and one in known],
            }
        )


def _health(app: FastAPI, server: Server) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Metrics(server))

    @app.get("/stats", summary="Messages, delta ratio, latencies, readers, stores")
    async def figures() -> Response:
        return _json(stats(server))

    @app.get("/health", summary="Whether what is shown is what the venue says")
    async def health() -> Response:
        return _readiness(server)

    @app.get("/health/live", summary="This process answers")
    async def live() -> Response:
        return _json({"status": "ok"})

    @app.get("/health/ready", summary="Prices can be served")
    async def ready() -> Response:
        return _readiness(server)

    @app.get("/metrics", summary="The same figures for Prometheus")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _readiness(server: Server) -> Response:
    because = server.stale_because()
    body = {"status": "unavailable" if because else "ok", "because": because}
    return _json(body, 503 if because else 200)


def _market(server: Server, ticker: str) -> Market:
    if (market := server.board.markets.get(ticker)) is None:
        if because := server.stale_because():
            raise HTTPException(503, because)
        raise HTTPException(404, f"no market {ticker}")
    return market


def _check_listings(server: Server) -> None:
    """Listings, too, have a time to live."""
    if server.age() >= server.settings.market_ttl:
        raise HTTPException(503, server.stale_because())


def _key(server: Server, kind: str, ticker: str) -> str:
    return f"{kind}:{server.settings.namespace}:{ticker}"


async def _stored(server: Server, kind: str, ticker: str) -> bytes:
    """A value that is not older than it may be. Raises HTTPException 404, 503."""
    _market(server, ticker)
    (value,) = await server.store.get([_key(server, kind, ticker)])
    if value is None:
        raise HTTPException(503, f"nothing fresh of {ticker}: {server.stale_because() or 'it is being written'}")
    return value


async def _with_tickers(server: Server, markets: list[Market]) -> list[dict[str, Any]]:
    """Listings, each with its ticker or null where there is no fresh one."""
    values = await server.store.get([_key(server, "price", market.ticker) for market in markets])
    return [
        listing_body(market.listing) | {"prices": None if value is None else msgspec.Raw(value)}
        for market, value in zip(markets, values, strict=True)
    ]


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
