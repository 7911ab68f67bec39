"""Cash, held money and positions, per account; money is moved here and nowhere else.

Rules (SEMANTICS C2): opening pays the own leg's price, closing gets what the other leg costs back out of the
dollar the pair is worth. Orders hold the worst case of the part that opens; the part that closes is covered
by the position. Fees and their rounding are in fees.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from exchange.core.fees import round_fill, trade_fee
from exchange.core.own_orders import OwnOrders
from wire.accounts import account_of
from wire.enums import BookSide
from wire.units import CENT, CONTRACT, DOLLAR, PAYOUT

if TYPE_CHECKING:
    from exchange.core.market import Market
    from exchange.core.order import Order


_BID: Final = BookSide.BID
_ASK: Final = BookSide.ASK

Fill = tuple[int, int, int, int, int, bool]
"""(cash change, net fee, order's rounding after, cost change, realized profit,
does it use the position up)."""


class Member:
    """A person or firm. `client_order_ids` are used for ever (SEMANTICS B6)."""

    __slots__ = ("client_order_ids", "client_transfer_ids", "fee_precision", "member", "name", "subaccounts")

    def __init__(self, member: int, name: str, fee_precision: int) -> None:
        self.member = member
        self.name = name
        self.fee_precision = fee_precision
        self.subaccounts = 1
        self.client_order_ids: set[str] = set()
        self.client_transfer_ids: set[str] = set()


class Account:
    """One subaccount's money. `held` is the sum of its orders' holds; cash - held is free.

    `account` goes into events: as an object, or compiled code would make one for each.
    """

    __slots__ = ("account", "cash", "held", "netting", "owner", "positions")

    def __init__(self, owner: Member, subaccount: int) -> None:
        self.owner = owner
        self.account: Any = account_of(owner.member, subaccount)
        self.cash = 0
        self.held = 0
        self.netting = False
        self.positions: dict[str, Position] = {}

    def position(self, market: Market) -> Position:
        """The account's position in a market, opened empty on first use."""
        position = self.positions.get(market.ticker)
        if position is None:
            position = self.positions[market.ticker] = Position(self, market)
            market.positions[self.account] = position
        return position


