"""Engine commands a second with full rules and events, beside the bare ladder and two books from PyPI.

All run the same stream (stream.py) in this process. The ladder does nothing but price-time priority: it is the
ceiling. The engine checks, holds collateral, charges fees, keeps positions and makes every event.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable

from exchange import compiled
from exchange.core import commands as c
from exchange.core.checks import check_invariants
from exchange.core.engine import Engine
from exchange.core.order import Order
from exchange.core.order_book import OrderBook
from loadtest.report import Row
from loadtest.stream import ASK, BID, PREFILL, Operation, generate
from wire.accounts import account_of
from wire.engine_events import Trade
from wire.enums import BookSide, FeeType, SelfTradePrevention, TimeInForce
from wire.units import DOLLAR, PAYOUT

SIDES = {BID: BookSide.BID, ASK: BookSide.ASK}
MEMBERS = 20
NOW_US = 1_780_000_000_000_000
REPEATS = 3


def run() -> list[Row]:
    """The table's rows, best of REPEATS each: noise only ever slows."""
    stream = generate()
    ladder, fills = _best(lambda: _bare_ladder(stream))
    engine, engine_fills = _elsewhere("plain")
    assert engine_fills == fills, f"the engine made {engine_fills} fills, the ladder {fills}"
    rows = [
        Row("bare ladder (price-time priority only)", ladder, "ops/s", 1.0, "ceiling"),
        Row("engine, full rules and events, as sources", engine, "commands/s", engine / ladder, "of the bare ladder"),
    ]
    if compiled.is_used():
        engine, engine_fills = _elsewhere("")
        assert engine_fills == fills, "the compiled engine makes the same fills"
        rows.append(
            Row("engine, compiled (`make compile`)", engine, "commands/s", engine / ladder, "of the bare ladder")
        )
    for name, peer in (("lightmatchingengine 2019.1.4", _lightmatchingengine), ("pyorderbook 0.4.9", _pyorderbook)):
        try:
            rate, _ = peer(stream[: PREFILL + 20_000])
        except ImportError:
            continue
        rows.append(Row(f"{name} (first 20,000 ops)", rate, "ops/s", engine / rate, "engine is this many times it"))
    return rows


def _elsewhere(core: str) -> tuple[float, int]:
    """(commands a second, fills) of the engine in a process of its own that runs this core."""
    code = "from loadtest import engine_bench as b; print(*b.best_engine())"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {compiled.CHOICE: core},
        capture_output=True,
        text=True,
        check=True,
    )
    rate, fills = ran.stdout.split()
    return float(rate), int(fills)


def best_engine() -> tuple[float, int]:
    """(commands a second, fills) of the engine as imported here."""
    stream = generate()
    return _best(lambda: _engine(stream))


def _best(once: Callable[[], tuple[float, int]]) -> tuple[float, int]:
    return max(once() for _ in range(REPEATS))


def _timed(work: Callable[[], int], operations: int) -> tuple[float, int]:
    gc.collect()
    gc.freeze()
    started = time.perf_counter()
    fills = work()
    elapsed = time.perf_counter() - started
    gc.unfreeze()
    return operations / elapsed, fills


def _bare_ladder(stream: list[Operation]) -> tuple[float, int]:
    engine = _opened()
    position = engine.state.accounts[account_of(1)].position(engine.state.markets["KXB-M"])
    book = OrderBook()
    orders: dict[int, Order] = {}

    def make(operation: Operation) -> Order:
        return Order(
            operation.number,
            position,
            SIDES[operation.side],
            operation.price,
            operation.size * 100,
            "",
            TimeInForce.GOOD_TILL_CANCELED,
            SelfTradePrevention.TAKER_AT_CROSS,
            False,
            False,
            0,
            None,
        )

    def work(part: list[Operation]) -> int:
        fills = 0
        for operation in part:
            if operation.kind == "cancel":
                book.remove(orders.pop(operation.target))
                continue
            order = make(operation)
            ladder = book.opposite(order.side)
            reach = PAYOUT - order.leg
            while order.remaining and ladder.best() >= reach:
                level = ladder.levels[ladder.best()]
                maker = level.head
                assert maker is not None
                count = min(order.remaining, maker.remaining)
                order.remaining -= count
                maker.remaining -= count
                level.total -= count
                fills += 1
                if not maker.remaining:
                    book.remove(maker)
                    del orders[maker.order_id]
            if order.remaining and operation.kind == "add":
                book.add(order)
                orders[order.order_id] = order
        return fills

    work(stream[:PREFILL])
    return _timed(lambda: work(stream[PREFILL:]), len(stream) - PREFILL)


