"""35=F and 35=G on one session: orders canceled and replaced, and 35=9 for those that are not (SEMANTICS H4, H5)."""

from functools import partial
from typing import Final

import msgspec

from exchange.core.commands import AmendOrder
from exchange.gateways.fix.commands import Refused, account_named, refused_change
from exchange.gateways.fix.facts import facts_of
from exchange.gateways.fix.rendering import status_of
from exchange.gateways.fix.requests import UNAVAILABLE, Requests
from exchange.gateways.rate_limit import DEFAULT_COST, write_bucket
from exchange.ports import Receipt
from exchange.projections.order_record import OrderRecord
from wire.engine_events import OrderRejected
from wire.enums import OrderStatus, RejectReason
from wire.fix import tags
from wire.fix.message import Message
from wire.fix.messages.order_readers import read_cancel, read_exchange_index, read_replace
from wire.fix.messages.orders import CancelOrder, ReplaceOrder
from wire.fix.messages.report_encoders import encode_cancel_reject
from wire.fix.messages.reports import NO_ORDER_ID, CancelReject
from wire.fix.tags import ExecType, MsgType, OrdStatus
from wire.ids import IdKind, order_uuid, parse_id

CANCEL_COST: Final = 2
FILLED: Final = "CANNOT_UPDATE_FILLED_ORDER"

_CXL_TOO_LATE, _CXL_BROKER, _CXL_OTHER = 0, 2, 99


