"""The log's envelope and the door to the log: one record per command, what every reader of the venue consumes.

Knows the record, its bytes, and what a log promises whatever it is kept in (the package `eventlog` has the
adapters). The commands that caused the events are the venue's private business and are not in it; the journal
(exchange/adapters/journal.py) keeps both.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import msgspec

from wire.engine_events import SCHEMA_VERSION, AnyEvent

TOPIC = "exchange.events.v1"
"""Where the log is published: one partition per shard, a message per record, its value `encode(record)`."""


class LogRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything one command caused. `seq` counts up by one per shard, `ts_us` never goes back."""

    version: int
    shard: int
    seq: int
    ts_us: int
    events: tuple[AnyEvent, ...]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(LogRecord)


def record(shard: int, seq: int, ts_us: int, events: tuple[AnyEvent, ...]) -> LogRecord:
    """A record of the current schema version."""
    return LogRecord(SCHEMA_VERSION, shard, seq, ts_us, events)


def encode(entry: LogRecord) -> bytes:
    return _encoder.encode(entry)


def decode(data: bytes) -> LogRecord:
    """Raises msgspec.DecodeError on bytes that are not a record, UnknownVersion on those of a later schema."""
    try:
        entry = _decoder.decode(data)
    except msgspec.DecodeError:
        if (version := _version(data)) > SCHEMA_VERSION:
            raise UnknownVersion(version) from None
        raise
    if entry.version > SCHEMA_VERSION:
        raise UnknownVersion(entry.version)
    return entry


def ticker_of(entry: LogRecord) -> str:
    """The market a record is about, empty when it is about none or several: its key in the topic.

    Who wants one market only may skip the records that have another key, and must read those that have none.
    """
    tickers = {ticker for event in entry.events if (ticker := getattr(event, "ticker", ""))}
    return tickers.pop() if len(tickers) == 1 else ""


def _version(data: bytes) -> int:
    """The version of bytes that do not decode as a record, 0 when they are nothing of the kind."""
    try:
        version = msgspec.msgpack.decode(data)[0]
    except (msgspec.DecodeError, IndexError, KeyError, TypeError):
        return 0
    return version if isinstance(version, int) else 0


# --- the log as a whole ---------------------------------------------------------------------------------


class LogError(Exception):
    """The log cannot be read on as it is; the message says where and why."""


class UnknownVersion(LogError):
    """The record was written by a newer venue than this reader knows."""

    def __init__(self, version: int) -> None:
        super().__init__(f"a record of schema version {version}; this reader knows versions up to {SCHEMA_VERSION}")


class LogGap(LogError):
    """A record is missing between two that are there."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"expected seq {expected}, found {found}")
        self.expected = expected
        self.found = found


class LogTrimmed(LogError):
    """The records asked for were let go of; `first_seq` is the oldest that is kept."""

    def __init__(self, wanted: int, first_seq: int) -> None:
        super().__init__(f"seq {wanted} is no longer kept; the log begins at {first_seq}")
        self.wanted = wanted
        self.first_seq = first_seq


class LogTooShort(LogError):
    """The log ends before what was already read from it: it is another one, or it lost its tail."""

    def __init__(self, read: int, end: int) -> None:
        super().__init__(f"seq {read} was read before, but the log ends at {end}")


class LogUnavailable(Exception):
    """Nobody answers where the log is kept; nothing is lost, and it is worth trying again."""


class LogSource(Protocol):
    """One shard's log as its readers see it."""

    def read(self, after_seq: int, follow: bool = True) -> AsyncGenerator[Sequence[LogRecord], None]:
        """Records with seq > after_seq, each once and in order, in batches that are never empty.

        With `follow` it waits for more at the end; without, it stops at the end as it was at the beginning.
        Raises LogGap, LogTrimmed, LogTooShort; LogUnavailable when not following and nobody answers (a
        follower waits until somebody does).
        """
        ...

    async def end(self) -> int:
        """The seq of the last record, 0 when there is none. Raises LogUnavailable."""
        ...

    async def close(self) -> None: ...


class EventLog(LogSource, Protocol):
    """A log that can also be written by this process; the only writer it has."""

    async def append(self, batch: Sequence[LogRecord]) -> int:
        """Store records in order and return the last seq once they are safe.

        Records whose seq is already there are passed over. Raises LogGap when one is missing in between, and
        LogUnavailable when it is not known how many were stored: ask `end`.
        """
        ...
