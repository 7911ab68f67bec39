"""Order entry on KalshiNR and KalshiRT: D F G q UOG -> commands, refusals -> 35=8, 35=9, 35=j (SEMANTICS H4, H5).

What happens to an order is told by the hub, to every session of the member alike. Told from here is what only
the sender hears: pending reports, refusals, r and UOH. An order that is on its way has no id yet: a cancel or
replace of it waits until the order is there.
"""

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from exchange.core.commands import AmendOrder, AnyCommand
from exchange.core.commands import CancelOrder as CancelCommand
from exchange.gateways.context import VenueContext
from exchange.gateways.fix.commands import (
    Refused,
    account_named,
    create_command,
    group_command,
    refused_change,
)
from exchange.gateways.fix.facts import OrderFacts, facts_of
from exchange.gateways.fix.hub import Box, Hub
from exchange.gateways.fix.rendering import render_pending, render_refused, status_of
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE, write_bucket
from exchange.gateways.rejects import ANSWERS, FIX_CANCELS
from exchange.ports import Receipt
from exchange.projections.orders import OrderRecord
from wire.accounts import account_of
from wire.engine_events import OrderAccepted, OrderGroupChanged, OrderRejected
from wire.enums import BookSide, OrderStatus, RejectReason
from wire.fix import tags
from wire.fix.codec import Message
from wire.fix.messages.new_order import NewOrder
from wire.fix.messages.order_groups import (
    GroupAction,
    encode_order_group_response,
    read_order_group_request,
)
from wire.fix.messages.order_readers import (
    read_cancel,
    read_exchange_index,
    read_mass_cancel,
    read_new_order,
    read_replace,
    read_subaccount,
)
from wire.fix.messages.orders import CancelOrder, ReplaceOrder
from wire.fix.messages.report_encoders import encode_cancel_reject, encode_mass_cancel_report
from wire.fix.messages.reports import NO_ORDER_ID, CancelReject
from wire.fix.messages.values import PENDING_EXEC_ID, format_exec_id, parse_price, parse_quantity
from wire.fix.session import Session
from wire.fix.tags import BusinessRejectReason, ExecType, MsgType, OrdStatus
from wire.ids import IdKind, format_id, order_uuid, parse_id

CANCEL_COST: Final = 2
MASS_CANCEL_EVERY_US: Final = 1_000_000
"""35=q once a second (SEMANTICS H3)."""

AGAIN_SECONDS: Final = 0.25
"""How long what has to go with its connection waits while the venue takes no commands or cancels nothing."""

UNAVAILABLE: Final = "EXCHANGE_UNAVAILABLE"
FILLED: Final = "CANNOT_UPDATE_FILLED_ORDER"

_CXL_TOO_LATE, _CXL_BROKER, _CXL_OTHER = 0, 2, 99
_MASS_CANCEL_OTHER: Final = 99
"""Tag 532; Kalshi lists no values, this is the standard's."""


