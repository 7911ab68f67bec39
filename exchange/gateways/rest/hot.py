"""The order mutations in front of the rest: the venue's hot path.

Each operation is: signature, tokens, scope, body, commands, answer. FastAPI documents these routes (`document`)
and never sees their requests; at 25 microseconds a request its routing would double their cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, TypeVar
from urllib.parse import parse_qs

import msgspec
import structlog
from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from exchange.core.commands import AnyCommand, CancelAllOrders, CancelOrder
from exchange.gateways.auth import ApiKey, require, subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, invalid_parameter, not_found, unavailable
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE, write_bucket
from exchange.gateways.rest import order_requests as orders
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.operations import Operations
from exchange.gateways.rest.params import integer
from exchange.gateways.rest.security import check_content_type, decode_body, draw, too_large
from exchange.gateways.submit import attempt, commands_of, outcomes_of, receipt_of
from exchange.ports import Receipt, Unavailable
from wire.accounts import MAX_SUBACCOUNT
from wire.rest.bodies import Int64
from wire.rest.orders import (
    AmendOrderV2Request,
    AmendOrderV2Response,
    BatchCancelEntry,
    BatchCancelOrdersV2Request,
    BatchCancelOrdersV2Response,
    BatchCreateEntry,
    BatchCreateOrdersV2Request,
    BatchCreateOrdersV2Response,
    BatchError,
    CancelEntry,
    CancelOrderV2Response,
    CreateOrderV2Request,
    CreateOrderV2Response,
    DecreaseOrderV2Request,
    DecreaseOrderV2Response,
)

PREFIX = "/trade-api/v2/portfolio/events/orders"
CANCEL_COST = 2
_ENCODER = msgspec.json.Encoder()
_log = structlog.get_logger("rest")

Answer = tuple[int, bytes]
"""A status and a body."""

Headers = Sequence[tuple[bytes, bytes]]
Body = TypeVar("Body", bound=msgspec.Struct)


class AccountQuery(msgspec.Struct, frozen=True):
    """The query of amend, decrease and cancel all, for the OpenAPI document; `Call.query` reads it."""

    subaccount: Annotated[int, msgspec.Meta(ge=0)] | None = None


class CancelQuery(AccountQuery, frozen=True):
    """The query of cancel, likewise."""

    exchange_index: Int64 | None = None
    market_ticker: str = ""


class Call:
    """One request on the hot path: who asks, its query, its body when asked for."""

    __slots__ = ("_query", "content_type", "data", "key", "path")

    def __init__(
        self, context: VenueContext, method: str, path: str, raw_path: str, query: str, headers: Headers
    ) -> None:
        """Verifies the signature: 401 otherwise. `data` is set when the body is there."""
        key_id = signature = timestamp = token = self.content_type = None
        host = ""
        # Backwards, so that of a header given twice the first counts, as everywhere else.
        for name, value in reversed(headers):
            if name == b"kalshi-access-key":
                key_id = value.decode("latin-1")
            elif name == b"kalshi-access-signature":
                signature = value.decode("latin-1")
            elif name == b"kalshi-access-timestamp":
                timestamp = value.decode("latin-1")
            elif name == b"content-type":
                self.content_type = value.decode("latin-1")
            elif name == b"host":
                host = value.decode("latin-1")
            elif name == b"authorization":
                token = value.decode("latin-1")
        self.path = path
        self._query = query
        self.data: bytes | None = None
        """None while it has not arrived, and when it is too long."""
        self.key: ApiKey = context.authenticator.authenticate(
            key_id, signature, timestamp, method, raw_path, query, host, token
        )

    def query(self, operation_id: str) -> tuple[int | None, int | None, str]:
        """(subaccount, exchange_index, market_ticker) of the query."""
        if not self._query:
            return None, None, ""
        given = parse_qs(self._query, keep_blank_values=True)
        subaccount, exchange_index = (
            integer(name, given[name][0]) if name in given else None for name in ("subaccount", "exchange_index")
        )
        if subaccount is not None and not 0 <= subaccount <= MAX_SUBACCOUNT:
            raise invalid_parameter(operation_id, "Subaccount", "lte" if subaccount > 0 else "gte")
        return subaccount, exchange_index, given.get("market_ticker", [""])[0]

    def body(self, kind: type[Body]) -> Body:
        """The body as a struct: 413 when it is too long, 400 when it is none."""
        if self.data is None:
            raise too_large()
        return decode_body(kind, self.data)


class Step(NamedTuple):
    """What an operation wants: commands for the sequencer, and the answer once their receipts are there."""

    commands: Sequence[AnyCommand]
    answer: Callable[[Sequence[Receipt]], Answer]


Operation = Callable[[Call], Step]


class OrderMutations:
    """The eight order mutations, each up to its commands and from its receipts on; who carries them is elsewhere.

    `http_protocol.py` does where it can, `OrderMutationsApp` in every other case.
    """

    def __init__(self, context: VenueContext) -> None:
        self.context = context
        self._shard = context.settings.shard

    def route(self, method: str, path: str) -> Operation | None:
        """The operation of a path, None when it is somebody else's."""
        if not path.startswith(PREFIX):
            return None
        rest = path[len(PREFIX) :]
        if method == "POST":
            if rest == "":
                return self._create
            if rest == "/batched":
                return self._batch_create
            if rest.endswith("/amend") and rest.count("/") == 2:
                return self._amend
            if rest.endswith("/decrease") and rest.count("/") == 2:
                return self._decrease
        elif method == "DELETE":
            if rest == "":
                return self._cancel_all
            if rest == "/batched":
                return self._batch_cancel
            if rest.count("/") == 1 and len(rest) > 1:
                return self._cancel
        return None

    @staticmethod
    def failure(error: Exception, path: str) -> Answer:
        """The answer to an operation that raised: the process edge, where a bug of ours becomes a 500."""
        if isinstance(error, Unavailable):
            error = unavailable()
        elif not isinstance(error, ApiError):
            _log.error("request_failed", path=path, exc_info=error)
            error = ApiError(500, "internal_error")
        return error.status, error.body()

    # --- operations ---------------------------------------------------------------------------------

    def _create(self, call: Call) -> Step:
        """CreateOrderV2."""
        check_content_type(call.content_type)
        body = call.body(CreateOrderV2Request)
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, body.subaccount)
        return Step((orders.create_command(body, account, self._shard),), self._created)

    def _cancel(self, call: Call) -> Step:
        """CancelOrderV2."""
        subaccount, exchange_index, market_ticker = call.query("CancelOrderV2")
        self._charge(call, write_bucket(exchange_index), CANCEL_COST)
        account = orders.account(call.key, subaccount)
        orders.check_route(self.context, exchange_index, market_ticker)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 :], self._shard)

        def answer(receipts: Sequence[Receipt]) -> Answer:
            return 200, _ENCODER.encode(orders.canceled(receipts[0], self._shard, self._client_order_id(order_id)))

        return Step((CancelOrder(account, order_id),), answer)

    def _amend(self, call: Call) -> Step:
        """AmendOrderV2."""
        check_content_type(call.content_type)
        body = call.body(AmendOrderV2Request)
        subaccount, _, _ = call.query("AmendOrderV2")
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, subaccount)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 : -len("/amend")], self._shard)
        return Step((orders.amend_command(body, account, order_id, self._shard),), self._amended)

    def _decrease(self, call: Call) -> Step:
        """DecreaseOrderV2."""
        check_content_type(call.content_type)
        body = call.body(DecreaseOrderV2Request)
        subaccount, _, _ = call.query("DecreaseOrderV2")
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, subaccount)
        orders.check_route(self.context, body.exchange_index, body.market_ticker)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 : -len("/decrease")], self._shard)

        def answer(receipts: Sequence[Receipt]) -> Answer:
            return 200, _ENCODER.encode(orders.decreased(receipts[0], self._shard, self._client_order_id(order_id)))

        return Step((orders.decrease_command(body, account, order_id, self._shard),), answer)

    def _cancel_all(self, call: Call) -> Step:
        """CancelAllOrders: 204, every subaccount unless one is named."""
        asked, _, _ = call.query("CancelAllOrders")
        self._charge(call, WRITE, CANCEL_COST)
        subaccount = subaccount_filter(call.key, asked)

        def answer(receipts: Sequence[Receipt]) -> Answer:
            orders.check_done(receipts[0])
            return 204, b""

        return Step((CancelAllOrders(call.key.member, -1 if subaccount is None else subaccount),), answer)

    def _batch_create(self, call: Call) -> Step:
        """BatchCreateOrdersV2: billed for every entry or refused whole; then item by item (SEMANTICS B8)."""
        check_content_type(call.content_type)
        body = call.body(BatchCreateOrdersV2Request)
        self._charge(call, WRITE, DEFAULT_COST * len(body.orders))
        accounts = [orders.account(call.key, entry.subaccount) for entry in body.orders]
        attempts = [
            attempt(orders.create_command, entry, account, self._shard)
            for entry, account in zip(body.orders, accounts, strict=True)
        ]

        def answer(receipts: Sequence[Receipt]) -> Answer:
            outcomes = zip(body.orders, outcomes_of(attempts, receipts), strict=True)
            entries = [self._created_entry(entry, outcome) for entry, outcome in outcomes]
            return 201, _ENCODER.encode(BatchCreateOrdersV2Response(orders=entries))

        return Step(commands_of(attempts), answer)

    def _batch_cancel(self, call: Call) -> Step:
        """BatchCancelOrdersV2."""
        body = call.body(BatchCancelOrdersV2Request)
        self._charge(call, WRITE, CANCEL_COST * len(body.orders))
        accounts = [orders.account(call.key, entry.subaccount) for entry in body.orders]
        attempts = [
            attempt(self._cancel_command, entry, account) for entry, account in zip(body.orders, accounts, strict=True)
        ]

        def answer(receipts: Sequence[Receipt]) -> Answer:
            outcomes = zip(body.orders, outcomes_of(attempts, receipts), strict=True)
            entries = [self._canceled_entry(entry.order_id, outcome) for entry, outcome in outcomes]
            return 200, _ENCODER.encode(BatchCancelOrdersV2Response(orders=entries))

        return Step(commands_of(attempts), answer)

    # --- parts --------------------------------------------------------------------------------------

    def _created(self, receipts: Sequence[Receipt]) -> Answer:
        return 201, _ENCODER.encode(orders.created(receipts[0], self._shard))

    def _amended(self, receipts: Sequence[Receipt]) -> Answer:
        return 200, _ENCODER.encode(orders.amended(receipts[0], self._shard))

    def _charge(self, call: Call, bucket: str, cost: int) -> None:
        """429 or 403."""
        draw(self.context, call.key, bucket, cost)
        require(call.key, "write::trade")

    def _client_order_id(self, order_id: int) -> str:
        known = self.context.views.orders.get(order_id)
        return known.client_order_id if known is not None else ""

    def _cancel_command(self, entry: CancelEntry, account: int) -> CancelOrder:
        orders.check_route(self.context, entry.exchange_index, entry.market_ticker)
        return CancelOrder(account, orders.own_order_id(entry.order_id, self._shard))

    def _created_entry(self, entry: CreateOrderV2Request, outcome: Receipt | ApiError) -> BatchCreateEntry:
        try:
            done = orders.created(receipt_of(outcome), self._shard)
        except ApiError as error:
            return BatchCreateEntry(client_order_id=entry.client_order_id, error=BatchError(**error.inner()))
        return BatchCreateEntry(
            order_id=done.order_id,
            client_order_id=done.client_order_id,
            fill_count=done.fill_count,
            remaining_count=done.remaining_count,
            average_fill_price=done.average_fill_price,
            average_fee_paid=done.average_fee_paid,
            ts_ms=done.ts_ms,
        )

    def _canceled_entry(self, order_id: str, outcome: Receipt | ApiError) -> BatchCancelEntry:
        try:
            receipt = receipt_of(outcome)
            known = self._client_order_id(orders.own_order_id(order_id, self._shard))
            done = orders.canceled(receipt, self._shard, known)
        except ApiError as error:
            return BatchCancelEntry(order_id=order_id, reduced_by="0.00", error=BatchError(**error.inner()))
        return BatchCancelEntry(
            order_id=order_id, client_order_id=done.client_order_id, reduced_by=done.reduced_by, ts_ms=done.ts_ms
        )


