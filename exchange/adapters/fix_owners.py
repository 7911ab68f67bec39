"""Which API key placed which order by FIX, and which keys' orders go when their connection does: a file of lines.

    STATE/fix/owners.log    ["asked", member, key, ClOrdID ...]    orders are about to be asked for
                            ["placed", member, key, order id ...]  they are there
                            ["n", order id]                        it is nobody's: another door's, of that name
                            ["a", key], ["d", key]                 cancel on disconnect is armed, disarmed

The engine does not know sessions, so this stands beside its journal. Who asked is written before the command is in the
journal, and so a crash between them leaves at most a name without an order. Survives kill -9, not power loss; a torn
last line is passed over.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

COMPACT_AFTER = 1_000_000
"""Notes after which the file is written anew, with what still matters: of an order asked for, one placed, a key armed.
"""

_log = structlog.get_logger("fix")
_encoder = msgspec.json.Encoder()


class OwnerLog:
    """The owners of orders, in memory and in the file. `path` None keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.owner: dict[int, str] = {}
        """API key by order: of those that rest, and of some that no longer do."""
        self.armed: set[str] = set()
        """Keys whose resting orders go with their connection."""
        self._expected: dict[int, dict[str, str]] = {}
        """API key by ClOrdID, of what was asked for and is not there yet; by member."""
        self._path = path
        self._file = -1
        self._lines: list[list[Any]] = []
        self._last: list[Any] | None = None
        """The last line, if it can go on."""
        self._last_of = ("", 0, "")
        """What it begins with."""
        self._written = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._load(path)

    def expect(self, member: int, client_order_id: str, key_id: str) -> None:
        """A key is about to place an order; its first claim on a name counts."""
        if self._names(member).setdefault(client_order_id, key_id) == key_id:
            self._note("asked", member, key_id, client_order_id)

    def place(self, member: int, client_order_id: str, order_id: Any) -> None:
        """An order was accepted; it belongs to who expected it, to nobody if nobody did."""
        key_id = self._names(member).pop(client_order_id, None)
        if key_id is not None and order_id not in self.owner:
            self.owner[order_id] = key_id
            self._note("placed", member, key_id, order_id)

    def refuse(self, member: int, client_order_id: str) -> None:
        """The order that was expected will not come."""
        self._names(member).pop(client_order_id, None)

    def end(self, order_id: int) -> None:
        """The order no longer rests."""
        self.owner.pop(order_id, None)

    def own(self, order_id: int, key_id: str) -> None:
        """The order is this key's, whoever expected one of that name."""
        self.owner[order_id] = key_id
        self._add("placed", 0, key_id, order_id)

    def disown(self, order_id: int, key_id: str) -> None:
        """The order is not this key's, which only expected one of that name."""
        if self.owner.get(order_id) == key_id:
            del self.owner[order_id]
            self._add("n", order_id)

    def arm(self, key_id: str) -> None:
        self.armed.add(key_id)
        self._add("a", key_id)

    def disarm(self, key_id: str) -> None:
        if key_id in self.armed:
            self.armed.discard(key_id)
            self._add("d", key_id)

    def settle(self, rests: Callable[[int], bool]) -> None:
        """After a restart has caught up: no order is on its way, and only those that rest have an owner."""
        self._expected.clear()
        for order_id in [order_id for order_id in self.owner if not rests(order_id)]:
            del self.owner[order_id]
        self._compact()

    def flush(self) -> None:
        """Have every line on its way to the disk. Never raises: a disk that is full costs the next start its memory."""
        if not self._lines or self._file < 0:
            self._lines.clear()
            self._last = None
            return
        data = _encoder.encode_lines(self._lines)
        self._lines.clear()
        self._last = None
        try:
            os.write(self._file, data)
            if self._written > COMPACT_AFTER:
                self._compact()
        except OSError as error:
            _log.error("fix_owners_not_written", error=str(error))

    def close(self) -> None:
        self.flush()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _note(self, kind: str, member: int, key_id: str, what: Any) -> None:
        """The last line goes on, or another one begins."""
        if self._last is None or self._last_of != (kind, member, key_id):
            self._add(kind, member, key_id, what)
            self._last, self._last_of = self._lines[-1], (kind, member, key_id)
        else:
            self._written += 1
            self._last.append(what)

    def _add(self, *line: Any) -> None:
        self._written += 1
        self._last = None
        self._lines.append([*line])

    def _names(self, member: int) -> dict[str, str]:
        names = self._expected.get(member)
        if names is None:
            names = self._expected[member] = {}
        return names

    def _load(self, path: Path) -> None:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        for line in lines:
            try:
                kind, *rest = msgspec.json.decode(line)
            except msgspec.DecodeError:
                _log.warning("fix_owners_line_unreadable", line=line[:80])
                continue
            if kind == "asked":
                for name in rest[2:]:
                    self._names(rest[0]).setdefault(name, rest[1])
            elif kind == "placed":
                self.owner.update(dict.fromkeys(rest[2:], rest[1]))
            elif kind == "i":  # as they were written once, line by line
                self._names(rest[0]).setdefault(rest[1], rest[2])
            elif kind == "o":
                self.owner[rest[0]] = rest[1]
            elif kind == "n":
                self.owner.pop(rest[0], None)
            elif kind == "a":
                self.armed.add(rest[0])
            else:
                self.armed.discard(rest[0])
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def _compact(self) -> None:
        """Write what is known into a new file that takes the old one's place. Raises OSError."""
        if self._path is None:
            return
        placed: dict[str, list[Any]] = {}
        for order_id, key_id in self.owner.items():
            placed.setdefault(key_id, ["placed", 0, key_id]).append(order_id)
        kept = list(placed.values())
        for member, names in self._expected.items():
            kept += [["asked", member, key_id, name] for name, key_id in names.items()]
        kept += [["a", key_id] for key_id in self.armed]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(_encoder.encode_lines(kept))
        old, self._file = self._file, os.open(fresh, os.O_WRONLY | os.O_APPEND)
        os.close(old)
        fresh.replace(self._path)
        self._written = 0
