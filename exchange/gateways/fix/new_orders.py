"""35=D on one session: a new order, and why there is none (SEMANTICS H4, H5)."""

from collections.abc import Callable
from typing import Final

from exchange.gateways.fix.commands import Refused, create_command
from exchange.gateways.fix.facts import OrderFacts
from exchange.gateways.fix.rendering import render_refused
from exchange.gateways.fix.requests import UNAVAILABLE, Requests
from exchange.gateways.rate_limit import DEFAULT_COST, WRITE, write_bucket
from exchange.gateways.rejects import ANSWERS, FIX_CANCELS
from exchange.ports import Receipt
from wire.accounts import account_of
from wire.engine_events import OrderAccepted, OrderRejected
from wire.enums import BookSide, RejectReason
from wire.fix import tags
from wire.fix.message import Message
from wire.fix.messages.new_order import NewOrder
from wire.fix.messages.order_readers import read_exchange_index, read_new_order, read_subaccount
from wire.fix.messages.values import PENDING_EXEC_ID, format_exec_id, parse_price, parse_quantity
from wire.fix.tags import BusinessRejectReason, ExecType, MsgType

_ACCEPTED: Final = OrderAccepted
"""For the compiled path: what a module imports is found by its name each time, this is not."""


class NewOrders:
    """One session's."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._desk = requests.desk
        self._owners = requests.hub.owners
        self._expect = self._owners.expect
        self._shard = requests.shard
        self.goes_along: Callable[[int, int], None] | None = None
        """Who takes an order (account, order id) that comes to rest when its connection is gone."""

    def receive(self, message: Message) -> None:
        """Have it placed, or say why not."""
        requests = self._requests
        bucket = WRITE
        accepts_quote = message.get(tags.QUOTE_ID) is not None
        if not accepts_quote and message.get(tags.EX_DESTINATION) is not None:
            bucket = write_bucket(read_exchange_index(message))
        if not requests.draw(message, bucket, DEFAULT_COST):
            return
        if accepts_quote:
            requests.reject(message, BusinessRejectReason.APPLICATION_NOT_AVAILABLE, "RFQ is not available")
            return
        now_us = requests.now_us
        client = requests.box.client
        order = read_new_order(message, now_us, use_dollars=client.use_dollars)
        if not isinstance(order, NewOrder):
            facts = _asked_in(message, client.member, use_dollars=client.use_dollars)
            self._refuse(facts, ANSWERS[order].fix_text, ANSWERS[order].ord_rej_reason, PENDING_EXEC_ID, now_us)
            return
        try:
            command = create_command(order, client, self._shard)
        except Refused as refusal:
            reason = None if refusal.reason < 0 else refusal.reason
            account = account_of(client.member, order.subaccount or 0)
            self._refuse(_asked(order, account), refusal.text, reason, PENDING_EXEC_ID, now_us)
            return
        client_order_id = order.client_order_id
        if not client.skip_pending_exec_reports:
            requests.pending(_asked(order, command.account), ExecType.PENDING_NEW, client_order_id, now_us)
        is_first = requests.start(client_order_id)
        self._expect(client.member, client_order_id, client.key_id)
        is_duplicate = message.flag(tags.POSS_DUP_FLAG)
        asked = _OnItsWay(self, order, command.account, now_us, requests.seq, is_first, is_duplicate)
        requests.submit(command, asked.answered)

    def answered(self, asked: "_OnItsWay", receipt: Receipt | None) -> None:
        """Hear what became of an order."""
        client_order_id = asked.order.client_order_id
        if receipt is None:
            self._refuse(_asked(asked.order, asked.account), UNAVAILABLE, 99, PENDING_EXEC_ID, asked.asked_us)
            self._owners.refuse(self._requests.box.client.member, client_order_id)
        elif type(event := receipt.events[0]) is _ACCEPTED:
            if event.resting_count:
                self._own(event)
        else:
            assert isinstance(event, OrderRejected), "an order is accepted or refused"
            self._owners.refuse(self._requests.box.client.member, client_order_id)
            # A duplicate of an order that is there was obeyed before the venue was killed: it had not counted it yet.
            if not asked.is_duplicate or event.reason is not RejectReason.ORDER_ALREADY_EXISTS:
                self._say_why(asked.order, asked.account, event.reason, receipt)
                if asked.is_first:
                    self._disown(client_order_id, asked.seq)
        self._requests.answered(client_order_id)

    def _say_why(self, order: NewOrder, account: int, why: RejectReason, receipt: Receipt) -> None:
        answer = ANSWERS[why]
        reason = None if why in FIX_CANCELS else answer.ord_rej_reason
        exec_id = format_exec_id(receipt.seq, 0, self._shard)
        self._refuse(_asked(order, account), answer.fix_text, reason, exec_id, receipt.ts_us)

    def _own(self, event: OrderAccepted) -> None:
        """It came to rest. Whose it is has been told by its name, which others may have sent in the same turn too."""
        order_id, key_id = event.order_id, self._requests.box.client.key_id
        if self._owners.owner.get(order_id) != key_id and self._requests.hub.rests(order_id):
            self._owners.own(order_id, key_id)
        if self.goes_along is not None:
            self.goes_along(event.account, order_id)

    def _disown(self, client_order_id: str, asked_seq: int) -> None:
        """An order that got the name meanwhile came by another door, or behind this one: it is not this one's."""
        other = self._desk.order_named(client_order_id)
        if other is not None and other > asked_seq:
            self._owners.disown(other, self._requests.box.client.key_id)

    def _refuse(self, facts: OrderFacts, text: str, reason: int | None, exec_id: str, ts_us: int) -> None:
        body = render_refused(facts, text, reason, exec_id, self._shard, ts_us, self._requests.box.client)
        self._requests.box.deliver(MsgType.EXECUTION_REPORT, body)


class _OnItsWay:
    """An order that was asked for, until it is answered. `seq` is what had happened by then; `is_first`: nothing of its
    name was on its way.
    """

    __slots__ = ("_orders", "account", "asked_us", "is_duplicate", "is_first", "order", "seq")

    def __init__(
        self,
        orders: NewOrders,
        order: NewOrder,
        account: int,
        asked_us: int,
        seq: int,
        is_first: bool,
        is_duplicate: bool,
    ) -> None:
        self._orders = orders
        self.order = order
        self.account = account
        self.asked_us = asked_us
        self.seq = seq
        self.is_first = is_first
        self.is_duplicate = is_duplicate

    def answered(self, receipt: Receipt | None) -> None:
        """An Answer (exchange/ports.py)."""
        self._orders.answered(self, receipt)


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
