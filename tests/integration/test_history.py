"""The history store answers what memory would have answered, and loses and doubles nothing."""

import asyncio
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from exchange.adapters.history import Again, BadDatabase, Database, HistoryWriter, Lives, SqlHistoryReader, store
from exchange.adapters.history.schema import migrate, upgrade
from exchange.adapters.history.tables import schema
from exchange.adapters.whole_file import WholeFile
from exchange.core import commands as c
from exchange.ports import HistoryRefused, HistoryUnavailable
from exchange.projections.order_filter import OrderFilter
from exchange.projections.portfolio_records import FillFilter, SettlementFilter
from exchange.projections.views import Projections
from tests.postgres import postgres_database, postgres_url
from tests.unit.exchange.private_venue import EVENT, OTHER, TICKER, PrivateVenue
from wire.accounts import account_of
from wire.engine_events import BalanceChanged, OrderCanceled, PositionSettled, Trade
from wire.enums import MarketResult, OrderStatus, TimeInForce
from wire.units import DOLLAR, MICROS

__all__ = ["postgres_database", "postgres_url"]

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


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    """An empty database of each kind: everything below holds for both."""
    if request.param == "sqlite":
        return Database(tmp_path / "history.sqlite")
    return Database(request.getfixturevalue("postgres_database"))


async def opened(database, views, again=None, **options) -> HistoryWriter:
    writer = HistoryWriter(database, views, again, **options)
    await writer.open()
    return writer


async def write(database, venue: PrivateVenue, views: Projections | None = None) -> HistoryWriter:
    """Feed all records to a new writer and let it finish."""
    writer = await opened(database, views or venue.views)
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await writer.stop()
    return writer


async def rows(database, sql: str):
    engine = database.open()
    async with engine.connect() as connection:
        found = [tuple(row) for row in await connection.execute(text(sql))]
    await engine.dispose()
    return found


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def stored(database):
    """(venue with all in memory, reader of the same in history)."""
    venue = busy_venue()
    await write(database, venue)
    reader = SqlHistoryReader(database)
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


async def test_checkpoint_is_the_last_record_fed(database):
    venue = busy_venue()
    writer = await write(database, venue)
    assert writer.checkpoint() == venue.views.seq
    again = await opened(database, venue.views)
    assert again.checkpoint() == venue.views.seq
    await again.stop()


async def test_what_takes_many_statements_is_read_back_whole(database, monkeypatch):
    """Two orders, four trades or eight settlements a statement, and one for each power of two of the rest."""
    monkeypatch.setattr("exchange.adapters.history.database.VALUES", 105)
    venue = busy_venue()
    await write(database, venue)
    reader = SqlHistoryReader(database)
    assert await reader.trades(None, None, None, None, 100) == list(venue.views.tape.newest_first())
    for member in (1, 2):
        remembered = venue.views.orders.select(OrderFilter(member), 100)
        assert len(remembered) > 4
        assert await reader.orders(OrderFilter(member), 100) == [
            order for order in remembered if order.status is not OrderStatus.RESTING
        ]
    await reader.close()


async def test_records_fed_again_are_not_stored_twice(database):
    venue = busy_venue()
    await write(database, venue)
    await write(database, venue)
    reader = SqlHistoryReader(database)
    assert await reader.trades(None, None, None, None, 100) == list(venue.views.tape.newest_first())
    await reader.close()


async def test_rows_not_written_before_a_crash_are_written_after_it(database):
    venue = busy_venue()
    lost = await opened(database, venue.views)
    for entry in venue.sink.records:
        lost.fold([entry])
    await lost.stop()
    again = await opened(database, venue.views)
    assert again.checkpoint() == 0
    await again.stop()
    await write(database, venue)
    reader = SqlHistoryReader(database)
    assert len(await reader.trades(None, None, None, None, 100)) == len(list(venue.views.tape.newest_first()))
    await reader.close()


