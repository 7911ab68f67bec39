"""Records of many members that only grow, of which the newest stay in memory.

Knows in which order records came and who owns them. Refuses to know what they record: a record has a `key`
that grows with every record of its member and begins with its seq.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

Key = tuple[int, ...]


class Keyed(Protocol):
    """What Recent keeps."""

    @property
    def seq(self) -> int: ...

    @property
    def account(self) -> int: ...

    @property
    def key(self) -> Key:
        """Where it stands among its member's records."""
        ...


Record = TypeVar("Record", bound=Keyed)


class Recent(Generic[Record]):
    """Lists of records by member; beyond `window` in all, the oldest leave once history has them."""

    def __init__(self, window: int) -> None:
        self.evicted = False
        """Whether the history store has records that are no longer here."""
        self._window = window
        self._by_member: dict[int, list[Record]] = {}
        self._order: deque[Record] = deque()
        """Every record kept, oldest first."""

    def add(self, member: int, record: Record) -> None:
        records = self._by_member.get(member)
        if records is None:
            self._by_member[member] = [record]
        else:
            records.append(record)
        self._order.append(record)

    def newest_first(self, member: int, before: Key | None = None) -> Iterator[Record]:
        """A member's records from the last one whose key is below `before`, back to the oldest kept."""
        records = self._by_member.get(member, [])
        end = len(records) if before is None else bisect_left(records, before, key=_key)
        for place in range(end - 1, -1, -1):
            yield records[place]

    def evict(self, history_seq: int) -> None:
        """Forget what is beyond the window and in history up to this seq."""
        order, gone = self._order, dict[int, int]()
        while len(order) > self._window and order[0].seq <= history_seq:
            member = order.popleft().account >> 6
            gone[member] = gone.get(member, 0) + 1
        for member, count in gone.items():
            # One member's records came in the order of the whole, so its oldest are the ones to go.
            del self._by_member[member][:count]
        self.evicted = self.evicted or bool(gone)

    def dump(self) -> tuple[bool, dict[int, list[Record]], list[tuple[int, int]]]:
        """The records by member, and the (seq, member) of each, oldest first."""
        return self.evicted, self._by_member, [(record.seq, record.account >> 6) for record in self._order]

    def load(self, state: tuple[bool, dict[int, list[Record]], list[tuple[int, int]]]) -> None:
        self.evicted, self._by_member, order = state
        records = {member: iter(kept) for member, kept in self._by_member.items()}
        self._order = deque(next(records[member]) for _, member in order)


def _key(record: Keyed) -> Key:
    return record.key
