"""Order commands. Each handler is a column of checks in RejectReason order, then the point of no return, then
the mutation and its events (SEMANTICS B4-B7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import astuple

from exchange.core.commands import AmendOrder, CancelAllOrders, CancelOrder, CreateOrder, DecreaseOrder
from exchange.core.fees import trade_fee
from exchange.core.matching import cross
from exchange.core.order import Order, leg_price
from exchange.core.resting import cancel, canceled, lift, rest
from exchange.core.timers import TimerKind
from wire.engine_events import EngineEvent, OrderAccepted, OrderAmended, OrderDecreased, OrderRejected
from wire.enums import BookSide, CancelCause, MarketStatus, RejectReason, SelfTradePrevention, TimeInForce
from wire.units import MAX_COUNT, PAYOUT

if TYPE_CHECKING:
    from exchange.core.market import Market
    from exchange.core.order_groups import OrderGroup
    from exchange.core.state import State

_ASK: Final = BookSide.ASK
_ACTIVE: Final = MarketStatus.ACTIVE
_INACTIVE: Final = MarketStatus.INACTIVE
_GOOD_TILL_CANCELED: Final = TimeInForce.GOOD_TILL_CANCELED
_FILL_OR_KILL: Final = TimeInForce.FILL_OR_KILL
_values_of: Final = astuple
_ACCEPTED: Final = OrderAccepted
"""For the compiled path: what a module imports is found by its name each time, these are not."""

Events = tuple[EngineEvent, ...]


def create_order(state: State, command: CreateOrder, seq: int, now_us: int) -> Events:
    """Place an order: reject, or accept with what it traded and what became of the rest."""
    # All fields at once: each one of a Struct costs compiled code more than ten of its own classes.
    account_id: Any  # goes into the event as it came: a number of compiled code is an object anew each time
    ticker: str
    side: BookSide
    price: int
    count: int
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    client_order_id: str
    post_only: bool
    reduce_only: bool
    cancel_on_pause: bool
    expiration_us: int
    group_id: int
    (
        account_id,
        ticker,
        side,
        price,
        count,
        time_in_force,
        self_trade_prevention,
        client_order_id,
        post_only,
        reduce_only,
        cancel_on_pause,
        expiration_us,
        group_id,
    ) = _values_of(command)
    if state.pauses and (paused := state.pause_refusal()):
        return refuse(paused, account_id)
    account = state.accounts.get(account_id)
    position = account.positions.get(ticker) if account is not None else None
    # Who was here before has the market at hand.
    market = position.market if position is not None else state.markets.get(ticker)
    if market is None:
        return refuse(RejectReason.MARKET_NOT_FOUND, account_id)
    if account is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, account_id)
    if market.status is not _ACTIVE:
        return refuse(not_open(market), account_id)
    if expiration_us:
        if time_in_force is not _GOOD_TILL_CANCELED:
            return refuse(RejectReason.IOC_WITH_EXPIRATION, account_id)
        if expiration_us <= now_us:
            return refuse(RejectReason.EXPIRATION_IN_PAST, account_id)
    if reduce_only and not _may_reduce_only(state, time_in_force):
        return refuse(RejectReason.REDUCE_ONLY_NOT_IOC, account_id)
    if post_only and time_in_force is not _GOOD_TILL_CANCELED:
        return refuse(RejectReason.POST_ONLY_NOT_RESTING, account_id)
    if not (0 < price < PAYOUT and market.legal_prices[price]):
        return refuse(RejectReason.INVALID_PRICE, account_id)
    if not 0 < count <= MAX_COUNT:
        return refuse(RejectReason.INVALID_ORDER_SIZE, account_id)
    client_order_ids = account.owner.client_order_ids
    if client_order_id in client_order_ids:
        return refuse(RejectReason.ORDER_ALREADY_EXISTS, account_id)
    group: OrderGroup | None = None
    if group_id:
        group = state.groups.get(group_id)
        if group is None or group.account != account_id:
            return refuse(RejectReason.ORDER_GROUP_NOT_FOUND, account_id)
        if group.triggered:
            return refuse(RejectReason.ORDER_GROUP_TRIGGERED, account_id)

    if position is None:
        position = account.position(market)
    order = Order(
        seq,
        position,
        side,
        price,
        count,
        client_order_id,
        time_in_force,
        self_trade_prevention,
        post_only,
        cancel_on_pause,
        expiration_us,
        group,
    )
    opening = count - position.closable(side) if position.count else count
    required = order.leg * opening + trade_fee(market.taker_factor, price, opening) if opening > 0 else 0
    if required > account.cash - account.held:
        return refuse(RejectReason.INSUFFICIENT_BALANCE, account_id)
    ladder = market.book.opposite(side)
    crosses = ladder.occupied.bit_length() > PAYOUT - order.leg
    if post_only and crosses and not state.settings.post_only_cross_cancels:
        return refuse(RejectReason.POST_ONLY_CROSS, account_id)
    if time_in_force is _FILL_OR_KILL and ladder.volume_down_to(PAYOUT - order.leg, count) < count:
        # A failed fill-or-kill still uses up its id (SEMANTICS J1).
        if client_order_id:
            client_order_ids.add(client_order_id)
        return refuse(RejectReason.FILL_OR_KILL_UNFILLABLE, account_id)

    # From here on the order exists.
    if client_order_id:
        client_order_ids.add(client_order_id)
    out: list[EngineEvent] = []
    end: CancelCause | None = None
    if post_only and crosses:
        end = CancelCause.POST_ONLY_CROSS
    elif reduce_only:
        end = _cross_reducing(state, order, required, now_us, out)
    elif crosses:
        end = _cross_holding(state, order, required, now_us, out)
    resting_count = _rest_or_end(state, order, end, out)
    accepted = _ACCEPTED(
        order.order_id,
        account_id,
        ticker,
        client_order_id,
        side,
        price,
        count,
        resting_count,
        time_in_force,
        self_trade_prevention,
        post_only,
        reduce_only,
        cancel_on_pause,
        expiration_us,
        group_id,
    )
    return (accepted, *out) if out else (accepted,)


def amend_order(state: State, command: AmendOrder, seq: int, now_us: int) -> Events:
    """Change a resting order's price, total count, expiry or client id; a refused amend leaves it untouched."""
    if state.pauses and (paused := state.pause_refusal()):
        return refuse(paused, command.account)
    order = state.orders.get(command.order_id)
    if order is None or order.position.account.account != command.account:
        return refuse(RejectReason.NOT_FOUND, command.account)
    position = order.position
    account, market = position.account, position.market
    if command.ticker != market.ticker:
        return refuse(RejectReason.ORDER_TICKER_MISMATCH, command.account)
    if command.side is not order.side:
        return refuse(RejectReason.ORDER_SIDE_MISMATCH, command.account)
    if command.client_order_id and command.client_order_id != order.client_order_id:
        return refuse(RejectReason.ORDER_ID_MISMATCH, command.account)
    if market.status is not _ACTIVE:
        return refuse(not_open(market), command.account)
    if 0 < command.expiration_us <= now_us:
        return refuse(RejectReason.EXPIRATION_IN_PAST, command.account)
    price = command.price
    if not (0 < price < PAYOUT and market.legal_prices[price]):
        return refuse(RejectReason.INVALID_PRICE, command.account)
    if not 0 < command.count <= MAX_COUNT:
        return refuse(RejectReason.INVALID_ORDER_SIZE, command.account)
    remaining = command.count - order.filled
    if remaining < 0:
        return refuse(RejectReason.INVALID_AMEND_COUNT, command.account)
    renamed = command.updated_client_order_id
    if renamed and renamed != order.client_order_id and renamed in account.owner.client_order_ids:
        return refuse(RejectReason.ORDER_ALREADY_EXISTS, command.account)
    keeps_place = price == order.price and remaining <= order.remaining
    required = 0
    if not keeps_place:
        leg = leg_price(order.side, price)
        opening = max(0, remaining - position.closable(order.side) - order.closing)
        required = leg * opening + trade_fee(market.taker_factor, price, opening)
        if required > account.cash - account.held + order.hold:
            return refuse(RejectReason.INSUFFICIENT_BALANCE, command.account)
        best = market.book.opposite(order.side).best()
        if best >= PAYOUT - leg:
            if order.post_only:
                return refuse(RejectReason.POST_ONLY_CROSS, command.account)
            opposite = market.book.opposite(order.side).levels[best].head
            assert opposite is not None, "an occupied level has a first order"
            own = opposite.position.account.owner is account.owner
            if own and order.self_trade_prevention is SelfTradePrevention.TAKER_AT_CROSS:
                return refuse(RejectReason.SELF_CROSS, command.account)

    # From here on the amend stands.
    out: list[EngineEvent] = []
    old_price, old_remaining = order.price, order.remaining
    if renamed:
        account.owner.client_order_ids.add(renamed)
        order.client_order_id = renamed
    if command.expiration_us >= 0 and command.expiration_us != order.expiration_us:
        order.expiration_us = command.expiration_us
        if order.expiration_us:
            state.at(order.expiration_us, TimerKind.ORDER_EXPIRY, order.order_id)
    if keeps_place and remaining:
        resting_count = remaining
        order.count = command.count
        shrink(order, old_remaining - remaining)
    else:
        lift(state, order)
        order.price, order.count, order.remaining = price, command.count, remaining
        resting_count = 0
        if remaining:
            order.leg = leg_price(order.side, price)
            order.queue_seq = seq
            cause = _cross_holding(state, order, required, now_us, out)
            resting_count = _rest_or_end(state, order, cause, out)
        else:
            out.append(canceled(order, 0, CancelCause.AMENDED_TO_FILLED))
    amended = OrderAmended(
        order.order_id,
        command.account,
        command.ticker,
        order.side,
        old_price,
        price,
        old_remaining,
        resting_count,
        command.count,
        keeps_place,
        order.client_order_id,
        order.expiration_us,
    )
    return (amended, *out)


