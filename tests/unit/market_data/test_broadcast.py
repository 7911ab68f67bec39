"""What each kind of reader is sent, what a slow one misses, and that the others do not notice."""

import json

import pytest

from market_data.board import Board
from market_data.broadcast import TURN_BYTES, Broadcast
from market_data.reader import KEPT_FACTS, Reader
from tests.random_log import RandomLog
from wire.level_book import LevelBook
from wire.units import parse_count, parse_price

NOW_US = 1_900_000_000_000_000


class Socket:
    """Takes frames; when `capacity` bytes are in it the reader is behind, as a transport would say."""

    def __init__(self, capacity=1 << 40):
        self.reader = Reader(self)
        self.capacity = capacity
        self.data = bytearray()
        self.ended = ""
        self.writes = 0
        self._messages = []

    def write(self, data):
        self.writes += 1
        self.data += data
        if len(self.data) > self.capacity:
            self.reader.behind = True

    def unsent(self):
        return len(self.data)

    def give_up(self, why):
        self.ended = why

    def take(self):
        """Read everything that is there."""
        data, self.data = bytes(self.data), bytearray()
        messages = []
        while data:
            assert data[0] == 0x81
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], "big"), 10
            messages.append(json.loads(data[start : start + size]))
            data = data[start + size :]
        return messages


class Follower:
    """A reader's books, held to the promise: no change is missing without a snapshot that says so."""

    def __init__(self):
        self.books = {}
        self.n = {}
        self.deltas = self.snapshots = self.skipped = 0

    def receive(self, messages):
        for message in messages:
            ticker = message["ticker"]
            if message["type"] == "orderbook_snapshot":
                sides = {
                    side: [(parse_price(p), parse_count(c)) for p, c in message["msg"][f"{side}_dollars_fp"]]
                    for side in ("yes", "no")
                }
                book = self.books.setdefault(ticker, LevelBook())
                book.replace(sides["yes"], sides["no"], 0)
                assert message["n"] >= self.n.get(ticker, 0)
                self.n[ticker] = message["n"]
                self.snapshots += 1
                self.skipped += message["skipped"]
            elif message["type"] == "orderbook_delta":
                assert message["n"] == self.n[ticker] + 1
                self.n[ticker] = message["n"]
                msg = message["msg"]
                self.books[ticker].add(msg["side"], parse_price(msg["price_dollars"]), parse_count(msg["delta_fp"]), 0)
                self.deltas += 1

    def holds(self, board):
        for market in board:
            if market.ticker in self.books:
                book = self.books[market.ticker]
                assert self.n[market.ticker] == market.n
                for side in ("yes", "no"):
                    assert book.levels(side) == market.book.levels(side)


class Scene:
    def __init__(self, snapshot_every=10, seed=31, markets=3):
        self.now = NOW_US
        self.board = Board(0, lambda: self.now)
        self.broadcast = Broadcast(self.board, lambda: self.now, snapshot_every)
        self.board.listener = self.broadcast.offer
        self._records = iter(RandomLog(seed, markets=markets, accounts=8).records(100_000))

    def fold(self, count, turn=1):
        for number in range(count):
            self.board.fold(next(self._records))
            if number % turn == turn - 1:
                self.broadcast.flush()
        self.broadcast.flush()

    def join(self, channels=("book",), tickers=None, capacity=1 << 40):
        socket = Socket(capacity)
        self.broadcast.join(socket.reader)
        self.broadcast.subscribe(socket.reader, channels, tickers)
        return socket

    def drain(self, socket):
        """The peer reads everything, and the transport says so."""
        messages = socket.take()
        while socket.reader.behind:
            self.broadcast.drained(socket.reader)
            messages += socket.take()
        return messages


@pytest.fixture
def scene():
    made = Scene()
    made.fold(300)
    return made


def busiest(board):
    return max(board, key=lambda market: market.n).ticker


def test_a_reader_of_every_market_can_hold_every_book(scene):
    follower = Follower()
    socket = scene.join()
    scene.fold(1_000, turn=7)
    follower.receive(socket.take())
    assert follower.books.keys() == scene.board.markets.keys()
    assert follower.skipped == 0
    follower.holds(scene.board)


def test_a_reader_that_came_before_the_markets_meets_each_with_a_snapshot():
    scene = Scene()
    follower, socket = Follower(), scene.join()
    scene.fold(400)
    follower.receive(socket.take())
    assert follower.deltas
    follower.holds(scene.board)


def test_of_ten_messages_about_a_book_one_is_a_snapshot():
    scene = Scene()
    follower, socket = Follower(), scene.join()
    scene.fold(3_000, turn=5)
    follower.receive(socket.take())
    changes = sum(market.n for market in scene.board)
    assert follower.deltas == changes
    assert 0.85 < follower.deltas / (follower.deltas + follower.snapshots) <= 0.91
    assert scene.broadcast.figures.delta_ratio == follower.deltas / (follower.deltas + follower.snapshots)


@pytest.mark.parametrize("every", [0, 2])
def test_how_often_a_snapshot_comes_can_be_chosen(every):
    scene = Scene(snapshot_every=every)
    scene.fold(300)
    socket = scene.join()
    socket.take()
    scene.fold(500)
    messages = socket.take()
    changed = {(one["seq"], one["ticker"]) for one in messages if one["type"] == "orderbook_delta"}
    snapshots = [one for one in messages if one["type"] == "orderbook_snapshot"]
    assert changed
    # With 2 every delta is followed by one; the changes of one record have one in common.
    assert len(snapshots) == (len(changed) if every else 0)


