"""The order mutations as a bare ASGI application in front of the rest: the venue's hot path.

Each operation is: signature, tokens, scope, body, one command, answer. FastAPI documents these routes
(`document`) and never sees their requests; at 25 microseconds a request its routing would double their cost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
import structlog
from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from exchange.core.commands import CancelAllOrders, CancelOrder
from exchange.gateways.auth import ApiKey, require, subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, invalid_parameter, not_found, unavailable
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE, write_bucket
from exchange.gateways.rest import order_requests as orders
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.security import check_content_type, decode_body, draw, too_large
from exchange.gateways.rest.submit import attempt, receipt_of, submit_each
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


class AccountQuery(msgspec.Struct, frozen=True):
    """The query of amend, decrease and cancel all, for the OpenAPI document; `Call.query` reads it."""

    subaccount: Annotated[int, msgspec.Meta(ge=0)] | None = None


class CancelQuery(AccountQuery, frozen=True):
    """The query of cancel, likewise."""

    exchange_index: Int64 | None = None
    market_ticker: str = ""


class Call:
    """One request on the hot path: who asks, its query, its body when asked for."""

    __slots__ = ("_receive", "_scope", "content_type", "key", "path")

    def __init__(self, context: VenueContext, scope: Scope, receive: Receive) -> None:
        """Verifies the signature: 401 otherwise."""
        self._scope = scope
        self._receive = receive
        key_id = signature = timestamp = token = self.content_type = None
        host = ""
        # Backwards, so that of a header given twice the first counts, as everywhere else.
        for name, value in reversed(scope["headers"]):
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
        self.path: str = scope["path"]
        self.key: ApiKey = context.authenticator.authenticate(
            key_id,
            signature,
            timestamp,
            scope["method"],
            scope["raw_path"].decode("latin-1").partition("?")[0],
            scope["query_string"].decode("latin-1"),
            host,
            token,
        )

    def query(self, operation_id: str) -> tuple[int | None, int | None, str]:
        """(subaccount, exchange_index, market_ticker) of the query."""
        if not self._scope["query_string"]:
            return None, None, ""
        given = parse_qs(self._scope["query_string"].decode("latin-1"))
        subaccount = _integer(operation_id, "Subaccount", given.get("subaccount"))
        if subaccount is not None and not 0 <= subaccount <= MAX_SUBACCOUNT:
            raise invalid_parameter(operation_id, "Subaccount", "lte" if subaccount > 0 else "gte")
        exchange_index = _integer(operation_id, "ExchangeIndex", given.get("exchange_index"))
        return subaccount, exchange_index, given.get("market_ticker", [""])[-1]

    async def body(self, limit: int) -> bytes:
        """The whole body, 413 when it is longer than `limit`."""
        message = await self._receive()
        data: bytes = message.get("body", b"")
        while message.get("more_body", False):
            if len(data) > limit:
                break
            message = await self._receive()
            data += message.get("body", b"")
        if len(data) > limit:
            raise too_large()
        return data


class OrderMutations:
    """Takes the eight order mutations, hands every other request to `fallback`."""

    def __init__(self, context: VenueContext, fallback: ASGIApp) -> None:
        self._context = context
        self._fallback = fallback
        self._shard = context.settings.shard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._fallback(scope, receive, send)
            return
        handler = self._route(scope["method"], scope["path"][len(PREFIX) :])
        if handler is None:
            await self._fallback(scope, receive, send)
            return
        try:
            status, body = await handler(Call(self._context, scope, receive))
        except ApiError as error:
            status, body = error.status, error.body()
        except Unavailable:
            failure = unavailable()
            status, body = failure.status, failure.body()
        except Exception:  # noqa: BLE001  # the process edge: a bug of ours is logged and answered with a 500
            _log.exception("request_failed", path=scope["path"])
            failure = ApiError(500, "internal_error")
            status, body = failure.status, failure.body()
        headers = [(b"content-length", b"%d" % len(body))]
        if body:
            headers.append((b"content-type", b"application/json"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _route(self, method: str, rest: str) -> Callable[[Call], Awaitable[Answer]] | None:
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

    # --- operations ---------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Answer:
        """CreateOrderV2."""
        check_content_type(call.content_type)
        body = decode_body(CreateOrderV2Request, await call.body(self._context.settings.max_body_bytes))
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, body.subaccount)
        receipt = await self._context.sink.submit(orders.create_command(body, account, self._shard))
        return 201, _ENCODER.encode(orders.created(receipt, self._shard))

    async def _cancel(self, call: Call) -> Answer:
        """CancelOrderV2."""
        subaccount, exchange_index, market_ticker = call.query("CancelOrderV2")
        self._charge(call, write_bucket(exchange_index), CANCEL_COST)
        account = orders.account(call.key, subaccount)
        orders.check_route(self._context, exchange_index, market_ticker)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 :], self._shard)
        receipt = await self._context.sink.submit(CancelOrder(account, order_id))
        return 200, _ENCODER.encode(orders.canceled(receipt, self._shard, self._client_order_id(order_id)))

    async def _amend(self, call: Call) -> Answer:
        """AmendOrderV2."""
        check_content_type(call.content_type)
        body = decode_body(AmendOrderV2Request, await call.body(self._context.settings.max_body_bytes))
        subaccount, _, _ = call.query("AmendOrderV2")
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, subaccount)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 : -len("/amend")], self._shard)
        receipt = await self._context.sink.submit(orders.amend_command(body, account, order_id, self._shard))
        return 200, _ENCODER.encode(orders.amended(receipt, self._shard))

    async def _decrease(self, call: Call) -> Answer:
        """DecreaseOrderV2."""
        check_content_type(call.content_type)
        body = decode_body(DecreaseOrderV2Request, await call.body(self._context.settings.max_body_bytes))
        subaccount, _, _ = call.query("DecreaseOrderV2")
        self._charge(call, write_bucket(body.exchange_index), DEFAULT_COST)
        account = orders.account(call.key, subaccount)
        orders.check_route(self._context, body.exchange_index, body.market_ticker)
        order_id = orders.own_order_id(call.path[len(PREFIX) + 1 : -len("/decrease")], self._shard)
        receipt = await self._context.sink.submit(orders.decrease_command(body, account, order_id, self._shard))
        return 200, _ENCODER.encode(orders.decreased(receipt, self._shard, self._client_order_id(order_id)))

    async def _cancel_all(self, call: Call) -> Answer:
        """CancelAllOrders: 204, every subaccount unless one is named."""
        asked, _, _ = call.query("CancelAllOrders")
        self._charge(call, WRITE, CANCEL_COST)
        subaccount = subaccount_filter(call.key, asked)
        command = CancelAllOrders(call.key.member, -1 if subaccount is None else subaccount)
        orders.check_done(await self._context.sink.submit(command))
        return 204, b""

    async def _batch_create(self, call: Call) -> Answer:
        """BatchCreateOrdersV2: billed for every entry or refused whole; then item by item (SEMANTICS B8)."""
        check_content_type(call.content_type)
        body = decode_body(BatchCreateOrdersV2Request, await call.body(self._context.settings.max_body_bytes))
        self._charge(call, WRITE, DEFAULT_COST * len(body.orders))
        accounts = [orders.account(call.key, entry.subaccount) for entry in body.orders]
        commands = [
            attempt(orders.create_command, entry, account, self._shard)
            for entry, account in zip(body.orders, accounts, strict=True)
        ]
        outcomes = await submit_each(self._context, commands)
        entries = [self._created_entry(entry, outcome) for entry, outcome in zip(body.orders, outcomes, strict=True)]
        return 201, _ENCODER.encode(BatchCreateOrdersV2Response(orders=entries))

    async def _batch_cancel(self, call: Call) -> Answer:
        """BatchCancelOrdersV2."""
        body = decode_body(BatchCancelOrdersV2Request, await call.body(self._context.settings.max_body_bytes))
        self._charge(call, WRITE, CANCEL_COST * len(body.orders))
        accounts = [orders.account(call.key, entry.subaccount) for entry in body.orders]
        commands = [
            attempt(self._cancel_command, entry, account) for entry, account in zip(body.orders, accounts, strict=True)
        ]
        outcomes = await submit_each(self._context, commands)
        entries = [
            self._canceled_entry(entry.order_id, outcome) for entry, outcome in zip(body.orders, outcomes, strict=True)
        ]
        return 200, _ENCODER.encode(BatchCancelOrdersV2Response(orders=entries))

    # --- parts --------------------------------------------------------------------------------------

    def _charge(self, call: Call, bucket: str, cost: int) -> None:
        """429 or 403."""
        draw(self._context, call.key, bucket, cost)
        require(call.key, "write::trade")

    def _client_order_id(self, order_id: int) -> str:
        known = self._context.views.orders.get(order_id)
        return known.client_order_id if known is not None else ""

    def _cancel_command(self, entry: CancelEntry, account: int) -> CancelOrder:
        orders.check_route(self._context, entry.exchange_index, entry.market_ticker)
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


def _integer(operation_id: str, field: str, given: list[str] | None) -> int | None:
    if not given:
        return None
    try:
        return int(given[-1])
    except ValueError:
        raise invalid_parameter(operation_id, field, "number") from None


def document() -> APIRouter:
    """The hot operations for the OpenAPI document; OrderMutations answers them before routing is reached."""
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


# OrderMutations has answered every path of the contract. What still comes here only looks like one to a
# router, whose patterns let a line end (%0A) pass behind a path.


async def _with_order_id(order_id: str) -> None:
    raise not_found()


async def _without_order_id() -> None:
    raise not_found()
