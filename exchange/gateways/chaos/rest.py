"""Faults of REST: an ASGI application in front of the API, which passes on what no rule hits.

Knows requests: what operation they are, which markets they name, whose they say they are (unchecked: the API checks it
behind). Whatever is not Kalshi's API is left alone, so that a rule can always be taken away again.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import parse_qs

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange.gateways.chaos.race import Race
from exchange.gateways.chaos.rules import ActiveRule, Rule, Subject
from exchange.gateways.chaos.stale import StaleReads
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, too_many_requests, unavailable
from exchange.ports import Unavailable
from exchange.projections.order_record import OrderRecord
from wire.ids import IdKind, parse_id

API = "/trade-api/v2/"
HANG_UP = "mock-kalshi.hang_up"
"""The ASGI extension whose `close` ends the connection (http_protocol.py)."""

_TICKERS = ("ticker", "market_ticker", "tickers", "market_tickers")
_CODES = {500: "internal_error", 502: "bad_gateway", 503: "service_unavailable", 504: "gateway_timeout"}

OperationOf = Callable[[Scope], tuple[str, Mapping[str, str]]]
"""The operationId of a request, empty when it is none of the contract's, and its path's parameters."""


class ChaosDoor:
    """`app` is the whole venue; `operation_of` knows its routes."""

    def __init__(
        self, context: VenueContext, app: ASGIApp, operation_of: OperationOf, stale: StaleReads, race: Race
    ) -> None:
        self._context = context
        self._chaos = context.chaos
        self._app = app
        self._operation_of = operation_of
        self._stale = stale
        self._race = race

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A request that came before the first rule knows no way to hang up: nothing goes wrong with it any more.
        if self._chaos.rest and HANG_UP in scope.get("extensions", ()) and scope["path"].startswith(API):
            await self._misbehave(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _misbehave(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation, parameters = self._operation_of(scope)
        data, seen = await _read(receive, self._context.settings.max_body_bytes)
        order = self._order(parameters)
        member = self._member(scope)
        tickers = [*_named(parameters), *_in_query(scope), *_in_body(data)]
        if order is not None:
            tickers.append(order.ticker)

        def concerns(rule: Rule) -> bool:
            if rule.fault == "stale-read":
                return bool(scope["method"] == "GET")
            return rule.fault != "fill-before-cancel" or (
                scope["method"] == "DELETE" and order is not None and order.member == member
            )

        hit = self._chaos.struck("rest", Subject((operation,), tuple(tickers), member), only=concerns)
        await asyncio.sleep(sum(rule.seconds for rule in hit if rule.rule.fault == "latency"))
        fatal = next((rule for rule in hit if rule.rule.fault != "latency"), None)
        again = _again(seen, receive)
        if fatal is None:
            await self._app(scope, again, send)
        else:
            await self._carry_out(fatal, order, scope, again, send)

    async def _carry_out(
        self, rule: ActiveRule, order: OrderRecord | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        match rule.rule.fault:
            case "rate-limit":
                await _answer(send, too_many_requests())
            case "error-before":
                await _answer(send, _error(rule.rule))
            case "disconnect":
                _hang_up(scope)
                await _gone(receive)
            case "error-after":
                await self._app(scope, receive, _nowhere)
                await _answer(send, _error(rule.rule))
            case "timeout-after":
                await self._app(scope, receive, _nowhere)
                await _gone(receive, rule.seconds)
                _hang_up(scope)
                await _gone(receive)
            case "stale-read":
                await self._stale.app(rule)(scope, receive, send)
            case "fill-before-cancel":
                try:
                    await self._context.sink.submit_all(() if order is None else self._race.fill(order))
                except Unavailable:
                    await _answer(send, unavailable())
                    return
                await self._app(scope, receive, send)

    def _member(self, scope: Scope) -> int:
        headers = dict(reversed(scope["headers"]))
        key_id = headers.get(b"kalshi-access-key")
        token = headers.get(b"authorization")
        key = self._context.authenticator.claimed(
            None if key_id is None else key_id.decode("latin-1"), None if token is None else token.decode("latin-1")
        )
        return 0 if key is None else key.member

    def _order(self, parameters: Mapping[str, str]) -> OrderRecord | None:
        named = parse_id(IdKind.ORDER, parameters.get("order_id", ""))
        if named is None or named[0] != self._context.settings.shard:
            return None
        return self._context.views.orders.get(named[1])


# --- what a request names ---------------------------------------------------------------------------


def _named(parameters: Mapping[str, str]) -> list[str]:
    return [parameters[name] for name in _TICKERS if name in parameters]


def _in_query(scope: Scope) -> list[str]:
    given = parse_qs(scope["query_string"].decode("latin-1"))
    return [ticker for name in _TICKERS for value in given.get(name, ()) for ticker in value.split(",")]


def _in_body(data: bytes) -> list[str]:
    """Of one order, or of each in a batch."""
    try:
        body = msgspec.json.decode(data) if data else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    if not isinstance(body, dict):
        return []
    batch = body.get("orders")
    entries = [body, *(batch if isinstance(batch, list) else ())]
    values = [entry.get(name) for entry in entries if isinstance(entry, dict) for name in ("ticker", "market_ticker")]
    return [value for value in values if isinstance(value, str)]


# --- the connection ---------------------------------------------------------------------------------


async def _read(receive: Receive, limit: int) -> tuple[bytes, list[Message]]:
    """The body as far as the venue would read it, and the messages it came in."""
    data, seen = b"", list[Message]()
    while len(data) <= limit:
        message = await receive()
        seen.append(message)
        data += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return data, seen


def _again(seen: Sequence[Message], receive: Receive) -> Receive:
    """The same messages once more, then what follows."""
    waiting = list(seen)

    async def again() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return again


async def _nowhere(message: Message) -> None:
    """An answer that is lost."""


async def _answer(send: Send, error: ApiError) -> None:
    body = error.body()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _error(rule: Rule) -> ApiError:
    status = rule.status or (503 if rule.fault == "error-before" else 504)
    return ApiError(status, _CODES[status])


def _hang_up(scope: Scope) -> None:
    scope["extensions"][HANG_UP]["close"]()


async def _gone(receive: Receive, patience_s: float | None = None) -> None:
    """Wait until the connection is gone, or for so long."""
    try:
        async with asyncio.timeout(patience_s):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
