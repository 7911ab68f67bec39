"""Reports of records that were folded before: the journal read again (SEMANTICS H6).

An order is named by the seq of the command that created it, so that who wants to know what an order was at some
seq reads from that number on. What a cancel request was called stands in its command.
"""

from collections.abc import Container, Iterator
from functools import partial
from typing import Protocol

from exchange.core.commands import CancelOrder
from exchange.gateways.fix.facts import OrderFacts, Report
from exchange.gateways.fix.reports import read_reports
from exchange.ports import JournalRecord
from wire.accounts import member_of
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide
from wire.event_log import LogRecord, record


class Past(Protocol):
    """The journal as a reader of the past sees it."""

    def first_seq(self) -> int:
        """The seq of the oldest record that is kept."""
        ...

    def read(self, after_seq: int) -> Iterator[JournalRecord]:
        """Records with seq > after_seq, in order. Raises JournalDamaged and OSError."""
        ...


class TooOld(Exception):
    """An order of these records was placed before the oldest record that is kept."""


def read_past(
    journal: Past, shard: int, members: Container[int], begin: int, end: int
) -> Iterator[tuple[LogRecord | None, list[Report]]]:
    """Every record with begin <= seq <= end and what it did to the orders of these members.

    None stands for a record that was only read on the way: whoever must not block counts those too. Raises TooOld,
    and what the journal raises.
    """
    if begin > end:
        return
    birth = begin
    for entry in journal.read(begin - 1):
        if entry.seq > end:
            break
        birth = min(birth, _oldest_order(entry, members, birth))
        yield None, []
    if birth < journal.first_seq():
        raise TooOld
    orders: dict[int, OrderFacts] = {}
    for entry in journal.read(birth - 1):
        if entry.seq > end:
            return
        shared = record(shard, entry.seq, entry.ts_us, entry.events)
        command = entry.command
        name = command.client_order_id if isinstance(command, CancelOrder) else ""
        reports = read_reports(shared, members, _unknown, partial(_named, name), orders)
        yield (shared, reports) if entry.seq >= begin else (None, [])
        for report in reports:
            if not report.order.remaining:
                orders.pop(report.order.order_id, None)


def _named(name: str, order_id: int) -> str:
    """What the cancel of the record called itself: it was about one order."""
    return name


def _unknown(order_id: int) -> OrderFacts:
    """An order placed before the first record that is read: none of those that are told of."""
    return OrderFacts(order_id, 0, "", BookSide.BID, "", 0, 0, 0, 0, 0, 0)


def _oldest_order(entry: JournalRecord, members: Container[int], oldest: int) -> int:
    for event in entry.events:
        if isinstance(event, Trade):
            if member_of(event.maker_account) in members:
                oldest = min(oldest, event.maker_order_id)
            if member_of(event.taker_account) in members:
                oldest = min(oldest, event.taker_order_id)
        elif (
            isinstance(event, OrderAccepted | OrderCanceled | OrderDecreased | OrderAmended)
            and member_of(event.account) in members
        ):
            oldest = min(oldest, event.order_id)
    return oldest
