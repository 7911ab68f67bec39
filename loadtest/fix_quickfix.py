"""QuickFIX as an acceptor that does with an order what our venue does: what an engine costs that calls Python back.

Alike: validation with the dictionary that we print; messages kept in QuickFIX's file store, from which they can be sent
again; and behind it our own house, compiled where ours is: the engine with its rules, money and fees, each order in a
journal (on the disk before it is answered, with `fsync`), the projections that REST reads; one report for each order,
with the fields and repeating groups that ours has (a test holds the two against each other). Fields are read and
written as QuickFIX's documentation does it, by their classes; by number of tag it would be some 20 us an order cheaper.
What we do and it does not: rate limits, whose order it is after a restart, the history store, readers of other doors.
All of that is in its favour.

It is called back for one message at a time, and so each order is stored by itself; ours share an append, and a sync.
"""

import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import quickfix as fix

from exchange.core.commands import AnyCommand, CreateOrder
from loadtest.fix_house import House
from wire.accounts import account_of
from wire.engine_events import AnyEvent, OrderAccepted, Trade
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.fix.timestamps import format_timestamp
from wire.ids import order_uuid, trade_uuid
from wire.units import CONTRACT, DOLLAR

_SIDES = {fix.Side_BUY: BookSide.BID, fix.Side_SELL: BookSide.ASK}
_LIFETIMES = {
    fix.TimeInForce_GOOD_TILL_CANCEL: TimeInForce.GOOD_TILL_CANCELED,
    fix.TimeInForce_IMMEDIATE_OR_CANCEL: TimeInForce.IMMEDIATE_OR_CANCEL,
}
_CENT = 100
"""One cent as a Price."""


class _Application(fix.Application):  # type: ignore[misc]
    def __init__(self, house: House, members: dict[str, int]) -> None:
        super().__init__()
        self._house = house
        self._members = members

    def onCreate(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogon(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogout(self, session_id: Any) -> None: ...  # noqa: N802

    def toAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def toApp(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromApp(self, message: Any, session_id: Any) -> None:  # noqa: N802
        name, size, price = fix.ClOrdID(), fix.OrderQty(), fix.Price()
        side, symbol, lifetime = fix.Side(), fix.Symbol(), fix.TimeInForce()
        for field in (name, size, price, side, symbol, lifetime):
            message.getField(field)
        command = CreateOrder(
            account_of(self._members[session_id.getTargetCompID().getValue()]),
            symbol.getValue(),
            _SIDES[side.getValue()],
            round(price.getValue()) * _CENT,
            round(size.getValue()) * CONTRACT,
            _LIFETIMES[lifetime.getValue()],
            SelfTradePrevention.TAKER_AT_CROSS,
            name.getValue(),
        )
        ((seq, events),) = self._house.carry_out([command])
        report = _report(seq, command, events)
        fix.Session.sendToTarget(report, session_id)


def _report(seq: int, command: CreateOrder, events: tuple[AnyEvent, ...]) -> Any:
    assert isinstance(events[0], OrderAccepted), events
    report = fix.Message()
    report.getHeader().setField(fix.MsgType(fix.MsgType_ExecutionReport))
    count, filled, cost = command.count, 0, 0
    for place, event in enumerate(events):
        if isinstance(event, Trade):
            filled += event.count
            cost += event.price * event.count
            report.setField(fix.LastPx(event.price / _CENT))
            report.setField(fix.LastQty(event.count / CONTRACT))
            report.setField(fix.TrdMatchID(trade_uuid(0, seq, place)))
            report.setField(fix.AggressorIndicator(True))
            report.setField(fix.LongQty(max(event.taker_position, 0) / CONTRACT))
            report.setField(fix.ShortQty(max(-event.taker_position, 0) / CONTRACT))
            report.addGroup(_fee(event.taker_fee))
            report.addGroup(_balance_change(-event.price * event.count - event.taker_fee))
    status = fix.OrdStatus_NEW if not filled else fix.OrdStatus_PARTIALLY_FILLED
    if filled == count:
        status = fix.OrdStatus_FILLED
    report.setField(fix.OrderID(order_uuid(0, seq)))
    report.setField(fix.ClOrdID(command.client_order_id))
    report.setField(fix.ExecID(f"{seq};0"))
    report.setField(fix.ExecType(fix.ExecType_TRADE if filled else fix.ExecType_NEW))
    report.setField(fix.OrdStatus(status))
    report.setField(fix.Side(fix.Side_BUY if command.side is BookSide.BID else fix.Side_SELL))
    report.setField(fix.Symbol(command.ticker))
    report.setField(fix.LeavesQty((count - filled) / CONTRACT))
    report.setField(fix.CumQty(filled / CONTRACT))
    report.setField(fix.AvgPx(cost / filled / _CENT if filled else 0))
    report.setField(fix.OrderQty(count / CONTRACT))
    report.setField(fix.Price(command.price / _CENT))
    report.setField(fix.LastMkt("0"))
    report.setField(fix.StringField(60, format_timestamp(time.time_ns() // 1_000)))
    return report


def _fee(amount: int) -> Any:
    group = fix.Group(136, 137)
    group.setField(fix.MiscFeeAmt(amount / DOLLAR))
    group.setField(fix.MiscFeeCurr("USD"))
    group.setField(fix.MiscFeeType(fix.MiscFeeType_EXCHANGE_FEES))
    group.setField(fix.MiscFeeBasis(fix.MiscFeeBasis_ABSOLUTE))
    return group


def _balance_change(amount: int) -> Any:
    group = fix.Group(1703, 1704)
    group.setField(fix.DoubleField(1704, amount / DOLLAR))
    group.setField(fix.StringField(1705, "BALANCE"))
    return group


class Acceptor:
    """Listens for these keys until stopped; file store, no log. `setup` makes the markets, the money, and members
    numbered as the keys are, from 1.
    """

    def __init__(
        self, folder: Path, target: str, key_ids: list[str], setup: Iterable[AnyCommand], *, fsync: bool
    ) -> None:
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
            f"FileStorePath={folder / 'store'}",
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
        self._house = House(folder / "journal", setup, fsync=fsync)
        self._application = _Application(self._house, {key_id: number for number, key_id in enumerate(key_ids, 1)})
        self._settings = fix.SessionSettings(str(config))
        self._store = fix.FileStoreFactory(self._settings)
        self._acceptor = fix.SocketAcceptor(self._application, self._store, self._settings)
        self._acceptor.start()

    def stop(self) -> None:
        self._acceptor.stop()
        self._house.close()
