"""The FIX side of the composition root: acceptor, hub, and the files in which sessions survive a restart.

STATE/fix/    messages and numbers of sessions that resend, who owns which order, and up to where they were told
"""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from exchange.adapters.fix_owners import OwnerLog
from exchange.adapters.fix_store import FileStores
from exchange.adapters.journal import FileJournal, NoJournal
from exchange.adapters.listening import listen
from exchange.adapters.release_mark import ReleaseMark, read_mark
from exchange.adapters.tls import TlsFiles, server_context
from exchange.core.commands import AnyCommand, CancelOrder
from exchange.gateways.context import VenueContext
from exchange.gateways.fix.acceptor import Acceptor
from exchange.gateways.fix.hub import Hub
from exchange.gateways.fix.last_cancels import AGAIN_SECONDS
from exchange.in_step import Reader
from exchange.ports import EventSink, Unavailable
from wire.fix.profiles import SessionKind


class FixDoor:
    """`catch_up` and `readers` before anything new is folded, then `listen`; `close` at the end."""

    def __init__(self, context: VenueContext, folder: Path, journal: FileJournal | NoJournal) -> None:
        self._context = context
        self._folder = folder
        self._journal = journal
        self._stores = FileStores(folder, self._is_journaled)
        if isinstance(journal, NoJournal):
            self._stores.clear()
        self.owners = OwnerLog(folder / "owners.log" if isinstance(journal, FileJournal) else None)
        self.acceptor = Acceptor(context, Hub(context, self._stores, self.owners), journal)
        self._mark: ReleaseMark | None = None
        self._orphans: list[AnyCommand] = []
        """The cancels that connections ask for which were lost with the venue."""
        self._waiting: asyncio.Task[None] | None = None

    def _is_journaled(self) -> bool:
        """Whether everything that was asked for is in the journal."""
        return not (self._context.sink.has_waiting or self.acceptor.hub.waiting)

    def catch_up(self) -> None:
        """Tell sessions what they missed of the journal; before `readers`, which marks what they were told."""
        if isinstance(self._journal, FileJournal):
            told = read_mark(self._folder)
            orders = self.acceptor.hub.catch_up(self._journal, self._context.views.seq if told is None else told)
            self._orphans = [CancelOrder(account, order_id) for account, order_id in orders]

    @property
    def market_data(self) -> Reader:
        """Who must fold each record right before the projections do: a level changes from what they hold."""
        return self.acceptor.hub.market_data

    def readers(self) -> list[EventSink]:
        """Who must fold a batch before the projections do: execution reports are read from what an order was."""
        if not isinstance(self._journal, FileJournal):
            return [self.acceptor.hub]
        self._mark = ReleaseMark(self._folder, self._context.views.seq)
        return [self.acceptor.hub, self._mark]

    async def take_orphans_down(self) -> None:
        """Cancel what lost connections left behind: now, or when the exchange pause is over that there is."""
        armed = sorted(self.owners.armed)
        if self._context.views.catalogue.takes_nothing:
            self._waiting = asyncio.get_running_loop().create_task(self._take_down_when_resumed(armed))
        else:
            await self._take_down(armed)

    async def _take_down_when_resumed(self, armed: Sequence[str]) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            if not self._context.views.catalogue.takes_nothing:
                with suppress(Unavailable):
                    return await self._take_down(armed)

    async def _take_down(self, armed: Sequence[str]) -> None:
        await self._context.sink.submit_all(self._orphans)
        for key_id in armed:
            # Who is connected again has armed his orders anew.
            if key_id not in self.acceptor.live:
                self.owners.disarm(key_id)

    async def listen(self, host: str, ports: Mapping[SessionKind, int], tls: TlsFiles | None) -> dict[SessionKind, int]:
        """The ports that were taken. Raises OSError."""
        sockets = {kind: listen(host, port) for kind, port in ports.items()}
        await self.acceptor.listen(sockets, server_context(tls) if tls else None)
        return {kind: listening.getsockname()[1] for kind, listening in sockets.items()}

    async def close(self) -> None:
        """Say Logout to everybody and close the files."""
        if self._waiting is not None:
            self._waiting.cancel()
        await self.acceptor.close()
        self._stores.close()
        self.owners.close()
        if self._mark is not None:
            self._mark.close()

    async def forget(self) -> None:
        """`close`, and nothing of any session is left."""
        await self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