def decrease_order(state: State, command: DecreaseOrder, seq: int, now_us: int) -> Events:
    """Make a resting order smaller in place; down to nothing is a cancel."""
    order, refusal = _own_order(state, command.account, command.order_id)
    if order is None:
        return refusal
    if (command.reduce_by < 0) == (command.reduce_to < 0):
        return refuse(
            RejectReason.INVALID_PARAMETERS, command.account, "exactly one of reduce_by or reduce_to must be provided"
        )
    by = command.reduce_by if command.reduce_by >= 0 else order.remaining - command.reduce_to
    if by <= 0:
        return refuse(RejectReason.INVALID_ORDER_SIZE, command.account)
    if by >= order.remaining:
        out: list[EngineEvent] = []
        cancel(state, order, CancelCause.DECREASED_TO_ZERO, out)
        return tuple(out)
    order.count -= by
    shrink(order, by)
    position = order.position
    return (
        OrderDecreased(
            order.order_id, command.account, position.market.ticker, order.side, order.price, by, order.remaining
        ),
    )


def cancel_order(state: State, command: CancelOrder, seq: int, now_us: int) -> Events:
    """Cancel one resting order."""
    order, refusal = _own_order(state, command.account, command.order_id)
    if order is None:
        return refusal
    lift(state, order)
    return (canceled(order, order.remaining, CancelCause.MEMBER),)


