"""Start-up is recovery: the newest sound snapshot, then every later record applied again.

Each replayed command must cause exactly the events that were recorded; a difference means that the rules
changed under an existing journal, or that memory lied, and stops the start. So every boot is a test of
determinism.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog

from exchange.core.checks import check_invariants, state_hash
from exchange.core.engine import Engine
from exchange.core.snapshot import EngineImage, dump, restore
from exchange.core.state import EngineSettings
from exchange.ports import JournalDamaged, JournalRecord, Recording
from exchange.projections.views import Projections
from wire.event_log import LogRecord, record

_log = structlog.get_logger("recovery")


class ReplayDiffers(Exception):
    """A replayed command caused other events than the journal has."""

    def __init__(self, entry: JournalRecord, events: tuple[object, ...]) -> None:
        super().__init__(
            f"seq {entry.seq}: replaying {entry.command}\n  recorded: {entry.events}\n  replayed: {events}"
        )


class _Snapshot(msgspec.Struct, frozen=True, array_like=True):
    engine: EngineImage
    views: bytes


def take_snapshot(engine: Engine, views: Projections) -> bytes:
    """Engine and projections after the same seq."""
    assert engine.state.seq == views.seq, "a snapshot holds engine and projections of the same seq"
    return msgspec.msgpack.encode(_Snapshot(dump(engine.state), views.dump()))


def recover(
    journal: Recording,
    engine: Engine,
    views: Projections,
    also: Callable[[LogRecord], None] | None = None,
) -> int:
    """Bring engine and views to the journal's end; returns how many records were replayed.

    `also` gets each of them too: a reader with a checkpoint of its own (the history store) catches up in the same
    pass, unless it is behind the snapshot.
    """
    start = 0
    for seq, data in journal.read_snapshots():
        try:
            snapshot = msgspec.msgpack.decode(data, type=_Snapshot)
        except msgspec.DecodeError:
            _log.warning("snapshot_of_another_version", seq=seq)
            continue
        engine.state = restore(snapshot.engine, engine.state.settings)
        views.load(snapshot.views)
        start = seq
        break
    if start > journal.last_seq:
        raise JournalDamaged(f"the snapshot is at seq {start} but the journal ends at {journal.last_seq}")
    replayed = 0
    for entry in journal.read(start):
        shared = record(engine.state.shard, entry.seq, entry.ts_us, entry.events)
        if also is not None:
            also(shared)
        apply_again(engine, entry)
        views.fold(shared)
        replayed += 1
    return replayed


def views_at(journal: Recording, seq: int, window: int) -> Projections:
    """Projections as a snapshot holds them: the newest that is not past `seq`, or empty ones."""
    views = Projections(window)
    for taken_at, data in journal.read_snapshots():
        if taken_at <= seq:
            try:
                views.load(msgspec.msgpack.decode(data, type=_Snapshot).views)
            except msgspec.DecodeError:
                continue
            break
    return views


def apply_again(engine: Engine, entry: JournalRecord) -> None:
    """Replay one record. Raises ReplayDiffers."""
    events = engine.apply(entry.command, entry.seq, entry.ts_us)
    if events != entry.events:
        raise ReplayDiffers(entry, events)


def rebuild_engine(journal: Recording, settings: EngineSettings, shard: int) -> Engine:
    """An engine at the journal's end, without touching any projection: after a batch that could not be stored."""
    engine = Engine(shard, settings)
    for _, data in journal.read_snapshots():
        try:
            engine.state = restore(msgspec.msgpack.decode(data, type=_Snapshot).engine, settings)
        except msgspec.DecodeError:
            continue
        break
    for entry in journal.read(engine.state.seq):
        apply_again(engine, entry)
    return engine


@dataclass(frozen=True, slots=True)
class Replay:
    """An engine rebuilt from the oldest state there is, and what it agreed with on the way."""

    seq: int
    records: int
    """How many were applied again."""
    started_at: int
    """0 = with the first record; otherwise the seq of the oldest kept snapshot, because older records are gone."""
    state_hash: str
    snapshots_equal: tuple[int, ...]
    """Seqs of the stored snapshots that are what the replay was there."""
    snapshots_different: tuple[int, ...]
    invariants_broken: tuple[str, ...]


def replay(journal: Recording, settings: EngineSettings, shard: int, until_seq: int | None = None) -> Replay:
    """Apply every kept record again, up to `until_seq` when given, and compare with each snapshot passed.

    Begins with the first record, or with the oldest snapshot when that is gone. Changes nothing.

    Raises JournalDamaged when records are missing, ReplayDiffers when a command now causes other events.
    """
    engine = Engine(shard, settings)
    stored: dict[int, EngineImage] = {}
    for seq, data in journal.read_snapshots():
        try:
            stored[seq] = msgspec.msgpack.decode(data, type=_Snapshot).engine
        except msgspec.DecodeError:
            _log.warning("snapshot_of_another_version", seq=seq)
    started_at = 0
    if journal.first_seq() > 1:
        if not stored:
            raise JournalDamaged(
                f"the first record is seq {journal.first_seq()}, and no snapshot holds what came before"
            )
        started_at = min(stored)
        engine.state = restore(stored.pop(started_at), settings)
    equal: dict[int, bool] = {}
    for entry in journal.read(started_at):
        if until_seq is not None and entry.seq > until_seq:
            break
        apply_again(engine, entry)
        if entry.seq in stored:
            equal[entry.seq] = state_hash(engine.state) == state_hash(restore(stored[entry.seq], settings))
    known_end = max(stored, default=0) if until_seq is None else until_seq
    if engine.state.seq < known_end:
        raise JournalDamaged(f"records {engine.state.seq + 1} to {known_end} are missing at the journal's end")
    return Replay(
        engine.state.seq,
        engine.state.seq - started_at,
        started_at,
        state_hash(engine.state),
        tuple(seq for seq, same in equal.items() if same),
        tuple(seq for seq, same in equal.items() if not same),
        tuple(check_invariants(engine.state)),
    )
