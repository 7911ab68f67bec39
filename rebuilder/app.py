"""The rebuilder's own server: books now and then, how far they are, and whether they are right.

GET  /books?prefix=&limit=&cursor=            markets with their best prices
GET  /books/{ticker}?detail=levels|orders     one book; &at_seq= or &at_ts= (Unix seconds) as it was
GET  /books/bulk?tickers=A,B                  several at once
GET  /stats, /verify, /health, /health/live, /health/ready, /metrics
POST /rewind?shard=0&to_seq=                  build the books again from there
WS   /ws?mode=top|all&tickers=A,B | &prefix=  see stream.py
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, HTTPException, Query
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from rebuilder.bodies import Detail, body, top
from rebuilder.follower import Follower
from rebuilder.metrics import Figures
from rebuilder.order_book import Books
from rebuilder.rebuild import books_at
from rebuilder.stream import Mode, Reader, Stream
from rebuilder.verify import VenueBooks, VenueUnreachable, verify
from wire.event_log import LogError, LogTrimmed, LogUnavailable
from wire.units import MICROS

MAX_BULK = 500
MAX_PAGE = 1_000
COME_AGAIN = 1013
"""WebSocket close code "try again later"."""


def build(followers: Sequence[Follower], stream: Stream, venue: VenueBooks, origins: Sequence[str] = ()) -> FastAPI:
    """The ASGI app over followers that somebody else runs; pages of `origins` may read it."""
    app = FastAPIOffline(title="mock-kalshi rebuilder", redoc_url=None)
    app.add_middleware(CORSMiddleware, allow_origins=origins, allow_methods=["GET"])
    _books(app, followers)
    _health(app, followers, stream, venue)
    _stream(app, followers, stream)

    @app.exception_handler(LogUnavailable)
    async def unavailable(_: object, error: LogUnavailable) -> Response:
        return _json({"error": f"the log does not answer: {error}"}, 503)

    @app.exception_handler(LogError)
    async def unreadable(_: object, error: LogError) -> Response:
        return _json({"error": str(error)}, 410 if isinstance(error, LogTrimmed) else 500)

    @app.exception_handler(VenueUnreachable)
    async def no_venue(_: object, error: VenueUnreachable) -> Response:
        return _json({"error": f"the venue does not answer: {error}"}, 502)

    return app


def _books(app: FastAPI, followers: Sequence[Follower]) -> None:
    @app.get("/books", summary="Markets by ticker with their best prices")
    async def books(
        prefix: str = "", limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100, cursor: str = ""
    ) -> Response:
        found = sorted(
            (
                book
                for one in followers
                for book in one.books
                if book.ticker.startswith(prefix) and book.ticker > cursor
            ),
            key=lambda book: book.ticker,
        )
        page = found[:limit]
        following = page[-1].ticker if len(found) > limit else ""
        return _json({"books": [top(book) for book in page], "cursor": following})

    @app.get("/books/bulk", summary="Several books at once; unknown tickers are named in `missing`")
    async def bulk(tickers: str, detail: Detail = "levels") -> Response:
        wanted = [ticker for ticker in tickers.split(",") if ticker]
        if len(wanted) > MAX_BULK:
            raise HTTPException(400, f"at most {MAX_BULK} tickers at once")
        found = {ticker: _find(followers, ticker) for ticker in wanted}
        bodies = [_now(one.books, ticker, detail) for ticker, one in found.items() if one is not None]
        return _json({"books": bodies, "missing": [ticker for ticker, one in found.items() if one is None]})

    @app.get("/books/{ticker}", summary="One book, now or as it was at a seq or at a time")
    async def book(
        ticker: str,
        detail: Detail = "levels",
        at_seq: Annotated[int | None, Query(ge=0)] = None,
        at_ts: Annotated[float | None, Query(ge=0, description="Unix seconds")] = None,
        shard: Annotated[int | None, Query(ge=0)] = None,
    ) -> Response:
        if at_seq is not None and at_ts is not None:
            raise HTTPException(400, "at_seq or at_ts, not both")
        one = _find(followers, ticker) if shard is None else next((f for f in followers if f.shard == shard), None)
        if one is None:
            raise HTTPException(404, f"no book of {ticker}")
        books = one.books
        if at_seq is not None or at_ts is not None:
            if at_seq is not None and at_seq > one.books.seq:
                raise HTTPException(404, f"seq {at_seq} is not there yet; the books are at {one.books.seq}")
            at_us = None if at_ts is None else round(at_ts * MICROS)
            books = await books_at(one.source, one.checkpoints, one.shard, at_seq, at_us)
        if books.book(ticker) is None:
            raise HTTPException(404, f"no book of {ticker} at seq {books.seq}")
        return _json(_now(books, ticker, detail))

    @app.post("/rewind", summary="Throw a shard's books away and build them again from a checkpoint")
    async def rewind(
        shard: Annotated[int, Query(ge=0)] = 0, to_seq: Annotated[int | None, Query(ge=0)] = None
    ) -> Response:
        one = next((one for one in followers if one.shard == shard), None)
        if one is None:
            raise HTTPException(404, f"no shard {shard}")
        one.rewind(one.books.seq if to_seq is None else to_seq)
        return _json({"shard": shard, "rewinding": True}, 202)


def _health(app: FastAPI, followers: Sequence[Follower], stream: Stream, venue: VenueBooks) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(followers, stream))

    @app.get("/stats", summary="Lag, rate and gaps of each shard")
    async def stats() -> Response:
        return _json(
            {
                "shards": [_figures(one) for one in followers],
                "readers": len(stream),
                "readers_dropped": stream.dropped,
            }
        )

    @app.get("/verify", summary="Rebuilt against the venue's own books; 409 when they differ")
    async def verified(shard: Annotated[int, Query(ge=0)] = 0) -> Response:
        one = next((one for one in followers if one.shard == shard), None)
        if one is None:
            raise HTTPException(404, f"no shard {shard}")
        verdict = await verify(one.source, one.checkpoints, shard, venue)
        return _json(verdict, 200 if verdict.equal else 409)

    @app.get("/health", summary="Whether every shard follows its log")
    async def health() -> Response:
        return _readiness(followers)

    @app.get("/health/live", summary="This process answers")
    async def live() -> Response:
        return _json({"status": "ok"})

    @app.get("/health/ready", summary="Every shard has caught up with its log")
    async def ready() -> Response:
        return _readiness(followers)

    @app.get("/metrics", summary="The same figures for Prometheus")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _stream(app: FastAPI, followers: Sequence[Follower], stream: Stream) -> None:
    @app.websocket("/ws")
    async def follow(socket: WebSocket, mode: Mode = "all", tickers: str = "", prefix: str = "") -> None:
        reader = Reader(mode, frozenset(filter(None, tickers.split(","))), prefix)
        await socket.accept()
        async with _joined(stream, reader, followers):
            sending = asyncio.create_task(_send(socket, reader))
            # Nothing is expected of the reader but its leaving.
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
            sending.cancel()
            await asyncio.wait((sending,))


async def _send(socket: WebSocket, reader: Reader) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # it left in between; the receiving half sees that too
        while (messages := await reader.next()) is not None:
            for message in messages:
                await socket.send_text(message.decode())
        await socket.close(COME_AGAIN, f"{reader.ended}: come again for a fresh snapshot")


@asynccontextmanager
async def _joined(stream: Stream, reader: Reader, followers: Sequence[Follower]) -> AsyncIterator[None]:
    stream.join(reader, [one.books for one in followers])
    try:
        yield
    finally:
        stream.leave(reader)


def _find(followers: Sequence[Follower], ticker: str) -> Follower | None:
    """The shard a market lives in."""
    return next((one for one in followers if one.books.book(ticker) is not None), None)


def _now(books: Books, ticker: str, detail: Detail) -> object:
    book = books.book(ticker)
    assert book is not None, "looked up before"
    return body(book, books.shard, books.seq, books.ts_us, detail)


def _figures(one: Follower) -> dict[str, Any]:
    return {
        "shard": one.shard,
        "status": one.status,
        "halted_because": one.halted_because,
        "log_unavailable": one.log_unavailable,
        "seq": one.books.seq,
        "ts_us": one.books.ts_us,
        "end_seq": one.end_seq,
        "lag": one.lag,
        "records": one.records,
        "records_per_second": round(one.rate, 1),
        "duplicates": one.books.duplicates,
        "gaps": one.gaps,
        "rewinds": one.rewinds,
        "markets": len(one.books),
        "orders_resting": one.books.orders_resting,
        "checkpoints": one.checkpoints.seqs(),
    }


def _readiness(followers: Sequence[Follower]) -> Response:
    well = all(one.status == "following" and not one.log_unavailable for one in followers)
    shards = [
        {
            "shard": one.shard,
            "status": one.status,
            "lag": one.lag,
            "because": one.halted_because or one.log_unavailable,
        }
        for one in followers
    ]
    return _json({"status": "ok" if well else "unavailable", "shards": shards}, 200 if well else 503)


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