async def test_history_ahead_of_the_journal_is_cut_back(database):
    venue = busy_venue()
    await write(database, venue)
    kept = venue.sink.records[: len(venue.sink.records) // 2]
    shorter = Projections()
    for entry in kept:
        shorter.fold(entry)
    writer = await opened(database, shorter)
    await writer.start()
    await writer.stop()
    assert writer.checkpoint() == shorter.seq
    reader = SqlHistoryReader(database)
    assert await reader.trades(None, None, None, None, 100) == list(shorter.tape.newest_first())
    remembered = [o for o in shorter.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert await reader.orders(OrderFilter(1), 100) == remembered
    await reader.close()


async def test_memory_lets_go_of_what_is_stored(database):
    venue = busy_venue(window=2)
    assert len(venue.views.orders.select(OrderFilter(1), 100)) > 3
    await write(database, venue)
    terminal = [o for o in venue.views.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert len(terminal) <= 2
    assert venue.views.orders.evicted
    assert venue.views.portfolio.fills.evicted


async def test_live_records_are_written_while_it_runs(database):
    venue = PrivateVenue()
    writer = await opened(database, venue.views)
    await writer.start()
    venue.trade("0.40", "1")
    for entry in venue.sink.records:
        writer.fold([entry])
    writer.flush()
    async with asyncio.timeout(10):
        while writer.checkpoint() < venue.views.seq:
            await asyncio.sleep(0.01)
    await writer.stop()


# --- what else is kept ------------------------------------------------------------------------------


async def test_every_trade_settlement_and_ended_order_of_the_log_has_its_row(database):
    venue = busy_venue()
    await write(database, venue)
    events = [event for entry in venue.sink.records for event in entry.events]
    ended = {event.order_id for event in events if isinstance(event, OrderCanceled)}
    for event in events:
        if isinstance(event, Trade):
            ended |= {event.maker_order_id} if not event.maker_remaining else set()
            ended |= {event.taker_order_id} if not event.taker_remaining else set()
    counts = {Trade: "trades", PositionSettled: "settlements", BalanceChanged: "ledger"}
    for kind, table in counts.items():
        assert await rows(database, f"SELECT count(*) FROM {table}") == [(sum(isinstance(e, kind) for e in events),)]
    assert {order_id for (order_id,) in await rows(database, "SELECT order_id FROM orders")} == ended


async def test_the_ledger_adds_up_to_the_cash_that_trading_did_not_move(database):
    venue = PrivateVenue()
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 250_000_000, "t"))
    await write(database, venue)
    sums = await rows(database, "SELECT account, sum(amount) FROM ledger GROUP BY account ORDER BY account")
    assert [(account, int(amount)) for account, amount in sums] == [
        (account_of(1), 750 * DOLLAR),
        (account_of(1, 1), 250 * DOLLAR),
        (account_of(2), 1_000 * DOLLAR),
    ]


async def test_what_is_listed_is_kept_as_it_is_now(database):
    venue = busy_venue()
    await write(database, venue)
    assert await rows(database, "SELECT ticker FROM series") == [("KXTEST",)]
    assert await rows(database, "SELECT ticker, series_ticker FROM events") == [(EVENT, "KXTEST")]
    found = await rows(database, "SELECT ticker, status, result FROM markets ORDER BY ticker")
    assert found == [(TICKER, "active", ""), (OTHER, "finalized", "yes")]


async def test_each_minute_is_stored_once_when_it_can_change_no_more(database):
    venue = PrivateVenue()
    writer = await opened(database, venue.views)
    await writer.start()
    fed = 0
    for minute in range(3):
        venue.trade("0.40", "1")
        venue.clock.us += 60 * MICROS
        if minute < 2:
            venue.trade("0.45", "2")
        for entry in venue.sink.records[fed:]:
            writer.fold([entry])
        fed = len(venue.sink.records)
        writer.flush()
        await until(lambda: writer.checkpoint() == venue.views.seq)
    await writer.stop()
    reader = SqlHistoryReader(database)
    bars = await reader.minutes(TICKER, 0, 2**40)
    await reader.close()
    candles = venue.views.books.book(TICKER).candles
    assert len(candles.minutes) == 2
    assert candles.live is not None
    assert bars == [bar for bar in candles.minutes if bar.end < candles.live.end]


async def test_text_that_postgresql_cannot_hold_does_not_stop_history(database):
    venue = PrivateVenue()
    venue.order(1, "bid", "0.20", "1", time_in_force=IOC, client_order_id="a\0b")
    await write(database, venue)
    assert await rows(database, "SELECT client_order_id FROM orders") == [("a\ufffdb",)]


async def test_rows_beyond_the_retention_go(database):
    venue = PrivateVenue()
    venue.trade("0.40", "1")
    writer = await opened(database, venue.views, retention_us=60 * MICROS)
    await writer.start()
    for entry in venue.sink.records:
        writer.fold([entry])
    writer.flush()
    await until(lambda: writer.checkpoint() == venue.views.seq)
    assert await rows(database, "SELECT count(*) FROM trades") != [(0,)]
    fed = len(venue.sink.records)
    venue.clock.us += 2 * 3_600 * MICROS
    venue.do(c.Deposit(account_of(1), DOLLAR))
    for entry in venue.sink.records[fed:]:
        writer.fold([entry])
    await writer.stop()
    assert await rows(database, "SELECT count(*) FROM trades") == [(0,)]
    assert await rows(database, "SELECT count(*) FROM ledger") == [(1,)]


# --- the journal gives it again ---------------------------------------------------------------------


def again(venue, at=0):
    """Read again what the venue did, from projections of `at` on."""

    def views_at(seq: int) -> Projections:
        views = Projections()
        for entry in venue.sink.records[: min(at, seq)]:
            views.fold(entry)
        return views

    async def read(after_seq, follow=True):
        entries = venue.sink.records[after_seq:]
        for start in range(0, len(entries), 7):
            yield entries[start : start + 7]

    return Again(views_at, lambda: SimpleNamespace(read=read))


@pytest.mark.parametrize("at", [0, 12])
async def test_who_gathers_too_much_reads_it_again(database, at):
    venue = busy_venue(window=2)
    writer = await opened(database, venue.views, again(venue, at), limit=3)
    for entry in venue.sink.records:
        writer.fold([entry])
        writer.flush()
    assert writer.is_behind
    assert writer.checkpoint() == 0
    await writer.start()
    await until(lambda: writer.checkpoint() == venue.views.seq)
    assert not writer.is_behind
    fed = len(venue.sink.records)
    venue.trade("0.31", "1")
    for entry in venue.sink.records[fed:]:
        writer.fold([entry])
    await writer.stop()
    complete = busy_venue()
    complete.trade("0.31", "1")
    reader = SqlHistoryReader(database)
    assert await reader.trades(None, None, None, None, 100) == list(complete.views.tape.newest_first())
    ended = [o for o in complete.views.orders.select(OrderFilter(1), 100) if o.status is not OrderStatus.RESTING]
    assert await reader.orders(OrderFilter(1), 100) == ended
    await reader.close()


async def test_memory_lets_go_also_while_history_is_behind_and_reads_say_so(database):
    venue = busy_venue(window=2)
    writer = await opened(database, venue.views, again(venue), limit=3)
    for entry in venue.sink.records:
        writer.fold([entry])
        writer.flush()
    reader = SqlHistoryReader(database, lambda: writer.is_behind)
    with pytest.raises(HistoryUnavailable):
        await reader.orders(OrderFilter(1), 1)
    await writer.start()
    await until(lambda: not writer.is_behind)
    await writer.stop()
    assert venue.views.orders.evicted
    assert await reader.orders(OrderFilter(1), 1)
    await reader.close()


async def test_a_gap_before_what_recovery_replays_is_read_again(database):
    venue = busy_venue()
    writer = await opened(database, venue.views, again(venue))
    for entry in venue.sink.records[20:]:
        writer.fold_recovered(entry)
    await writer.start()
    await until(lambda: writer.checkpoint() == venue.views.seq)
    await writer.stop()
    reader = SqlHistoryReader(database)
    assert await reader.trades(None, None, None, None, 100) == list(venue.views.tape.newest_first())
    await reader.close()


async def test_a_commit_whose_answer_was_lost_is_not_repeated(database, monkeypatch):
    venue = busy_venue()
    writer = await opened(database, venue.views)
    stored = store.write
    lost = []

    async def write_and_lose_the_answer(connection, gathered, old):
        new = await stored(connection, gathered, old)
        if not lost:
            lost.append(new)
            await connection.commit()
            raise ConnectionResetError("the answer to COMMIT never came")
        return new

    monkeypatch.setattr(store, "write", write_and_lose_the_answer)
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await until(lambda: writer.checkpoint() == venue.views.seq and not writer.trouble)
    await writer.stop()
    assert writer.outages == 1
    assert await rows(database, "SELECT count(*) FROM trades") == [(len(list(venue.views.tape.newest_first())),)]


# --- whose database it is ---------------------------------------------------------------------------


async def test_a_new_beginning_empties_it(database, tmp_path):
    venue = busy_venue()
    writer = await opened(database, venue.views, lives=Lives(WholeFile(tmp_path / "lives.json")))
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await until(lambda: writer.checkpoint() == venue.views.seq)
    await writer.forget()
    assert writer.checkpoint() == 0
    assert await rows(database, "SELECT count(*) FROM trades") == [(0,)]
    assert await rows(database, "SELECT count(*) FROM markets") == [(0,)]
    await writer.stop()


async def test_rows_from_before_a_reset_that_it_missed_go(database, tmp_path):
    venue = busy_venue()
    lives = Lives(WholeFile(tmp_path / "lives.json"))
    writer = await opened(database, venue.views, lives=lives)
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await writer.stop()
    lives.begin_again()
    writer = await opened(database, Projections(), lives=Lives(WholeFile(tmp_path / "lives.json")))
    assert writer.checkpoint() == 0
    await writer.stop()
    assert await rows(database, "SELECT count(*) FROM trades") == [(0,)]


async def test_another_venues_history_is_not_touched(database, tmp_path):
    venue = busy_venue()
    writer = await opened(database, venue.views, lives=Lives(WholeFile(tmp_path / "one.json")))
    await writer.stop()
    other = HistoryWriter(database, venue.views, lives=Lives(WholeFile(tmp_path / "other.json")))
    with pytest.raises(HistoryRefused, match="another venue"):
        await other.open()
    await other.stop()


async def test_two_writers_of_one_database_are_found_out(database):
    venue = busy_venue()
    first, second = await opened(database, venue.views), await opened(database, venue.views)
    for writer in (first, second):
        for entry in venue.sink.records:
            writer.fold([entry])
        await writer.start()
        await until(lambda writer=writer: writer.stopped or writer.checkpoint() == venue.views.seq)
    assert not first.stopped
    assert second.stopped
    assert "somebody else" in second.trouble
    for writer in (first, second):
        await writer.stop()


async def test_memory_lets_go_also_when_history_has_stopped_and_reads_say_so(database):
    venue, rival = busy_venue(window=2), busy_venue()
    writer = await opened(database, venue.views, again(venue))
    await write(database, rival)
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await until(lambda: writer.stopped)
    venue.trade("0.31", "1")
    writer.flush()
    await until(lambda: venue.views.orders.evicted)
    reader = SqlHistoryReader(database, lambda: writer.is_behind)
    with pytest.raises(HistoryUnavailable):
        await reader.orders(OrderFilter(1), 1)
    await reader.close()
    await writer.stop()


async def test_a_database_of_a_newer_version_is_refused_in_words(database):
    await (await opened(database, Projections())).stop()
    engine = database.open()
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    writer = HistoryWriter(database, Projections())
    with pytest.raises(HistoryRefused, match=r"'9999'.*newer"):
        await writer.open()
    await writer.stop()


async def test_migrations_and_a_fresh_database_come_to_the_same_tables(database):
    def revisions_make(connection):
        upgrade(connection)
        return compare_metadata(MigrationContext.configure(connection), schema), reflected(connection)

    def at_once(connection):
        schema.drop_all(connection)
        migrate(connection)
        return reflected(connection)

    engine = database.open()
    async with engine.begin() as connection:
        differences, migrated = await connection.run_sync(revisions_make)
        assert differences == []
        assert await connection.run_sync(at_once) == migrated
    await engine.dispose()


def reflected(connection):
    """Every column, key and index, as the database tells them."""
    seen = inspect(connection)
    found = {}
    for table in seen.get_table_names():
        columns = {each["name"]: (str(each["type"]), each["nullable"]) for each in seen.get_columns(table)}
        indexes = {each["name"]: tuple(each["column_names"]) for each in seen.get_indexes(table)}
        found[table] = (columns, seen.get_pk_constraint(table)["constrained_columns"], indexes)
    return found | {"version": [tuple(row) for row in connection.execute(text("SELECT * FROM alembic_version"))]}


async def test_a_file_from_before_tables_had_revisions_is_filled_anew(tmp_path):
    database = Database(tmp_path / "history.sqlite")
    engine = database.open()
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE orders (order_id INTEGER)"))
        await connection.execute(text("CREATE TABLE checkpoint (seq INTEGER)"))
        await connection.execute(text("INSERT INTO checkpoint VALUES (77)"))
    await engine.dispose()
    venue = busy_venue()
    await write(database, venue)
    assert await rows(database, "SELECT count(*) FROM trades") == [(len(list(venue.views.tape.newest_first())),)]


@pytest.mark.parametrize("url", ["mysql://h/db", "nothing at all", "sqlite:///file"])
def test_a_url_that_names_no_postgresql_is_refused(url):
    with pytest.raises(BadDatabase):
        Database(url)


def test_a_password_is_not_shown():
    assert "secret" not in Database("postgres://venue:secret@db:5433/history").shown
