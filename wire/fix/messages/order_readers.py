"""What a client sends about orders: D F G q, read into integers and enums (SEMANTICS H4, FIX/order-entry).

Messages must have passed the dictionary. What only the business can refuse (a price off the units, a size that
is none) comes back as a RejectReason.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from wire.enums import BookSide, RejectReason, SelfTradePrevention, TimeInForce
from wire.fix import tags
from wire.fix.message import Message, Wanted
from wire.fix.messages.new_order import NewOrder
from wire.fix.messages.orders import CancelOrder, MassCancel, ReplaceOrder
from wire.fix.messages.values import parse_amount, parse_price, parse_quantity
from wire.fix.tags import TimeInForceValue
from wire.fix.timestamps import parse_timestamp
from wire.fix.validation import read_group

_NEW_YORK: Final = ZoneInfo("America/New_York")

ROUTE_BY_TICKER: Final = -1
"""ExDestination left out or -1: the market's ticker decides the shard."""

_SIDES: Final = {"1": BookSide.BID, "2": BookSide.ASK}
_BY_MAKER: Final = SelfTradePrevention.MAKER
_AT_CROSS: Final = SelfTradePrevention.TAKER_AT_CROSS
_DAY: Final = TimeInForceValue.DAY
_TILL_DATE: Final = TimeInForceValue.GOOD_TILL_DATE
_TIMES_IN_FORCE: Final = {
    TimeInForceValue.DAY: TimeInForce.GOOD_TILL_CANCELED,
    TimeInForceValue.GOOD_TILL_CANCEL: TimeInForce.GOOD_TILL_CANCELED,
    TimeInForceValue.IMMEDIATE_OR_CANCEL: TimeInForce.IMMEDIATE_OR_CANCEL,
    TimeInForceValue.FILL_OR_KILL: TimeInForce.FILL_OR_KILL,
    TimeInForceValue.GOOD_TILL_DATE: TimeInForce.GOOD_TILL_CANCELED,
}


_NEW_ORDER: Final = Wanted(
    tags.CL_ORD_ID,
    tags.SYMBOL,
    tags.SIDE,
    tags.PRICE,
    tags.ORDER_QTY,
    tags.TIME_IN_FORCE,
    tags.EXEC_INST,
    tags.SELF_TRADE_PREVENTION_TYPE,
    tags.CANCEL_ORDER_ON_PAUSE,
    tags.ALLOC_ACCOUNT,
    # The page puts the group into 526, the published dictionary has 20130 as well.
    tags.SECONDARY_CL_ORD_ID,
    tags.ORDER_GROUP_ID,
    tags.MAX_EXECUTION_COST,
    tags.EX_DESTINATION,
    tags.QUOTE_ID,
    tags.RFQ_ID,
    tags.NO_PARTY_IDS,
)


def read_new_order(message: Message, now_us: int, *, use_dollars: bool) -> NewOrder | RejectReason:
    """D as an order. A GTD time in the past makes it immediate-or-cancel (SEMANTICS K20)."""
    (
        client_order_id,
        ticker,
        side,
        price_text,
        count_text,
        lifetime,
        instruction,
        who_yields,
        pause,
        subaccount,
        group_of_page,
        group,
        cost_text,
        destination,
        quote_id,
        rfq_id,
        parties,
    ) = message.pick(_NEW_ORDER)
    assert client_order_id is not None, "the dictionary requires it"
    assert ticker is not None, "likewise"
    assert side is not None, "likewise"
    assert price_text is not None, "likewise"
    assert count_text is not None, "likewise"
    price = parse_price(price_text, use_dollars=use_dollars)
    if price is None:
        return RejectReason.INVALID_PRICE
    count = parse_quantity(count_text)
    if count is None:
        return RejectReason.INVALID_ORDER_SIZE
    cost = 0 if cost_text is None else parse_amount(cost_text)
    if cost is None:
        return RejectReason.INVALID_PARAMETERS
    if lifetime is None:
        lifetime = _DAY  # SEMANTICS K14
    time_in_force = _TIMES_IN_FORCE[lifetime]
    expiration_us = 0
    if lifetime == _DAY:
        expiration_us = end_of_day_us(now_us)
    elif lifetime == _TILL_DATE:
        expiration_us = parse_timestamp(message[tags.EXPIRE_TIME]) or 0
        if expiration_us <= now_us:
            time_in_force, expiration_us = TimeInForce.IMMEDIATE_OR_CANCEL, 0
    return NewOrder(
        client_order_id=client_order_id,
        ticker=ticker,
        side=_SIDES[side],
        price=price,
        count=count,
        time_in_force=time_in_force,
        expiration_us=expiration_us,
        post_only=instruction == "6",
        self_trade_prevention=_BY_MAKER if who_yields == "2" else _AT_CROSS,
        cancel_order_on_pause=None if pause is None else pause == "Y",
        subaccount=None if subaccount is None else int(subaccount),
        order_group_id=group_of_page or group or "",
        max_execution_cost=cost,
        exchange_index=ROUTE_BY_TICKER if destination is None else int(destination),
        quote_id=quote_id or "",
        rfq_id=rfq_id or "",
        party_id="" if parties is None else read_party(message),
    )


