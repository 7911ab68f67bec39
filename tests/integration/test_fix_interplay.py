"""FIX sessions while something else goes on: pauses, keys that end, other flags, other spellings, another clock."""

import asyncio
import errno
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from exchange.adapters.fix_store import FileStore
from exchange.core import commands as c
from exchange.gateways.fix import connection, turns
from exchange.ports import JournalRecord
from exchange.projections.order_filter import OrderFilter
from tests.fix_client import FREE_PORTS, FixClient, client
from tests.live import TICKER, LiveVenue, live
from wire.accounts import account_of
from wire.enums import BookSide, PauseScope, SelfTradePrevention, TimeInForce
from wire.fix.codec import Framer
from wire.fix.message import parse
from wire.fix.profiles import SessionKind
from wire.fix.timestamps import parse_timestamp
from wire.units import DOLLAR

HOUR_US = 3_600_000_000


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path, fix=FREE_PORTS) as running:
        yield running


async def resting(venue: LiveVenue, member: int, names: set[str]) -> None:
    """Wait until just these orders rest."""
    async with asyncio.timeout(60):
        while {order.client_order_id for order in venue.venue.views.orders.resting(member)} != names:
            await asyncio.sleep(0.01)


async def hung_up(venue: LiveVenue, fix: FixClient) -> None:
    await fix.close()
    async with asyncio.timeout(60):
        while fix.trader.key_id in venue.venue._fix.acceptor.live:
            await asyncio.sleep(0.01)


async def disarmed(venue: LiveVenue) -> None:
    """Nothing is left that goes with a connection."""
    async with asyncio.timeout(60):
        while venue.venue._fix.owners.armed:
            await asyncio.sleep(0.01)


# --- pauses (SEMANTICS B11) -------------------------------------------------------------------------