class Changes:
    """One session's."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._desk = requests.desk
        self._orders = requests.context.views.orders
        self._shard = requests.shard

    # --- F --------------------------------------------------------------------------------------------

    def cancel(self, message: Message) -> None:
        """Cancel the order that is named, once it is there."""
        if self._requests.draw(message, write_bucket(read_exchange_index(message)), CANCEL_COST):
            wanted = read_cancel(message)
            self._requests.when_there(wanted.original_client_order_id, partial(self._cancel_now, wanted))

    def _cancel_now(self, wanted: CancelOrder) -> None:
        try:
            order = self._find_alive(wanted)
        except Refused as refusal:
            self._refuse(wanted, refusal)
            return
        self._requests.pending(facts_of(order), ExecType.PENDING_CANCEL, wanted.client_order_id)
        answer = partial(self._answered, wanted, order)
        self._requests.submit_cancel(order.account, order.order_id, wanted.client_order_id, answer)

    # --- G --------------------------------------------------------------------------------------------

    def replace(self, message: Message) -> None:
        """Give the order that is named another price or size, once it is there."""
        requests = self._requests
        if not requests.draw(message, write_bucket(read_exchange_index(message)), DEFAULT_COST):
            return
        wanted = read_replace(message, use_dollars=requests.box.client.use_dollars)
        if isinstance(wanted, RejectReason):
            named = ReplaceOrder(price=None, count=0, **msgspec.structs.asdict(read_cancel(message)))
            requests.when_there(named.original_client_order_id, partial(self._refuse_unread, named, wanted))
            return
        run = partial(self._replace_now, wanted, message.flag(tags.POSS_DUP_FLAG))
        requests.when_there(wanted.original_client_order_id, run, wanted.client_order_id)

    def _replace_now(self, wanted: ReplaceOrder, is_duplicate: bool) -> None:
        requests = self._requests
        if is_duplicate and self._desk.order_named(wanted.client_order_id) is not None:
            # It was obeyed before the venue was killed, which had not counted it yet.
            requests.answered(wanted.client_order_id)
            return
        try:
            order = self._find_alive(wanted)
        except Refused as refusal:
            self._refuse(wanted, refusal)
            requests.answered(wanted.client_order_id)
            return
        requests.pending(facts_of(order), ExecType.PENDING_REPLACE, wanted.client_order_id)

        def answer(receipt: Receipt | None) -> None:
            self._answered(wanted, order, receipt)
            requests.answered(wanted.client_order_id)

        if not wanted.count and not order.fill_count:
            # A replace down to what is filled is a cancel, when that is nothing too (FIX/order-entry, tag 38).
            requests.submit_cancel(order.account, order.order_id, wanted.client_order_id, answer)
            return
        command = AmendOrder(
            order.account,
            order.order_id,
            wanted.ticker,
            wanted.side,
            order.price if wanted.price is None else wanted.price,
            wanted.count,
            wanted.original_client_order_id,
            wanted.client_order_id,
        )
        requests.submit(command, answer)

    def _refuse_unread(self, wanted: ReplaceOrder, reason: RejectReason) -> None:
        """A replace whose price or size is none: the order it names, if it names one, stays as it is."""
        order: OrderRecord | None
        try:
            order = self._find(wanted)
        except Refused as refusal:
            order = refusal.order
        self._refuse(wanted, refused_change(reason, order))

    # --- both -----------------------------------------------------------------------------------------

    def _find_alive(self, wanted: CancelOrder | ReplaceOrder) -> OrderRecord:
        """The order a request names, if there is something left of it. Raises Refused."""
        order = self._find(wanted)
        if order.status is OrderStatus.EXECUTED:
            raise _filled(wanted, order)
        if order.status is OrderStatus.CANCELED:
            raise refused_change(RejectReason.NOT_FOUND, order)
        return order

    def _find(self, wanted: CancelOrder | ReplaceOrder) -> OrderRecord:
        """The order a request names, if all it says of it is true. Raises Refused."""
        try:
            account = account_named(self._requests.box.client, wanted.subaccount, wanted.party_id)
        except Refused as refusal:
            # Its reason is of tag 103; 102 has none for accounts.
            raise Refused(refusal.text, _CXL_OTHER) from None
        order_id = self._desk.order_named(wanted.original_client_order_id)
        given = parse_id(IdKind.ORDER, wanted.order_id) if wanted.order_id else None
        order = None if order_id is None else self._orders.get(order_id)
        if order is None or order.account != account or wanted.exchange_index not in (-1, self._shard):
            raise refused_change(RejectReason.NOT_FOUND)
        if wanted.order_id and (given is None or given[:2] != (self._shard, order.order_id)):
            raise refused_change(RejectReason.ORDER_ID_MISMATCH, order)
        if order.ticker != wanted.ticker:
            raise refused_change(RejectReason.ORDER_TICKER_MISMATCH, order)
        if order.side is not wanted.side:
            raise refused_change(RejectReason.ORDER_SIDE_MISMATCH, order)
        return order

    def _answered(self, wanted: CancelOrder | ReplaceOrder, order: OrderRecord, receipt: Receipt | None) -> None:
        """Only a refusal is left to be told."""
        if receipt is None:
            self._refuse(wanted, Refused(UNAVAILABLE, _CXL_OTHER, order))
            return
        event = receipt.events[0]
        if not isinstance(event, OrderRejected):
            return
        if event.reason is RejectReason.NOT_FOUND and order.status is OrderStatus.EXECUTED:
            # It was filled while the request was on its way.
            self._refuse(wanted, _filled(wanted, order))
        else:
            self._refuse(wanted, refused_change(event.reason, order))

    def _refuse(self, wanted: CancelOrder | ReplaceOrder, refusal: Refused) -> None:
        order = refusal.order
        reject = CancelReject(
            client_order_id=wanted.client_order_id,
            original_client_order_id=wanted.original_client_order_id,
            ord_status=OrdStatus.REJECTED if order is None else _status(order),
            is_replace=isinstance(wanted, ReplaceOrder),
            reason=refusal.reason,
            text=refusal.text,
            order_id=NO_ORDER_ID if order is None else order_uuid(self._shard, order.order_id),
        )
        self._requests.box.deliver(MsgType.ORDER_CANCEL_REJECT, encode_cancel_reject(reject))


def _filled(wanted: CancelOrder | ReplaceOrder, order: OrderRecord) -> Refused:
    return Refused(FILLED, _CXL_BROKER if isinstance(wanted, ReplaceOrder) else _CXL_TOO_LATE, order)


def _status(order: OrderRecord) -> str:
    """Tag 39 of an order as it is."""
    return OrdStatus.CANCELED if order.status is OrderStatus.CANCELED else status_of(facts_of(order))
