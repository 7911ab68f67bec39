"""The engine's whole state as plain records, and back.

Knows what has to be kept so that an engine restored here and one that lived on answer every later command
alike. Orders stand in the order of their queue places: resting them again in that order rebuilds every queue,
every cover and every index. Timers are not kept; each thing that has one ahead of it sets it again.
"""

from __future__ import annotations

from collections import deque

import msgspec

from exchange.core.commands import ScheduledOutcome
from exchange.core.ledger import Account, Member
from exchange.core.listing import schedule_market
from exchange.core.market import Event, Market, Series
from exchange.core.order import Order
from exchange.core.order_groups import OrderGroup
from exchange.core.price_grid import grid_of
from exchange.core.resting import rest
from exchange.core.state import EngineSettings, State
from exchange.core.timers import TimerKind
from wire.accounts import member_of, subaccount_of
from wire.engine_events import PriceRange
from wire.enums import (
    BookSide,
    FeeType,
    MarketResult,
    MarketStatus,
    PauseScope,
    SelfTradePrevention,
    TimeInForce,
)


class _Image(msgspec.Struct, frozen=True, array_like=True, gc=False):
    pass


class MemberImage(_Image, frozen=True):
    member: int
    name: str
    fee_precision: int
    subaccounts: int
    client_order_ids: list[str]
    client_transfer_ids: list[str]


class PositionImage(_Image, frozen=True):
    ticker: str
    count: int
    cost: int


class AccountImage(_Image, frozen=True):
    account: int
    cash: int
    netting: bool
    positions: list[PositionImage]


class SeriesImage(_Image, frozen=True):
    series_ticker: str
    fee_type: FeeType
    fee_multiplier: int
    pending: list[tuple[int, FeeType, int]]


class EventImage(_Image, frozen=True):
    event_ticker: str
    series_ticker: str
    mutually_exclusive: bool
    collateral_return_type: str
    fee_type: FeeType | None
    fee_multiplier: int | None
    pending: list[tuple[int, FeeType | None, int | None]]


class MarketImage(_Image, frozen=True):
    ticker: str
    event_ticker: str
    open_us: int
    close_us: int
    settlement_timer_us: int
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    outcome: ScheduledOutcome | None
    fee_waiver_us: int
    settlement_floor: int
    status: MarketStatus
    swept: bool
    result: MarketResult | None
    value: int
    settle_us: int
    fees_collected: int


class GroupImage(_Image, frozen=True):
    order_group: int
    account: int
    limit: int
    triggered: bool
    matched: list[tuple[int, int]]


class OrderImage(_Image, frozen=True):
    order_id: int
    account: int
    ticker: str
    side: BookSide
    price: int
    count: int
    remaining: int
    client_order_id: str
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    post_only: bool
    cancel_on_pause: bool
    expiration_us: int
    order_group: int
    queue_seq: int
    rounding: int
    closing: int
    hold: int


class EngineImage(_Image, frozen=True):
    shard: int
    seq: int
    now_us: int
    deposited: int
    members: list[MemberImage]
    accounts: list[AccountImage]
    series: list[SeriesImage]
    events: list[EventImage]
    markets: list[MarketImage]
    groups: list[GroupImage]
    orders: list[OrderImage]
    pauses: list[tuple[PauseScope, int]]
    scheduled_pauses: list[tuple[int, int, PauseScope]]


def dump(state: State) -> EngineImage:
    """The state as records; equal states give equal records."""
    return EngineImage(
        state.shard,
        state.seq,
        state.now_us,
        state.deposited,
        [
            MemberImage(
                member.member,
                member.name,
                member.fee_precision,
                member.subaccounts,
                sorted(member.client_order_ids),
                sorted(member.client_transfer_ids),
            )
            for member in state.members.values()
        ],
        [
            AccountImage(
                account.account,
                account.cash,
                account.netting,
                [PositionImage(ticker, each.count, each.cost) for ticker, each in account.positions.items()],
            )
            for account in state.accounts.values()
        ],
        [
            SeriesImage(series.series_ticker, series.fee_type, series.fee_multiplier, list(series.pending))
            for series in state.series.values()
        ],
        [
            EventImage(
                event.event_ticker,
                event.series.series_ticker,
                event.mutually_exclusive,
                event.collateral_return_type,
                event.fee_type,
                event.fee_multiplier,
                list(event.pending),
            )
            for event in state.events.values()
        ],
        [_dump_market(market) for market in state.markets.values()],
        [
            GroupImage(group.order_group, group.account, group.limit, group.triggered, list(group.matched))
            for group in state.groups.values()
        ],
        [_dump_order(order) for order in state.orders.values()],
        list(state.pauses.items()),
        list(state.scheduled_pauses),
    )


