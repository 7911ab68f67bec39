"""Our house behind somebody else's FIX door: engine, journal and projections, without sessions, limits or history."""

import gc
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

from exchange.adapters.journal import framed
from exchange.core import commands as c
from exchange.core.engine import Engine
from exchange.ports import JournalRecord
from exchange.projections.views import Projections
from loadtest.markets import TICKER, ten_markets
from wire.accounts import account_of
from wire.engine_events import SCHEMA_VERSION, AnyEvent
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.event_log import LogRecord
from wire.units import CONTRACT, DOLLAR

MARKET_MAKER = 1_000
"""The member whose asks the orders buy from."""

Done = tuple[int, tuple[AnyEvent, ...]]
"""The seq of a command, and what it caused."""


class House:
    """`setup` makes the markets, the money and the members. `fsync`: on the disk before it is answered."""

    def __init__(self, journal: Path, setup: Iterable[c.AnyCommand], *, fsync: bool = False) -> None:
        self._engine = Engine()
        self._views = Projections()
        self._journal = journal.open("wb", buffering=0)
        self._fsync = fsync
        self.carry_out(list(setup))
        # As our venue does: what stands in the book is not looked through again and again.
        gc.freeze()
        gc.set_threshold(10_000, 100, 100)

    def carry_out(self, commands: Sequence[c.AnyCommand]) -> list[Done]:
        """What came together: applied, stored in one append, folded."""
        state = self._engine.state
        records = []
        for command in commands:
            seq, now_us = state.seq + 1, max(time.time_ns() // 1_000, state.now_us)
            events = cast(tuple[AnyEvent, ...], self._engine.apply(command, seq, now_us))
            records.append(JournalRecord(SCHEMA_VERSION, seq, now_us, command, events))
        self._journal.write(framed(records))
        if self._fsync:
            os.fsync(self._journal.fileno())
        for record in records:
            self._views.fold(LogRecord(SCHEMA_VERSION, 0, record.seq, record.ts_us, record.events))
        return [(record.seq, record.events) for record in records]

    def close(self) -> None:
        self._journal.close()


def scenario(sessions: int) -> list[c.AnyCommand]:
    """Ten markets with a large ask at 50 in each, and as many members with money as there are sessions, from 1."""
    setup = ten_markets()
    for member in (MARKET_MAKER, *range(1, sessions + 1)):
        setup += [c.CreateMember(member, f"m{member}"), c.Deposit(account_of(member), 10**9 * DOLLAR)]
    ask = (BookSide.ASK, 5_000, 10**6 * CONTRACT, TimeInForce.GOOD_TILL_CANCELED, SelfTradePrevention.MAKER)
    setup += [c.CreateOrder(account_of(MARKET_MAKER), f"{TICKER}{market}", *ask) for market in range(10)]
    return setup