async def test_a_mass_cancel_during_an_exchange_pause_is_refused(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await venue.do(c.Pause(PauseScope.EXCHANGE))
    fix.send("q", ("11", "m"), ("530", 6))
    await fix.expect("r", _11="m", _531="0", _532="99")
    await fix.quiet()


async def test_a_mass_cancel_during_a_trading_pause_is_done(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    await venue.do(c.Pause(PauseScope.TRADING))
    fix.send("q", ("11", "m"), ("530", 6))
    await fix.expect("r", _11="m", _531="6")
    await fix.expect("8", _150="4", _11="a")


async def test_orders_of_a_connection_lost_in_an_exchange_pause_go_when_it_is_over(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    for name in ("a", "b"):
        fix.order(name)
        await fix.expect("8", _150="0")
    await venue.do(c.Pause(PauseScope.EXCHANGE))
    await hung_up(venue, fix)
    before = venue.venue.views.seq
    await venue.do(c.Resume(PauseScope.EXCHANGE))
    await resting(venue, 1, set())
    assert venue.venue.views.seq == before + 3, "nothing was asked of the venue while it could not"
    await disarmed(venue)


async def test_orders_that_went_with_a_venue_that_starts_again_in_an_exchange_pause_go_when_it_is_over(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS) as venue:
        fix = await client(venue, 1, "NR", ("8013", "Y"))
        fix.order("a")
        await fix.expect("8", _150="0")
        await venue.do(c.Pause(PauseScope.EXCHANGE))
    async with live(tmp_path, fix=FREE_PORTS) as venue:
        before = venue.venue.views.seq
        await resting(venue, 1, {"a"})
        await venue.do(c.Resume(PauseScope.EXCHANGE))
        await resting(venue, 1, set())
        assert venue.venue.views.seq == before + 2, "nothing was asked of the venue while it could not"
        await disarmed(venue)


# --- keys -------------------------------------------------------------------------------------------


async def test_a_key_that_is_deleted_ends_its_session(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    fix.order("a")
    await fix.expect("8", _150="0")
    venue.venue.keys.remove(fix.trader.key_id)
    fix.order("b")
    await fix.expect("5", _58="API key is no longer valid")
    await resting(venue, 1, set())


@pytest.mark.parametrize(("kind", "flags"), [("RT", []), ("DC", []), ("PT", []), ("NR", [("20126", "Y")])])
async def test_a_key_of_one_subaccount_opens_no_other_sessions(venue, kind, flags):
    fix = FixClient(venue.trader(1, subaccount=0), kind)
    refusal = await fix.log_on(("21011", "Y"), *flags, answer="5")
    assert "restricted to a single sub-account" in refusal["58"]


@pytest.mark.parametrize("kind", ["NR", "MD", "RFQ"])
async def test_a_key_of_one_subaccount_enters_orders_reads_the_market_and_quotes(venue, kind):
    await FixClient(venue.trader(1, subaccount=0), kind).log_on()


async def test_a_key_of_one_subaccount_that_names_none_means_its_own(venue):
    await venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), 100 * DOLLAR))
    fix = FixClient(venue.trader(1, subaccount=1), "NR")
    await fix.log_on(("21011", "Y"))
    fix.send("UOG", ("20131", 1), ("20132", 5))
    group = (await fix.expect("UOH", _79="1"))["20130"]
    fix.order("a", _526=group)
    await fix.expect("8", _150="0", _79="1")
    fix.send("UOG", ("20131", 3), ("20130", group))
    await fix.expect("8", _150="4", _11="a")
    await fix.expect("UOH", _79="1")
    fix.send("UOG", ("20131", 1), ("20132", 5), ("79", 0))
    await fix.expect("j", _380="6")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([("79", "0")], "PERMISSION_DENIED_FOR_CUSTOMER_ACCOUNT"),
        ([("453", "1"), ("448", "customer"), ("452", "24")], "CUSTOMER_ACCOUNT_NOT_FOUND"),
    ],
)
async def test_a_cancel_for_another_account_is_refused_with_a_reason_that_cancels_have(venue, fields, text):
    await venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), 100 * DOLLAR))
    fix = FixClient(venue.trader(1, subaccount=1), "NR")
    await fix.log_on(("21011", "Y"))
    fix.order("a")
    await fix.expect("8", _150="0")
    fix.send("F", ("11", "c"), ("41", "a"), ("54", 1), ("55", TICKER), *fields)
    await fix.expect("9", _11="c", _102="99", _58=text)


# --- flags that change under way --------------------------------------------------------------------


