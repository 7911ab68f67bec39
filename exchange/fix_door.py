"""The FIX side of the composition root: acceptor, hub, and the files in which sessions survive a restart.

STATE/fix/    messages and numbers of sessions that resend, who owns which order, and up to where they were told
"""

import shutil
from collections.abc import Mapping
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
from exchange.ports import EventSink
from wire.fix.profiles import SessionKind


class FixDoor:
    """`readers` and `orphans` before anything new is folded, then `listen`; `close` at the end."""

    def __init__(self, context: VenueContext, folder: Path, journal: FileJournal | NoJournal) -> None:
        self._context = context
        self._folder = folder
        self._journal = journal
        self._stores = FileStores(folder)
        if isinstance(journal, NoJournal):
            self._stores.clear()
        self.owners = OwnerLog(folder / "owners.log" if isinstance(journal, FileJournal) else None)
        self.acceptor = Acceptor(context, Hub(context, self._stores, self.owners), journal)
        self._mark: ReleaseMark | None = None

    def readers(self) -> list[EventSink]:
        """Who must fold a record before the projections do: execution reports are read from what an order was."""
        if not isinstance(self._journal, FileJournal):
            return [self.acceptor.hub]
        self._mark = ReleaseMark(self._folder, self._context.views.seq)
        return [self.acceptor.hub, self._mark]

    def orphans(self) -> list[AnyCommand]:
        """Tell sessions what they missed of the journal; the cancels that their lost connections ask for.

        Call before `readers`, which sets the mark that says what they were told.
        """
        if not isinstance(self._journal, FileJournal):
            return []
        told = read_mark(self._folder)
        orders = self.acceptor.hub.catch_up(self._journal, self._context.views.seq if told is None else told)
        return [CancelOrder(account, order_id) for account, order_id in orders]

    def orphans_are_gone(self) -> None:
        self.acceptor.hub.disarm_all()

    async def listen(self, host: str, ports: Mapping[SessionKind, int], tls: TlsFiles | None) -> dict[SessionKind, int]:
        """The ports that were taken. Raises OSError."""
        sockets = {kind: listen(host, port) for kind, port in ports.items()}
        await self.acceptor.listen(sockets, server_context(tls) if tls else None)
        return {kind: listening.getsockname()[1] for kind, listening in sockets.items()}

    async def close(self) -> None:
        """Say Logout to everybody and close the files."""
        await self.acceptor.close()
        self._stores.close()
        self.owners.close()
        if self._mark is not None:
            self._mark.close()

    async def forget(self) -> None:
        """`close`, and nothing of any session is left."""
        await self.close()
        shutil.rmtree(self._folder, ignore_errors=True)
