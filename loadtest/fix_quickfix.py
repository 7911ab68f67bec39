"""QuickFIX as an acceptor that does with an order what our venue does: what an engine costs that calls Python back.

What is alike: validation with the dictionary that we print; messages kept in QuickFIX's file store, from which they can
be sent again; an order found by its id and standing in a book of its market by price and time; a crossing order traded
against the best price; one report for each order, with the fields of the fill when there was one.
What we do and it does not: money, fees and positions, a journal from which everything can be rebuilt, what REST and
the WebSocket show, rate limits, whose order it is after a restart. Its report of a fill has no repeating groups; ours
has two. All of that is in its favour.
"""

import heapq
import socket
from collections import deque
from pathlib import Path
from typing import Any

import quickfix as fix


class _Order:
    """What the application knows of an order; counts in contracts, prices in cents."""

    __slots__ = ("client_order_id", "left", "order_id", "price", "size")

    def __init__(self, order_id: int, client_order_id: str, price: int, size: int) -> None:
        self.order_id = order_id
        self.client_order_id = client_order_id
        self.price = price
        self.size = self.left = size


class _Book:
    """One market: bids by price and time, and a standing ask at 50 that is never used up."""

    def __init__(self) -> None:
        self._levels: dict[int, deque[_Order]] = {}
        self._best_bids: list[int] = []
        self._asks: dict[int, deque[_Order]] = {50: deque([_Order(0, "", 50, 1 << 40)])}
        self._best_asks = [50]

    def buy(self, order: _Order, *, rests: bool) -> int:
        """Trade what crosses, keep the rest; how much traded."""
        traded = 0
        while order.left and self._best_asks and self._best_asks[0] <= order.price:
            level = self._asks[self._best_asks[0]]
            maker = level[0]
            count = min(order.left, maker.left)
            maker.left -= count
            order.left -= count
            traded += count
            if not maker.left:
                level.popleft()
                if not level:
                    del self._asks[heapq.heappop(self._best_asks)]
        if order.left and rests:
            level = self._levels.get(order.price) or self._open(order.price)
            level.append(order)
        return traded

    def _open(self, price: int) -> deque[_Order]:
        heapq.heappush(self._best_bids, -price)
        level = self._levels[price] = deque()
        return level


class _Application(fix.Application):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.orders: dict[str, _Order] = {}
        self.books: dict[str, _Book] = {}

    def onCreate(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogon(self, session_id: Any) -> None: ...  # noqa: N802

    def onLogout(self, session_id: Any) -> None: ...  # noqa: N802

    def toAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromAdmin(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def toApp(self, message: Any, session_id: Any) -> None: ...  # noqa: N802

    def fromApp(self, message: Any, session_id: Any) -> None:  # noqa: N802
        self.number += 1
        name, size, price, side, symbol, lifetime = (message.getField(tag) for tag in (11, 38, 44, 54, 55, 59))
        order = self.orders[name] = _Order(self.number, name, int(price), int(size))
        book = self.books.get(symbol)
        if book is None:
            book = self.books[symbol] = _Book()
        traded = book.buy(order, rests=lifetime == "1")
        fields = [
            (37, f"00000000-0001-4000-8000-{order.order_id:012x}"),
            (11, name),
            (17, f"{self.number};0"),
            (150, "F" if traded else "0"),
            (39, "0" if not traded else "1" if order.left else "2"),
            (54, side),
            (55, symbol),
            (151, f"{order.left}.00"),
            (14, f"{traded}.00"),
            (6, "50" if traded else "0"),
            (38, f"{order.size}.00"),
            (44, price),
            (30, "0"),
        ]
        if traded:
            trade = f"00000000-0002-4001-8000-{order.order_id:012x}"
            fields += [
                (31, "50"),
                (32, f"{traded}.00"),
                (880, trade),
                (1057, "Y"),
                (704, f"{traded}.00"),
                (705, "0.00"),
            ]
        report = fix.Message()
        report.getHeader().setField(35, "8")
        for tag, value in fields:
            report.setField(tag, value)
        fix.Session.sendToTarget(report, session_id)


class Acceptor:
    """Listens for these keys until stopped; file store, no log."""

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
        self._application = _Application()
        self._settings = fix.SessionSettings(str(config))
        self._store = fix.FileStoreFactory(self._settings)
        self._acceptor = fix.SocketAcceptor(self._application, self._store, self._settings)
        self._acceptor.start()

    def stop(self) -> None:
        self._acceptor.stop()