async def test_a_session_that_logs_on_again_as_a_listener_leaves_its_orders(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    fix.order("a")
    await fix.expect("8", _150="0")
    fix.seq_num = 1
    fix._writer.write(fix.signed_logon(("20126", "Y"), ("21011", "Y")))
    await fix.expect("A")
    await hung_up(venue, fix)
    await venue.do(c.AdvanceTime())
    await resting(venue, 1, {"a"})


# --- a client that reads slowly ----------------------------------------------------------------------


async def test_a_long_resend_waits_for_who_reads_it_while_new_reports_come(venue, monkeypatch):
    monkeypatch.setattr(connection, "HIGH_WATER", 20_000)
    monkeypatch.setattr(connection, "BUFFER_LIMIT", 400_000)
    fix = await client(venue, 1, "RT")
    for number in range(300):
        fix.order(f"o{number}", price="1", count="1")
        await fix.expect("8", _150="0")
    await hung_up(venue, fix)
    again = FixClient(fix.trader, "RT", seq_num=fix.seq_num)
    loop = asyncio.get_running_loop()
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await loop.sock_connect(line, ("127.0.0.1", venue.venue.fix_ports[SessionKind.RT]))
        times = 100  # 10 MB: far more than the sockets hold
        asked = again.signed_logon(("21011", "Y"), reset=False)
        await loop.sock_sendall(line, asked + b"".join(again.sealed("2", ("7", 2), ("16", 301)) for _ in range(times)))
        live_sessions = venue.venue._fix.acceptor.live
        async with asyncio.timeout(60):
            while fix.trader.key_id not in live_sessions or live_sessions[fix.trader.key_id]._may_write.is_set():
                await asyncio.sleep(0.01)
        for number in range(100):
            assert (await fix.trader.order("bid", "0.02", "1", client_order_id=f"new{number}")).status_code == 201
        framer, told = Framer(), []
        async with asyncio.timeout(120):
            while len(told) < times * 300 + 101:
                data = await loop.sock_recv(line, 65536)
                assert data, f"cut off after {len(told)} messages: {told[-1]}"
                told += [parse(frame) for frame in framer.feed(data)]
    assert [message.get("43") for message in told[1:]] == ["Y"] * times * 300 + [None] * 100
    assert [message["11"] for message in told[-100:]] == [f"new{number}" for number in range(100)]


# --- the same ClOrdID again -------------------------------------------------------------------------


async def test_a_second_order_of_the_same_name_that_is_none_does_not_take_the_first_ones_place(venue):
    fix = await client(venue, 1, "NR")
    cancel = fix.sealed("F", ("11", "c"), ("41", "a"), ("54", 1), ("55", TICKER), seq_num=4)
    again = {"11": "a", "38": 1, "40": 2, "44": "40.5", "54": 1, "55": TICKER}
    both = fix.sealed("D", *(again | {"44": "40"}).items()), fix.sealed("D", *again.items())
    fix._writer.write(b"".join(both) + cancel)
    fix.seq_num = 5
    await fix.expect("8", _150="8", _58="INVALID_PRICE")
    await fix.expect("8", _150="0", _11="a")
    await fix.expect("8", _150="4", _11="c", _41="a")


async def test_what_a_second_order_of_the_same_name_loses_is_not_the_first_ones_owner(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    again = {"11": "a", "38": 1, "40": 2, "44": "40.5", "54": 1, "55": TICKER}
    fix._writer.write(fix.sealed("D", *(again | {"44": "40"}).items()) + fix.sealed("D", *again.items()))
    await fix.expect("8", _150="8", _58="INVALID_PRICE")
    await fix.expect("8", _150="0", _11="a")
    await hung_up(venue, fix)
    await resting(venue, 1, set())


async def test_a_cancel_behind_a_mass_cancel_is_refused_and_nothing_is_called_by_its_name(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    cancel = fix.sealed("F", ("11", "c"), ("41", "a"), ("54", 1), ("55", TICKER), seq_num=fix.seq_num + 1)
    fix._writer.write(fix.sealed("q", ("11", "m"), ("530", 6)) + cancel)
    await fix.expect("r", _531="6")
    await fix.expect("8", _150="4", _11="a", _41="a")
    await fix.expect("9", _11="c", _102="1")


async def test_an_order_of_rest_that_comes_first_under_a_fix_orders_name_is_not_the_sessions(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    price, kind, prevention = 1_000, TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.TAKER_AT_CROSS
    by_rest = c.CreateOrder(account_of(1), TICKER, BookSide.BID, price, 100, kind, prevention, "same")
    session = venue.venue._fix.acceptor.live[fix.trader.key_id]
    # In one turn of the loop: the order of REST is in line before that of FIX, whose bytes are read right after.
    fields = (("11", "same"), ("38", 1), ("40", 2), ("44", 10), ("54", 1), ("55", TICKER), ("59", 1))
    session.data_received(fix.sealed("D", *fields))
    first = venue.venue.sequencer.enqueue_all([by_rest])
    await asyncio.gather(*first)
    await fix.expect("8", _150="0", _11="same")
    await fix.expect("8", _150="8", _103="6", _11="same")
    fix.order("own", price="9")
    await fix.expect("8", _150="0", _11="own")
    await hung_up(venue, fix)
    await resting(venue, 1, {"same"})


def named(fix: FixClient, name: str, count: str = "1") -> bytes:
    fields = (("11", name), ("38", count), ("40", 2), ("44", 5), ("54", 1), ("55", TICKER), ("59", 1))
    return fix.sealed("D", *fields)


Seen = list[tuple[type, int]]
"""The kind of a command that was journaled, and what was seen right before."""


def at_each_append(venue: LiveVenue, monkeypatch: pytest.MonkeyPatch, look: Callable[[], int]) -> Seen:
    """The kind of each command that is journaled from now on, and what `look` saw right before it was."""
    journal, seen = venue.venue.journal, []
    append = journal.append

    def looked(records: Sequence[JournalRecord]) -> None:
        now = look()
        seen.extend((type(record.command), now) for record in records)
        append(records)

    monkeypatch.setattr(journal, "append", looked)
    return seen


@pytest.fixture
def after_kill_nine(venue, tmp_path) -> Callable[[FixClient], int]:
    """What a venue that is started now would expect of a client."""

    def expected_of(fix: FixClient) -> int:
        (log,) = (venue.venue.options.state / "fix").glob(f"{fix.trader.key_id}*.log")
        shutil.copy(log, tmp_path / "copy.log")
        return FileStore(tmp_path / "copy.log").next_in

    return expected_of


async def test_an_order_that_is_in_no_journal_yet_is_not_counted_as_had_by_another_answer(
    venue, monkeypatch, after_kill_nine
):
    fix = await client(venue, 1, "RT")
    seen = at_each_append(venue, monkeypatch, lambda: after_kill_nine(fix))
    cancel = fix.seq_num
    unknown = fix.sealed("F", ("11", "c"), ("41", "nobody"), ("54", 1), ("55", TICKER))
    # The cancel is refused as it is read; the order behind it is put in line.
    fix._writer.write(unknown + named(fix, "o"))
    await fix.expect("9", _11="c")
    await fix.expect("8", _150="0", _11="o")
    await fix.quiet()
    ((kind, expected),) = seen
    assert kind is c.CreateOrder
    assert expected <= cancel + 1
    assert after_kill_nine(fix) >= cancel + 2


async def test_a_cancel_that_waits_for_its_order_is_not_counted_as_had_before_it_is_in_the_journal(
    venue, monkeypatch, after_kill_nine
):
    fix = await client(venue, 1, "RT")
    seen = at_each_append(venue, monkeypatch, lambda: after_kill_nine(fix))
    order = named(fix, "o")
    cancel = fix.seq_num
    fix._writer.write(order + fix.sealed("F", ("11", "x"), ("41", "o"), ("54", 1), ("55", TICKER)))
    await fix.expect("8", _150="0", _11="o")
    await fix.expect("8", _150="4", _11="x")
    await fix.quiet()
    assert [kind for kind, _ in seen] == [c.CreateOrder, c.CancelOrder]
    assert seen[1][1] <= cancel
    assert after_kill_nine(fix) > cancel


# --- whose an order is ------------------------------------------------------------------------------


TOO_LARGE = "100000"
"""What member 1 cannot pay."""


async def test_an_order_that_takes_the_name_of_one_refused_in_the_same_turn_goes_with_the_connection(venue):
    fix = await client(venue, 1, "NR", ("8013", "Y"))
    fix._writer.write(named(fix, "a") + named(fix, "b", TOO_LARGE) + named(fix, "b"))
    await resting(venue, 1, {"a", "b"})
    await hung_up(venue, fix)
    await resting(venue, 1, set())


async def test_an_order_goes_with_its_own_connection_whoever_wanted_the_name_in_the_same_turn(venue):
    refused, placed = [await client(venue, 1, "NR", ("8013", "Y")) for _ in range(2)]
    sessions = venue.venue._fix.acceptor.live
    sessions[refused.trader.key_id].data_received(named(refused, "a", TOO_LARGE))
    sessions[placed.trader.key_id].data_received(named(placed, "a"))
    await resting(venue, 1, {"a"})
    await hung_up(venue, refused)
    fix = await client(venue, 1, "NR")
    await fix.quiet()
    await resting(venue, 1, {"a"})
    await hung_up(venue, placed)
    await resting(venue, 1, set())


# --- what came before the end -----------------------------------------------------------------------


async def test_what_came_before_the_end_of_a_connection_is_obeyed_however_long_it_waits(venue, monkeypatch):
    monkeypatch.setattr(turns, "TURN_BYTES", 100)
    monkeypatch.setattr(turns, "SLICE_BYTES", 100)
    names = [f"o{number}" for number in range(20)]
    stays, goes = await client(venue, 1, "NR"), await client(venue, 2, "NR", ("8013", "Y"))
    for fix in (stays, goes):
        fix._writer.write(b"".join(named(fix, name) for name in names))
        fix._writer.write_eof()
    await resting(venue, 1, set(names))
    async with asyncio.timeout(60):
        while venue.venue._fix.acceptor.shared.connections:
            await asyncio.sleep(0.01)
    await resting(venue, 2, set())
    done = [order.client_order_id for order in venue.venue.views.orders.select(OrderFilter(2), 100)]
    assert sorted(done) == sorted(names)
    await resting(venue, 1, set(names))


async def test_a_message_that_cannot_be_kept_ends_the_session_and_what_came_behind_it_is_obeyed(venue, monkeypatch):
    fix = await client(venue, 1, "RT")
    is_full = True
    write = FileStore._write

    def full(store: FileStore, line: bytes) -> None:
        if is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(store, line)

    monkeypatch.setattr(FileStore, "_write", full)
    quote = (("11", "q"), ("38", 1), ("40", 2), ("44", 5), ("54", 1), ("55", TICKER), ("59", 1), ("117", "nothing"))
    fix._writer.write(named(fix, "a") + fix.sealed("D", *quote) + named(fix, "b") + named(fix, "c"))
    assert (await fix.expect("5")).get("58") == "session store is not available"
    await resting(venue, 1, {"a", "b", "c"})
    is_full = False
    expected = fix.seq_num
    await hung_up(venue, fix)
    answer = await fix.log_on(("789", 1), reset=False)
    assert answer.get("789") == str(expected + 1)


async def test_a_replace_that_is_a_possible_duplicate_and_was_obeyed_is_passed_over(venue):
    fix = await client(venue, 1, "RT")
    fix.order("a")
    replace = [("11", "b"), ("38", "5"), ("40", "2"), ("41", "a"), ("54", "1"), ("55", TICKER)]
    fix.send("G", *replace)
    await fix.expect("8", _150="0", _11="a")
    await fix.expect("8", _150="5", _11="b")
    fix.send("G", ("43", "Y"), ("122", fix._now()), *replace)
    fix.send("F", ("11", "c"), ("41", "b"), ("54", 1), ("55", TICKER))
    await fix.expect("8", _150="4", _11="c")


# --- what a refusal tells ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"_44": "40.5"}, {"_58": "INVALID_PRICE", "_38": "10.00", "_44": None}),
        ({"_38": "1.005"}, {"_58": "INVALID_ORDER_SIZE", "_38": "0.00", "_44": "40"}),
        ({"_526": "00000000-0001-4000-8000-0000000000ff"}, {"_58": "ORDER_GROUP_NOT_FOUND", "_38": "10.00"}),
        ({"_100": "7"}, {"_58": "MARKET_NOT_FOUND", "_44": "40"}),
    ],
)
async def test_a_refused_order_is_told_with_its_size_price_and_subaccount(venue, fields, told):
    await venue.do(c.CreateSubaccount(1), c.Deposit(account_of(1, 1), 100 * DOLLAR))
    fix = await client(venue, 1, "NR")
    fix.order("a", _79="1", **fields)
    await fix.expect("8", _150="8", _79="1", **told)


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        (("44", "40.5"), "INVALID_PRICE", "99"),
        (("38", "0.005"), "INVALID_ORDER_SIZE", "2"),
    ],
)
async def test_a_replace_whose_price_or_size_is_none_leaves_the_order_as_it_is_and_says_so(venue, field, text, reason):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    fields = {"11": "g", "38": "5", "40": "2", "41": "a", "44": "41", "54": "1", "55": TICKER}
    fix.send("G", *(fields | dict([field])).items())
    order = await fix.expect("8", _150="0")
    await fix.expect("9", _11="g", _41="a", _37=order["37"], _39="0", _434="2", _102=reason, _58=text)


