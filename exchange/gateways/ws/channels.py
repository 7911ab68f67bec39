"""The private channels: fill, user_orders, market_positions, order_group_updates (SEMANTICS G5, G6).

Built from a record's events and the projections that have already folded it: one fill per side of a trade,
and one message per order and per position that the record touched, in its final state. Knows what the
messages say and whose they are; who is connected is the hub's business.
"""

from collections.abc import Container, Iterator
from typing import NamedTuple

from msgspec import UNSET

from exchange.projections.holdings import PositionRecord
from exchange.projections.order_record import OrderRecord
from exchange.projections.views import Projections
from wire.accounts import member_of, subaccount_of, user_uuid
from wire.engine_events import (
    AnyEvent,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    OrderGroupChanged,
    PositionSettled,
    Trade,
)
from wire.enums import BookSide, GroupChange
from wire.event_log import LogRecord
from wire.ids import IdKind, format_id, order_uuid, trade_uuid
from wire.rest.common import timestamp
from wire.units import format_count, format_money, format_price
from wire.ws.messages import FillMsg, MarketPositionMsg, OrderGroupMsg, UserOrderMsg, encode
from wire.ws.public_feed import Stamp

PRIVATE_CHANNELS = ("fill", "user_orders", "market_positions", "order_group_updates")

KINDS = {
    "fill": "fill",
    "user_orders": "user_order",
    "market_positions": "market_position",
    "order_group_updates": "order_group_updates",
}
"""`type` of each channel's messages."""


class PrivateMessage(NamedTuple):
    """`ticker` None: the channel knows no markets."""

    channel: str
    account: int
    ticker: str | None
    msg: bytes


def private_messages(
    record: LogRecord, stamp: Stamp, views: Projections, members: Container[int]
) -> Iterator[PrivateMessage]:
    """Everything a record has to say to these members: fills, then orders, positions, groups."""
    shard, events = record.shard, record.events
    for place, event in enumerate(events):
        if isinstance(event, Trade):
            for account, message in _fills(event, place, stamp, shard, views):
                if member_of(account) in members:
                    yield PrivateMessage("fill", account, event.ticker, encode(message))
    for order_id, account in dict.fromkeys(touched for event in events for touched in _orders_touched(event)):
        order = views.orders.get(order_id) if member_of(account) in members else None
        if order is not None:
            yield PrivateMessage("user_orders", account, order.ticker, encode(user_order(order, shard)))
    for account, ticker in dict.fromkeys(touched for event in events for touched in _positions_touched(event)):
        position = views.portfolio.position(account, ticker) if member_of(account) in members else None
        if position is not None:
            yield PrivateMessage("market_positions", account, ticker, encode(market_position(position)))
    for event in events:
        if isinstance(event, OrderGroupChanged) and member_of(event.account) in members:
            yield PrivateMessage("order_group_updates", event.account, None, encode(order_group(event, shard, stamp)))


def _orders_touched(event: AnyEvent) -> tuple[tuple[int, int], ...]:
    """(order_id, account) of the orders an event changed."""
    if isinstance(event, Trade):
        return (event.maker_order_id, event.maker_account), (event.taker_order_id, event.taker_account)
    if isinstance(event, (OrderAccepted, OrderCanceled, OrderDecreased, OrderAmended)):
        return ((event.order_id, event.account),)
    return ()


def _positions_touched(event: AnyEvent) -> tuple[tuple[int, str], ...]:
    """(account, ticker) of the positions an event changed."""
    if isinstance(event, Trade):
        return (event.maker_account, event.ticker), (event.taker_account, event.ticker)
    return ((event.account, event.ticker),) if isinstance(event, PositionSettled) else ()


