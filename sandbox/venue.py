"""The one place where the sandbox touches the running venue.

Everything the commands, scenarios and tapes need of `exchange` goes through here, so that this file says how
much of the venue the sandbox knows: start and stop, submit, listen, issue a key, replay a journal.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from exchange.app import (
    Agents,
    BadDatabase,
    GatewaySettings,
    HistoryRefused,
    JournalDamaged,
    Replay,
    ReplayDiffers,
    TlsFiles,
    Venue,
    VenueOptions,
    log_to_stderr,
    read_recording,
    replay_file,
    replay_journal,
)
from exchange.core.commands import AnyCommand, CreateMarket, CreateOrder
from exchange.ports import EventSink, Receipt, TapeDeck
from sandbox.launch import Launch
from sandbox.readers import ui_origins
from wire.accounts import account_of
from wire.engine_events import OrderRejected
from wire.enums import BookSide, MarketStatus, RejectReason
from wire.event_log import LogRecord
from wire.fix.profiles import SessionKind

__all__ = [
    "Refused",
    "Replay",
    "RunningVenue",
    "StartFailed",
    "VerifyFailed",
    "log_to_stderr",
    "replay_folder",
    "replay_into",
    "what_happened",
]


class Refused(Exception):
    """The venue did not take a command that builds it: the scenario does not fit this moment or this venue."""


class StartFailed(Exception):
    """What is in the folder cannot be recovered or written; the message says why."""


class VerifyFailed(Exception):
    """The journal cannot be replayed; the message says where."""


class RunningVenue:
    """A venue in this process. `start`, then `serve` until it is told to stop, then `stop`."""

    def __init__(self, launch: Launch, kafka: str = "", fix_tls: tuple[Path, Path] | None = None) -> None:
        """`kafka` are bootstrap servers, `fix_tls` the PEM files of a certificate and its key. Raises StartFailed."""
        try:
            self._venue = Venue(options_of(launch, kafka, fix_tls))
        except BadDatabase as error:
            raise StartFailed(str(error)) from error

    async def start(self) -> None:
        """Recover and listen. Raises StartFailed."""
        try:
            await self._venue.start()
        except (HistoryRefused, JournalDamaged, ReplayDiffers, OSError) as error:
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

    @property
    def fix_ports(self) -> dict[str, int]:
        """The port of each FIX session kind that is served: NR, DC ..."""
        return {kind.name: port for kind, port in self._venue.fix_ports.items()}

    def now_us(self) -> int:
        return self._venue.clock.now_us()

    def is_open(self, ticker: str) -> bool:
        """Whether a market exists and is active."""
        market = self._venue.views.catalogue.markets.get(ticker)
        return market is not None and market.status is MarketStatus.ACTIVE

    def status(self, ticker: str) -> MarketStatus | None:
        """How a market is; None when there is none."""
        market = self._venue.views.catalogue.markets.get(ticker)
        return None if market is None else market.status

    def has_member(self, member: int) -> bool:
        return member in self._venue.inspection.members().values()

    def resting(self, account: int, ticker: str) -> list[tuple[int, BookSide, int, int]]:
        """(order_id, side, price, remaining count) of an account's orders, in the order of their queue places."""
        orders = [order for order in self._venue.views.orders.resting_in(ticker) if order.account == account]
        orders.sort(key=lambda order: order.queue_seq)
        return [(order.order_id, order.side, order.price, order.remaining_count) for order in orders]

    def ending(self, ticker: str) -> tuple[int, bool] | None:
        """When a market closes, in Unix microseconds, and whether it has settled; None when there is none."""
        market = self._venue.views.catalogue.markets.get(ticker)
        return None if market is None else (market.close_us, bool(market.settled_us))

    def cash(self, member: int) -> int:
        """Money in a member's primary account, not reduced by resting orders."""
        account = self._venue.views.portfolio.account(account_of(member))
        return 0 if account is None else account.cash

    def when_it_begins_again(self, call: Callable[[bool], Awaitable[None]]) -> None:
        """`call` is told whenever the venue has begun again: True when it is empty, False when it is where it was."""
        self._venue.reborn = call

    def lets_stop(self, agents: Agents) -> None:
        """Who trades beside the venue, and can be stopped through it."""
        self._venue.agents = agents

    def plays_tapes(self, deck: TapeDeck) -> None:
        """What the power over tapes is asked of."""
        self._venue.tapes = deck

    @property
    def busy_with(self) -> str:
        """What `is_busy_with` was told last."""
        return self._venue.busy_with

    def is_busy_with(self, what: str) -> None:
        """Something that a new beginning would break; "" = nothing."""
        self._venue.busy_with = what

    async def serve(self) -> None:
        await self._venue.serve()

    async def stop(self) -> None:
        await self._venue.stop()

    async def build(self, commands: Iterable[AnyCommand], repeated: bool = False) -> None:
        """Apply commands that must all be taken. Raises Refused with the first that is not.

        `repeated` ones may have been taken before.
        """
        sent = list(commands)
        for command, receipt in zip(sent, await self.submit_all(sent), strict=True):
            for event in receipt.events:
                if not isinstance(event, OrderRejected) or (repeated and event.reason is RejectReason.ALREADY_EXISTS):
                    continue
                about = f" of {command.ticker}" if isinstance(command, CreateOrder | CreateMarket) else ""
                raise Refused(f"{type(command).__name__}{about}: {event.reason} {event.detail}".rstrip())

    async def submit(self, command: AnyCommand) -> Receipt:
        return await self._venue.sequencer.submit(command)

    async def submit_all(self, commands: Sequence[AnyCommand]) -> list[Receipt]:
        """In order, with nothing else in between. Raises exchange.ports.Unavailable."""
        return await self._venue.sequencer.submit_all(commands)

    def listen(self, reader: EventSink) -> None:
        """Let `reader` fold every record from now on, after the venue's own readers."""
        self._venue.sequencer.attach([reader])

    def stop_listening(self, reader: EventSink) -> None:
        """`reader` hears of nothing any more."""
        self._venue.sequencer.detach(reader)

    async def issue_key(self, member: int, name: str, public_key_pem: str = "") -> tuple[str, str]:
        """A key with every scope: (key id, private PEM); a new RSA key, or "" beside the id of one that was given."""
        return await self._venue.keys.issue(member, name, self._venue.clock.now_us(), public_key_pem)