async def test_a_replace_down_to_nothing_of_an_order_that_nothing_filled_is_a_cancel(venue):
    fix = await client(venue, 1, "NR")
    fix.order("a")
    order = await fix.expect("8", _150="0", _30="0")
    fix.send("G", ("11", "b"), ("38", 0), ("40", 2), ("41", "a"), ("44", 40), ("54", 1), ("55", TICKER))
    await fix.expect("8", _150="4", _11="b", _41="a", _37=order["37"], _151="0.00", _14="0.00")
    await resting(venue, 1, set())
    fix.order("c")
    await fix.expect("8", _150="0", _11="c")


async def test_what_the_gateway_reports_names_no_shard(venue):
    fix = await client(venue, 1, "NR", pending=True)
    fix.order("a")
    assert (await fix.expect("8", _150="A")).get("30") is None
    assert (await fix.expect("8", _150="0")).get("30") == "0"
    fix.order("a")
    assert (await fix.expect("8", _150="A")).get("30") is None
    assert (await fix.expect("8", _150="8", _103="6")).get("30") == "0"
    fix.order("b.c")
    assert (await fix.expect("8", _150="8")).get("30") is None


async def test_accepting_a_quote_bills_the_bucket_of_no_shard(venue):
    fix = await client(venue, 1, "NR")
    venue.venue.context.limiter.set_tier(1, "basic")
    order = {"11": "a", "38": 1, "40": 2, "44": 1, "54": 1, "55": TICKER}
    accept = list((order | {"100": 1, "117": "00000000-0000-4000-8000-000000000001"}).items())
    # All in one piece, so that nothing is refilled meanwhile: ten are what the tier has.
    fix._writer.write(b"".join(fix.sealed("D", *accept) for _ in range(10)) + fix.sealed("D", *order.items()))
    for _ in range(10):
        await fix.expect("j", _380="4")
    await fix.expect("j", _380="8")