def _fills(
    event: Trade, place: int, stamp: Stamp, shard: int, views: Projections
) -> tuple[tuple[int, FillMsg], tuple[int, FillMsg]]:
    """A trade's two fills with their accounts: the maker's, the taker's."""
    maker_is_bid = event.maker_side is BookSide.BID
    trade_id = trade_uuid(shard, stamp.clock, place)

    def fill(order_id: int, account: int, fee: int, position: int, *, is_taker: bool) -> FillMsg:
        order = views.orders.get(order_id)
        is_bid = maker_is_bid is not is_taker
        outcome = "yes" if is_bid else "no"
        return FillMsg(
            trade_id=trade_id,
            order_id=order_uuid(shard, order_id),
            client_order_id=(order.client_order_id if order is not None else "") or UNSET,
            market_ticker=event.ticker,
            exchange_index=shard,
            is_taker=is_taker,
            # A V2 ask is echoed as selling YES (SEMANTICS B1).
            side="yes",
            yes_price_dollars=format_price(event.price),
            count_fp=format_count(event.count),
            fee_cost=format_money(fee),
            action="buy" if is_bid else "sell",
            ts=stamp.seconds,
            ts_ms=stamp.ms,
            post_position_fp=format_count(position),
            purchased_side=outcome,
            outcome_side=outcome,
            book_side="bid" if is_bid else "ask",
            subaccount=subaccount_of(account) or UNSET,
        )

    maker, taker = event.maker_account, event.taker_account
    return (
        (maker, fill(event.maker_order_id, maker, event.maker_fee, event.maker_position, is_taker=False)),
        (taker, fill(event.taker_order_id, taker, event.taker_fee, event.taker_position, is_taker=True)),
    )


def user_order(order: OrderRecord, shard: int) -> UserOrderMsg:
    """An order as it stands. Times cut to milliseconds; no update time before the first update."""
    is_bid = order.side is BookSide.BID
    reason = order.last_update_reason
    return UserOrderMsg(
        order_id=order_uuid(shard, order.order_id),
        user_id=user_uuid(order.member),
        ticker=order.ticker,
        exchange_index=shard,
        status=order.status,
        side="yes",
        is_yes=True,
        outcome_side="yes" if is_bid else "no",
        book_side=order.side,
        yes_price_dollars=format_price(order.price),
        fill_count_fp=format_count(order.fill_count),
        remaining_count_fp=format_count(order.remaining_count),
        initial_count_fp=format_count(order.initial_count),
        taker_fill_cost_dollars=format_money(order.taker_fill_cost),
        maker_fill_cost_dollars=format_money(order.maker_fill_cost),
        taker_fees_dollars=format_money(order.taker_fees),
        maker_fees_dollars=format_money(order.maker_fees),
        client_order_id=order.client_order_id,
        order_group_id=format_id(IdKind.ORDER_GROUP, shard, order.order_group) if order.order_group else UNSET,
        self_trade_prevention_type=order.self_trade_prevention,
        created_time=_to_ms(order.created_us),
        last_update_time=_to_ms(order.updated_us) if reason else UNSET,
        expiration_time=_to_ms(order.expiration_us) if order.expiration_us else UNSET,
        expiration_ts_ms=order.expiration_us // 1000 if order.expiration_us else UNSET,
        created_ts_ms=order.created_us // 1000,
        last_updated_ts_ms=order.updated_us // 1000 if reason else UNSET,
        last_update_reason=reason.value if reason else UNSET,
        subaccount_number=order.subaccount,
    )


def market_position(position: PositionRecord) -> MarketPositionMsg:
    """A position after the record; realized profit and fees are totals, `volume` counts both directions."""
    return MarketPositionMsg(
        user_id=user_uuid(member_of(position.account)),
        market_ticker=position.ticker,
        position_fp=format_count(position.position),
        position_cost_dollars=format_money(position.cost),
        realized_pnl_dollars=format_money(position.realized),
        fees_paid_dollars=format_money(position.fees),
        position_fee_cost_dollars=format_money(position.fee_cost),
        volume_fp=format_count(position.volume),
        subaccount=subaccount_of(position.account) or UNSET,
    )


def order_group(event: OrderGroupChanged, shard: int, stamp: Stamp) -> OrderGroupMsg:
    """The limit stands in `created` and `limit_updated` only."""
    says_limit = event.change in (GroupChange.CREATED, GroupChange.LIMIT_UPDATED)
    return OrderGroupMsg(
        event_type=event.change,
        order_group_id=format_id(IdKind.ORDER_GROUP, shard, event.order_group),
        contracts_limit_fp=format_count(event.contracts_limit) if says_limit else UNSET,
        ts_ms=stamp.ms,
    )


def _to_ms(us: int) -> str:
    return timestamp(us - us % 1000)