class OrderMutationsApp:
    """The order mutations as an ASGI application; every other request goes to `fallback`."""

    def __init__(self, mutations: OrderMutations, fallback: ASGIApp, operations: Operations | None = None) -> None:
        """`operations` names the operations of both."""
        self.mutations = mutations
        self.operations = operations or Operations()
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = None
        if scope["type"] == "http":
            operation = self.mutations.route(scope["method"], scope["path"])
        if operation is None:
            await self._fallback(scope, receive, send)
            return
        try:
            status, body = await self._carry_out(operation, scope, receive)
        except Exception as error:  # noqa: BLE001  # the process edge
            status, body = self.mutations.failure(error, scope["path"])
        headers = []
        if body:
            headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _carry_out(self, operation: Operation, scope: Scope, receive: Receive) -> Answer:
        context = self.mutations.context
        call = Call(
            context,
            scope["method"],
            scope["path"],
            scope["raw_path"].decode("latin-1").partition("?")[0],
            scope["query_string"].decode("latin-1"),
            scope["headers"],
        )
        call.data = await _whole_body(receive, context.settings.max_body_bytes)
        step = operation(call)
        return step.answer(await context.sink.submit_all(step.commands))


async def _whole_body(receive: Receive, limit: int) -> bytes | None:
    """None when it is longer than `limit`."""
    data = bytearray()
    more = True
    while more and len(data) <= limit:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(data) if len(data) <= limit else None


