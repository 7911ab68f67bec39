"""The reader's book: levels add up, gaps are found, both ways of pricing NO mean the same."""

import json

import pytest

from wire.level_book import BookError, BookReader, LevelBook, SequenceGapError

TICKER = "FED-23DEC-T3.00"


def snapshot(seq: int, clock: int = 10, sid: int = 1, **sides: list[list[str]]) -> dict[str, object]:
    msg = {"market_ticker": TICKER, "market_id": "m", "clock": clock, **sides}
    return {"type": "orderbook_snapshot", "sid": sid, "seq": seq, "msg": msg}


def delta(seq: int, side: str, price: str, count: str, clock: int = 11, sid: int = 1) -> dict[str, object]:
    msg = {"market_ticker": TICKER, "clock": clock, "price_dollars": price, "delta_fp": count, "side": side}
    return {"type": "orderbook_delta", "sid": sid, "seq": seq, "msg": msg}


def test_snapshot_and_deltas_add_up():
    reader = BookReader(1)
    reader.receive(snapshot(1, yes_dollars_fp=[["0.0800", "300.00"], ["0.2200", "333.00"]]))
    assert reader.receive(json.dumps(delta(2, "yes", "0.0800", "-300.00"))) == TICKER
    reader.receive(json.dumps(delta(3, "no", "0.5600", "146.25")).encode())
    book = reader.books[TICKER]
    assert book.levels("yes") == [(2200, 33300)]
    assert book.levels("no") == [(5600, 14625)]
    assert (book.best_bid(), book.best_ask(), book.clock) == ((2200, 33300), (4400, 14625), 11)


def test_absent_side_is_empty():
    reader = BookReader(1)
    reader.receive(snapshot(1, clock=0))
    book = reader.books[TICKER]
    assert (book.levels("yes"), book.levels("no"), book.best_bid(), book.best_ask()) == ([], [], None, None)


def test_yes_priced_feed_gives_the_same_book():
    plain, yes_priced = BookReader(1), BookReader(1, use_yes_price=True)
    plain.receive(snapshot(1, no_dollars_fp=[["0.5400", "20.00"]]))
    yes_priced.receive(snapshot(1, no_dollars_fp=[["0.4600", "20.00"]]))
    plain.receive(delta(2, "no", "0.5500", "1.00"))
    yes_priced.receive(delta(2, "no", "0.4500", "1.00"))
    assert plain.books[TICKER].levels("no") == yes_priced.books[TICKER].levels("no") == [(5400, 2000), (5500, 100)]


@pytest.mark.parametrize("seq", [2, 4], ids=["twice", "missing"])
def test_gap_is_found(seq):
    reader = BookReader(1)
    reader.receive(snapshot(1))
    reader.receive(delta(2, "yes", "0.5000", "1.00"))
    with pytest.raises(SequenceGapError) as gap:
        reader.receive(delta(seq, "yes", "0.5000", "1.00"))
    assert (gap.value.sid, gap.value.expected, gap.value.received) == (1, 3, seq)


def test_acks_take_numbers_of_the_sequence():
    reader = BookReader(1)
    reader.receive(snapshot(1))
    assert reader.receive({"type": "ok", "id": 4, "sid": 1, "seq": 2, "msg": {"market_tickers": []}}) is None
    reader.receive(delta(3, "yes", "0.5000", "1.00"))
    assert reader.seq == 3


def test_other_subscriptions_are_not_looked_at():
    reader = BookReader(1)
    assert reader.receive({"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}}) is None
    assert reader.receive(delta(9, "yes", "0.5000", "1.00", sid=2)) is None
    assert reader.books == {}


def test_fresh_snapshot_replaces_the_book():
    reader = BookReader(1)
    reader.receive(snapshot(1, yes_dollars_fp=[["0.0800", "300.00"]]))
    reader.receive(snapshot(2, clock=20, yes_dollars_fp=[["0.0900", "1.00"]]))
    assert reader.books[TICKER].levels("yes") == [(900, 100)]


def test_delta_before_a_snapshot_is_an_error():
    with pytest.raises(BookError):
        BookReader(1).receive(delta(1, "yes", "0.5000", "1.00"))


def test_level_below_nothing_is_an_error():
    book = LevelBook()
    book.add("yes", 5000, 100, 1)
    with pytest.raises(BookError):
        book.add("yes", 5000, -101, 2)


def test_recorded_feed_adds_up():
    """Recording ws__orderbook_trade_yes, whose NO side is in YES prices."""
    reader = BookReader(1, use_yes_price=True)
    reader.receive(snapshot(1, yes_dollars_fp=[["0.4700", "3.00"]], no_dollars_fp=[["0.5200", "1.00"]]))
    reader.receive(delta(2, "no", "0.5200", "-1.00"))
    reader.receive(delta(3, "no", "0.5200", "2.00"))
    assert reader.books[TICKER].best_ask() == (5200, 200)
