"""The recorder on our own venue: its tape, played again, ends in the same book; its Parquet has the same messages."""

import argparse
import asyncio
import gzip
import json
import os
import random
import signal
import sys

import polars as pl
import pytest

from exchange.core.commands import CancelOrder, CreateOrder
from market_data.recorder.archive import Archive
from market_data.recorder.command import add_arguments, addresses, run_recorder
from market_data.recorder.session import Host, Recording, RecordingFailed
from market_data.recorder.tape import TapeWriter
from sandbox.tapes.market import find_metadata
from sandbox.tapes.player import TapePlayer
from sandbox.tapes.recording import find
from tests.live import API, EVENT, SOCKET, TICKER, live, rsa_key
from tests.market_data_process import ROOT
from wire import signing
from wire.accounts import account_of
from wire.engine_events import OrderAccepted
from wire.enums import BookSide, SelfTradePrevention, TimeInForce


def host(venue, trader, key=None):
    port = venue.venue.port
    return Host(f"{venue.url}{API}", f"ws://127.0.0.1:{port}{SOCKET}", trader.key_id, key or trader.key)


def levels(venue):
    book = venue.venue.views.books.book(TICKER)
    return {(side, price): count for side in ("yes", "no") for price, count in book.levels(side)}


class Crowd:
    """Orders of two members on both sides, some of which trade, some of which are canceled."""

    def __init__(self, venue, seed=5):
        self._venue = venue
        self._pick = random.Random(seed)
        self._resting = []

    async def trade(self, commands):
        for _ in range(commands):
            account = account_of(self._pick.randrange(1, 3))
            if self._resting and self._pick.random() < 0.3:
                owner, order_id = self._resting.pop(self._pick.randrange(len(self._resting)))
                command = CancelOrder(owner, order_id)
            else:
                side = self._pick.choice(list(BookSide))
                price = self._pick.randrange(35, 56) if side is BookSide.BID else self._pick.randrange(46, 66)
                command = CreateOrder(
                    account, TICKER, side, price * 100, self._pick.randrange(1, 9) * 50,
                    TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.TAKER_AT_CROSS,
                )  # fmt: skip
            (receipt,) = await self._venue.venue.sequencer.submit_all([command])
            for event in receipt.events:
                if isinstance(event, OrderAccepted):
                    self._resting.append((event.account, event.order_id))


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def recorded(tmp_path):
    """A venue's market recorded from the middle of its life; the venue's book at the end, and the recording."""
    folder = tmp_path / "recording"
    async with live(tmp_path / "venue") as venue:
        crowd, trader = Crowd(venue), venue.trader(1)
        await crowd.trade(100)
        recording = Recording(host(venue, trader), [TICKER], folder, Archive(folder))
        await recording.describe()
        running = asyncio.create_task(recording.run())
        await until(lambda: recording.messages == 1)
        subscriber = []
        async with trader.socket() as socket:
            params = {"channels": ["orderbook_delta", "trade"], "market_tickers": [TICKER]}
            await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": params}))
            while len(subscriber) < 3:  # two acknowledgements and the snapshot
                subscriber.append(json.loads(await socket.recv()))
            await crowd.trade(600)
            assert (await trader.order("bid", "0.0100", "7.00")).status_code == 201
            while (message := json.loads(await socket.recv()))["msg"].get("price_dollars") != "0.0100":
                subscriber.append(message)
            subscriber.append(message)
        sent = [one for one in subscriber if one["type"] in ("orderbook_snapshot", "orderbook_delta", "trade")]
        await until(lambda: recording.messages == len(sent))
        running.cancel()
        await asyncio.wait((running,))
        yield folder, sent, levels(venue), recording