def cancel_all_orders(state: State, command: CancelAllOrders, seq: int, now_us: int) -> Events:
    """Cancel whatever of a member's resting orders may be canceled now; never refused but in an exchange pause."""
    if state.takes_nothing:
        return refuse(RejectReason.EXCHANGE_PAUSED, command.member << 6)
    member = state.members.get(command.member)
    out: list[EngineEvent] = []
    subaccounts = range(member.subaccounts if member else 0) if command.subaccount < 0 else (command.subaccount,)
    for subaccount in subaccounts:
        account = state.account(command.member, subaccount)
        for position in () if account is None else account.positions.values():
            if position.market.status is _ACTIVE or position.market.status is _INACTIVE:
                for order in [*position.bids, *position.asks]:
                    cancel(state, order, CancelCause.CANCEL_ALL, out)
    return tuple(out)


def refuse(reason: RejectReason, account: int, detail: str = "") -> Events:
    """A refusal: one event, nothing changed."""
    return (OrderRejected(reason, account, detail),)


def not_open(market: Market) -> RejectReason:
    """Why a market that is not active takes no orders (SEMANTICS K21)."""
    if market.status is MarketStatus.INITIALIZED or market.status is MarketStatus.INACTIVE:
        return RejectReason.MARKET_INACTIVE
    return RejectReason.MARKET_CLOSED


