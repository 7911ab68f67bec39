"""HTTP as uvicorn speaks it, with a short way for order mutations.

    HTTP parser ──► an order mutation, alone on its connection ──► its commands, its answer in one write
                └─► everything else ──► uvicorn, ASGI

The short way has no task, no ASGI messages and one write where the other has two: half of what a request costs
beside its signature. Knows HTTP/1.1 and no operation. Whatever is not plain (pipelined behind an unfinished request,
a peer that does not read, HTTP/1.0, Expect, Upgrade, a browser's Origin, a fault that was ordered) takes the long way,
which is the same operations behind ASGI.

A client that offers HTTP/2 with its first request (java.net.http does unless told not to) is answered in HTTP/1.1, as
RFC 9110 7.8 lets a server. The parser ends a request with Upgrade before its body, so it reads that one anew without.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from exchange.gateways.chaos.rest import HANG_UP
from exchange.gateways.rest.hot import Answer, Call, Operation, Step, failure
from exchange.gateways.rest.order_mutations import PREFIX, OrderMutations
from exchange.ports import Receipt

_PREFIX = PREFIX.encode()
_LONG_WAY = frozenset({b"expect", b"origin", b"upgrade"})
"""Headers that ask for more than an answer."""

LONGEST_HEAD = 64 * 1024
"""Bytes of a request line with its headers. The parser would take any number, and copies what it has for each piece."""

_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_OF_AN_UPGRADE = frozenset({b"upgrade", b"http2-settings"})
_KEPT = b"\r\n"
_CLOSED = b"connection: close\r\n\r\n"


class Exchange:
    """A request on the short way, and its answer. What uvicorn's protocol asks of its own cycles, it can ask here."""

    message_event = asyncio.Event()
    """Set by uvicorn to wake who waits for the body. Here nobody does."""

    def __init__(self, operation: Operation, keep_alive: bool) -> None:
        self.operation = operation
        self.keep_alive = keep_alive
        self.body = b""
        self.disconnected = False
        self.response_complete = False


def http_protocol(mutations: OrderMutations) -> type[HttpToolsProtocol]:
    """The class for uvicorn's `Config(http=...)`: uvicorn makes one instance per connection."""
    return type("VenueHttp", (HttpConnection,), {"mutations": mutations})


