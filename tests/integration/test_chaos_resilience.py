"""All faults at once: clients that handle them right end with the book and the orders of the venue, and the same seed
gives the same journal.
"""

import asyncio
import random
import time

from exchange.adapters.clock import VenueClock
from exchange.app import GatewaySettings
from exchange.ports import ClockMode, ClockSetting
from tests.chaos import order_fault, rules
from tests.fix_client import FREE_PORTS
from tests.live import TICKER, basic_scenario, live
from tests.resilient import BookKeeper, Hand, OrderKeeper, running
from wire.ids import IdKind, format_id
from wire.units import format_price

PATIENCE_SECONDS = 60
ORDERS = 60
NOW_US = 1_790_000_000_000_000

MUTATIONS = {"operation": "*OrderV2"}
REST = [
    ("latency", {"ms": 2, "sigma": 0.5, **MUTATIONS}),
    ("rate-limit", {"probability": 0.1, **MUTATIONS}),
    ("error-before", {"probability": 0.05, "status": 502, **MUTATIONS}),
    ("error-after", {"probability": 0.1, **MUTATIONS}),
    ("timeout-after", {"probability": 0.1, "ms": 20, **MUTATIONS}),
    ("disconnect", {"probability": 0.1, **MUTATIONS}),
    ("fill-before-cancel", {"probability": 0.3, **MUTATIONS}),
    ("stale-read", {"probability": 0.5, "ms": 50, "operation": "GetOrders"}),
]
WS = [
    ("latency", {"probability": 0.1, "ms": 5}),
    ("drop", {"probability": 0.05}),
    ("duplicate", {"probability": 0.05}),
    ("reorder", {"probability": 0.05, "ms": 50}),
    ("gap", {"probability": 0.05, "size": 2}),
    ("stall", {"nth": 12, "ms": 100}),
    ("disconnect", {"nth": 30}),
    ("partial", {"probability": 0.2, "ms": 1}),
]
FIX = [
    ("latency", {"probability": 0.1, "ms": 5}),
    ("drop", {"probability": 0.1}),
    ("gap", {"probability": 0.05, "size": 2}),
    ("stall", {"nth": 10, "ms": 100}),
    ("logout", {"nth": 15}),
    ("disconnect", {"nth": 25}),
]


async def trade(hands, seed):
    """Orders that rest, cross and are cancelled, one request at a time."""
    dice = random.Random(seed)
    placed = []
    for number in range(ORDERS):
        hand = dice.choice(hands)
        side, cents = dice.choice((("bid", dice.randint(35, 50)), ("ask", dice.randint(45, 60))))
        name = f"order-{number}"
        placed.append((hand, await hand.place(name, side, format_price(cents * 100), f"{dice.randint(1, 9)}.00")))
        if dice.random() < 0.4:
            hand, order_id = placed.pop(dice.randrange(len(placed)))
            await hand.cancel(order_id)


async def until(condition):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def test_clients_that_handle_all_faults_end_with_the_venues_book_and_orders(tmp_path):
    async with live(tmp_path, fix=FREE_PORTS, gateways=GatewaySettings(chaos_seed=7)) as venue:
        for channel, faults in (("rest", REST), ("ws", WS), ("fix", FIX)):
            for fault, fields in faults:
                await order_fault(venue, channel, fault, **fields)
        hands = [Hand(venue.trader(1)), Hand(venue.trader(2))]
        book, orders = BookKeeper(venue.trader(3)), OrderKeeper(venue, 1)
        views = venue.venue.views
        async with running(book, orders):
            await until(lambda: orders.logons and book.is_following)
            await trade(hands, 1)

            def told():
                return {
                    format_id(IdKind.ORDER, 0, order.order_id): (order.fill_count, order.remaining_count)
                    for number in range(1, 10_000)
                    if (order := views.orders.get(number)) is not None and order.member == 1
                }

            def same_book():
                theirs = views.books.book(TICKER)
                return all(book.book.levels(side) == theirs.levels(side) for side in ("yes", "no"))

            try:
                await until(lambda: same_book() and orders.orders == told())
            except TimeoutError:
                assert orders.orders == told()
                assert book.book.levels("yes") == views.books.book(TICKER).levels("yes")
                raise
        assert venue.venue.inspection.state().invariants_broken == []
        for rule in (await rules(venue)).values():
            print(rule["rule"]["channel"], rule["rule"]["fault"], rule["hits"])
        print(
            f"asked again {[hand.asked_again for hand in hands]}, {book.doubts} doubts, {book.reconnects} reconnects,"
        )
        print(f"{orders.resends} resends, {orders.logons} logons")
        assert sum(hand.asked_again for hand in hands)
        assert book.doubts + book.reconnects
        assert orders.resends


async def journal(folder):
    """What one seeded run under faults of REST leaves, with the clock standing still."""
    clock = VenueClock(ClockSetting(ClockMode.FROZEN, NOW_US))
    settings = GatewaySettings(chaos_seed=11)
    begun = time.monotonic()
    async with live(folder, basic_scenario(now_us=NOW_US), clock, gateways=settings) as venue:
        for fault, fields in REST:
            await order_fault(venue, "rest", fault, **fields)
        hands = [Hand(venue.trader(1)), Hand(venue.trader(2))]
        await trade(hands, 2)
        hits = [rule["hits"] for rule in (await rules(venue)).values()]
    print(f"{hits} hits, {time.monotonic() - begun:.1f} s")
    files = {path.name: path.read_bytes() for path in sorted((folder / "journal").glob("*.log"))}
    return files, hits


async def test_the_same_seed_under_chaos_gives_byte_identical_journals(tmp_path):
    first, hits = await journal(tmp_path / "first")
    second, _ = await journal(tmp_path / "second")
    assert first == second
    assert first
    assert all(hits[:-1]), "every fault but the stale read has hit"
