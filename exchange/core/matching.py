"""The crossing loop: an arriving order against the book, price then time, at the resting price (SEMANTICS B3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from exchange.core.resting import cancel, shed, trigger
from wire.engine_events import EngineEvent, Trade
from wire.enums import CancelCause, SelfTradePrevention
from wire.units import PAYOUT

if TYPE_CHECKING:
    from exchange.core.order import Order
    from exchange.core.state import State

_TAKER_AT_CROSS: Final = SelfTradePrevention.TAKER_AT_CROSS
_TRADE: Final = Trade
"""For the compiled path: what a module imports is found by its name each time, this is not."""


def cross(state: State, taker: Order, now_us: int, out: list[EngineEvent], kept: int = 0) -> CancelCause | None:
    """Match `taker` as far as its limit reaches, appending a Trade for each maker.

    Returns why what is left of it must not go on, or None when it simply found no more counterparties. `kept` of it
    does not trade. The taker's money is held by the caller; makers leave the book here.
    """
    position = taker.position
    account = position.account
    market = position.market
    ladder = market.book.opposite(taker.side)
    reach = PAYOUT - taker.leg
    while taker.remaining > kept:
        leg = ladder.occupied.bit_length() - 1
        if leg < reach:
            return None
        maker = ladder.levels[leg].head
        assert maker is not None, "an occupied level has a first order"
        maker_position = maker.position
        maker_account = maker_position.account

        if maker_account.owner is account.owner:
            if taker.self_trade_prevention is _TAKER_AT_CROSS:
                return CancelCause.TAKER_SELF_TRADE
            cancel(state, maker, CancelCause.MAKER_SELF_TRADE, out)
            continue

        wanted = taker.remaining - kept
        count = wanted if wanted < maker.remaining else maker.remaining
        made = maker_position.price_fill(maker, leg, count, market.maker_factor)
        if not maker_position.affords(maker, made):
            cancel(state, maker, CancelCause.MARGIN, out)
            continue
        taken = position.price_fill(taker, PAYOUT - leg, count, market.taker_factor)
        if not position.affords(taker, taken):
            return CancelCause.MARGIN

        # From here on the trade stands.
        position.book_fill(taker, count, taken)
        maker_position.book_fill(maker, count, made)
        taker.remaining -= count
        _take_from_book(state, maker, count)
        if position.covered or position.bids_count or position.asks_count:
            position.recover_cover()
        if maker_position.covered or maker_position.bids_count or maker_position.asks_count:
            maker_position.recover_cover()
        out.append(
            _TRADE(
                market.ticker,
                maker.price,
                count,
                maker.side,
                maker.order_id,
                maker_account.account,
                maker.remaining,
                made[1],
                maker_position.count,
                maker_position.cost,
                made[4],
                maker_account.cash,
                taker.order_id,
                account.account,
                taker.remaining,
                taken[1],
                position.count,
                position.cost,
                taken[4],
                account.cash,
            )
        )
        if maker_account.cash < maker_account.held:
            shed(state, maker_position, 0, out)
        if account.cash < account.held - taker.hold:
            shed(state, position, taker.hold, out)
        if maker.group is not None and maker.group.match(count, now_us):
            trigger(state, maker.group, out)
        if taker.group is not None and taker.group.match(count, now_us):
            trigger(state, taker.group, out)
            return CancelCause.ORDER_GROUP
    return None


def _take_from_book(state: State, maker: Order, count: int) -> None:
    """Shrink a resting order by what traded, and take it off the book when that was all."""
    level = maker.level
    assert level is not None, "a maker rests"
    level.total -= count
    maker.remaining -= count
    position = maker.position
    if maker.remaining:
        position.reduce(maker, count)
        return
    position.market.book.remove(maker)
    position.finish(maker, count)
    del state.orders[maker.order_id]
    if maker.group is not None:
        del maker.group.orders[maker.order_id]