class OrderEntry:
    """One session's order entry."""

    def __init__(self, context: VenueContext, hub: Hub, box: Box, session: Session) -> None:
        self._context = context
        self._hub = hub
        self.box = box
        self._session = session
        self._desk = hub.desk(box.key.member)
        self._may_trade = False
        self._shard = context.settings.shard
        self._on_its_way: dict[str, list[Callable[[], None]]] = {}
        """What waits for the answer to a request, by the request's ClOrdID."""
        self._now_us = self._limits_us = 0
        """The venue's time and that of the token buckets when what is being read came in."""
        self._last_mass_cancel_us = -MASS_CANCEL_EVERY_US
        self._is_over = False
        self._last_cancels = 0
        """Cancels on their way because the connection is gone."""

    def begin(self) -> None:
        """Bytes have come: whatever is in them came now."""
        self._now_us = self._context.clock.now_us()
        self._limits_us = self._context.limits_us()
        self._may_trade = self.box.key.allows("write::trade")

    def receive(self, message: Message) -> None:
        """Take one business message; behind `begin`."""
        handle = _HANDLERS.get(message.msg_type)
        if handle is None:
            self._reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, "RFQ is not available")
        elif not self._may_trade:
            self._reject(message, BusinessRejectReason.NOT_AUTHORIZED, "Not authorized: scope write::trade is missing")
        else:
            handle(self, message)

    def lost(self) -> None:
        """The connection is gone: cancel what rests, and what still comes to rest (8013)."""
        self._is_over = True
        if self.box.logon.cancel_orders_on_disconnect:
            for account, order_id in self._hub.resting_of(self.box.key):
                self._cancel_with_connection(account, order_id)
            self._disarm_when_done()

    def _cancel_with_connection(self, account: int, order_id: int) -> None:
        """Take an order along; a venue that cannot do it now does it as soon as it can, or when it starts again."""
        self._last_cancels += 1

        def done(receipt: Receipt) -> None:
            self._last_cancels -= 1
            self._disarm_when_done()

        def again() -> None:
            self._last_cancels -= 1
            if not self._hub.is_over:
                self._cancel_with_connection(account, order_id)

        def later() -> None:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, again)

        if self._context.views.catalogue.takes_nothing:
            later()
        else:
            self._submit_cancel(account, order_id, "", done, later)

    def _disarm_when_done(self) -> None:
        if self._is_over and not self._last_cancels and not self._on_its_way and self._hub.is_away(self.box.key):
            self._hub.owners.disarm(self.box.key.key_id)

    # --- D --------------------------------------------------------------------------------------------

    def _new_order(self, message: Message) -> None:
        bucket = WRITE
        if tags.EX_DESTINATION in message.fields and tags.QUOTE_ID not in message.fields:
            bucket = write_bucket(read_exchange_index(message))
        if not self._draw(message, bucket, DEFAULT_COST):
            return
        if tags.QUOTE_ID in message.fields:
            self._reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, "RFQ is not available")
            return
        now_us = self._now_us
        logon = self.box.logon
        order = read_new_order(message, now_us, use_dollars=logon.use_dollars)
        if not isinstance(order, NewOrder):
            facts = _asked_in(message, self.box.key.member, use_dollars=logon.use_dollars)
            self._refuse_new(facts, ANSWERS[order].fix_text, ANSWERS[order].ord_rej_reason, PENDING_EXEC_ID, now_us)
            return
        try:
            command = create_command(order, self.box.key, logon, self._shard)
        except Refused as refusal:
            reason = None if refusal.reason < 0 else refusal.reason
            account = account_of(self.box.key.member, order.subaccount or 0)
            self._refuse_new(_asked(order, account), refusal.text, reason, PENDING_EXEC_ID, now_us)
            return
        client_order_id = order.client_order_id
        if not logon.skip_pending_exec_reports:
            self._pending(_asked(order, command.account), ExecType.PENDING_NEW, client_order_id, now_us)
        is_fresh = False
        if client_order_id not in self._on_its_way:
            self._on_its_way[client_order_id] = []
            is_fresh = self._desk.order_named(client_order_id) is None
        key = self.box.key
        self._hub.owners.expect(key.member, client_order_id, key.key_id)
        is_duplicate = message.flag(tags.POSS_DUP_FLAG)
        self._context.sink.post(command, partial(self._created, order, command.account, now_us, is_fresh, is_duplicate))

    def _created(
        self, order: NewOrder, account: int, asked_us: int, is_fresh: bool, is_duplicate: bool, receipt: Receipt | None
    ) -> None:
        """`is_fresh`: no order had this name when it was asked for."""
        if receipt is None:
            self._refuse_new(_asked(order, account), UNAVAILABLE, 99, PENDING_EXEC_ID, asked_us)
            self._never_was(order.client_order_id)
            return
        event = receipt.events[0]
        if type(event) is OrderAccepted:
            if self._is_over and event.resting_count and self.box.logon.cancel_orders_on_disconnect:
                self._cancel_with_connection(event.account, event.order_id)
        else:
            assert isinstance(event, OrderRejected), "an order is accepted or refused"
            if is_duplicate and event.reason is RejectReason.ORDER_ALREADY_EXISTS:
                # The venue was killed before it had counted the request, and asked for it again: it was obeyed.
                self._never_was(order.client_order_id)
                return
            answer = ANSWERS[event.reason]
            reason = None if event.reason in FIX_CANCELS else answer.ord_rej_reason
            exec_id = format_exec_id(receipt.seq, 0, self._shard)
            self._refuse_new(_asked(order, account), answer.fix_text, reason, exec_id, receipt.ts_us)
            other = self._desk.order_named(order.client_order_id) if is_fresh else None
            if other is not None:
                # By another door, in the same turn and before this one: it got the name, and is not this key's.
                self._hub.owners.disown(other, self.box.key.key_id)
            self._never_was(order.client_order_id)
            return
        self._answered(order.client_order_id)

    def _never_was(self, client_order_id: str) -> None:
        """An order that was on its way will not come."""
        self._hub.owners.refuse(self.box.key.member, client_order_id)
        self._answered(client_order_id)

    def _refuse_new(self, facts: OrderFacts, text: str, reason: int | None, exec_id: str, ts_us: int) -> None:
        body = render_refused(facts, text, reason, exec_id, self._shard, ts_us, self.box.logon)
        self.box.deliver(MsgType.EXECUTION_REPORT, body)

    # --- F and G --------------------------------------------------------------------------------------

    def _cancel(self, message: Message) -> None:
        if self._draw(message, write_bucket(read_exchange_index(message)), CANCEL_COST):
            wanted = read_cancel(message)
            self._when_there(wanted.original_client_order_id, partial(self._cancel_now, wanted))

    def _cancel_now(self, wanted: CancelOrder) -> None:
        try:
            order = self._find(wanted)
            self._check_alive(order, _CXL_TOO_LATE)
        except Refused as refusal:
            self._refuse_change(wanted, refusal)
            return
        self._pending(facts_of(order), ExecType.PENDING_CANCEL, wanted.client_order_id)

        def done(receipt: Receipt | None = None) -> None:
            self._changed(wanted, order, receipt)

        self._submit_cancel(order.account, order.order_id, wanted.client_order_id, done, done)

    def _replace(self, message: Message) -> None:
        if not self._draw(message, write_bucket(read_exchange_index(message)), DEFAULT_COST):
            return
        wanted = read_replace(message, use_dollars=self.box.logon.use_dollars)
        if isinstance(wanted, RejectReason):
            named = ReplaceOrder(price=None, count=0, **msgspec.structs.asdict(read_cancel(message)))
            self._when_there(named.original_client_order_id, partial(self._refuse_unread, named, wanted))
            return
        run = partial(self._replace_now, wanted, message.flag(tags.POSS_DUP_FLAG))
        self._when_there(wanted.original_client_order_id, run, wanted.client_order_id)

    def _replace_now(self, wanted: ReplaceOrder, is_duplicate: bool) -> None:
        if is_duplicate and self._desk.order_named(wanted.client_order_id) is not None:
            # As with an order: it was obeyed before the venue was killed.
            self._answered(wanted.client_order_id)
            return
        try:
            order = self._find(wanted)
            self._check_alive(order, _CXL_BROKER)
        except Refused as refusal:
            self._refuse_change(wanted, refusal)
            self._answered(wanted.client_order_id)
            return
        self._pending(facts_of(order), ExecType.PENDING_REPLACE, wanted.client_order_id)

        def done(receipt: Receipt | None = None) -> None:
            self._changed(wanted, order, receipt)
            self._answered(wanted.client_order_id)

        if not wanted.count and not order.fill_count:
            # A replace down to what is filled is a cancel, when that is nothing too (FIX/order-entry, tag 38).
            self._submit_cancel(order.account, order.order_id, wanted.client_order_id, done, done)
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
        self._submit(command, done, done)

    def _refuse_unread(self, wanted: ReplaceOrder, reason: RejectReason) -> None:
        """A replace whose price or size is none: the order it names, if it names one, stays as it is."""
        order: OrderRecord | None
        try:
            order = self._find(wanted)
        except Refused as refusal:
            order = refusal.order
        self._refuse_change(wanted, refused_change(reason, order))

    def _when_there(self, original: str, run: Callable[[], None], own_name: str = "") -> None:
        """At once, or as soon as the request that gave the order this ClOrdID is answered.

        `own_name` is on its way from now on.
        """
        waiting = self._on_its_way.get(original)
        if own_name:
            self._on_its_way.setdefault(own_name, [])
        if waiting is None:
            run()
        else:
            waiting.append(run)

    def _answered(self, client_order_id: str) -> None:
        """A request is no longer on its way: what waited for it goes on."""
        for run in self._on_its_way.pop(client_order_id, ()):
            run()
        if self._is_over:
            self._disarm_when_done()

    def _find(self, wanted: CancelOrder | ReplaceOrder) -> OrderRecord:
        """The order a request names, if all it says of it is true. Raises Refused."""
        try:
            account = account_named(self.box.key, wanted.subaccount, wanted.party_id)
        except Refused as refusal:
            # Its reason is of tag 103; 102 has none for accounts.
            raise Refused(refusal.text, _CXL_OTHER) from None
        order_id = self._desk.order_named(wanted.original_client_order_id)
        given = parse_id(IdKind.ORDER, wanted.order_id) if wanted.order_id else None
        order = None if order_id is None else self._context.views.orders.get(order_id)
        if order is None or order.account != account or wanted.exchange_index not in (-1, self._shard):
            raise refused_change(RejectReason.NOT_FOUND)
        if wanted.order_id and (given is None or given[:2] != (self._shard, order.order_id)):
            raise refused_change(RejectReason.ORDER_ID_MISMATCH, order)
        if order.ticker != wanted.ticker:
            raise refused_change(RejectReason.ORDER_TICKER_MISMATCH, order)
        if order.side is not wanted.side:
            raise refused_change(RejectReason.ORDER_SIDE_MISMATCH, order)
        return order

    def _check_alive(self, order: OrderRecord, filled_reason: int) -> None:
        if order.status is OrderStatus.EXECUTED:
            raise Refused(FILLED, filled_reason, order)
        if order.status is OrderStatus.CANCELED:
            raise refused_change(RejectReason.NOT_FOUND, order)

    def _changed(self, wanted: CancelOrder | ReplaceOrder, order: OrderRecord, receipt: Receipt | None) -> None:
        """Only a refusal is left to be told."""
        if receipt is None:
            self._refuse_change(wanted, Refused(UNAVAILABLE, _CXL_OTHER, order))
            return
        event = receipt.events[0]
        if not isinstance(event, OrderRejected):
            return
        if event.reason is RejectReason.NOT_FOUND and order.status is OrderStatus.EXECUTED:
            # It was filled while the request was on its way.
            reason = _CXL_BROKER if isinstance(wanted, ReplaceOrder) else _CXL_TOO_LATE
            self._refuse_change(wanted, Refused(FILLED, reason, order))
        else:
            self._refuse_change(wanted, refused_change(event.reason, order))

    def _refuse_change(self, wanted: CancelOrder | ReplaceOrder, refusal: Refused) -> None:
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
        self.box.deliver(MsgType.ORDER_CANCEL_REJECT, encode_cancel_reject(reject))

    # --- q --------------------------------------------------------------------------------------------

    def _mass_cancel(self, message: Message) -> None:
        now_us = self._limits_us
        if now_us - self._last_mass_cancel_us < MASS_CANCEL_EVERY_US:
            self._reject(message, BusinessRejectReason.RATE_LIMIT_EXCEEDED, "Rate limit exceeded")
            return
        self._last_mass_cancel_us = now_us
        if self._on_its_way:
            # What was sent before it is meant as well: it waits for the last of that.
            self._on_its_way[next(reversed(self._on_its_way))].append(partial(self._mass_cancel_now, message))
        else:
            self._mass_cancel_now(message)

    def _mass_cancel_now(self, message: Message) -> None:
        wanted = read_mass_cancel(message)
        refusal = _MASS_CANCEL_OTHER if self._context.views.catalogue.takes_nothing else None
        body = encode_mass_cancel_report(wanted.client_order_id, str(uuid.uuid4()), refusal)
        self.box.deliver(MsgType.ORDER_MASS_CANCEL_REPORT, body)
        if refusal is not None:
            return
        for account, order_id in self._hub.resting_of(self.box.key):
            self._submit_cancel(account, order_id, "", _ignore, lambda: None)

    # --- UOG ------------------------------------------------------------------------------------------

    def _order_group(self, message: Message) -> None:
        if not self._draw(message, WRITE, DEFAULT_COST):
            return
        wanted = read_order_group_request(message)
        if wanted.subaccount is None:
            # A key of one subaccount acts on that (getting_started/subaccounts), any other on the primary.
            wanted = msgspec.structs.replace(wanted, subaccount=self.box.key.subaccount or 0)
        try:
            command = group_command(wanted, self.box.key, self._shard)
        except Refused as refusal:
            reason = BusinessRejectReason.UNKNOWN_ID if refusal.reason == 11 else BusinessRejectReason.NOT_AUTHORIZED
            self._reject(message, reason, refusal.text, wanted.order_group_id)
            return

        def done(receipt: Receipt) -> None:
            event = receipt.events[0] if receipt.events else None
            if isinstance(event, OrderRejected):
                known = event.reason is not RejectReason.ORDER_GROUP_NOT_FOUND
                reason = BusinessRejectReason.OTHER if known else BusinessRejectReason.UNKNOWN_ID
                self._reject(message, reason, ANSWERS[event.reason].fix_text, wanted.order_group_id)
                return
            group_id = wanted.order_group_id
            if isinstance(event, OrderGroupChanged) and wanted.action is GroupAction.CREATE:
                group_id = format_id(IdKind.ORDER_GROUP, self._shard, event.order_group)
            self.box.deliver(MsgType.ORDER_GROUP_RESPONSE, encode_order_group_response(wanted, group_id))

        self._submit(
            command,
            done,
            lambda: self._reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, UNAVAILABLE),
        )

    # --- parts ----------------------------------------------------------------------------------------

    def _draw(self, message: Message, bucket: str, cost: int) -> bool:
        """Take tokens from the buckets that REST draws from too (SEMANTICS H3)."""
        if self._context.limiter.take(self.box.key.member, bucket, cost, self._limits_us):
            return True
        self._reject(message, BusinessRejectReason.RATE_LIMIT_EXCEEDED, "Rate limit exceeded")
        return False

    def _pending(self, facts: OrderFacts, exec_type: str, client_order_id: str, now_us: int = 0) -> None:
        logon = self.box.logon
        if not logon.skip_pending_exec_reports:
            at_us = now_us or self._context.clock.now_us()
            body = render_pending(facts, exec_type, client_order_id, self._shard, at_us, logon)
            self.box.deliver(MsgType.EXECUTION_REPORT, body)

    def _reject(self, message: Message, reason: int, text: str, ref_id: str = "") -> None:
        ref_id = ref_id or message.get(tags.CL_ORD_ID) or ""
        self._session.business_reject(message, reason, text, self._context.wall.now_us(), ref_id)
        self.box.wake()

    def _submit(self, command: AnyCommand, done: Callable[[Receipt], None], unavailable: Callable[[], None]) -> None:
        """Put a command in line; `done` gets its receipt, `unavailable` is called when it never happened."""

        def answered(receipt: Receipt | None) -> None:
            if receipt is None:
                unavailable()
            else:
                done(receipt)

        self._context.sink.post(command, answered)

    def _submit_cancel(
        self, account: int, order_id: int, name: str, done: Callable[[Receipt], None], unavailable: Callable[[], None]
    ) -> None:
        """The same of a cancel. The first in line for an order is what its report is called by; "" leaves its name."""
        cancels = self._desk.cancels
        is_first = order_id not in cancels
        if is_first:
            cancels[order_id] = name

        def answered(receipt: Receipt | None) -> None:
            if is_first:
                del cancels[order_id]
            if receipt is None:
                unavailable()
            else:
                done(receipt)

        self._context.sink.post(CancelCommand(account, order_id, name), answered)


