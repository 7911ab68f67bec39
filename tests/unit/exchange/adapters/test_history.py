"""The history store answers what memory would have answered, and loses and doubles nothing."""

import asyncio

import pytest

from exchange.adapters.history import HistoryWriter, SqlHistoryReader
from exchange.core import commands as c
from exchange.projections.orders import OrderFilter
from exchange.projections.portfolio import FillFilter, SettlementFilter
from exchange.projections.views import Projections
from tests.unit.exchange.private_venue import EVENT, OTHER, TICKER, PrivateVenue
from wire.accounts import account_of
from wire.enums import MarketResult, OrderStatus, TimeInForce

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def busy_venue(window: int = 100_000) -> PrivateVenue:
    """Fills on both sides, cancels, a trade between two subaccounts of one member, two settlements."""
    venue = PrivateVenue(fees=True, window=window)
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 100_000_000, "t"))
    venue.order(1, "bid", "0.10", "1")
    for number in range(6):
        venue.trade("0.40", str(1 + number), (TICKER, OTHER)[number % 2])
    venue.order(1, "ask", "0.50", "2")
    venue.order(2, "bid", "0.50", "1")
    venue.do(c.CancelOrder(account_of(1), venue.order(1, "bid", "0.20", "4", OTHER)))
    venue.order(1, "bid", "0.20", "4", OTHER, time_in_force=IOC)
    venue.order(1, "bid", "0.55", "3", OTHER, subaccount=1)
    venue.order(2, "ask", "0.55", "3", OTHER)
    venue.settle(MarketResult.YES, ticker=OTHER)
    return venue


async def write(path, venue: PrivateVenue, views: Projections | None = None) -> HistoryWriter:
    """Feed all records to a new writer and let it finish."""
    writer = HistoryWriter(path, views or venue.views)
    for entry in venue.sink.records:
        writer.fold(entry)
    await writer.start()
    await writer.stop()
    return writer


@pytest.fixture
async def stored(tmp_path):
    """(venue with all in memory, reader of the same in history)."""
    venue = busy_venue()
    await write(tmp_path / "history.sqlite", venue)
    reader = SqlHistoryReader(tmp_path / "history.sqlite")
    yield venue, reader
    await reader.close()


