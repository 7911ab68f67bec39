"""Order groups as their owners see them (SEMANTICS B9).

Knows limits and whether a group is triggered. Refuses to know the rolling count (the engine's) and which
orders belong to a group (each order record names its group).
"""

import msgspec

from exchange.projections.handlers import Handlers
from wire.accounts import member_of
from wire.engine_events import OrderGroupChanged
from wire.enums import GroupChange


class OrderGroupRecord(msgspec.Struct, array_like=True, gc=False):
    """One group; `contracts_limit` is a Count."""

    order_group: int
    account: int
    contracts_limit: int
    triggered: bool = False


class OrderGroups:
    """The groups that exist, by id and by member; a deleted one is gone."""

    def __init__(self) -> None:
        self._groups: dict[int, OrderGroupRecord] = {}
        self._by_member: dict[int, dict[int, OrderGroupRecord]] = {}

    def get(self, order_group: int) -> OrderGroupRecord | None:
        return self._groups.get(order_group)

    def of_member(self, member: int) -> list[OrderGroupRecord]:
        """A member's groups over all its subaccounts, oldest first."""
        return list(self._by_member.get(member, {}).values())

    def handlers(self) -> Handlers:
        return {OrderGroupChanged: self._on_changed}

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(list(self._groups.values()))

    def load(self, data: bytes) -> None:
        self._groups, self._by_member = {}, {}
        for group in msgspec.msgpack.decode(data, type=list[OrderGroupRecord]):
            self._add(group)

    def _on_changed(self, seq: int, ts_us: int, place: int, event: OrderGroupChanged) -> None:
        if event.change is GroupChange.CREATED:
            self._add(OrderGroupRecord(event.order_group, event.account, event.contracts_limit))
            return
        group = self._groups[event.order_group]
        group.contracts_limit = event.contracts_limit
        if event.change is GroupChange.DELETED:
            del self._groups[event.order_group]
            del self._by_member[member_of(event.account)][event.order_group]
        elif event.change is GroupChange.TRIGGERED:
            group.triggered = True
        elif event.change is GroupChange.RESET:
            group.triggered = False

    def _add(self, group: OrderGroupRecord) -> None:
        self._groups[group.order_group] = group
        self._by_member.setdefault(member_of(group.account), {})[group.order_group] = group