async def test_ids_are_known_in_capitals(venue):
    fix = await client(venue, 1, "NR")
    groups = []
    for _ in range(16):
        fix.send("UOG", ("20131", 1), ("20132", 5))
        groups.append((await fix.expect("UOH"))["20130"])
    group = next(group.upper() for group in groups if group != group.upper())
    fix.order("a", _526=group)
    order = await fix.expect("8", _150="0")
    fix.send("F", ("11", "c"), ("37", order["37"].upper()), ("41", "a"), ("54", 1), ("55", TICKER))
    await fix.expect("8", _150="4", _11="c")
    fix.send("UOG", ("20131", 3), ("20130", group))
    await fix.expect("UOH")


async def test_more_symbols_than_a_session_may_read_are_refused_however_long_their_names(venue):
    md = await client(venue, 1, "MD")
    symbols = [("55", f"KXMVECROSSCATEGORY-S2026ABCDEFGHIJKLMNOP-{number:020}") for number in range(10_001)]
    md.send("V", ("263", 0), ("146", len(symbols)), *symbols)
    await md.expect("Y", _281="2")


# --- clocks -----------------------------------------------------------------------------------------


async def test_a_snapshot_is_of_the_venues_time_as_the_increments_are(venue):
    md, fix = await client(venue, 3, "MD"), await client(venue, 1, "NR")
    fix.order("a")
    await fix.expect("8", _150="0")
    venue.venue.clock.advance(48 * HOUR_US)
    before_us = venue.venue.clock.now_us()
    md.send("V", ("263", 1), ("146", 1), ("55", TICKER))
    snapshot = await md.expect("W", _268="1")
    captured_us = parse_timestamp(f"{snapshot['272']}-{snapshot['273']}")
    assert captured_us is not None
    assert before_us - 1_000 <= captured_us <= venue.venue.clock.now_us()