def options_of(launch: Launch, kafka: str = "", fix_tls: tuple[Path, Path] | None = None) -> VenueOptions:
    """What the command line says of the venue, as the venue takes it."""
    ports = launch.fix_ports
    return VenueOptions(
        launch.state.path,
        launch.host,
        launch.port,
        launch.durability,
        launch.window,
        sandbox=launch.sandbox,
        gateways=_gateways(launch),
        fix=None if ports is None else {SessionKind[kind]: port for kind, port in ports.items()},
        fix_tls=TlsFiles(*fix_tls) if fix_tls else None,
        kafka=kafka,
        history=launch.database,
        retention_days=launch.retention_days,
    )


def _gateways(launch: Launch) -> GatewaySettings:
    settings = GatewaySettings(
        api_v1=launch.api == "v1",
        signatures_in_venue_time="signatures" in launch.venue_time,
        limits_in_venue_time="limits" in launch.venue_time,
        connections_in_venue_time="fix" in launch.venue_time,
        live_days=launch.live_days,
        chaos_seed=launch.seed,
    )
    if "ui" in launch.readers:
        settings = replace(settings, ui_origins=ui_origins(launch.readers["ui"]))
    return settings


def replay_folder(state: Path, until_seq: int | None = None) -> Replay:
    """Apply every journaled command of a venue's folder again, changing nothing. Raises VerifyFailed."""
    try:
        return replay_journal(VenueOptions(state), until_seq)
    except (JournalDamaged, ReplayDiffers) as error:
        raise VerifyFailed(str(error)) from error
    except OSError as error:
        raise VerifyFailed(f"the journal changed while it was read, or cannot be read: {error}") from error


def replay_into(source: Path, until_seq: int | None = None, into: Path | None = None) -> Replay:
    """Apply a record file, a journal or a venue's folder again; `into` gets a journal of it. Raises VerifyFailed."""
    try:
        return replay_file(source, until_seq, into)
    except (JournalDamaged, ReplayDiffers) as error:
        raise VerifyFailed(str(error)) from error
    except OSError as error:
        raise VerifyFailed(f"{source} cannot be read, or {into} cannot be written: {error}") from error


def what_happened(source: Path) -> Iterator[LogRecord]:
    """The records of what `replay_into` takes. Raises VerifyFailed."""
    try:
        yield from read_recording(source)
    except (JournalDamaged, OSError) as error:
        raise VerifyFailed(f"{source} cannot be read: {error}") from error
