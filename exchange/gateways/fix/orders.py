"""Order entry on KalshiNR and KalshiRT: D F G q UOG -> commands, refusals -> 35=8, 35=9, 35=j (SEMANTICS H4, H5).

What happens to an order is told by the hub, to every session of the member alike. Told from here is what only
the sender hears: pending reports, refusals, r and UOH.
"""

import uuid
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from exchange.gateways.context import VenueContext
from exchange.gateways.fix.changes import Changes
from exchange.gateways.fix.commands import Refused, group_command
from exchange.gateways.fix.hub import Box, Hub
from exchange.gateways.fix.last_cancels import LastCancels
from exchange.gateways.fix.new_orders import NewOrders
from exchange.gateways.fix.requests import UNAVAILABLE, Requests
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE
from exchange.gateways.rejects import ANSWERS
from exchange.ports import Receipt
from wire.engine_events import OrderGroupChanged, OrderRejected
from wire.enums import RejectReason
from wire.fix.message import Message
from wire.fix.messages.order_groups import (
    GroupAction,
    encode_order_group_response,
    read_order_group_request,
)
from wire.fix.messages.order_readers import read_mass_cancel
from wire.fix.messages.report_encoders import encode_mass_cancel_report
from wire.fix.session import Session
from wire.fix.session_events import SessionEvent
from wire.fix.tags import BusinessRejectReason, MsgType
from wire.ids import IdKind, format_id

MASS_CANCEL_EVERY_US: Final = 1_000_000
"""35=q once a second (SEMANTICS H3)."""

_KINDS: Final = frozenset(
    {
        MsgType.NEW_ORDER_SINGLE,
        MsgType.ORDER_CANCEL_REQUEST,
        MsgType.ORDER_CANCEL_REPLACE_REQUEST,
        MsgType.ORDER_MASS_CANCEL_REQUEST,
        MsgType.ORDER_GROUP_REQUEST,
    }
)

_MASS_CANCEL_OTHER: Final = 99
"""Tag 532; Kalshi lists no values, this is the standard's."""


class OrderEntry:
    """One session's order entry."""

    def __init__(self, context: VenueContext, hub: Hub, box: Box, session: Session) -> None:
        self._requests = Requests(context, hub, box, session)
        self._new_orders = NewOrders(self._requests)
        self._changes = Changes(self._requests)
        self._last_mass_cancel_us = -MASS_CANCEL_EVERY_US

    def serve(self, box: Box) -> None:
        """The session has logged on again, perhaps with other flags."""
        self._requests.box = box

    def begin(self) -> None:
        """Bytes have come: whatever is in them came now."""
        self._requests.begin()

    def receive_all(self, events: Sequence[SessionEvent], at: int) -> int:
        """Take the business messages from `at` on; where the first event is that is something else. Behind `begin`."""
        while at < len(events):
            event = events[at]
            if not isinstance(event, Message):
                break
            self._receive(event)
            at += 1
        return at

    def _receive(self, message: Message) -> None:
        kind = message.msg_type
        if kind not in _KINDS:
            self._requests.reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, "RFQ is not available")
        elif not self._requests.box.client.may_trade:
            missing = "Not authorized: scope write::trade is missing"
            self._requests.reject(message, BusinessRejectReason.NOT_AUTHORIZED, missing)
        elif kind == MsgType.NEW_ORDER_SINGLE:
            self._new_orders.receive(message)
        elif kind == MsgType.ORDER_CANCEL_REQUEST:
            self._changes.cancel(message)
        elif kind == MsgType.ORDER_CANCEL_REPLACE_REQUEST:
            self._changes.replace(message)
        elif kind == MsgType.ORDER_MASS_CANCEL_REQUEST:
            self._mass_cancel(message)
        else:
            self._order_group(message)

    def lost(self) -> None:
        """The connection is gone."""
        if self._requests.box.logon.cancel_orders_on_disconnect:
            last_cancels = LastCancels(self._requests)
            self._new_orders.goes_along = last_cancels.take
            last_cancels.begin()

    # --- q --------------------------------------------------------------------------------------------

    def _mass_cancel(self, message: Message) -> None:
        requests = self._requests
        if requests.limits_us - self._last_mass_cancel_us < MASS_CANCEL_EVERY_US:
            requests.reject(message, BusinessRejectReason.RATE_LIMIT_EXCEEDED, "Rate limit exceeded")
            return
        self._last_mass_cancel_us = requests.limits_us
        # What was sent before it is meant as well.
        requests.when_answered(partial(self._mass_cancel_now, message))

    def _mass_cancel_now(self, message: Message) -> None:
        requests = self._requests
        wanted = read_mass_cancel(message)
        refusal = _MASS_CANCEL_OTHER if requests.context.views.catalogue.takes_nothing else None
        body = encode_mass_cancel_report(wanted.client_order_id, str(uuid.uuid4()), refusal)
        requests.box.deliver(MsgType.ORDER_MASS_CANCEL_REPORT, body)
        if refusal is None:
            for account, order_id in requests.hub.resting_of(requests.box.key):
                requests.submit_cancel(account, order_id, "", _ignore)

    # --- UOG ------------------------------------------------------------------------------------------

    def _order_group(self, message: Message) -> None:
        requests = self._requests
        if not requests.draw(message, WRITE, DEFAULT_COST):
            return
        wanted = read_order_group_request(message)
        if wanted.subaccount is None:
            # A key of one subaccount acts on that (getting_started/subaccounts), any other on the primary.
            wanted = msgspec.structs.replace(wanted, subaccount=requests.box.key.subaccount or 0)
        try:
            command = group_command(wanted, requests.box.client, requests.shard)
        except Refused as refusal:
            reason = BusinessRejectReason.UNKNOWN_ID if refusal.reason == 11 else BusinessRejectReason.NOT_AUTHORIZED
            requests.reject(message, reason, refusal.text, wanted.order_group_id)
            return

        def answer(receipt: Receipt | None) -> None:
            if receipt is None:
                requests.reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, UNAVAILABLE)
                return
            event = receipt.events[0] if receipt.events else None
            if isinstance(event, OrderRejected):
                known = event.reason is not RejectReason.ORDER_GROUP_NOT_FOUND
                reason = BusinessRejectReason.OTHER if known else BusinessRejectReason.UNKNOWN_ID
                requests.reject(message, reason, ANSWERS[event.reason].fix_text, wanted.order_group_id)
                return
            group_id = wanted.order_group_id
            if isinstance(event, OrderGroupChanged) and wanted.action is GroupAction.CREATE:
                group_id = format_id(IdKind.ORDER_GROUP, requests.shard, event.order_group)
            requests.box.deliver(MsgType.ORDER_GROUP_RESPONSE, encode_order_group_response(wanted, group_id))

        requests.submit(command, answer)


def _ignore(receipt: Receipt | None) -> None:
    """The hub tells what came of it."""