_HANDLERS: Final[dict[str, Callable[[OrderEntry, Message], None]]] = {
    MsgType.NEW_ORDER_SINGLE: OrderEntry._new_order,
    MsgType.ORDER_CANCEL_REQUEST: OrderEntry._cancel,
    MsgType.ORDER_CANCEL_REPLACE_REQUEST: OrderEntry._replace,
    MsgType.ORDER_MASS_CANCEL_REQUEST: OrderEntry._mass_cancel,
    MsgType.ORDER_GROUP_REQUEST: OrderEntry._order_group,
}


def _asked(order: NewOrder, account: int) -> OrderFacts:
    """An order as it was asked for, before it has an id."""
    return OrderFacts(
        0,
        account,
        order.ticker,
        order.side,
        order.client_order_id,
        order.price,
        order.count,
        0,
        order.count,
        0,
        order.expiration_us,
    )


def _asked_in(message: Message, member: int, *, use_dollars: bool) -> OrderFacts:
    """The same of one that has no price or no size; what can be read of it is told back."""
    fields = message.fields
    side = BookSide.BID if fields[tags.SIDE] == tags.Side.BUY else BookSide.ASK
    account = account_of(member, read_subaccount(message) or 0)
    price = parse_price(fields[tags.PRICE], use_dollars=use_dollars) or 0
    count = parse_quantity(fields[tags.ORDER_QTY]) or 0
    return OrderFacts(0, account, fields[tags.SYMBOL], side, fields[tags.CL_ORD_ID], price, count, 0, count, 0, 0)


def _ignore(receipt: Receipt) -> None:
    """The hub tells what came of it."""


def _status(order: OrderRecord) -> str:
    """Tag 39 of an order as it is."""
    return OrdStatus.CANCELED if order.status is OrderStatus.CANCELED else status_of(facts_of(order))