def _opened() -> Engine:
    engine = Engine()
    setup: list[c.AnyCommand] = [
        c.CreateSeries("KXB", FeeType.QUADRATIC, 10_000, b"{}"),
        c.CreateEvent("KXB-E", "KXB", False, "", b"{}"),
        c.CreateMarket("KXB-M", "KXB-E", 0, NOW_US * 2, 0, "center_centi_edge_centi_cent", (), b"{}"),
    ]
    for member in range(1, MEMBERS + 1):
        setup += [c.CreateMember(member, f"m{member}"), c.Deposit(account_of(member), 10**7 * DOLLAR)]
    for seq, command in enumerate(setup, 1):
        engine.apply(command, seq, NOW_US)
    return engine


def _engine(stream: list[Operation]) -> tuple[float, int]:
    engine = _opened()
    # Commands are made beforehand: making them is the gateway's work. Makers and takers are different members,
    # so that self-trade prevention looks and finds nothing.
    first_seq = engine.state.seq + 1
    commands: list[c.AnyCommand] = []
    makers: dict[int, int] = {}
    for operation in stream:
        if operation.kind == "cancel":
            commands.append(c.CancelOrder(makers[operation.target], first_seq + operation.target))
            continue
        takes = operation.kind == "take"
        member = 1 + operation.number % (MEMBERS // 2) + (MEMBERS // 2 if takes else 0)
        makers[operation.number] = account_of(member)
        commands.append(
            c.CreateOrder(
                account_of(member),
                "KXB-M",
                SIDES[operation.side],
                operation.price,
                operation.size * 100,
                TimeInForce.IMMEDIATE_OR_CANCEL if takes else TimeInForce.GOOD_TILL_CANCELED,
                SelfTradePrevention.TAKER_AT_CROSS,
                f"order-{operation.number}",
            )
        )
    apply = engine.apply

    def work(part: list[c.AnyCommand], seq: int) -> int:
        fills = 0
        for command in part:
            for event in apply(command, seq, NOW_US):
                if type(event) is Trade:
                    fills += 1
            seq += 1
        return fills

    work(commands[:PREFILL], first_seq)
    result = _timed(lambda: work(commands[PREFILL:], first_seq + PREFILL), len(stream) - PREFILL)
    assert check_invariants(engine.state) == []
    return result


def _lightmatchingengine(stream: list[Operation]) -> tuple[float, int]:
    from lightmatchingengine.lightmatchingengine import LightMatchingEngine, Side

    book = LightMatchingEngine()
    ids: dict[int, int] = {}
    sides = {BID: Side.BUY, ASK: Side.SELL}

    def work(part: list[Operation]) -> int:
        fills = 0
        for operation in part:
            if operation.kind == "cancel":
                book.cancel_order(ids[operation.target], "M")
                continue
            order, trades = book.add_order("M", operation.price, operation.size, sides[operation.side])
            fills += len(trades)
            if operation.kind == "take":
                if order.leaves_qty:
                    book.cancel_order(order.order_id, "M")
            else:
                ids[operation.number] = order.order_id
        return fills

    work(stream[:PREFILL])
    return _timed(lambda: work(stream[PREFILL:]), len(stream) - PREFILL)


def _pyorderbook(stream: list[Operation]) -> tuple[float, int]:
    from pyorderbook import Book, Order, ask, bid

    book = Book()
    orders: dict[int, Order] = {}
    makes = {BID: bid, ASK: ask}

    def work(part: list[Operation]) -> int:
        fills = 0
        for operation in part:
            if operation.kind == "cancel":
                book.cancel(orders[operation.target])
                continue
            order = makes[operation.side]("M", operation.price, operation.size)
            fills += len(book.match(order).trades)
            if operation.kind == "take":
                if order.quantity:
                    book.cancel(order)
            else:
                orders[operation.number] = order
        return fills

    work(stream[:PREFILL])
    return _timed(lambda: work(stream[PREFILL:]), len(stream) - PREFILL)
