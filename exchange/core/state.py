"""Everything one shard's engine remembers: the object every command handler works on."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from exchange.core.timers import Timer, TimerKind
from wire.accounts import account_of
from wire.enums import PauseScope, RejectReason

if TYPE_CHECKING:
    from exchange.core.ledger import Account, Member
    from exchange.core.market import Event, Market, Series
    from exchange.core.order import Order
    from exchange.core.order_groups import OrderGroup

_EXCHANGE: Final = PauseScope.EXCHANGE

NEVER_US: Final = 1 << 62
"""Later than any deadline."""


class EngineSettings:
    """Rules that Kalshi leaves open, decided once per venue (docs/COMPATIBILITY.md, Switches)."""

    __slots__ = ("post_only_cross_cancels", "reduce_only_with_fill_or_kill", "sweep_delay_us")

    def __init__(
        self,
        post_only_cross_cancels: bool = False,
        reduce_only_with_fill_or_kill: bool = True,
        sweep_delay_us: int = 1_000_000,
    ) -> None:
        self.post_only_cross_cancels = post_only_cross_cancels
        self.reduce_only_with_fill_or_kill = reduce_only_with_fill_or_kill
        self.sweep_delay_us = sweep_delay_us


class State:
    """The shard's members, accounts, catalogue, resting orders, groups, pauses and timers."""

    __slots__ = (
        "accounts",
        "deposited",
        "events",
        "groups",
        "markets",
        "members",
        "now_us",
        "orders",
        "pauses",
        "scheduled_pauses",
        "seq",
        "series",
        "settings",
        "shard",
        "timers",
    )

    def __init__(self, shard: int, settings: EngineSettings) -> None:
        self.shard = shard
        self.settings = settings
        self.seq = 0
        self.now_us = 0
        self.members: dict[int, Member] = {}
        self.accounts: dict[int, Account] = {}
        self.series: dict[str, Series] = {}
        self.events: dict[str, Event] = {}
        self.markets: dict[str, Market] = {}
        self.orders: dict[int, Order] = {}
        self.groups: dict[int, OrderGroup] = {}
        self.pauses: dict[PauseScope, int] = {}
        """Pauses in force -> when they end by themselves, 0 = when resumed."""
        self.scheduled_pauses: list[tuple[int, int, PauseScope]] = []
        """(start_us, end_us, scope) still to come."""
        self.timers: list[Timer] = []
        self.deposited = 0
        """Deposits minus withdrawals, for the conservation check."""

    def __del__(self) -> None:
        """Take the orders out of the books: what refers to itself through an Order is not found by the collector."""
        for order in self.orders.values():
            if order.level is not None:  # a command that failed may have left it half out of the book
                order.position.market.book.remove(order)
            order.position.forget(order)
            order.group = None

    def at(self, due_us: int, kind: TimerKind, key: str | int = "") -> None:
        """Have something happen at `due_us`. Timers are never removed: firing one that no longer fits does nothing."""
        heapq.heappush(self.timers, (due_us, kind, key))

    def next_deadline_us(self) -> int:
        """When the next timer is due."""
        return self.timers[0][0] if self.timers else NEVER_US

    def account(self, member: int, subaccount: int) -> Account | None:
        """The account of a member's subaccount, None when it does not exist."""
        return self.accounts.get(account_of(member, subaccount))

    @property
    def takes_nothing(self) -> bool:
        """Whether not even cancels are taken: an exchange pause (SEMANTICS B11, J24)."""
        return _EXCHANGE in self.pauses

    def pause_refusal(self) -> RejectReason | None:
        """Why nothing may be placed or amended now, if so."""
        if not self.pauses:
            return None
        return RejectReason.EXCHANGE_PAUSED if self.takes_nothing else RejectReason.TRADING_PAUSED