def read_replace(message: Message, *, use_dollars: bool) -> ReplaceOrder | RejectReason:
    """G as an amendment."""
    price_text = message.get(tags.PRICE)
    price = None if price_text is None else parse_price(price_text, use_dollars=use_dollars)
    if price_text is not None and price is None:
        return RejectReason.INVALID_PRICE
    count = parse_quantity(message[tags.ORDER_QTY])
    if count is None:
        return RejectReason.INVALID_ORDER_SIZE
    return ReplaceOrder(
        client_order_id=message[tags.CL_ORD_ID],
        original_client_order_id=message[tags.ORIG_CL_ORD_ID],
        order_id=message.get(tags.ORDER_ID) or "",
        ticker=message[tags.SYMBOL],
        side=_SIDES[message[tags.SIDE]],
        price=price,
        count=count,
        subaccount=read_subaccount(message),
        exchange_index=read_exchange_index(message),
        party_id=read_party(message),
    )


def read_cancel(message: Message) -> CancelOrder:
    """F as a cancel."""
    return CancelOrder(
        client_order_id=message[tags.CL_ORD_ID],
        original_client_order_id=message[tags.ORIG_CL_ORD_ID],
        order_id=message.get(tags.ORDER_ID) or "",
        ticker=message[tags.SYMBOL],
        side=_SIDES[message[tags.SIDE]],
        subaccount=read_subaccount(message),
        exchange_index=read_exchange_index(message),
        party_id=read_party(message),
    )


def read_mass_cancel(message: Message) -> MassCancel:
    """q; its type can only be 6, all orders of the session."""
    return MassCancel(message[tags.CL_ORD_ID])


def read_subaccount(message: Message) -> int | None:
    """AllocAccount (79); None when it is left out."""
    text = message.get(tags.ALLOC_ACCOUNT)
    return None if text is None else int(text)


def read_exchange_index(message: Message, default: int = ROUTE_BY_TICKER) -> int:
    """ExDestination (100), the shard."""
    text = message.get(tags.EX_DESTINATION)
    return int(text) if text else default


def read_party(message: Message) -> str:
    """PartyID of the one party there may be, "" without; an FCM's customer."""
    if message.get(tags.NO_PARTY_IDS) is None:
        return ""
    parties = read_group(message, tags.NO_PARTY_IDS)
    return str(parties[0][tags.PARTY_ID]) if parties else ""


def end_of_day_us(now_us: int) -> int:
    """23:59:59.999 of this day in New York, where Day orders end."""
    return _end_of_hour_day(now_us // 3_600_000_000)


@lru_cache(maxsize=4)
def _end_of_hour_day(hour: int) -> int:
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_NEW_YORK)
    end = moment.replace(hour=23, minute=59, second=59, microsecond=999_000)
    return int(end.timestamp()) * 1_000_000 + 999_000