def document() -> APIRouter:
    """The hot operations for the OpenAPI document; OrderMutationsApp answers them before routing is reached."""
    router = APIRouter()
    refusals = (400, 401, 403, 404, 409, 429, 503)
    paths = [
        ("POST", "", "CreateOrderV2", None, CreateOrderV2Request, CreateOrderV2Response, 201),
        ("DELETE", "", "CancelAllOrders", AccountQuery, None, None, 204),
        ("POST", "/batched", "BatchCreateOrdersV2", None, BatchCreateOrdersV2Request, BatchCreateOrdersV2Response, 201),
        (
            "DELETE",
            "/batched",
            "BatchCancelOrdersV2",
            None,
            BatchCancelOrdersV2Request,
            BatchCancelOrdersV2Response,
            200,
        ),
        ("DELETE", "/{order_id}", "CancelOrderV2", CancelQuery, None, CancelOrderV2Response, 200),
        ("POST", "/{order_id}/amend", "AmendOrderV2", AccountQuery, AmendOrderV2Request, AmendOrderV2Response, 200),
        (
            "POST",
            "/{order_id}/decrease",
            "DecreaseOrderV2",
            AccountQuery,
            DecreaseOrderV2Request,
            DecreaseOrderV2Response,
            200,
        ),
    ]
    for method, path, name, query, body, response, status in paths:
        described = operation(name, response, query=query, body=body, status=status, errors=refusals, tag="orders")
        router.add_api_route(
            "/portfolio/events/orders" + path,
            _with_order_id if "{order_id}" in path else _without_order_id,
            methods=[method],
            **described,
        )
    return router


# OrderMutationsApp has answered every path of the contract. What still comes here only looks like one to a
# router, whose patterns let a line end (%0A) pass behind a path.


async def _with_order_id(order_id: str) -> None:
    raise not_found()


async def _without_order_id() -> None:
    raise not_found()