def test_a_reader_of_one_market_hears_of_no_other(scene):
    ticker = busiest(scene.board)
    socket = scene.join(("book", "top", "trade", "market"), [ticker])
    scene.fold(500)
    messages = socket.take()
    assert {message["ticker"] for message in messages} == {ticker}
    assert {"orderbook_delta", "orderbook_snapshot", "ticker", "trade"} <= {message["type"] for message in messages}


def test_a_subscription_can_be_given_up(scene):
    ticker = busiest(scene.board)
    socket = scene.join(("book", "trade"), [ticker])
    scene.broadcast.unsubscribe(socket.reader, ("book",), None)
    socket.take()
    scene.fold(500)
    assert {message["type"] for message in socket.take()} == {"trade"}


def test_every_message_says_when_it_happened_was_folded_and_was_sent(scene):
    socket = scene.join(("book", "top", "trade", "market"))
    scene.now += 5_000
    scene.board.fold(next(scene._records))
    scene.now += 700
    scene.broadcast.flush()
    scene.fold(50)
    for message in socket.take():
        assert message["send_us"] >= message["publish_us"]
        assert message["engine_us"] > 0
    assert scene.broadcast.figures.publish_to_send.count == scene.broadcast.figures.engine_to_send.count > 0
    assert 630 <= scene.broadcast.figures.publish_to_send.percentile(100) <= 800


def test_a_turn_is_one_write_however_many_messages_it_has(scene):
    socket = scene.join(("book", "top", "trade"))
    before = socket.writes
    scene.fold(100, turn=100)
    assert socket.writes == before + 1
    assert len(socket.take()) > 60


def test_a_slow_reader_gets_a_snapshot_in_place_of_what_it_missed(scene):
    follower = Follower()
    socket = scene.join(capacity=2_000)
    follower.receive(scene.drain(socket))
    for _ in range(20):
        scene.fold(100, turn=3)
        follower.receive(scene.drain(socket))
    follower.holds(scene.board)
    assert follower.skipped == scene.broadcast.figures.skipped > 100
    assert follower.deltas + follower.skipped >= sum(market.n for market in scene.board) - 300


def test_a_reader_that_never_reads_holds_no_more_than_its_buffer(scene):
    deaf = scene.join(("book", "top"), capacity=5_000)
    quick, follower = scene.join(), Follower()
    for _ in range(20):
        scene.fold(200, turn=10)
        follower.receive(quick.take())
    follower.holds(scene.board)
    assert follower.skipped == 0
    assert len(deaf.data) < 5_000 + 60_000  # and the one turn that went beyond it
    assert not deaf.reader.pending
    assert len(deaf.reader.stale) <= 2 * len(scene.board.markets)


def test_a_batch_that_is_large_goes_out_in_several_writes(scene):
    """So that a reader that stops reading in the middle of it holds no more than one of them."""
    deaf = scene.join(capacity=1_000)
    scene.drain(deaf)
    scene.fold(3_000, turn=3_000)
    assert 1_000 < len(deaf.data) < 1_000 + 2 * TURN_BYTES


def test_trades_are_never_skipped(scene):
    quick, slow = scene.join(("trade",)), scene.join(("trade",), capacity=300)
    got = []
    for _ in range(5):
        scene.fold(200, turn=4)
        got += scene.drain(slow)
    expected = [message["msg"] for message in quick.take()]
    assert len(expected) > 50
    assert [message["msg"] for message in got] == expected


def test_who_misses_too_many_trades_is_sent_away(scene):
    scene.join(("trade",), capacity=1)
    deaf = scene.join(("trade",), capacity=1)
    while len(deaf.reader.facts) <= KEPT_FACTS and not deaf.ended:
        deaf.reader.facts.extend([b"{}"] * 2_000)
        scene.fold(50)
    assert deaf.ended.startswith("too slow")
    assert scene.broadcast.figures.too_slow >= 1


def test_a_top_reader_gets_one_message_a_turn_and_the_newest_in_the_end(scene):
    ticker = busiest(scene.board)
    socket = scene.join(("top",), [ticker])
    socket.take()
    scene.fold(60, turn=60)
    messages = socket.take()
    assert len(messages) == 1
    market = scene.board.markets[ticker]
    best = market.best_bid()
    assert messages[0]["msg"]["yes_bid_dollars"] == f"{(best[0] if best else 0) / 10_000:.4f}"


def test_a_top_reader_is_told_only_what_is_different(scene):
    socket = scene.join(("top",))
    last = {}
    for message in socket.take():
        last[message["ticker"]] = message["msg"]
    scene.fold(800)
    volatile = {"ts", "ts_ms", "time"}
    for message in socket.take():
        now = {name: value for name, value in message["msg"].items() if name not in volatile}
        assert now != last.get(message["ticker"])
        last[message["ticker"]] = now


def test_a_board_built_anew_is_sent_from_the_beginning(scene):
    socket, follower = scene.join(), Follower()
    follower.receive(socket.take())
    again = Board(0, lambda: NOW_US)
    for record in RandomLog(31, markets=3, accounts=8).records(600):
        again.fold(record)
    scene.broadcast.begin(again)
    follower.receive(socket.take())
    follower.holds(again)


def test_who_left_is_forgotten(scene):
    socket = scene.join(("book", "top", "trade", "market"))
    scene.broadcast.leave(socket.reader)
    socket.take()
    scene.fold(100)
    assert not socket.data
    assert len(scene.broadcast) == 0