def lines(folder):
    return [
        json.loads(line)
        for path in sorted((folder / "events" / TICKER).iterdir())
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


async def test_a_tape_has_every_message_as_it_came(recorded):
    folder, sent, _, recording = recorded
    tape = lines(folder)
    assert all(list(line) == ["recv_ms", "event"] for line in tape)
    assert [line["event"]["msg"] for line in tape] == [one["msg"] for one in sent]
    assert sorted(line["recv_ms"] for line in tape) == [line["recv_ms"] for line in tape]
    assert recording.gaps == 0
    assert {line["event"]["type"] for line in tape} == {"orderbook_snapshot", "orderbook_delta", "trade"}


async def test_a_recording_played_again_ends_in_the_same_book(recorded, tmp_path):
    folder, _, book, _ = recorded
    (tape,) = find(folder)
    assert tape.ticker == TICKER
    async with live(tmp_path / "again", []) as venue:
        ended = []

        class Played(TapePlayer):
            """Stops before the market is ended, and with it the book."""

        async def submit(command):
            if type(command).__name__ == "SetCloseTime":
                ended.append(levels(venue))
            return await venue.venue.sequencer.submit(command)

        player = Played(tape, find_metadata(tape, None), submit, venue.venue.clock.now_us, None)
        venue.venue.sequencer.attach([player])
        await player.run(lambda progress: None)
        assert ended == [book]
        assert player.driver.refused == 0
        market = (await venue.public.get(f"/markets/{TICKER}")).json()["market"]
        assert market["title"] == "Test market"
        assert market["event_ticker"] == EVENT


async def test_parquet_has_a_row_for_every_delta_trade_and_level(recorded):
    folder, sent, _, _ = recorded
    table = pl.read_parquet(folder / "parquet", hive_partitioning=True).sort("recv_ms", "seq")
    assert set(table["market"]) == {TICKER}
    kinds = dict(table["type"].value_counts().iter_rows())
    snapshot = next(one["msg"] for one in sent if one["type"] == "orderbook_snapshot")
    assert kinds == {
        "delta": sum(one["type"] == "orderbook_delta" for one in sent),
        "trade": sum(one["type"] == "trade" for one in sent),
        "snapshot": len(snapshot["yes_dollars_fp"]) + len(snapshot["no_dollars_fp"]),
    }
    trade = next(one["msg"] for one in sent if one["type"] == "trade")
    row = table.filter(pl.col("trade_id") == trade["trade_id"]).row(0, named=True)
    assert row["price"] == round(float(trade["yes_price_dollars"]) * 10_000)
    assert row["count"] == round(float(trade["count_fp"]) * 100)


async def test_a_venue_that_goes_away_is_recorded_again_from_a_fresh_snapshot(tmp_path):
    folder = tmp_path / "recording"
    async with live(tmp_path / "venue") as venue:
        crowd, trader = Crowd(venue), venue.trader(1)
        recording = Recording(host(venue, trader), [TICKER], folder)
        running = asyncio.create_task(recording.run())
        await until(lambda: recording.messages == 1)
        await crowd.trade(50)
        for connection in list(venue.venue.http.connections):
            if hasattr(connection, "overflowed"):
                connection._transport.abort()
        await until(lambda: recording.connections == 2)
        await crowd.trade(50)
        assert (await trader.order("bid", "0.0100", "7.00")).status_code == 201
        await until(lambda: is_recorded(folder))
        running.cancel()
        await asyncio.wait((running,))
        snapshots = [line for line in lines(folder) if line["event"]["type"] == "orderbook_snapshot"]
        assert len(snapshots) == 2


def is_recorded(folder):
    """The last order of a test is on the tape; a member that is just being written is not read yet."""
    try:
        return any(line["event"]["msg"].get("price_dollars") == "0.0100" for line in lines(folder))
    except (FileNotFoundError, EOFError, gzip.BadGzipFile):
        return False


async def test_a_refused_signature_ends_the_recording(tmp_path):
    async with live(tmp_path / "venue") as venue:
        trader = venue.trader(1)
        recording = Recording(host(venue, trader, signing.generate_key("ed25519")), [TICKER], tmp_path / "out")
        with pytest.raises(RecordingFailed, match="401"):
            await recording.run()


async def test_the_command_records_until_it_is_stopped(tmp_path):
    pem = tmp_path / "key.pem"
    pem.write_text(signing.private_pem(rsa_key()))
    out = tmp_path / "out"
    async with live(tmp_path / "venue") as venue:
        trader, crowd = venue.trader(1), Crowd(venue)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "market_data", "record", "--tickers", TICKER, "--out", str(out),
            "--api-url", venue.url, "--key-id", trader.key_id, "--private-key", str(pem),
            env=os.environ | {"PYTHONPATH": str(ROOT), "KALSHI_WS_URL": "", "KALSHI_API_BASE_URL": ""},
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await until((out / "events" / TICKER).is_dir)
        await crowd.trade(200)
        assert (await trader.order("bid", "0.0100", "7.00")).status_code == 201
        await until(lambda: is_recorded(out))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            _, errors = await process.communicate()
        assert process.returncode == 0, errors
        assert b"messages, 1 connections, 0 gaps" in errors
        assert find(out)[0].ticker == TICKER
        assert find_metadata(find(out)[0], None).market.ticker == TICKER
        assert len(pl.read_parquet(out / "parquet")) >= len(lines(out)) - 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--tickers", "../etc"], "../etc"),
        (["--tickers", ","], "none given"),
        (["--tickers", "KX", "--key-id", ""], "--key-id"),
        (["--tickers", "KX", "--key-id", "k", "--private-key", "/no/such.pem"], "No such file"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, capsys, arguments, says):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert run_recorder(parser.parse_args(["--out", str(tmp_path), *arguments])) == 1
    assert says in capsys.readouterr().err


def test_a_bare_host_gets_kalshis_paths():
    assert addresses("http://127.0.0.1:9090", "") == (
        "http://127.0.0.1:9090/trade-api/v2",
        "ws://127.0.0.1:9090/trade-api/ws/v2",
    )
    given = ("https://external-api.kalshi.com/trade-api/v2", "wss://external-api-ws.kalshi.com/trade-api/ws/v2")
    assert addresses(*given) == given


def test_what_was_flushed_is_whole_however_the_process_ends(tmp_path):
    tape = TapeWriter(tmp_path)
    for moment in (1_785_901_540_731, 1_785_901_540_732):
        tape.write("KX-A", moment, b'{"type":"x"}\n')
        tape.flush()
    tape.write("KX-A", 1_785_974_400_000, b'{"type":"next day"}')
    tape.flush()
    files = sorted((tmp_path / "events" / "KX-A").iterdir())
    assert [path.name for path in files] == ["2026-08-05.ndjson.gz", "2026-08-06.ndjson.gz"]
    assert gzip.decompress(files[0].read_bytes()).splitlines() == [
        b'{"recv_ms":1785901540731,"event":{"type":"x"}}',
        b'{"recv_ms":1785901540732,"event":{"type":"x"}}',
    ]
