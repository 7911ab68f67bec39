"""The one place where the sandbox touches the running venue.

Everything the commands, scenarios and tapes need of `exchange` goes through here, so that this file says how
much of the venue the sandbox knows: start and stop, submit, listen, issue a key, replay a journal.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.adapters.journal import FileJournal
from exchange.app import SHARD, Venue, VenueOptions
from exchange.core.checks import check_invariants, state_hash
from exchange.core.commands import AnyCommand
from exchange.core.engine import Engine
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import GatewaySettings
from exchange.ports import EventSink, JournalDamaged, Receipt
from exchange.recovery import ReplayDiffers, apply_again, rebuild_engine
from sandbox.launch import Api, Durability
from wire.engine_events import OrderRejected
from wire.signing import generate_key, private_pem, public_pem


class Refused(Exception):
    """The venue did not take a command that builds it: the scenario does not fit this moment or this venue."""


class StartFailed(Exception):
    """What is in the folder cannot be recovered or written; the message says why."""


class VerifyFailed(Exception):
    """The journal cannot be replayed; the message says where."""


class RunningVenue:
    """A venue in this process. `start`, then `serve` until it is told to stop, then `stop`."""

    def __init__(self, state: Path, host: str, port: int, durability: Durability, api: Api) -> None:
        settings = GatewaySettings(api_v1=api == "v1")
        self._venue = Venue(VenueOptions(state, host, port, durability, gateways=settings))

    async def start(self) -> None:
        """Recover and listen. Raises StartFailed."""
        try:
            await self._venue.start()
        except (JournalDamaged, ReplayDiffers, OSError) as error:
            raise StartFailed(str(error)) from error

    @property
    def is_new(self) -> bool:
        """Nothing ever happened here."""
        return self._venue.is_new

    @property
    def replayed(self) -> int:
        """Records that recovery applied again."""
        return self._venue.replayed

    @property
    def port(self) -> int:
        return self._venue.port

    def now_us(self) -> int:
        return self._venue.clock.now_us()

    async def serve(self) -> None:
        await self._venue.serve()

    async def stop(self) -> None:
        await self._venue.stop()

    async def build(self, commands: Iterable[AnyCommand]) -> None:
        """Apply commands that must all be taken. Raises Refused with the first that is not."""
        sent = list(commands)
        for command, receipt in zip(sent, await self._venue.sequencer.submit_all(sent), strict=True):
            for event in receipt.events:
                if isinstance(event, OrderRejected):
                    raise Refused(f"{type(command).__name__}: {event.reason} {event.detail}".strip() + f" ({command})")

    async def submit(self, command: AnyCommand) -> Receipt:
        return await self._venue.sequencer.submit(command)

    def listen(self, reader: EventSink) -> None:
        """Let `reader` fold every record from now on, after the venue's own readers."""
        self._venue.sequencer.attach([reader])

    async def issue_key(self, member: int, name: str) -> tuple[str, str]:
        """A new RSA key with every scope: (key id, private PEM)."""
        key = await asyncio.to_thread(generate_key)
        ring = self._venue.keys
        created = ApiKey(ring.new_id(), member, name, public_key_pem=public_pem(key), created_us=self.now_us())
        ring.add(created)
        return created.key_id, private_pem(key)


@dataclass(frozen=True, slots=True)
class Replay:
    """An engine rebuilt from a journal, and what it says of itself."""

    seq: int
    records: int
    from_start: bool
    """False when the oldest records are gone and the newest snapshot stood in for them."""
    state_hash: str
    invariants_broken: Sequence[str]


def replay_journal(state: Path, until_seq: int | None = None) -> Replay:
    """Apply every journaled command again, changing nothing on disk. Stops after `until_seq` when given.

    When the oldest records are gone it begins at the newest snapshot and goes to the end, whatever `until_seq` says.

    Raises VerifyFailed when records are missing or a command now causes other events.
    """
    journal = FileJournal(state / "journal")
    first = min((int(path.stem) for path in journal.folder.glob("*.log")), default=1)
    settings = VenueOptions(state).engine
    engine = Engine(SHARD, settings) if first == 1 else rebuild_engine(journal, settings, SHARD)
    started_at = engine.state.seq
    try:
        for entry in journal.read(started_at):
            if until_seq is not None and entry.seq > until_seq:
                break
            apply_again(engine, entry)
    except (JournalDamaged, ReplayDiffers) as error:
        raise VerifyFailed(str(error)) from error
    return Replay(
        engine.state.seq,
        engine.state.seq - started_at,
        first == 1,
        state_hash(engine.state),
        check_invariants(engine.state),
    )


def snapshot_hash(state: Path) -> tuple[int, str] | None:
    """(seq, hash) of the way a start would take: newest snapshot, then the records after it. None without one."""
    journal = FileJournal(state / "journal")
    if not journal.snapshots():
        return None
    try:
        engine = rebuild_engine(journal, VenueOptions(state).engine, SHARD)
    except (JournalDamaged, ReplayDiffers) as error:
        raise VerifyFailed(str(error)) from error
    return engine.state.seq, state_hash(engine.state)
