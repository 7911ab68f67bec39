"""The rebuilder's REST over books of a random log, with a venue that is right and one that is not."""

import asyncio

import httpx
import pytest

from eventlog.memory import MemoryLog
from exchange.book_lines import books_image
from rebuilder.app import build
from rebuilder.checkpoint import Checkpoints
from rebuilder.follower import Follower
from rebuilder.order_book import Books
from rebuilder.stream import Stream
from rebuilder.verify import VenueUnreachable
from tests.random_log import RandomLog
from wire.books_text import image
from wire.enums import BookSide
from wire.units import format_count, format_price


class Engines:
    """The venue as it is, with a lie where one is wanted."""

    def __init__(self, engine):
        self.engine = engine
        self.lie = None
        self.away = False

    async def image(self, detail):
        if self.away:
            raise VenueUnreachable("nobody listens")
        true = books_image(self.engine.state, detail=True)
        lines = self.lie(true.lines) if self.lie else true.lines
        return image(true.shard, true.seq, true.ts_us, lines, detail)


@pytest.fixture
async def scene(tmp_path):
    log = RandomLog(6, markets=6)
    records = list(log.records(800))
    source = MemoryLog()
    await source.append(records)
    follower, stream, venue = (
        Follower(source, Checkpoints(tmp_path), checkpoint_every=200),
        Stream(),
        Engines(log.engine),
    )
    task = asyncio.create_task(follower.run())
    async with asyncio.timeout(20):
        while follower.status != "following" or follower.books.seq < len(records):
            await asyncio.sleep(0)
    app = build([follower], stream, venue)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://rebuilder") as client:
        client.follower, client.venue, client.records = follower, venue, records
        yield client
    task.cancel()


def busiest(books):
    return max(books, key=lambda book: sum(1 for _ in book.orders()))


async def test_books_are_listed_by_ticker_and_paged(scene):
    tickers = [book.ticker for book in scene.follower.books]
    first = (await scene.get("/books", params={"limit": 4})).json()
    rest = (await scene.get("/books", params={"limit": 1_000, "cursor": first["cursor"]})).json()
    assert [book["ticker"] for book in first["books"] + rest["books"]] == tickers
    assert rest["cursor"] == ""


async def test_books_are_found_by_the_beginning_of_their_ticker(scene):
    found = (await scene.get("/books", params={"prefix": "KXRANDOM-00"})).json()["books"]
    assert [book["ticker"] for book in found] == [f"KXRANDOM-00{number}" for number in range(6)]


async def test_a_book_shows_its_levels_from_the_best(scene):
    book = busiest(scene.follower.books)
    body = (await scene.get(f"/books/{book.ticker}")).json()
    assert body["as_of_seq"] == scene.follower.books.seq
    assert body["bids"] == [
        {"price": format_price(price), "count": format_count(level.total), "orders": len(level.orders)}
        for price, level in book.levels(BookSide.BID)
    ]


async def test_a_book_in_detail_shows_every_order_in_queue_order(scene):
    book = busiest(scene.follower.books)
    body = (await scene.get(f"/books/{book.ticker}", params={"detail": "orders"})).json()
    shown = [int(order["order_id"][-12:], 16) for side in ("bids", "asks") for order in body[side]]
    assert shown == [order.order_id for order in book.orders()]


async def test_a_book_can_be_seen_as_it_was_at_a_seq_and_at_a_time(scene):
    entry = scene.records[500]
    then = Books()
    for past in scene.records[:501]:
        then.fold(past)
    book = busiest(then)
    by_seq = (await scene.get(f"/books/{book.ticker}", params={"at_seq": entry.seq})).json()
    assert by_seq["as_of_seq"] == entry.seq
    assert [level["price"] for level in by_seq["bids"]] == [format_price(p) for p, _ in book.levels(BookSide.BID)]
    at_ts = (scene.records[501].ts_us - 1) / 1_000_000
    by_time = (await scene.get(f"/books/{book.ticker}", params={"at_ts": at_ts})).json()
    assert by_time["bids"] == by_seq["bids"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/books/KXNO", 404),
        ("/books/KXRANDOM-000?at_seq=0", 404),
        ("/books/KXRANDOM-000?at_seq=99999999", 404),
        ("/books/KXRANDOM-000?at_seq=5&at_ts=5", 400),
        ("/books/KXRANDOM-000?detail=everything", 422),
        ("/books?limit=0", 422),
        ("/verify?shard=7", 404),
    ],
)
async def test_what_is_not_there_or_makes_no_sense_is_refused(scene, path, status):
    assert (await scene.get(path)).status_code == status


async def test_several_books_come_at_once_and_unknown_ones_are_named(scene):
    body = (await scene.get("/books/bulk", params={"tickers": "KXRANDOM-000,KXNO,KXRANDOM-001"})).json()
    assert [book["ticker"] for book in body["books"]] == ["KXRANDOM-000", "KXRANDOM-001"]
    assert body["missing"] == ["KXNO"]


async def test_verify_finds_the_rebuilt_books_equal_to_the_venues(scene):
    answer = await scene.get("/verify")
    verdict = answer.json()
    assert (answer.status_code, verdict["equal"], verdict["seq"]) == (200, True, scene.follower.books.seq)
    assert verdict["rebuilt_hash"] == verdict["venue_hash"]
    assert verdict["orders_resting"] > 0


async def test_verify_names_the_first_order_that_differs(scene):
    true = books_image(scene.venue.engine.state, detail=True).lines
    scene.venue.lie = lambda lines: [*lines[:2], lines[2] + "0", *lines[3:]]
    answer = await scene.get("/verify")
    assert answer.status_code == 409
    assert answer.json()["first_difference"] == {"line": 3, "rebuilt": true[2], "venue": true[2] + "0"}


async def test_verify_names_an_order_the_venue_does_not_have(scene):
    true = books_image(scene.venue.engine.state, detail=True).lines
    scene.venue.lie = lambda lines: lines[:-1]
    difference = (await scene.get("/verify")).json()["first_difference"]
    assert difference == {"line": len(true), "rebuilt": true[-1], "venue": None}


async def test_verify_without_a_venue_says_so(scene):
    scene.venue.away = True
    answer = await scene.get("/verify")
    assert (answer.status_code, "does not answer" in answer.json()["error"]) == (502, True)


async def test_stats_say_how_far_the_books_are(scene):
    shard = (await scene.get("/stats")).json()["shards"][0]
    assert (shard["status"], shard["seq"], shard["lag"], shard["gaps"]) == ("following", len(scene.records), 0, 0)


async def test_a_halted_shard_is_alive_and_not_ready(scene):
    scene.follower.status, scene.follower.halted_because = "halted", "a gap"
    assert (await scene.get("/health/live")).status_code == 200
    for path in ("/health", "/health/ready"):
        answer = await scene.get(path)
        assert answer.status_code == 503
        assert answer.json()["shards"][0]["because"] == "a gap"


async def test_a_rewind_builds_the_same_books_again(scene):
    before, books = scene.follower.books.image(), scene.follower.books
    assert (await scene.post("/rewind", params={"to_seq": 100})).status_code == 202
    async with asyncio.timeout(20):
        while scene.follower.books is books or scene.follower.books.seq < len(scene.records):
            await asyncio.sleep(0)
    assert scene.follower.books.image() == before


async def test_the_figures_are_there_for_prometheus(scene):
    text = (await scene.get("/metrics")).text
    assert f'rebuilder_seq{{shard="0"}} {float(len(scene.records))}' in text
    assert 'rebuilder_halted{shard="0"} 0.0' in text
    assert "rebuilder_records_total" in text