def restore(image: EngineImage, settings: EngineSettings) -> State:
    """A state that goes on where the dumped one stood."""
    state = State(image.shard, settings)
    state.seq, state.now_us, state.deposited = image.seq, image.now_us, image.deposited
    for entry in image.members:
        member = state.members[entry.member] = Member(entry.member, entry.name, entry.fee_precision)
        member.subaccounts = entry.subaccounts
        member.client_order_ids.update(entry.client_order_ids)
        member.client_transfer_ids.update(entry.client_transfer_ids)
    for each in image.series:
        series = state.series[each.series_ticker] = Series(each.series_ticker, each.fee_type, each.fee_multiplier)
        series.pending = list(each.pending)
        for at_us, *_ in series.pending:
            state.at(at_us, TimerKind.SERIES_FEE, each.series_ticker)
    for one in image.events:
        event = Event(
            one.event_ticker, state.series[one.series_ticker], one.mutually_exclusive, one.collateral_return_type
        )
        state.events[one.event_ticker] = event
        event.fee_type, event.fee_multiplier, event.pending = one.fee_type, one.fee_multiplier, list(one.pending)
        for at_us, *_ in event.pending:
            state.at(at_us, TimerKind.EVENT_FEE, one.event_ticker)
    for stored in image.markets:
        _restore_market(state, stored)
    for purse in image.accounts:
        owner = state.members[member_of(purse.account)]
        account = state.accounts[purse.account] = Account(owner, subaccount_of(purse.account))
        account.cash, account.netting = purse.cash, purse.netting
        for row in purse.positions:
            position = account.position(state.markets[row.ticker])
            position.count, position.cost = row.count, row.cost
    for kept in image.groups:
        group = state.groups[kept.order_group] = OrderGroup(kept.order_group, kept.account, kept.limit)
        group.triggered = kept.triggered
        group.matched = deque(kept.matched)
        group.rolling = sum(count for _, count in group.matched)
    for resting in image.orders:
        _restore_order(state, resting)
    state.pauses = dict(image.pauses)
    for resume_us in state.pauses.values():
        if resume_us:
            state.at(resume_us, TimerKind.PAUSE_END)
    state.scheduled_pauses = list(image.scheduled_pauses)
    for start_us, _, _ in state.scheduled_pauses:
        state.at(start_us, TimerKind.PAUSE_START)
    return state


def _dump_market(market: Market) -> MarketImage:
    return MarketImage(
        market.ticker,
        market.event.event_ticker,
        market.open_us,
        market.close_us,
        market.settlement_timer_us,
        market.price_level_structure,
        market.grid.ranges,
        market.outcome,
        market.fee_waiver_us,
        market.settlement_floor,
        market.status,
        market.swept,
        market.result,
        market.value,
        market.settle_us,
        market.fees_collected,
    )


def _restore_market(state: State, image: MarketImage) -> None:
    market = state.markets[image.ticker] = Market(
        image.ticker,
        state.events[image.event_ticker],
        image.open_us,
        image.close_us,
        image.settlement_timer_us,
        image.price_level_structure,
        grid_of(image.price_level_structure, image.price_ranges),
        image.outcome,
        image.fee_waiver_us,
        image.settlement_floor,
    )
    market.event.series.markets.append(market)
    market.status, market.swept, market.result = image.status, image.swept, image.result
    market.value, market.settle_us, market.fees_collected = image.value, image.settle_us, image.fees_collected
    market.set_fees(state.now_us)
    schedule_market(state, market)


def _dump_order(order: Order) -> OrderImage:
    return OrderImage(
        order.order_id,
        order.position.account.account,
        order.position.market.ticker,
        order.side,
        order.price,
        order.count,
        order.remaining,
        order.client_order_id,
        order.time_in_force,
        order.self_trade_prevention,
        order.post_only,
        order.cancel_on_pause,
        order.expiration_us,
        order.group.order_group if order.group is not None else 0,
        order.queue_seq,
        order.rounding,
        order.closing,
        order.hold,
    )


def _restore_order(state: State, image: OrderImage) -> None:
    position = state.accounts[image.account].position(state.markets[image.ticker])
    order = Order(
        image.order_id,
        position,
        image.side,
        image.price,
        image.count,
        image.client_order_id,
        image.time_in_force,
        image.self_trade_prevention,
        image.post_only,
        image.cancel_on_pause,
        image.expiration_us,
        state.groups[image.order_group] if image.order_group else None,
    )
    order.remaining, order.queue_seq, order.rounding = image.remaining, image.queue_seq, image.rounding
    rest(state, order)
    # Cover and hold are what they were, not what resting in this order would make them.
    position.covered += image.closing - order.closing
    position.account.held += image.hold - order.hold
    order.closing, order.hold = image.closing, image.hold
    if order.expiration_us:
        state.at(order.expiration_us, TimerKind.ORDER_EXPIRY, order.order_id)
