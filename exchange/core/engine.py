"""The engine: the only door to the core. Commands in, engine events out, nothing else.

Deterministic and synchronous: the same commands with the same seqs and times give the same events, byte for
byte. A refusal is an event; an exception is a bug of ours and stops the venue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exchange.core import commands, due, group_commands, lifecycle, listing, members, orders, schedule
from exchange.core.orders import Events
from exchange.core.state import EngineSettings, State

_HANDLERS: Final[dict[type[commands.Command], Callable[[State, Any, int, int], Events]]] = {
    commands.CreateOrder: orders.create_order,
    commands.CancelOrder: orders.cancel_order,
    commands.DecreaseOrder: orders.decrease_order,
    commands.AmendOrder: orders.amend_order,
    commands.CancelAllOrders: orders.cancel_all_orders,
    commands.CreateOrderGroup: group_commands.create_order_group,
    commands.ResetOrderGroup: group_commands.reset_order_group,
    commands.TriggerOrderGroup: group_commands.trigger_order_group,
    commands.UpdateOrderGroupLimit: group_commands.update_order_group_limit,
    commands.DeleteOrderGroup: group_commands.delete_order_group,
    commands.CreateMember: members.create_member,
    commands.CreateSubaccount: members.create_subaccount,
    commands.SetNetting: members.set_netting,
    commands.Deposit: members.deposit,
    commands.Withdraw: members.withdraw,
    commands.TransferBetweenSubaccounts: members.transfer,
    commands.CreateSeries: listing.create_series,
    commands.CreateEvent: listing.create_event,
    commands.CreateMarket: listing.create_market,
    commands.SetCloseTime: lifecycle.set_close_time,
    commands.HaltMarket: lifecycle.halt_market,
    commands.ResumeMarket: lifecycle.resume_market,
    commands.SetPriceGrid: listing.set_price_grid,
    commands.DetermineMarket: lifecycle.determine_market,
    commands.DisputeMarket: lifecycle.dispute_market,
    commands.SettleMarket: lifecycle.settle_market,
    commands.ScheduleSeriesFee: schedule.schedule_series_fee,
    commands.ScheduleEventFee: schedule.schedule_event_fee,
    commands.Pause: schedule.pause,
    commands.Resume: schedule.resume,
    commands.SchedulePause: schedule.schedule_pause,
    commands.AdvanceTime: due.advance_time,
}


_CREATE: Final = commands.CreateOrder


class Engine:
    """One shard's exchange."""

    __slots__ = ("state",)

    def __init__(self, shard: int = 0, settings: EngineSettings | None = None) -> None:
        self.state = State(shard, settings or EngineSettings())

    def apply(self, command: commands.Command, seq: int, now_us: int) -> Events:
        """Carry out one command. `seq` is the last one plus one, `now_us` never goes back."""
        state = self.state
        assert seq == state.seq + 1, "commands are applied without gaps"
        assert now_us >= state.now_us, "time never goes back"
        state.seq = seq
        state.now_us = now_us
        if type(command) is _CREATE:
            # Most are, and compiled code calls a function it knows much quicker than one out of a table.
            return orders.create_order(state, command, seq, now_us)
        return _HANDLERS[type(command)](state, command, seq, now_us)

    def next_deadline_us(self) -> int:
        """When AdvanceTime has something to do next."""
        return self.state.next_deadline_us()
