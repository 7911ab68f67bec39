"""The seven order mutations: of each its signature, tokens, scope, body, commands and answer (SEMANTICS B4 to B8).

FastAPI documents these routes (`document`) and never sees their requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from fastapi import APIRouter

from exchange.core.commands import CancelAllOrders, CancelOrder
from exchange.gateways.auth import require, subaccount_filter
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, not_found
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE, write_bucket
from exchange.gateways.rest import order_requests as orders
from exchange.gateways.rest.hot import Answer, Call, Operation, Step
from exchange.gateways.rest.openapi import operation
from exchange.gateways.rest.security import check_content_type, draw
from exchange.gateways.submit import attempt, commands_of, outcomes_of, receipt_of
from exchange.ports import Receipt
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


class OrderMutations:
    """The operations, each up to its commands and from its receipts on."""

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


class AccountQuery(msgspec.Struct, frozen=True):
    """The query of amend, decrease and cancel all, for the OpenAPI document; `Call.query` reads it."""

    subaccount: Annotated[int, msgspec.Meta(ge=0)] | None = None


class CancelQuery(AccountQuery, frozen=True):
    """The query of cancel, likewise."""

    exchange_index: Int64 | None = None
    market_ticker: str = ""


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