class Position:
    """One account in one market: signed count (+YES, -NO), its cost, and the account's resting orders there.

    `covered` is how much of the position stands behind resting orders that would close it: the sum of their
    `closing`. It is always the lesser of the position and what rests against it.
    """

    __slots__ = ("account", "asks", "asks_count", "bids", "bids_count", "cost", "count", "covered", "market")

    def __init__(self, account: Account, market: Market) -> None:
        self.account = account
        self.market = market
        self.count = 0
        self.cost = 0
        self.covered = 0
        self.bids = OwnOrders()
        self.asks = OwnOrders()
        self.bids_count = 0
        self.asks_count = 0

    # --- holding ------------------------------------------------------------------------------------

    def closable(self, side: BookSide) -> int:
        """How much a new order of this side could close and is not spoken for by resting orders."""
        held = self.count if side is _ASK else -self.count
        return held - self.covered if held > 0 else 0

    def requirement(self, order: Order, fee_factor: int) -> int:
        """Worst-case cost of what of the order is not covered: its leg at the limit, and the fee on that."""
        opening = order.remaining - order.closing
        if not fee_factor:
            return order.leg * opening
        return order.leg * opening + trade_fee(fee_factor, order.leg, opening)

    def rest(self, order: Order) -> None:
        """Take up a resting order: cover what the position covers, hold the rest."""
        if order.side is _BID:
            self.bids.add(order)
            self.bids_count += order.remaining
        else:
            self.asks.add(order)
            self.asks_count += order.remaining
        if self.count:
            order.closing = min(order.remaining, self.closable(order.side))
            self.covered += order.closing
        order.hold = self.requirement(order, self.market.maker_factor)
        self.account.held += order.hold

    def unrest(self, order: Order) -> None:
        """Let go of an order that no longer rests; what covered it may cover others."""
        self.forget(order)
        if order.side is _BID:
            self.bids_count -= order.remaining
        else:
            self.asks_count -= order.remaining
        self.account.held -= order.hold
        order.hold = 0
        if order.closing:
            self.covered -= order.closing
            order.closing = 0
            self.recover_cover()

    def forget(self, order: Order) -> None:
        """No longer know a resting order, whatever that does to the money."""
        if order.side is _BID:
            self.bids.remove(order)
        else:
            self.asks.remove(order)

    def reduce(self, order: Order, by: int) -> None:
        """A resting order got smaller by `by`, through a fill or a decrease; `order.remaining` says so already."""
        if order.side is _BID:
            self.bids_count -= by
        else:
            self.asks_count -= by
        closing = order.closing
        if closing:
            uncovered = by if by < closing else closing
            order.closing = closing - uncovered
            self.covered -= uncovered
        hold = self.requirement(order, self.market.maker_factor)
        self.account.held += hold - order.hold
        order.hold = hold

    def finish(self, order: Order, by: int) -> None:
        """A resting order traded its last `by`."""
        self.forget(order)
        if order.side is _BID:
            self.bids_count -= by
        else:
            self.asks_count -= by
        self.covered -= order.closing
        self.account.held -= order.hold
        order.hold = order.closing = 0

    def recover_cover(self) -> None:
        """Move the border of the cover after the position, or what rests against it, changed.

        The position covers the orders against it in the order they joined the queue; the rest of them hold
        their full requirement.
        """
        if self.count > 0:
            available, against, orders = self.count, self.asks_count, self.asks
        else:
            available, against, orders = -self.count, self.bids_count, self.bids
        if self.covered == (available if available < against else against):
            return
        for order in orders:
            covered = order.remaining if order.remaining < available else available
            available -= covered
            if order.closing != covered:
                self._cover(order, covered)

    def _uncover_all(self) -> None:
        for order in self.asks if self.count > 0 else self.bids:
            if order.closing:
                self._cover(order, 0)

    def _cover(self, order: Order, closing: int) -> None:
        self.covered += closing - order.closing
        order.closing = closing
        hold = self.requirement(order, self.market.maker_factor)
        self.account.held += hold - order.hold
        order.hold = hold

    # --- trading ------------------------------------------------------------------------------------

    def price_fill(self, order: Order, leg: int, count: int, fee_factor: int) -> Fill:
        """What one fill of `order` at own-leg price `leg` would do: closes first, then opens. Changes nothing."""
        against = self.count if order.side is _ASK else -self.count
        closed = 0 if against <= 0 else count if count < against else against
        opened = count - closed
        gain = (PAYOUT - leg) * closed
        spent = leg * opened
        fee, rounding = round_fill(
            gain - spent,
            trade_fee(fee_factor, leg, count) if fee_factor else 0,
            self.account.owner.fee_precision,
            order.rounding,
        )
        released = self.cost * closed // against if closed else 0
        leaves_side = closed > 0 and closed == against
        return gain - spent - fee, fee, rounding, spent - released, gain - released, leaves_side

    def affords(self, order: Order, fill: Fill) -> bool:
        """Whether the account's free money beside what this order holds suffices.

        It does, but for rounding and fee changes: the order held its worst case.
        """
        account = self.account
        return account.cash + fill[0] >= account.held - order.hold

    def book_fill(self, order: Order, count: int, fill: Fill) -> None:
        """Let a priced fill happen: cash, position, cost, and the fee to the venue."""
        change, fee, order.rounding, cost, _, leaves_side = fill
        if leaves_side and self.covered:
            self._uncover_all()
        self.account.cash += change
        self.cost += cost
        self.count += count if order.side is _BID else -count
        self.market.fees_collected += fee

    def pay_out(self, value: int) -> tuple[int, int]:
        """Settle at `value` (Money one YES contract pays): (payout, sub-cent remainder); leaves it empty.

        Whole cents are paid (SEMANTICS C2, scalar); the caller keeps the remainder as a fee.
        """
        exact = self.count * value if self.count > 0 else -self.count * (DOLLAR - value)
        exact //= CONTRACT
        remainder = exact % CENT
        self.account.cash += exact - remainder
        self.count = self.cost = 0
        return exact - remainder, remainder