async def test_terminal_orders_read_back_as_they_were(stored):
    venue, reader = stored
    remembered = [o for o in venue.views.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert await reader.orders(OrderFilter(1), 100) == remembered
    assert await reader.order(remembered[0].order_id) == remembered[0]
    assert await reader.order(999_999) is None


@pytest.mark.parametrize(
    "wanted",
    [
        OrderFilter(1, status=OrderStatus.CANCELED),
        OrderFilter(1, status=OrderStatus.EXECUTED),
        OrderFilter(1, tickers=frozenset((OTHER,))),
        OrderFilter(1, tickers=frozenset()),
        OrderFilter(1, subaccount=1),
        OrderFilter(2),
        OrderFilter(3),
    ],
)
async def test_order_filters_mean_the_same_in_both(stored, wanted):
    venue, reader = stored
    remembered = [o for o in venue.views.orders.select(wanted, 100) if o.status is not OrderStatus.RESTING]
    assert await reader.orders(wanted, 100) == remembered


async def test_order_times_and_cursor_mean_the_same_in_both(stored):
    _, reader = stored
    ended = await reader.orders(OrderFilter(1), 100)
    middle = ended[3]
    assert await reader.orders(OrderFilter(1, before=middle.order_id), 2) == ended[4:6]
    assert await reader.orders(OrderFilter(1, min_us=middle.created_us), 100) == ended[:4]
    assert await reader.orders(OrderFilter(1, max_us=middle.created_us), 100) == ended[3:]


@pytest.mark.parametrize(
    "wanted",
    [
        FillFilter(1),
        FillFilter(2),
        FillFilter(3),
        FillFilter(1, subaccount=1),
        FillFilter(1, tickers=frozenset((TICKER,))),
        FillFilter(1, tickers=frozenset()),
        FillFilter(1, min_us=0, max_us=1),
    ],
)
async def test_fills_read_back_as_they_were(stored, wanted):
    venue, reader = stored
    assert await reader.fills(wanted, 100) == venue.views.portfolio.select_fills(wanted, 100)


async def test_fill_pages_meet_without_gap_or_double(stored):
    venue, reader = stored
    whole = venue.views.portfolio.select_fills(FillFilter(1), 100)
    for place, fill in enumerate(whole):
        assert await reader.fills(FillFilter(1, before=fill.key), 3) == whole[place + 1 : place + 4]
        assert fill in await reader.fills(FillFilter(1, order_id=fill.order_id), 100)


async def test_settlements_read_back_as_they_were(stored):
    venue, reader = stored
    for member in (1, 2):
        remembered = venue.views.portfolio.select_settlements(SettlementFilter(member), 100)
        assert remembered
        assert await reader.settlements(SettlementFilter(member), 100) == remembered
    first = venue.views.portfolio.select_settlements(SettlementFilter(1), 1)[0]
    assert await reader.settlements(SettlementFilter(1, before=first.key), 9) == (
        venue.views.portfolio.select_settlements(SettlementFilter(1, before=first.key), 9)
    )
    assert await reader.settlements(SettlementFilter(1, event_ticker=EVENT, ticker=TICKER), 9) == []
    assert await reader.settlements(SettlementFilter(1, subaccount=1), 9) == (
        venue.views.portfolio.select_settlements(SettlementFilter(1, subaccount=1), 9)
    )


async def test_trades_read_back_as_the_tape_had_them(stored):
    venue, reader = stored
    tape = list(venue.views.tape.newest_first())
    assert await reader.trades(None, None, None, None, 100) == tape
    assert await reader.trades(TICKER, None, None, None, 100) == list(venue.views.tape.newest_first(TICKER))
    assert await reader.trades(None, None, None, tape[2].key, 2) == tape[3:5]
    assert await reader.trades(None, tape[1].ts_us, tape[1].ts_us, None, 9) == [tape[1]]


# --- batches, checkpoints, crashes ------------------------------------------------------------------


async def test_checkpoint_is_the_last_record_fed(tmp_path):
    venue = busy_venue()
    writer = await write(tmp_path / "h", venue)
    assert writer.checkpoint() == venue.views.seq
    assert HistoryWriter(tmp_path / "h", venue.views).checkpoint() == venue.views.seq


async def test_records_fed_again_are_not_stored_twice(tmp_path):
    venue = busy_venue()
    await write(tmp_path / "h", venue)
    await write(tmp_path / "h", venue)
    reader = SqlHistoryReader(tmp_path / "h")
    assert await reader.trades(None, None, None, None, 100) == list(venue.views.tape.newest_first())
    await reader.close()


async def test_rows_not_written_before_a_crash_are_written_after_it(tmp_path):
    venue = busy_venue()
    lost = HistoryWriter(tmp_path / "h", venue.views)
    for entry in venue.sink.records:
        lost.fold(entry)
    assert HistoryWriter(tmp_path / "h", venue.views).checkpoint() == 0
    await write(tmp_path / "h", venue)
    reader = SqlHistoryReader(tmp_path / "h")
    assert len(await reader.trades(None, None, None, None, 100)) == len(list(venue.views.tape.newest_first()))
    await reader.close()


async def test_history_ahead_of_the_journal_is_cut_back(tmp_path):
    venue = busy_venue()
    await write(tmp_path / "h", venue)
    kept = venue.sink.records[: len(venue.sink.records) // 2]
    shorter = Projections()
    for entry in kept:
        shorter.fold(entry)
    writer = HistoryWriter(tmp_path / "h", shorter)
    await writer.start()
    await writer.stop()
    assert writer.checkpoint() == shorter.seq
    reader = SqlHistoryReader(tmp_path / "h")
    assert await reader.trades(None, None, None, None, 100) == list(shorter.tape.newest_first())
    remembered = [o for o in shorter.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert await reader.orders(OrderFilter(1), 100) == remembered
    await reader.close()


async def test_memory_lets_go_of_what_is_stored(tmp_path):
    venue = busy_venue(window=2)
    assert len(venue.views.orders.select(OrderFilter(1), 100)) > 3
    await write(tmp_path / "h", venue)
    terminal = [o for o in venue.views.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert len(terminal) <= 2
    assert venue.views.orders.evicted
    assert venue.views.portfolio.fills.evicted


async def test_live_records_are_written_while_it_runs(tmp_path):
    venue = PrivateVenue()
    writer = HistoryWriter(tmp_path / "h", venue.views)
    await writer.start()
    venue.trade("0.40", "1")
    for entry in venue.sink.records:
        writer.fold(entry)
    writer.flush()
    async with asyncio.timeout(10):
        while writer.checkpoint() < venue.views.seq:
            await asyncio.sleep(0)
    await writer.stop()