def shrink(order: Order, by: int) -> None:
    """Make a resting order smaller where it stands."""
    level = order.level
    assert level is not None, "only a resting order can shrink"
    level.total -= by
    order.remaining -= by
    position = order.position
    position.reduce(order, by)
    position.recover_cover()


# --- parts of the handlers --------------------------------------------------------------------------


def _own_order(state: State, account: int, order_id: int) -> tuple[Order | None, Events]:
    """The account's resting order that may be taken down now, or why not. Trading pauses allow it (SEMANTICS J24)."""
    if state.takes_nothing:
        return None, refuse(RejectReason.EXCHANGE_PAUSED, account)
    order = state.orders.get(order_id)
    if order is None or order.position.account.account != account:
        return None, refuse(RejectReason.NOT_FOUND, account)
    status = order.position.market.status
    if status is not _ACTIVE and status is not _INACTIVE:
        # Closed and not yet swept: even cancels are refused, in these words (SEMANTICS B11, K21).
        return None, refuse(RejectReason.MARKET_INACTIVE, account)
    return order, ()


def _may_reduce_only(state: State, time_in_force: TimeInForce) -> bool:
    if time_in_force is _FILL_OR_KILL:
        return state.settings.reduce_only_with_fill_or_kill
    return time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL


def _cross_holding(
    state: State, order: Order, required: int, now_us: int, out: list[EngineEvent], kept: int = 0
) -> CancelCause | None:
    """Hold the order's worst case, match it, let go of the hold: collateral before the match, release after."""
    account = order.position.account
    order.hold = required
    account.held += required
    end = cross(state, order, now_us, out, kept)
    account.held -= required
    order.hold = 0
    return end


def _cross_reducing(
    state: State, order: Order, required: int, now_us: int, out: list[EngineEvent]
) -> CancelCause | None:
    """Match no more than the position it may reduce; what is beyond is canceled (SEMANTICS B4, K4)."""
    position = order.position
    against = max(0, position.count if order.side is _ASK else -position.count)
    beyond = max(0, order.remaining - against)
    end = _cross_holding(state, order, required, now_us, out, beyond)
    return end or (CancelCause.REDUCE_ONLY if beyond else None)


def _rest_or_end(state: State, order: Order, end: CancelCause | None, out: list[EngineEvent]) -> int:
    """What is left after matching: on the book, or canceled. Returns how much came to rest."""
    if not order.remaining:
        return 0
    if end is None and order.time_in_force is not _GOOD_TILL_CANCELED:
        end = CancelCause.IMMEDIATE_OR_CANCEL
    if end is None and order.group is not None and order.group.triggered:
        end = CancelCause.ORDER_GROUP
    if end is None:
        rest(state, order)
        account = order.position.account
        if account.cash >= account.held:
            if order.expiration_us:
                state.at(order.expiration_us, TimerKind.ORDER_EXPIRY, order.order_id)
            return order.remaining
        # Rounding of its own fills left too little for the rest of it.
        lift(state, order)
        end = CancelCause.MARGIN
    out.append(canceled(order, 0, end))
    return 0
