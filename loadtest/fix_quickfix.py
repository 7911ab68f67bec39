"""QuickFIX as an acceptor that answers each order with a report: what an engine costs that calls Python back."""

import socket
from pathlib import Path
from typing import Any

import quickfix as fix


class _Application(fix.Application):  # type: ignore[misc]
    number = 0

    def onCreate(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogon(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogout(self, session_id: Any) -> None: ...  # noqa: N802

    def toAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def toApp(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromApp(self, message: Any, session_id: Any) -> None:  # noqa: N802
        self.number += 1
        fields = {tag: message.getField(tag) for tag in (11, 38, 44, 54, 55)}
        report = fix.Message()
        report.getHeader().setField(35, "8")
        for tag, value in (
            (37, "00000000-0001-4000-8000-000000000001"),
            (11, fields[11]),
            (17, f"{self.number};0"),
            (150, "0"),
            (39, "0"),
            (54, fields[54]),
            (55, fields[55]),
            (151, fields[38]),
            (14, "0.00"),
            (6, "0"),
            (38, fields[38]),
            (44, fields[44]),
            (30, "0"),
        ):
            report.setField(tag, value)
        fix.Session.sendToTarget(report, session_id)


class Acceptor:
    """Listens for these keys until stopped; memory store, no log."""

    def __init__(self, folder: Path, target: str, key_ids: list[str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        lines = [
            "[DEFAULT]",
            "ConnectionType=acceptor",
            "BeginString=FIXT.1.1",
            "DefaultApplVerID=FIX.5.0SP2",
            f"TransportDataDictionary={folder / 'FIXT11.xml'}",
            f"AppDataDictionary={folder / 'FIX50SP2.xml'}",
            "UseDataDictionary=Y",
            "StartTime=00:00:00",
            "EndTime=00:00:00",
            "ResetOnLogon=Y",
            "SocketNodelay=Y",
            f"SocketAcceptPort={self.port}",
        ]
        for key_id in key_ids:
            lines += ["[SESSION]", f"SenderCompID={target}", f"TargetCompID={key_id}"]
        config = folder / "acceptor.cfg"
        config.write_text("\n".join(lines) + "\n")
        self._application = _Application()
        self._settings = fix.SessionSettings(str(config))
        self._store = fix.MemoryStoreFactory()
        self._acceptor = fix.SocketAcceptor(self._application, self._store, self._settings)
        self._acceptor.start()

    def stop(self) -> None:
        self._acceptor.stop()