class HttpConnection(HttpToolsProtocol):
    """One connection. The parser calls `on_...` as the bytes of a request arrive."""

    mutations: OrderMutations
    _undigested = 0
    """Bytes that came since the parser last made something of any: the head of a request, as long as it grows."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._hang_up_later()

    def data_received(self, data: bytes) -> None:
        self._undigested += len(data)
        self._feed(data)
        if not self._undigested:
            return
        if self._undigested > LONGEST_HEAD and not self.transport.is_closing():
            self._refuse_the_head()
            return
        before: Any = self.cycle
        if self.timeout_keep_alive_task is None and (before is None or before.response_complete):
            self._hang_up_later()

    def _hang_up_later(self) -> None:
        """Who begins a request and does not go on is held no longer than who has none."""
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _feed(self, data: bytes) -> None:
        """What uvicorn does with bytes; an upgrade that is none of ours is passed over."""
        self._unset_keepalive_if_required()
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._passed_over:
                    data = self._without_upgrade() + data[upgrade.args[0] :]
                    self.parser = httptools.HttpRequestParser(self)
                    continue
                if self._should_upgrade():
                    self.handle_websocket_upgrade()
            except httptools.HttpParserError:
                if len(self.url) >= LONGEST_HEAD:
                    self._refuse_the_head()
                else:
                    self.send_400_response("Invalid HTTP request received.")
            return

    def _refuse_the_head(self) -> None:
        self.transport.write(_TOO_LONG)
        self.transport.close()

    def _without_upgrade(self) -> bytes:
        """The head just read, asking for nothing but its answer."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        for name, value in self.headers:
            if name == b"connection":
                value = b",".join(one for one in value.split(b",") if one.strip().lower() not in _OF_AN_UPGRADE)
            if name not in _OF_AN_UPGRADE:
                lines.append(b"%s: %s" % (name, value))
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_plain = True
        self._passed_over = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in _LONG_WAY:
            self._is_plain = False
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._undigested = 0
        self._passed_over = self.parser.should_upgrade() and self._get_upgrade() not in (None, b"websocket")
        if self._passed_over:
            return
        operation = None if self.mutations.context.chaos.rest else self._operation()
        if operation is None:
            if self.mutations.context.chaos.rest:
                self.scope["extensions"] = {HANG_UP: {"close": self.transport.close}}
            super().on_headers_complete()
            return
        self.cycle = cast(Any, Exchange(operation, self.parser.should_keep_alive()))

    def on_body(self, body: bytes) -> None:
        self._undigested = 0
        if self._passed_over:
            return
        exchange: Any = self.cycle
        if not isinstance(exchange, Exchange):
            super().on_body(body)
        elif not exchange.response_complete:
            exchange.body += body
            if len(exchange.body) > self.mutations.context.settings.max_body_bytes:
                self._carry_out(exchange, None)

    def on_message_complete(self) -> None:
        self._undigested = 0
        if self._passed_over:
            return
        exchange: Any = self.cycle
        if not isinstance(exchange, Exchange):
            super().on_message_complete()
        elif not exchange.response_complete:
            self._carry_out(exchange, exchange.body)

    # --- the short way ------------------------------------------------------------------------------

    def _operation(self) -> Operation | None:
        """What to do here and now; None sends the request the long way."""
        if not self.url.startswith(_PREFIX) or not self._is_plain or self.flow.write_paused:
            return None
        unfinished: Any = self.cycle
        if unfinished is not None and not unfinished.response_complete:
            return None
        if self.parser.get_http_version() != "1.1" or b"%" in self.url or b"#" in self.url:
            return None
        path, _, query = self.url.decode("latin-1").partition("?")
        self._path, self._query = path, query
        self._method = self.parser.get_method().decode("ascii")
        return self.mutations.route(self._method, path)

    def _carry_out(self, exchange: Exchange, data: bytes | None) -> None:
        """Submit the operation's commands; the last receipt brings the answer."""
        context = self.mutations.context
        try:
            call = Call(context, self._method, self._path, self._path, self._query, self.headers)
            call.data = data
            step = exchange.operation(call)
            receipts = context.sink.enqueue_all(step.commands)
        except Exception as error:  # noqa: BLE001  # the process edge
            self._answer(exchange, failure(error, self._path))
            return
        if receipts:
            # They are released in their order, so with the last one all are there.
            receipts[-1].add_done_callback(partial(self._answer_receipts, exchange, self._path, step, receipts))
        else:
            self._answer_receipts(exchange, self._path, step, receipts)

    def _answer_receipts(
        self,
        exchange: Exchange,
        path: str,
        step: Step,
        receipts: Sequence["asyncio.Future[Receipt]"],
        _: object = None,
    ) -> None:
        try:
            answer = step.answer([receipt.result() for receipt in receipts])
        except Exception as error:  # noqa: BLE001  # the process edge
            for receipt in receipts:
                receipt.exception()  # heard, or the loop complains of those behind the first
            answer = failure(error, path)
        self._answer(exchange, answer)

    def _answer(self, exchange: Exchange, answer: Answer) -> None:
        exchange.response_complete = True
        if self.transport.is_closing():
            return
        status, body = answer
        pieces = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            pieces += (name, b": ", value, b"\r\n")
        # No length behind 204: RFC 9110 8.6 forbids it.
        if body:
            pieces.append(b"content-length: %d\r\ncontent-type: application/json\r\n" % len(body))
        pieces.append(_KEPT if exchange.keep_alive else _CLOSED)
        pieces.append(body)
        self.transport.write(b"".join(pieces))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()
