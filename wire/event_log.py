"""The log's envelope: one record per command, what every reader of the venue consumes.

Knows the record and its bytes. The commands that caused the events are the venue's private business and
are not in it; the journal (exchange/adapters/journal.py) keeps both.
"""

import msgspec

from wire.engine_events import SCHEMA_VERSION, AnyEvent


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
    """Raises msgspec.DecodeError on bytes that are not a record."""
    return _decoder.decode(data)
