"""What a running venue says of itself when it is asked. Looks, and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sized

from exchange.adapters.history import HistoryWriter
from exchange.adapters.journal import FileJournal, NoJournal
from exchange.adapters.record_file import write as write_record
from exchange.book_lines import books_image
from exchange.core.checks import check_invariants, state_hash
from exchange.core.state import State
from exchange.gateways.health import Health, HistoryHealth
from exchange.gateways.sandbox.record import Verified
from exchange.gateways.sandbox.saved import cannot_save
from exchange.gateways.sandbox.state import VenueState
from exchange.options import VenueOptions
from exchange.ports import JournalDamaged, JournalRecord
from exchange.projections.views import Projections
from exchange.publishing import Publishing
from exchange.recovery import Replay, ReplayDiffers
from exchange.replays import replay_journal
from exchange.sequencer import Sequencer
from wire.books_text import BooksImage


class Inspection:
    """One venue, looked at: how it is, who is in it, what happened, and whether it can happen again."""

    def __init__(
        self,
        options: VenueOptions,
        sequencer: Sequencer,
        views: Projections,
        journal: FileJournal | NoJournal,
        readers: Sized,
        publishing: Publishing,
        history: HistoryWriter,
    ) -> None:
        """`readers` are the WebSocket connections."""
        self._options = options
        self._sequencer = sequencer
        self._views = views
        self._journal = journal
        self._readers = readers
        self._publishing = publishing
        self._history = history

    def state(self) -> VenueState:
        """What GET /sandbox/state answers."""
        state = self._state
        return VenueState(
            state.seq,
            state.now_us,
            state_hash(state),
            check_invariants(state),
            len(state.orders),
            self._sequencer.degraded or "",
        )

    def members(self) -> dict[str, int]:
        """The numbers of all members by name, as they joined."""
        return {member.name: member.member for member in self._state.members.values()}

    def books(self, detail: bool) -> BooksImage:
        """Every book, by hash or order by order."""
        return books_image(self._state, detail)

    def health(self) -> Health:
        """What GET /health and /metrics answer."""
        refusing, history, seq = self._sequencer.degraded or "", self._history, self._views.seq
        stored_seq = history.checkpoint()
        return Health(
            "unavailable" if refusing else "ok",
            refusing,
            seq,
            len(self._state.orders),
            len(self._views.catalogue.markets),
            len(self._readers),
            self._publishing.health(seq),
            HistoryHealth(
                history.database,
                stored_seq,
                max(0, seq - stored_seq),
                history.is_behind,
                history.outages,
                history.stopped,
                history.trouble,
            ),
        )

    def record(self) -> Iterator[bytes]:
        """Everything so far as a file (exchange/adapters/record_file.py), in pieces. Raises ApiError."""
        if self._views.seq and self._journal.first_seq() > 1:
            raise cannot_save(f"the records before seq {self._journal.first_seq()} are gone")
        return write_record(self._records(self._views.seq))

    async def verify(self) -> Verified:
        """The journal replayed on an engine of its own, beside this one. Raises ApiError."""
        if not isinstance(self._journal, FileJournal):
            raise cannot_save("a venue with --durability none keeps no journal to replay")
        await self._sequencer.drain()
        seq, live = self._views.seq, state_hash(self._state)
        broken = check_invariants(self._state)
        problem, done = "", Replay(0, 0, 0, "", (), (), ())
        try:
            done = await asyncio.to_thread(replay_journal, self._options, seq)
        except (JournalDamaged, ReplayDiffers) as error:
            problem = str(error)
        except OSError as error:
            raise cannot_save(f"the journal changed while it was read, or cannot be read: {error}") from error
        broken = broken or list(done.invariants_broken)
        return Verified(
            ok=done.state_hash == live and not done.snapshots_different and not broken,
            seq=seq,
            records=done.records,
            state_hash=done.state_hash,
            live_state_hash=live,
            snapshots_different=list(done.snapshots_different),
            invariants_broken=broken,
            problem=problem,
        )

    @property
    def _state(self) -> State:
        """The engine's, which is another one after a write that failed and after a new beginning."""
        return self._sequencer.engine.state

    def _records(self, last_seq: int) -> Iterator[JournalRecord]:
        for entry in self._journal.read(0):
            if entry.seq > last_seq:
                return
            yield entry
