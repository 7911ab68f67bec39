"""QuickFIX as the client, with the dictionary we print and its validation on: an engine nobody here wrote."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fix_client import FREE_PORTS
from tests.live import TICKER, LiveVenue, Trader, live
from wire import signing
from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

fix = pytest.importorskip("quickfix", reason="QuickFIX for Python is not installed")

PATIENCE_SECONDS = 60
SOH = "\x01"


class Client(fix.Application):
    """Signs its logons and keeps what it gets, by TargetCompID."""

    def __init__(self, traders: dict[str, Trader], flags: dict[int, str]) -> None:
        super().__init__()
        self.traders = traders
        self.flags = flags
        self.sessions: dict[str, Any] = {}
        self.logged_on: dict[str, threading.Event] = {kind: threading.Event() for kind in traders}
        self.received: dict[str, queue.Queue[dict[str, str]]] = {kind: queue.Queue() for kind in traders}
        self.rejected: list[str] = []

    def onCreate(self, session_id):  # noqa: N802
        self.sessions[session_id.getTargetCompID().getValue()] = session_id

    def onLogon(self, session_id):  # noqa: N802
        self.logged_on[session_id.getTargetCompID().getValue()].set()

    def onLogout(self, session_id):  # noqa: N802
        self.logged_on[session_id.getTargetCompID().getValue()].clear()

    def toAdmin(self, message, session_id):  # noqa: N802
        values = fields_of(message)
        if values["35"] == "3":
            self.rejected.append(str(message))
        if values["35"] != "A":
            return
        text = signing.fix_logon_text(values["52"], int(values["34"]), values["49"], values["56"])
        signature = signing.sign(self.traders[values["56"]].key, text)
        message.setField(fix.IntField(95, len(signature)))
        message.setField(fix.StringField(96, signature))
        for tag, value in self.flags.items():
            message.setField(fix.StringField(tag, value))

    def fromAdmin(self, message, session_id):  # noqa: N802
        values = fields_of(message)
        if values["35"] == "3":
            self.rejected.append(str(message))

    def toApp(self, message, session_id):  # noqa: N802
        pass

    def fromApp(self, message, session_id):  # noqa: N802
        self.received[session_id.getTargetCompID().getValue()].put(fields_of(message))

    # --- for tests, in a thread of their own ---

    def send(self, kind: str, msg_type: str, **fields: Any) -> None:
        message = fix.Message()
        message.getHeader().setField(fix.StringField(35, msg_type))
        for tag, value in fields.items():
            message.setField(fix.StringField(int(tag[1:]), str(value)))
        assert fix.Session.sendToTarget(message, self.sessions[kind])

    def next(self, kind: str) -> dict[str, str]:
        return self.received[kind].get(timeout=PATIENCE_SECONDS)

    def until(self, kind: str, is_last: Callable[[dict[str, str]], bool]) -> list[dict[str, str]]:
        found = []
        while not found or not is_last(found[-1]):
            found.append(self.next(kind))
        return found


def fields_of(message: Any) -> dict[str, str]:
    return dict(field.split("=", 1) for field in message.toString().split(SOH) if field)


class Engine:
    """An initiator with one session for each TargetCompID."""

    def __init__(self, venue: LiveVenue, folder: Path, members: dict[str, int], *, resets: bool = True) -> None:
        self.traders = {f"Kalshi{kind}": venue.trader(member) for kind, member in members.items()}
        self.app = Client(self.traders, {21011: "Y"})
        (folder / "FIXT11.xml").write_text(transport_dictionary())
        (folder / "FIX50SP2.xml").write_text(application_dictionary())
        lines = [
            "[DEFAULT]",
            "ConnectionType=initiator",
            "BeginString=FIXT.1.1",
            "DefaultApplVerID=FIX.5.0SP2",
            f"TransportDataDictionary={folder / 'FIXT11.xml'}",
            f"AppDataDictionary={folder / 'FIX50SP2.xml'}",
            "UseDataDictionary=Y",
            "StartTime=00:00:00",
            "EndTime=00:00:00",
            "HeartBtInt=30",
            "ReconnectInterval=1",
            f"ResetOnLogon={'Y' if resets else 'N'}",
            "SocketConnectHost=127.0.0.1",
            "TimestampPrecision=3",
        ]
        ports = {kind.value: port for kind, port in venue.venue.fix_ports.items()}
        for kind, trader in self.traders.items():
            lines += ["[SESSION]", f"SenderCompID={trader.key_id}", f"TargetCompID={kind}"]
            lines += [f"SocketConnectPort={ports[kind]}"]
        config = folder / "quickfix.cfg"
        config.write_text("\n".join(lines) + "\n")
        self._settings = fix.SessionSettings(str(config))
        self._store = fix.MemoryStoreFactory()
        self._initiator = fix.SocketInitiator(self.app, self._store, self._settings)

    def start(self) -> None:
        self._initiator.start()
        for kind, event in self.app.logged_on.items():
            assert event.wait(PATIENCE_SECONDS), f"{kind} did not log on"

    def stop(self) -> None:
        self._initiator.stop()


@pytest.fixture
async def venue(tmp_path) -> AsyncIterator[LiveVenue]:
    async with live(tmp_path / "state", fix=FREE_PORTS) as running:
        yield running


async def run(engine: Engine, script: Callable[[Client], None]) -> None:
    """QuickFIX has threads of its own, the venue needs this one."""

    def body() -> None:
        engine.start()
        try:
            script(engine.app)
        finally:
            engine.stop()

    await asyncio.to_thread(body)
    assert not engine.app.rejected


def order(name: str, side: int, price: int, count: int, **more: Any) -> dict[str, Any]:
    return {"_11": name, "_38": count, "_40": 2, "_44": price, "_54": side, "_55": TICKER, "_59": 1, **more}


async def test_quickfix_logs_on_to_every_session_kind(venue, tmp_path):
    engine = Engine(venue, tmp_path, dict.fromkeys(("NR", "DC", "RT", "PT", "RFQ", "MD"), 1))
    await run(engine, lambda client: None)


async def test_quickfix_trades_a_thousand_orders(venue, tmp_path):
    engine = Engine(venue, tmp_path, {"NR": 1, "RT": 2, "MD": 3, "DC": 1})
    for member in (1, 2):
        venue.venue.context.limiter.set_tier(member, "prestige")

    def script(client: Client) -> None:
        client.send("KalshiMD", "e", _263=1, _55=TICKER)
        for number in range(500):
            client.send("KalshiNR", "D", **order(f"bid-{number}", 1, 40, 2))
        made = [client.next("KalshiNR") for _ in range(500)]
        assert {report["150"] for report in made} == {"0"}
        for number in range(440):
            client.send("KalshiRT", "D", **order(f"ask-{number}", 2, 40, 1))
        taken = [client.next("KalshiRT") for _ in range(440)]
        assert {(report["150"], report["39"]) for report in taken} == {("F", "2")}
        filled = [client.next("KalshiNR") for _ in range(440)]
        assert [report["880"] for report in filled] == [report["880"] for report in taken]
        assert [report["39"] for report in filled] == ["1", "2"] * 220
        # 220 orders are whole and 280 untouched: replace sixty of those, cancel sixty, mass cancel the rest.
        for number in range(440, 500):
            fields = order(f"new-{number}", 1, 39, 3, _41=f"bid-{number}")
            del fields["_59"]
            client.send("KalshiNR", "G", **fields)
        replaced = [client.next("KalshiNR") for _ in range(60)]
        assert {(report["150"], report["44"], report["151"]) for report in replaced} == {("5", "39", "3.00")}
        for number in range(380, 440):
            client.send("KalshiNR", "F", _11=f"end-{number}", _41=f"bid-{number}", _54=1, _55=TICKER)
        canceled = [client.next("KalshiNR") for _ in range(60)]
        assert [report["41"] for report in canceled] == [f"bid-{number}" for number in range(380, 440)]
        client.send("KalshiNR", "q", _11="all", _530=6)
        assert client.next("KalshiNR")["35"] == "r"
        swept = [client.next("KalshiNR") for _ in range(220)]
        assert {report["150"] for report in swept} == {"4"}
        client.send("KalshiNR", "UOG", _20131=1, _20132=1000)
        group = client.next("KalshiNR")["20130"]
        for number in range(60):
            client.send("KalshiNR", "D", **order(f"grouped-{number}", 1, 40, 1, _526=group))
            assert client.next("KalshiNR")["150"] == "0"
        client.send("KalshiNR", "UOG", _20131=5, _20130=group, _20132=900)
        assert client.next("KalshiNR")["20132"] == "900"
        client.send("KalshiNR", "UOG", _20131=4, _20130=group)
        ended = [client.next("KalshiNR") for _ in range(61)]
        assert {report.get("58") for report in ended[:60]} == {"ORDER_GROUP_CANCEL"}
        assert ended[60]["35"] == "UOH"
        client.send("KalshiNR", "UOG", _20131=3, _20130=group)
        assert client.next("KalshiNR")["35"] == "UOH"
        client.send("KalshiDC", "U1", _21001=made[0]["17"])
        again = client.until("KalshiDC", lambda message: message["35"] == "U2")
        assert int(again[-1]["21003"]) == len(again) - 1
        told = made + filled + replaced + canceled + swept
        assert {report["17"] for report in told} <= {report.get("17") for report in again}

    await run(engine, script)
    assert not list(venue.venue.views.orders.resting(1))


async def test_quickfix_recovers_on_rt_with_nothing_missing(venue, tmp_path):
    engine = Engine(venue, tmp_path, {"RT": 1}, resets=False)
    venue.venue.context.limiter.set_tier(1, "prestige")
    other = venue.trader(2)
    loop = asyncio.get_running_loop()

    def script(client: Client) -> None:
        for turn in range(3):
            names = [f"bid-{turn}-{number}" for number in range(100)]
            for name in names:
                client.send("KalshiRT", "D", **order(name, 1, 40, 1))
            assert {client.next("KalshiRT")["150"] for _ in names} == {"0"}
            # The venue's side hangs up; while QuickFIX is away all of it is filled.
            loop.call_soon_threadsafe(hang_up, venue)
            answer = asyncio.run_coroutine_threadsafe(other.order("ask", "0.40", "100"), loop).result(PATIENCE_SECONDS)
            assert answer.status_code == 201
            fills = [client.next("KalshiRT") for _ in names]
            assert {report["150"] for report in fills} == {"F"}
            assert [report["11"] for report in fills] == names

    await run(engine, script)


def hang_up(venue: LiveVenue) -> None:
    for connection in list(venue.venue._fix.acceptor.shared.connections):
        connection._transport.abort()
