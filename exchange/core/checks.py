"""What must always hold, and a fingerprint of the state: for tests, for recovery, and on demand in a live venue."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from exchange.core.snapshot import dump
from wire.enums import MarketStatus
from wire.units import CONTRACT, DOLLAR, PAYOUT

if TYPE_CHECKING:
    from exchange.core.market import Market
    from exchange.core.state import State

_ORDERS_MAY_REST = (MarketStatus.ACTIVE, MarketStatus.INACTIVE, MarketStatus.CLOSED)


def state_hash(state: State) -> str:
    """Equal for equal states, whatever way they were reached."""
    return sha256(repr(dump(state)).encode()).hexdigest()


def check_invariants(state: State) -> list[str]:
    """Every rule that does not hold now, in words; empty when all is well."""
    broken: list[str] = []
    cash = sum(account.cash for account in state.accounts.values())
    escrow = sum(market.open_interest() for market in state.markets.values()) * DOLLAR // CONTRACT
    fees = sum(market.fees_collected for market in state.markets.values())
    if cash + escrow + fees != state.deposited:
        broken.append(f"cash {cash} + escrow {escrow} + fees {fees} is not deposits {state.deposited}")
    for account in state.accounts.values():
        held = sum(
            order.hold
            for position in account.positions.values()
            for side in (position.bids, position.asks)
            for order in side
        )
        if held != account.held:
            broken.append(f"account {account.account} holds {account.held} but its orders hold {held}")
        if account.cash < account.held:
            broken.append(f"account {account.account} has free money {account.cash - account.held}")
    for market in state.markets.values():
        broken += _check_market(state, market)
    return broken


def _check_market(state: State, market: Market) -> list[str]:
    broken: list[str] = []
    ticker = market.ticker
    long = short = 0
    for position in market.positions.values():
        long += max(position.count, 0)
        short -= min(position.count, 0)
        bids = sum(order.remaining for order in position.bids)
        asks = sum(order.remaining for order in position.asks)
        if (bids, asks) != (position.bids_count, position.asks_count):
            broken.append(f"{ticker}: account {position.account.account} miscounts its resting orders")
        covered = sum(order.closing for side in (position.bids, position.asks) for order in side)
        expected = min(abs(position.count), asks if position.count > 0 else bids)
        if not covered == position.covered == expected:
            broken.append(f"{ticker}: account {position.account.account} covers {covered}, not {expected}")
        if not position.count and position.cost:
            broken.append(f"{ticker}: account {position.account.account} has cost {position.cost} and no position")
    if long != short:
        broken.append(f"{ticker}: {long} held long, {short} short")
    if market.fees_collected < 0:
        broken.append(f"{ticker}: fees {market.fees_collected}")
    book = market.book
    best_yes, best_no = book.yes.best(), book.no.best()
    if best_yes > 0 and best_no > 0 and best_yes + best_no >= PAYOUT:
        broken.append(f"{ticker}: crossed or locked at {best_yes} / {PAYOUT - best_no}")
    resting = 0
    for ladder in (book.yes, book.no):
        if ladder.occupied.bit_count() != len(ladder.levels):
            broken.append(f"{ticker}: the ladder's bits and levels differ")
        for level in ladder.descending():
            orders = list(level)
            resting += len(orders)
            if not orders or sum(order.remaining for order in orders) != level.total:
                broken.append(f"{ticker}: level {level.leg} totals {level.total}")
            if any(order.remaining <= 0 or order.leg != level.leg or order.level is not level for order in orders):
                broken.append(f"{ticker}: level {level.leg} has an order that does not belong there")
            places = [order.queue_seq for order in orders]
            if places != sorted(places):
                broken.append(f"{ticker}: level {level.leg} is out of queue order {places}")
            if any(state.orders.get(order.order_id) is not order for order in orders):
                broken.append(f"{ticker}: level {level.leg} has an order nobody can find")
    if resting and market.status not in _ORDERS_MAY_REST:
        broken.append(f"{ticker}: {resting} orders rest in a market that is {market.status}")
    return broken
